"""Sentences cut into pieces in, logits and deciding words out: features are weighed, added up, and traced back to their words."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.feature_loops import features, tokenize
from classifier.kernel.jit import compiled
from classifier.kernel.layout import LOOK, WORD
from classifier.kernel.shape_loops import scene_features, shape_features
from classifier.kernel.story_loops import own_direction, see_in_story
from classifier.kernel.turn_loops import turn_features
from classifier.kernel.verb_loops import MOST_OF_FRAME, verb_features
from classifier.model.explanation import GRAIN, LEAST_DECIDING, MOST_DECIDING
from classifier.model.objects import MOST_OF_CLASSES, OBJECTS_WITHIN
from classifier.model.shape import KINDS
from classifier.model.turns import TURNS


@compiled
def score(
    found: Any,
    at: Any,
    first: Any,
    begins: Any,
    origins: Any,
    stories: Any,
    pieces: Any,
    words: Any,
    weights: Any,
    most: int,
    explain: bool,
    output: Any,
) -> None:
    """Score sentences that ``scan`` has cut up, each seen in its story.

    `begins` is the first byte of each behind its dateline, `origins` the byte from which its deciding words count. `stories`
    has the first sentence of each story and, last, how many sentences there are; `most` is the most classes of a word or features
    of a main verb.
    """
    longest, sentences = _longest_gap(first), _longest_gap(stories)
    token = np.empty(longest, dtype=np.int64)
    flag = np.empty(longest, dtype=np.int64)
    start, end = np.empty(longest, dtype=np.int64), np.empty(longest, dtype=np.int64)
    verbs = np.empty((longest, 2), dtype=np.int64)
    # A word gives itself, its senses, a pair, three scopes, a count of unknowns, three turns, as a verb a preposition; the main
    # verb its stem and classes twice, its objects and the classes with the first of them; a passive also what it has as
    # its subject; the sentence a frame, a shape, turns that meet nothing, a toll.
    room = longest * (most + 10) + 2 * ((1 + MOST_OF_CLASSES) * most + OBJECTS_WITHIN)
    room += MOST_OF_FRAME + len(KINDS) + len(TURNS) + 3
    column = np.empty(room, dtype=np.int64)
    left, right = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    value = np.empty(room, dtype=np.float64)
    times = np.zeros(len(weights.rows), dtype=np.int32)
    share = np.empty(longest, dtype=np.float64)
    # Taken out of their tuples once: the loops would count references at every access.
    piece_rows = pieces.rows
    word_rows, senses = words.rows, words.senses
    rows, intercept, unknown, pairs, names_words, story_rows, frames = weights
    reach = np.empty((2, len(TURNS)), dtype=np.int64)
    tolls, shape, counts = frames.tolls, frames.shape, np.empty(len(KINDS), dtype=np.int64)
    logits, known, deciding = output
    labels = logits.shape[1]
    direction = np.zeros(labels)
    form = np.empty((sentences, 2))
    # What is known of the sentences of a story is kept until all of them are scored; there is room for more where it is needed.
    kept_features, kept_values = np.empty((3, room), dtype=np.int64), np.empty((1, room), dtype=np.float64)
    kept_tokens = np.empty((3, longest), dtype=np.int64)
    feature_ends, token_ends = np.empty(sentences, dtype=np.int64), np.empty(sentences, dtype=np.int64)
    for story in range(len(stories) - 1):
        begin, behind = stories[story], stories[story + 1]
        in_story = len(story_rows) > 0 and behind - begin > 1
        features_kept = tokens_kept = 0
        for number in range(begin, behind):
            count, look = tokenize(found, at, first[number], first[number + 1], piece_rows, token, start, end)
            size, known[number] = features(token, count, word_rows, senses, unknown, pairs, flag, column, left, right)
            size = verb_features(token, flag, count, verbs, words, frames, pairs, size, column, left, right)
            size = scene_features(token, flag, count, word_rows, tolls, size, column, left, right)
            size = turn_features(token, flag, count, word_rows, frames.turns, reach, size, column, left, right)
            if begins[number] > origins[number]:
                look |= LOOK.dateline
            size = shape_features(token, flag, count, look, word_rows, shape, counts, size, column, left, right)
            _add_up(column, size, rows, times, value, logits, number)
            if in_story:
                form[number - begin, 0], form[number - begin, 1] = _form(flag, count)
                if explain:
                    features_to, tokens_to = features_kept + size, tokens_kept + count
                    kept_features, kept_values = _with_room(kept_features, features_to), _with_room(kept_values, features_to)
                    kept_tokens = _with_room(kept_tokens, tokens_to)
                    kept_features[0, features_kept:features_to] = column[:size]
                    kept_features[1, features_kept:features_to] = left[:size]
                    kept_features[2, features_kept:features_to] = right[:size]
                    kept_values[0, features_kept:features_to] = value[:size]
                    kept_tokens[0, tokens_kept:tokens_to] = flag[:count]
                    kept_tokens[1, tokens_kept:tokens_to] = start[:count]
                    kept_tokens[2, tokens_kept:tokens_to] = end[:count]
                    features_kept, tokens_kept = features_to, tokens_to
                    feature_ends[number - begin], token_ends[number - begin] = features_kept, tokens_kept
                continue
            for label in range(labels):
                logits[number, label] += intercept[label]
            label, rival = _two_highest(logits, number)
            if explain and names_words[label]:
                direction[:] = 0.0
                direction[label], direction[rival] = 1.0, -1.0
                _divide(column[:size], left[:size], right[:size], value[:size], rows, direction, share, count)
                _decide(share, flag[:count], start, end, origins[number], deciding, number)
        if not in_story:
            continue
        see_in_story(logits, begin, behind, form, story_rows)
        features_from = tokens_from = 0
        for number in range(begin, behind if explain else begin):
            features_to, tokens_to = feature_ends[number - begin], token_ends[number - begin]
            label, rival = _two_highest(logits, number)
            if names_words[label]:
                own_direction(story_rows, label, rival, direction)
                column_, left_, right_ = kept_features[:, features_from:features_to]
                values = kept_values[0, features_from:features_to]
                flag_, start_, end_ = kept_tokens[:, tokens_from:tokens_to]
                _divide(column_, left_, right_, values, rows, direction, share, len(flag_))
                _decide(share, flag_, start_, end_, origins[number], deciding, number)
            features_from, tokens_from = features_to, tokens_to


@compiled
def _with_room(array: Any, width: int) -> Any:
    """`array`, or a wider copy where it has fewer columns than `width`."""
    if width <= array.shape[1]:
        return array
    wide = np.empty((array.shape[0], 2 * width), array.dtype)
    wide[:, : array.shape[1]] = array
    return wide


@compiled
def _form(flag: Any, count: int) -> tuple[float, float]:
    """The logarithm of one more than the words, and 1 where a quotation mark stands among them."""
    words, quoted = 0, 0.0
    for number in range(count):
        words += flag[number] & WORD.word != 0
        if flag[number] & WORD.quote:
            quoted = 1.0
    return np.log1p(float(words)), quoted


@compiled
def _longest_gap(starts: Any) -> Any:
    longest = 0
    for number in range(len(starts) - 1):
        longest = max(longest, starts[number + 1] - starts[number])
    return longest


@compiled
def _add_up(column: Any, features: int, rows: Any, times: Any, value: Any, logits: Any, row: int) -> None:
    """Weigh each feature, sublinear tf times idf, at unit length, and add up the labels, but for their intercepts.

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
        value[place] /= norm
    for label in range(logits.shape[1]):
        logits[row, label] /= norm


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
def _divide(column: Any, left: Any, right: Any, value: Any, rows: Any, direction: Any, share: Any, count: int) -> None:
    """What each token adds in this direction; a feature of two tokens divides its value between them."""
    share[:count] = 0.0
    for place in range(len(column)):
        part = 0.0
        for label in range(len(direction)):
            part += direction[label] * rows[column[place], label + 1]
        part *= value[place]
        if right[place] >= 0:
            part /= 2
            share[right[place]] += part
        if left[place] >= 0:
            share[left[place]] += part


@compiled
def _decide(share: Any, flag: Any, start: Any, end: Any, origin: int, deciding: Any, row: int) -> None:
    """The bytes of the words of content that carry most of what speaks for the label, in reading order."""
    count, total = len(flag), 0.0
    for number in range(count):
        share[number] = np.rint(share[number] * GRAIN) if flag[number] & WORD.content else 0.0
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
