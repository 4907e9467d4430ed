"""What is thrown at the readers and writers of tables: broken files, tables from a grammar, bombs, devices, formulas."""

import csv
import gzip
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
from attacks import tables as attack
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import StanceError
from classifier.batch.job import rejects_of, summary_of
from classifier.batch.writers import neutral, restored
from classifier.cli import main
from classifier.report.labelled_rows import read_labelled_rows
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


# --- decompression bombs -----------------------------------------------------------------------------------------


def packed(path, size, begin, repeated):
    """A gzip file of `begin` and then `size` bytes of what is repeated, nearly a thousand times its own size."""
    member = gzip.compress(repeated * (10_000_000 // len(repeated)))
    path.write_bytes(gzip.compress(begin) + member * (size // 10_000_000))
    assert path.stat().st_size < size / 900
    return path


PEAK = (
    "import sys; from pathlib import Path; from classifier.cli import main; code = main();"
    "print(*[line for line in Path('/proc/self/status').read_text().splitlines() if 'VmHWM' in line]); sys.exit(code)"
)


def limited(tmp_path, table):
    """What ``stance batch`` says of a table, and the most memory that it took, in MB."""
    command = [
        sys.executable,
        "-c",
        PEAK,
        "batch",
        str(table),
        "-o",
        str(tmp_path / "out.csv"),
        "--jobs",
        "1",
        "--fields",
        "id,label",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2, done.stderr
    assert "unpacks to over 200 times its size" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out.csv").exists()
    return int(re.search(r"VmHWM:\s+(\d+) kB", done.stdout)[1]) / 1000


def test_a_gzip_bomb_is_stopped_early_and_takes_little_memory(tmp_path):
    peak = limited(
        tmp_path,
        packed(tmp_path / "bomb.csv.gz", 4_000_000_000, b"id,text\n1,Talks resumed.\n", b"1," + b"x" * 1_999_997 + b"\n"),
    )
    assert (tmp_path / "out.csv.rejects.csv.partial").stat().st_size < 400_000_000
    assert peak < 600


def test_a_line_without_end_in_a_bomb_takes_little_memory(tmp_path):
    assert (
        limited(tmp_path, packed(tmp_path / "line.jsonl.gz", 4_000_000_000, b'{"text": "Talks resumed."}\n{"text": "', b"x"))
        < 600
    )


def test_text_that_is_packed_well_is_no_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("classifier.tables.gzipped.FREE_BYTES", 0)
    rows = "".join(f"{number},Seoul condemned the launch as a grave provocation number {number}.\n" for number in range(50_000))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(("id,text\n" + rows).encode(), 9))
    assert sum(isinstance(row, Row) for row in open_table(str(tmp_path / "t.csv.gz"), {}).rows) == 50_000


@pytest.mark.parametrize("kind", ["pages", "dictionary", "one long value"])
def test_a_parquet_bomb_is_stopped(tmp_path, kind):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    if kind == "pages":
        table = pa.table({"text": ["x" * 1_000_000] * 150})
        parquet.write_table(table, tmp_path / "bomb.parquet", compression="zstd", use_dictionary=False)
    else:
        rows, value = (1_000_000, "It rained. " * 40_000) if kind == "dictionary" else (64, "a b " * 2_500_000)
        text = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([value]))
        parquet.write_table(pa.table({"text": text}), tmp_path / "bomb.parquet", compression="zstd")
    assert (tmp_path / "bomb.parquet").stat().st_size < 100_000
    if kind != "dictionary":
        assert limited(tmp_path, tmp_path / "bomb.parquet") < 600
    else:
        # Scoring a hundred megabytes of text would take minutes; the reader alone is asked.
        with pytest.raises(StanceError, match="unpacks to over 200 times its size"):
            for _ in open_table(str(tmp_path / "bomb.parquet"), {}).rows:
                pass


# --- links, devices, pipes ---------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder with everything that a name may lead to."""
    monkeypatch.chdir(tmp_path)
    signal.alarm(60)  # what hangs is killed, and with it the suite
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    (tmp_path / "a.txt").write_text("Seoul condemned the launch. Talks resumed.")
    main(["batch", "t.csv", "-o", "labelled.csv"])
    for kind in ("csv", "html"):
        (tmp_path / f"loop.{kind}").symlink_to(f"loop.{kind}")
        (tmp_path / f"dangling.{kind}").symlink_to(f"made.{kind}")
        (tmp_path / f"nowhere.{kind}").symlink_to(f"/no/such/folder/x.{kind}")
        (tmp_path / f"folder.{kind}").mkdir()
        os.mkfifo(tmp_path / f"pipe.{kind}")
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(f"socket.{kind}")
    yield tmp_path
    signal.alarm(0)


def standing(folder):
    return {path.name: path.lstat().st_mode for path in folder.iterdir()}


INPUTS = [
    "loop.csv",
    "dangling.csv",
    "nowhere.csv",
    "folder.csv",
    "socket.csv",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/urandom",
]


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize(
    "command", [("batch", "-o", "out.csv"), ("score",), ("report", "-o", "page.html")], ids=lambda command: command[0]
)
def test_an_input_that_is_no_file_is_one_sentence(places, capsys, command, name):
    before = standing(places)
    assert main([command[0], name, *command[1:]]) == 2
    assert re.fullmatch(rf"stance: {name}: .*[;,].*", capsys.readouterr().err.splitlines()[-1])
    assert standing(places) == before


OUTPUTS = ["loop", "nowhere", "folder", "pipe", "socket"]


@pytest.mark.parametrize("kind", OUTPUTS)
@pytest.mark.parametrize(
    "command",
    [
        ("batch", "t.csv", "-o"),
        ("batch", "t.csv", "-o", "out.csv", "--articles"),
        ("score", "a.txt", "--html"),
        ("report", "labelled.csv", "-o"),
    ],
    ids=lambda command: " ".join(command),
)
def test_an_output_that_is_no_file_stays_what_it_is(places, capsys, command, kind):
    before = standing(places)
    name = f"{kind}.{'csv' if command[0] == 'batch' else 'html'}"
    assert main([*command, name]) == 2
    [*_, said] = capsys.readouterr().err.splitlines()
    assert said.startswith("stance: ")
    assert ";" in said
    assert standing(places) == before


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_a_device_as_output_is_one_sentence(places, capsys, device):
    for command in (["batch", "t.csv", "-o"], ["score", "a.txt", "--html"], ["report", "labelled.csv", "-o"]):
        assert main([*command, device]) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("stance: ")


def test_a_link_as_output_stays_a_link_and_what_it_names_is_written(places, capsys):
    (places / "old.csv").write_text("what stood there before")
    (places / "link.csv").symlink_to("old.csv")
    for link, real in (("link.csv", "old.csv"), ("dangling.csv", "made.csv")):
        assert main(["batch", "t.csv", "-o", link]) == 0
        assert (places / link).is_symlink()
        assert (places / real).read_bytes() == (places / "labelled.csv").read_bytes()
        assert summary_of(places / real).exists()
    assert main(["score", "a.txt", "--html", "dangling.html"]) == 0
    assert (places / "dangling.html").is_symlink()
    assert "<html" in (places / "made.html").read_text()
    assert main(["report", "link.csv", "-o", "page.html"]) == 0
    assert "stance.safetensors" in (places / "page.html").read_text()


@pytest.mark.parametrize(
    "beside", ["out.csv.partial", "out.csv.lock", "out.csv.journal", "out.csv.rejects.csv", "out.csv.summary.json"]
)
def test_a_link_laid_beside_the_output_is_not_followed(places, capsys, beside):
    (places / "precious").write_text("untouched")
    (places / beside).symlink_to("precious")
    assert main(["batch", "t.csv", "-o", "out.csv"]) == 2
    assert f"{beside}: a link stands where a file shall be written" in capsys.readouterr().err
    assert (places / "precious").read_text() == "untouched"


def test_a_link_laid_where_a_page_is_begun_is_not_followed(places):
    (places / "precious").write_text("untouched")
    (places / f".page.html.{os.getpid()}.partial").symlink_to("precious")
    assert main(["score", "a.txt", "--html", "page.html"]) == 0
    assert (places / "precious").read_text() == "untouched"
    assert (places / "page.html").is_file()
    assert not (places / "page.html").is_symlink()


@pytest.mark.parametrize(
    ("command", "source"), [(("score", "pipe.html"), "a.txt"), (("report", "pipe.csv", "-o", "page.html"), "labelled.csv")]
)
def test_a_named_pipe_is_read_to_its_end_and_stays_a_pipe(places, stance, command, source):
    with subprocess.Popen(["sh", "-c", f"cat {source} > {command[1]}"], cwd=places) as writer:
        done = stance(*command, timeout=300)
        writer.kill()
    assert done.returncode == 0, done.stderr
    assert (places / command[1]).is_fifo()
    assert "condemned" in done.stdout or "condemned" in (places / "page.html").read_text()


# --- formulas ----------------------------------------------------------------------------------------------------

SIGNS = "=+-@＝＋－＠﹢﹣﹦﹫"
UNSEEN = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\xa0",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u202e",
    "\x00",
    "\x1c",
    "\x7f",
    " \t ",
    "\u200b \t",
]
FORMULAS = [
    *(unseen + sign + "1+1" for unseen in UNSEEN for sign in SIGNS),
    *(
        "=cmd|' /C calc'!A0",
        "@SUM(1)*cmd|' /C calc'!A0",
        '+HYPERLINK("http://x")',
        "-2+3+cmd|' /C calc'!A0",
        "\tDDE(1)",
        "\r1",
        "\n1",
    ),
]


def runs(cell):
    """Whether a spreadsheet may run a cell: its first visible character is a sign, or a tab or line break leads on to one."""
    visible = cell.lstrip("".join(UNSEEN))
    return bool(visible) and (cell[0] in "\t\r\n" or visible[0] in SIGNS)


def test_no_cell_begins_as_a_formula_whatever_is_in_front_of_the_sign():
    for cell in FORMULAS:
        assert neutral(cell) == "'" + cell
    for cell in ("Seoul = Tokyo", "5 - 3", '"quoted"', "(-5)", "'tis so", "a@b.org", "|cmd", "", "'", "— he said"):
        assert neutral(cell) == cell


@given(st.text(st.sampled_from("'=＝+-@\t\r\n \u200bab\"") | st.characters(exclude_categories=["Cs"]), max_size=6))
def test_the_apostrophe_in_front_can_always_be_told_and_taken_away(cell):
    assert restored(neutral(cell)) == cell
    assert neutral(neutral(cell)) in (neutral(cell), "'" + neutral(cell))


@pytest.mark.parametrize("compiled", [True, False])
def test_every_text_field_of_every_csv_is_made_harmless(tmp_path, monkeypatch, compiled):
    """Text, id, source, title, reasons and cells of rejects: by the rule that no cell may begin as a formula."""
    if compiled:
        pytest.importorskip("numba")
    monkeypatch.setattr("classifier.batch.run._SMALL", 0)
    monkeypatch.setattr("classifier.batch.run.is_compiled", lambda: compiled)
    visible = [cell for cell in FORMULAS if "\0" not in cell]
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "date", "source", "text"])
        for number, cell in enumerate(visible):
            rows.writerow([cell, cell if number % 9 == 0 else "", cell, f"{cell} said the minister of Seoul, who left."])
    assert (
        main(
            [
                "batch",
                str(tmp_path / "t.csv"),
                "-o",
                str(tmp_path / "o.csv"),
                "--articles",
                str(tmp_path / "a.csv"),
                "--jobs",
                "1",
            ]
        )
        == 1
    )
    seen = 0
    for name in ("o.csv", "a.csv", "o.csv.rejects.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for field, cell in row.items():
                    number = re.fullmatch(r"-?\d+(\.\d+)?", cell) and field not in ("id", "source", "text", "title")
                    assert number or not runs(cell), (name, field, cell)
                    seen += cell.startswith("'")
    assert seen > len(visible)
    assert main(["batch", str(tmp_path / "t.csv"), "-o", str(tmp_path / "raw.csv"), "--raw", "--jobs", "1"]) == 1
    with (tmp_path / "raw.csv").open(encoding="utf-8", newline="") as file:
        assert not any(row["id"].startswith("'") for row in csv.DictReader(file))


def test_a_report_reads_a_guarded_text_as_it_was(tmp_path):
    texts = ["=1+1 said Seoul.", "'=1+1 said Seoul.", "''＝1 said Seoul.", "'tis so, said Seoul."]
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(texts)])
    main(["batch", str(tmp_path / "t.csv"), "-o", str(tmp_path / "o.csv")])
    assert read_labelled_rows(tmp_path / "o.csv")["text"].tolist() == texts
