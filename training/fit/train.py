"""A labelled table in, a calibrated ``Model`` out.

TF-IDF and multinomial logistic regression from scikit-learn; here are only the choices around them: which C and which weight
(grouped cross-validation), how sure (temperature scaling on held-out rows), for which label mix (the stated prior), and from
which probability on a label counts as certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import classifier
from classifier.errors import StanceError
from classifier.model.probabilities import Array, complete_prior, softmax
from classifier.model.regression import Model
from training.data import labelled
from training.data.groups import join
from training.fit.crossval import Candidate, Material, label_order, material, progress, regressions, splits
from training.fit.learning_curve import LearningCurve, learning_curve
from training.fit.search import Trial, best, most_regular, try_all
from training.judge import figures

C_GRID = (10.0, 20.0)
SMALLER_C = (2.0, 5.0)
"""Tried only where more regularisation was no worse already: log loss has one minimum in C."""
WEIGHT_GRID = (1.0, 2.0, 5.0, 10.0)
"""What one of the user's rows may count against one of the seeds."""
CERTAIN = 0.9
"""The accuracy that held-out labels at or above the threshold reach together."""
WHOLE_STORY_PRIOR = {"none": 0.6}
"""The stated mix of the shipped model: in the whole stories of the seeds six sentences in ten take no stance."""
_C_FOR_WEIGHTS = 5.0


@dataclass(frozen=True, eq=False)
class Trained:
    """A model and how it came about.

    Attributes
    ----------
    model : Model
    trials : tuple of Trial
        All that was tried, in order.
    chosen : Trial
    held_out : ndarray (n_own, n_labels)
        Probabilities of the user's rows, each from a model that never saw the row's group.
    scores : Scores
        Of `held_out`, given that a row has one of the labels of the user's rows.
    curve : LearningCurve or None
        None where there is too little data for one, or none was asked for.
    """

    model: Model
    trials: tuple[Trial, ...]
    chosen: Trial
    held_out: Array
    scores: figures.Scores
    curve: LearningCurve | None


def train(
    table: pd.DataFrame,
    prior: Mapping[str, float] | None = None,
    jobs: int = -1,
    *,
    base: pd.DataFrame | None = None,
    cautious: bool = False,
) -> Trained:
    """Train a model on `table`.

    Parameters
    ----------
    table : DataFrame
        From ``training.data.labelled.read_labelled``.
    prior : mapping of label to share, optional
        The label mix that the probabilities shall assume; by default that of the table. A label that only `base` has keeps its
        share in whole stories.
    jobs : int
        Worker processes; -1 takes every core. The result does not depend on it.
    base : DataFrame, optional
        Rows of ``training.data.labelled.read_rows`` to train on as well, never examined. What a row of `table` counts against
        one of them is chosen from ``WEIGHT_GRID``.
    cautious : bool
        For a model of text unlike `table`: the most regularised C that is not clearly worse instead of the best one, judged by
        the rows of whole articles, where there are any, and no learning curve.

    Returns
    -------
    Trained

    Raises
    ------
    StanceError
        When the prior or the base does not fit the labels, or the rows cannot be cross-validated.
    """
    whole = table if base is None else _on_base(table, base)
    rows = material(whole, np.arange(len(whole)) < len(table))
    stated = complete_prior(prior or {}, rows.labels, _usual_shares(rows))
    folds = splits(rows)
    judged = (table["article"] != "").to_numpy() & cautious
    judged = judged if judged.any() else np.ones(len(table), dtype=bool)
    weighted = [] if base is None else try_all(rows, folds, [Candidate(w, _C_FOR_WEIGHTS) for w in WEIGHT_GRID], judged, jobs)
    weight = best(weighted).candidate.weight if weighted else 1.0
    graded = try_all(rows, folds, [Candidate(weight, c) for c in C_GRID], judged, jobs)
    if cautious or best(graded) is graded[0]:
        graded = try_all(rows, folds, [Candidate(weight, c) for c in SMALLER_C], judged, jobs) + graded
    chosen = most_regular(graded) if cautious else best(graded)
    curve = None if cautious else learning_curve(rows, folds, chosen.candidate, chosen.logits, jobs)

    labels = label_order(table["label"])
    shift = np.log(stated / rows.shares(rows.weights(chosen.candidate)))
    held_out = softmax(chosen.logits / chosen.temperature + shift)
    own = _among(held_out, rows.labels, labels)
    scores = figures.score(table["label"], own, labels, table["group"])
    right = np.array(labels)[own.argmax(axis=1)] == table["label"].to_numpy()
    threshold = threshold_for(own[judged].max(axis=1), right[judged])
    metadata = description(whole, rows, chosen.candidate, chosen.temperature, scores)
    model = _fit_all(rows, chosen, shift, stated, threshold, metadata)
    return Trained(model, (*weighted, *graded), chosen, held_out, scores, curve)


def _on_base(table: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """The rows of both, the user's first, in common groups."""
    if unknown := sorted(set(table["label"]) - set(base["label"])):
        known = ", ".join(label_order(base["label"]))
        place = table["place"][table["label"] == unknown[0]].iloc[0]
        raise StanceError(f"{place}: the seeds have no label {unknown[0]!r}, only {known}; rename it with --map")
    whole = pd.concat([table.assign(group="own " + table["group"].astype(str)), base], ignore_index=True)
    return whole.assign(group=join(whole))


def _usual_shares(rows: Material) -> Array:
    """The label mix of the user's rows; labels that they lack keep their share in the whole stories of the seeds."""
    own = rows.shares(np.where(rows.own, rows.weight, 0.0))
    if (own > 0).all():
        return own
    stories = complete_prior(WHOLE_STORY_PRIOR, rows.labels, rows.shares(np.where(rows.own, 0.0, rows.weight)))
    lacking = np.where(own > 0, 0.0, stories)
    return np.asarray(lacking + own * (1 - lacking.sum()))


def _among(probabilities: Array, labels: Sequence[str], some: Sequence[str]) -> Array:
    """Probabilities (n, n_labels) given that no other than `some` of the labels occur: array (n, n_some)."""
    kept = probabilities[:, [list(labels).index(label) for label in some]]
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def _fit_all(rows: Material, chosen: Trial, shift: Array, stated: Array, threshold: float, metadata: dict[str, Any]) -> Model:
    """The chosen setting fitted on all rows, calibrated and moved to the stated prior."""
    progress(f"C {chosen.candidate.c:g}, temperature {chosen.temperature:.2f}, threshold {threshold:.2f}; fitting all rows")
    tfidf = rows.counts.tfidf(np.arange(len(rows.truth)))
    [logistic] = regressions(tfidf.matrix, rows.truth, [(chosen.candidate.c, rows.weights(chosen.candidate))])
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


def description(
    whole: pd.DataFrame, rows: Material, candidate: Candidate, temperature: float, scores: figures.Scores
) -> dict[str, Any]:
    """What the model file says of its making."""
    shares = rows.shares(rows.weights(candidate))
    training = {
        "rows": len(whole),
        "articles": int(whole["article"][whole["article"] != ""].nunique()),
        "shares": dict(zip(rows.labels, shares.round(4).tolist(), strict=True)),
        "sha256": labelled.digest(whole.assign(weight=rows.weights(candidate))),
    }
    if not rows.own.all():
        training |= {"own_rows": int(rows.own.sum()), "own_weight": candidate.weight}
    return {
        "created_by": f"diplomatic-stance {classifier.__version__}",
        "training": training,
        "c": candidate.c,
        "temperature": round(temperature, 4),
        "metrics": {"cross_validation": scores.as_dict()},
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


def coefficients(logistic: LogisticRegression, labels: Sequence[str]) -> tuple[Array, Array]:
    """Coefficients (n_labels, n_features) and intercepts (n_labels,) in the order of `labels`."""
    coef, intercept = logistic.coef_, logistic.intercept_
    if len(labels) == 2:
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    order = [list(logistic.classes_).index(label) for label in labels]
    return coef[order], intercept[order]
