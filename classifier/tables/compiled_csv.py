"""Loops over the bytes of tables, compiled by Numba: a CSV cut into records, cells that are one paragraph told, rows written.

What is plain goes through here, at the speed of memory; all else is left to ``reader``, ``articles`` and ``sentences``, which
know every case. So a loop here may say "not plain" as often as it likes, and must never be wrong when it says "plain".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled

MORE, ODD, FULL, DONE = 0, 1, 2, 3
"""Why ``cut`` stopped: the bytes end within a record, a record is not plain, there is no room for more, all is read."""
_NEWLINE, _RETURN, _SPACE, _QUOTE, _COMMA = 10, 13, 32, 34, 44
_CUT_OFF, _NO_CELL = -1, -2
"""What ``_cell`` says instead of where a cell ends."""
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


# --- cells that are one paragraph -------------------------------------------------------------------------------------


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
