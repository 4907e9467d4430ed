"""Two models' probabilities for the same labelled sentences in, which of them is better, and how surely, out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from classifier.model.probabilities import Array
from classifier.model.tension import bootstrap_sums
from training.judge.figures import Figure, Scores, drawn_together, measures, scores_of, summands


class Opinion(NamedTuple):
    """What a model says of some sentences: its labels, and their probabilities (n, n_labels)."""

    labels: Sequence[str]
    probabilities: Array


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
        """Which model is better by macro-F1, in words, and whether accuracy says otherwise; a whole interval must say so."""
        winner, gain = _winner(self.macro_f1_difference)
        if not winner:
            return f"no difference can be shown: B against A {_points(gain)} macro-F1 {_interval(gain)}"
        rival, other_gain = _winner(self.accuracy_difference)
        but = f"; but {rival} has {_points(other_gain)} accuracy {_interval(other_gain)}" if rival not in ("", winner) else ""
        return f"{winner} is better on this data: {_points(gain)} macro-F1 {_interval(gain)}{but}"


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
        What the bootstrap draws, as in ``training.judge.figures.score``.
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


def compare_on_all(truth: Iterable[str], a: Opinion, b: Opinion, clusters: Iterable[object] | None = None) -> Comparison:
    """As ``compare``, for models that need not have the same labels: one that a model lacks has probability 0 to it."""
    labels = tuple(dict.fromkeys((*a.labels, *b.labels)))
    return compare(truth, _spread(a, labels), _spread(b, labels), labels, clusters)


def _spread(opinion: Opinion, labels: Sequence[str]) -> Array:
    wide = np.zeros((len(opinion.probabilities), len(labels)))
    wide[:, [labels.index(label) for label in opinion.labels]] = opinion.probabilities
    return wide


def _winner(difference: Figure) -> tuple[str, Figure]:
    """The model that the whole interval of B minus A favours, or none, and what it gains."""
    if difference.high < 0:
        return "A", Figure(-difference.value, -difference.high, -difference.low)
    return "B" if difference.low > 0 else "", difference


def _points(gain: Figure) -> str:
    return f"{_hundredfold(gain.value):+.1f} points"


def _interval(gain: Figure) -> str:
    return f"[{_hundredfold(gain.low):.1f}, {_hundredfold(gain.high):.1f}]"


def _hundredfold(share: float) -> float:
    """In points, never a minus zero."""
    return round(100 * share, 1) + 0.0
