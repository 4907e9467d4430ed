"""A batch run loses no row, survives any kill, and writes what other programs read."""

import csv
import errno
import io
import json
import os
import random
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from classifier import StanceError
from classifier.batch import run as batch
from classifier.batch.job import Job, journal_of, rejects_of
from classifier.batch.journal import _identity

TEXTS = [
    "Seoul condemned the launch as a grave provocation. Talks will resume in Geneva on Friday.",
    "Moscow and Kyiv exchanged 40 prisoners.\n\nThe exchange was the first this year, officials said.",
    "The island has a population of about 40,000. It rained.",
    "=SUM(A1) said the minister. Türkiye rejected the plan, calling it “a waste of time”.",
]


def write_table(path, count):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "source", "text"])
        for number in range(count):
            text = f"{TEXTS[number % len(TEXTS)]} This is number {number}." if number % 50 else ""
            writer.writerow([f"a{number}", f"2024-01-{number % 28 + 1:02}", "AFP", text])
    return path


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path / "articles.csv", 400)


def test_rows_in_are_rows_out_and_rejected(stance, table, tmp_path):
    done = stance("batch", table, "-o", "out.csv", "--articles", "articles.out.csv")
    assert done.returncode == 1
    assert "400 rows in = 392 articles + 8 rejected" in done.stdout
    sentences, articles = pd.read_csv(tmp_path / "out.csv"), pd.read_csv(tmp_path / "articles.out.csv")
    rejects = pd.read_csv(rejects_of(tmp_path / "out.csv"))
    assert len(articles) == 392
    assert list(rejects["reason"]) == ["the text is empty"] * 8
    assert [json.loads(cells)[0] for cells in rejects["cells"]] == [f"a{n}" for n in range(0, 400, 50)]
    assert list(articles["id"]) == [f"a{n}" for n in range(400) if n % 50]
    assert list(sentences["id"].unique()) == list(articles["id"])
    assert sentences["id"].value_counts().to_dict() == articles.set_index("id")["sentences"].to_dict()
    summary = json.loads((tmp_path / "out.csv.summary.json").read_text())
    assert (summary["rows_in"], summary["articles"], summary["rejected"], summary["sentences"]) == (400, 392, 8, len(sentences))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("articles.csv", "articles.out.csv", "out.csv", "out.csv.rejects.csv", "out.csv.summary.json")
    ]


def test_a_clean_table_exits_with_0_and_leaves_no_rejects(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    rejects_of(tmp_path / "out.csv").write_text("of an earlier run")
    assert stance("batch", "t.csv", "-o", "out.csv").returncode == 0
    assert not rejects_of(tmp_path / "out.csv").exists()


def test_one_worker_and_many_write_the_same_bytes(stance, table, tmp_path):
    for jobs in ("1", "3"):
        stance("batch", table, "-o", f"out{jobs}.csv", "--jobs", jobs)
    assert (tmp_path / "out1.csv").read_bytes() == (tmp_path / "out3.csv").read_bytes()


def test_csv_jsonl_and_parquet_hold_the_same(stance, table, tmp_path):
    pytest.importorskip("pyarrow")
    for suffix in ("csv", "jsonl", "parquet"):
        stance("batch", table, "-o", f"out.{suffix}", "--articles", f"art.{suffix}")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
    columns = pd.read_parquet(tmp_path / "out.parquet").to_dict("records")
    assert len(lines) == len(rows) == len(columns) > 800
    for line, row, column in zip(lines, rows, columns, strict=True):
        assert list(line) == list(row) == list(column)
        assert line["text"] == column["text"] == (row["text"][1:] if row["text"].startswith("'=") else row["text"])
        assert line["actors"] == list(column["actors"]) == [code for code in row["actors"].split("; ") if code]
        assert line["p_none"] == float(row["p_none"]) == column["p_none"]
        assert str(line["uncertain"]).lower() == row["uncertain"] == str(bool(column["uncertain"])).lower()


def test_pandas_duckdb_and_a_spreadsheet_read_the_csv_back_unchanged(stance, table, tmp_path):
    stance("batch", table, "-o", "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        expected = [[row["id"], row["text"], row["because"]] for row in csv.DictReader(file)]
    columns = ["id", "text", "because"]
    by_pandas = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert by_pandas[columns].to_numpy().tolist() == expected
    pytest.importorskip("openpyxl")
    by_pandas[columns].to_excel(tmp_path / "out.xlsx", index=False)
    by_excel = pd.read_excel(tmp_path / "out.xlsx", dtype=str, keep_default_na=False)
    assert by_excel.to_numpy().tolist() == expected
    duckdb = pytest.importorskip("duckdb")
    query = f"select id, text, coalesce(because, '') from read_csv('{tmp_path / 'out.csv'}', all_varchar=true)"
    assert [list(row) for row in duckdb.sql(query).fetchall()] == expected


def test_formulas_are_neutralised_unless_raw_is_asked_for(stance, tmp_path):
    (tmp_path / "t.csv").write_text('id,text\n1,"=HYPERLINK(""x"") said so."\n2," ＝1+1 is two."\n3,-1 degree.\n')
    stance("batch", "t.csv", "-o", "safe.csv")
    stance("batch", "t.csv", "-o", "raw.csv", "--raw")
    assert [cell[0] for cell in pd.read_csv(tmp_path / "safe.csv")["text"]] == ["'", "'", "'"]
    assert [cell[0] for cell in pd.read_csv(tmp_path / "raw.csv")["text"]] == ["=", "＝", "-"]


def test_standard_input_and_html_cells(stance, tmp_path):
    pytest.importorskip("trafilatura")
    cell = "<p>Seoul condemned the <b>launch</b> &amp; left.</p><script>x()</script><p>Talks resumed.</p>"
    done = stance("batch", "-", "-o", "out.csv", input=f"id,text\n1,{cell}\n")
    assert done.returncode == 0, done.stderr
    assert list(pd.read_csv(tmp_path / "out.csv")["text"]) == ["Seoul condemned the launch & left.", "Talks resumed."]


# --- kills and faults ------------------------------------------------------------------------------------------------


def start(tmp_path, *arguments):
    command = [sys.executable, "-m", "classifier.cli", "batch", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_killed_at_twenty_random_moments_it_resumes_to_the_same_bytes(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20_000)
    arguments = [table, "-o", "out.csv", "--articles", "art.jsonl", "--jobs", "2"]
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
                continue
            assert process.returncode == 1, process.stderr.read()
            break
        finished += 1
        assert {name: (tmp_path / name).read_bytes() for name in names} == expected
        assert {path.name for path in tmp_path.iterdir()} == {"articles.csv", *names}
    assert finished >= 1


def test_what_a_kill_left_beside_the_summary_goes_with_the_next_run(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20)
    (tmp_path / ".out.csv.summary.json.123.partial").write_text("{")
    (tmp_path / ".out.csv.summary.jsonl.123.partial").write_text("another's")
    assert stance("batch", table, "-o", "out.csv").returncode == 1
    assert [path.name for path in tmp_path.glob("*.partial")] == [".out.csv.summary.jsonl.123.partial"]


def test_storage_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)
    job = Job(str(write_table(tmp_path / "articles.csv", 20)), tmp_path / "out.csv")
    for _ in range(2):
        with pytest.warns(UserWarning, match="not supported"):
            batch.run(job, False, print, lambda *_: None)
    assert not list(tmp_path.glob("*.lock"))


def interrupted(tmp_path, table, how=signal.SIGINT):
    """A run stopped by a signal after its first block."""
    process = begun(tmp_path, table, 1)
    process.send_signal(how)
    return process.communicate(timeout=300), process.returncode


def test_an_interrupt_keeps_what_is_finished_and_says_how_to_go_on(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20_000)
    (_, errors), code = interrupted(tmp_path, table)
    assert code == 130
    assert "--resume" in errors
    assert "Traceback" not in errors
    assert "unfinished run stands here" in stance("batch", table, "-o", "out.csv").stderr
    assert stance("batch", table, "-o", "out.csv", "--resume", "--force").returncode == 2
    resumed = stance("batch", table, "-o", "out.csv", "--resume")
    assert resumed.returncode == 1
    stance("batch", table, "-o", "whole.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_request_to_end_is_heeded_like_an_interrupt(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20_000)
    (_, errors), code = interrupted(tmp_path, table, signal.SIGTERM)
    assert code == 130
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
    deadline = time.monotonic() + 120
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


def test_fields_are_chosen_and_ordered(stance, table, tmp_path):
    stance("batch", table, "-o", "all.csv")
    assert stance("batch", table, "-o", "few.csv", "--fields", "label,id,p_none").returncode == 1
    every, few = pd.read_csv(tmp_path / "all.csv"), pd.read_csv(tmp_path / "few.csv")
    assert list(few) == ["label", "id", "p_none"]
    pd.testing.assert_frame_equal(few, every[["label", "id", "p_none"]])
    done = stance("batch", table, "-o", "none.csv", "--fields", "label,mood")
    assert (done.returncode, "there is no field 'mood'" in done.stderr) == (2, True)


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


def test_rejects_that_were_repaired_are_not_written_over(stance, tmp_path):
    table = tmp_path / "o.csv.rejects.csv"
    table.write_text("id,text\n1,Seoul condemned the launch.\n")
    done = stance("batch", table, "-o", "o.csv")
    assert done.returncode == 2
    assert table.read_text() == "id,text\n1,Seoul condemned the launch.\n"


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


def test_a_slow_pipe_is_seen_whole_before_its_encoding_is_told(stance, tmp_path):
    (tmp_path / "t.csv").write_bytes("id,text\n1,Türkiye met Greece.\n".encode("cp1252"))
    command = (
        f"(head -c 8 t.csv; sleep 0.5; tail -c +9 t.csv) | {shlex.quote(sys.executable)} -m classifier.cli batch - -o out.csv"
    )
    subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, timeout=300, check=True)
    assert list(pd.read_csv(tmp_path / "out.csv")["text"]) == ["Türkiye met Greece."]


def test_a_named_pipe_is_read_and_not_resumed(stance, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    subprocess.Popen(["sh", "-c", "printf 'id,text\\n1,Seoul condemned the launch.\\n' > pipe.csv"], cwd=tmp_path)
    done = stance("batch", "pipe.csv", "-o", "out.csv", timeout=300)
    assert done.returncode == 0, done.stderr
    assert list(pd.read_csv(tmp_path / "out.csv")["text"]) == ["Seoul condemned the launch."]
    journal_of(tmp_path / "out.csv").write_text("{}\n")
    subprocess.Popen(["sh", "-c", "printf 'id,text\\n1,Seoul.\\n' > pipe.csv"], cwd=tmp_path)
    assert "cannot be read again" in stance("batch", "pipe.csv", "-o", "out.csv", "--resume", timeout=300).stderr


def test_a_cell_of_nothing_but_a_declaration_costs_its_row_alone(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,<!doctype html>\n2,Seoul condemned the launch.\n")
    assert stance("batch", "t.csv", "-o", "out.csv").returncode == 1
    assert list(pd.read_csv(tmp_path / "out.csv")["id"]) == [2]


def test_a_changed_input_is_not_resumed(stance, tmp_path):
    table = write_table(tmp_path / "articles.csv", 20_000)
    interrupted(tmp_path, table)
    with table.open("a") as file:
        file.write("new,2024-01-01,AFP,One more article.\n")
    done = stance("batch", table, "-o", "out.csv", "--resume")
    assert done.returncode == 2
    assert "stance: --resume: the input differs" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.csv", "-o", "out.csv"], "cannot be read"),
        (["t.csv", "-o", "t.csv"], "is the input and would be"),
        (["t.csv", "-o", "o.csv", "--articles", "o.csv.rejects.csv"], "is written for"),
        (["t.csv", "-o", "out.xls"], "cannot tell the format"),
        (["t.csv", "-o", "missing/out.csv"], "there is no folder"),
        (["t.csv", "-o", "."], "a directory stands where a file shall be written"),
        (["t.csv", "-o", "out.csv", "--articles", "out.csv"], "is written for"),
        (["t.csv", "-o", "out.csv", "--resume"], "no unfinished run"),
        (["t.csv", "-o", "out.csv", "--encoding", "klingon"], "is no encoding"),
        (["t.csv", "-o", "out.csv", "--date", "day"], "no column 'day'"),
        (["-", "-o", "out.csv", "--resume"], "standard input and pipes cannot be read again"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_user_can_put_right_is_one_sentence(stance, tmp_path, arguments, says):
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    done = stance("batch", *arguments, input="id,text\n1,Seoul condemned.\n")
    assert done.returncode == 2
    assert pd.Series([done.stderr]).str.contains(says).all(), done.stderr
    assert done.stderr.splitlines()[-1].startswith("stance: ")
    assert "Traceback" not in done.stderr
    assert (tmp_path / "t.csv").read_text() == "id,text\n1,Seoul condemned the launch.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
