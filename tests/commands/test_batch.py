"""``stance batch`` as a user meets it: what it reads from, and what a user can put right."""

import json
import os
import shlex
import subprocess
import sys

import pandas as pd
import pytest
from filelock import FileLock

from classifier.batch.job import journal_of, summary_of
from classifier.tables.cells import ENTITIES, NO_DATE


def test_standard_input_and_html_cells(stance, tmp_path):
    pytest.importorskip("trafilatura")
    cell = "<p>Seoul condemned the <b>launch</b> &amp; left.</p><script>x()</script><p>Talks resumed.</p>"
    done = stance("batch", "-", "-o", "out.csv", input=f"id,text\n1,{cell}\n")
    assert done.returncode == 0, done.stderr
    assert list(pd.read_csv(tmp_path / "out.csv")["text"]) == ["Seoul condemned the launch & left.", "Talks resumed."]


def test_rejects_that_were_repaired_are_not_written_over(stance, tmp_path):
    table = tmp_path / "o.csv.rejects.csv"
    table.write_text("id,text\n1,Seoul condemned the launch.\n")
    done = stance("batch", table, "-o", "o.csv")
    assert done.returncode == 2
    assert table.read_text() == "id,text\n1,Seoul condemned the launch.\n"


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


def test_one_command_can_be_given_until_it_succeeds_and_says_what_to_do_next(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    for _ in range(2):
        done = stance("batch", "t.csv", "-o", "my out.csv", "--resume")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "next: stance report 'my out.csv' -o 'my out.html'"
    assert "next:" not in stance("batch", "t.csv", "-o", "ids.csv", "--fields", "id,label").stdout


def test_two_runs_with_one_file_of_articles_do_not_mix_in_it(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    with FileLock(tmp_path / "articles.csv.lock"):
        done = stance("batch", "t.csv", "-o", "two.csv", "--articles", "articles.csv")
    assert done.returncode == 2
    assert "articles.csv: another run is writing it" in done.stderr
    assert not (tmp_path / "two.csv").exists()


def test_a_workbook_comes_out_as_it_went_in_and_makes_a_report(stance, tmp_path):
    pytest.importorskip("xlsxwriter")
    texts = ["=1+1 said the minister.", "Seoul condemned the launch.", "http://x.example is down."]
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(tmp_path / "t.xlsx", engine="xlsxwriter", engine_kwargs=options) as book:
        pd.DataFrame({"id": [1, 2, 3], "date": "14/06/2024", "text": texts}).to_excel(book, index=False)
    for name in ("out.xlsx", "again.xlsx"):
        done = stance("batch", "t.xlsx", "-o", name)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    written = pd.read_excel(tmp_path / "out.xlsx", dtype=str)
    assert written["text"].tolist() == texts
    assert set(written["date"]) == {"2024-06-14"}
    assert stance("report", "out.xlsx", "-o", "page.html").returncode == 0


def test_what_was_cleaned_away_is_counted_by_kind(stance, tmp_path):
    (tmp_path / "t.csv").write_text(
        "id,date,text\n1,soon,He said &quot;no&quot; to Seoul.\n2,later,Talks resumed.\n3,,It rained.\n"
    )
    done = stance("batch", "t.csv", "-o", "out.csv")
    assert done.returncode == 0, done.stderr
    cleaned = {NO_DATE: 2, ENTITIES: 1}
    assert json.loads(summary_of(tmp_path / "out.csv").read_text())["cleaned"] == cleaned
    assert [line for line in done.stdout.splitlines() if line.startswith("cleaned: ")] == [
        f"cleaned: {count} {kind}" for kind, count in sorted(cleaned.items())
    ]


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
