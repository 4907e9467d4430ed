"""An article and a model in, every sentence with its label, its certainty and its deciding words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.model.explanation import Explanation
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model, load_model
from classifier.model.tension import Tension, tension
from classifier.text.articles import Article
from classifier.text.language import ENGLISH, language_of
from classifier.text.reading import as_read
from classifier.text.sentences import Sentence, split

LEAST_TO_ADAPT = 200
LEAST_KNOWN = 0.5


@dataclass(frozen=True)
class Scored:
    """A sentence with what the model says of it.

    Attributes
    ----------
    sentence : Sentence
    label : str
        The most probable label.
    uncertain : bool
        True when the top probability is under the model's threshold, or the model has met less than half of the words.
    probabilities : tuple of float
        In the order of the model's labels.
    explanation : Explanation
        Why the label and not the next one.
    """

    sentence: Sentence
    label: str
    uncertain: bool
    probabilities: tuple[float, ...]
    explanation: Explanation

    @property
    def probability(self) -> float:
        """Of the label."""
        return max(self.probabilities)

    @property
    def because(self) -> tuple[str, ...]:
        """The deciding words, in reading order."""
        return tuple(as_read(self.sentence.text[start:end]) for start, end in self.explanation.words)


@dataclass(frozen=True)
class ScoredArticle:
    """An article with its sentences scored, in order, and the tension that they sum up to."""

    article: Article
    labels: tuple[str, ...]
    sentences: tuple[Scored, ...]
    tension: Tension
    language: str = ENGLISH


def score_article(article: Article, model: Model | None = None, any_language: bool = False) -> ScoredArticle:
    """Score every sentence of `article`.

    Parameters
    ----------
    article : Article
    model : Model, optional
        The shipped one by default.
    any_language : bool
        Label an article in another language than English, too. Otherwise its sentences take no stance and are uncertain.
    """
    model = model or load_model()
    sentences = split(article.paragraphs)
    explanations = model.explain_story([sentence.text for sentence in sentences])
    threshold = model.threshold_of(len(sentences))
    probabilities = softmax(np.array([each.logits for each in explanations]).reshape(-1, len(model.labels)))
    language = language_of([each.text for each in sentences], mean_known([each.known for each in explanations]))
    foreign = language != ENGLISH and not any_language
    if foreign:
        explanations = [replace(each, words=()) for each in explanations]
        probabilities[:] = no_stance(probabilities, model.labels)
    scored = tuple(
        Scored(
            sentence=sentence,
            label=model.labels[row.argmax()],
            uncertain=foreign or bool(row.max() < threshold or explanation.known < LEAST_KNOWN),
            probabilities=tuple(row.tolist()),
            explanation=explanation,
        )
        for sentence, explanation, row in zip(sentences, explanations, probabilities, strict=True)
    )
    return ScoredArticle(article, model.labels, scored, tension(probabilities, model.labels), language)


def mean_known(known: Sequence[float]) -> float:
    """The mean of the shares of known words of an article's sentences; all are known where there are none."""
    return sum(known) / len(known) if known else 1.0


def no_stance(probabilities: Array, labels: Sequence[str]) -> Array:
    """Probabilities of sentences that the model cannot read: all on the label that is no stance, where there is one."""
    outside = [column for column, label in enumerate(labels) if not scheme.describe(label).stance]
    if not outside or not (probabilities[:, outside[0]] > 0).all():
        return probabilities
    return np.eye(len(labels))[[outside[0]] * len(probabilities)]


def force(model: Model) -> Model:
    """`model` restricted to the labels that are stances.

    Raises
    ------
    StanceError
        When fewer than two of its labels are.
    """
    stances = [label for label in model.labels if scheme.describe(label).stance]
    if len(stances) < 2:
        raise StanceError(f"--force: this model has no two stances to choose from, its labels are {', '.join(model.labels)}")
    return model.only(stances)


def adapt_to(texts: Sequence[str], model: Model) -> Model:
    """`model` with its prior replaced by the label shares that it estimates in `texts`, one sentence each.

    Raises
    ------
    StanceError
        When there are too few sentences for an estimate.
    """
    if len(texts) < LEAST_TO_ADAPT:
        raise StanceError(
            f"--adapt needs {LEAST_TO_ADAPT} sentences or more to estimate label shares, here are {len(texts)}; "
            "go on without it, or state the shares with --prior"
        )
    return model.at_shares(model.estimate_shares(model.predict_proba(texts)))
