"""How long ``stance train`` takes and how much memory, as a whole process from a file to a model.

    python benchmarks/train.py 10000 100000

makes a table with that many labelled sentences, all different, by mixing the words of seeds with one label, trains on it, and
prints one row of a Markdown table; with ``--extend`` the shipped model is adapted to it. Beside it stands plain scikit-learn in
a process of its own in the same run: word 1-2-grams and logistic regression, one fit and five of a cross-validation. Memory is
that of all processes together (proportional set size, Linux), CPU time theirs, too.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
FROM_ELSEWHERE = 0.4
"""The share of words that a sentence takes from others."""
PLAIN = """
import sys
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
table = pd.read_csv(sys.argv[1])
pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
cross_val_score(pipeline, table["text"], table["label"], n_jobs=-1)
pipeline.fit(table["text"], table["label"])
"""


def main() -> None:
    """Train on every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=int, nargs="+", help="sizes of the table")
    parser.add_argument("--extend", action="store_true", help="adapt the shipped model")
    options = parser.parse_args()
    print("| sentences | | cores | wall seconds | CPU seconds | peak memory, all processes |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sentences:
            table = Path(folder) / f"{size}.csv"
            write_table(table, size)
            ours = ["-m", "classifier.cli", "train", str(table), "-o", str(Path(folder) / "m.safetensors")]
            more = ["--extend"] if options.extend else []
            for name, arguments in ((" ".join(["stance train", *more]), [*ours, *more]), ("plain", ["-c", PLAIN, str(table)])):
                wall, cpu, peak = measure(arguments)
                print(f"| {size:,} | {name} | {os.cpu_count()} | {wall:.0f} | {cpu:.0f} | {peak / 1e6:.1f} GB |", flush=True)


def write_table(path: Path, sentences: int) -> None:
    """A labelled CSV: each row a seed of which some words are replaced by words of other seeds with its label."""
    rows: dict[str, list[list[str]]] = {}
    for name in ("sentences.csv", "articles.csv"):
        with (ROOT / "seeds" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows.setdefault(row["label"], []).append(row["text"].split())
    labels = [label for label, texts in rows.items() for _ in texts]
    words = {label: [word for text in texts for word in text] for label, texts in rows.items()}
    draw = random.Random(0)
    written: dict[str, str] = {}
    while len(written) < sentences:
        label = draw.choice(labels)
        text = draw.choice(rows[label])
        mixed = " ".join(draw.choice(words[label]) if draw.random() < FROM_ELSEWHERE else word for word in text)
        if len(text) > 3:
            written.setdefault(mixed, label)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *written.items()])


def measure(arguments: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds of Python with these arguments, and its peak memory in kB."""
    command = [sys.executable, *arguments]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    peak = Peak(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(arguments)[:60]} failed with status {status}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, peak.stop()


class Peak:
    """Watches the memory of all processes of a session."""

    def __init__(self, session: int) -> None:
        self._session, self._most, self._done = session, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The most that was seen, in kB."""
        self._done.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._done.wait(1.0):
            self._most = max(self._most, sum(map(self._pss, Path("/proc").glob("[0-9]*"))))

    def _pss(self, process: Path) -> int:
        with suppress(OSError, ValueError):
            if os.getsid(int(process.name)) == self._session:
                lines = (process / "smaps_rollup").read_text().splitlines()
                return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return 0


if __name__ == "__main__":
    main()
