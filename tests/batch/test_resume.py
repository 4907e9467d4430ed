"""A batch run survives kills, interrupts and faults, and goes on where it stopped to the same bytes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import write_table

from classifier import StanceError
from classifier.batch import run as batch
from classifier.batch.job import Job, journal_of
from classifier.batch.journal import _identity


def start(tmp_path, *arguments):
    command = [sys.executable, "-m", "classifier.cli", "batch", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_killed_at_twenty_random_moments_it_resumes_to_the_same_bytes(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 10_000)
    arguments = [table, "-o", "out.csv", "--articles", "art.jsonl", "--jobs", "2"]
    stance("batch", *arguments)  # compiles the loops, if nothing has yet
    began = time.monotonic()
    stance("batch", *arguments)
    whole = time.monotonic() - began
    names = ["out.csv", "art.jsonl", "out.csv.rejects.csv", "out.csv.summary.json"]
    expected = {name: (tmp_path / name).read_bytes() for name in names}
    chance = random.Random(1)
    kills = finished = 0
    while kills < 20:
        for name in names:
            (tmp_path / name).unlink(missing_ok=True)
        resume: list[str] = []
        first, known = kills, 0
        while True:
            process = start(tmp_path, *arguments, *resume)
            try:
                process.wait(timeout=chance.uniform(0.2, 0.9) * whole)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
                assert not (tmp_path / "out.csv").exists() or (tmp_path / "out.csv").read_bytes() == expected["out.csv"]
                resume = ["--resume"] if journal_of(tmp_path / "out.csv").exists() else []
                # A machine that others use may be slower by now than when the whole run was timed.
                before, known = known, journal_of(tmp_path / "out.csv").stat().st_size if resume else 0
                whole *= 1.1 if known <= before else 1
                continue
            assert process.returncode == 1, process.stderr.read()
            break
        finished += 1
        whole *= 0.8 if kills == first else 1  # or faster
        assert {name: (tmp_path / name).read_bytes() for name in names} == expected
        assert {path.name for path in tmp_path.iterdir()} == {"articles.csv", *names}
    assert finished >= 1


def test_what_a_kill_left_beside_the_summary_goes_with_the_next_run(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20)
    (tmp_path / ".out.csv.summary.json.123.partial").write_text("{")
    (tmp_path / ".out.csv.summary.jsonl.123.partial").write_text("another's")
    assert stance("batch", table, "-o", "out.csv").returncode == 1
    assert [path.name for path in tmp_path.glob("*.partial")] == [".out.csv.summary.jsonl.123.partial"]


def interrupted(tmp_path, table, how=signal.SIGINT):
    """A run stopped by a signal after its first block; on a busy machine that of a short table may be over by then."""
    for rows in (20_000, 80_000, 320_000):
        process = begun(tmp_path, write_table(table, rows), 1)
        process.send_signal(how)
        _, errors = process.communicate(timeout=300)
        if process.returncode == 130:
            break
    return errors, process.returncode


def test_an_interrupt_keeps_what_is_finished_and_says_how_to_go_on(stance, tmp_path):
    table = tmp_path / "articles.csv"
    errors, code = interrupted(tmp_path, table)
    assert code == 130, errors
    assert "--resume" in errors
    assert "Traceback" not in errors
    assert "unfinished run stands here" in stance("batch", table, "-o", "out.csv").stderr
    assert stance("batch", table, "-o", "out.csv", "--resume", "--force").returncode == 2
    resumed = stance("batch", table, "-o", "out.csv", "--resume")
    assert resumed.returncode == 1
    stance("batch", table, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_request_to_end_is_heeded_like_an_interrupt(stance, tmp_path):
    table = tmp_path / "articles.csv"
    errors, code = interrupted(tmp_path, table, signal.SIGTERM)
    assert code == 130, errors
    assert "--resume" in errors
    assert "Traceback" not in errors
    resumed_is_whole(stance, tmp_path, table)


def resumed_is_whole(stance, tmp_path, table):
    assert stance("batch", table, "-o", "out.csv", "--resume").returncode == 1
    stance("batch", table, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def children_of(process):
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def begun(tmp_path, table, jobs):
    """A run that has finished its first block."""
    process = start(tmp_path, table, "-o", "out.csv", "--jobs", jobs)
    journal = journal_of(tmp_path / "out.csv")
    while process.poll() is None and (not journal.exists() or journal.read_text().count("\n") < 3):
        time.sleep(0.01)
    return process


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs the process table of Linux")
def test_a_worker_that_is_killed_is_one_sentence_and_a_killed_run_leaves_no_worker_behind(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 40_000)
    process = begun(tmp_path, table, 2)
    while not (workers := children_of(process)) and process.poll() is None:
        time.sleep(0.01)
    os.kill(int(workers[0]), signal.SIGKILL)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "a worker process was ended from outside" in errors
    assert "Traceback" not in errors
    process = start(tmp_path, table, "-o", "out.csv", "--jobs", "2", "--resume")
    while not (workers := children_of(process)) and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 600
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    resumed_is_whole(stance, tmp_path, table)


def test_a_second_run_at_the_same_output_is_turned_away_and_harms_nothing(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 40_000)
    process = begun(tmp_path, table, 1)
    process.send_signal(signal.SIGSTOP)  # it must not be done before the second one starts
    for resume in ([], ["--resume"]):
        second = stance("batch", table, "-o", "out.csv", *resume)
        assert second.returncode == 2
        assert "another run is writing it" in second.stderr
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=300)
    assert process.returncode == 1
    stance("batch", table, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not (tmp_path / "out.csv.lock").exists()


def test_an_input_that_vanishes_is_read_to_its_end_or_told(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20_000)
    process = begun(tmp_path, table, 1)
    kept = table.rename(tmp_path / "kept.csv")
    process.communicate(timeout=300)
    assert process.returncode == 1
    stance("batch", kept, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    interrupted(tmp_path, kept)
    kept.unlink()
    done = stance("batch", "kept.csv", "-o", "out.csv", "--resume")
    assert done.returncode == 2
    assert "kept.csv: cannot be read" in done.stderr


def test_a_journal_that_is_damaged_is_told(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 10)
    for content in (b"", b"{", b"null\n", b"\xff\xfe\n"):
        journal_of(tmp_path / "out.csv").write_bytes(content)
        done = stance("batch", table, "-o", "out.csv", "--resume")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    job = Job(str(table), tmp_path / "out.csv")
    begun = json.dumps(_identity(job)) + "\n"
    for lengths, articles in (
        ({}, 0),
        ({"output": "a", "rejects": 0}, 0),
        ({"output": -1, "rejects": 0}, 0),
        ({"output": 0, "rejects": 0}, "x"),
    ):
        line = {"articles": articles, "lengths": lengths, "complete": False}
        journal_of(tmp_path / "out.csv").write_text(begun + json.dumps(line) + "\n")
        with pytest.raises(StanceError, match="cannot be read; delete it"):
            batch.run(job, True, lambda _: None, lambda *_: None)


def test_a_changed_input_is_not_resumed(stance, tmp_path):
    table = tmp_path / "articles.csv"
    interrupted(tmp_path, table)
    with table.open("a") as file:
        file.write("new,2024-01-01,AFP,One more article.\n")
    done = stance("batch", table, "-o", "out.csv", "--resume")
    assert done.returncode == 2
    assert "stance: --resume: the input differs" in done.stderr.splitlines()[-1]
