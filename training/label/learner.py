"""Answers in, as they come; a model that has learnt from them, what it says of the pool, and how right it is, out.

After each answer the model is adapted again, in the background: the features of the pool are counted once, and from a few hundred
answers a fit takes some hundredths of a second. Answers for the test are never learnt from, so how often the model is right on
them is how right it is on the pool.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from classifier.errors import StanceError
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model
from training.fit.adapt import Start, among_some, examined, moved, places, scored, starting
from training.fit.counts import count
from training.fit.crossval import Material, some_of
from training.fit.least_loss import FREE

Answer = tuple[str, str]
"""A text and its label."""
LAST, LATEST = 50, 100
"""Random answers that the figure is of; training answers that must have brought something."""
_LAMBDA, _OF_INTERCEPTS = 0.1, 1.0


class Opinion(NamedTuple):
    """What the model thinks after so many answers.

    Attributes
    ----------
    model : Model or None
        None as long as it cannot tell two of the labels.
    probabilities : ndarray (n_texts, n_labels) or None
        Of the texts of the pool among the labels that can be given.
    right, of : int
        On how many of the last fifty random answers it is right.
    stalled : bool
        Whether it would be right on as many random answers without the last hundred training answers.
    """

    model: Model | None
    probabilities: Array | None
    right: int
    of: int
    stalled: bool

    @property
    def progress(self) -> str:
        """How right it is, in words; empty before the first random answer."""
        if not self.of:
            return ""
        interval = binomtest(self.right, self.of).proportion_ci(method="wilson")
        which = f"the last {self.of} random ones" if self.of > 1 else "the first random one"
        said = f"right on {self.right} of {which}: {self.right / self.of:.0%} ({interval.low:.0%} to {interval.high:.0%})"
        return said + (f"; the last {LATEST} answers have not helped" if self.stalled else "")


class Learner:
    """Learns from answers in the background.

    Parameters
    ----------
    model : Model
        Where it starts.
    labels : sequence of str
        That can be given; those that the model lacks start at zero.
    texts : sequence of str
        The pool.
    train, test : sequence of Answer
        Of earlier sessions.
    """

    def __init__(
        self, model: Model, labels: Sequence[str], texts: Sequence[str], train: Sequence[Answer], test: Sequence[Answer]
    ) -> None:
        self._model, self._labels = model, tuple(labels)
        every = list(dict.fromkeys([*texts, *(text for text, _ in (*train, *test))]))
        self._at = {text: row for row, text in enumerate(every)}
        self._pool = [self._at[text] for text in texts]
        self._rows = Material(
            labels=(*model.labels, *sorted(set(labels) - set(model.labels))),
            truth=np.full(len(every), "", dtype=object),
            group=np.arange(len(every)),
            weight=np.ones(len(every)),
            own=np.ones(len(every), dtype=bool),
            counts=count(every, model.vocabulary),
        )
        self._train, self._test = list(train), list(test)
        self._changed = threading.Condition()
        self._told = self._learnt = 0
        self._failed: Exception | None = None
        self._opinion = self.learn(self._train, self._test)
        threading.Thread(target=self._follow, daemon=True).start()

    @property
    def opinion(self) -> Opinion:
        """What the model thinks by now.

        Raises
        ------
        StanceError
            When it could not learn; answers are none the worse for it.
        """
        if self._failed:
            raise StanceError(f"the model could not learn from the answers ({self._failed}); they are kept") from self._failed
        return self._opinion

    def tell(self, text: str, label: str, test: bool) -> None:
        """Learn from an answer, soon."""
        with self._changed:
            (self._test if test else self._train).append((text, label))
            self._wake()

    def untell(self, test: bool) -> None:
        """Forget the last answer."""
        with self._changed:
            (self._test if test else self._train).pop()
            self._wake()

    def wait(self) -> Opinion:
        """The opinion after all that was told."""
        with self._changed:
            self._changed.wait_for(lambda: self._failed or self._learnt == self._told)
        return self.opinion

    def learn(self, train: Sequence[Answer], test: Sequence[Answer]) -> Opinion:
        """What the model thinks after these answers."""
        model, logits = self._fitted(train)
        if logits is None:
            return Opinion(None, None, 0, 0, False)
        found = self._probabilities(logits)
        right = self._right(found, test)
        stalled = False
        if len(test) >= LAST and len(train) > LATEST and (before := self._fitted(train[:-LATEST])[1]) is not None:
            stalled = bool(right.sum() <= self._right(self._probabilities(before), test).sum())
        return Opinion(model, found[self._pool], int(right[-LAST:].sum()), len(right[-LAST:]), stalled)

    def _fitted(self, train: Sequence[Answer]) -> tuple[Model | None, Array | None]:
        """The model moved by `train`, and its scores of all texts."""
        model, given = self._model, dict(train)
        known = set(self._labels) <= set(model.labels)
        if not known and len(set(given.values())) < 2:
            return None, None
        at = np.array([self._at[text] for text in given], dtype=np.intp)
        truth = np.full(len(self._at), "", dtype=object)
        truth[at] = list(given.values())
        rows = replace(self._rows, truth=truth)
        if not given:
            start = Start(model, places(model, rows), np.ones(len(model.labels), dtype=bool))
            return model.only(self._labels), scored(start, rows, at)[1]
        # Who labels chooses among all labels, whichever have come up so far; and what is asked is chosen, so that the label mix
        # of the answers says little of the pool.
        start = starting(model, some_of(rows, at))
        start = start._replace(given=np.isin(rows.labels, self._labels), of_intercepts=_OF_INTERCEPTS if known else FREE)
        [logits] = examined(start, rows, at, np.arange(len(truth)), (_LAMBDA,))
        after = moved(start, rows, _LAMBDA, at)
        if known:
            logits = logits + np.log(model.prior / start.model.prior)
            after = after.at_shares(model.prior)
        return after.only(self._labels), logits

    def _probabilities(self, logits: Array) -> Array:
        return among_some(softmax(logits), self._rows.labels, self._labels)

    def _right(self, found: Array, test: Sequence[Answer]) -> NDArray[np.bool_]:
        guesses = found[[self._at[text] for text, _ in test]].argmax(axis=1)
        return np.array([self._labels[guess] == label for guess, (_, label) in zip(guesses, test, strict=True)], dtype=bool)

    def _wake(self) -> None:
        self._told += 1
        self._changed.notify_all()

    def _follow(self) -> None:
        while not self._failed:
            with self._changed:
                self._changed.wait_for(lambda: self._learnt < self._told)
                told, train, test = self._told, tuple(self._train), tuple(self._test)
            try:
                self._opinion = self.learn(train, test)
            except Exception as error:  # shown by who asks for the opinion: nobody sees the end of a thread
                self._failed = error
            with self._changed:
                self._learnt = told
                self._changed.notify_all()
