"""Label probabilities of a set of sentences in, one tension figure with its evidence and interval out.

``tension = (sum p_escalation - sum p_cooperation) / sum of p over all stances``, from -1 (all cooperation) to +1 (all
escalation). Sentences that take no stance carry no weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier import labels as scheme

LEAST = 3
_RESAMPLES = 1000
_BLOCK = 4_000_000


@dataclass(frozen=True)
class Tension:
    """A tension figure.

    Attributes
    ----------
    value : float or None
        In [-1, 1]; None when fewer than ``LEAST`` sentences take a stance, or no label of the scheme has a sign.
    low, high : float or None
        95 % percentile bootstrap interval (Efron & Tibshirani 1993, ch. 13).
    n : int
        Sentences whose most probable label is a stance.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


def describe(tension: Tension) -> str:
    """The figure in words, for headings."""
    if tension.value is None:
        return (
            f"tension: too little evidence (n = {tension.n}, {LEAST} needed)"
            if tension.n < LEAST
            else "tension: labels have no sign"
        )
    return f"tension {tension.value:+.2f} [{tension.low:+.2f}, {tension.high:+.2f}], n = {tension.n}"


def tension(probabilities: NDArray[np.float64], labels: Sequence[str], clusters: Sequence[object] | None = None) -> Tension:
    """The tension of a set of sentences.

    Parameters
    ----------
    probabilities : ndarray (n_sentences, n_labels)
    labels : sequence of str
        Names of the columns.
    clusters : sequence, optional
        The article of each sentence; the bootstrap then draws articles, otherwise sentences.
    """
    kinds = [scheme.describe(label) for label in labels]
    sign = np.array([kind.sign for kind in kinds], dtype=np.float64)
    stance = np.array([kind.stance for kind in kinds], dtype=np.float64)
    n = int(stance[probabilities.argmax(axis=1)].sum()) if len(probabilities) else 0
    if n < LEAST or not sign.any():
        return Tension(None, None, None, n)
    parts = np.stack([probabilities @ sign, probabilities @ stance], axis=1)
    if clusters is not None:
        _, member = np.unique(np.asarray(clusters), return_inverse=True)
        parts = np.stack([np.bincount(member, part) for part in parts.T], axis=1)
    difference, weight = parts.sum(axis=0)
    resampled = bootstrap_sums(parts)
    # A draw of sentences without any stance has no tension and says nothing of its spread.
    drawn = resampled[resampled[:, 1] > 0]
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return Tension(float(difference / weight), float(low), float(high), n)


def bootstrap_sums(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of the rows of `parts` (n, columns) in each of 1,000 bootstrap samples, (1000, columns).

    A block of samples is drawn at a time, which keeps memory even; the draws are the same every time.
    """
    rng = np.random.default_rng(0)
    equal = np.full(len(parts), 1 / len(parts))
    block = max(1, min(_RESAMPLES, _BLOCK // len(parts)))
    sizes = [min(block, _RESAMPLES - begun) for begun in range(0, _RESAMPLES, block)]
    return np.concatenate([rng.multinomial(len(parts), equal, size=size) @ parts for size in sizes])
