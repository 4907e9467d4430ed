"""Two models' probabilities for the same labelled sentences in, which of them is better, and how surely, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from classifier.model import Array
from classifier.tension import bootstrap_sums
from training.evaluate import Figure, Scores, drawn_together, measures, scores_of, summands


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
    true = np.array([labels.index(label) for label in truth])
    member = drawn_together(clusters, len(true))
    both = np.concatenate([summands(true, each, member) for each in (probabilities_a, probabilities_b)], axis=1)
    whole_a, whole_b = np.split(both.sum(axis=0), 2)
    drawn_a, drawn_b = np.split(bootstrap_sums(both), 2, axis=1)
    a, b = scores_of(whole_a, drawn_a, labels), scores_of(whole_b, drawn_b, labels)
    samples_a, samples_b = measures(drawn_a, len(labels)), measures(drawn_b, len(labels))
    right_a, right_b = (each.argmax(axis=1) == true for each in (probabilities_a, probabilities_b))
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(
        n=len(true),
        a=a,
        b=b,
        macro_f1_difference=Figure.of(b.macro_f1.value - a.macro_f1.value, samples_b["macro_f1"] - samples_a["macro_f1"]),
        accuracy_difference=Figure.of(b.accuracy.value - a.accuracy.value, samples_b["accuracy"] - samples_a["accuracy"]),
        mcnemar_p=float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0,
    )


def _points(gain: Figure) -> str:
    value, low, high = (round(100 * each, 1) + 0.0 for each in (gain.value, gain.low, gain.high))  # never a minus zero
    return f"{value:+.1f} points macro-F1 [{low:.1f}, {high:.1f}]"
