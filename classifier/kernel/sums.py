"""Sentences cut into pieces in, logits and deciding words out: features are weighed, added up, and traced back to their words."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.feature_loops import features, main_features, tokenize
from classifier.kernel.jit import compiled
from classifier.model.explanation import GRAIN, LEAST_DECIDING, MOST_DECIDING


@compiled
def score(
    found: Any, at: Any, first: Any, origins: Any, pieces: Any, words: Any, weights: Any, most: int, explain: bool, output: Any
) -> None:
    """Score sentences that ``scan`` has cut up.

    `origins` is the byte from which the deciding words of each are counted, `most` the most classes of a word
    or features of a main verb.
    """
    longest = _longest_gap(first)
    token = np.empty(longest, dtype=np.int64)
    flag = np.empty(longest, dtype=np.int64)
    start, end = np.empty(longest, dtype=np.int64), np.empty(longest, dtype=np.int64)
    # A word gives itself, its senses, a pair, two scopes and a count of unknowns; the main verb its stem and classes twice.
    room = longest * (most + 5) + 2 * most
    column = np.empty(room, dtype=np.int64)
    left, right = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    value = np.empty(room, dtype=np.float64)
    times = np.zeros(len(weights.rows), dtype=np.int32)
    share = np.empty(longest, dtype=np.float64)
    # Taken out of their tuples once: the loops would count references at every access.
    piece_rows = pieces.rows
    word_rows, senses, main_start, mains = words
    rows, intercept, unknown, pairs = weights
    logits, known, deciding = output
    for number in range(len(first) - 1):
        count = tokenize(found, at, first[number], first[number + 1], piece_rows, token, start, end)
        found_features, known[number] = features(token, count, word_rows, senses, unknown, pairs, flag, column, left, right)
        found_features = main_features(token, flag, count, main_start, mains, found_features, column, left, right)
        _add_up(column, found_features, rows, intercept, times, value, logits, number)
        if explain:
            label, rival = _two_highest(logits, number)
            _divide(column, left, right, found_features, rows, value, label, rival, share, count)
            _decide(share, count, start, end, origins[number], deciding, number)


@compiled
def _longest_gap(starts: Any) -> Any:
    longest = 0
    for number in range(len(starts) - 1):
        longest = max(longest, starts[number + 1] - starts[number])
    return longest


@compiled
def _add_up(column: Any, features: int, rows: Any, intercept: Any, times: Any, value: Any, logits: Any, row: int) -> None:
    """Weigh each feature, sublinear tf times idf, and add up the labels.

    A feature that stands several times is met as often, each time with its part.
    """
    for place in range(features):
        times[column[place]] += 1
    logits[row, :] = 0.0
    square = 0.0
    for place in range(features):
        feature, often = column[place], times[column[place]]
        share = np.float64(rows[feature, 0])
        if often > 1:
            share *= (1.0 + np.log(often)) / often
        value[place] = share
        square += share * share * often
        for label in range(logits.shape[1]):
            logits[row, label] += share * rows[feature, label + 1]
    norm = np.sqrt(square) if square > 0 else 1.0
    for place in range(features):
        times[column[place]] = 0
    for label in range(logits.shape[1]):
        logits[row, label] = logits[row, label] / norm + intercept[label]


@compiled
def _two_highest(logits: Any, row: int) -> tuple[int, int]:
    """The highest and the next, of equals the first."""
    label = 0
    for other in range(1, logits.shape[1]):
        if logits[row, other] > logits[row, label]:
            label = other
    rival = 1 if label == 0 else 0
    for other in range(logits.shape[1]):
        if other != label and logits[row, other] > logits[row, rival]:
            rival = other
    return label, rival


@compiled
def _divide(
    column: Any, left: Any, right: Any, features: int, rows: Any, value: Any, label: int, rival: int, share: Any, count: int
) -> None:
    """What each token adds for the label against its rival; a feature of two tokens divides its value between them."""
    share[:count] = 0.0
    for place in range(features):
        feature = column[place]
        part = value[place] * (np.float64(rows[feature, label + 1]) - rows[feature, rival + 1])
        if right[place] >= 0:
            part /= 2
            share[right[place]] += part
        share[left[place]] += part


@compiled
def _decide(share: Any, count: int, start: Any, end: Any, origin: int, deciding: Any, row: int) -> None:
    """The bytes of the tokens that carry most of what speaks for the label, in reading order."""
    total = 0.0
    for number in range(count):
        share[number] = np.rint(share[number] * GRAIN)
        total += max(share[number], 0.0)
    deciding[row, :, :] = -1
    for place in range(MOST_DECIDING):
        best = -1
        for number in range(count):
            if share[number] > 0 and (best < 0 or share[number] > share[best]):
                best = number
        if best < 0 or (place and share[best] < LEAST_DECIDING * total):
            break
        share[best] = 0.0
        first, last = start[best] - origin, end[best] - origin
        at = place
        while at and deciding[row, at - 1, 0] > first:
            deciding[row, at, 0], deciding[row, at, 1] = deciding[row, at - 1, 0], deciding[row, at - 1, 1]
            at -= 1
        deciding[row, at, 0], deciding[row, at, 1] = first, last
