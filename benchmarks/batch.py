"""How fast ``stance batch`` is and how much memory it takes, as whole processes from bytes on disk to bytes on disk.

    python benchmarks/batch.py 50000 500000 --jobs 1 2

makes a table of articles with that many sentences out of the seeds, scores it, and prints one row of a Markdown table for each
run. Peak memory is that of the largest process, as the operating system accounts for it.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Run every size with every number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=int, nargs="+", help="sizes of the table")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, os.cpu_count() or 1], help="numbers of workers")
    options = parser.parse_args()
    print("| sentences | workers | seconds | sentences/s | articles/s | MB/s in | peak memory, largest process |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sentences:
            table = Path(folder) / f"{size}.csv"
            articles = write_table(table, size)
            for jobs in options.jobs:
                seconds, peak = measure(table, Path(folder) / "out.csv", jobs)
                rates = f"{size / seconds:,.0f} | {articles / seconds:,.0f} | {table.stat().st_size / 1e6 / seconds:.2f}"
                print(f"| {size:,} | {jobs} | {seconds:.1f} | {rates} | {peak / 1024:.0f} MB |", flush=True)


def write_table(path: Path, sentences: int) -> int:
    """A CSV of articles from the seeds, over and over, with `sentences` sentences in all; how many articles it holds."""
    with (ROOT / "seeds" / "articles.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["article"], row["text"]) for row in csv.DictReader(file)]
    grouped = [[text for _, text in group] for _, group in itertools.groupby(rows, key=lambda row: row[0])]
    written = articles = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "source", "text"])
        for texts in itertools.cycle(grouped):
            if written >= sentences:
                return articles
            kept = texts[: sentences - written]
            writer.writerow([f"a{articles}", f"2024-{articles % 12 + 1:02}-{articles % 28 + 1:02}", "AFP", "\n".join(kept)])
            written += len(kept)
            articles += 1
    return articles


def measure(table: Path, output: Path, jobs: int) -> tuple[float, int]:
    """Wall seconds, and the peak memory of the largest process in kB."""
    command = [sys.executable, "-m", "classifier.cli", "batch", str(table), "-o", str(output), "--jobs", str(jobs)]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"stance batch failed with status {status}")
    return time.perf_counter() - began, usage.ru_maxrss


if __name__ == "__main__":
    main()
