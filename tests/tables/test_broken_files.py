"""What is thrown at the readers of tables: broken files, hard cases, tables from a grammar, and what the campaigns found."""

import csv
import gzip
import io
import json

import pytest
from attacks import tables as attack
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import StanceError
from classifier.batch.job import rejects_of, summary_of
from classifier.cli import main
from classifier.tables.reader import open_table
from classifier.tables.rows import Reject, Row

BROKEN = ROOT / "tests" / "data" / "broken"
with (BROKEN / "expected.csv").open(encoding="utf-8", newline="") as _file:
    CASES = list(csv.DictReader(_file))


# --- broken files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_broken_file_gives_what_is_written_beside_it(case, tmp_path, capsys):
    path, output = BROKEN / case["file"], tmp_path / "out.csv"
    is_table = case["command"] == "batch"
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow")
    code = main(["batch", str(path), "-o", str(output), "--jobs", "1"] if is_table else ["score", str(path), "--format", "csv"])
    shown = capsys.readouterr()
    assert code == int(case["code"]), shown.err
    if code == 2:
        *_, last = shown.err.splitlines()
        assert last.startswith("stance: ")
        assert case["says"] in last
        assert not output.exists()
        return
    sentences = list(csv.DictReader(io.StringIO(output.read_bytes().decode() if is_table else shown.out, newline="")))
    assert case["holds"] in " ".join(row["text"] for row in sentences)
    if is_table:
        counts = json.loads(summary_of(output).read_text())
        assert (counts["articles"], counts["rejected"]) == (int(case["articles"]), int(case["rejected"]))
        assert counts["rows_in"] == counts["articles"] + counts["rejected"]
        reasons = reasons_of(output)
        assert len(reasons) == counts["rejected"]
        wanted = case["says"].split(";")
        assert all(
            want in reason for want, reason in zip(wanted * (len(reasons) if len(wanted) == 1 else 1), reasons, strict=True)
        )


def reasons_of(output):
    if not rejects_of(output).exists():
        return []
    with rejects_of(output).open(encoding="utf-8", newline="") as file:
        return [row["reason"] for row in csv.DictReader(file)]


def test_every_broken_file_is_listed_once_and_is_small():
    assert sorted(case["file"] for case in CASES) == sorted(path.name for path in BROKEN.iterdir() if path.name != "expected.csv")
    assert len(CASES) >= 60
    assert max(path.stat().st_size for path in BROKEN.iterdir()) < 25_000


@pytest.mark.parametrize("name", [case["file"] for case in CASES if case["file"].endswith(".csv")])
def test_both_readers_take_a_broken_file_alike(name, tmp_path):
    pytest.importorskip("numba")
    assert attack.check_table(BROKEN / name) == ""


# The cases that every reader of CSV is tried with, each with a column of text.
SPECTRUM = {
    "comma in quotes": 'first,last,text\nJohn,Doe,"Seoul condemned, and left, the talks."\n',
    "empty cells": 'id,note,text\n1,"","Talks resumed."\n2,3,"It rained."\n',
    "empty cells, CRLF": 'id,note,text\r\n1,"","Talks resumed."\r\n2,3,"It rained."\r\n',
    "escaped quotes": 'id,text\n1,"He said ""no"" to Seoul."\n2,"She said ""yes, yes"", and ""maybe""."\n',
    "JSON in a cell": 'key,text\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]} was sent."\n',
    "newlines": 'id,text\n1,"Once upon \na time."\n5,It rained.\n7,"Talks \nresumed \nagain."\n',
    "newlines, CRLF": 'id,text\r\n1,"Once upon \r\na time."\r\n5,It rained.\r\n',
    "quotes and newlines": 'id,text\n1,"ha \n""ha"" \nha."\n3,It rained.\n',
    "simple": "id,text\n1,Talks resumed.\n",
    "simple, CRLF": "id,text\r\n1,Talks resumed.\r\n",
    "UTF-8": "id,text\n1,Talks resumed – in Zürich.\n4,ʤ is a sound.\n",
    "places": 'time,latitude,place,text\n2014-01-01,36.1,"19km E of Anna, Ohio","It shook, they said."\n2014-01-02,-1.5,"x","It rained."\n',
    "blanks kept": 'id,text\n 1 ,"  Talks resumed.  "\n2,  It rained.  \n',
    "quoted header": '"id","text"\n"1","Talks resumed."\n',
}


@pytest.mark.parametrize("text", SPECTRUM.values(), ids=SPECTRUM)
def test_the_usual_hard_cases_are_read_as_the_csv_module_reads_them(text, tmp_path):
    (tmp_path / "t.csv").write_bytes(text.encode())
    expected = [row["text"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    table = open_table(str(tmp_path / "t.csv"), {"text": "text"})
    assert [row.text for row in table.rows if isinstance(row, Row)] == expected
    assert attack.check_table(tmp_path / "t.csv") == ""


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**40))
def test_tables_and_pages_from_a_grammar_lose_no_row_and_raise_nothing(tmp_path_factory, number):
    pytest.importorskip("pyarrow")
    kind, found = attack.case(number, 0, tmp_path_factory.mktemp("t"))
    assert found == "", kind


# --- regressions: what the campaigns found -----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["hex", "rot13", "zlib", "undefined", "klingon"])
def test_a_codec_that_is_none_of_text_is_no_encoding(tmp_path, encoding):
    (tmp_path / "t.csv").write_text("id,text\n1,Talks resumed.\n")
    with pytest.raises(StanceError, match="is no encoding"):
        open_table(str(tmp_path / "t.csv"), {}, encoding)


def test_what_the_extractor_of_pages_raises_costs_no_run(tmp_path, monkeypatch):
    trafilatura = pytest.importorskip("trafilatura")

    def fail(*_, **__):
        raise AssertionError

    monkeypatch.setattr(trafilatura, "bare_extraction", fail)
    (tmp_path / "t.csv").write_text("id,text\n1,<p>Seoul condemned it.</p>\n2,Talks resumed.\n")
    assert main(["batch", str(tmp_path / "t.csv"), "-o", str(tmp_path / "out.csv")]) == 0


def test_lines_above_a_header_are_rejects_and_the_header_is_found(tmp_path):
    (tmp_path / "t.csv").write_text('Export 2024\n"open\nid,text\n1,Talks resumed.\n2,It rained.\n')
    rows = list(open_table(str(tmp_path / "t.csv"), {}).rows)
    assert [(row.line, type(row)) for row in rows] == [(1, Reject), (2, Reject), (4, Row), (5, Row)]
    assert attack.check_table(tmp_path / "t.csv") == ""


def test_a_suffix_in_capitals_is_unzipped(tmp_path):
    (tmp_path / "T.CSV.GZ").write_bytes(gzip.compress(b"id,text\n1,Talks resumed.\n"))
    assert [row.text for row in open_table(str(tmp_path / "T.CSV.GZ"), {}).rows] == ["Talks resumed."]
