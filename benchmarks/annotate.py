"""How many labels a person must give until a model is right: at random, by a model that does not learn, and while it learns.

    python benchmarks/annotate.py newswire_dev.csv --map plover
    python benchmarks/annotate.py news_dev.csv

The labels of the file play the annotator. In each of five folds by group, four fifths of the rows are the pool that is asked
from, and the fifth is what the model is examined on, after every 25 labels. ``at random, alone`` and ``unsure first, alone``
train a model on the labels given so far, as ``stance train`` does; what is asked in the second is what the shipped model is least
sure of, and it does not learn meanwhile. ``at random, adapted`` and ``stance annotate`` adapt the shipped model, and the second
asks what the model as it is by then is least sure of. Results are Markdown tables on standard output.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier import load_model  # noqa: E402
from classifier.errors import StanceError  # noqa: E402
from training.data.labelled import read_labelled  # noqa: E402
from training.data.mappings import read_mapping  # noqa: E402
from training.fit.crossval import Material, material, refitted, splits  # noqa: E402
from training.label.annotate import most_useful, vectors_of  # noqa: E402
from training.label.learner import Learner  # noqa: E402

GOAL, STEP = 0.85, 25
SHOWN = (0, 25, 50, 100, 200, 400, 800)
WAYS = {
    "at random, alone": (False, False),
    "unsure first, alone": (True, False),
    "at random, adapted": (False, True),
    "stance annotate": (True, True),
}
"""Whether the order goes by what the model is unsure of, and whether the shipped model is adapted."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="labelled sentences")
    parser.add_argument("--map", help="as stance train takes it")
    options = parser.parse_args()
    table = read_labelled(options.data, mapping=read_mapping(options.map) if options.map else None)
    folds = splits(material(table))
    jobs = [(way, seen, unseen) for way in WAYS for seen, unseen in folds]
    found = Parallel(n_jobs=-1)(delayed(course)(table, seen, unseen, *WAYS[way]) for way, seen, unseen in jobs)
    steps = [step for step in SHOWN if step <= min(len(seen) for seen, _ in folds)]
    print(f"| accuracy after labels | {' | '.join(map(str, steps))} | labels to {GOAL} |\n|{'---|' * (len(steps) + 2)}")
    for number, way in enumerate(WAYS):
        courses = found[number * len(folds) : (number + 1) * len(folds)]
        length = min(map(len, courses))
        right = np.sum([each[:length] for each in courses], axis=0) / len(table)
        good = np.flatnonzero(right >= GOAL)
        cells = [f"{right[step // STEP]:.3f}" if step // STEP < length and right[step // STEP] else "–" for step in steps]
        print(f"| {way} | {' | '.join(cells)} | {good[0] * STEP if len(good) else 'not reached'} |", flush=True)


def course(table: pd.DataFrame, seen: NDArray[np.intp], unseen: NDArray[np.intp], unsure: bool, adapted: bool) -> list[int]:
    """How many of the rows `unseen` are right after 0, 25, 50, ... labels of the rows `seen`."""
    rows, labels = material(table), tuple(sorted(set(table["label"])))
    text, label = table["text"].to_numpy(), table["label"].to_numpy()
    learner = Learner(load_model(), labels, text.tolist(), [], [])
    vectors = vectors_of(text.tolist())
    left, given = np.random.default_rng(0).permutation(seen), np.array([], dtype=np.intp)
    opinion = learner.opinion
    right = [hits(opinion.probabilities[unseen], labels, label[unseen]) if adapted else 0]
    while len(left) >= STEP:
        if unsure:
            asked = np.array([at for _, at in zip(range(STEP), by_use(vectors, opinion.probabilities, left), strict=False)])
        else:
            asked = left[:STEP]
        given, left = np.concatenate([given, asked]), left[~np.isin(left, asked)]
        if adapted:
            opinion = learner.learn([(text[at], label[at]) for at in given], [])
            right.append(hits(opinion.probabilities[unseen], labels, label[unseen]))
        else:
            right.append(alone(rows, given, unseen, label))
    return right


def by_use(vectors: csr_matrix, probabilities: NDArray[np.float64], left: NDArray[np.intp]) -> Iterator[int]:
    """Rows of `left`, the most useful first."""
    while len(left):
        chosen = left[most_useful(vectors[left], probabilities[left])]
        yield from chosen.tolist()
        left = left[~np.isin(left, chosen)]


def alone(rows: Material, given: NDArray[np.intp], unseen: NDArray[np.intp], label: NDArray[np.object_]) -> int:
    """How many are right with a model of the rows `given` alone."""
    labels = sorted(set(label[given]))
    if len(labels) < 2:
        return int((label[unseen] == labels[0]).sum())
    try:
        [logits] = refitted(replace(rows, labels=tuple(labels)), given, unseen, [10.0])
    except StanceError:
        return 0
    return hits(logits, tuple(labels), label[unseen])


def hits(scores: NDArray[np.float64], labels: tuple[str, ...], truth: NDArray[np.object_]) -> int:
    """How many highest scores are those of the truth."""
    return int((np.array(labels, dtype=object)[scores.argmax(axis=1)] == truth).sum())


if __name__ == "__main__":
    main()
