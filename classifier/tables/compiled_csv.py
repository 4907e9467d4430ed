"""Loops over the bytes of tables, compiled by Numba: a CSV cut into records, rows written.

What is plain goes through here, at the speed of memory; all else is left to ``reader``, ``articles`` and ``sentences``, which
know every case. So a loop here may say "not plain" as often as it likes, and must never be wrong when it says "plain".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled

MORE, ODD, FULL, DONE = 0, 1, 2, 3
"""Why ``cut`` stopped: the bytes end within a record, a record is not plain, there is no room for more, all is read."""
_NEWLINE, _RETURN, _QUOTE, _COMMA = 10, 13, 34, 44
_CUT_OFF, _NO_CELL = -1, -2
"""What ``_cell`` says instead of where a cell ends."""


# --- reading ---------------------------------------------------------------------------------------------------------


@compiled
def cut(
    data: Any,
    at: int,
    last: bool,
    delimiter: int,
    quotes: bool,
    places: Any,
    limits: Any,
    records: Any,
    cells: Any,
    lines: Any,
    line: int,
) -> Any:
    """Cut CSV into records of ``len(places)`` cells, as RFC 4180 has them; without `quotes`, as lines that have none.

    ``places`` says where in `cells` each cell goes, -1 for nowhere; `limits` are the most bytes of a cell, of a record and of the
    whole, and the most lines of a record. Returns why it stopped, the records found, the byte and the line to go on at.
    """
    most_cell, most_record, most, most_lines = limits
    begin, count, end = at, 0, len(data)
    while count < len(records) and at - begin < most:
        if at == end:
            return (DONE if last else MORE), count, at, line
        if data[at] == _RETURN and at + 1 == end and not last:
            return MORE, count, at, line
        if data[at] in (_NEWLINE, _RETURN):
            at += 2 if data[at] == _RETURN and at + 1 < end and data[at + 1] == _NEWLINE else 1
            line += 1
            continue
        here, more_lines = at, 0
        for column in range(len(places)):
            if not quotes and here < end and data[here] == _QUOTE:
                return ODD, count, at, line
            here, start, stop, newlines = _cell(data, here, end, last, delimiter)
            if here < 0:
                state = MORE if here == _CUT_OFF and end - at <= most_record and newlines < most_lines else ODD
                return state, count, at, line
            more_lines += newlines
            if stop - start > most_cell:
                return ODD, count, at, line
            if places[column] >= 0:
                cells[count, places[column], 0], cells[count, places[column], 1] = start, stop
            at_end = here == end or data[here] != delimiter
            if at_end != (column == len(places) - 1):
                return ODD, count, at, line
            if not at_end:
                here += 1
        # Lines that a quote holds together may be rows each.
        if more_lines and _could_be_rows(data, at, here, delimiter, len(places)):
            return ODD, count, at, line
        if here < end and data[here] == _RETURN:
            if here + 1 == end and not last:
                return MORE, count, at, line
            here += 1
        if here < end and data[here] == _NEWLINE:
            here += 1
        if here - at > most_record or more_lines >= most_lines:
            return ODD, count, at, line
        records[count, 0], records[count, 1], lines[count] = at, here, line
        line += 1 + more_lines
        count += 1
        at = here
    return FULL, count, at, line


@compiled
def _could_be_rows(data: Any, at: int, end: int, delimiter: int, width: int) -> bool:
    """Whether each line of a record has the delimiters of a row."""
    count = 0
    while at < end:
        byte = data[at]
        if byte in (_NEWLINE, _RETURN):
            if count != width - 1:
                return False
            count = 0
            at += byte == _RETURN and at + 1 < end and data[at + 1] == _NEWLINE
        else:
            count += byte == delimiter
        at += 1
    return width > 1 and count == width - 1


@compiled
def _cell(data: Any, here: int, end: int, last: bool, delimiter: int) -> Any:
    """Where one cell ends, or why that is not known; the first and last byte of its text, and its line breaks."""
    newlines = 0
    quoted = here < end and data[here] == _QUOTE
    start = here + 1 if quoted else here
    here = start
    while here < end:
        byte = data[here]
        if byte == _QUOTE:
            if not quoted:
                return _NO_CELL, 0, 0, newlines
            if here + 1 == end and not last:
                return _CUT_OFF, 0, 0, newlines
            if here + 1 < end and data[here + 1] == _QUOTE:
                here += 2
                continue
            following = data[here + 1] if here + 1 < end else _NEWLINE
            if following in (delimiter, _NEWLINE, _RETURN):
                return here + 1, start, here, newlines
            return _NO_CELL, 0, 0, newlines
        if not quoted and byte in (delimiter, _NEWLINE, _RETURN):
            return here, start, here, newlines
        if byte == _NEWLINE:
            newlines += 1
        elif byte == _RETURN:
            if here + 1 == end:
                break
            newlines += data[here + 1] != _NEWLINE
        if byte == 0:
            return _NO_CELL, 0, 0, newlines
        if byte < 0x80:
            here += 1
        else:
            width = character_width(data, here, end)
            if width == 0:
                return (_NO_CELL if last or end - here > 3 else _CUT_OFF), 0, 0, newlines
            here += width
    if quoted or not last:
        return (_NO_CELL if last else _CUT_OFF), 0, 0, newlines
    return end, start, end, newlines


@compiled
def character_width(data: Any, at: int, end: int) -> Any:
    """Bytes of the character at `at`; 0 where the bytes are not UTF-8, or stand for a character that was lost (U+FFFD)."""
    byte = data[at]
    width = 2 if 0xC2 <= byte < 0xE0 else 3 if 0xE0 <= byte < 0xF0 else 4 if 0xF0 <= byte < 0xF5 else 0
    if width == 0 or at + width > end:
        return 0
    for following in range(at + 1, at + width):
        if data[following] & 0xC0 != 0x80:
            return 0
    second = data[at + 1]
    if (byte == 0xE0 and second < 0xA0) or (byte == 0xED and second >= 0xA0):
        return 0
    if (byte == 0xF0 and second < 0x90) or (byte == 0xF4 and second >= 0x90):
        return 0
    return 0 if byte == 0xEF and second == 0xBF and data[at + 2] == 0xBD else width


# --- writing ---------------------------------------------------------------------------------------------------------


@compiled
def join(data: Any, starts: Any, ends: Any) -> Any:
    """Rows of CSV from strings (n_columns, n_rows) in `data`, quoted where needed."""
    columns, rows = starts.shape
    # A row of nothing but an empty cell would be no row.
    quoted = np.full((columns, rows), False)
    if columns == 1:
        quoted[0] = starts[0] == ends[0]
    size = columns * rows
    for column in range(columns):
        for row in range(rows):
            inner = 0
            for at in range(starts[column, row], ends[column, row]):
                byte = data[at]
                if byte in (_QUOTE, _COMMA, _NEWLINE, _RETURN):
                    quoted[column, row] = True
                    inner += byte == _QUOTE
            size += ends[column, row] - starts[column, row] + inner + 2 * quoted[column, row]
    out = np.empty(size, dtype=np.uint8)
    place = 0
    for row in range(rows):
        for column in range(columns):
            place = _write(data, starts[column, row], ends[column, row], quoted[column, row], out, place)
            out[place] = _NEWLINE if column == columns - 1 else _COMMA
            place += 1
    return out[:place]


@compiled
def _write(data: Any, start: int, end: int, quoted: bool, out: Any, place: int) -> Any:
    if not quoted:
        for at in range(start, end):
            out[place] = data[at]
            place += 1
        return place
    out[place] = _QUOTE
    place += 1
    for at in range(start, end):
        out[place] = data[at]
        place += 1
        if data[at] == _QUOTE:
            out[place] = _QUOTE
            place += 1
    out[place] = _QUOTE
    return place + 1
