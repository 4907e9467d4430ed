"""A run on a cluster of processes writes what one machine writes, whatever happens to the cluster."""

import csv
import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_batch import write_table

from classifier import StanceError
from classifier.batch.job import Job, rejects_of, summary_of
from classifier.cluster import run as scale
from classifier.cluster.partitions import cut, from_plain, to_plain, together, whole
from classifier.cluster.task import RUN, Stopped, finish, record_of
from classifier.cluster.workers import read_model
from classifier.storage import Folder, find_tables, source
from classifier.tables.reader import open_table
from classifier.tables.rows import Part

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")
ds = pytest.importorskip("pyarrow.dataset")


# --- cutting ---------------------------------------------------------------------------------------------------------


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
    for module in ("tables", "blocks", "partitions"):
        monkeypatch.setattr(f"classifier.{module}.MAX_LINE", 100)
    for module in ("blocks", "partitions"):
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


# --- the cluster -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    import dask
    from distributed import Client, LocalCluster

    options = {
        "distributed.scheduler.allowed-failures": 1,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.target": False,
    }
    with (
        dask.config.set(options),
        LocalCluster(
            n_workers=3, threads_per_worker=1, memory_limit="900MB", dashboard_address="127.0.0.1:0", silence_logs=60
        ) as workers,
        Client(workers) as client,
    ):
        yield client


def order(cluster, places, output, size=20_000, strict=False, **job):
    address = cluster if isinstance(cluster, str) else cluster.scheduler.address
    job = Job("", Path("part.parquet"), **job)
    return scale.Order(tuple(map(str, places)), str(output), address, job, size, strict)


def run(*arguments, said=None, **options):
    return scale.run(order(*arguments, **options), (said if said is not None else []).append, lambda *_: None)


def command(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "classifier.cli", "batch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def one_machine(table, folder, *options):
    """What ``stance batch`` writes without a cluster."""
    done = command(table, "-o", folder / "one.parquet", *options)
    done.communicate(timeout=300)
    assert done.returncode == 1
    return folder / "one.parquet"


def assert_as_one_machine(table, output, one):
    """Rows, order, types and rejects are those of ``stance batch`` on the one table."""
    assert ds.dataset(output).to_table().equals(pq.read_table(one))
    assert all(len(pq.read_table(part)) for part in output.glob("part-*.parquet"))
    rejects = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in sorted(output.glob("_rejects/*"))]
    found = pd.concat(rejects, ignore_index=True)
    assert set(found.pop("file")) == {str(table)}
    pd.testing.assert_frame_equal(found, pd.read_csv(rejects_of(one), dtype=str, keep_default_na=False))
    manifest = json.loads((output / "_SUCCESS").read_text())
    summary = json.loads(summary_of(one).read_text())
    for count in ("rows_in", "articles", "rejected", "sentences", "uncertain", "model_sha256"):
        assert manifest[count] == summary[count]
    assert manifest["rows_in"] == manifest["articles"] + manifest["rejected"]
    for part in manifest["parts"]:
        assert part["sha256"] == hashlib.sha256((output / f"{part['name']}.parquet").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("in") / "articles.csv", 4000)


@pytest.fixture(scope="module")
def one(table):
    return one_machine(table, table.parent)


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


def started(cluster, table, output, **options):
    """A run in a thread that has finished a few partitions."""
    failed = []

    def go():
        try:
            run(cluster, [table], output, **options)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    records = output / "_records"
    while thread.is_alive() and (not records.exists() or len(list(records.iterdir())) < 3):
        time.sleep(0.01)
    assert thread.is_alive(), failed
    return thread, failed


def workers_of(cluster):
    cluster.wait_for_workers(3, timeout=300)
    return cluster.run(os.getpid)


def test_a_worker_that_is_killed_costs_no_row(cluster, table, one, tmp_path):
    before = workers_of(cluster)
    thread, failed = started(cluster, table, tmp_path / "out")
    os.kill(next(iter(before.values())), signal.SIGKILL)
    thread.join(300)
    assert not failed
    assert set(workers_of(cluster).values()) != set(before.values())
    assert_as_one_machine(table, tmp_path / "out", one)


def test_a_worker_over_its_memory_limit_costs_no_row(cluster, table, one, tmp_path):
    def hoard():
        import threading

        hoarded = []
        threading.Thread(target=lambda: [hoarded.append(b"x" * 50_000_000) for _ in range(30)], daemon=True).start()

    before = workers_of(cluster)
    thread, failed = started(cluster, table, tmp_path / "out")
    victim = next(iter(before))
    cluster.run(hoard, workers=[victim])
    thread.join(300)
    assert not failed
    assert before[victim] not in workers_of(cluster).values()
    assert_as_one_machine(table, tmp_path / "out", one)


def test_a_client_that_is_killed_goes_on_where_it_was(cluster, table, one, tmp_path):
    arguments = (table, "-o", tmp_path / "out", "--scheduler", cluster.scheduler.address, "--partition", "20kB")
    workers_of(cluster)
    client = command(*arguments)
    records = tmp_path / "out" / "_records"
    while client.poll() is None and (not records.exists() or len(list(records.glob("part-*"))) < 3):
        time.sleep(0.01)
    client.kill()
    client.communicate()
    finished = {path.stem: (tmp_path / "out" / f"{path.stem}.parquet").stat().st_mtime_ns for path in records.glob("part-*")}
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    client = command(*arguments)
    _, errors = client.communicate(timeout=300)
    assert client.returncode == 1, errors
    assert len(finished) >= 3
    assert {name: (tmp_path / "out" / f"{name}.parquet").stat().st_mtime_ns for name in finished} == finished
    assert "partitions were finished before" in errors
    assert_as_one_machine(table, tmp_path / "out", one)
    assert not list((tmp_path / "out").glob(".*"))


def test_an_interrupt_keeps_what_is_finished_and_says_how_to_go_on(cluster, table, tmp_path):
    arguments = (table, "-o", tmp_path / "out", "--scheduler", cluster.scheduler.address, "--partition", "10kB")
    client = command(*arguments)
    while client.poll() is None and not (tmp_path / "out" / "_records").exists():
        time.sleep(0.01)
    client.send_signal(signal.SIGINT)
    _, errors = client.communicate(timeout=300)
    assert client.returncode == 130
    assert "go on with the same command" in errors
    assert "Traceback" not in errors


def test_a_partition_that_ends_every_worker_is_named(cluster, tmp_path):
    from distributed import WorkerPlugin

    class Deadly(WorkerPlugin):
        def setup(self, worker):
            from classifier.cluster import task

            real = task.open_table
            task.open_table = lambda name, *rest: os._exit(1) if "deadly" in name else real(name, *rest)

    (tmp_path / "in").mkdir()
    for name in ("a", "deadly", "z"):
        (tmp_path / "in" / f"{name}.csv").write_text("text\nSeoul condemned the launch.\n")
    workers_of(cluster)
    cluster.register_plugin(Deadly(), name="deadly")
    try:
        with pytest.raises(StanceError, match=r"part-000001 \(.*deadly.csv\): ended 2 workers one after the other"):
            run(cluster, [tmp_path / "in"], tmp_path / "out", size=50)
    finally:
        cluster.unregister_worker_plugin("deadly")
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    cluster.restart()
    account = run(cluster, [tmp_path / "in"], tmp_path / "out", size=50)
    assert account.progress.articles == 3


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


def finished(tables, output, strict=False, known=None):
    """What the task says that scores these tables."""
    data, recipe = read_model(Job("", Path("part.parquet")))
    Folder(str(output)).write(RUN, b"{}")
    [partition] = together([whole(each, "") for each in tables], 10**9)
    return finish(partition, known, recipe, data, str(output), strict)


def out_of_reach(monkeypatch, *names):
    """Let tables of these names fail to open."""

    def opened(given, *rest):
        if given.endswith(names):
            raise StanceError(f"{given}: out of reach")
        return open_table(given, *rest)

    monkeypatch.setattr("classifier.cluster.task.open_table", opened)


def test_a_table_that_changes_while_the_run_goes_on_stops_it(tmp_path):
    given = write_table(tmp_path / "articles.csv", 10)
    before = source(str(given))
    write_table(given, 11)
    outcome = finished([before], tmp_path / "out")
    assert isinstance(outcome, Stopped)
    assert "articles.csv: has changed since the run began" in outcome.reason


def test_of_a_table_that_breaks_off_after_thousands_of_rows_none_is_kept(tmp_path):
    good, broken = write_table(tmp_path / "good.csv", 100), tmp_path / "broken.csv.gz"
    packed = gzip.compress(write_table(tmp_path / "whole.csv", 20_000).read_bytes())
    broken.write_bytes(packed[: len(packed) * 9 // 10])
    tables = [source(str(each)) for each in (good, broken, good)]
    outcome = finished(tables, tmp_path / "out")
    record = outcome.record
    assert (record.articles, record.rejected) == (196, 4)
    assert [name for name, _ in record.unreadable] == [str(broken)]
    rows = pq.read_table(tmp_path / "out" / "part-000000.parquet")["id"].to_pylist()
    assert len(set(rows)) == 98
    rejects = pd.read_csv(tmp_path / "out" / "_rejects" / "part-000000.csv")
    assert list(rejects["file"]) == [str(good)] * 2 + [str(broken)] + [str(good)] * 2
    assert "broke off while being read" in rejects["reason"][2]
    assert isinstance(finished(tables, tmp_path / "strict", strict=True), Stopped)


def test_the_output_is_no_input_though_a_link_leads_to_it(tmp_path):
    (tmp_path / "real" / "labelled").mkdir(parents=True)
    write_table(tmp_path / "real" / "a.csv", 10)
    (tmp_path / "real" / "labelled" / "part-000000.parquet").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    found = find_tables([str(tmp_path / "link")], str(tmp_path / "real" / "labelled"))
    assert [Path(each.name).name for each in found] == ["a.csv"]


def in_this_process(monkeypatch, break_at=None):
    """Let runs call what they call in this process, and let the client die before a call of this number."""

    def called(client, calls):
        for number, call in enumerate(calls):
            if number == break_at:
                raise KeyboardInterrupt
            yield call.item, call.function(*call.arguments)

    monkeypatch.setattr(scale, "connected", lambda *_: nullcontext())
    monkeypatch.setattr(scale, "shared", lambda client, data: data)
    monkeypatch.setattr(scale, "results", called)


def test_a_run_that_dies_while_it_tries_tables_again_leaves_no_directory_that_passes_as_whole(tmp_path, monkeypatch):
    tables = [write_table(tmp_path / f"{name}.csv", 10) for name in "abcd"]
    with monkeypatch.context() as broken:
        in_this_process(broken)
        out_of_reach(broken, "a.csv", "d.csv")
        run("here", tables, tmp_path / "out", size=2000)
    out_of_reach(monkeypatch, "d.csv")
    in_this_process(monkeypatch, break_at=2)
    with pytest.raises(KeyboardInterrupt):
        run("here", tables, tmp_path / "out", size=2000)
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    in_this_process(monkeypatch)
    monkeypatch.setattr("classifier.cluster.task.open_table", open_table)
    said = []
    account = run("here", tables, tmp_path / "out", size=2000, said=said)
    assert "3 partitions were finished before" in said
    assert (account.unreadable, account.progress.rows) == ({}, 40)
    manifest = json.loads((tmp_path / "out" / "_SUCCESS").read_text())
    digests = [hashlib.sha256(part.read_bytes()).hexdigest() for part in sorted((tmp_path / "out").glob("part-*"))]
    assert [part["sha256"] for part in manifest["parts"]] == digests
    assert not (tmp_path / "out" / "_records").exists()


@pytest.mark.parametrize(
    ("name", "damaged"),
    [("part-000001.parquet", b"PAR1"), *(("_SUCCESS", manifest) for manifest in (b"{", b"", b"[]", b'{"parts": 3}'))],
)
def test_a_directory_that_was_damaged_does_not_pass_as_whole_until_it_is(tmp_path, monkeypatch, name, damaged):
    tables = [write_table(tmp_path / f"{letter}.csv", 10) for letter in "ab"]
    with monkeypatch.context() as whole_run:
        in_this_process(whole_run)
        run("here", tables, tmp_path / "out", size=2000)
    before = content(tmp_path / "out")
    (tmp_path / "out" / name).write_bytes(damaged)
    with monkeypatch.context() as broken:
        in_this_process(broken, break_at=1)
        with pytest.raises(KeyboardInterrupt):
            run("here", tables, tmp_path / "out", size=2000)
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    in_this_process(monkeypatch)
    run("here", tables, tmp_path / "out", size=2000)
    assert content(tmp_path / "out") == before


@pytest.mark.parametrize("often", [1, 99])
def test_a_store_that_fails_for_a_moment_costs_nothing_and_one_that_is_gone_is_one_sentence(cluster, table, tmp_path, often):
    from distributed import WorkerPlugin

    class Failing(WorkerPlugin):
        def setup(self, worker):
            from fsspec.implementations.local import LocalFileSystem

            self.real = LocalFileSystem.mv
            left = iter(range(often))

            def mv(store, *paths, **options):
                if next(left, None) is not None:
                    raise RuntimeError("slow down")
                return self.real(store, *paths, **options)

            LocalFileSystem.mv = mv

        def teardown(self, worker):
            from fsspec.implementations.local import LocalFileSystem

            LocalFileSystem.mv = self.real

    workers_of(cluster)
    cluster.register_plugin(Failing(), name="failing")
    try:
        if often == 1:
            run(cluster, [table], tmp_path / "out", size=50_000)
        else:
            with pytest.raises(
                StanceError, match=r"part-0.*out: cannot be reached \(slow down\); check .*; what is finished is kept, "
            ):
                run(cluster, [table], tmp_path / "out", size=50_000)
    finally:
        cluster.unregister_worker_plugin("failing")
    run(cluster, [table], tmp_path / "out", size=50_000)
    assert_as_one_machine(table, tmp_path / "out", one_machine(table, tmp_path))


def test_rejects_of_a_try_that_died_do_not_stay(tmp_path, monkeypatch):
    table = tmp_path / "a.csv"
    table.write_text("id,text\n1,Seoul condemned the launch.\n")
    with monkeypatch.context() as broken:
        out_of_reach(broken, "a.csv")
        assert finished([source(str(table))], tmp_path / "out").record.rejects_sha256
    for record in (tmp_path / "out" / "_records").iterdir():
        record.unlink()  # as if it had died before the record
    assert finished([source(str(table))], tmp_path / "out").record.rejects_sha256 == ""
    assert not any((tmp_path / "out" / "_rejects").iterdir())


def test_a_slip_in_the_command_can_be_put_right(tmp_path, monkeypatch):
    in_this_process(monkeypatch)
    table = write_table(tmp_path / "a.csv", 10)
    with pytest.raises(StanceError, match="--encoding: 'utf8x' is no encoding"):
        run("here", [table], tmp_path / "out", encoding="utf8x")
    with pytest.raises(StanceError, match="none of the 1 tables can be read"):
        run("here", [table], tmp_path / "out", columns={"text": "txet"})
    assert run("here", [table], tmp_path / "out").progress.rows == 10


@pytest.mark.parametrize("content", ['{"identity": [], "tables": [], "partitions": []}', "[]", "{", '{"identity": {}}'])
def test_a_plan_that_is_damaged_is_one_sentence(tmp_path, monkeypatch, content):
    in_this_process(monkeypatch)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "_run.json").write_text(content)
    with pytest.raises(StanceError, match=r"cannot be read|holds another run"):
        run("here", [write_table(tmp_path / "a.csv", 10)], tmp_path / "out")


def test_a_record_that_is_none_is_not_believed():
    whole = {"name": "part-000000", "articles": 1, "rejected": 0, "sentences": 1, "uncertain": 0, "size": 1}
    whole |= {"sha256": "a", "rejects_sha256": "", "unreadable": []}
    assert record_of(whole) is not None
    for broken in (None, [], {}, whole | {"unreadable": None}, whole | {"articles": "x"}, whole | {"more": 1}):
        assert record_of(broken) is None


def test_a_worker_that_does_not_see_the_directory_stops_the_run(tmp_path):
    data, recipe = read_model(Job("", Path("part.parquet")))
    [partition] = together([whole(source(str(write_table(tmp_path / "a.csv", 10))), "")], 1000)
    outcome = finish(partition, None, recipe, data, str(tmp_path / "elsewhere"), False)
    assert "a worker does not see this directory" in outcome.reason
    assert not (tmp_path / "elsewhere").exists()


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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.csv", "b.csv", "-o", "out.csv"], "several tables need --scheduler"),
        (["a.csv", "-o", "out.csv", "--strict"], "go with --scheduler"),
        (["a.csv", "-o", "out", "--scheduler", "here"], "give tcp://HOST:PORT, or local"),
        (["a.csv", "-o", "out", "--scheduler", "local[2]", "--resume"], "a run goes on by itself"),
        (["a.csv", "-o", "out", "--scheduler", "local[2]", "--articles", "x.csv"], "does not go with --scheduler"),
        (["none.csv", "-o", "out", "--scheduler", "local[1]"], "none.csv: there is no table here"),
        (["nope://x/*.csv", "-o", "out", "--scheduler", "local[1]"], "nope://x/.*: cannot be reached"),
        (["a.csv", "-o", "out", "--scheduler", "local[1]", "--fields", "mood"], "there is no field 'mood'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_user_can_put_right_is_one_sentence(stance, tmp_path, arguments, says):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,text\n1,Seoul condemned the launch.\n")
    done = stance("batch", *arguments)
    assert done.returncode == 2
    assert pd.Series([done.stderr]).str.contains(says).all(), done.stderr
    assert done.stderr.splitlines()[-1].startswith("stance: ")
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs the process table of Linux")
def test_ctrl_c_ends_a_run_with_workers_of_its_own_without_a_word_of_theirs(table, tmp_path):
    arguments = (table, "-o", tmp_path / "out", "--scheduler", "local[2]", "--partition", "10kB")
    client = command(*arguments, start_new_session=True)
    while client.poll() is None and not (tmp_path / "out" / "_records").exists():
        time.sleep(0.01)
    workers = Path(f"/proc/{client.pid}/task/{client.pid}/children").read_text().split()
    os.killpg(client.pid, signal.SIGINT)  # as a terminal does
    _, errors = client.communicate(timeout=300)
    assert client.returncode == 130
    assert errors.splitlines()[-2:] == ["stance: what is finished is kept; go on with the same command", "stance: interrupted"]
    assert "Traceback" not in errors
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_workers_of_its_own_end_with_the_run(stance, tmp_path):
    write_table(tmp_path / "articles.csv", 100)
    done = stance("batch", "articles.csv", "-o", "out", "--scheduler", "local[2]", "--partition", "5kB")
    assert done.returncode == 1, done.stderr
    assert "100 rows in = 98 articles + 2 rejected" in done.stdout
    assert "Traceback" not in done.stderr
    assert len(list((tmp_path / "out").glob("part-*"))) > 1


def test_a_report_is_made_of_the_directory_when_it_is_complete(stance, cluster, table, tmp_path):
    run(cluster, [table], tmp_path / "out", size=100_000)
    done = stance("report", "out", "-o", "page.html")
    assert done.returncode == 0, done.stderr
    assert re.search("Rows read.{,40}4,000", (tmp_path / "page.html").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "out" / "_SUCCESS").unlink()
    assert "holds no run that is complete" in stance("report", "out", "-o", "page.html").stderr
