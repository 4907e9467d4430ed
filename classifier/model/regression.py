"""``Model``: a file of arrays in, label probabilities and their reasons out.

A model is a vocabulary of feature strings, one idf and one row of coefficients for each of them, and an intercept for each
label. Scoring is TF-IDF (sublinear, L2-normalised) times coefficients, then softmax: what scikit-learn computes, to 1e-6,
without importing it. What a file must be to become a model, ``persistence`` knows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model import features, persistence, pipeline
from classifier.model.explanation import Contribution, Explanation, Read, explained, two_highest
from classifier.model.given import texts_of
from classifier.model.persistence import Contents
from classifier.model.probabilities import Array, complete_prior, estimate_shares, ratio, softmax
from classifier.model.story import Form, Story
from classifier.model.tokens import Token, read

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from sklearn.utils import Tags

_CHUNK = 8192


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained stance classifier: what scikit-learn calls one, fitted.

    Its methods take texts as a list, an array, or a column of pandas or polars. One that is no text is a StanceError.

    Attributes
    ----------
    labels : tuple of str
        The order of the columns of every probability array.
    vocabulary : dict of str to int
        Feature string to column.
    idf : ndarray (n_features,)
        Inverse document frequency of the training data.
    coef : ndarray (n_labels, n_features)
        Coefficients, divided by the calibration temperature.
    intercept : ndarray (n_labels,)
        Intercepts, calibrated and moved to the stated prior.
    prior : ndarray (n_labels,)
        The label shares that the probabilities of sentences by themselves assume.
    threshold : float
        A sentence whose top probability is lower is uncertain.
    metadata : dict
        What the file says of its making: data digest, temperature, figures.
    story : Story or None
        Weights that see a sentence in its story; a model without them scores every sentence by itself.

    Examples
    --------
    >>> from classifier import load_model
    >>> model = load_model()
    >>> model.predict(["Seoul condemned the launch.", "The ministers met for talks in Geneva."])
    ['escalation', 'negotiation']
    >>> model.predict_proba(["Seoul condemned the launch."]).shape
    (1, 4)
    >>> model.score(["Seoul condemned the launch."], ["escalation"])
    1.0
    >>> model.predict_story(["Talks collapsed.", "Both blamed the other."]).shape
    (2, 4)
    >>> model.explain("Seoul condemned the launch.").label
    'escalation'
    >>> model.with_prior({"none": 0.3}).prior.round(2).tolist()[3]
    0.3
    >>> [*model.to_sklearn().named_steps]
    ['tfidf', 'logistic']
    """

    labels: tuple[str, ...]
    vocabulary: dict[str, int]
    idf: NDArray[np.float32]
    coef: NDArray[np.float32]
    intercept: Array
    prior: Array
    threshold: float
    metadata: dict[str, Any]
    story: Story | None = None

    def __repr__(self) -> str:
        return f"<Model of {len(self.vocabulary):,} features: {', '.join(self.labels)}>"

    @property
    def classes_(self) -> NDArray[np.str_]:
        """The labels as scikit-learn names them: array (n_labels,), in the order of the columns of ``predict_proba``."""
        return np.array(self.labels)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The vocabulary in the order of its columns."""
        return tuple(sorted(self.vocabulary, key=self.vocabulary.__getitem__))

    # --- scoring -----------------------------------------------------------------------------------------------------

    def predict_proba(self, sentences: Iterable[str]) -> Array:
        """Label probabilities, array (n_sentences, n_labels), columns in the order of ``labels``.

        Raises
        ------
        StanceError
            When a row is no text: None, NaN, a number. It names the first.
        """
        texts = texts_of(sentences, "predict_proba")
        chunks = [self._evidence(texts[at : at + _CHUNK]) for at in range(0, len(texts), _CHUNK)]
        return softmax(np.concatenate(chunks) + self.intercept if chunks else np.empty((0, len(self.labels))))

    def predict_story(self, sentences: Iterable[str]) -> Array:
        """Label probabilities of the sentences of one story, in order, each seen in its story: array (n_sentences, n_labels).

        A story of one sentence is scored as ``predict_proba`` does it, and so are rows that are no text.
        """
        texts = texts_of(sentences, "predict_story")
        if self.story is None or len(texts) < 2:
            return self.predict_proba(texts)
        return softmax(self.story.scores(self._evidence(texts), form_of([read(each) for each in texts])))

    def threshold_of(self, sentences: int) -> float:
        """The probability under which a sentence of a story of so many is uncertain."""
        return self.story.threshold if self.story and sentences > 1 else self.threshold

    def predict(self, sentences: Iterable[str]) -> list[str]:
        """The most probable label of each sentence."""
        return [self.labels[column] for column in self.predict_proba(texts_of(sentences, "predict")).argmax(axis=1)]

    def score(self, sentences: Iterable[str], labels: Iterable[str], sample_weight: Iterable[float] | None = None) -> float:
        """The share of `sentences` whose label is right, as scikit-learn's classifiers count it.

        Parameters
        ----------
        sentences, labels : n_sentences each
        sample_weight : n_sentences, optional
            What each counts; all the same by default.

        Raises
        ------
        StanceError
            When a row is no text, or there is not one label a sentence.
        """
        found = np.array(self.predict(sentences))
        truth = np.array(texts_of(labels, "score"))
        if len(found) != len(truth) or not len(found):
            raise StanceError(
                f"score: {len(found)} sentences and {len(truth)} labels; give as many labels as sentences, at least one"
            )
        return float(np.average(found == truth, weights=None if sample_weight is None else np.asarray([*sample_weight])))

    def __sklearn_tags__(self) -> Tags:
        return pipeline.tags()

    def _evidence(self, sentences: Sequence[str]) -> Array:
        """The score of each label without its intercept, array (n_sentences, n_labels)."""
        rows: list[int] = []
        columns: list[int] = []
        counts: list[int] = []
        for row, sentence in enumerate(sentences):
            for column, count in self._counts(sentence).items():
                rows.append(row)
                columns.append(column)
                counts.append(count)
        at, feature = np.asarray(rows, dtype=np.intp), np.asarray(columns, dtype=np.intp)
        value = (1.0 + np.log(np.asarray(counts, dtype=np.float64))) * self.idf[feature]
        size = len(sentences)
        norm = np.sqrt(np.bincount(at, value * value, minlength=size))
        norm[norm == 0] = 1.0
        sums = [np.bincount(at, value * weights[feature], minlength=size) / norm for weights in self.coef]
        return np.stack(sums, axis=1)

    def _counts(self, sentence: str) -> Counter[int]:
        get = self.vocabulary.get
        found = features.features_of(read(sentence), self.vocabulary)
        return Counter(column for feature, _ in found if (column := get(feature)) is not None)

    # --- label shares ------------------------------------------------------------------------------------------------

    def with_prior(self, prior: Mapping[str, float]) -> Model:
        """The same model for text in which the labels have other shares.

        Parameters
        ----------
        prior : mapping of label to share
            Labels left out divide the rest in the proportions of the present prior.

        Raises
        ------
        StanceError
            When a label is unknown, a share is not between 0 and 1, or they cannot sum to 1.
        """
        if ruled_out := [label for label, share in zip(self.labels, self.prior, strict=True) if label in prior and share == 0]:
            raise StanceError(f"prior: {ruled_out[0]!r} is ruled out; state the prior of the whole model")
        story = self.story.at_shares(complete_prior(prior, self.labels, self.story.prior)) if self.story else None
        return replace(self.at_shares(complete_prior(prior, self.labels, self.prior)), story=story)

    def at_shares(self, shares: Array) -> Model:
        """The same model for text in which the labels have these shares, array (n_labels,)."""
        story = self.story.at_shares(shares) if self.story else None
        return replace(self, prior=shares, story=story, intercept=self.intercept + np.log(ratio(shares, self.prior, empty=1.0)))

    def only(self, labels: Sequence[str]) -> Model:
        """The same model for text in which no other than these labels occur: the others get probability 0.

        Raises
        ------
        StanceError
            When a label is unknown, or none is left.
        """
        chosen = {labels} if isinstance(labels, str) else set(labels)
        if unknown := sorted(chosen - set(self.labels)):
            raise StanceError(f"unknown label {unknown[0]!r}; this model has {', '.join(self.labels)}")
        kept = np.array([label in chosen for label in self.labels])
        if not (self.prior[kept] > 0).any():
            raise StanceError("no label is left to choose from")
        prior = np.where(kept, self.prior, 0.0)
        story = self.story.only(kept) if self.story else None
        return replace(self, prior=prior / prior.sum(), intercept=np.where(kept, self.intercept, -np.inf), story=story)

    def adapt(self, probabilities: Array) -> Array:
        """Probabilities corrected for the label shares of the collection they come from: array of the same shape.

        Meant for collections of 200 sentences or more; see ``estimate_shares``.
        """
        shares = self.estimate_shares(probabilities)
        corrected = np.asarray(probabilities, dtype=np.float64) * ratio(shares, self.prior)
        return np.asarray(corrected / corrected.sum(axis=1, keepdims=True))

    def estimate_shares(self, probabilities: Array) -> Array:
        """The label shares of a collection, array (n_labels,), by expectation-maximisation.

        Saerens, Latinne & Decaestecker 2002, Neural Computation 14:21-41, starting from the model's prior.

        Parameters
        ----------
        probabilities : ndarray (n_sentences, n_labels)
            From ``predict_proba`` of this model.
        """
        given = np.asarray(probabilities, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != len(self.labels):
            raise ValueError(f"probabilities must have shape (n, {len(self.labels)}), not {given.shape}")
        return estimate_shares(given, self.prior)

    # --- reasons -----------------------------------------------------------------------------------------------------

    def explain(self, sentence: str) -> Explanation:
        """The exact share of every feature in the decision for the most probable label against the next one."""
        read = self._read(sentence)
        logits = read.evidence + self.intercept
        label, rival = two_highest(logits)
        direction = np.zeros(len(self.labels))
        direction[[label, rival]] = 1.0, -1.0
        return explained(read, self.labels, logits, direction, (), float(self.intercept[label] - self.intercept[rival]))

    def explain_story(self, sentences: Iterable[str]) -> list[Explanation]:
        """The same for each sentence of a story, in order; what stands round a sentence has contributions of its own."""
        sentences = texts_of(sentences, "explain_story")
        if self.story is None or len(sentences) < 2:
            return [self.explain(sentence) for sentence in sentences]
        read = [self._read(sentence) for sentence in sentences]
        evidence, form = np.stack([each.evidence for each in read]), form_of([each.tokens for each in read])
        parts = self.story.parts(evidence, form)
        found: list[Explanation] = []
        for number, (each, logits) in enumerate(zip(read, self.story.scores(evidence, form), strict=True)):
            label, rival = two_highest(logits)
            direction = self.story.direction(label, rival)
            outside = [Contribution(name, float(rows[number, label] - rows[number, rival]), ()) for name, rows in parts.items()]
            before = self.story.intercept + self.story.usual
            bias = before[label] - before[rival] + self.story.base @ direction
            found.append(explained(each, self.labels, logits, direction, outside, float(bias)))
        return found

    def _read(self, sentence: str) -> Read:
        tokens = read(*texts_of([sentence], "explain"))
        places: dict[str, list[Token]] = {}
        counts: Counter[str] = Counter()
        for name, words in features.features_of(tokens, self.vocabulary):
            if name in self.vocabulary:
                places.setdefault(name, []).extend(words)
                counts[name] += 1
        columns = np.fromiter((self.vocabulary[name] for name in places), dtype=np.intp, count=len(places))
        count = np.fromiter((counts[name] for name in places), dtype=np.float64, count=len(places))
        value = (1.0 + np.log(count)) * self.idf[columns]
        added = (value / (np.linalg.norm(value) or 1.0))[:, None] * self._rows[columns]
        return Read(tokens, places, added, added.sum(axis=0), features.known_share(tokens, self.vocabulary))

    @cached_property
    def _rows(self) -> Array:
        """Coefficients with a row a feature: one sentence needs few rows, and they lie together."""
        return np.ascontiguousarray(self.coef.T, dtype=np.float64)

    # --- the file ----------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model; the file appears whole under its name or not at all.

        Raises
        ------
        StanceError
            When the file cannot be written.
        """
        if not (self.prior > 0).all():
            raise StanceError("a model restricted to some of its labels is not saved; save the whole one")
        write_whole(Path(path), persistence.encode(self.contents()))

    def contents(self) -> Contents:
        """What stands in the model's file."""
        return Contents(
            self.labels,
            self.feature_names,
            self.idf,
            self.coef,
            self.intercept,
            self.prior,
            self.threshold,
            self.metadata,
            self.story,
        )

    def to_sklearn(self) -> Pipeline:
        """An ordinary fitted scikit-learn Pipeline (TfidfVectorizer, LogisticRegression) that gives the same probabilities."""
        return pipeline.pipeline_of(self)


def load_model(path: str | os.PathLike[str] | None = None, trust_pickle: bool = False) -> Model:
    """The model in `path`, or the one that comes with the package.

    Parameters
    ----------
    path : str or path, optional
    trust_pickle : bool
        Open a ``.joblib`` or ``.pkl`` file, too, which runs whatever code is in it: for a copy that ``stance model export`` wrote
        and that nobody else could change. A model file needs no trust, and is read the same with and without.

    Raises
    ------
    StanceError
        When the file is missing, damaged, of another kind, or made for another version.

    Examples
    --------
    >>> from classifier import load_model
    >>> load_model().labels
    ('escalation', 'cooperation', 'negotiation', 'none')
    """
    file = Path(path) if path is not None else shipped_model()
    if not os.path.isfile(file):
        what = "is no regular file" if file.exists() else "no model file here"
        raise StanceError(f"{file}: {what}; name a model file, or train one with: stance train DATA -o MODEL")
    try:
        read = persistence.read_pickle if trust_pickle and file.suffix in persistence.PICKLES else persistence.read
        held = read(file)
    except OSError as error:
        raise StanceError(f"{file}: cannot be read ({error.strerror or error}); check its permissions") from None
    return Model(
        labels=held.labels,
        vocabulary={name: column for column, name in enumerate(held.names)},
        idf=held.idf,
        coef=held.coef,
        intercept=held.intercept,
        prior=held.prior,
        threshold=held.threshold,
        metadata=held.metadata,
        story=held.story,
    )


def form_of(sentences: Sequence[Sequence[Token]]) -> Form:
    """What the second stage sees of the sentences of a story, from the tokens of each."""
    words = [sum(bool(token.stem) for token in tokens) for tokens in sentences]
    quoted = [any(token.form == '"' for token in tokens) for tokens in sentences]
    return Form(np.array(words, dtype=np.float64), np.array(quoted, dtype=np.float64))


def shipped_model() -> Path:
    """Where the packaged model lies: inside the installed package, or in the repository beside it."""
    package = Path(__file__).parents[1]
    inside = package / "models" / "stance.safetensors"
    return inside if inside.exists() else package.parent / "models" / "stance.safetensors"
