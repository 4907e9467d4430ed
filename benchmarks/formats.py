"""How large the copies of a model are, how fast they load, and how far their probabilities are from the model's.

    python benchmarks/formats.py

exports the shipped model in every format, opens each copy in a process of its own, and prints one row of a Markdown table for it.
A load is the fastest of nine in that process, imports not counted; memory is its peak after scoring 2,000 sentences of the seeds.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier import load_model
from classifier.model.features import extract
from classifier.model.regression import shipped_model

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Export and measure every format, the model's own first."""
    if len(sys.argv) == 2:
        print(json.dumps(measure(Path(sys.argv[1]))))
        return
    print("| file | bytes | load, ms | peak memory | largest difference |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for form in ("safetensors", "joblib", "skops", "onnx"):
            file = shipped_model() if form == "safetensors" else Path(folder) / f"stance.{form}"
            if form != "safetensors":
                # Not in this process: what it holds would count as memory of those that it starts.
                command = [sys.executable, "-m", "classifier.cli", "model", "export", "--to", form, "-o", str(file)]
                subprocess.run(command, check=True, capture_output=True)
            done = subprocess.run([sys.executable, __file__, str(file)], check=True, capture_output=True, text=True)
            load, peak, difference = json.loads(done.stdout)
            size = f"{file.stat().st_size:,}"
            print(f"| {file.name} | {size} | {load * 1000:.0f} | {peak:.0f} MB | {difference:.0e} |", flush=True)


def measure(file: Path) -> tuple[float, float, float]:
    """Seconds to load, peak MB, and the largest difference in probability."""
    with (ROOT / "seeds" / "sentences.csv").open(encoding="utf-8", newline="") as rows:
        sentences = [row["text"] for row in csv.DictReader(rows)][:2000]
    loader = LOADERS[file.suffix]()
    found = loader(file)(sentences)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    loads = []
    for _ in range(9):
        start = time.perf_counter()
        loader(file)
        loads.append(time.perf_counter() - start)
    difference = np.abs(found - load_model().predict_proba(sentences)).max()
    return min(loads), peak, float(difference)


Scorer = Callable[[Sequence[str]], Any]


def _safetensors() -> Callable[[Path], Scorer]:
    return lambda file: load_model(file).predict_proba


def _joblib() -> Callable[[Path], Scorer]:
    import joblib
    import sklearn.pipeline  # noqa: F401

    return lambda file: joblib.load(file).predict_proba


def _skops() -> Callable[[Path], Scorer]:
    from skops import io

    return lambda file: io.load(file, trusted=["classifier.model.analyzer.Analyzer"]).predict_proba


def _onnx() -> Callable[[Path], Scorer]:
    import onnxruntime

    def load(file: Path) -> Scorer:
        session = onnxruntime.InferenceSession(file)
        names = json.loads(session.get_modelmeta().custom_metadata_map["vocabulary"])
        column = {name: number for number, name in enumerate(names)}

        def score(sentences: Sequence[str]) -> Any:
            rows = [Counter(column[name] for name in extract(text, column) if name in column) for text in sentences]
            ids, counts = np.zeros((2, len(rows), max(map(len, rows))))
            for at, row in enumerate(rows):
                ids[at, : len(row)], counts[at, : len(row)] = list(row), list(row.values())
            return session.run(None, {"ids": ids.astype("int64"), "counts": counts.astype("float32")})[0]

        return score

    return load


LOADERS = {".safetensors": _safetensors, ".joblib": _joblib, ".skops": _skops, ".onnx": _onnx}


if __name__ == "__main__":
    main()
