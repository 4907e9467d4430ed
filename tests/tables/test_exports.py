"""The tables that programs and services export give the articles that stand in them: none lost, joined or made up."""

import csv
import datetime
import io
import json
import time

import pandas as pd
import pytest
from attacks import tables as attack
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import StanceError
from classifier.tables import json_table
from classifier.tables.cells import CUT_OFF, clean_text, filled
from classifier.tables.csv_records import Dialect, detect_dialect, records_of
from classifier.tables.dates import parse_date
from classifier.tables.reader import open_table
from classifier.tables.rows import Reject, Row

EXPORTS = ROOT / "tests" / "data" / "exports"
EXPECTED = json.loads((EXPORTS / "expected.json").read_text(encoding="utf-8"))


def read(path, dates="", **columns):
    return list(open_table(str(path), columns, dates=dates).rows)


def told(rows):
    """Each row as ``expected.json`` has it: its fields as far as they are not empty, or the reason why it is none."""
    return [
        {"rejected": row.reason}
        if isinstance(row, Reject)
        else {name: getattr(row, name) for name in ("id", "date", "source", "title", "text") if getattr(row, name)}
        | ({"cleaned": list(row.cleaned)} if row.cleaned else {})
        for row in rows
    ]


# --- files as they come ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_gives_the_articles_that_are_written_beside_it(name):
    for suffix, module in ((".xlsx", "openpyxl"), (".parquet", "pyarrow")):
        if name.endswith(suffix):
            pytest.importorskip(module)
    assert told(read(EXPORTS / name)) == EXPECTED[name]


def test_every_export_is_listed_and_small():
    assert sorted(EXPECTED) == sorted(path.name for path in EXPORTS.iterdir() if path.name != "expected.json")
    assert max(path.stat().st_size for path in EXPORTS.iterdir()) < 25_000


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith((".csv", ".tsv"))])
def test_the_compiled_reader_takes_an_export_alike(name, tmp_path):
    pytest.importorskip("numba")
    path = tmp_path / f"{name}.csv"
    path.write_bytes((EXPORTS / name).read_bytes())
    assert attack.check_table(path) == ""


# --- quotes ----------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.sampled_from('ab "'), min_size=1, max_size=8), min_size=2, max_size=8))
def test_no_row_of_a_table_without_quotes_is_lost(texts):
    """Whatever its quotes: between tabs, each line has two cells, and so is a row of its own."""
    lines = ["id\ttext\n", *(f"{number}\t{text}\n" for number, text in enumerate(texts))]
    records = list(records_of(lines, Dialect("\t"), 2))
    assert [(cells[0], reason) for cells, reason, _ in records[1:]] == [(str(number), "") for number in range(len(texts))]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(st.sampled_from('ab "\n,1'), max_size=8), min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_the_csv_module_quotes_is_not_taken_for_rows(cells):

    out = io.StringIO()
    rows = [[str(number), *row] for number, row in enumerate(cells)]
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    lines = io.StringIO(out.getvalue(), newline="").readlines()
    assert [found for found, reason, _ in records_of(lines, Dialect(","), 4) if not reason] == rows


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["id, text\n", "1, Talks resumed.\n"], ","),
        (["1, Talks resumed.\n", "2, They met again, at last.\n"], ","),
        (["AFP, Talks resumed.\n", "AP, They met again.\n"], ","),
        (["text\n", '"Talks resumed, they said."\n', '"They met,\n', 'at last."\n'], ","),
        (["Talks; then war.\n", "Talks resumed.\n", "It rained; they left; we stayed.\n"], "\x1f"),
        (["It cost 40,000 dollars, they said.\n", "Talks resumed.\n"], "\x1f"),
    ],
)
def test_a_comma_of_sentences_is_told_from_one_between_cells(lines, delimiter):
    assert detect_dialect(lines).delimiter == delimiter


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".parquet", ".xlsx"])
def test_a_date_that_tells_stands_far_behind_the_first(tmp_path, suffix):
    """In every format, and however it is read: the 300th row says that the day comes first."""
    days = ["07/08/2025"] * 300 + ["24/07/2025", "07/08/2025"]
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        path.write_text("date,text\n" + "".join(f"{day},Talks resumed.\n" for day in days))
    elif suffix in (".jsonl", ".json"):
        rows = [{"date": day, "text": "Talks resumed."} for day in days]
        path.write_text(json.dumps(rows) if suffix == ".json" else "".join(json.dumps(row) + "\n" for row in rows))
    else:
        pandas = pytest.importorskip("pandas")
        pytest.importorskip("pyarrow" if suffix == ".parquet" else "openpyxl")
        frame = pandas.DataFrame({"date": days, "text": "Talks resumed."})
        frame.to_parquet(path) if suffix == ".parquet" else frame.to_excel(path, index=False)
    assert {row.date for row in read(path)} == {"2025-08-07", "2025-07-24"}
    assert {row.date for row in read(path, dates="month")} == {"2025-07-08", "2025-07-24"}


def test_a_part_of_a_table_reads_dates_as_the_whole(tmp_path):
    pytest.importorskip("pyarrow")
    from classifier.cluster.partitions import cut
    from classifier.storage import source

    path = tmp_path / "t.csv"
    path.write_text("date,text\n" + "07/08/2025,Talks resumed.\n" * 400 + "24/07/2025,Talks resumed.\n")
    pieces = cut(source(str(path)), 2_000, {}, "")
    rows = [row for piece in pieces for row in open_table(str(path), {}, piece.encoding, piece.part).rows]
    assert len(pieces) > 3
    assert rows == read(path)
    assert rows[0].date == "2025-08-07"


def test_what_was_assumed_of_dates_is_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("date,text\n07/08/2025,Talks resumed.\n")
    assert open_table(str(path), {}).description.endswith("dates month first (assumed; --dates day if not)")
    assert open_table(str(path), {}, dates="day").description.endswith("dates day first")
    path.write_text("date,text\n2025-08-07,Talks resumed.\n")
    assert "dates month" not in open_table(str(path), {}).description


@settings(max_examples=50, deadline=None)
@given(st.dates(min_value=datetime.date(1970, 1, 2)), st.sampled_from("/-"))
def test_a_day_is_read_back_in_the_order_it_was_written_in(day, sign):
    for order, form in (("day", "%d{0}%m{0}%Y"), ("month", "%m{0}%d{0}%Y")):
        assert parse_date(f"{day:{form.format(sign)}}".replace(f"{day:%Y}", f"{day.year:04}"), order) == day.isoformat()
    assert parse_date(f"{day.day}.{day.month}.{day.year:04}", "month") == day.isoformat()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[0-9]{1,20}([-/. :T][0-9]{1,20}){0,4}", fullmatch=True))
def test_any_text_is_a_date_none_or_no_date(text):
    for order in ("day", "month", "year"):
        found = parse_date(text, order)
        assert found is None or found == "" or found[:4].isdigit()


# --- columns and cells -----------------------------------------------------------------------------------------------


def test_several_columns_are_one_text_and_no_headline_twice(tmp_path):
    (tmp_path / "t.csv").write_text("title,content\nSeoul acts,It condemned the launch.\n,Talks resumed.\n")
    rows = read(tmp_path / "t.csv", text="title,content")
    assert [(row.text, row.title) for row in rows] == [("Seoul acts\n\nIt condemned the launch.", ""), ("Talks resumed.", "")]


def test_a_headline_is_the_first_sentence_and_is_scored_once(stance, tmp_path):
    (tmp_path / "t.csv").write_text(
        'id,title,text\n1,Seoul acts on the launch,"Seoul acts on the launch\n\nIt condemned it."\n2,Talks go on,<p>They met.</p>\n'
    )
    done = stance("batch", "t.csv", "-o", "out.jsonl", "--articles", "articles.jsonl")
    assert done.returncode == 0, done.stderr
    texts = [json.loads(line)["text"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert texts == ["Seoul acts on the launch", "It condemned it.", "Talks go on", "They met."]
    titles = [json.loads(line)["title"] for line in (tmp_path / "articles.jsonl").read_text().splitlines()]
    assert titles == ["Seoul acts on the launch", "Talks go on"]


def test_a_dictionary_is_refused_with_its_paths(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"id": 1, "body": {"lead": "Talks.", "rest": {"main": "They met."}}}\n')
    with pytest.raises(
        StanceError, match=r"'body' for --text is a dictionary; name one of its fields: 'body.lead', 'body.rest.main'"
    ):
        read(tmp_path / "t.jsonl", text="body")
    assert read(tmp_path / "t.jsonl", text="body.rest.main")[0].text == "They met."


@pytest.mark.parametrize("word", ["NA", "NULL", "None", "nan", "-", "[Removed]", "[deleted]", " n/a ", "\\N", "—"])
def test_words_for_nothing_are_nothing(word):
    assert filled(word) == ""
    assert clean_text(word) == ("", ())


@pytest.mark.parametrize(
    "text", ["AT&T and R&D; it rained.", "Section [3] stands.", "&c; &notanentityatall;", "None came.", "&#0;"]
)
def test_what_is_no_dirt_stays(text):
    assert clean_text(text) == (text, ())


def test_a_mark_of_a_cut_goes_with_the_blanks_round_it():
    for end in ("[+1234 chars]", "  \n[+1,234 chars]\n", " [+20 more words]"):
        assert clean_text("They met [+1 chars] to" + end) == ("They met [+1 chars] to", (CUT_OFF,))
    assert clean_text("<p>They met to… [+1234 chars]</p> </div>") == ("<p>They met to…</p> </div>", (CUT_OFF,))


def test_the_time_for_a_cell_grows_with_its_length_alone():
    """Cells at which a search that begins anew at each blank takes minutes."""
    blanks = " " * 300_000
    began = time.process_time()
    assert parse_date(f"March 5 x{blanks}y") is None
    assert clean_text(f"The talks{blanks}failed]") == (f"The talks{blanks}failed]", ())
    assert time.process_time() - began < 5


@given(
    st.lists(st.sampled_from(['{"text": "It rained."}', '{"text": "a', "[1]", "}", ",", "\n", " ", "[", "]", '"x"']), max_size=12)
)
def test_any_json_gives_rows_or_one_sentence(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("j") / "t.json"
    path.write_text('{"text": "Talks resumed."}' + "".join(pieces))
    try:
        rows = read(path)
    except StanceError:
        return
    assert all(isinstance(row, (Row, Reject)) for row in rows)
    texts = [row.text for row in rows if isinstance(row, Row)]
    assert texts.count("Talks resumed.") <= 1
    assert texts.count("It rained.") <= pieces.count('{"text": "It rained."}')


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 9), st.integers(0, 120), st.sampled_from(["", " oops" * 9, " oops" * 90, "}", "\n"]))
def test_a_broken_element_costs_itself_alone_wherever_it_stands(tmp_path_factory, place, more, broken):
    """Read in small pieces, so that it stands at the border of one."""
    rows = [json.dumps({"id": str(number), "text": "Talks resumed. " * 4 + "x" * more}) for number in range(10)]
    path = tmp_path_factory.mktemp("j") / "t.json"
    path.write_text("[" + ", ".join([*rows[:place], '{"id": "x", "text"' + broken + " broken}", *rows[place:]]) + "]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_table, "_READ", 250)
        found = read(path)
    assert [row.id for row in found if isinstance(row, Row)] == list("0123456789")
    assert sum(isinstance(row, Reject) for row in found) == 1


HEADLINE = {"id": "1", "title": "Talks resumed in Geneva on Monday", "description": "Short."}


@pytest.mark.parametrize(
    "more",
    [
        {"images": [{"description": "Delegates arrive at the hall, by a photo agency"}]},
        {"images": [{"id": 7, "title": "Delegates arrive at the hall"}]},
        {"keywords": [{"text": "geneva talks"}]},
    ],
)
def test_a_headline_with_an_array_of_objects_is_the_row(tmp_path, more):
    lines = [json.dumps({**HEADLINE, **more}), json.dumps({**HEADLINE, "id": "2"})]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    (tmp_path / "t.json").write_text("[" + ",".join(lines) + "]")
    for suffix in ("json", "jsonl"):
        found = read(tmp_path / f"t.{suffix}")
        assert [(row.id, row.text) for row in found] == [("1", HEADLINE["title"]), ("2", HEADLINE["title"])]
    (tmp_path / "t.jsonl").write_text(
        json.dumps({"title": "A headline of some words", "images": [{"description": "A caption."}]})
    )
    assert [row.text for row in read(tmp_path / "t.jsonl", text="title")] == ["A headline of some words"]


def test_comments_are_no_articles(tmp_path):
    comments = [{"body": "I do not believe it, and never will.", "created_utc": 1718323200}]
    (tmp_path / "t.jsonl").write_text(json.dumps({**HEADLINE, "comments": comments}))
    assert [(row.id, row.text) for row in read(tmp_path / "t.jsonl", text="title")] == [("1", HEADLINE["title"])]


@pytest.mark.parametrize(
    "page",
    [
        {"title": "News of the day"},
        {"title": "News of the day", "link": "https://example.org/feed", "updated": "2024-06-14"},
        {"id": 7, "status": "ok"},
    ],
)
def test_a_feed_with_a_title_of_its_own_is_a_page(tmp_path, page):
    items = [
        {"title": f"Talks resumed on day {day}", "link": f"https://example.org/{day}", "pubDate": "2024-06-14"} for day in "12"
    ]
    (tmp_path / "t.json").write_text(json.dumps({**page, "items": items}))
    assert [row.text for row in read(tmp_path / "t.json")] == ["Talks resumed on day 1", "Talks resumed on day 2"]


def test_a_broken_page_costs_itself_alone(tmp_path):
    pages = [{"articles": [{"id": f"{page}{row}", "text": "Talks resumed."} for row in "ab"]} for page in (1, 3)]
    (tmp_path / "t.json").write_text(json.dumps(pages[0]) + '\n{"articles": oops}\n' + json.dumps(pages[1], indent=1))
    found = read(tmp_path / "t.json")
    assert [row.id for row in found if isinstance(row, Row)] == ["1a", "1b", "3a", "3b"]
    assert [row.cells for row in found if isinstance(row, Reject)] == [('{"articles": oops}',)]


def test_the_format_is_told_by_the_beginning(tmp_path, monkeypatch):
    """Of JSON Lines whose first line is torn no more is read than of others."""
    chunks = []
    whole = json_table.chunks_of
    monkeypatch.setattr(json_table, "chunks_of", lambda *given: (chunks.append(len(each)) or each for each in whole(*given)))
    row = json.dumps({"id": "1", "text": "Talks resumed. " * 50}) + "\n"
    (tmp_path / "t.jsonl").write_text('{"id": "0", "text": "torn\n' + row * 4000)
    assert len(read(tmp_path / "t.jsonl")) == 4001
    assert sum(chunks) < 1_000_000


@pytest.mark.parametrize("first", ['[{"id": oops', '{"id": oops'])
def test_what_is_broken_is_searched_once_and_kept_in_part(tmp_path, monkeypatch, first):
    held = []
    go = json_table._Text._go
    monkeypatch.setattr(json_table._Text, "_go", lambda text, to: (held.append(len(text._held)), go(text, to))[1])
    (tmp_path / "t.json").write_text('[{"id": "1", "text": "Talks resumed."},\n' + first + " torn\n" * 500_000)
    found = read(tmp_path / "t.json")
    assert [type(row) for row in found] == [Row, Reject]
    assert max(held) < 600_000
    assert len(found[1].cells[0]) < 600_000


def test_articles_that_are_no_table_are_sent_to_score(stance, tmp_path):
    (tmp_path / "delivery.txt").write_text(
        "1 of 2 DOCUMENTS\n\nThe Daily\n\nTalks resume\n\nBODY:\nTalks resume.\n\n2 of 2 DOCUMENTS\n"
    )
    (tmp_path / "page.html").write_text("<html><body><p>Talks resume.</p></body></html>")
    (tmp_path / "folder").mkdir()
    for name, instead in (("delivery.txt", "stance score"), ("page.html", "stance score"), ("folder", "--scheduler local[2]")):
        done = stance("batch", name, "-o", "out.csv")
        assert (done.returncode, instead in done.stderr, done.stderr.count("\n")) == (2, True, 1), done.stderr
        assert not (tmp_path / "out.csv").exists()


def test_the_sheet_with_a_header_is_read_and_the_others_are_named(stance, tmp_path):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "two.xlsx", engine="openpyxl") as book:
        pd.DataFrame([["These are the articles of May."]]).to_excel(book, sheet_name="Notes", index=False, header=False)
        pd.DataFrame({"id": [1, 2], "text": ["Seoul condemned the launch.", "Talks resume."]}).to_excel(
            book, sheet_name="Data", index=False
        )
    done = stance("batch", "two.xlsx", "-o", "out.csv")
    assert "2 rows in = 2 articles + 0 rejected" in done.stderr + done.stdout
    assert "not read: sheet 'Notes'" in done.stderr + done.stdout


@pytest.mark.parametrize(
    "header",
    ["Nr;Titel;Datum;Zeitung;Text", "identifiant;titre;date de publication;journal;contenu", "id;título;fecha;fuente;texto"],
)
def test_names_of_columns_in_other_languages_are_known(stance, tmp_path, header):
    rows = [f"{n};Seoul warns {n};2024-05-{n:02};Daily;Seoul condemned the launch on Monday, number {n}." for n in range(1, 9)]
    (tmp_path / "t.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    done = stance("batch", "t.csv", "-o", "out.csv")
    assert "8 rows in = 8 articles + 0 rejected; 16 sentences" in done.stderr + done.stdout
    first = pd.read_csv(tmp_path / "out.csv", dtype=str).iloc[0]
    assert (first["id"], first["date"], first["source"], first["text"]) == ("1", "2024-05-01", "Daily", "Seoul warns 1")
