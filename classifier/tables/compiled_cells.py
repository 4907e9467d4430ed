"""Loops over the cells of a CSV, compiled by Numba: which hold one paragraph or one sentence, and what they hold, copied out.

As in ``compiled_csv``, a loop may say "not plain" as often as it likes, and must never be wrong when it says "plain".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled

_SPACE, _QUOTE = 32, 34
NOT_PLAIN, SENTENCE, PARAGRAPH = 0, 1, 2
"""What ``paragraphs`` says of a cell."""
_REACH = 300
"""More bytes than a date has, and than stand before the agency of a dateline."""
_CLOSING = 2400
"""No fewer bytes than the end of a paragraph has in which ``leftovers`` looks for sentences that are none of it."""
_LONGEST_AGENCY = 20
"""No fewer characters than the name of an agency has."""
_STOPS = (33, 46, 63)
_LONGEST_ENTITY = 40


@compiled
def trim(data: Any, cells: Any) -> Any:
    """Cut off the blanks round each cell (n, 2); whether the rest is empty, or begins and ends in a visible ASCII character."""
    plain = np.zeros(len(cells), dtype=np.bool_)
    for number in range(len(cells)):
        start, end = cells[number, 0], cells[number, 1]
        while start < end and data[start] == _SPACE:
            start += 1
        while start < end and data[end - 1] == _SPACE:
            end -= 1
        cells[number, 0], cells[number, 1] = start, end
        plain[number] = start == end or (_SPACE < data[start] < 127 and _SPACE < data[end - 1] < 127)
    return plain


@compiled
def holds(data: Any, cells: Any, byte: int) -> Any:
    """Which of the cells (n, 2) hold this byte."""
    found = np.zeros(len(cells), dtype=np.bool_)
    for number in range(len(cells)):
        for at in range(cells[number, 0], cells[number, 1]):
            if data[at] == byte:
                found[number] = True
                break
    return found


@compiled
def paragraphs(data: Any, cells: Any, marks: Any, openers: Any, closers: Any, dates: Any) -> Any:
    """What each cell (n, 2) is: no plain text, one paragraph that is one sentence for sure, or one paragraph.

    Also whether it begins with one of `openers` or holds one of `closers` near its end, so that it may not be a paragraph, or not
    all of it, and whether a bracket opens near its start, as in a dateline with an agency. Blanks round a cell are cut off in
    `cells`. `marks` is 0 for the bytes that say nothing; `dates` are how dates begin.
    """
    kinds = np.zeros(len(cells), dtype=np.int8)
    opens, bracket = np.zeros(len(cells), dtype=np.bool_), np.zeros(len(cells), dtype=np.bool_)
    trim(data, cells)
    first = np.zeros(256, dtype=np.bool_)
    first[closers[:, 0]] = True
    for number in range(len(cells)):
        start, end = cells[number, 0], cells[number, 1]
        if end - start > 2:
            kinds[number], bracket[number] = _kind(data, start, end, marks, dates)
            if kinds[number] != NOT_PLAIN:
                opens[number] = _begins(data, start, end, openers, 0) or _holds(
                    data, max(start, end - _CLOSING), end, closers, first
                )
    return kinds, opens, bracket


@compiled
def _kind(data: Any, start: int, end: int, marks: Any, dates: Any) -> tuple[int, bool]:
    """Letters, digits and common marks on one line make a paragraph; with no stop but the last it is one sentence."""
    stop = _last_stop(data, start, end)
    stops = data[stop] in _STOPS
    # What ends without a stop may be the name of an agency.
    if not stops and not (_is_alphanumeric(data[start]) and _is_alphanumeric(data[end - 1]) and end - start > _LONGEST_AGENCY):
        return NOT_PLAIN, False
    lower = colon = year = bracket = False
    kind, at = SENTENCE, start
    while at < stop:
        byte = data[at]
        if marks[byte] == 0:
            lower = lower or byte >= 97
            at += 1
        elif 48 <= byte <= 57:
            first = at
            while at < stop and 48 <= data[at] <= 57:
                at += 1
            # The last character is at `stop`, where it is no mark.
            year |= at - first + (at == stop and 48 <= data[stop] <= 57) >= 4
        elif byte in (34, 39, 96) or byte >= 0x80:
            quotes = 0
            while at < stop and (data[at] in (34, 39, 96) or data[at] >= 0x80):
                width = _plain_width(data, at)
                quotes = 0 if data[at] >= 0x80 and width < 3 else quotes + 1
                if width == 0 or quotes > 4:
                    return NOT_PLAIN, False
                at += width
        else:
            # Control characters, tags, paths and what stands in brackets at the end may be no part of a sentence.
            if byte < 32 or byte in (47, 60, 62, 127) or (byte == 41 and stop - at < 4):
                return NOT_PLAIN, False
            if byte == 38 and _is_entity(data, at + 1, end):
                return NOT_PLAIN, False
            # "(a)" and "1)" may begin a point of a list.
            if byte == 41 and _numbers(data, start, at):
                kind = PARAGRAPH
            if byte in _STOPS and (byte != 46 or not (97 <= data[at + 1] <= 122 or 48 <= data[at + 1] <= 57)):
                kind = PARAGRAPH
            colon |= byte == 58
            bracket |= byte == 40 and at - start < _REACH
            at += 1
    # A short line with a year may be a date, and one with a colon, but no full stop, a credit.
    if not lower or (colon and data[stop] != 46) or (year and end - start < _REACH and _opens_date(data, start, end, dates)):
        return NOT_PLAIN, bracket
    return kind, bracket


@compiled
def _numbers(data: Any, start: int, at: int) -> bool:
    """Whether one to three letters or digits stand before `at`, by themselves."""
    back = at - 1
    while back >= start and at - back < 5 and _is_alphanumeric(data[back]):
        back -= 1
    return 1 < at - back < 5 and (back < start or data[back] in (32, 40))


@compiled
def _is_entity(data: Any, at: int, end: int) -> Any:
    """Whether what follows an ampersand may make an entity such as ``&quot;`` of it."""
    first = at
    while at < end and at - first < _LONGEST_ENTITY and (_is_alphanumeric(data[at]) or data[at] == 35):
        at += 1
    return first < at < end and data[at] == 59


@compiled
def _last_stop(data: Any, start: int, end: int) -> Any:
    """Where the mark stands that ends the text, but for one quotation mark; the last character where it ends otherwise."""
    at = end - 1
    if data[at] == _QUOTE:
        at -= 2  # doubled, as in every quoted cell
    elif data[at] == 39:
        at -= 1
    elif data[at] in (0x99, 0x9D) and data[at - 1] == 0x80 and data[at - 2] == 0xE2:
        at -= 3
    return at if at > start and data[at] in _STOPS else end - 1


@compiled
def _is_alphanumeric(byte: int) -> bool:
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122


@compiled
def _plain_width(data: Any, at: int) -> int:
    """Bytes of a Latin letter, a dash, a quotation mark or the sign of a currency; 0 for any other character."""
    byte = data[at]
    if byte < 0x80:
        return 2 if byte == _QUOTE else 1  # doubled, as in every quoted cell
    if 0xC3 <= byte <= 0xC9 or (byte == 0xC2 and data[at + 1] in (0xA3, 0xA5)):
        return 2
    latin = byte == 0xE1 and 0xB8 <= data[at + 1] <= 0xBB
    euro = byte == 0xE2 and data[at + 1] == 0x82 and data[at + 2] == 0xAC
    return 3 if latin or euro or _is_dash_or_quote(data, at) else 0


@compiled
def _opens_date(data: Any, start: int, end: int, dates: Any) -> bool:
    """Whether the text begins with a digit or with one of `dates`, in whatever case."""
    odd = max(data[start], data[start + 1], data[start + 2]) > 127
    return odd or 48 <= data[start] <= 57 or _begins(data, start, end, dates, 32)


@compiled
def _begins(data: Any, start: int, end: int, openers: Any, fold: int) -> bool:
    """Whether the text begins with one of `openers`, rows that end in zeros; `fold` are bits to be set before comparing."""
    for row in range(len(openers)):
        place = 0
        while openers[row, place] and start + place < end and data[start + place] | fold == openers[row, place]:
            place += 1
        if openers[row, place] == 0:
            return True
    return False


@compiled
def _holds(data: Any, start: int, end: int, closers: Any, first: Any) -> bool:
    """Whether one of `closers`, whose first bytes are in `first`, stands in the text."""
    for at in range(start, end):  # noqa: SIM110
        if first[data[at]] and _begins(data, at, end, closers, 0):
            return True
    return False


@compiled
def _is_dash_or_quote(data: Any, at: int) -> Any:
    return data[at] == 0xE2 and data[at + 1] == 0x80 and data[at + 2] in (0x93, 0x94, 0x98, 0x99, 0x9C, 0x9D)


@compiled
def gather(data: Any, cells: Any, out: Any, starts: Any, ends: Any, characters: Any) -> Any:
    """Copy cells to `out` with doubled quotes made single; counts their characters, and returns the bytes written."""
    size = 0
    for number in range(len(cells)):
        starts[number], count = size, 0
        at, end = cells[number, 0], cells[number, 1]
        while at < end:
            byte = data[at]
            out[size] = byte
            size += 1
            count += byte & 0xC0 != 0x80
            at += 2 if byte == _QUOTE and at + 1 < end and data[at + 1] == _QUOTE else 1
        ends[number], characters[number] = size, count
    return size
