"""A disk that fails, fills up, takes no locks or cannot be written to costs no row and is one sentence."""

import errno
import io
import os
import resource
from pathlib import Path

import pytest
from helpers import write_table

from classifier import StanceError
from classifier.batch import run as batch
from classifier.batch.job import Job


def test_storage_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)
    job = Job(str(write_table(tmp_path / "articles.csv", 20)), tmp_path / "out.csv")
    for _ in range(2):
        with pytest.warns(UserWarning, match="not supported"):
            batch.run(job, False, print, lambda *_: None)
    assert not list(tmp_path.glob("*.lock"))


def test_a_disk_that_fails_is_one_sentence_and_loses_nothing(stance, tmp_path, monkeypatch):
    """Stands for the disk: files whose every tenth write fails with EIO."""
    table = write_table(tmp_path / "articles.csv", 20_000)
    job = Job(str(table), tmp_path / "out.csv")

    class Failing(io.FileIO):
        writes = 0

        def write(self, data):
            Failing.writes += 1
            if Failing.writes % 10 == 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(self.name))
            return super().write(data)

    real = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode="r", **rest: (
            Failing(path, mode) if "b" in mode and path.suffix == ".partial" else real(path, mode, **rest)
        ),
    )
    told = []
    for attempt in range(50):
        try:
            batch.run(job, attempt > 0, lambda _: None, lambda *_: None)
            break
        except StanceError as error:
            told.append(str(error))
    monkeypatch.undo()
    assert len(told) > 1
    assert all("Input/output error" in each and "--resume" in each for each in told)
    stance("batch", table, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_folder_that_cannot_be_written_to_is_told(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    done = stance("batch", "t.csv", "-o", "/proc/self/out.csv")
    assert done.returncode == 2
    assert "/proc/self/out.csv.lock: cannot be written" in done.stderr


def test_a_disk_that_fills_up_is_one_sentence_and_loses_nothing(stance, tmp_path):
    """A limit on the size of files stands for the full disk: both fail in the middle of a write."""
    table = write_table(tmp_path / "articles.csv", 20_000)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))  # noqa: E731
    done = stance("batch", table, "-o", "out.csv", "--jobs", "1", preexec_fn=limit)
    assert done.returncode == 2
    assert "go on with --resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()
    assert stance("batch", table, "-o", "out.csv", "--resume").returncode == 1
    stance("batch", table, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
