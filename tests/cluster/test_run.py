"""A run on a cluster of processes writes what one machine writes."""

import csv
import gzip
import json
import re

import pandas as pd
import pytest
from cluster_runs import assert_as_one_machine, command, content, one_machine, run
from helpers import write_table

from classifier import StanceError

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")
ds = pytest.importorskip("pyarrow.dataset")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("in") / "articles.csv", 4000)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "csv.gz"])
def test_the_rows_are_those_of_one_machine(cluster, table, tmp_path, form):
    frame = pd.read_csv(table, keep_default_na=False)[["date", "source", "text"]][:1000]
    given = tmp_path / f"articles.{form}"
    if form == "jsonl":
        frame.to_json(given, orient="records", lines=True, force_ascii=False)
    elif form == "parquet":
        frame.to_parquet(given, row_group_size=100)
    else:
        frame.to_csv(given, index=False)
    account = run(cluster, [given], tmp_path / "out")
    assert len(account.records) == 1 if form == "csv.gz" else len(account.records) > 3
    assert_as_one_machine(given, tmp_path / "out", one_machine(given, tmp_path))


def test_the_command_says_what_it_did_and_twice_gives_the_same_files(cluster, table, tmp_path):
    arguments = (table, "-o", tmp_path / "out", "--scheduler", cluster.scheduler.address, "--partition", "50kB")
    done = command(*arguments)
    output, errors = done.communicate(timeout=300)
    assert done.returncode == 1, errors
    assert "4,000 rows in = 3,920 articles + 80 rejected" in output
    assert "_rejects" in output
    before, times = content(tmp_path / "out"), {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("part-*")}
    said = []
    run(cluster, [table], tmp_path / "out", size=50_000, said=said)
    assert content(tmp_path / "out") == before
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert f"{len(times)} partitions were finished before" in said
    run(cluster, [table], tmp_path / "again", size=50_000)
    assert content(tmp_path / "again") == before
    assert sorted(path for path in before if "part-" not in path) == ["_SUCCESS", "_run.json"]


def test_a_part_that_was_damaged_is_made_again(cluster, table, tmp_path):
    run(cluster, [table], tmp_path / "out", size=100_000)
    before = content(tmp_path / "out")
    (tmp_path / "out" / "part-000001.parquet").write_bytes(b"PAR1")
    next((tmp_path / "out" / "_rejects").iterdir()).unlink()
    run(cluster, [table], tmp_path / "out", size=100_000)
    assert content(tmp_path / "out") == before


@pytest.fixture(scope="module")
def thousand(tmp_path_factory):
    """A thousand compressed tables of two articles, of which one breaks off in its middle."""
    folder = tmp_path_factory.mktemp("thousand")
    for number in range(1000):
        text = f"id,text\na{number},Seoul condemned launch {number}.\nb{number},Talks resumed.\n"
        packed = gzip.compress(text.encode())
        (folder / f"{number:04}.csv.gz").write_bytes(packed[:-12] if number == 617 else packed)
    return folder


def test_a_corrupt_table_among_a_thousand_is_named_and_costs_itself_alone(cluster, thousand, tmp_path):
    said = []
    account = run(cluster, [thousand], tmp_path / "out", said=said)
    corrupt = str(thousand / "0617.csv.gz")
    assert [*account.unreadable] == [corrupt]
    assert any(corrupt in each and "Compressed file ended before" in each for each in said)
    manifest = json.loads((tmp_path / "out" / "_SUCCESS").read_text())
    assert [*manifest["unreadable"]] == [corrupt]
    assert (manifest["rows_in"], manifest["sentences"]) == (1998, 1998)
    [rejects] = (tmp_path / "out" / "_rejects").iterdir()
    [row] = csv.DictReader(rejects.open(encoding="utf-8", newline=""))
    assert row["file"] == corrupt
    assert "Compressed file ended before" in row["reason"]
    ids = ds.dataset(tmp_path / "out").to_table()["id"].to_pylist()
    assert ids == [f"{letter}{number}" for number in range(1000) if number != 617 for letter in "ab"]


def test_strict_stops_at_a_corrupt_table_and_names_it(cluster, thousand, tmp_path):
    done = command(thousand, "-o", tmp_path / "out", "--scheduler", cluster.scheduler.address, "--strict")
    _, errors = done.communicate(timeout=300)
    assert done.returncode == 2
    assert errors.splitlines()[-1].startswith("stance: ")
    assert "0617.csv.gz: is no gzip file, or a damaged one" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_stores_are_read_and_written_by_url(tmp_path):
    """Within one process, since other processes do not see its memory."""
    import fsspec
    from distributed import Client, LocalCluster

    memory = fsspec.filesystem("memory")
    for number in range(3):
        memory.pipe(f"/archive/{number}/news.csv", f"text\nSeoul condemned launch {number}.\n".encode())
    memory.pipe("/archive/_temporary/news.csv", b"text\nTalks resumed.\n")
    with LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as workers, Client(workers) as client:
        for places in (["memory://archive"], ["memory://archive/*/news.csv"], ["memory://archive/0", "memory://archive/?/*"]):
            account = run(client, places, "memory://labelled")
            assert account.progress.articles == 3
            with memory.open("/labelled/part-000000.parquet") as file:
                rows = pq.read_table(file).to_pydict()
            assert rows["id"] == [f"{number}/news.csv#1" for number in range(3)]
            assert sorted(path.rsplit("/")[-1] for path in memory.find("/labelled")) == [
                "_SUCCESS",
                "_run.json",
                "part-000000.parquet",
            ]
            memory.rm("/labelled", recursive=True)
        with pytest.raises(StanceError, match="there is no table here"):
            run(client, ["memory://nothing"], "memory://labelled")


def test_options_reach_the_workers(cluster, table, tmp_path):
    run(cluster, [table], tmp_path / "out", size=200_000, force=True, prior={"none": 0.3}, fields=("label", "id", "p_escalation"))
    options = ("--force", "--prior", "none=0.3", "--fields", "label,id,p_escalation")
    assert_as_one_machine(table, tmp_path / "out", one_machine(table, tmp_path, *options))


def test_a_directory_of_something_else_is_refused(cluster, table, tmp_path):
    run(cluster, [table], tmp_path / "out", size=200_000)
    before = content(tmp_path / "out")
    for what, options in (("options", {"force": True}), ("partition", {"size": 1_000_000})):
        with pytest.raises(StanceError, match=f"holds another run \\(its {what} differs\\)"):
            run(cluster, [table], tmp_path / "out", **{"size": 200_000} | options)
    other = write_table(tmp_path / "other.csv", 10)
    with pytest.raises(StanceError, match="holds another run \\(its input differs\\)"):
        run(cluster, [table, other], tmp_path / "out", size=200_000)
    assert content(tmp_path / "out") == before
    with pytest.raises(StanceError, match="holds something else than a run"):
        run(cluster, [table], tmp_path, size=200_000)
    with pytest.raises(StanceError, match="is a file"):
        run(cluster, [table], other, size=200_000)


def test_what_killed_processes_left_behind_is_cleared_away(cluster, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / ".part-000000.parquet.1234.partial").write_bytes(b"PAR1")
    run(cluster, [write_table(tmp_path / "a.csv", 10)], out)
    assert sorted(path.name for path in out.iterdir()) == ["_SUCCESS", "_rejects", "_run.json", "part-000000.parquet"]


def test_where_no_table_can_be_read_the_run_fails(cluster, tmp_path):
    (tmp_path / "a.csv").write_text("id,number\n1,2\n")
    with pytest.raises(StanceError, match=r"none of the 1 tables can be read; the first: .*no column looks like text"):
        run(cluster, [tmp_path / "a.csv"], tmp_path / "out")


def test_a_report_is_made_of_the_directory_when_it_is_complete(stance, cluster, table, tmp_path):
    run(cluster, [table], tmp_path / "out", size=100_000)
    done = stance("report", "out", "-o", "page.html")
    assert done.returncode == 0, done.stderr
    assert re.search("Rows read.{,40}4,000", (tmp_path / "page.html").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "out" / "_SUCCESS").unlink()
    assert "holds no run that is complete" in stance("report", "out", "-o", "page.html").stderr
