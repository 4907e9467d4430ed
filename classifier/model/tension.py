"""Label probabilities of a set of sentences in, one tension figure with its evidence and interval out.

``tension = (sum p_escalation - sum p_cooperation) / sum of p over all stances``, from -1 (all cooperation) to +1 (all
escalation). Sentences that take no stance carry no weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from classifier.model import labels as scheme

LEAST = 3
_RESAMPLES = 1000
_BLOCK = 4_000_000
_LIMB, _LIMBS = 30, 36


@dataclass(frozen=True)
class Tension:
    """A tension figure.

    Attributes
    ----------
    value : float or None
        In [-1, 1]; None when fewer than ``LEAST`` sentences take a stance, or no label of the scheme has a sign.
    low, high : float or None
        95 % interval. Over several articles a percentile bootstrap that draws articles (Efron & Tibshirani 1993, ch. 13). Of one
        article every sentence is there, and what is unsure is what each says: its labels are drawn from their probabilities.
    n : int
        Sentences whose most probable label is a stance.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Sums:
    """What sentences add up to, without rounding: sums of parts are the sum of the whole, however it was cut and in any order.

    Attributes
    ----------
    sentences, n : int
        All sentences, and those whose most probable label is a stance.
    signed : bool
        Whether a label of the scheme has a sign.
    difference, weight : int
        Numerator and denominator of the tension, in units of 2 ** -1080.
    """

    sentences: int
    n: int
    signed: bool
    difference: int
    weight: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.sentences + other.sentences,
            self.n + other.n,
            self.signed or other.signed,
            self.difference + other.difference,
            self.weight + other.weight,
        )

    @property
    def tension(self) -> float | None:
        """The figure, correctly rounded; None where ``Tension.value`` is."""
        return self.difference / self.weight if self.n >= LEAST and self.signed else None


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
        The article of each sentence; without it all are sentences of one article.
    """
    sums = sums_of(probabilities, labels)
    if (value := sums.tension) is None:
        return Tension(None, None, None, sums.n)
    signs = _signs(tuple(labels)).astype(np.float64)
    if clusters is None:
        resampled = _drawn_labels(probabilities) @ signs.T
    else:
        _, member = np.unique(np.asarray(clusters), return_inverse=True)
        resampled = bootstrap_sums(np.stack([np.bincount(member, part) for part in (probabilities @ signs.T).T], axis=1))
    # A draw without any stance has no tension and says nothing of its spread.
    drawn = resampled[resampled[:, 1] > 0]
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return Tension(value, float(low), float(high), sums.n)


def sums_of(probabilities: NDArray[np.float64], labels: Sequence[str]) -> Sums:
    """The sums of a set of sentences.

    Parameters
    ----------
    probabilities : ndarray (n_sentences, n_labels)
    labels : sequence of str
        Names of the columns.
    """
    sign, stance = _signs(tuple(labels))
    totals = _exact_sums(probabilities)
    return Sums(
        sentences=len(probabilities),
        n=int(stance[probabilities.argmax(axis=1)].sum()) if len(probabilities) else 0,
        signed=bool(sign.any()),
        difference=sum(total * int(way) for total, way in zip(totals, sign, strict=True)),
        weight=sum(total * int(counts) for total, counts in zip(totals, stance, strict=True)),
    )


@lru_cache(maxsize=16)
def _signs(labels: tuple[str, ...]) -> NDArray[np.int64]:
    """What each label does to tension, and whether it is a stance, shape (2, n_labels)."""
    kinds = [scheme.describe(label) for label in labels]
    return np.array([[kind.sign for kind in kinds], [kind.stance for kind in kinds]], dtype=np.int64)


def _exact_sums(shares: NDArray[np.float64]) -> list[int]:
    """The sum of each column of numbers from 0 to 1, in units of 2 ** -1080, of which every such number is a whole multiple.

    Cut into limbs of 30 bits, which add up in 64: as exact as ``math.fsum``, but as whole numbers that can be added to others.
    """
    totals, rest = [0] * shares.shape[1], shares
    for place in range(1, _LIMBS + 1):
        rest = rest * 2.0**_LIMB
        limb = np.floor(rest)
        sums = limb.astype(np.int64).sum(axis=0).tolist()
        totals = [total + (part << _LIMB * (_LIMBS - place)) for total, part in zip(totals, sums, strict=True)]
        rest = rest - limb
        if not rest.any():
            break
    return totals


def _drawn_labels(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many sentences get each label when those of `probabilities` are drawn 1,000 times, (1000, n_labels)."""
    rng = np.random.default_rng(0)
    below = np.cumsum(probabilities, axis=1)[:, :-1]
    counts = np.zeros((_RESAMPLES, probabilities.shape[1]), dtype=np.int64)
    block = max(1, _BLOCK // _RESAMPLES)
    for start in range(0, len(below), block):
        chance = rng.random((_RESAMPLES, len(below[start : start + block])))
        at_least = np.stack([(chance >= edge).sum(axis=1) for edge in below[start : start + block].T], axis=1)
        counts[:, 0] += chance.shape[1]
        counts[:, :-1] -= at_least
        counts[:, 1:] += at_least
    return counts


def bootstrap_sums(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of the rows of `parts` (n, columns) in each of 1,000 bootstrap samples, (1000, columns).

    A block of samples is drawn at a time, which keeps memory even; the draws are the same every time.
    """
    rng = np.random.default_rng(0)
    equal = np.full(len(parts), 1 / len(parts))
    block = max(1, min(_RESAMPLES, _BLOCK // len(parts)))
    sizes = [min(block, _RESAMPLES - begun) for begun in range(0, _RESAMPLES, block)]
    return np.concatenate([rng.multinomial(len(parts), equal, size=size) @ parts for size in sizes])
