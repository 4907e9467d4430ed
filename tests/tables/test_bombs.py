"""Decompression bombs are stopped early and take little memory."""

import gzip
import re
import subprocess
import sys

import pytest

from classifier import StanceError
from classifier.tables.reader import open_table
from classifier.tables.rows import Row


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
