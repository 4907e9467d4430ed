"""The words of a sentence in, the columns of what is done to hostile and to friendly things out: ``model.turns`` over numbers."""

from __future__ import annotations

from typing import Any

from classifier.kernel.columns import add
from classifier.kernel.jit import compiled
from classifier.kernel.layout import PARTICLE, REVERSING, TURN, WORD
from classifier.model.scenes import ALONE
from classifier.model.turns import (
    BREAK,
    CALL,
    END,
    FRIENDLY,
    HOSTILE,
    NOT,
    NOT_NOT,
    OUT,
    PARTICLE_WITHIN,
    RULE,
    TURN_WITHIN,
    TURNS,
)

_TURNS = len(TURNS)


@compiled
def turn_features(
    token: Any, flag: Any, count: int, rows: Any, turns: Any, reach: Any, found: int, column: Any, left: Any, right: Any
) -> Any:
    """Columns of turns behind the `found` others; how many there are now. `reach` has room for each turn."""
    reach[:] = 0
    thing = -1
    side = since = age = waiting = before = 0
    for number in range(count):
        if not flag[number] & WORD.word:
            continue
        bits, particle = rows[token[number], TURN], rows[token[number], PARTICLE]
        since, age = since + 1, age + 1
        taken_back = waiting & particle != 0 and age <= PARTICLE_WITHIN
        if taken_back and thing >= 0 and since < age:
            found = add(turns[1 << END, side], thing, -1, found, column, left, right)
        if bits >> BREAK & 1 and thing >= 0 and since <= TURN_WITHIN:
            found = add(turns[0, side], thing, -1, found, column, left, right)
        if bits & (HOSTILE | FRIENDLY):
            thing, side, since = number, 1 if bits & FRIENDLY else 0, 0
            mask = 0
            for turn in range(_TURNS):
                if reach[turn]:
                    mask |= 1 << turn
            if mask:
                found = add(turns[mask, side], number, -1, found, column, left, right)
        for turn in range(_TURNS):
            reach[turn] = max(0, reach[turn] - 1)
        if bits >> NOT & 1 or (bits & OUT and before & RULE):
            if reach[NOT] > 0:
                reach[NOT], reach[NOT_NOT] = 0, TURN_WITHIN
            else:
                reach[NOT], reach[NOT_NOT] = TURN_WITHIN, 0
        if taken_back and age == 1:
            reach[CALL] = 0
        if bits >> END & 1 or (taken_back and age == 1):
            reach[END] = TURN_WITHIN
        for turn in range(END + 1, _TURNS):
            if bits >> turn & 1:
                reach[turn] = TURN_WITHIN
        before = bits
        if rows[token[number], REVERSING] & ~ALONE:
            waiting, age = rows[token[number], REVERSING], 0
    return found
