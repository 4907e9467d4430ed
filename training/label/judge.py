"""Labelled rows in, how probably each label is wrong out, by models that have not seen the row.

The shipped model, adapted to the rows, judges its own labels, and doubts one where it is nine tenths sure. Others are judged by
a model of the rows alone and confident learning (Northcutt, Jiang & Chuang 2021, Journal of Artificial Intelligence Research
70:1373-1411), where the rows are enough: a model of 150 rows is wrong too often to doubt a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.errors import StanceError
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import load_model
from training.fit.adapt import adapted_trials, among_some
from training.fit.crossval import label_order, material, refitted, splits
from training.fit.search import try_all

LEAST_GROUPS, LEAST_ROWS = 5, 500
SURE = 0.9
"""How sure the shipped model must be that a label is wrong: it knows more than the rows do, and counts no errors first."""
_C = 2.0


class Judged(NamedTuple):
    """What was found about each row; arrays (n_rows,).

    Attributes
    ----------
    says : str
        By what the labels were judged, or why they were not.
    wrong : ndarray of float
        How probably the label is wrong; nan where nobody can say.
    suggested : ndarray of str
        The most probable label.
    flagged : ndarray of bool
        Whether somebody should look.
    """

    says: str
    wrong: Array
    suggested: NDArray[np.object_]
    flagged: NDArray[np.bool_]


def judge(table: pd.DataFrame, those: NDArray[np.bool_], jobs: int = -1) -> Judged:
    """Judge the labels of `those` rows of `table`, which has groups; the other rows have labels too rare to be judged.

    Raises
    ------
    StanceError
        When an extra is missing, or the rows are too few or too alike to be cross-validated.
    """
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise StanceError("stance audit needs the extra: pip install 'diplomatic-stance[audit]'") from None
    part = table[those].reset_index(drop=True)
    wrong, flagged = np.full(len(table), np.nan), np.zeros(len(table), dtype=bool)
    suggested = np.full(len(table), "", dtype=object)
    labels, shipped = label_order(part["label"]), load_model().labels
    if len(labels) < 2:
        raise StanceError(f"an audit needs two labels or more with {LEAST_GROUPS} rows each that differ; add rows")
    given = np.array([labels.index(label) for label in part["label"]])
    if set(labels) <= set(shipped):
        says, probability = "labels judged by the shipped model, adapted to the rows", _by_shipped(part, labels, jobs)
        doubted = probability[np.arange(len(given)), given] <= 1 - SURE
    elif len(part) >= LEAST_ROWS:
        says, probability = "labels judged by a model of the rows alone: the shipped model has others", _by_rows(part, jobs)
        doubted = find_label_issues(given, probability, filter_by="low_self_confidence", n_jobs=1)
    else:
        says = (
            f"labels not judged: the shipped model has others ({', '.join(shipped)}; --map renames yours), and {len(part):,} "
            f"rows are too few to learn these from; it takes {LEAST_ROWS}"
        )
        return Judged(says, wrong, suggested, flagged)
    wrong[those] = 1 - probability[np.arange(len(given)), given]
    suggested[those] = np.array(labels, dtype=object)[probability.argmax(axis=1)]
    flagged[those] = doubted & (probability.argmax(axis=1) != given)
    return Judged(says, wrong, suggested, flagged)


def _by_shipped(part: pd.DataFrame, labels: Sequence[str], jobs: int) -> Array:
    model = load_model()
    chosen = adapted_trials(model, part, jobs).chosen
    return among_some(softmax(chosen.logits / chosen.temperature), model.labels, labels)


def _by_rows(part: pd.DataFrame, jobs: int) -> Array:
    rows = material(part)
    [trial] = try_all(rows, splits(rows), (_C,), refitted, jobs=jobs)
    return softmax(trial.logits / trial.temperature)
