"""A block of a table in, columns of labelled sentences and of articles out: what a worker of ``batch`` does.

Columns and not records, since a record for each of ten million sentences would cost more than scoring them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
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
from classifier.model.direction import Direction, directions, pair
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model
from classifier.model.scoring import LEAST_KNOWN, mean_known, no_stance
from classifier.model.tension import tension
from classifier.tables.blocks import Block
from classifier.text.actors import Reading, read_story
from classifier.text.language import ENGLISH, SURELY_KNOWN, language_of
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
    foreign : mapping of article to language
        Articles that are not in English, and the ISO 639-1 codes of their languages.
    """

    labels: tuple[str, ...]
    sentences: Sentences
    probabilities: Array
    uncertain: NDArray[np.bool_]
    deciding: NDArray[np.int32]
    foreign: Mapping[int, str]

    @cached_property
    def label(self) -> NDArray[np.intp]:
        """The column of each sentence's label."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @cached_property
    def languages(self) -> Strings:
        """The ISO 639-1 code of each article's language."""
        names = [ENGLISH, *dict.fromkeys(self.foreign.values())]
        numbers = np.zeros(len(self.sentences.id), np.intp)
        numbers[[*self.foreign]] = [names.index(language) for language in self.foreign.values()]
        return Strings.of(names).take(numbers)

    @cached_property
    def stories(self) -> list[list[Reading]]:
        """The sentences of each article with the actors that they name."""
        of = self.sentences
        texts = of.text.to_list()
        bounds = np.searchsorted(of.owner, np.arange(len(of.id) + 1)).tolist()
        dated = zip(bounds[:-1], bounds[1:], of.date.to_list(), strict=True)
        return [[*read_story(texts[start:end], date)] for start, end, date in dated]

    @cached_property
    def directions(self) -> list[Direction]:
        """Who acts on whom in each sentence."""
        return [ends for story in self.stories for ends in directions(story)]


def label_block(block: Block, model: Model, scorer: Scorer, explain: bool, any_language: bool = False) -> Labelled:
    """Score the sentences of `block`; without `explain` no deciding words are looked for.

    Articles in another language than English take no stance and are uncertain, unless `any_language` is asked for.
    """
    sentences = sentences_of(block)
    stories = np.searchsorted(sentences.owner, np.arange(len(sentences.id) + 1))
    scores = scorer.score(sentences.text, stories, explain)
    probabilities = softmax(scores.logits)
    alone = np.repeat(np.diff(stories) < 2, np.diff(stories))
    threshold = np.where(alone, model.threshold_of(1), model.threshold_of(2))
    uncertain = (probabilities.max(axis=1, initial=0.0) < threshold) | (scores.known < LEAST_KNOWN)
    foreign = _foreign(sentences, stories, scores.known)
    if foreign and not any_language:
        unread = np.isin(sentences.owner, [*foreign])
        probabilities[unread] = no_stance(probabilities[unread], model.labels)
        scores.deciding[unread] = -1
        uncertain |= unread
    return Labelled(model.labels, sentences, probabilities, uncertain, scores.deciding, foreign)


def _foreign(sentences: Sentences, stories: NDArray[np.int64], known: NDArray[np.float64]) -> dict[int, str]:
    """The articles that are not in English, and in what language they are."""
    mean = np.bincount(sentences.owner, known, minlength=len(sentences.id)) / np.maximum(np.diff(stories), 1)
    # A sum in another order may differ in its last bit, so what is near the border is worked out as for one article.
    doubtful = np.flatnonzero(mean < SURELY_KNOWN + 1e-9).tolist()
    found: dict[int, str] = {}
    for article in doubtful:
        span = slice(int(stories[article]), int(stories[article + 1]))
        if span.start == span.stop:
            continue
        texts = Strings(sentences.text.data, sentences.text.starts[span], sentences.text.ends[span]).each()
        if (language := language_of(texts, mean_known(known[span].tolist()))) != ENGLISH:
            found[article] = language
    return found


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
        "language": lambda: labelled.languages.take(of.owner),
        "actors": lambda: [reading.actors for story in labelled.stories for reading in story],
        "source_actor": lambda: [ends.source for ends in labelled.directions],
        "target_actor": lambda: [ends.target for ends in labelled.directions],
        "because": lambda: _deciding_words(labelled),
    }
    return {field: shares[field].round(SHARE_PLACES) if field in shares else make[field]() for field in fields}


def article_columns(labelled: Labelled) -> Columns:
    """The fields of ``records.article_fields``, a row an article; who acts on whom in its stances, the most frequent first."""
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
        "language": labelled.languages,
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
    acts = zip(labelled.directions[span], labelled.label[span].tolist(), strict=True)
    pairs = Counter(between for ends, label in acts if is_stance[label] and (between := pair(ends)))
    return [">".join(between) for between, _ in pairs.most_common()]
