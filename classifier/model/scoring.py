"""An article and a model in, every sentence with its label, its certainty and its deciding words out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.model.explanation import Explanation
from classifier.model.given import no_text
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model, load_model
from classifier.model.tension import Tension, describe, tension
from classifier.text.actors import Reading, read_story
from classifier.text.articles import Article, article_from_text
from classifier.text.language import ENGLISH, language_of
from classifier.text.reading import as_read
from classifier.text.sentences import Sentence, split

_LONGEST_PATH = 1000
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


@dataclass(frozen=True, repr=False)
class ScoredArticle:
    """An article with its sentences scored, in order, and the tension that they sum up to.

    A notebook shows it as the page that ``stance score --html`` writes.

    Examples
    --------
    >>> from classifier import score_article
    >>> scored = score_article("Seoul condemned the launch. The ministers met for talks in Geneva.")
    >>> [(each.label, each.sentence.text) for each in scored.sentences][0]
    ('escalation', 'Seoul condemned the launch.')
    """

    article: Article
    labels: tuple[str, ...]
    sentences: tuple[Scored, ...]
    tension: Tension
    language: str = ENGLISH

    def __repr__(self) -> str:
        return f"<ScoredArticle {self.article.name!r}: {len(self.sentences)} sentences, {describe(self.tension)}>"

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        from classifier.report.article_page import in_notebook

        return in_notebook(self)

    @property
    def story(self) -> Iterator[Reading]:
        """The sentences with the actors that they name, in order."""
        return read_story((each.sentence.text for each in self.sentences), self.article.date)


def score_article(
    article: Article | str, model: Model | str | os.PathLike[str] | None = None, any_language: bool = False
) -> ScoredArticle:
    """Score every sentence of `article`.

    Parameters
    ----------
    article : Article or str
        A text as a cell of a table holds it, plain or HTML; or what ``read_articles`` made of a file.
    model : Model, or path of a model file, optional
        The shipped one by default.
    any_language : bool
        Label an article in another language than English, too. Otherwise its sentences take no stance and are uncertain.

    Raises
    ------
    StanceError
        When `article` is no text or holds no sentence, or the model cannot be used.

    Examples
    --------
    >>> from classifier import score_article
    >>> score_article("Seoul condemned the launch.").sentences[0].label
    'escalation'
    """
    model = model_of(model)
    if not isinstance(article, Article):
        article = article_of(article)
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


def article_of(text: str, name: str = "text") -> Article:
    """The article in `text`.

    Raises
    ------
    StanceError
        When it is no text or holds no sentence.
    """
    if not isinstance(text, str):
        raise StanceError(f"the article {no_text(text)}; give its text as one string, or what read_articles makes of a file")
    if len(text) < _LONGEST_PATH and "\n" not in text and os.path.isfile(text):
        raise StanceError(f"{text}: is a file, not its text; read it first, with read_articles({text!r})")
    article = article_from_text(text, name)
    if not split(article.paragraphs):
        raise StanceError("the text holds no sentence; give the text of an article")
    return article


def model_of(given: Model | str | os.PathLike[str] | None) -> Model:
    """The model that a user gives: itself, in a file, or none for the shipped one, which is read once.

    Raises
    ------
    StanceError
        When the file cannot be used.
    """
    if isinstance(given, Model):
        return given
    return _shipped() if given is None else load_model(given)


@lru_cache(maxsize=1)
def _shipped() -> Model:
    return load_model()


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
