"""A block of a table in, columns of labelled sentences and of articles out: what a worker of ``batch`` does.

Columns and not records, since a record for each of ten million sentences would cost more than scoring them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.batch.records import SHARE_PLACES
from classifier.batch.sentences import Sentences, sentences_of
from classifier.kernel.scorers import Scorer
from classifier.kernel.strings import Strings
from classifier.model import labels as scheme
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model
from classifier.model.scoring import LEAST_KNOWN
from classifier.model.tension import tension
from classifier.tables.blocks import Block
from classifier.text.actors import find_actors, pair
from classifier.text.reading import as_read

Columns = dict[str, Strings | NDArray[Any] | Sequence[Any]]


@dataclass(frozen=True)
class Labelled:
    """A block with its sentences scored.

    Attributes
    ----------
    labels : tuple of str
    sentences : Sentences
    probabilities : ndarray (n_sentences, n_labels)
    uncertain : ndarray of bool (n_sentences,)
    deciding : ndarray (n_sentences, 3, 2)
        As in ``kernel.scores.Scores``.
    """

    labels: tuple[str, ...]
    sentences: Sentences
    probabilities: Array
    uncertain: NDArray[np.bool_]
    deciding: NDArray[np.int32]

    @cached_property
    def label(self) -> NDArray[np.intp]:
        """The column of each sentence's label."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def actors(self) -> list[tuple[str, ...]]:
        """Whom each sentence names."""
        return [find_actors(text) for text in self.sentences.text.to_list()]


def label_block(block: Block, model: Model, scorer: Scorer, explain: bool) -> Labelled:
    """Score the sentences of `block`; without `explain` no deciding words are looked for."""
    sentences = sentences_of(block)
    stories = np.searchsorted(sentences.owner, np.arange(len(sentences.id) + 1))
    scores = scorer.score(sentences.text, stories, explain)
    probabilities = softmax(scores.logits)
    alone = np.repeat(np.diff(stories) < 2, np.diff(stories))
    threshold = np.where(alone, model.threshold_of(1), model.threshold_of(2))
    uncertain = (probabilities.max(axis=1, initial=0.0) < threshold) | (scores.known < LEAST_KNOWN)
    return Labelled(model.labels, sentences, probabilities, uncertain, scores.deciding)


def sentence_columns(labelled: Labelled, fields: Collection[str]) -> Columns:
    """The `fields` of ``records.sentence_fields`` that are asked for, a row a sentence; others are not worked out."""
    of = labelled.sentences
    shares = dict(zip((f"p_{label}" for label in labelled.labels), labelled.probabilities.T, strict=True))
    make: dict[str, Callable[[], Strings | NDArray[Any] | Sequence[Any]]] = {
        "id": lambda: of.id.take(of.owner),
        "date": lambda: of.date.take(of.owner),
        "source": lambda: of.source.take(of.owner),
        "sentence_no": lambda: np.arange(1, len(of.owner) + 1) - np.searchsorted(of.owner, of.owner),
        "paragraph": lambda: of.paragraph + 1,
        "start": lambda: of.start,
        "end": lambda: of.end,
        "text": lambda: of.text,
        "label": lambda: Strings.of(labelled.labels).take(labelled.label),
        "uncertain": lambda: labelled.uncertain,
        "actors": lambda: labelled.actors,
        "because": lambda: _deciding_words(labelled),
    }
    return {field: shares[field].round(SHARE_PLACES) if field in shares else make[field]() for field in fields}


def article_columns(labelled: Labelled) -> Columns:
    """The fields of ``records.article_fields``, a row an article; pairs of actors in its stances, the most frequent first."""
    of = labelled.sentences
    bounds = np.searchsorted(of.owner, np.arange(len(of.id) + 1))
    spans = [slice(start, end) for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    figures = [tension(labelled.probabilities[span], labelled.labels) for span in spans]
    counts = [np.bincount(labelled.label[span], minlength=len(labelled.labels)) for span in spans]
    return {
        "id": of.id,
        "date": of.date,
        "source": of.source,
        "title": of.title,
        "sentences": np.diff(bounds),
        **{f"n_{label}": [int(count[column]) for count in counts] for column, label in enumerate(labelled.labels)},
        "n_uncertain": [int(labelled.uncertain[span].sum()) for span in spans],
        "tension": _rounded(figure.value for figure in figures),
        "tension_low": _rounded(figure.low for figure in figures),
        "tension_high": _rounded(figure.high for figure in figures),
        "n": [figure.n for figure in figures],
        "pairs": [_pairs(labelled, span) for span in spans],
    }


def _rounded(figures: Any) -> list[float | None]:
    return [None if figure is None else round(figure, SHARE_PLACES) for figure in figures]


def _deciding_words(labelled: Labelled) -> list[list[str]]:
    text, places = labelled.sentences.text, labelled.deciding
    found = places[:, :, 0] >= 0
    spans = (places + text.starts[:, None, None])[found]
    words = iter(Strings(text.data, spans[:, 0], spans[:, 1]).to_list())
    return [[as_read(word) for word in islice(words, count)] for count in found.sum(axis=1).tolist()]


def _pairs(labelled: Labelled, span: slice) -> list[str]:
    is_stance = [scheme.describe(label).stance for label in labelled.labels]
    named = zip(labelled.actors[span], labelled.label[span].tolist(), strict=True)
    pairs = Counter(between for actors, label in named if is_stance[label] and (between := pair(actors)))
    return ["-".join(between) for between, _ in pairs.most_common()]
