"""Pieces of a sentence in, its tokens and the columns of the features of its words out.

What the rules are, and why, stands in ``model.tokens`` and ``model.features``; here they are said again over numbers and bit
flags, under the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.columns import add, pair
from classifier.kernel.jit import compiled
from classifier.kernel.layout import (
    CLASSES,
    COLUMN,
    ENDING,
    FLAGS,
    LEAD,
    LENGTH,
    LOOK,
    MAY_BE,
    NAME,
    NO,
    PIECE,
    SENSES,
    STEM,
    WORD,
    WORD_NUMBER,
)
from classifier.model.features import MOST_UNKNOWN, REACH


@compiled
def tokenize(found: Any, at: Any, first: int, last: int, pieces: Any, token: Any, start: Any, end: Any) -> tuple[int, int]:
    """Words, masks and marks of one sentence with their bytes; returns how many there are, and how it is written, in bits."""
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
    return count, _look(found, first, last, pieces, headline)


@compiled
def _look(found: Any, first: int, last: int, pieces: Any, headline: bool) -> int:
    """How a sentence is written, in the bits of ``LOOK``, but for its dateline."""
    look = LOOK.headline if headline else 0
    if first == last:
        return look
    opens, closes = pieces[found[first], MAY_BE], pieces[found[last - 1], MAY_BE]
    if closes & PIECE.quotes and last - first > 1:
        closes |= pieces[found[last - 2], MAY_BE] & PIECE.full_stop
    if closes & PIECE.full_stop:
        look |= LOOK.stop
    if opens & PIECE.starts_quote:
        look |= LOOK.quote
    if opens & PIECE.starts_lower:
        look |= LOOK.lower
    return look


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
    """Columns of the features of words, their classes, pairs and scopes, with the tokens that they stand on.

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
        found = add(itself, number, -1, found, column, left, right)
        for at in range(words[word, SENSES], words[word, CLASSES]):
            found = add(senses[at], number, -1, found, column, left, right)
        if itself < 0 and strange < MOST_UNKNOWN:
            found = add(unknown[strange + 1], number, -1, found, column, left, right)
            strange += 1
        if previous >= 0:
            found = add(pair(np.int64(before), np.int64(stem), pairs), previous, number, found, column, left, right)
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
            found = add(words[word, NO], number, -1, found, column, left, right)
        if lifts:
            ending = REACH
        elif ending:
            ending -= 1
            found = add(words[word, ENDING], number, -1, found, column, left, right)
        previous = number
    if not met:
        found = add(unknown[0], -1, -1, found, column, left, right)
    return found, met / total if total else 0.0
