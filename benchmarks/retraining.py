"""What labels of one's own are worth: three ways to train on a foreign set, judged in the same five folds.

    python benchmarks/retraining.py newswire_dev.csv --map plover

takes a labelled table, as ``stance train`` does, and prints a Markdown table: scikit-learn's plain word 1-2-grams with logistic
regression (its own C, and the largest that ``stance train`` tries), ``stance train``, and ``stance train --extend``. Each is
trained on four fifths of the rows (near-duplicates together) and examined on the fifth. Beside them stands the shipped model,
which has seen none of them. Seconds are those of the whole training, with its cross-validation, in the same run.
``--rows 150`` takes so many rows at random.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier import load_model  # noqa: E402
from classifier.model.probabilities import Array  # noqa: E402
from classifier.model.regression import Model  # noqa: E402
from training.data.labelled import read_labelled  # noqa: E402
from training.data.mappings import read_mapping  # noqa: E402
from training.fit.adapt import adapt, among_some  # noqa: E402
from training.fit.crossval import label_order, material, splits  # noqa: E402
from training.fit.train import train  # noqa: E402
from training.judge.compare import compare  # noqa: E402
from training.judge.figures import score  # noqa: E402

Way = Callable[[pd.DataFrame, list[str], tuple[str, ...]], Array]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="labelled sentences")
    parser.add_argument("--map", help="as stance train takes it")
    parser.add_argument("--rows", type=int, help="so many of the rows, at random (default: all)")
    options = parser.parse_args()
    table = read_labelled(options.data, mapping=read_mapping(options.map) if options.map else None)
    if options.rows:
        table = table.sample(options.rows, random_state=0).reset_index(drop=True)
    labels = label_order(table["label"])
    folds = splits(material(table))
    found: dict[str, Array] = {}
    print("| trained on four fifths | n | macro-F1 | accuracy | ECE | seconds a fold |\n|---|---|---|---|---|---|")
    for name, way in WAYS.items():
        began = time.perf_counter()
        found[name] = probabilities = np.empty((len(table), len(labels)))
        for seen, unseen in folds:
            probabilities[unseen] = way(table.iloc[seen].reset_index(drop=True), table["text"].iloc[unseen].tolist(), labels)
        scores = score(table["label"], probabilities, labels, table["group"])
        figures = f"{scores.macro_f1} | {scores.accuracy} | {scores.calibration_error.value:.3f}"
        print(f"| {name} | {scores.n:,} | {figures} | {(time.perf_counter() - began) / len(folds):.1f} |", flush=True)
    print("\n| against | macro-F1 | accuracy |\n|---|---|---|")
    for name, other in itertools.product(("stance train", "stance train --extend"), ("plain", "plain, C 20", "shipped")):
        gain = compare(table["label"], found[other], found[name], labels, table["group"])
        print(f"| {name} against {other} | {gain.macro_f1_difference} | {gain.accuracy_difference} |")


def plain(seen: pd.DataFrame, texts: list[str], labels: tuple[str, ...], c: float = 1.0) -> Array:
    """What scikit-learn gives in one line."""
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=c, max_iter=1000))
    pipeline.fit(seen["text"], seen["label"])
    return np.asarray(pipeline.predict_proba(texts)[:, [list(pipeline.classes_).index(label) for label in labels]])


def alone(seen: pd.DataFrame, texts: list[str], labels: tuple[str, ...]) -> Array:
    """As ``stance train`` does."""
    return predict(train(seen).model, texts, labels)


def extended(seen: pd.DataFrame, texts: list[str], labels: tuple[str, ...]) -> Array:
    """As ``stance train --extend`` does."""
    return predict(adapt(load_model(), seen).model, texts, labels)


def shipped(seen: pd.DataFrame, texts: list[str], labels: tuple[str, ...]) -> Array:
    """The model that comes with stance, as it is."""
    return predict(load_model(), texts, labels)


def predict(model: Model, texts: list[str], labels: tuple[str, ...]) -> Array:
    """Probabilities among the labels of the table."""
    return among_some(model.predict_proba(texts), model.labels, labels)


WAYS: dict[str, Way] = {
    "plain": plain,
    "plain, C 20": partial(plain, c=20.0),
    "shipped": shipped,
    "stance train": alone,
    "stance train --extend": extended,
}

if __name__ == "__main__":
    main()
