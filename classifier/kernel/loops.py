"""The loops of the kernel, compiled by Numba: plain arrays in, plain arrays out.

What the rules are, and why, stands in ``features.py``; here they are said again over bytes and bit flags, under the same names.
The tables are filled by ``kernel.py``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from classifier.model.features import AGENT_WITHIN, MOST_BETWEEN, MOST_UNKNOWN, REACH, Piece, Roles
from classifier.model.regression import GRAIN, LEAST_DECIDING, MOST_DECIDING

PIECE_FLAGS = Piece._fields[3:]
PIECE_FIELDS = ("start", "size", "head", "may_be", "word", "lead", "length")
"""Where its text begins and how long it is, the first eight bytes, what it may be, its word or -1, where that stands in it."""
WORD_FIELDS = ("flags", "stem", "column", "no", "ending", "senses", "senses_end")
"""The parts it can play, its stem or -1, the columns of its features or -1, and where its classes begin and end in ``senses``."""
WORD_FLAGS = (*Roles._fields[3:], "word", "mask")
NAME = 0
"""The number of the word that all names become."""
OTHER, INSIDE, SPACE = 0, 1, 2
"""Classes of characters: a mark by itself, part of a piece, between pieces."""
KINDS = ("", "not-", "by-", "not-by-")
"""Prefixes of the features of a main verb; negated is bit 1, passive bit 2."""


class Pieces(NamedTuple):
    """What is known of each piece, a row a piece, its fields in the order of ``PIECE_FIELDS``.

    ``slots`` is a hash table: the upper half of a hash and the number of a piece, counted from 1.
    """

    slots: NDArray[np.int64]
    text: NDArray[np.uint8]
    rows: NDArray[np.int64]


class Words(NamedTuple):
    """What is known of each word, a row a word, its fields in the order of ``WORD_FIELDS``; columns are those of ``Weights``.

    The features of word w as a main verb of kind k are ``mains`` from ``main_start[len(KINDS) * w + k]`` to the next.
    """

    rows: NDArray[np.int32]
    senses: NDArray[np.int32]
    main_start: NDArray[np.int64]
    mains: NDArray[np.int32]


class Weights(NamedTuple):
    """The model: a row of ``rows`` is the idf of a feature and its coefficients.

    ``pairs`` is a hash table of two stems as one number, which is compared whole, -1 where there is none, and their column.
    """

    rows: NDArray[np.float32]
    intercept: NDArray[np.float64]
    unknown: NDArray[np.int32]
    pairs: NDArray[np.int64]


class Output(NamedTuple):
    """What comes out, a row a sentence: logits, share of known words, bytes of the deciding words (-1 where there is none)."""

    logits: NDArray[np.float64]
    known: NDArray[np.float64]
    deciding: NDArray[np.int32]


def _bits(names: Sequence[str]) -> Any:
    kind: Any = namedtuple("Bits", names)  # type: ignore[misc]
    return kind(*(1 << place for place in range(len(names))))


_START, _SIZE, _HEAD, _MAY_BE, _WORD_NUMBER, _LEAD, _LENGTH = range(len(PIECE_FIELDS))
_FLAGS, _STEM, _COLUMN, _NO, _ENDING, _SENSES, _SENSES_END = range(len(WORD_FIELDS))
_PIECE: Any = _bits(PIECE_FLAGS)
_WORD: Any = _bits(WORD_FLAGS)
compiled = njit(cache=True, nogil=True)


# --- pieces ----------------------------------------------------------------------------------------------------------


@compiled
def may_have_dateline(data: Any, starts: Any, ends: Any, reach: int) -> Any:
    """Whether each sentence begins with a capital and has a dash before a space within `reach` bytes."""
    found = np.zeros(len(starts), dtype=np.bool_)
    for number in range(len(starts)):
        start, end = starts[number], min(ends[number], starts[number] + reach)
        if start == end or not 65 <= data[start] <= 90:
            continue
        for at in range(start + 1, end):
            # A hyphen, or the last byte of a dash of three.
            dash = data[at - 1] == 45 or (data[at - 1] in (0x93, 0x94) and at - 2 >= start and data[at - 2] == 0x80)
            if data[at] == 32 and dash:
                found[number] = True
                break
    return found


@compiled
def scan(
    data: Any, begins: Any, ends: Any, classes: Any, pieces: Any, seed: Any, found: Any, at: Any, till: Any, first: Any
) -> Any:
    """Cut sentences into pieces: the number of each (-1 when never met), and its bytes; returns how many there are."""
    slots, text, rows = pieces
    count = 0
    for number in range(len(begins)):
        first[number] = count
        here, end = begins[number], ends[number]
        while here < end:
            kind, width = _class(data, here, classes)
            if kind != SPACE:
                following = here + width
                if kind == INSIDE:
                    while following < end:
                        kind, width = _class(data, following, classes)
                        if kind != INSIDE:
                            break
                        following += width
                found[count] = _find(data, here, following, slots, text, rows, seed)
                at[count], till[count] = here, following
                count += 1
                here = following
            else:
                here += width
    first[len(begins)] = count
    return count


@compiled
def _class(data: Any, at: int, classes: Any) -> tuple[int, int]:
    """Class and length in bytes of the character at `at`; the bytes are valid UTF-8."""
    byte = np.int64(data[at])
    if byte < 0x80:
        return classes[byte], 1
    if byte < 0xE0:
        return classes[(byte & 0x1F) << 6 | (data[at + 1] & 0x3F)], 2
    if byte < 0xF0:
        return classes[(byte & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F)], 3
    return classes[(byte & 7) << 18 | (data[at + 1] & 0x3F) << 12 | (data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F)], 4


@compiled
def _head(data: Any, start: int, end: int) -> Any:
    """Up to eight bytes as one number."""
    value, shift = np.uint64(0), np.uint64(0)
    for at in range(start, min(end, start + 8)):
        value |= np.uint64(data[at]) << shift
        shift += np.uint64(8)
    return value


@compiled
def _hash(data: Any, start: int, end: int, head: Any, seed: Any) -> Any:
    """Multiply-shift over eight bytes at a time; `seed` is odd and secret, so that no known text fills one slot."""
    value = head * seed
    for at in range(start + 8, end, 8):
        value = ((value ^ (value >> np.uint64(32))) + _head(data, at, end)) * seed
    return value ^ (value >> np.uint64(32))


@compiled
def _find(data: Any, start: int, end: int, slots: Any, text: Any, rows: Any, seed: Any) -> Any:
    """The number of the piece in these bytes, all of which are compared; -1 when it is new."""
    size, head, last = end - start, _head(data, start, end), len(slots) - 1
    value = np.int64(_hash(data, start, end, head, seed))
    slot, tag = value & last, value >> 32
    while slots[slot]:
        if slots[slot] >> 32 == tag:
            number = (slots[slot] & 0xFFFFFFFF) - 1
            if rows[number, _SIZE] == size and rows[number, _HEAD] == np.int64(head):
                begin, same = rows[number, _START], 8
                while same < size and text[begin + same] == data[start + same]:
                    same += 1
                if same >= size:
                    return number
        slot = (slot + 1) & last
    return -1


@compiled
def enter(pieces: Any, seed: Any, fresh: int, count: int) -> None:
    """Put the pieces from `fresh` to `count` into the hash table."""
    last = len(pieces.slots) - 1
    for number in range(fresh, count):
        start = pieces.rows[number, _START]
        end = start + pieces.rows[number, _SIZE]
        head = _head(pieces.text, start, end)
        pieces.rows[number, _HEAD] = np.int64(head)
        value = np.int64(_hash(pieces.text, start, end, head, seed))
        slot = value & last
        while pieces.slots[slot]:
            slot = (slot + 1) & last
        pieces.slots[slot] = (value >> 32) << 32 | (number + 1)


@compiled
def enter_pairs(keys: Any, columns: Any, pairs: Any) -> None:
    """Fill the hash table of pairs of stems."""
    last = len(pairs) - 1
    for number in range(len(keys)):
        slot = _pair_slot(keys[number], last)
        while pairs[slot, 0] >= 0:
            slot = (slot + 1) & last
        pairs[slot, 0], pairs[slot, 1] = keys[number], columns[number]


@compiled
def _pair_slot(key: int, last: int) -> Any:
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(20)) & last


@compiled
def _pair(left: Any, right: Any, pairs: Any) -> Any:
    """The column of two neighbouring stems, or -1."""
    if left < 0 or right < 0:
        return -1
    key, last = left << 32 | right, len(pairs) - 1
    slot = _pair_slot(key, last)
    while pairs[slot, 0] >= 0:
        if pairs[slot, 0] == key:
            return pairs[slot, 1]
        slot = (slot + 1) & last
    return -1


# --- tokens ----------------------------------------------------------------------------------------------------------


@compiled
def _tokenize(found: Any, at: Any, first: int, last: int, pieces: Any, token: Any, start: Any, end: Any) -> Any:
    """Words, masks and marks of one sentence with their bytes; returns how many there are."""
    lower = upper = False
    words = longer = capitals = 0
    for number in range(first, last):
        flags = pieces[found[number], _MAY_BE]
        lower |= flags & _PIECE.lower != 0
        upper |= flags & _PIECE.upper != 0
        if flags & _PIECE.alphabetic:
            words += 1
            if flags & _PIECE.longer:
                longer += 1
                capitals += flags & _PIECE.capital != 0
    all_capitals = upper and not lower
    stops = last > first and pieces[found[last - 1], _MAY_BE] & _PIECE.stop != 0
    headline = all_capitals or (not stops and words >= 3 and capitals > 0.6 * longer > 0)
    count, before = 0, _PIECE.opens_quote
    for number in range(first, last):
        piece = found[number]
        flags, word = pieces[piece, _MAY_BE], pieces[piece, _WORD_NUMBER]
        after = pieces[found[number + 1], _MAY_BE] if number + 1 < last else 0
        is_name = word == NAME or (flags & _PIECE.may_be_name and _is_name(flags, before, after, headline, all_capitals))
        before = flags
        if is_name:
            word = NAME
        elif word < 0:
            continue
        start[count] = at[number] + pieces[piece, _LEAD]
        end[count] = start[count] + pieces[piece, _LENGTH]
        if is_name and count and token[count - 1] == NAME:
            end[count - 1] = end[count]
        else:
            token[count] = word
            count += 1
    return count


@compiled
def _is_name(word: int, before: int, after: int, headline: bool, all_capitals: bool) -> bool:
    common = word & _PIECE.common != 0
    if word & _PIECE.us or (word & _PIECE.acronym and not all_capitals):
        return True
    if word & _PIECE.opener and after & _PIECE.capital and not after & _PIECE.common:
        return True
    if headline:
        return not common
    if before & _PIECE.opens_quote:
        opens_name = after & _PIECE.capital and after & _PIECE.several and not after & _PIECE.day
        return not common or (opens_name and not word & _PIECE.function)
    return True


# --- features --------------------------------------------------------------------------------------------------------


@compiled
def _features(
    token: Any, count: int, words: Any, senses: Any, unknown: Any, pairs: Any, flag: Any, column: Any, left: Any, right: Any
) -> tuple[int, float]:
    """Columns of the features, but for the main verb's, with the tokens that they stand on.

    Fills `flag` with what is known of each token. Returns how many features there are, and the share of words met before.
    """
    found = strange = met = total = 0
    no = ending = 0
    previous = stem = -1
    for number in range(count):
        flag[number] = words[token[number], _FLAGS]
    for number in range(count):
        flags = flag[number]
        if not flags & _WORD.word:
            continue
        word = token[number]
        itself, before, stem = words[word, _COLUMN], stem, words[word, _STEM]
        if not flags & _WORD.mask:
            total += 1
            met += itself >= 0
        found = _add(itself, number, -1, found, column, left, right)
        for at in range(words[word, _SENSES], words[word, _SENSES_END]):
            found = _add(senses[at], number, -1, found, column, left, right)
        if itself < 0 and strange < MOST_UNKNOWN:
            found = _add(unknown[strange], number, -1, found, column, left, right)
            strange += 1
        if previous >= 0:
            found = _add(_pair(np.int64(before), np.int64(stem), pairs), previous, number, found, column, left, right)
        negates = flags & _WORD.negator != 0
        if flags & _WORD.rule:
            following = number + 1
            while following < count and not flag[following] & _WORD.word:
                following += 1
            negates = negates or (following < count and flag[following] & _WORD.out != 0)
        lifts = not negates and flags & _WORD.lifter != 0
        if negates:
            no = REACH
        elif no:
            no -= 1
            found = _add(words[word, _NO], number, -1, found, column, left, right)
        if lifts:
            ending = REACH
        elif ending:
            ending -= 1
            found = _add(words[word, _ENDING], number, -1, found, column, left, right)
        previous = number
    return found, met / total if total else 1.0


@compiled
def _main_features(
    token: Any, flag: Any, count: int, main_start: Any, mains: Any, found: int, column: Any, left: Any, right: Any
) -> Any:
    """Columns of the features of the main verb behind the `found` others; how many there are now."""
    main, kind = _main_verb(flag, count)
    if main >= 0:
        for prefix in (0, kind) if kind else (0, -1):
            if prefix >= 0:
                row = token[main] * len(KINDS) + prefix
                for at in range(main_start[row], main_start[row + 1]):
                    found = _add(mains[at], main, -1, found, column, left, right)
    return found


@compiled
def _add(feature: int, one: int, other: int, found: int, column: Any, left: Any, right: Any) -> Any:
    if feature < 0:
        return found
    column[found], left[found], right[found] = feature, one, other
    return found + 1


@compiled
def _main_verb(flag: Any, count: int) -> tuple[int, int]:
    """The token of the main verb, or -1, and its kind."""
    best, best_rank, best_kind = -1, 3, 0
    subordinate = False
    for number in range(count):
        flags = flag[number]
        if flags & _WORD.subordinator:
            subordinate = True
        elif flags & _WORD.clause_end:
            subordinate = False
        if not flags & _WORD.verb:
            continue
        before, negated = number - 1, False
        while before >= max(0, number - MOST_BETWEEN) and flag[before] & _WORD.between:
            negated = negated or flag[before] & _WORD.not_or_never != 0
            before -= 1
        previous = flag[before] if before >= 0 else 0
        negated = negated or previous & _WORD.contracted_not != 0
        following = flag[number + 1] if number + 1 < count else 0
        used, finite, passive = _verb_kind(flags, previous, following)
        if used:
            act = finite and not flags & _WORD.speech
            rank = 0 if act and not subordinate else 1 if act else 2
            if rank < best_rank:
                suffered = passive and not _names_its_agent(flag, number, count)
                best, best_rank, best_kind = number, rank, negated + 2 * suffered
    return best, best_kind


@compiled
def _names_its_agent(flag: Any, verb: int, count: int) -> Any:
    for number in range(verb + 1, min(count, verb + 1 + AGENT_WITHIN)):
        flags = flag[number]
        if flags & (_WORD.by | _WORD.clause_end):
            return flags & _WORD.by != 0
    return False


@compiled
def _verb_kind(verb: int, previous: int, following: int) -> tuple[bool, bool, bool]:
    """Whether a form is a verb after `previous`, finite, and passive."""
    participle = verb & _WORD.participle != 0
    if previous & _WORD.modal:
        return verb & _WORD.base != 0, not previous & _WORD.to, False
    if previous & _WORD.be:
        gerund = verb & _WORD.gerund != 0
        return gerund or participle, True, not gerund
    if previous & _WORD.have:
        return participle, True, False
    if previous & (_WORD.determiner | _WORD.preposition):
        return False, False, False
    if participle:
        return True, True, False
    placed = verb & _WORD.third_person != 0 and previous & _WORD.subject != 0
    return placed and (following & _WORD.object != 0 or verb & _WORD.often_noun == 0), True, False


# --- scores ----------------------------------------------------------------------------------------------------------


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
        count = _tokenize(found, at, first[number], first[number + 1], piece_rows, token, start, end)
        features, known[number] = _features(token, count, word_rows, senses, unknown, pairs, flag, column, left, right)
        features = _main_features(token, flag, count, main_start, mains, features, column, left, right)
        _add_up(column, features, rows, intercept, times, value, logits, number)
        if explain:
            label, rival = _two_highest(logits, number)
            _divide(column, left, right, features, rows, value, label, rival, share, count)
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
