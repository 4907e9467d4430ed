"""What the Dask path costs over plain ``stance batch``, how it grows with workers, and what a large plan takes.

    python benchmarks/scale.py --sentences 1000000 --workers 1 2 --partition 4MB 64MB

scores one table of that many sentences, made out of the seeds, as whole processes: plainly, and on fresh clusters of worker
processes on this machine. Then it builds the task graph of 100,000 partitions and hands out tasks that do nothing. Starting the
processes of a cluster is not counted, since a cluster stands; whatever a worker loads is.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch import ROOT, write_table

from classifier.cluster.calls import Call, results
from classifier.cluster.partitions import Partition, Piece, to_plain
from classifier.storage import Source
from classifier.tables.rows import Part

_GRAPH = """
import resource, time
import dask.dataframe as dd, pandas as pd
from classifier.distributed import score_frame
began = time.perf_counter()
articles = pd.DataFrame({"id": ["1"], "text": ["Seoul condemned the launch."]})
frame = score_frame(dd.from_map(lambda number: articles, range(PARTITIONS), meta=articles.iloc[:0]))
tasks = len(frame.optimize().__dask_graph__())
print(tasks, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1_000_000, help="size of the table (default: %(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="workers, plain and on a cluster")
    parser.add_argument("--partition", nargs="+", default=["4MB", "64MB"], help="sizes of a partition")
    parser.add_argument("--runs", type=int, default=1, help="runs of each, of which the fastest counts")
    parser.add_argument("--partitions", type=int, default=100_000, help="of the task graph")
    parser.add_argument("--tasks", type=int, default=5_000, help="that do nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.sentences:
            scoring(Path(folder), options.sentences, options.workers, options.partition, options.runs)
        plans(options.partitions, options.tasks)


@dataclass(frozen=True)
class Run:
    """What one run took: wall and processor seconds, bytes written, and the peak memory of a worker in MB."""

    seconds: float
    cpu: float
    written: int
    peak: float


def scoring(folder: Path, sentences: int, workers: list[int], sizes: list[str], runs: int) -> None:
    """A row for each way to score one table."""
    table = folder / "articles.csv"
    articles = write_table(table, sentences)
    print(f"{sentences:,} sentences in {articles:,} articles, {table.stat().st_size / 1e6:.0f} MB")
    heads = ("path", "partition", "workers", "seconds", "over plain", "efficiency", "CPU seconds", "CPU over plain")
    print("|", " | ".join([*heads, "sentences/s a worker", "MB out", "peak of a worker"]), "|")
    print("|---" * (len(heads) + 3) + "|")
    ways = [("plain", ""), *(("Dask", size) for size in sizes)]
    first: dict[int, Run] = {}
    for path, size in ways:
        alone: Run | None = None
        for count in workers:
            found = [on_cluster(table, folder, count, size) if size else plain(table, folder, count) for _ in range(runs)]
            best = min(found, key=lambda run: run.seconds)
            base = first.setdefault(count, best)
            alone = alone or best
            cells = [
                *(path, size, str(count), f"{best.seconds:.1f}", f"{best.seconds / base.seconds - 1:+.1%}"),
                f"{alone.seconds * workers[0] / (best.seconds * count):.2f}",
                *(f"{best.cpu:.1f}", f"{best.cpu / base.cpu - 1:+.1%}", f"{sentences / best.seconds / count:,.0f}"),
                *(f"{best.written / 1e6:.1f}", f"{best.peak:.0f} MB"),
            ]
            print("|", " | ".join(cells), "|", flush=True)


def plain(table: Path, folder: Path, count: int) -> Run:
    """Without a cluster."""
    output = folder / "plain.parquet"
    seconds, cpu = timed([str(table), "-o", str(output), "--jobs", str(count)])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Run(seconds, cpu, output.stat().st_size, peak)


def on_cluster(table: Path, folder: Path, count: int, size: str) -> Run:
    """On a fresh cluster."""
    with tempfile.TemporaryDirectory(dir=folder) as output, cluster(count) as client:
        before = sum(client.run(time.process_time).values())
        seconds, cpu = timed([str(table), "-o", output, "--scheduler", client.scheduler.address, "--partition", size])
        cpu += sum(client.run(time.process_time).values()) - before
        peaks = client.run(lambda: __import__("resource").getrusage(0).ru_maxrss)
        written = sum(file.stat().st_size for file in Path(output).glob("part-*"))
    return Run(seconds, cpu, written, max(peaks.values()) / 1024)


def timed(arguments: list[str]) -> tuple[float, float]:
    """Wall and processor seconds that ``stance batch`` takes."""
    began, before = time.perf_counter(), _children()
    done = subprocess.run([sys.executable, "-m", "classifier.cli", "batch", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - began, _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def cluster(count: int) -> Iterator[Any]:
    """A client of a cluster of processes on this machine."""
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.worker.profile.enabled": False}),
        LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address="127.0.0.1:0") as workers,
        Client(workers) as client,
    ):
        client.wait_for_workers(count)
        yield client


def plans(partitions: int, tasks: int) -> None:
    """What it takes to plan many partitions, and to hand out many tasks."""
    print("\n| | seconds | peak memory |")
    print("|---|---|---|")
    if partitions:
        script = _GRAPH.replace("PARTITIONS", str(partitions))
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        count, seconds, peak = map(float, done.stdout.split())
        print(
            f"| graph of score_frame, {partitions:,} partitions, {count:,.0f} tasks | {seconds:.1f} | {peak:.0f} MB |", flush=True
        )
        began = time.perf_counter()
        source = Source("s3://archive/2024/articles.csv", 10**12, "tag")
        made = [Partition(place, (Piece(source, Part(place, place + 1), 10**7, "utf-8"),)) for place in range(partitions)]
        written = len(json.dumps(to_plain(made)))
        seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"| plan of stance batch, {partitions:,} partitions, {written / 1e6:.1f} MB | {seconds:.1f} | {peak:.0f} MB |",
            flush=True,
        )
    if tasks:
        with cluster(1) as client:
            began = time.perf_counter()
            assert sum(1 for _ in results(client, (Call("nothing", int, (), None) for _ in range(tasks)))) == tasks
            seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {tasks:,} tasks that do nothing, {seconds / tasks * 1000:.1f} ms each | {seconds:.1f} | {peak:.0f} MB |")


if __name__ == "__main__":
    main()
