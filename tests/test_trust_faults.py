"""One case of each fault that ``tests.attacks.faults`` knows and ``tests/batch`` does not; the campaign has hundreds."""

import random
import shutil
import sys
from pathlib import Path

import pytest
from attacks import faults

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and a C compiler for the disk that fails"
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return faults.Bench(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize(
    "fault",
    [
        *("SIGKILL within a change of a file", "SIGPIPE (reader of the messages gone)", "ENOSPC (full tmpfs)", "EIO"),
        *("clock going backwards", "two runs at one output"),
    ],
)
def test_a_batch_broken_off_loses_no_row_and_doubles_none(bench, fault):
    pytest.importorskip("pyarrow")
    tally = faults.Tally()
    assert faults.batch_case(bench, fault, random.Random(f"1/{fault}"), tally) == []
    assert (tally.runs, tally.lost, tally.doubled) == (1, 0, 0)


@pytest.mark.parametrize("command", ["score --html", "report -o"])
def test_a_file_is_the_old_one_or_the_new_one_however_its_writing_ends(bench, command):
    tally = faults.Tally()
    assert faults.one_file_case(bench, command, random.Random(1), tally) == []
    assert tally.broken_off == 1


def test_the_stub_breaks_a_write_in_its_middle(bench, tmp_path):
    """The campaign means nothing if its disk does not fail."""
    write = f"open({str(tmp_path / 'f')!r}, 'wb', buffering=0).write(b'x' * 100)"
    faults.subprocess.run(
        [sys.executable, "-c", write], env=bench.environment(FAULT_DIR=tmp_path, FAULT_AT=2, FAULT_ERRNO=0), check=False
    )
    assert (Path(tmp_path) / "f").stat().st_size == 50
