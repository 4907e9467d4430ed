"""A setting in, what it reaches with a quarter and a half of the user's rows out, and what twice the rows would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from classifier.model.probabilities import Array
from training.fit.crossval import MANY, Examine, Material, Split, examine_all, progress

LEAST_ROWS = 200
LEAST_OF_A_LABEL = 20
_SHARES = (0.25, 0.5)


@dataclass(frozen=True)
class LearningCurve:
    """How macro-F1 grows with the user's rows.

    Attributes
    ----------
    rows : tuple of int
        Rows of the user that the models were trained on, in the mean over the folds.
    macro_f1 : tuple of float
        What they reach on the held-out rows.
    twice : float
        The estimate for twice the rows: the error falls as a power of their number (Hestness et al. 2017).
    """

    rows: tuple[int, ...]
    macro_f1: tuple[float, ...]
    twice: float


def learning_curve(
    rows: Material, folds: Sequence[Split], setting: float, examine: Examine, logits: Array, jobs: int = -1
) -> LearningCurve | None:
    """The curve of a `setting`, whose scores with all rows are `logits`; None for too few rows or groups.

    Too few are under 200 rows, under 20 of a label, and groups so large that a part of them lacks a label.
    """
    truth = rows.truth[rows.own]
    if len(truth) < LEAST_ROWS or np.unique(truth, return_counts=True)[1].min() < LEAST_OF_A_LABEL:
        return None
    progress("learning curve")
    # A third of very many rows is enough to examine.
    folds = folds[:1] if len(truth) >= MANY else folds
    n = len(folds)
    fewer = [_thinned(rows, split, share) for share in _SHARES for split in folds]
    if any(set(truth) - set(rows.truth[seen]) for seen, _ in fewer):
        return None
    parts = examine_all(rows, fewer, [setting], examine, jobs)
    sizes = [_size(rows, fewer[:n]), _size(rows, fewer[n:]), _size(rows, folds)]
    examined = np.concatenate([unseen for _, unseen in folds])
    quarter, half = (np.concatenate(some, axis=1)[0] for some in (parts[:n], parts[n:]))
    everything = logits[np.searchsorted(np.flatnonzero(rows.own), examined)]
    figures = [_macro_f1(rows, rows.truth[examined], each) for each in (quarter, half, everything)]
    return LearningCurve(tuple(sizes), tuple(figures), extrapolate(sizes, figures))


def extrapolate(sizes: Sequence[int], figures: Sequence[float]) -> float:
    """What twice the last size gives when the error falls as a power of the size; the last figure where it does not fall."""
    errors = np.maximum(1 - np.array(figures), 1e-6)
    power, _ = np.polyfit(np.log(sizes), np.log(errors), 1)
    return float(1 - errors[-1] * 2 ** min(power, 0.0))


def _thinned(rows: Material, split: Split, share: float) -> Split:
    """`split` with a share of the user's groups on its training side; half of them hold the quarter."""
    seen, unseen = split
    groups = np.unique(rows.group[rows.own])
    order = np.random.default_rng(0).permutation(len(groups))
    kept = groups[order < share * len(groups)]
    return seen[~rows.own[seen] | np.isin(rows.group[seen], kept)], unseen


def _size(rows: Material, folds: Sequence[Split]) -> int:
    return round(float(np.mean([rows.own[seen].sum() for seen, _ in folds])))


def _macro_f1(rows: Material, truth: NDArray[np.str_], logits: Array) -> float:
    present = np.array([label in truth for label in rows.labels])
    predicted = np.array(rows.labels)[present][logits[:, present].argmax(axis=1)]
    return float(f1_score(truth, predicted, average="macro"))
