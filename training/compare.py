"""Two models' probabilities for the same labelled sentences in, which of them is better, and how surely, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from classifier.model import Array
from classifier.tension import bootstrap_sums
from training.evaluate import Figure, Scores, agreement, confusion_tables, drawn_together, score


@dataclass(frozen=True)
class Comparison:
    """Model B against model A on the same sentences.

    Attributes
    ----------
    n : int
        Sentences.
    a, b : Scores
        Each by itself.
    macro_f1_difference, accuracy_difference : Figure
        B minus A, with the 95 % interval of a paired bootstrap: both are judged on the same draws.
    mcnemar_p : float
        Exact two-sided McNemar test that both are equally often right (McNemar 1947); it takes sentences as independent.
    """

    n: int
    a: Scores
    b: Scores
    macro_f1_difference: Figure
    accuracy_difference: Figure
    mcnemar_p: float

    @property
    def verdict(self) -> str:
        """Which model is better by macro-F1, in words; better is what the whole interval says."""
        gain = self.macro_f1_difference
        if gain.low > 0:
            return f"B is better on this data: {_points(gain)}"
        if gain.high < 0:
            return f"A is better on this data: {_points(Figure(-gain.value, -gain.high, -gain.low))}"
        return f"no difference can be shown: B against A {_points(gain)}"


def compare(
    truth: Iterable[str],
    probabilities_a: Array,
    probabilities_b: Array,
    labels: Sequence[str],
    clusters: Iterable[object] | None = None,
) -> Comparison:
    """Judge two models on the same sentences.

    Parameters
    ----------
    truth : iterable of str, length n
    probabilities_a, probabilities_b : ndarray (n, n_labels)
    labels : sequence of str
        Names of the columns of both.
    clusters : iterable, optional
        What the bootstrap draws, as in ``training.evaluate.score``.
    """
    truth, clusters = list(truth), None if clusters is None else list(clusters)
    true = np.array([labels.index(label) for label in truth])
    member = drawn_together(clusters, len(true))
    tables = np.stack([confusion_tables(true, each, member) for each in (probabilities_a, probabilities_b)], axis=1)
    whole = agreement(tables.sum(axis=0))
    resampled = agreement(bootstrap_sums(tables.reshape(len(tables), -1)).reshape(-1, len(labels), len(labels)))

    def difference(name: str) -> Figure:
        drawn = resampled[name].reshape(-1, 2)
        return Figure.of(whole[name][1] - whole[name][0], drawn[:, 1] - drawn[:, 0])

    right_a, right_b = (each.argmax(axis=1) == true for each in (probabilities_a, probabilities_b))
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(
        n=len(true),
        a=score(truth, probabilities_a, labels, clusters),
        b=score(truth, probabilities_b, labels, clusters),
        macro_f1_difference=difference("macro_f1"),
        accuracy_difference=difference("accuracy"),
        mcnemar_p=float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0,
    )


def _points(gain: Figure) -> str:
    return f"{100 * gain.value:+.1f} points macro-F1 [{100 * gain.low:.1f}, {100 * gain.high:.1f}]"
