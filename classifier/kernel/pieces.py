"""Sentences as bytes in, the numbers of their pieces out: words and marks, told apart by all of their bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled
from classifier.kernel.layout import HEAD, INSIDE, SIZE, SPACE, START


@compiled
def may_have_dateline(data: Any, starts: Any, ends: Any, reach: int) -> Any:
    """Whether each sentence begins with a capital and has a dash or "/." before a space within `reach` bytes."""
    found = np.zeros(len(starts), dtype=np.bool_)
    for number in range(len(starts)):
        start, end = starts[number], min(ends[number], starts[number] + reach)
        if start == end or not 65 <= data[start] <= 90:
            continue
        for at in range(start + 1, end):
            # A hyphen, or the last byte of a dash of three.
            dash = data[at - 1] == 45 or (data[at - 1] in (0x93, 0x94) and at - 2 >= start and data[at - 2] == 0x80)
            if data[at] == 32 and (dash or (data[at - 1] == 46 and data[at - 2] == 47)):
                found[number] = True
                break
    return found


@compiled
def may_be_unseen(data: Any, starts: Any, ends: Any) -> Any:
    """Whether each sentence may hold what ``text.reading`` takes away or puts in other letters, by the first bytes of those."""
    found = np.zeros(len(starts), dtype=np.bool_)
    for number in range(len(starts)):
        for at in range(starts[number], ends[number] - 1):
            byte, following = data[at], data[at + 1]
            if byte >= 0xC2:
                wide = byte == 0xE2 and (following == 0x81 or (following == 0x80 and not 0x90 <= data[at + 2] <= 0xA9))
                if wide or byte == 0xEF or (byte == 0xC2 and following == 0xAD):
                    found[number] = True
                    break
            elif byte == 45 and following == 10:
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
            if rows[number, SIZE] == size and rows[number, HEAD] == np.int64(head):
                begin, same = rows[number, START], 8
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
        start = pieces.rows[number, START]
        end = start + pieces.rows[number, SIZE]
        head = _head(pieces.text, start, end)
        pieces.rows[number, HEAD] = np.int64(head)
        value = np.int64(_hash(pieces.text, start, end, head, seed))
        slot = value & last
        while pieces.slots[slot]:
            slot = (slot + 1) & last
        pieces.slots[slot] = (value >> 32) << 32 | (number + 1)
