"""The scores of a story's sentences in, the same sentences scored in their story out: a second, small multinomial regression.

It is linear in what the first stage says, so that an explanation stays exact: what the sentence itself, the sentence before, the
sentence after, and the rest of the story add sums to the log-odds. What stacking is: Wolpert 1992, Neural Networks 5:241-259.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.model.probabilities import Array, ratio, softmax

TAPER, SHRINKAGE = 0.9, 1.0
"""The rest of a story counts less with every sentence that lies between; its mean is drawn towards the mix of all stories."""
BEFORE, AFTER, REST, FORM = "the sentence before", "the sentence after", "the rest of the story", "place, length and quotation"
OUTSIDE = (BEFORE, AFTER, REST, FORM)
"""The names of what is added to a sentence's own features."""
_OTHER_ROWS = 8
_USUAL_FORM = np.array([np.log1p(20), 0.0, 0.0, 0.0])
"""Twenty words, no quotation, in the middle of the story."""


class Form(NamedTuple):
    """What the second stage sees of the sentences of a story besides their scores; arrays (n_sentences,)."""

    words: Array
    quoted: Array
    """1 where a quotation mark stands in the sentence."""


@dataclass(frozen=True, eq=False)
class Story:
    """Weights of the second stage; columns in the order of the model's labels.

    Attributes
    ----------
    own, near, rest : ndarray (n_labels, n_labels)
        From the scores of the sentence, of its two neighbours, and of the rest of the story, to the label of the column.
    form : ndarray (4, n_labels)
        Logarithm of one more than the words, a quotation mark, first, last.
    intercept : ndarray (n_labels,)
        At `prior`.
    base : ndarray (n_labels,)
        Intercept of the first stage, as the second has learned to read it, whatever prior the model assumes since.
    mix : ndarray (n_labels,)
        Label shares of stories, towards which a short story is drawn.
    prior : ndarray (n_labels,)
        The label shares that the probabilities of stories assume; those of single sentences may assume others.
    threshold : float
        A sentence of a story whose top probability is lower is uncertain.
    """

    own: Array
    near: Array
    rest: Array
    form: Array
    intercept: Array
    base: Array
    mix: Array
    prior: Array
    threshold: float

    @classmethod
    def of_rows(cls, rows: Array, threshold: float) -> Story:
        """From one array (3 * n_labels + 8, n_labels), as ``rows`` gives it."""
        count = rows.shape[1]
        own, near, rest, form, others = np.split(rows, np.cumsum([count, count, count, 4]))
        intercept, base, mix, prior = others
        return cls(own, near, rest, form, intercept, base, mix, prior, threshold)

    @property
    def rows(self) -> Array:
        """All weights as one array (3 * n_labels + 8, n_labels)."""
        return np.vstack([self.own, self.near, self.rest, self.form, self.intercept, self.base, self.mix, self.prior])

    @staticmethod
    def rows_of(labels: int) -> int:
        """How many rows the array has for so many labels."""
        return 3 * labels + _OTHER_ROWS

    def only(self, kept: NDArray[np.bool_]) -> Story:
        """The same weights for stories in which no other labels occur than those marked in `kept`."""
        prior = np.where(kept, self.prior, 0.0)
        return replace(self, prior=prior / prior.sum(), intercept=np.where(kept, self.intercept, -np.inf))

    def at_shares(self, shares: Array) -> Story:
        """The same weights for stories in which the labels have these shares."""
        return replace(self, prior=shares, intercept=self.intercept + np.log(ratio(shares, self.prior, empty=1.0)))

    def reading(self, temperature: float) -> Story:
        """The same weights for a first stage whose scores have been divided by a temperature."""
        return replace(self, own=self.own * temperature, near=self.near * temperature, base=self.base / temperature)

    def scores(self, evidence: Array, form: Form) -> Array:
        """The scores of a story's sentences in their story; the probabilities are their softmax.

        Parameters
        ----------
        evidence : ndarray (n_sentences, n_labels)
            Their scores by themselves, without an intercept, in order.
        form : Form
        """
        weights = np.vstack([self.own, self.near, self.rest, self.form])
        return inputs(evidence + self.base, form, self.mix) @ weights + self.intercept

    def parts(self, evidence: Array, form: Form) -> dict[str, Array]:
        """What stands round each sentence adds to its scores, by name, arrays (n_sentences, n_labels).

        Counted from ``usual``: an average story, and a form like most, add nothing.
        """
        seen = evidence + self.base
        before, after = neighbours(centred(seen))
        return {
            BEFORE: before @ self.near,
            AFTER: after @ self.near,
            REST: (around(softmax(seen), self.mix) - np.log(self.mix)) @ self.rest,
            FORM: (shape(form) - _USUAL_FORM) @ self.form,
        }

    @property
    def usual(self) -> Array:
        """What an average story and a usual form add to the score of each label, array (n_labels,)."""
        return np.log(self.mix) @ self.rest + _USUAL_FORM @ self.form

    def direction(self, label: int, rival: int) -> Array:
        """How much each of a sentence's own scores counts for `label` against `rival`, array (n_labels,) that sums to zero."""
        difference = self.own[:, label] - self.own[:, rival]
        return np.asarray(difference - difference.mean())


def inputs(seen: Array, form: Form, mix: Array) -> Array:
    """What the second stage weighs of a story's sentences, array (n_sentences, 3 * n_labels + 4).

    Parameters
    ----------
    seen : ndarray (n_sentences, n_labels)
        Scores of the first stage.
    form : Form
    mix : ndarray (n_labels,)
    """
    own = centred(seen)
    before, after = neighbours(own)
    return np.hstack([own, before + after, around(softmax(seen), mix), shape(form)])


def neighbours(rows: Array) -> tuple[Array, Array]:
    """The row before each and the row after it; zeros at the ends."""
    nothing = np.zeros((1, rows.shape[1]))
    return np.concatenate([nothing, rows[:-1]]), np.concatenate([rows[1:], nothing])


def centred(scores: Array) -> Array:
    """Scores less the mean of their row: what a softmax does not see is gone."""
    return np.asarray(scores - scores.mean(axis=1, keepdims=True))


def around(probabilities: Array, mix: Array) -> Array:
    """For each sentence the logarithm of the mean of the others' probabilities, near ones counting more, array (n, n_labels)."""
    count, labels = probabilities.shape
    rows = np.hstack([probabilities, np.ones((count, 1))])
    sums = np.zeros_like(rows)
    ahead = np.zeros(labels + 1)
    behind = np.zeros(labels + 1)
    for place in range(1, count):
        ahead = TAPER * (ahead + rows[place - 1])
        behind = TAPER * (behind + rows[count - place])
        sums[place] += ahead
        sums[count - 1 - place] += behind
    return np.log((sums[:, :-1] + SHRINKAGE * mix) / (sums[:, -1:] + SHRINKAGE))


def shape(form: Form) -> Array:
    """What ``Story.form`` weighs, array (n_sentences, 4)."""
    ends = np.zeros((len(form.words), 2))
    ends[0, 0] = ends[-1, 1] = 1.0
    return np.column_stack([np.log1p(form.words), form.quoted, ends])
