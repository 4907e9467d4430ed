"""Weights that see the story, and one's own whole articles, in; the weights moved towards the articles out.

The same loss as for sentences (``training.fit.adapt``), on what the second stage sees; how firmly the weights are held is chosen
by the log loss on articles that they have not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.model.probabilities import Array, complete_prior, softmax
from classifier.model.regression import form_of
from classifier.model.story import Form, Story, inputs
from classifier.model.tokens import tokenize
from training.fit.crossval import Material, Rows, Split
from training.fit.least_loss import least_loss
from training.fit.train import threshold_for

LEAST = 20
"""Under so many whole articles the weights are kept as they are."""
_HOLDS = (1000.0, 100.0, 10.0)


class AdaptedStory(NamedTuple):
    """The weights, and how often they are right on articles that they have not seen; nan where there are too few."""

    story: Story
    accuracy: float


def adapt_story(story: Story, evidence: Array, table: pd.DataFrame, rows: Material, folds: Sequence[Split]) -> AdaptedStory:
    """Adapt `story` to the whole articles of `table`, where there are 20 or more.

    Parameters
    ----------
    story : Story
    evidence : ndarray (n_rows, n_labels)
        Scores of the rows by themselves, without an intercept, from models that have not seen them.
    table : DataFrame
    rows : Material
        Of `table`.
    folds : sequence of Split
        That `evidence` comes from.
    """
    articles = whole_articles(table)
    if len(articles) < LEAST:
        return AdaptedStory(story, float("nan"))
    at = np.concatenate(articles)
    truth = np.array([rows.labels.index(label) for label in rows.truth[at]])
    taught = np.bincount(truth, minlength=len(rows.labels)) > 0
    hot = np.eye(len(rows.labels), dtype=bool)[truth][:, taught]
    story = story.at_shares(_shares(story, rows.labels, truth))
    seen = _inputs(story, evidence[at], table["text"].iloc[at].tolist(), articles)
    weights = np.vstack([story.own, story.near, story.rest, story.form])
    offset, spread = seen @ weights + story.intercept, seen.std(axis=0) + 1e-9

    def move(inside: NDArray[np.bool_], hold: float) -> Array:
        begin = np.zeros((seen.shape[1] + 1, int(taught.sum())))
        scaled, before = (seen / spread)[inside], offset[inside][:, taught]
        found = np.zeros((len(begin), len(taught)))
        found[:, taught] = least_loss(scaled, before, hot[inside], np.ones(len(before)), hold, begin)
        return found

    def held_out(hold: float) -> Array:
        scores = offset.copy()
        for _, unseen in folds:
            outside = np.isin(at, unseen)
            found = move(~outside, hold)
            scores[outside] += (seen / spread)[outside] @ found[:-1] + found[-1]
        return softmax(np.where(taught, scores, -np.inf))

    tried = {hold: held_out(hold) for hold in _HOLDS}
    hold = min(tried, key=lambda hold: float(-np.log(tried[hold][np.arange(len(at)), truth]).mean()))
    probability, found = tried[hold], move(np.ones(len(at), dtype=bool), hold)
    right = probability.argmax(axis=1) == truth
    own, near, rest, form = np.split(weights + found[:-1] / spread[:, None], np.cumsum([len(taught)] * 3))
    moved = replace(story, own=own, near=near, rest=rest, form=form, intercept=story.intercept + found[-1])
    return AdaptedStory(replace(moved, threshold=threshold_for(probability.max(axis=1), right)), float(right.mean()))


def whole_articles(table: pd.DataFrame) -> list[Rows]:
    """The row numbers of each article whose sentences are all there, in order: ``sentence_no`` runs from 1 without a gap."""
    if "sentence_no" not in table:
        return []
    number = pd.to_numeric(table["sentence_no"], errors="coerce").to_numpy(dtype=float)
    found: list[Rows] = []
    for article, at in table.groupby("article", sort=False).indices.items():
        ordered = at[np.argsort(number[at], kind="stable")]
        if article and len(at) > 1 and np.array_equal(number[ordered], np.arange(1, len(at) + 1)):
            found.append(ordered)
    return found


def _shares(story: Story, labels: Sequence[str], truth: NDArray[np.intp]) -> Array:
    """The label mix of the articles; a label that they lack keeps its share."""
    counts = np.bincount(truth, minlength=len(labels))
    lacking = {label: share for label, share, count in zip(labels, story.prior.tolist(), counts, strict=True) if not count}
    return complete_prior(lacking, labels, counts / counts.sum())


def _inputs(story: Story, evidence: Array, texts: Sequence[str], articles: Sequence[Rows]) -> Array:
    form = form_of([tokenize(text) for text in texts])
    bounds = pairwise(np.cumsum([0, *map(len, articles)]).tolist())
    return np.concatenate(
        [inputs(evidence[start:end] + story.base, Form(*(each[start:end] for each in form)), story.mix) for start, end in bounds]
    )
