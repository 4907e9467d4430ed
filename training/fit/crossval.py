"""Labelled rows in, the scores of every row from models that saw nothing of its group: what strength and calibration rest on.

How a model is made of rows and examined on others, an ``Examine`` knows: ``refitted`` here makes one of the rows alone,
``training.fit.adapt`` moves one that is there. Where rows have a base (stories and the seeds), only the rows are examined, and
the base stands on the training side of every fold, but for what shares a group with an examined row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

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
FEW, MANY, FOLDS_OF_MANY = 5000, 50_000, 3
"""With so many rows three folds do: two thirds of them teach nearly what four fifths do, in half the time."""

Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained on.

    Attributes
    ----------
    labels : tuple of str
        The default order for the default labels, the alphabet for others; a model that is adapted has its own.
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

    @property
    def shares(self) -> Array:
        """The label mix of the rows so weighted, array (n_labels,)."""
        return np.array([self.weight[self.truth == label].sum() / self.weight.sum() for label in self.labels])


def some_of(material: Material, groups: Rows) -> Material:
    """The rows of these groups."""
    kept = np.flatnonzero(np.isin(material.group, groups))
    counts = replace(material.counts, matrix=material.counts.matrix[kept], words=material.counts.words[kept])
    parts = {name: getattr(material, name)[kept] for name in ("truth", "group", "weight", "own")}
    return replace(material, counts=counts, **parts)


Examine = Callable[[Material, Rows, Rows, Sequence[float]], Array]
"""Raw scores of the rows `unseen` from models made of the rows `seen`, one a setting: array (n_settings, n_unseen, n_labels)."""


def material(
    table: pd.DataFrame,
    own: NDArray[np.bool_] | None = None,
    labels: tuple[str, ...] | None = None,
    known: Collection[str] = (),
) -> Material:
    """The rows of `table` with their features counted, those `known` to a model however rare; all are own rows by default."""
    return Material(
        labels=labels or label_order(table["label"]),
        truth=table["label"].to_numpy(dtype=str),
        group=table["group"].to_numpy(dtype=np.intp),
        weight=table["weight"].to_numpy(dtype=np.float64),
        own=np.ones(len(table), dtype=bool) if own is None else own,
        counts=count(table["text"].tolist(), known),
    )


def label_order(labels: Iterable[str]) -> tuple[str, ...]:
    """The default order for the default labels, the alphabet for others."""
    found = set(labels)
    return tuple(name for name in scheme.NAMES if name in found) if found <= set(scheme.NAMES) else tuple(sorted(found))


def splits(material: Material, known: Collection[str] = ()) -> list[Split]:
    """Grouped, stratified folds over the user's rows: row numbers to train on, and to examine.

    Labels `known` without the rows, to a model that is adapted, may be missing on a training side.

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
        if lacking := sorted(set(truth) - set(material.truth[seen]) - set(known)):
            raise StanceError(
                f"label {str(lacking[0])!r} stands in one group or article only, so it cannot be cross-validated; "
                "add rows of it elsewhere"
            )
    return [(seen, unseen) for seen, unseen in found if len(unseen)]


def held_out(material: Material, folds: Sequence[Split], settings: Sequence[float], examine: Examine, jobs: int = -1) -> Array:
    """Raw scores of the own rows, array (n_settings, n_own, n_labels); they do not depend on the number of `jobs`."""
    logits = np.empty((len(settings), len(material.truth), len(material.labels)))
    for (_, unseen), part in zip(folds, examine_all(material, folds, settings, examine, jobs), strict=True):
        logits[:, unseen] = part
    return np.asarray(logits[:, material.own])


def examine_all(
    material: Material, folds: Sequence[Split], settings: Sequence[float], examine: Examine, jobs: int = -1
) -> list[Array]:
    """What `examine` gives for each of `folds`, on all cores; of few rows on one, since more take longer to start."""
    tasks = (delayed(examine)(material, seen, unseen, settings) for seen, unseen in folds)
    found: list[Array] = []
    for part in Parallel(n_jobs=1 if len(material.truth) < FEW else jobs, return_as="generator")(tasks):
        found.append(part)
        progress(f"  {len(found)} of {len(folds)}")
    return found


def refitted(material: Material, seen: Rows, unseen: Rows, settings: Sequence[float]) -> Array:
    """An ``Examine`` of regressions on the rows alone; a setting is their C."""
    matrix = material.counts.tfidf(seen).matrix
    fitted = regressions(matrix[seen], material.truth[seen], material.weight[seen], settings)
    return np.stack([scores_of(logistic, matrix[unseen], material.labels) for logistic in fitted])


def regressions(matrix: csr_matrix, truth: NDArray[np.str_], weight: Array, grid: Iterable[float]) -> list[LogisticRegression]:
    """One regression of rows so weighted for each C of `grid`, each started from the one before."""
    fitted: list[LogisticRegression] = []
    for c in grid:
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
            fitted.append(logistic.fit(matrix, truth, None if (weight == 1).all() else weight))
    return fitted


def scores_of(logistic: LogisticRegression, matrix: csr_matrix, labels: Sequence[str]) -> Array:
    """Raw scores, array (n, n_labels), columns in the order of `labels`."""
    scores = logistic.decision_function(matrix)
    if scores.ndim == 1:
        scores = np.stack([-scores / 2, scores / 2], axis=1)
    return np.asarray(scores[:, [list(logistic.classes_).index(label) for label in labels]])


def progress(message: str) -> None:
    """A line for a person who watches."""
    if sys.stderr.isatty():
        print(message, file=sys.stderr, flush=True)
