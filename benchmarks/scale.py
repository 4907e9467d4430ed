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
from pathlib import Path
from typing import Any

from batch import ROOT, write_table

from classifier.cluster import Call, results
from classifier.partitions import Partition, Piece, to_plain
from classifier.storage import Source
from classifier.tables import Part

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


def scoring(folder: Path, sentences: int, workers: list[int], sizes: list[str], runs: int) -> None:
    """A row for each way to score one table."""
    table = folder / "articles.csv"
    articles = write_table(table, sentences)
    size = table.stat().st_size
    print(f"{sentences:,} sentences in {articles:,} articles, {size / 1e6:.0f} MB")
    print("| path | partition | workers | seconds | sentences/s a worker | over plain | efficiency | MB out | peak of a worker |")
    print("|---|---|---|---|---|---|---|---|---|")
    plain: dict[int, float] = {}
    for count in workers:
        output = folder / "plain.parquet"
        seconds = min(timed([str(table), "-o", str(output), "--jobs", str(count)]) for _ in range(runs))
        plain[count] = seconds
        row("plain", "", count, seconds, sentences, plain, plain, output.stat().st_size, None)
    for part in sizes:
        dask: dict[int, float] = {}
        for count in workers:
            found = [on_cluster(table, folder / f"{part}-{count}-{run}", count, part) for run in range(runs)]
            seconds, written, peak = min(found)
            dask[count] = seconds
            row("Dask", part, count, seconds, sentences, plain, dask, written, peak)


def row(
    path: str,
    part: str,
    count: int,
    seconds: float,
    sentences: int,
    plain: dict[int, float],
    own: dict[int, float],
    written: int,
    peak: float | None,
) -> None:
    """Print one."""
    rate, over = sentences / seconds / count, seconds / plain[count] - 1
    efficiency = own[min(own)] * min(own) / (seconds * count)
    cells = f"{path} | {part} | {count} | {seconds:.1f} | {rate:,.0f} | {over:+.1%} | {efficiency:.2f} | {written / 1e6:.1f}"
    print(f"| {cells} | {f'{peak:.0f} MB' if peak else ''} |", flush=True)


def timed(arguments: list[str]) -> float:
    """Seconds that ``stance batch`` takes."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "classifier.cli", "batch", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - began


def on_cluster(table: Path, output: Path, count: int, part: str) -> tuple[float, int, float]:
    """Seconds on a fresh cluster, bytes written, and the peak memory of a worker in MB."""
    with cluster(count) as client:
        address = client.scheduler.address
        seconds = timed([str(table), "-o", str(output), "--scheduler", address, "--partition", part])
        peaks = client.run(lambda: __import__("resource").getrusage(0).ru_maxrss)
    return seconds, sum(file.stat().st_size for file in output.glob("part-*")), max(peaks.values()) / 1024


@contextmanager
def cluster(count: int) -> Iterator[Any]:
    """A client of a cluster of processes on this machine."""
    from distributed import Client, LocalCluster

    with (
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
