"""A model and labelled rows in, the model moved towards the rows out: maximum a posteriori adaptation.

What is fitted is not the weights, but how far they move. With w0 for those of the model, the loss is the cross-entropy of the
rows plus lambda / 2 · ‖w − w0‖² (Chelba & Acero 2006, Computer Speech & Language 20:382-399): what the rows say nothing of
stays as it was, and what they say often enough moves. Words and labels that are new to the model start at zero. So the model's
scores of the rows, worked out once, are all that is needed of what it was trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from classifier.model.probabilities import Array, complete_prior, softmax
from classifier.model.regression import Model
from training.fit.adapt_stories import adapt_story
from training.fit.counts import Tfidf
from training.fit.crossval import MANY, Material, Rows, Split, material, progress, some_of, splits
from training.fit.learning_curve import learning_curve
from training.fit.least_loss import FREE, least_loss
from training.fit.search import Trial, best, try_all
from training.fit.train import Trained, description, threshold_for
from training.judge import figures

LAMBDAS = (3.0, 1.0, 0.3, 0.1, 0.03)
"""The firmest hold first. At 10 and above only the intercepts move."""
_RARE = 0.01
_FEW = 2000
_JITTER = 1e-8
"""Rows may be alike."""


def adapt(model: Model, table: pd.DataFrame, prior: Mapping[str, float] | None = None, jobs: int = -1) -> Trained:
    """Adapt `model` to `table`; the file of the new one says nothing yet of the old one.

    Parameters
    ----------
    model : Model
    table : DataFrame
        From ``training.data.labelled.read_labelled``. Its labels need not be those of the model: what the model lacks comes
        beside what it has.
    prior : mapping of label to share, optional
        The label mix that the probabilities shall assume; by default that of the table, in which a label that the table lacks
        keeps its share in the model's.
    jobs : int
        Worker processes; -1 takes every core. The result does not depend on it.

    Raises
    ------
    StanceError
        When the prior does not fit the labels, or the rows cannot be cross-validated.
    """
    rows, start, folds, trials, chosen = adapted_trials(model, table, jobs)
    labels, usual, examine = rows.labels, start.model.prior, partial(examined, start)
    stated = complete_prior(prior or {}, labels, usual)
    curve = learning_curve(rows, folds, chosen.setting, examine, chosen.logits, jobs)
    progress(f"lambda {chosen.setting:g}, temperature {chosen.temperature:.2f}; fitting all rows")
    shift = np.log(stated / usual)
    held_out = softmax(chosen.logits / chosen.temperature + shift)
    taught = tuple(label for label in labels if label in set(rows.truth))
    among = among_some(held_out, labels, taught)
    scores = figures.score(table["label"], among, taught, table["group"])
    right = np.array(taught)[among.argmax(axis=1)] == rows.truth
    found = moved(start, rows, chosen.setting)
    intercept, story, metrics = found.intercept / chosen.temperature, found.story, scores.as_dict()
    if story:
        evidence = chosen.logits / chosen.temperature - intercept
        story, accuracy = adapt_story(story.reading(chosen.temperature), evidence, table, rows, folds)
        story = story.at_shares(complete_prior(prior, labels, story.prior)) if prior else story
        metrics |= {} if np.isnan(accuracy) else {"accuracy_in_story": round(accuracy, 4)}
    adapted = replace(
        found,
        coef=(found.coef / chosen.temperature).astype(np.float32),
        intercept=intercept + shift,
        prior=stated,
        threshold=threshold_for(among.max(axis=1), right),
        metadata={"lambda": chosen.setting} | description(table, rows, chosen.temperature, metrics),
        story=story,
    )
    return Trained(adapted, tuple(trials), chosen, held_out, scores, curve)


class Trials(NamedTuple):
    """The cross-validation of an adaptation: what was examined, from where, in which folds, and how each lambda fared."""

    rows: Material
    start: Start
    folds: list[Split]
    trials: Sequence[Trial]
    chosen: Trial


def adapted_trials(model: Model, table: pd.DataFrame, jobs: int = -1) -> Trials:
    """Cross-validate the adaptation of `model` to `table` for every lambda, and choose the one with the least log loss."""
    labels = (*model.labels, *sorted(set(table["label"]) - set(model.labels)))
    rows = material(table, labels=labels, known=model.vocabulary)
    start, folds, sample = starting(model, rows), splits(rows, model.labels), _sample(rows)
    trials = try_all(sample, splits(sample, model.labels), LAMBDAS, partial(examined, start), jobs=jobs)
    chosen = best(trials)
    if sample is not rows:
        [chosen] = trials = try_all(rows, folds, [chosen.setting], partial(examined, start), jobs=jobs)
    return Trials(rows, start, folds, trials, chosen)


def among_some(probabilities: Array, labels: Sequence[str], some: Sequence[str]) -> Array:
    """Probabilities (n, n_labels) given that no other than `some` of the labels occur: array (n, n_some)."""
    kept = probabilities[:, [list(labels).index(label) for label in some]]
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def _sample(rows: Material) -> Material:
    """The rows to choose lambda by: all, or of very many a fifth, since lambda is the width of a prior, whatever the rows."""
    if len(rows.truth) < MANY:
        return rows
    groups = np.unique(rows.group)
    return some_of(rows, np.random.default_rng(0).permutation(groups)[: len(groups) // 5])


# --- where it starts -------------------------------------------------------------------------------------------------


class Start(NamedTuple):
    """A model as the rows find it.

    Attributes
    ----------
    model : Model
    place : ndarray (n_features,)
        Where it has each feature of the rows' counts; -1 for a new one.
    given : ndarray of bool (n_labels,)
        The labels that the rows choose among. Of the others they say nothing, and these stay where they are.
    of_intercepts : float
        How firmly intercepts are held.
    """

    model: Model
    place: NDArray[np.intp]
    given: NDArray[np.bool_]
    of_intercepts: float = FREE


def starting(model: Model, rows: Material) -> Start:
    """`model` with the labels of `rows` that it lacks, at zero, for text with the label mix of `rows`.

    A label of the model that no row has keeps its share; where the rows have labels of their own, they follow another scheme, in
    which nothing says how often it occurs, and it is taken to be rare.
    """
    new = len(rows.labels) - len(model.labels)
    kept = np.where(rows.shares > 0, 0.0, np.append(model.prior, np.zeros(new)))
    if new and kept.any():
        kept *= _RARE / kept.sum()
    mix = kept + rows.shares * (1 - kept.sum())
    # An intercept is the logarithm of the label's share, and a rest; a new label gets the mean of the rests.
    rest = model.intercept - np.log(model.prior)
    widened = replace(
        model,
        labels=rows.labels,
        coef=np.concatenate([model.coef, np.zeros((new, len(model.idf)), dtype=np.float32)]),
        intercept=np.append(rest, np.full(new, rest.mean())) + np.log(mix),
        prior=mix,
        story=None if new else model.story,
    )
    return Start(widened, places(model, rows), rows.shares > 0)


def places(model: Model, rows: Material) -> NDArray[np.intp]:
    """Where `model` has each feature of the counts of `rows`; -1 where it has not."""
    return np.array([model.vocabulary.get(name, -1) for name in rows.counts.names], dtype=np.intp)


# --- how it moves ----------------------------------------------------------------------------------------------------


def examined(start: Start, rows: Material, seen: Rows, unseen: Rows, lambdas: Sequence[float]) -> Array:
    """An ``Examine`` of models moved from `start`."""
    tfidf, offset = scored(start, rows, seen)
    return np.stack(
        [offset[unseen] + tfidf.matrix[unseen] @ coef + more for coef, more in moves(start, rows, seen, tfidf, offset, lambdas)]
    )


def moved(start: Start, rows: Material, strength: float, seen: Rows | None = None) -> Model:
    """The model of `start` moved by all `rows` or those `seen`, with the features that they teach behind those that it has."""
    model, seen = start.model, np.arange(len(rows.truth)) if seen is None else seen
    tfidf, offset = scored(start, rows, seen)
    [(coef, more)] = moves(start, rows, seen, tfidf, offset, (strength,))
    place = start.place[tfidf.columns]
    old, new = place >= 0, place < 0
    weights = model.coef.astype(np.float64)
    weights[:, place[old]] += coef[old].T
    names = map(str, rows.counts.names[tfidf.columns[new]])
    return replace(
        model,
        vocabulary=model.vocabulary | {name: column for column, name in enumerate(names, len(model.idf))},
        idf=np.concatenate([model.idf, tfidf.idf[new]]).astype(np.float32),
        coef=np.concatenate([weights, coef[new].T], axis=1),
        intercept=model.intercept + more,
    )


def scored(start: Start, rows: Material, seen: Rows) -> tuple[Tfidf, Array]:
    """The features that the model has and the rows `seen` teach, and what it says of all rows before any move."""
    tfidf = rows.counts.tfidf_beyond(start.place, start.model.idf, seen)
    place = start.place[tfidf.columns]
    weights = np.where(place < 0, 0.0, start.model.coef[:, place].astype(np.float64)).T
    return tfidf, tfidf.matrix @ weights + start.model.intercept


def moves(
    start: Start, rows: Material, seen: Rows, tfidf: Tfidf, offset: Array, lambdas: Sequence[float]
) -> Iterator[tuple[Array, Array]]:
    """How far the rows `seen` move each coefficient, array (n_columns, n_labels), and each intercept, for each of `lambdas`."""
    taught = start.given
    hot = np.stack([rows.truth[seen] == label for label in np.array(rows.labels)[taught]], axis=1)
    matrix = tfidf.matrix[seen]
    used = np.unique(matrix.indices)
    matrix = matrix[:, used]
    inputs = spanned(matrix) if len(seen) <= _FEW else matrix
    begin = np.zeros((inputs.shape[1] + 1, taught.sum()))
    for strength in lambdas:
        begin = least_loss(inputs, offset[seen][:, taught], hot, rows.weight[seen], strength, begin, start.of_intercepts)
        move = matrix.T @ solve_triangular(inputs, begin[:-1], trans="T", lower=True) if inputs is not matrix else begin[:-1]
        coef, more = np.zeros((tfidf.matrix.shape[1], len(taught))), np.zeros(len(taught))
        coef[np.ix_(used, taught)], more[taught] = move, begin[-1]
        yield coef, more


def spanned(matrix: csr_matrix) -> Array:
    """Few rows in coordinates of the space that they span, a lower triangle (n_rows, n_rows).

    No move outside that space changes a score, so none is worth its length: the loss is the same with a number for each row
    instead of one for each of some ten thousand features. Moves there, x, are moves of the features by matrix' · triangle'⁻¹ · x.
    """
    with threadpool_limits(1):
        return np.asarray(cholesky((matrix @ matrix.T).toarray() + _JITTER * np.eye(matrix.shape[0]), lower=True))
