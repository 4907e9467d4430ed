"""What the order of questions of ``stance annotate`` is worth: macro-F1 after so many answers, against questions at random.

    python benchmarks/annotate.py

Ten thousand of the seeds play the annotator. A model learns from 300 random sentences; then 200 are asked, the model learns
from their labels, and so on, three times. Both ways start from the same sentences and are judged on the same 4,000, in ten
repetitions; near-duplicates and sentences of one article never stand on both sides. The interval is that of the mean difference
(Student's t, 95 %). Results are a Markdown table on standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t
from sklearn.metrics import f1_score

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier.model.probabilities import softmax  # noqa: E402
from training.data.labelled import read_labelled  # noqa: E402
from training.fit.crossval import Candidate, Material, examine, material  # noqa: E402
from training.label.annotate import most_useful  # noqa: E402

ROWS, START, ASKED, ROUNDS, TEST, REPETITIONS = 10_000, 300, 200, 3, 4_000, 10


def main() -> None:
    """Print the table."""
    table = read_labelled(ROOT / "seeds").sample(ROWS, random_state=0)
    texts, rows = table["text"].to_numpy(), material(table)
    results = np.array([repetition(texts, rows, seed) for seed in range(REPETITIONS)])
    print("| labelled | at random | most useful first | difference |")
    print("|---|---|---|---|")
    for number in range(ROUNDS + 1):
        random, useful = results[:, :, number].T
        gain = useful - random
        half = t.ppf(0.975, REPETITIONS - 1) * gain.std(ddof=1) / np.sqrt(REPETITIONS)
        difference = f"{gain.mean():+.3f} [{gain.mean() - half:+.3f}, {gain.mean() + half:+.3f}]" if number else ""
        print(f"| {START + ASKED * number} | {random.mean():.3f} | {useful.mean():.3f} | {difference} |")


def repetition(texts: NDArray[np.str_], rows: Material, seed: int) -> list[list[float]]:
    """Macro-F1 at the start and after every round, at random and the most useful first."""
    draw = np.random.default_rng(seed)
    side = draw.permutation(rows.group.max() + 1)[rows.group]
    order = np.argsort(side, kind="stable")
    test, pool = order[:TEST], order[TEST:]
    pool = draw.permutation(pool[~np.isin(rows.group[pool], rows.group[test])])
    return [learn(texts, rows, test, pool, useful) for useful in (False, True)]


def learn(texts: NDArray[np.str_], rows: Material, test: NDArray[np.intp], pool: NDArray[np.intp], useful: bool) -> list[float]:
    """Macro-F1 on `test` at the start and after every round; the pool is in random order."""
    seen, left = pool[:START], pool[START:]
    found: list[float] = []
    for _ in range(ROUNDS + 1):
        logits = examine(rows, seen, np.concatenate([test, left]), [Candidate(1.0, 5.0)])[0]
        predicted = np.array(rows.labels)[logits[:TEST].argmax(axis=1)]
        found.append(f1_score(rows.truth[test], predicted, average="macro"))
        if useful:
            places = most_useful(texts[left].tolist(), softmax(logits[TEST:]))
            chosen = np.array([place for place, _ in zip(places, range(ASKED), strict=False)])
        else:
            chosen = np.arange(ASKED)
        seen, left = np.concatenate([seen, left[chosen]]), np.delete(left, chosen)
    return found


if __name__ == "__main__":
    main()
