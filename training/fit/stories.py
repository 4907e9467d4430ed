"""Whole labelled stories and a base of single sentences in, a ``Model`` out that sees a sentence in its story.

Two stages. The first is the ordinary one, on stories and base together. The second is fitted on what the first says of stories
that it has not seen, so that it learns how far the first is to be believed. Both are calibrated on the stories, for these are
what users have, and the base is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.model.lexicon import entry
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model, form_of
from classifier.model.roles import is_content
from classifier.model.story import Form, Story, inputs
from classifier.model.tokens import PIECE, piece, tokenize, word_form
from training.fit.crossval import Material, Rows, Split, material, progress, splits
from training.fit.train import coefficients, description, threshold_for
from training.judge import figures

C = 2.0
"""Judged by cross-validation on the stories, as everything here: docs/accuracy.md has the alternatives."""
EVENT_DATA = {"escalation": 0.6, "cooperation": 0.3, "negotiation": 0.1}
"""About the mix of acts in event data, where each row is an act."""
_SURE, _UNSURE = 2.0, 1.0
_BASE = {"contrast/turn-": 6.0, "contrast/": 2.0, "": 1.0}
"""Of the base by slice. What a negation or a reversal does stands in few sentences of news, and must be learned from these."""
_POWER, _SMOOTHING = 0.7, 0.5
_C_OF_STORIES = 0.1
_NAME_RATIO, _LEAST_CAPITALS = 3, 3
_PARTS, _SITE = re.compile("[ :_+]"), re.compile(r"\w{2}\.\w{2}")


@dataclass(frozen=True, eq=False)
class TrainedOnStories:
    """A model and what it says of stories that it was not trained on.

    Attributes
    ----------
    model : Model
    alone, in_story : ndarray (n_sentences, n_labels)
        Probabilities of the stories' sentences, by themselves and in their story, each from a fit that saw nothing of its story.
    """

    model: Model
    alone: Array
    in_story: Array


def train_on_stories(stories: pd.DataFrame, base: pd.DataFrame, jobs: int = -1) -> TrainedOnStories:
    """Train a model.

    Parameters
    ----------
    stories : DataFrame
        Sentences of whole stories, in order; columns of ``training.data.labelled.read_labelled``, with the story as ``article``,
        and ``sure``, "y" or "n".
    base : DataFrame
        Sentences to train on as well, never examined.
    jobs : int
        Worker processes; -1 takes every core. The result does not depend on it.

    Raises
    ------
    StanceError
        When the stories lack a label of the base, or the rows cannot be cross-validated.
    """
    if lacking := sorted(set(base["label"]) - set(stories["label"])):
        raise StanceError(f"no sentence of the stories is labelled {lacking[0]!r}; give more stories")
    whole = weighed(stories, base)
    rows = without_names(material(whole, np.arange(len(whole)) < len(stories)), whole["text"])
    folds = splits(rows)
    truth = np.array([rows.labels.index(label) for label in stories["label"]])
    bounds = story_bounds(stories["article"])
    form = form_of([tokenize(text) for text in stories["text"]])
    logits = held_out_scores(rows, folds, jobs)
    temperature, bias = calibration(logits, truth)
    usual = mix_of_single_sentences(rows.labels, truth)
    bias = bias + np.log(usual * len(truth) / np.bincount(truth, minlength=len(usual)))
    alone, seen = softmax(logits / temperature + bias), logits / temperature
    in_story = held_out_in_story(seen, form, bounds, truth, folds)
    progress("fitting all rows")
    everything = np.arange(len(whole))
    tfidf = rows.counts.tfidf(everything, rows.group)
    coef, intercept = first_stage(tfidf.matrix, rows, everything)
    story, _ = second_stage(seen, form, bounds, truth, np.arange(len(stories)), intercept / temperature)
    story = replace(story, threshold=threshold_for(in_story.max(axis=1), in_story.argmax(axis=1) == truth))
    model = Model(
        labels=rows.labels,
        vocabulary={str(name): column for column, name in enumerate(rows.counts.names[tfidf.columns])},
        idf=tfidf.idf.astype(np.float32),
        coef=(coef / temperature).astype(np.float32),
        intercept=intercept / temperature + bias,
        prior=usual,
        threshold=threshold_for(alone.max(axis=1), alone.argmax(axis=1) == truth),
        metadata={"c": C} | description(whole, rows, temperature, _scores(stories, in_story, rows.labels).as_dict()),
        story=story,
    )
    # Older versions read a weight, too: that of a row of one's own against one of the seeds.
    model.metadata["training"] |= {"own_rows": len(stories), "own_weight": 1.0}
    model.metadata["metrics"]["cross_validation"] |= {
        "share_not_uncertain": round(float((in_story.max(axis=1) >= story.threshold).mean()), 4),
        "accuracy_by_itself": round(float((alone.argmax(axis=1) == truth).mean()), 4),
    }
    return TrainedOnStories(model, alone, in_story)


def _scores(stories: pd.DataFrame, probabilities: Array, labels: tuple[str, ...]) -> figures.Scores:
    return figures.score(stories["label"], probabilities, labels, stories["article"])


def mix_of_single_sentences(labels: Sequence[str], truth: NDArray[np.intp]) -> Array:
    """The label shares to assume of sentences by themselves: as much ``none`` as in stories, acts half way to ``EVENT_DATA``.

    Single sentences are mostly rows of event data, which hold fewer talks than stories do.
    """
    mix = np.bincount(truth, minlength=len(labels)) / len(truth)
    if set(labels) != set(scheme.NAMES):
        return mix
    none = mix[labels.index("none")]
    events = np.array([EVENT_DATA.get(label, 0.0) * (1 - none) for label in labels])
    events[labels.index("none")] = none
    return np.asarray((mix + events) / 2)


# --- the first stage -------------------------------------------------------------------------------------------------


def weighed(stories: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """The rows of both, the stories' first, each story a group and each row of the base one by itself."""
    weight = np.where(stories["sure"] == "y", _SURE, _UNSURE)
    first = stories.assign(weight=weight, group=pd.factorize(stories["article"])[0])
    alone = first["group"].max() + 1 + np.arange(len(base))
    of_base = [next(weight for kind, weight in _BASE.items() if name.startswith(kind)) for name in base["slice"]]
    return pd.concat([first, base.assign(weight=of_base, group=alone)], ignore_index=True)


def without_names(rows: Material, texts: Iterable[str]) -> Material:
    """`rows` without the features that hold a name, or the address of a site.

    A name is hidden in most places, but not where its word is also a common one and a capital says nothing: "Trump" at the
    start of a sentence. A word that stands in the middle of sentences mostly with a capital is one.
    """
    names = names_in(texts)
    kept = np.array([not any(part in names or _SITE.search(part) for part in _PARTS.split(name)) for name in rows.counts.names])
    return replace(rows, counts=replace(rows.counts, names=rows.counts.names[kept], matrix=rows.counts.matrix[:, kept].tocsr()))


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Stems of words that stand with a capital ``_NAME_RATIO`` times as often as without one, in the middle of sentences."""
    capital: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for text in texts:
        if not tokenize(text).look.headline:
            for match in list(PIECE.finditer(text))[1:]:
                seen = piece(match.group())
                if not seen.mark:
                    (capital if seen.capital else lower)[entry(word_form(match.group())).stem] += 1
    names = (stem for stem, count in capital.items() if count >= _LEAST_CAPITALS and count > _NAME_RATIO * lower[stem])
    return frozenset(filter(is_content, names))


def held_out_scores(rows: Material, folds: Sequence[Split], jobs: int) -> Array:
    """Raw scores of the stories' sentences, each from a fit that saw nothing of its story, array (n_sentences, n_labels)."""
    logits = np.empty((int(rows.own.sum()), len(rows.labels)))
    tasks = (delayed(_examine)(rows, seen, unseen) for seen, unseen in folds)
    for (_, unseen), part in zip(folds, Parallel(n_jobs=jobs, return_as="generator")(tasks), strict=True):
        logits[unseen] = part
        progress("  one more fold")
    return logits


def _examine(rows: Material, seen: Rows, unseen: Rows) -> Array:
    matrix = rows.counts.tfidf(seen, rows.group).matrix
    coef, intercept = first_stage(matrix, rows, seen)
    return np.asarray(matrix[unseen] @ coef.T + intercept)


def first_stage(matrix: csr_matrix, rows: Material, seen: Rows) -> tuple[Array, Array]:
    """Coefficients (n_labels, n_features) and intercepts (n_labels,) of a fit on the rows `seen`."""
    truth, weight = rows.truth[seen], rows.weight[seen]
    factor = informativeness(matrix[seen], truth, weight, rows.labels)
    logistic = LogisticRegression(C=C, max_iter=500, tol=1e-4)
    # One thread: sums in another order would give other bytes on a machine with other cores.
    with threadpool_limits(1):
        logistic.fit((matrix[seen] @ diags(factor)).tocsr(), truth, weight)
    coef, intercept = coefficients(logistic, rows.labels)
    return coef * factor, intercept


def informativeness(matrix: csr_matrix, truth: NDArray[np.str_], weight: Array, labels: Sequence[str]) -> Array:
    """How much each feature says of the label, array (n_features,) about 1: columns so scaled are regularised less.

    The root mean square over the labels of the smoothed log ratio of naive Bayes, to a power. The idea is that of Wang & Manning
    2012, Baselines and bigrams, ACL, where the ratio itself scales the columns.
    """
    total = matrix.T @ weight
    ratios = []
    for label in labels:
        inside = matrix.T @ (weight * (truth == label)) + _SMOOTHING
        outside = total + 2 * _SMOOTHING - inside
        ratios.append(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
    size = np.sqrt(np.mean(np.square(ratios), axis=0))
    return np.asarray((size / size.mean()) ** _POWER)


def calibration(logits: Array, truth: NDArray[np.intp]) -> tuple[float, Array]:
    """The temperature and the bias of each label with the least log loss on held-out rows (vector scaling, Guo et al. 2017)."""

    def loss(values: Array) -> float:
        probability = softmax(logits / np.exp(values[0]) + np.append(0.0, values[1:]))
        return float(-np.log(np.maximum(probability[np.arange(len(truth)), truth], 1e-12)).mean())

    found = minimize(loss, np.zeros(logits.shape[1]), method="L-BFGS-B").x
    return float(np.exp(found[0])), np.append(0.0, found[1:])


# --- the second stage ------------------------------------------------------------------------------------------------


def held_out_in_story(
    seen: Array, form: Form, bounds: Sequence[tuple[int, int]], truth: NDArray[np.intp], folds: Sequence[Split]
) -> Array:
    """Probabilities (n_sentences, n_labels) in the story, each from weights of the second stage that saw nothing of its story.

    What these are fitted on, held-out scores of other stories, comes from first stages that did.
    """
    found = np.empty_like(seen)
    for _, unseen in folds:
        inside = np.setdiff1d(np.arange(len(seen)), unseen)
        found[unseen] = softmax(second_stage(seen, form, bounds, truth, inside, np.zeros(seen.shape[1]))[1])[unseen]
    return found


def story_bounds(articles: pd.Series[str]) -> list[tuple[int, int]]:
    """Where each story begins and ends in rows that stand story by story."""
    starts = np.flatnonzero(articles.to_numpy() != articles.shift().to_numpy())
    return list(pairwise([*starts.tolist(), len(articles)]))


def second_stage(
    seen: Array, form: Form, bounds: Sequence[tuple[int, int]], truth: NDArray[np.intp], inside: Rows, base: Array
) -> tuple[Story, Array]:
    """The weights that the rows `inside` teach, and the scores that they give to all rows."""
    mix = softmax(seen[inside]).mean(axis=0)
    rows = np.concatenate([inputs(seen[start:end], Form(*(each[start:end] for each in form)), mix) for start, end in bounds])
    mean, spread = rows[inside].mean(axis=0), rows[inside].std(axis=0) + 1e-9
    with threadpool_limits(1):
        logistic = LogisticRegression(C=_C_OF_STORIES, max_iter=1000).fit((rows[inside] - mean) / spread, truth[inside])
        coef = logistic.coef_ / spread
        intercept = logistic.intercept_ - coef @ mean
        scores = rows @ coef.T + intercept
    prior = np.bincount(truth[inside], minlength=len(mix)) / len(inside)
    return Story.of_rows(np.vstack([coef.T, intercept, base, mix, prior]), 1.0), scores
