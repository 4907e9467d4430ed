"""Tables in pieces read as the whole."""

import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from classifier import StanceError
from classifier.cluster.partitions import cut, from_plain, to_plain, together
from classifier.storage import source
from classifier.tables.reader import open_table
from classifier.tables.rows import Part

pytest.importorskip("distributed")
pytest.importorskip("pyarrow")


def rows_of(path, part=None, encoding="", **columns):
    return list(open_table(str(path), columns, encoding, part or Part()).rows)


def assert_cut_reads_as_whole(path, size, at_least=1, **columns):
    pieces = cut(source(str(path)), size, columns, "")
    with pytest.MonkeyPatch.context() as without:
        without.setattr("classifier.cluster.partitions.is_compiled", lambda: False)
        assert cut(source(str(path)), size, columns, "") == pieces
    assert len(pieces) >= at_least
    read = [rows_of(path, piece.part, piece.encoding, **columns) for piece in pieces]
    assert [row for rows in read for row in rows] == rows_of(path, **columns)
    assert all(read) or len(read) == 1


NASTY = {
    "quoted newlines": 'id,text\n1,"Seoul\ncondemned\r\nthe launch."\n2,"a ""quoted""\n\nword"\n' * 5,
    "quotes that nobody closes": 'id,text\n1,"Seoul condemned.\n2,Talks resumed.\n3,"Open again\n4,x\n' * 5,
    "a quote closed in a row of another width": 'id,text\n1,"Seoul\n2,b",c,d\n3,x\n' * 5,
    "blank lines and a carriage return alone": "id,text\n\n\r\n1,Seoul condemned.\r2,Talks resumed.\n\n" * 5,
    "a mark before the header": "\ufeffid,text\n" + "1,Türkiye rejected the plan.\n\ufeff2,x y\n" * 9,
    "ids that are missing": "id,text\n" + ",Türkiye rejected the plan.\n7,x y\n" * 9,
    "no id at all": "text,date\n" + '"Türkiye\nrejected, the plan.",2024-01-01\n,2024-01-02\nx y,nonsense\n' * 9,
    "no header": "1,Seoul condemned the launch today.\n2,Talks resumed in Geneva on Friday.\n" * 9,
}


@pytest.mark.parametrize("size", [1, 40, 100])
@pytest.mark.parametrize("what", NASTY)
def test_a_csv_in_pieces_reads_as_the_whole(tmp_path, what, size):
    path = tmp_path / "t.csv"
    path.write_bytes(NASTY[what].encode())
    assert_cut_reads_as_whole(path, size, at_least=2)


def test_a_csv_of_many_blocks_in_pieces_reads_as_the_whole(tmp_path):
    path = tmp_path / "t.csv"
    rows = ['1,"Seoul\ncondemned, the launch."\n', "2,Talks resumed.\r\n", '3,"Open\n', "\n", ",Türkiye\n", "4,x,y\n"]
    path.write_bytes(("id,text\n" + "".join(rows[number * number % 7 % 6] for number in range(9000))).encode())
    for size in (1_000, 30_000):
        assert_cut_reads_as_whole(path, size, at_least=5)


@given(st.text(alphabet='ab ,"\n\r;é', max_size=200), st.integers(1, 60))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_csv_in_pieces_reads_as_the_whole(tmp_path, body, size):
    path = tmp_path / "t.csv"
    path.write_bytes(f"text,id\nSeoul met.,a\n{body}".encode())
    try:
        rows_of(path, text="text")
    except StanceError:
        assume(False)  # the body looks as if the delimiter were another
    assert_cut_reads_as_whole(path, size, text="text")


@given(st.text(alphabet='{}"text:\n\r \u2028é', max_size=100), st.integers(1, 60))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_lines_in_pieces_read_as_the_whole(tmp_path, body, size):
    path = tmp_path / "t.jsonl"
    line = '{"text": "Seoul condemned\\nthe launch.", "other": 1}\n'
    path.write_bytes(f"{line}{body}\n\n{line * 3}".encode())
    assert_cut_reads_as_whole(path, size, text="text")


@pytest.mark.parametrize(("encoding", "pieces"), [("cp1252", 2), ("utf-16", 1)])
def test_only_an_encoding_that_shows_its_lines_is_cut(tmp_path, encoding, pieces):
    path = tmp_path / "t.csv"
    path.write_bytes(("id,text\n" + "1,Türkiye rejected “the plan”.\n" * 50).encode(encoding))
    assert (len(cut(source(str(path)), 200, {}, "")) > 1) == (pieces > 1)
    assert_cut_reads_as_whole(path, 200)


def test_a_line_longer_than_a_record_may_be_is_cut_off_alike(tmp_path, monkeypatch):
    for module in ("tables.lines", "tables.csv_records", "tables.reader", "tables.blocks", "cluster.partitions"):
        monkeypatch.setattr(f"classifier.{module}.MAX_LINE", 100)
    for module in ("tables.blocks", "cluster.partitions"):
        monkeypatch.setattr(f"classifier.{module}.MAX_LINE_BYTES", 400)
        monkeypatch.setattr(f"classifier.{module}._READ", 64)
    path = tmp_path / "t.csv"
    path.write_text("id,text\n" + f"1,{'long ' * 100}\r\n2,Talks resumed.\n3,{'é' * 90}\n" * 4)
    assert_cut_reads_as_whole(path, 50, at_least=4)


def test_parquet_is_cut_by_row_groups(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"text": [f"Talk {number} resumed." for number in range(100)]}).to_parquet(path, row_group_size=7)
    assert_cut_reads_as_whole(path, 400, at_least=5)


def test_small_tables_share_a_partition_and_a_plan_survives_json(tmp_path):
    for number in range(10):
        (tmp_path / f"{number}.csv").write_text("text\nSeoul condemned the launch.\nTalks resumed.\n")
    pieces = [piece for number in range(10) for piece in cut(source(str(tmp_path / f"{number}.csv")), 1000, {}, "")]
    partitions = together(pieces, 150)
    assert [len(partition.pieces) for partition in partitions] == [3, 3, 3, 1]
    assert from_plain(json.loads(json.dumps(to_plain(partitions)))) == partitions
    ids = {row.id for piece in together(pieces, 150)[0].pieces for row in rows_of(piece.source.name, piece.part)}
    assert ids == {f"{number}.csv#{row}" for number in range(3) for row in (1, 2)}
