"""Whatever happens to workers, client and storage, no row is lost."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from cluster_runs import assert_as_one_machine, command, one_machine, run, workers_of
from helpers import write_table

from classifier import StanceError

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("in") / "articles.csv", 4000)


@pytest.fixture(scope="module")
def one(table):
    return one_machine(table, table.parent)


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


def test_a_worker_that_is_killed_costs_no_row(cluster_to_break, table, one, tmp_path):
    before = workers_of(cluster_to_break)
    thread, failed = started(cluster_to_break, table, tmp_path / "out")
    os.kill(next(iter(before.values())), signal.SIGKILL)
    thread.join(300)
    assert not failed
    assert set(workers_of(cluster_to_break).values()) != set(before.values())
    assert_as_one_machine(table, tmp_path / "out", one)


def test_a_worker_over_its_memory_limit_costs_no_row(cluster_to_break, table, one, tmp_path):
    def hoard():
        import threading

        hoarded = []
        threading.Thread(target=lambda: [hoarded.append(b"x" * 50_000_000) for _ in range(30)], daemon=True).start()

    before = workers_of(cluster_to_break)
    thread, failed = started(cluster_to_break, table, tmp_path / "out")
    victim = next(iter(before))
    cluster_to_break.run(hoard, workers=[victim])
    thread.join(300)
    assert not failed
    assert before[victim] not in workers_of(cluster_to_break).values()
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


def test_a_partition_that_ends_every_worker_is_named(cluster_to_break, tmp_path):
    from distributed import WorkerPlugin

    class Deadly(WorkerPlugin):
        def setup(self, worker):
            from classifier.cluster import task

            real = task.open_table
            task.open_table = lambda name, *rest: os._exit(1) if "deadly" in name else real(name, *rest)

    (tmp_path / "in").mkdir()
    for name in ("a", "deadly", "z"):
        (tmp_path / "in" / f"{name}.csv").write_text("text\nSeoul condemned the launch.\n")
    workers_of(cluster_to_break)
    cluster_to_break.register_plugin(Deadly(), name="deadly")
    try:
        with pytest.raises(StanceError, match=r"part-000001 \(.*deadly.csv\): ended 2 workers one after the other"):
            run(cluster_to_break, [tmp_path / "in"], tmp_path / "out", size=50)
    finally:
        cluster_to_break.unregister_worker_plugin("deadly")
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    cluster_to_break.restart()
    account = run(cluster_to_break, [tmp_path / "in"], tmp_path / "out", size=50)
    assert account.progress.articles == 3


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
