"""Rows of a table in, columns of labelled sentences and of articles out: what ``batch`` does with each chunk.

Columns and not records, since a record for each of ten million sentences would cost more than scoring them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import labels as scheme
from classifier.actors import find_actors, pair
from classifier.articles import Article, article_from_text
from classifier.errors import StanceError
from classifier.model import Array, Model, softmax
from classifier.records import SHARE_PLACES
from classifier.scorers import Scorer, Text
from classifier.scoring import LEAST_KNOWN
from classifier.sentences import Sentence, split
from classifier.tables import Reject, Row
from classifier.tension import tension

Columns = dict[str, Sequence[Any] | NDArray[Any]]


@dataclass(frozen=True)
class Labelled:
    """A chunk with its sentences scored.

    Attributes
    ----------
    labels : tuple of str
    articles : list of Article
        Those that hold a sentence.
    sentences : list of Sentence
        Of all articles, in order.
    owner : ndarray (n_sentences,)
        The article of each sentence.
    probabilities : ndarray (n_sentences, n_labels)
    uncertain : ndarray of bool (n_sentences,)
    deciding : ndarray (n_sentences, 3, 2)
        As in ``scorers.Scores``.
    rejects : list of Reject
        Rows that hold no article.
    """

    labels: tuple[str, ...]
    articles: list[Article]
    sentences: list[Sentence]
    owner: NDArray[np.intp]
    probabilities: Array
    uncertain: NDArray[np.bool_]
    deciding: NDArray[np.int32]
    rejects: list[Reject]

    @cached_property
    def label(self) -> NDArray[np.intp]:
        """The column of each sentence's label."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def actors(self) -> list[tuple[str, ...]]:
        """Whom each sentence names."""
        return [find_actors(sentence.text) for sentence in self.sentences]


def label_rows(rows: Sequence[Row | Reject], model: Model, scorer: Scorer, explain: bool) -> Labelled:
    """Score the sentences of `rows`; without `explain` no deciding words are looked for."""
    articles: list[Article] = []
    split_up: list[list[Sentence]] = []
    rejects: list[Reject] = []
    for row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        try:
            article = article_from_text(row.text, row.id, row.date, row.source)
            sentences = split(article.paragraphs)
            reason = "" if sentences else "no sentence in the text"
        except StanceError as error:
            reason = str(error)
        if reason:
            rejects.append(Reject(row.line, reason, (row.id, row.date, row.source, row.text)))
        else:
            articles.append(article)
            split_up.append(sentences)
    flat = list(chain.from_iterable(split_up))
    scores = scorer.score(Text.of([sentence.text for sentence in flat]), explain)
    probabilities = softmax(scores.logits)
    return Labelled(
        labels=model.labels,
        articles=articles,
        sentences=flat,
        owner=np.repeat(np.arange(len(articles)), [len(sentences) for sentences in split_up]),
        probabilities=probabilities,
        uncertain=(probabilities.max(axis=1, initial=0.0) < model.threshold) | (scores.known < LEAST_KNOWN),
        deciding=scores.deciding,
        rejects=rejects,
    )


def sentence_columns(chunk: Labelled, fields: Collection[str]) -> Columns:
    """The `fields` of ``records.sentence_fields`` that are asked for, a row a sentence; others are not worked out."""
    first = np.searchsorted(chunk.owner, np.arange(len(chunk.articles)))

    def share(column: int) -> Callable[[], Array]:
        return lambda: chunk.probabilities[:, column].round(SHARE_PLACES)

    make: dict[str, Callable[[], Sequence[Any] | NDArray[Any]]] = {
        "id": lambda: _spread([article.name for article in chunk.articles], chunk.owner),
        "date": lambda: _spread([article.date for article in chunk.articles], chunk.owner),
        "source": lambda: _spread([article.source for article in chunk.articles], chunk.owner),
        "sentence_no": lambda: np.arange(len(chunk.owner)) - first[chunk.owner] + 1,
        "paragraph": lambda: [sentence.paragraph + 1 for sentence in chunk.sentences],
        "start": lambda: [sentence.start for sentence in chunk.sentences],
        "end": lambda: [sentence.end for sentence in chunk.sentences],
        "text": lambda: [sentence.text for sentence in chunk.sentences],
        "label": lambda: _spread(chunk.labels, chunk.label),
        "uncertain": lambda: chunk.uncertain,
        **{f"p_{label}": share(column) for column, label in enumerate(chunk.labels)},
        "actors": lambda: chunk.actors,
        "because": lambda: _deciding_words(chunk),
    }
    return {field: make[field]() for field in fields}


def article_columns(chunk: Labelled) -> Columns:
    """The fields of ``records.article_fields``, a row an article; pairs of actors in its stances, the most frequent first."""
    bounds = np.searchsorted(chunk.owner, np.arange(len(chunk.articles) + 1))
    spans = [slice(start, end) for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    figures = [tension(chunk.probabilities[span], chunk.labels) for span in spans]
    counts = [np.bincount(chunk.label[span], minlength=len(chunk.labels)) for span in spans]
    return {
        "id": [article.name for article in chunk.articles],
        "date": [article.date for article in chunk.articles],
        "source": [article.source for article in chunk.articles],
        "title": [article.title for article in chunk.articles],
        "sentences": np.diff(bounds),
        **{f"n_{label}": [int(count[column]) for count in counts] for column, label in enumerate(chunk.labels)},
        "n_uncertain": [int(chunk.uncertain[span].sum()) for span in spans],
        **{
            name: [None if value is None else round(value, SHARE_PLACES) for value in column]
            for name, column in (
                ("tension", [figure.value for figure in figures]),
                ("tension_low", [figure.low for figure in figures]),
                ("tension_high", [figure.high for figure in figures]),
            )
        },
        "n": [figure.n for figure in figures],
        "pairs": [_pairs(chunk, span) for span in spans],
    }


def _spread(values: Sequence[str], owner: NDArray[np.intp]) -> list[str]:
    return [values[each] for each in owner.tolist()]


def _deciding_words(chunk: Labelled) -> list[list[str]]:
    found = []
    for sentence, spans in zip(chunk.sentences, chunk.deciding.tolist(), strict=True):
        text = sentence.text if sentence.text.isascii() else sentence.text.encode()
        words = [text[start:end] for start, end in spans if start >= 0]
        found.append([word if isinstance(word, str) else word.decode() for word in words])
    return found


def _pairs(chunk: Labelled, span: slice) -> list[str]:
    is_stance = [scheme.describe(label).stance for label in chunk.labels]
    actors = (found for found, label in zip(chunk.actors[span], chunk.label[span].tolist(), strict=True) if is_stance[label])
    pairs = Counter(between for each in actors if (between := pair(each)))
    return ["-".join(between) for between, _ in pairs.most_common()]
