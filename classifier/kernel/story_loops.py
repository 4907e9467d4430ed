"""The scores of a story's sentences in, the same in their story out: ``model.story`` said again over plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled
from classifier.model.story import SHRINKAGE, TAPER


@compiled
def see_in_story(logits: Any, first: int, last: int, form: Any, story: Any) -> None:
    """Turn the scores of the sentences from `first` to `last`, without an intercept, into those in their story.

    `form` has a row for each of them; `story` is ``Story.rows``.
    """
    count, labels = last - first, logits.shape[1]
    others = 3 * labels
    intercept, base, mix = story[others + 4], story[others + 5], story[others + 6]
    own, around = np.empty((count, labels)), np.empty((count, labels))
    for number in range(count):
        mean, highest = 0.0, -np.inf
        for label in range(labels):
            own[number, label] = logits[first + number, label] + base[label]
            mean += own[number, label] / labels
            highest = max(highest, own[number, label])
        total = 0.0
        for label in range(labels):
            around[number, label] = np.exp(own[number, label] - highest)
            total += around[number, label]
            own[number, label] -= mean
        for label in range(labels):
            around[number, label] /= total
    _look_around(around, mix)
    for number in range(count):
        for label in range(labels):
            score = intercept[label] + form[number, 0] * story[others, label] + form[number, 1] * story[others + 1, label]
            if number == 0:
                score += story[others + 2, label]
            if number == count - 1:
                score += story[others + 3, label]
            for seen in range(labels):
                score += own[number, seen] * story[seen, label]
                score += around[number, seen] * story[2 * labels + seen, label]
                if number:
                    score += own[number - 1, seen] * story[labels + seen, label]
                if number < count - 1:
                    score += own[number + 1, seen] * story[labels + seen, label]
            logits[first + number, label] = score


@compiled
def _look_around(shares: Any, mix: Any) -> None:
    """Put in the place of each sentence's probabilities the logarithm of the mean of the others', near ones counting more."""
    count, labels = shares.shape
    ahead = np.zeros((count, labels + 1))
    for number in range(1, count):
        for label in range(labels):
            ahead[number, label] = TAPER * (ahead[number - 1, label] + shares[number - 1, label])
        ahead[number, labels] = TAPER * (ahead[number - 1, labels] + 1.0)
    behind = np.zeros(labels + 1)
    for number in range(count - 1, -1, -1):
        weight = ahead[number, labels] + behind[labels] + SHRINKAGE
        for label in range(labels):
            mean = (ahead[number, label] + behind[label] + SHRINKAGE * mix[label]) / weight
            behind[label] = TAPER * (behind[label] + shares[number, label])
            shares[number, label] = np.log(mean)
        behind[labels] = TAPER * (behind[labels] + 1.0)


@compiled
def own_direction(story: Any, label: int, rival: int, direction: Any) -> None:
    """Fill `direction` with how much each of a sentence's own scores counts for `label` against `rival`."""
    mean = 0.0
    for seen in range(len(direction)):
        direction[seen] = story[seen, label] - story[seen, rival]
        mean += direction[seen] / len(direction)
    for seen in range(len(direction)):
        direction[seen] -= mean
