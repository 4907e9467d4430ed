"""Labelled rows in, the scores of every row from models that saw nothing of its group: what C, weight and calibration rest on.

Only the user's own rows are examined; rows of a base (the shipped seeds) stand on the training side of every fold, but for those
that share a group with an examined row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.model.probabilities import Array
from training.fit.counts import Counts, count

FOLDS = 5
MANY, FOLDS_OF_MANY = 50_000, 3
"""With so many rows three folds do: two thirds of them teach nearly what four fifths do, in half the time."""

Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]


class Candidate(NamedTuple):
    """A setting to try: what one of the user's rows weighs against one of the base, and the inverse of regularisation."""

    weight: float
    c: float


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained on.

    Attributes
    ----------
    labels : tuple of str
        The default order for the default labels, the alphabet for others.
    truth : ndarray of str (n_rows,)
    group, weight : ndarray (n_rows,)
    own : ndarray of bool (n_rows,)
        False for rows of the base.
    counts : Counts
    """

    labels: tuple[str, ...]
    truth: NDArray[np.str_]
    group: Rows
    weight: Array
    own: NDArray[np.bool_]
    counts: Counts

    def weights(self, candidate: Candidate) -> Array:
        """What each row weighs in a fit."""
        return np.where(self.own, self.weight * candidate.weight, self.weight)

    def shares(self, weights: Array) -> Array:
        """The label mix of the rows so weighted, array (n_labels,)."""
        return np.array([weights[self.truth == label].sum() / weights.sum() for label in self.labels])


def material(table: pd.DataFrame, own: NDArray[np.bool_] | None = None) -> Material:
    """The rows of `table` with their features counted; all are the user's own by default."""
    return Material(
        labels=label_order(table["label"]),
        truth=table["label"].to_numpy(dtype=str),
        group=table["group"].to_numpy(dtype=np.intp),
        weight=table["weight"].to_numpy(dtype=np.float64),
        own=np.ones(len(table), dtype=bool) if own is None else own,
        counts=count(table["text"].tolist()),
    )


def label_order(labels: Iterable[str]) -> tuple[str, ...]:
    """The default order for the default labels, the alphabet for others."""
    found = set(labels)
    return tuple(name for name in scheme.NAMES if name in found) if found <= set(scheme.NAMES) else tuple(sorted(found))


def splits(material: Material) -> list[Split]:
    """Grouped, stratified folds over the user's rows: row numbers to train on, and to examine.

    Raises
    ------
    StanceError
        When there are too few groups to divide, or a fold would lack a label.
    """
    own = np.flatnonzero(material.own)
    truth, group = material.truth[own], material.group[own]
    folds = FOLDS_OF_MANY if len(own) >= MANY else FOLDS
    folds = min(folds, int(np.unique(truth, return_counts=True)[1].min()), len(np.unique(group)))
    if folds < 2:
        raise StanceError("all rows are near-duplicates of each other or of one article; add rows that differ")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    found: list[Split] = []
    for seen, unseen in splitter.split(own, truth, group):
        base = np.flatnonzero(~material.own & ~np.isin(material.group, group[unseen]))
        found.append((np.concatenate([own[seen], base]), own[unseen]))
    for seen, _ in found:
        if lacking := sorted(set(truth) - set(material.truth[seen])):
            raise StanceError(
                f"label {str(lacking[0])!r} stands in one group or article only, so it cannot be cross-validated; "
                "add rows of it elsewhere"
            )
    return [(seen, unseen) for seen, unseen in found if len(unseen)]


def held_out(material: Material, folds: Sequence[Split], candidates: Sequence[Candidate], jobs: int = -1) -> Array:
    """Raw scores of the user's rows, array (n_candidates, n_own, n_labels); they do not depend on the number of `jobs`."""
    logits = np.empty((len(candidates), len(material.truth), len(material.labels)))
    for (_, unseen), part in zip(folds, examine_all(material, folds, candidates, jobs), strict=True):
        logits[:, unseen] = part
    return np.asarray(logits[:, material.own])


def examine_all(material: Material, folds: Sequence[Split], candidates: Sequence[Candidate], jobs: int = -1) -> list[Array]:
    """What ``examine`` gives for each of `folds`, on all cores."""
    tasks = (delayed(examine)(material, seen, unseen, candidates) for seen, unseen in folds)
    found: list[Array] = []
    for part in Parallel(n_jobs=jobs, return_as="generator")(tasks):
        found.append(part)
        progress(f"  {len(found)} of {len(folds)}")
    return found


def examine(material: Material, seen: Rows, unseen: Rows, candidates: Sequence[Candidate]) -> Array:
    """Raw scores of the rows `unseen` from fits on the rows `seen`, array (n_candidates, n_unseen, n_labels)."""
    matrix = material.counts.tfidf(seen).matrix
    settings = [(candidate.c, material.weights(candidate)[seen]) for candidate in candidates]
    fitted = regressions(matrix[seen], material.truth[seen], settings)
    return np.stack([scores_of(logistic, matrix[unseen], material.labels) for logistic in fitted])


def held_out_logits(table: pd.DataFrame, labels: Sequence[str], grid: Sequence[float], jobs: int = -1) -> Array:
    """Raw scores of every row of a table for each C of `grid`: array (n_grid, n_rows, n_labels)."""
    rows = replace(material(table), labels=tuple(labels))
    return held_out(rows, splits(rows), [Candidate(1.0, c) for c in grid], jobs)


def regressions(matrix: csr_matrix, truth: NDArray[np.str_], settings: Iterable[tuple[float, Array]]) -> list[LogisticRegression]:
    """One regression for each C and row weights of `settings`, each started from the one before."""
    fitted: list[LogisticRegression] = []
    for c, weights in settings:
        logistic = LogisticRegression(C=c, max_iter=1000, tol=1e-5, warm_start=True)
        if fitted:
            before = fitted[-1]
            logistic.coef_, logistic.intercept_, logistic.classes_ = (
                before.coef_.copy(),
                before.intercept_.copy(),
                before.classes_,
            )
        # One thread: sums in another order would give other bytes on a machine with other cores.
        with threadpool_limits(1):
            fitted.append(logistic.fit(matrix, truth, None if (weights == 1).all() else weights))
    return fitted


def scores_of(logistic: LogisticRegression, matrix: csr_matrix, labels: Sequence[str]) -> Array:
    """Raw scores, array (n, n_labels), columns in the order of `labels`."""
    scores = logistic.decision_function(matrix)
    if scores.ndim == 1:
        scores = np.stack([-scores / 2, scores / 2], axis=1)
    # A label of the seeds alone can be missing where its rows are near-duplicates of held-out ones: then it is nearly impossible.
    never = scores.min(axis=1, keepdims=True) - 10.0
    place = {label: column for column, label in enumerate(logistic.classes_)}
    return np.concatenate([scores[:, [place[label]]] if label in place else never for label in labels], axis=1)


def progress(message: str) -> None:
    """A line for a person who watches."""
    if sys.stderr.isatty():
        print(message, file=sys.stderr, flush=True)
