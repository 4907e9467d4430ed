"""A labelled table in, a calibrated ``Model`` out.

TF-IDF and multinomial logistic regression from scikit-learn; here are only the choices around them: which C
(grouped cross-validation), how sure (temperature scaling on held-out rows), for which label mix (the stated prior), and from
which probability on a label counts as certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import classifier
from classifier.model.probabilities import Array, complete_prior, softmax
from classifier.model.regression import Model
from training.data import labelled
from training.fit.crossval import Material, material, progress, refitted, regressions, splits
from training.fit.learning_curve import LearningCurve, learning_curve
from training.fit.search import Trial, best, most_regular, try_all
from training.judge import figures

C_GRID = (10.0, 20.0)
SMALLER_C = (2.0, 5.0)
"""Tried only where more regularisation was no worse already: log loss has one minimum in C."""
CERTAIN = 0.9
"""The accuracy that held-out labels at or above the threshold reach together."""
WHOLE_STORY_PRIOR = {"none": 0.6}
"""The stated mix of the model of the seeds: in their whole stories six sentences in ten take no stance."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A model and how it came about.

    Attributes
    ----------
    model : Model
    trials : tuple of Trial
        All that was tried, in order.
    chosen : Trial
    held_out : ndarray (n_rows, n_labels)
        Probabilities of the rows, each from a model that never saw the row's group.
    scores : Scores
        Of `held_out`, given that a row has one of the labels that the rows have.
    curve : LearningCurve or None
        None where there is too little data for one, or none was asked for.
    """

    model: Model
    trials: tuple[Trial, ...]
    chosen: Trial
    held_out: Array
    scores: figures.Scores
    curve: LearningCurve | None


def train(table: pd.DataFrame, prior: Mapping[str, float] | None = None, jobs: int = -1, *, cautious: bool = False) -> Trained:
    """Train a model on `table` alone.

    Parameters
    ----------
    table : DataFrame
        From ``training.data.labelled.read_labelled``.
    prior : mapping of label to share, optional
        The label mix that the probabilities shall assume; by default that of the table.
    jobs : int
        Worker processes; -1 takes every core. The result does not depend on it.
    cautious : bool
        For a model of text unlike `table`: the most regularised C that is not clearly worse instead of the best one, judged by
        the rows of whole articles, where there are any, and no learning curve.

    Raises
    ------
    StanceError
        When the prior does not fit the labels, or the rows cannot be cross-validated.
    """
    rows = material(table)
    stated = complete_prior(prior or {}, rows.labels, rows.shares)
    folds = splits(rows)
    judged = (table["article"] != "").to_numpy() & cautious
    judged = judged if judged.any() else np.ones(len(table), dtype=bool)
    graded = try_all(rows, folds, C_GRID, refitted, judged, jobs)
    if cautious or best(graded) is graded[0]:
        graded = try_all(rows, folds, SMALLER_C, refitted, judged, jobs) + graded
    chosen = most_regular(graded) if cautious else best(graded)
    curve = None if cautious else learning_curve(rows, folds, chosen.setting, refitted, chosen.logits, jobs)
    shift = np.log(stated / rows.shares)
    held_out = softmax(chosen.logits / chosen.temperature + shift)
    scores = figures.score(table["label"], held_out, rows.labels, table["group"])
    right = np.array(rows.labels)[held_out.argmax(axis=1)] == rows.truth
    threshold = threshold_for(held_out[judged].max(axis=1), right[judged])
    metadata = {"c": chosen.setting} | description(table, rows, chosen.temperature, scores.as_dict())
    model = _fit_all(rows, chosen, shift, stated, threshold, metadata)
    return Trained(model, tuple(graded), chosen, held_out, scores, curve)


def _fit_all(rows: Material, chosen: Trial, shift: Array, stated: Array, threshold: float, metadata: dict[str, Any]) -> Model:
    """The chosen setting fitted on all rows, calibrated and moved to the stated prior."""
    progress(f"C {chosen.setting:g}, temperature {chosen.temperature:.2f}, threshold {threshold:.2f}; fitting all rows")
    tfidf = rows.counts.tfidf(np.arange(len(rows.truth)))
    [logistic] = regressions(tfidf.matrix, rows.truth, rows.weight, (chosen.setting,))
    coef, intercept = coefficients(logistic, rows.labels)
    return Model(
        labels=rows.labels,
        vocabulary={str(name): column for column, name in enumerate(rows.counts.names[tfidf.columns])},
        idf=tfidf.idf.astype(np.float32),
        coef=(coef / chosen.temperature).astype(np.float32),
        intercept=intercept / chosen.temperature + shift,
        prior=stated,
        threshold=threshold,
        metadata=metadata,
    )


def description(table: pd.DataFrame, rows: Material, temperature: float, metrics: dict[str, Any]) -> dict[str, Any]:
    """What the model file says of its making."""
    return {
        "created_by": f"diplomatic-stance {classifier.__version__}",
        "training": {
            "rows": len(table),
            "articles": int(table["article"][table["article"] != ""].nunique()),
            "shares": dict(zip(rows.labels, rows.shares.round(4).tolist(), strict=True)),
            "sha256": labelled.digest(table),
        },
        "temperature": round(temperature, 4),
        "metrics": {"cross_validation": metrics},
    }


def threshold_for(top: Array, right: Any) -> float:
    """The least probability at or above which held-out labels are right ``CERTAIN`` of the time."""
    order = np.argsort(-top, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(top) + 1)
    good = np.flatnonzero(accuracy >= CERTAIN)
    if not len(good):
        return 1.0
    threshold = np.floor(top[order][good[-1]] * 100) / 100
    while (sure := top >= threshold).any() and right[sure].mean() < CERTAIN:
        threshold += 0.01
    return min(round(float(threshold), 2), 1.0)


def coefficients(logistic: LogisticRegression, labels: tuple[str, ...]) -> tuple[Array, Array]:
    """Coefficients (n_labels, n_features) and intercepts (n_labels,) in the order of `labels`."""
    coef, intercept = logistic.coef_, logistic.intercept_
    if len(labels) == 2:
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    order = [list(logistic.classes_).index(label) for label in labels]
    return coef[order], intercept[order]
