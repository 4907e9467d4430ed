"""The words of a sentence in, the columns of what is done to hostile and to friendly things out: ``model.turns`` over numbers."""

from __future__ import annotations

from typing import Any

from classifier.kernel.columns import add
from classifier.kernel.jit import compiled
from classifier.kernel.layout import PARTICLE, REVERSING, TURN, WORD
from classifier.model.scenes import ALONE
from classifier.model.turns import (
    ANSWER,
    BEGINNING,
    BREAK,
    CALL,
    END,
    FRIENDLY,
    HOSTILE,
    NOT,
    NOT_NOT,
    ON_ANSWER,
    ON_FRIENDLY,
    ON_HOSTILE,
    OTHER,
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
    """Columns of turns behind the `found` others; how many there are now.

    `reach` has room for each turn, how far it still reaches and which token was the first to begin it.
    """
    reach[0, :], reach[1, :] = 0, -1
    thing = -1
    side = since = age = waiting = before = met = 0
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
        if bits & (HOSTILE | FRIENDLY | ANSWER):
            thing, since = number, 0
            side = ON_FRIENDLY if bits & FRIENDLY else ON_HOSTILE if bits & HOSTILE else ON_ANSWER
            mask = 0
            for turn in range(_TURNS):
                if reach[0, turn]:
                    mask |= 1 << turn
            if mask:
                met |= mask
                found = add(turns[mask, side], number, -1, found, column, left, right)
        for turn in range(_TURNS):
            reach[0, turn] = max(0, reach[0, turn] - 1)
        begun = bits & BEGINNING
        if taken_back and age == 1:
            begun, reach[0, CALL], reach[1, CALL] = begun | 1 << END, 0, -1
        if bits >> NOT & 1 or (bits & OUT and before & RULE):
            begun |= 1 << NOT
            if reach[0, NOT] > 0:
                reach[0, NOT], reach[0, NOT_NOT] = 0, TURN_WITHIN
                met |= 1 << NOT
            else:
                reach[0, NOT], reach[0, NOT_NOT] = TURN_WITHIN, 0
        for turn in range(_TURNS):
            if begun >> turn & 1:
                if reach[1, turn] < 0:
                    reach[1, turn] = number
                if turn != NOT:
                    reach[0, turn] = TURN_WITHIN
        before = bits
        if rows[token[number], REVERSING] & ~ALONE:
            waiting, age = rows[token[number], REVERSING], 0
    for turn in range(_TURNS):
        if reach[1, turn] >= 0 and not met >> turn & 1:
            found = add(turns[1 << turn, OTHER], reach[1, turn], -1, found, column, left, right)
    return found
