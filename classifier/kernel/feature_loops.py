"""Pieces of a sentence in, the columns of its features out.

What the rules are, and why, stands in ``model.tokens`` and ``model.features``; here they are said again over numbers and bit
flags, under the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled
from classifier.kernel.layout import (
    COLUMN,
    ENDING,
    FLAGS,
    KINDS,
    LEAD,
    LENGTH,
    MAY_BE,
    NAME,
    NO,
    PIECE,
    SENSES,
    SENSES_END,
    STEM,
    WORD,
    WORD_NUMBER,
)
from classifier.model.features import AGENT_WITHIN, MOST_UNKNOWN, REACH
from classifier.model.verbs import MOST_BETWEEN


@compiled
def tokenize(found: Any, at: Any, first: int, last: int, pieces: Any, token: Any, start: Any, end: Any) -> Any:
    """Words, masks and marks of one sentence with their bytes; returns how many there are."""
    lower = upper = False
    words = longer = capitals = 0
    for number in range(first, last):
        flags = pieces[found[number], MAY_BE]
        lower |= flags & PIECE.lower != 0
        upper |= flags & PIECE.upper != 0
        if flags & PIECE.alphabetic:
            words += 1
            if flags & PIECE.longer:
                longer += 1
                capitals += flags & PIECE.capital != 0
    all_capitals = upper and not lower
    stops = last > first and pieces[found[last - 1], MAY_BE] & PIECE.stop != 0
    headline = all_capitals or (not stops and words >= 3 and capitals > 0.6 * longer > 0)
    count, before = 0, PIECE.opens_quote
    for number in range(first, last):
        piece = found[number]
        flags, word = pieces[piece, MAY_BE], pieces[piece, WORD_NUMBER]
        after = pieces[found[number + 1], MAY_BE] if number + 1 < last else 0
        is_name = word == NAME or (flags & PIECE.may_be_name and _is_name(flags, before, after, headline, all_capitals))
        before = flags
        if is_name:
            word = NAME
        elif word < 0:
            continue
        start[count] = at[number] + pieces[piece, LEAD]
        end[count] = start[count] + pieces[piece, LENGTH]
        if is_name and count and token[count - 1] == NAME:
            end[count - 1] = end[count]
        else:
            token[count] = word
            count += 1
    return count


@compiled
def _is_name(word: int, before: int, after: int, headline: bool, all_capitals: bool) -> bool:
    common = word & PIECE.common != 0
    if word & PIECE.us or (word & PIECE.acronym and not all_capitals):
        return True
    if word & PIECE.opener and after & PIECE.capital and not after & PIECE.common:
        return True
    if headline:
        return not common
    if before & PIECE.opens_quote:
        opens_name = after & PIECE.capital and after & PIECE.several and not after & PIECE.day
        return not common or (opens_name and not word & PIECE.function)
    return True


# --- features ----------------------------------------------------------------------------------------------------------


@compiled
def features(
    token: Any, count: int, words: Any, senses: Any, unknown: Any, pairs: Any, flag: Any, column: Any, left: Any, right: Any
) -> tuple[int, float]:
    """Columns of the features, but for the main verb's, with the tokens that they stand on.

    Fills `flag` with what is known of each token. Returns how many features there are, and the share of words met before.
    """
    found = strange = met = total = 0
    no = ending = 0
    previous = stem = -1
    for number in range(count):
        flag[number] = words[token[number], FLAGS]
    for number in range(count):
        flags = flag[number]
        if not flags & WORD.word:
            continue
        word = token[number]
        itself, before, stem = words[word, COLUMN], stem, words[word, STEM]
        if flags & WORD.content:
            total += 1
            met += itself >= 0
        found = _add(itself, number, -1, found, column, left, right)
        for at in range(words[word, SENSES], words[word, SENSES_END]):
            found = _add(senses[at], number, -1, found, column, left, right)
        if itself < 0 and strange < MOST_UNKNOWN:
            found = _add(unknown[strange + 1], number, -1, found, column, left, right)
            strange += 1
        if previous >= 0:
            found = _add(_pair(np.int64(before), np.int64(stem), pairs), previous, number, found, column, left, right)
        negates = flags & WORD.negator != 0
        if flags & WORD.rule:
            following = number + 1
            while following < count and not flag[following] & WORD.word:
                following += 1
            negates = negates or (following < count and flag[following] & WORD.out != 0)
        lifts = not negates and flags & WORD.lifter != 0
        if negates:
            no = REACH
        elif no:
            no -= 1
            found = _add(words[word, NO], number, -1, found, column, left, right)
        if lifts:
            ending = REACH
        elif ending:
            ending -= 1
            found = _add(words[word, ENDING], number, -1, found, column, left, right)
        previous = number
    if not met:
        found = _add(unknown[0], -1, -1, found, column, left, right)
    return found, met / total if total else 0.0


@compiled
def main_features(
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
        if flags & WORD.subordinator:
            subordinate = True
        elif flags & WORD.clause_end:
            subordinate = False
        if not flags & WORD.verb:
            continue
        before, negated = number - 1, False
        while before >= max(0, number - MOST_BETWEEN) and flag[before] & WORD.between:
            negated = negated or flag[before] & WORD.not_or_never != 0
            before -= 1
        previous = flag[before] if before >= 0 else 0
        negated = negated or previous & WORD.contracted_not != 0
        following = flag[number + 1] if number + 1 < count else 0
        used, finite, passive = _verb_kind(flags, previous, following)
        if used:
            act = finite and not flags & WORD.speech
            rank = 0 if act and not subordinate else 1 if act else 2
            if rank < best_rank:
                suffered = passive and not _names_its_agent(flag, number, count)
                best, best_rank, best_kind = number, rank, negated + 2 * suffered
    return best, best_kind


@compiled
def _names_its_agent(flag: Any, verb: int, count: int) -> Any:
    for number in range(verb + 1, min(count, verb + 1 + AGENT_WITHIN)):
        flags = flag[number]
        if flags & (WORD.by | WORD.clause_end):
            return flags & WORD.by != 0
    return False


@compiled
def _verb_kind(verb: int, previous: int, following: int) -> tuple[bool, bool, bool]:
    """Whether a form is a verb after `previous`, finite, and passive."""
    participle = verb & WORD.participle != 0
    if previous & WORD.modal:
        return verb & WORD.base != 0, not previous & WORD.to, False
    if previous & WORD.be:
        gerund = verb & WORD.gerund != 0
        return gerund or participle, True, not gerund
    if previous & WORD.have:
        return participle, True, False
    if previous & (WORD.determiner | WORD.preposition):
        return False, False, False
    if participle:
        return True, True, False
    placed = verb & WORD.third_person != 0 and previous & WORD.subject != 0
    return placed and (following & WORD.object != 0 or verb & WORD.often_noun == 0), True, False


# --- pairs of stems ----------------------------------------------------------------------------------------------------


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
