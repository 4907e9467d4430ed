"""The tokens of a sentence in, the columns of what they tell together out: what is taken back, tolls, and the shape.

What the rules are stands in ``model.scenes`` and ``model.shape``; here they are said again over numbers and bit flags.
"""

from __future__ import annotations

from typing import Any

from classifier.kernel.columns import add
from classifier.kernel.jit import compiled
from classifier.kernel.layout import COUNTED, END, PARTICLE, REVERSING, UNDONE, WORD
from classifier.model.scenes import ALONE, UNDONE_WITHIN
from classifier.model.shape import COUNTED as COUNTED_TO
from classifier.model.shape import KINDS, LONG, MOST_STEPS, SHORT, WORDS_IN_STEP
from classifier.model.tokens import Look

_MOST = tuple(COUNTED_TO.values())
_WORDS, _LONG, _SHORT, _LOOK = (KINDS.index(kind) for kind in ("words", "long", "short", "headline"))
_LOOKS = len(Look._fields)


@compiled
def scene_features(
    token: Any, flag: Any, count: int, rows: Any, tolls: Any, found: int, column: Any, left: Any, right: Any
) -> Any:
    """Columns of what is taken back and of tolls behind the `found` others; how many there are now."""
    reach = waiting = 0
    casualty = attack = -1
    for number in range(count):
        flags, word = flag[number], token[number]
        if not flags & WORD.word:
            continue
        with_particle = waiting & rows[word, PARTICLE]
        waiting = rows[word, REVERSING]
        if waiting & ALONE or with_particle:
            reach = UNDONE_WITHIN
        elif reach:
            reach -= 1
            found = add(rows[word, UNDONE], number, -1, found, column, left, right)
        if casualty < 0 and flags & WORD.casualty:
            casualty = number
        if attack < 0 and flags & WORD.attack:
            attack = number
    if casualty >= 0:
        found = add(tolls[1 if attack >= 0 else 0], casualty, attack, found, column, left, right)
    return found


@compiled
def shape_features(
    token: Any,
    flag: Any,
    count: int,
    look: int,
    rows: Any,
    shape: Any,
    counts: Any,
    found: int,
    column: Any,
    left: Any,
    right: Any,
) -> Any:
    """Columns of the shape behind the `found` others; how many there are now. `counts` has room for one of each kind."""
    counts[:] = 0
    words = 0
    for number in range(count):
        words += flag[number] & WORD.word != 0
        kind = rows[token[number], COUNTED]
        if kind >= 0:
            counts[kind] += 1
    for kind in range(len(_MOST)):
        found = add(shape[kind, min(counts[kind], _MOST[kind])], -1, -1, found, column, left, right)
    found = add(shape[_WORDS, min(words // WORDS_IN_STEP, MOST_STEPS)], -1, -1, found, column, left, right)
    found = add(shape[_LONG, 1 if words > LONG else 0], -1, -1, found, column, left, right)
    if words <= SHORT:
        found = add(shape[_SHORT, words], -1, -1, found, column, left, right)
    for kind in range(_LOOKS):
        found = add(shape[_LOOK + kind, look >> kind & 1], -1, -1, found, column, left, right)
    if count:
        found = add(rows[token[count - 1], END], -1, -1, found, column, left, right)
    return found
