"""Tables of any dialect give their rows; a broken row costs itself alone."""

import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import StanceError
from classifier.tables.cells import NO_DATE
from classifier.tables.csv_records import Dialect, detect_dialect, records_of
from classifier.tables.dates import parse_date
from classifier.tables.reader import open_table
from classifier.tables.rows import Reject, Row

ROWS = [
    {"id": "a1", "published": "2024-06-14", "outlet": "AFP", "body": 'Seoul condemned the launch, again; "gravely".'},
    {"id": "a2", "published": "15 June 2024", "outlet": "AP", "body": "Türkiye met Greece.\nThey agreed | on nothing."},
    {"id": "a3", "published": "", "outlet": "", "body": "It rained in São Tomé."},
]
EXPECTED = [
    (row["id"], date, row["outlet"], row["body"]) for row, date in zip(ROWS, ["2024-06-14", "2024-06-15", ""], strict=True)
]


def as_csv(rows=ROWS, **dialect):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n", **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(path, **columns):
    return list(open_table(str(path), columns).rows)


def values(rows):
    return [(row.id, row.date, row.source, row.text) for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "pipe"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_dialect_and_encoding_gives_the_same_rows(tmp_path, delimiter, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes(as_csv(delimiter=delimiter, quoting=csv.QUOTE_ALL).encode(encoding))
    assert values(read(path)) == EXPECTED


def test_gzip_json_lines_and_parquet_give_the_same_rows(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(as_csv().encode()))
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    assert values(read(tmp_path / "t.csv.gz")) == EXPECTED
    assert values(read(tmp_path / "t.jsonl")) == EXPECTED
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pandas.DataFrame(ROWS).to_parquet(tmp_path / "t.parquet")
    assert values(read(tmp_path / "t.parquet")) == EXPECTED


def test_what_was_detected_is_said(tmp_path):
    (tmp_path / "t.csv").write_bytes(as_csv(delimiter=";").encode("cp1252"))
    description = open_table(str(tmp_path / "t.csv"), {}).description
    assert "cp1252, delimiter semicolon" in description
    assert "text = 'body', id = 'id', date = 'published', source = 'outlet'" in description


BROKEN = b"""id,date,text
1,2024-01-01,First row is fine.
2,2024-01-02,Too,many,cells.
3
4,2024-01-04,"A quote that nobody closes.
5,2024-01-05,Fifth row is fine.
6,2024-01-06,"Quoted
over lines."
7,2024-13-45,A date that is none.
8,2024-01-08,
9,2024-01-09,Bytes \xff\xfe that are no UTF-8 \xe2\x82\xac \xe2\x82\xac \xe2\x82\xac \xe2\x82\xac \xe2\x82\xac \xe2\x82\xac.
10,2024-01-10,5" guns are no quotes.
11,2024-01-11,"closed" too early,
12,2024-01-12,Last row is fine \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac.
"""


def test_each_broken_row_costs_itself_alone(tmp_path):
    (tmp_path / "broken.csv").write_bytes(BROKEN)
    rows = read(tmp_path / "broken.csv")
    assert [row.id for row in rows if isinstance(row, Row)] == ["1", "5", "6", "7", "10", "12"]
    rejected = {row.line: row.reason for row in rows if isinstance(row, Reject)}
    assert rejected[3] == "5 cells where the header has 3"
    assert rejected[4] == "1 cells where the header has 3"
    assert rejected[5] == "a quote is not closed"
    assert [row.cleaned for row in rows if row.line == 9] == [(NO_DATE,)]
    assert "empty" in rejected[10]
    assert "bytes" in rejected[11]
    assert set(rejected) == {3, 4, 5, 10, 11, 13}
    assert next(row.text for row in rows if row.line == 7) == "Quoted\nover lines."


def test_a_huge_cell_and_a_huge_line_cost_themselves_alone(tmp_path):
    huge = "word " * 300_000
    text = f'id,text\n1,Fine.\n2,{huge}\n3,"{huge * 14}"\n4,{"x" * 40_000_000}\n5,Fine too.\n'
    (tmp_path / "huge.csv").write_text(text)
    rows = read(tmp_path / "huge.csv")
    assert [row.id for row in rows if isinstance(row, Row)] == ["1", "5"]
    assert len(rows) == 5


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), min_size=2, max_size=2),
        min_size=1,
        max_size=8,
    )
)
def test_what_the_csv_module_writes_comes_back_whatever_it_is(cells):
    """Rows that Python's own writer made come back the same: none lost, none joined."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(cells)
    lines = io.StringIO(out.getvalue(), newline="").readlines()
    assert [found for found, reason, _ in records_of(lines, Dialect(",")) if not reason] == cells


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_one_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(b"id,text\n" + data)
    try:
        rows = read(path)
    except StanceError:
        return
    assert all(isinstance(row, (Row, Reject)) for row in rows)


def test_a_table_without_a_header_loses_no_row(tmp_path):
    (tmp_path / "t.csv").write_text("1,Seoul condemned it.\n2,Talks resumed today.\n")
    assert [row.text for row in read(tmp_path / "t.csv")] == ["Seoul condemned it.", "Talks resumed today."]


def test_columns_are_found_by_content_when_no_name_helps(tmp_path):
    lines = ["x1,x2,x3"] + [f"{n},2024-01-{n:02},The envoys of both sides met on day {n}." for n in range(1, 9)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    assert values(read(tmp_path / "t.csv"))[0] == ("1", "2024-01-01", "", "The envoys of both sides met on day 1.")


def test_stated_columns_win_and_unknown_ones_are_named(tmp_path):
    (tmp_path / "t.csv").write_text("text,lead\nThe long text that is not wanted here.,Short lead.\n")
    assert read(tmp_path / "t.csv", text="lead")[0].text == "Short lead."
    with pytest.raises(StanceError, match="no column 'led' for --text; it has 'text', 'lead'"):
        read(tmp_path / "t.csv", text="led")


def test_many_or_endless_columns_are_named_in_one_short_sentence(tmp_path):
    (tmp_path / "t.csv").write_text(
        ",".join(["id", "x" * 5_000, *(f"c{number}" for number in range(98))]) + "\n" + "1," * 99 + "1\n"
    )
    with pytest.raises(StanceError, match=r"it has 'id', 'x{40}\.\.\.', 'c0', .*, 'c17' and 80 more$"):
        open_table(str(tmp_path / "t.csv"), {})


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b\n1,2\n3,4\n", "no column looks like text"),
        ("t.csv.gz", b"no gzip", "is no gzip file, or a damaged one"),
        ("t.jsonl", b"[1]\n[2]\n", "no line is a JSON object"),
    ],
)
def test_tables_that_are_none_get_one_sentence(tmp_path, name, data, says):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StanceError, match=says):
        read(tmp_path / name)


def test_a_gzip_file_that_breaks_off_is_told(tmp_path):
    whole = gzip.compress(("id,text\n" + "".join(f"{n},Row {n} of many {hash(n)}.\n" for n in range(200_000))).encode())
    (tmp_path / "t.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StanceError, match="broke off"):
        read(tmp_path / "t.csv.gz")


def test_delimiters_in_the_text_do_not_mislead():
    lines = ["id;text\n", "1;One, two, three, four.\n", "2;Five, six.\n", "3;Seven | eight, nine.\n"]
    assert detect_dialect(lines).delimiter == ";"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-06-14", "2024-06-14"),
        ("2024-06-14T10:00:00Z", "2024-06-14"),
        ("14 June 2024", "2024-06-14"),
        ("June 14, 2024 6:40 PM", "2024-06-14"),
        ("", ""),
        ("2024-13-45", None),
        ("2024-02-31", None),
        ("yesterday", None),
        ("March 2024", "2024-03"),
        ("2024", "2024"),
        ("Friday", None),
        ("12:30", None),
        ("03/04/2024", "2024-03-04"),
    ],
)
def test_dates_become_iso_days(text, iso):
    assert parse_date(text) == iso
