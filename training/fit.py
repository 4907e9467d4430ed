"""A labelled table in, a calibrated ``Model`` out.

TF-IDF and multinomial logistic regression from scikit-learn; here are only the choices around them: which C (grouped
cross-validation), how sure (temperature scaling on held-out rows), for which label mix (the stated prior), and from which
probability on a label counts as certain.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

import classifier
from classifier import features
from classifier import labels as scheme
from classifier.errors import StanceError
from classifier.model import Array, Model, complete_prior, softmax
from training import data, evaluate

FOLDS = 5
C_GRID = (1.0, 2.0, 5.0, 10.0)
CERTAIN = 0.9
"""The accuracy that held-out labels at or above the threshold reach together."""
WHOLE_STORY_PRIOR = {"none": 0.6}
"""The stated mix of the shipped model: in the whole stories of the seeds six sentences in ten take no stance."""
_MIN_DF = 2


@dataclass(frozen=True)
class Fitted:
    """A vectoriser and a regression fitted on the same rows."""

    vectorizer: TfidfVectorizer
    logistic: LogisticRegression

    def logits(self, texts: Sequence[str], labels: Sequence[str]) -> Array:
        """Raw scores, array (n, n_labels), columns in the order of `labels`."""
        scores = self.logistic.decision_function(self.vectorizer.transform(texts))
        if scores.ndim == 1:
            scores = np.stack([-scores / 2, scores / 2], axis=1)
        # A label that only the held-out rows have is nearly impossible to the rest.
        never = scores.min(axis=1, keepdims=True) - 10.0
        place = {label: column for column, label in enumerate(self.logistic.classes_)}
        return np.concatenate([scores[:, [place[label]]] if label in place else never for label in labels], axis=1)


@dataclass(frozen=True)
class Calibration:
    """What the held-out rows say of a model's probabilities."""

    c: float
    temperature: float
    threshold: float
    held_out: Array
    """Calibrated probabilities (n, n_labels) of every row, each from a model that never saw the row's group."""


def train(table: pd.DataFrame, prior: Mapping[str, float] | None = None, jobs: int = -1) -> Model:
    """Train a model on `table`.

    Parameters
    ----------
    table : DataFrame
        From ``training.data.read_labelled``.
    prior : mapping of label to share, optional
        The label mix that the probabilities shall assume; by default that of whole stories where the labels are the default
        ones, else that of the data.
    jobs : int
        Worker processes; -1 takes every core. The result does not depend on it.

    Returns
    -------
    Model

    Raises
    ------
    StanceError
        When the prior does not fit the labels.
    """
    labels = label_order(table["label"])
    shares = np.array([(table["label"] == label).mean() for label in labels])
    if prior is None:
        prior = WHOLE_STORY_PRIOR if labels == scheme.NAMES else {}
    stated = complete_prior(prior, labels, shares)
    calibration = _calibrate(table, labels, shares, stated, jobs)
    _say(
        f"C {calibration.c:g}, temperature {calibration.temperature:.2f}, threshold {calibration.threshold:.2f}; fitting all rows"
    )
    fitted = fit(table["text"].tolist(), table["label"].tolist(), [calibration.c])[0]
    coef, intercept = _coefficients(fitted.logistic, labels)
    metrics = evaluate.score(table["label"], calibration.held_out, labels, table["group"])
    return Model(
        labels=labels,
        vocabulary={str(name): int(column) for name, column in fitted.vectorizer.vocabulary_.items()},
        idf=fitted.vectorizer.idf_.astype(np.float32),
        coef=(coef / calibration.temperature).astype(np.float32),
        intercept=intercept / calibration.temperature + np.log(stated / shares),
        prior=stated,
        threshold=calibration.threshold,
        metadata={
            "created_by": f"diplomatic-stance {classifier.__version__}",
            "training": {
                "rows": len(table),
                "articles": int(table["article"].replace("", np.nan).nunique()),
                "shares": dict(zip(labels, shares.round(4).tolist(), strict=True)),
                "sha256": data.digest(table),
            },
            "c": calibration.c,
            "temperature": round(calibration.temperature, 4),
            "metrics": {"cross_validation": metrics.as_dict()},
        },
    )


def fit(texts: Sequence[str], labels: Sequence[str], grid: Sequence[float]) -> list[Fitted]:
    """One vectoriser on `texts` and one regression for each C of `grid`, each started from the one before."""
    frequency = Counter(stem for text in texts for stem in {token.stem for token in features.tokenize(text) if token.stem})
    known = frozenset(stem for stem, count in frequency.items() if count >= _MIN_DF)
    vectorizer = TfidfVectorizer(analyzer=partial(features.extract, known=known), sublinear_tf=True, min_df=_MIN_DF)
    vectorizer.fit(texts)
    vectorizer.idf_ = vectorizer.idf_ * [features.weight(name) for name in vectorizer.get_feature_names_out()]
    matrix = vectorizer.transform(texts)
    fitted: list[Fitted] = []
    start = None
    for c in grid:
        logistic = LogisticRegression(C=c, max_iter=1000, tol=1e-5, warm_start=True)
        if start is not None:
            logistic.coef_, logistic.intercept_, logistic.classes_ = start.coef_.copy(), start.intercept_.copy(), start.classes_
        # One thread: sums in another order would give other bytes on a machine with other cores.
        with threadpool_limits(1):
            start = logistic.fit(matrix, labels)
        fitted.append(Fitted(vectorizer, start))
    return fitted


def label_order(labels: pd.Series) -> tuple[str, ...]:
    """The default order for the default labels, the alphabet for others."""
    found = set(labels)
    return tuple(name for name in scheme.NAMES if name in found) if found <= set(scheme.NAMES) else tuple(sorted(found))


def held_out_logits(table: pd.DataFrame, labels: Sequence[str], grid: Sequence[float], jobs: int = -1) -> Array:
    """Raw scores of every row from grouped, stratified cross-validation: array (n_grid, n_rows, n_labels)."""
    folds = min(FOLDS, int(table["label"].value_counts().min()), table["group"].nunique())
    if folds < 2:
        raise StanceError("all rows are near-duplicates of each other or of one article; add rows that differ")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    splits = list(splitter.split(table["text"], table["label"], table["group"]))
    if any(table["label"].iloc[seen].nunique() < 2 for seen, _ in splits):
        raise StanceError(
            "a label stands in one group or article only, so it cannot be cross-validated; add rows of it elsewhere"
        )

    def one(train_rows: Any, test_rows: Any) -> list[Array]:
        seen, unseen = table.iloc[train_rows], table.iloc[test_rows]
        return [each.logits(unseen["text"].tolist(), labels) for each in fit(seen["text"].tolist(), seen["label"].tolist(), grid)]

    logits = np.empty((len(grid), len(table), len(labels)))
    for (_, test_rows), scores in zip(splits, Parallel(n_jobs=jobs)(delayed(one)(*split) for split in splits), strict=True):
        logits[:, test_rows] = scores
    return logits


def _calibrate(table: pd.DataFrame, labels: tuple[str, ...], shares: Array, stated: Array, jobs: int) -> Calibration:
    """C and temperature by the log loss of held-out whole articles, where there are any; then the threshold."""
    _say(f"{len(table):,} rows, cross-validation over C = {', '.join(f'{c:g}' for c in C_GRID)}")
    logits = held_out_logits(table, labels, C_GRID, jobs)
    judged = (table["article"] != "").to_numpy()
    if not judged.any():
        judged = np.ones(len(table), dtype=bool)
    truth = np.array([labels.index(label) for label in table["label"]])
    own = np.bincount(truth[judged], minlength=len(labels)) / judged.sum()
    shift = np.log(np.maximum(own, 1e-9) / shares)
    fits = [best_temperature(scores[judged], truth[judged], shift) for scores in logits]
    best = _most_regular([losses for losses, _ in fits])
    temperature = fits[best][1]
    held_out = softmax(logits[best] / temperature + np.log(stated / shares))
    threshold = _threshold(held_out[judged].max(axis=1), held_out[judged].argmax(axis=1) == truth[judged])
    return Calibration(C_GRID[best], temperature, threshold, held_out)


def best_temperature(logits: Array, truth: Any, shift: Array) -> tuple[Array, float]:
    """The log loss of each row at the temperature with the least mean (Guo, Pleiss, Sun & Weinberger 2017)."""

    def losses(temperature: float) -> Array:
        probability = softmax(logits / temperature + shift)[np.arange(len(truth)), truth]
        return np.asarray(-np.log(np.maximum(probability, 1e-12)))

    found = minimize_scalar(lambda temperature: losses(temperature).mean(), bounds=(0.2, 5.0), method="bounded")
    return losses(found.x), float(found.x)


def _most_regular(losses: Sequence[Array]) -> int:
    """The first, most regularised, entry whose mean loss is within one standard error of the least.

    Hastie, Tibshirani & Friedman 2009, section 7.10. The corpus resembles itself more than it resembles real news, so its
    folds prefer too weak a regularisation.
    """
    means = [each.mean() for each in losses]
    best = losses[int(np.argmin(means))]
    limit = best.mean() + best.std() / np.sqrt(len(best))
    return next(number for number, mean in enumerate(means) if mean <= limit)


def _threshold(top: Array, right: Any) -> float:
    """The least probability at or above which held-out labels are right ``CERTAIN`` of the time."""
    order = np.argsort(-top, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(top) + 1)
    good = np.flatnonzero(accuracy >= CERTAIN)
    if not len(good):
        return 1.0
    threshold = np.floor(top[order][good[-1]] * 100) / 100
    while right[top >= threshold].mean() < CERTAIN:
        threshold += 0.01
    return round(float(threshold), 2)


def _coefficients(logistic: LogisticRegression, labels: Sequence[str]) -> tuple[Array, Array]:
    """Coefficients (n_labels, n_features) and intercepts (n_labels,) in the order of `labels`."""
    coef, intercept = logistic.coef_, logistic.intercept_
    if len(labels) == 2:
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    order = [list(logistic.classes_).index(label) for label in labels]
    return coef[order], intercept[order]


def _say(message: str) -> None:
    """Progress, for a person who watches."""
    if sys.stderr.isatty():
        print(message, file=sys.stderr, flush=True)
