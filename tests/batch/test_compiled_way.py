"""The compiled way from a table to labelled rows gives, byte for byte, what the plain way gives."""

import csv
import io
import random
import sys

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.batch import run as batch
from classifier.batch import writers
from classifier.batch.job import Job, rejects_of
from classifier.batch.sentences import _plain_rows, sentences_of
from classifier.kernel.strings import Strings
from classifier.tables import compiled_csv
from classifier.tables.blocks import blocks
from classifier.tables.reader import open_table
from classifier.tables.rows import Reject

NUL = "\0" if sys.version_info >= (3, 11) else "\1"
"""The csv module, which the lanes are held against, knows no NUL before Python 3.11."""


def read(path, compiled, columns=(), encoding=""):
    """Every row of a table, in order."""
    return [
        block.row(number)
        for block in blocks(open_table(str(path), dict(columns), encoding), compiled)
        for number in range(len(block))
    ]


def told(path, compiled, columns=(), encoding=""):
    """Every sentence of a table with what is known of it, and every reject."""
    parts = [sentences_of(block) for block in blocks(open_table(str(path), dict(columns), encoding), compiled)]
    sentences = [
        row
        for part in parts
        for row in zip(
            *(getattr(part, field).take(part.owner).to_list() for field in ("id", "date", "source", "title")),
            *(getattr(part, field).tolist() for field in ("paragraph", "start", "end")),
            part.text.to_list(),
            strict=True,
        )
    ]
    return sentences, [reject for part in parts for reject in part.rejects]


def written(path, tmp_path, monkeypatch, compiled, name="out.csv"):
    """What a batch writes: sentences, articles, rejects."""
    monkeypatch.setattr(batch, "_SMALL", 0)
    monkeypatch.setattr(batch, "is_compiled", lambda: compiled)
    output, articles = tmp_path / name, tmp_path / f"articles.{name}"
    batch.run(Job(str(path), output, articles=articles), False, lambda _: None, lambda *_: None)
    return [file.read_bytes() if file.exists() else b"" for file in (output, articles, rejects_of(output))]


LINES = [
    *(
        'plain,2024-01-02,"Seoul condemned the launch, and left."',
        'q,,"He said ""no"" twice."',
        "x,2024-13-45,bad date.",
        "short,row",
    ),
    *(
        'open,,"never closed',
        "",
        'five" inches,,It is 5" long.',
        ",,No id here.",
        "a,,",
        'b,," "',
        "c,,Ca\ufffdn not.",
        "d\0,,Nul.",
    ),
    *(
        'm,,"Two\nlines in one cell."',
        'n,,"Three\r\n\r\nlines."',
        "\r",
        "e,,It is\rbroken.",
        '"i",,"Quoted id."x',
        " sp , 2 May 2024 , Blanks. ",
    ),
    *(
        "f,,<p>Markup</p>.",
        "g,,By John Smith.",
        "h,,Related: it is.",
        "i,,1.5 is not 2. Is it?",
        "j,,PARIS (AFP) - They met again today.",
        "=k,,=1+1.",
    ),
    *(
        "l,,U.S. envoys met.",
        "o,,«Non», dit-il.",
        "p,,“Yes,” she said.",
        "r,,Ärger in İzmir’s port – again.",
        "s,,He left at 5 p.m. Friday.",
        "t,,12 May 2024",
    ),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=30), st.sampled_from("\n\r"), st.booleans())
def test_any_mix_of_whole_and_broken_lines_gives_the_same_rows(tmp_path_factory, lines, ending, newline_at_end):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    ending = "\n" if ending == "\n" else "\r\n"
    path.write_bytes(("id,date,text" + "".join(ending + line for line in lines) + ending * newline_at_end).encode())
    assert read(path, True) == read(path, False)
    assert told(path, True) == told(path, False)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from('ab,"\n\r \0é€😀') | st.characters(exclude_categories=["Cs"]), max_size=200), st.sampled_from(",;\t|")
)
def test_any_text_at_all_gives_the_same_rows(tmp_path_factory, text, delimiter):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(f"id{delimiter}text\n1{delimiter}Some text here.\n{text}".encode())
    columns = {"id": "id", "text": "text"}
    try:
        expected = read(path, False, columns)
    except Exception as error:
        with pytest.raises(type(error)):
            read(path, True, columns)
        return
    assert read(path, True, columns) == expected
    assert told(path, True, columns) == told(path, False, columns)


def test_bytes_that_are_no_utf_8_cost_their_row_alone(tmp_path):
    path = tmp_path / "t.csv"
    broken = [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xf0\x80\x80\x80"]
    path.write_bytes(b"id,text\n" + b"".join(b"g,Good words.\nb,Bad " + each + b" bytes.\n" for each in broken) * 40)
    rows = read(path, True, encoding="utf-8")
    assert rows == read(path, False, encoding="utf-8")
    assert sum(isinstance(row, Reject) for row in rows) == 7 * 40


def test_records_across_the_ends_of_blocks_and_reads_are_whole(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["id", "text"])
        texts = (
            "Kurz.",
            'Zeile, "zitiert"\r\nund € weiter.',
            f"Null {NUL} hier\r\nund dort.",
            "Verloren \ufffd.",
            "Ganz kurz hier.",
        )
        writer.writerows([number, texts[number % len(texts)]] for number in range(400))
    expected = read(path, False)
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr("classifier.tables.blocks._READ", size)
        monkeypatch.setattr("classifier.tables.blocks._SIZE", max(size, 50))
        assert read(path, True) == expected


def test_a_line_without_end_is_cut_and_the_next_row_read(tmp_path, monkeypatch):
    for module in ("lines", "csv_records", "reader", "blocks"):
        monkeypatch.setattr(f"classifier.tables.{module}.MAX_LINE", 1000)
    path = tmp_path / "t.csv"
    path.write_text("id,text\n1,Some text.\n2," + "x" * 5000 + "\n3,More text.\n")
    for compiled in (True, False):
        rows = read(path, compiled)
        assert [row.line for row in rows] == [2, 3, 4]
        assert rows[2].text == "More text."


def test_every_seed_and_its_like_gives_the_sentences_of_the_plain_way(tmp_path, seed_texts):
    draw = random.Random(1)
    marks = [
        "?",
        "!",
        " (AP)",
        ". ",
        ".”",
        "…",
        ":",
        "/",
        " 2024 ",
        "\u2028",
        "\xa0",
        "''",
        "“",
        "e\u0301",
        "By ",
        "Photo: ",
        "3.5",
        " U.S. ",
    ]
    texts = list(seed_texts)
    for text in seed_texts[::4]:
        at = draw.randrange(len(text))
        texts.append(text[:at] + draw.choice(marks) + text[at:])
        texts.append(draw.choice(["Read more: ", "By ", "Image ", " ", "“", "Related: ", "(", "\t"]) + text)
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(texts)])
    assert told(path, True) == told(path, False)
    plain = sum(len(_plain_rows(block)[0]) for block in blocks(open_table(str(path), {}), True))
    assert plain > 0.95 * len(seed_texts)


FILLERS = st.sampled_from(
    [
        *("Seoul said so", "é" * 40, "A" + "é" * 55, "a", "the envoys of both countries met again", "1.5", "“ja”", "it’s"),
        *(
            "the U.S. envoy",
            "in the U.S. The envoy",
            "on Aug. 30",
            "He left. They met. €",
            "Why? ",
            "no! (",
            "Lê Thị",
            "£5 ¥",
            "©",
        ),
    ]
)
LIKE_DIRT = st.sampled_from(
    [
        *(
            "12 May 2024",
            "Friday, August 21, 2015",
            "2024-05-05T",
            "May 3, 2024 - Updated ",
            " - ",
            "(AFP) - ",
            "(Reuters)",
            "AFP",
            "By Jan Berg",
            "Read more: ",
        ),
        *(
            "Photo: ",
            "Image - ",
            "FILE PHOTO: ",
            "(Photo by Jan Berg)",
            "(AP Photo/Jan)",
            "REUTERS/Jan",
            "/Getty Images",
            "Credit: Jan",
        ),
        *(
            "Related: ",
            "See also: ",
            "Sign up for our",
            "Copyright 2024",
            "© 2024",
            "All rights reserved",
            "Advertisement",
            "Editing by Jan Berg",
            "Bloomberg",
            "Asharq Al-Awsat",
            "Updated: 3 Sept 2024",
            "ſept 3, 2024",
            "<p>",
            "&amp;",
        ),
    ]
)
ENDS = st.sampled_from(
    [".", "?", "!", ".’", ".”", ".’”", "?’”", ".”’", ".’'", '."', '."”', ".'", " .", ".)", ").", "…", ":", "", " *"]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(FILLERS | LIKE_DIRT, min_size=1, max_size=5), ENDS, st.sampled_from(["", " "])),
        min_size=1,
        max_size=20,
    )
)
def test_what_looks_like_the_dirt_of_a_page_is_told_apart_alike(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [[number, "dpa" * (number % 2), between.join(parts) + end] for number, (parts, end, between) in enumerate(cells)]
        csv.writer(file).writerows([["id", "source", "text"], *rows])
    assert told(path, True, {"text": "text"}) == told(path, False, {"text": "text"})


def test_points_of_a_list_in_one_line_are_told_apart_alike(tmp_path):
    path = tmp_path / "t.csv"
    texts = [
        "Envoys agreed on (a) Trade talks (b) Border talks (c) Prisoners and left.",
        "The plan has parts 1) Trade 2) Border 3) Prisoners and more.",
        "Iran (IRNA) says it (the state) will wait (for now) in Geneva today.",
    ]
    path.write_text("id,text\n" + "".join(f"{number},{text}\n" for number, text in enumerate(texts)), encoding="utf-8")
    assert told(path, True) == told(path, False)


@pytest.mark.parametrize(
    "rows",
    [
        "id,text\n1,Good words are here.,extra\n",
        'id,text,note\n1,Good words are here.,"open\n2,More words here.,x\n',
        "id,text,note\n1,Good words are here.\n2,More words here.,x\n",
        "id,text\n1,Good words are here.\n" + "\n" * 2_100_000 + "2,More words here.\n",
        "\ufeffid,text\n1,Good words are here.\n",
        "1,Good words are here.\n2,More words here.\n",
    ],
    ids=["a cell too many", "an open quote", "a cell too few", "blank lines", "a mark", "no header"],
)
def test_rows_that_go_wrong_late_go_wrong_alike(tmp_path, rows):
    path = tmp_path / "t.csv"
    path.write_text(rows, encoding="utf-8")
    for encoding in ("", "utf-8"):
        assert told(path, True, encoding=encoding) == told(path, False, encoding=encoding)


def test_negative_numbers_stay_numbers(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text(
        'id,text\n-1,"Both sides signed the treaty. They agreed to help. They welcomed the deal. They thanked the envoys."\n'
    )
    for compiled in (True, False):
        articles = list(csv.DictReader(io.StringIO(written(path, tmp_path, monkeypatch, compiled)[1].decode())))
        assert articles[0]["id"] == "'-1"
        assert -1 <= float(articles[0]["tension"]) < 0


def test_one_column_may_serve_two_fields(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("url,day,body\nhttp://a,2024-01-02,Good words are here.\n")
    columns = {"text": "body", "id": "url", "source": "url", "date": "day"}
    assert told(path, True, columns) == told(path, False, columns)
    assert told(path, True, columns)[0][0][:3] == ("http://a", "2024-01-02", "http://a")


def test_parquet_is_the_same_file_however_the_rows_were_cut(tmp_path, monkeypatch, seed_texts):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(writers, "_ROW_GROUP", 700)
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(seed_texts[:2500])])
    one = written(path, tmp_path, monkeypatch, True, "out.parquet")
    monkeypatch.setattr("classifier.tables.blocks._ROWS", 333)
    assert written(path, tmp_path, monkeypatch, False, "out.parquet")[0] == one[0]


def test_a_batch_writes_the_same_bytes_either_way(tmp_path, monkeypatch, seed_texts):
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "source", "text"])
        for number, text in enumerate(seed_texts[::30]):
            whole = "\n".join(seed_texts[number : number + 5]) if number % 5 == 0 else text
            writer.writerow(
                [
                    f"=a{number}",
                    f"2024-01-{number % 31 + 1:02}" if number % 9 else "soon",
                    "AFP, Paris" if number % 2 else "",
                    whole,
                ]
            )
    for name in ("out.csv", "out.jsonl"):
        assert written(path, tmp_path, monkeypatch, True, name) == written(path, tmp_path, monkeypatch, False, name)


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.sampled_from('a",\n\r =-+@\t＝é') | st.characters(exclude_categories=["Cs"]), max_size=8),
            min_size=1,
            max_size=1,
        )
    )
)
def test_one_column_is_written_as_the_csv_module_writes_it(rows):
    columns = {"text": Strings.of(row[0] for row in rows)}
    for raw in (True, False):
        assert writers.encode("csv", columns, raw, compiled=True) == writers.encode("csv", columns, raw, compiled=False)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[text.replace("\0", NUL) for text in row] for row in rows])
    if "\r" not in out.getvalue():
        assert writers.encode("csv", columns, True, compiled=True).decode().replace("\0", NUL) == out.getvalue()


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: text.replace("\0", NUL)),
            st.floats(0, 1),
            st.booleans(),
            st.integers(0, 10**6),
        ),
        min_size=1,
    )
)
def test_what_is_written_reads_back(rows):
    texts, shares, flags, numbers = zip(*rows, strict=True)
    columns = {"text": Strings.of(texts), "p": np.array(shares).round(4), "flag": np.array(flags), "n": np.array(numbers)}
    found = list(csv.reader(io.StringIO(writers.encode("csv", columns, raw=True, compiled=True).decode(), newline="")))
    assert [(text, float(p), flag == "true", int(n)) for text, p, flag, n in found] == [
        (text, round(p, 4), flag, n) for (text, _, flag, n), p in zip(rows, columns["p"].tolist(), strict=True)
    ]


def test_development_texts_are_told_apart_alike_where_they_are():
    folder = ROOT.parent / "shared" / "eval"
    if not folder.exists():
        pytest.skip("no development sets here")
    for path in folder.glob("*.csv"):
        assert told(path, True) == told(path, False)


def test_the_loops_know_what_a_character_is():
    for text in ("é", "€", "😀", "\ud7ff", "\ue000", "\U0010ffff"):
        assert compiled_csv.character_width(np.frombuffer(text.encode(), np.uint8), 0, len(text.encode())) == len(text.encode())
