"""An opened table in, blocks of its rows out: what goes to a worker at once.

Where a table is CSV in UTF-8 and the machine has Numba, a plain row is no more than the places of its cells in a run of bytes;
every other row is a ``Row`` or ``Reject`` as ``reader`` reads it.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.tables.columns import FIELDS, Chosen
from classifier.tables.csv_records import MAX_RECORD_LINES, CsvFile, read_record
from classifier.tables.lines import MAX_LINE, MAX_LINE_BYTES
from classifier.tables.rows import MAX_CELL, Reject, Row
from classifier.tables.table import Table

_ROWS, _SIZE = 2048, 1_000_000
"""Most rows of a block, and the characters or bytes after which it is closed."""
_READ = 1 << 20


@dataclass(frozen=True)
class Block:
    """Rows of a table, in order.

    Attributes
    ----------
    first : int
        Rows of the table before this block.
    data : ndarray of uint8
        A piece of the table.
    cells : ndarray of int64 (n_rows, 6, 2)
        First and last byte of the cells of each of ``FIELDS``, doubled quotes and all; empty for a column that the table does not
        have, and for odd rows.
    records : ndarray of int64 (n_rows, 2)
        First and last byte of each row.
    lines : ndarray of int64 (n_rows,)
        The line of the table that each row begins on.
    places : ndarray of int64 (n_rows,)
        The byte of the table that each row begins at, where `file` is known.
    odd : dict of int to Row or Reject
        Rows that are not plain.
    file : CsvFile or None
        What is known of the table where it has plain rows.
    """

    first: int
    data: NDArray[np.uint8]
    cells: NDArray[np.int64]
    records: NDArray[np.int64]
    lines: NDArray[np.int64]
    places: NDArray[np.int64]
    odd: Mapping[int, Row | Reject]
    file: CsvFile | None = None

    def __len__(self) -> int:
        return len(self.lines)

    def row(self, number: int) -> Row | Reject:
        """A row as ``reader`` reads it."""
        if number in self.odd:
            return self.odd[number]
        assert self.file is not None
        start, end = self.records[number].tolist()
        text = self.data[start:end].tobytes().decode()
        return self.file.row(
            int(self.lines[number]), self.first + number + 1, read_record([text], self.file.dialect.delimiter) or []
        )

    def tail(self, count: int) -> Block:
        """All but the first `count` rows."""
        odd = {number - count: row for number, row in self.odd.items() if number >= count}
        kept = {name: getattr(self, name)[count:] for name in ("cells", "records", "lines", "places")}
        return replace(self, first=self.first + count, odd=odd, **kept)


def blocks(table: Table, compiled: bool, skip: int = 0) -> Iterator[Block]:
    """The rows of `table` behind the first `skip`, in blocks; with `compiled` by ``compiled_csv`` where it applies."""
    csv = table.csv
    for block in _Cutter(csv).blocks() if csv is not None and are_plain(table, compiled) else _of_rows(table.rows):
        if block.first + len(block) > skip:
            yield block.tail(max(0, skip - block.first))


def are_plain(table: Table, compiled: bool) -> bool:
    """Whether the loops of ``compiled_csv`` apply to `table`."""
    csv = table.csv
    return (
        compiled
        and csv is not None
        and csv.encoding in ("utf-8", "utf-8-sig")
        and all(len(places) == 1 for places in csv.layout.chosen.values())
        and len(set(csv.layout.chosen.values())) == len(csv.layout.chosen)
    )


def _of_rows(rows: Iterator[Row | Reject]) -> Iterator[Block]:
    gathered: dict[int, Row | Reject] = {}
    size = first = 0
    for row in rows:
        gathered[len(gathered)] = row
        size += sum(map(len, row.cells if isinstance(row, Reject) else (row.text, row.id, row.source)))
        if len(gathered) == _ROWS or size > _SIZE:
            yield _odd_block(first, gathered)
            first += len(gathered)
            gathered, size = {}, 0
    if gathered:
        yield _odd_block(first, gathered)


def _odd_block(first: int, rows: dict[int, Row | Reject]) -> Block:
    spans = np.zeros((len(rows), len(FIELDS), 2), np.int64)
    return Block(first, np.empty(0, np.uint8), spans, spans[:, 0], spans[:, 0, 0], spans[:, 0, 0], rows)


class _Cutter:
    """Cuts a CSV file into blocks: the compiled loop as far as rows are plain, ``reader`` for each row that is not."""

    def __init__(self, file: CsvFile) -> None:
        self._file = file
        self._data = b""
        self._before = file.part.start
        """Bytes of the table before `_data`."""
        self._at = 0
        self._line = file.part.line
        self._last = False
        self._places = np.array([_place(file.layout.chosen, column) for column in range(len(file.names))], np.int64)

    def blocks(self) -> Iterator[Block]:
        """Every block of the file."""
        self._more()
        marked = self._file.encoding == "utf-8-sig" and self._data.startswith(codecs.BOM_UTF8)
        self._at = len(codecs.BOM_UTF8) if marked else 0
        if self._file.is_declared:
            self._at = self._line_end(self._at)
            self._line += 1
        first = self._file.part.number
        for row in self._above_header() if self._file.has_header else ():
            yield _odd_block(first, {0: row})
            first += 1
        while (block := self._block(first)) is not None:
            yield block
            first += len(block)

    def _above_header(self) -> Iterator[Row | Reject]:
        """Go behind the header; the rows on the way are those of lines that cannot be read."""
        number = 0
        while True:
            line = self._line
            cells, reason, used = self._record()
            if not used or self._file.is_header(cells, reason):
                return
            if cells:
                number += 1
                yield self._file.row(line, number, cells, reason, above=True)

    def _block(self, first: int) -> Block | None:
        """The next rows, or None at the end."""
        from classifier.tables import compiled_csv

        most = _ROWS
        cells = np.zeros((most, len(FIELDS), 2), np.int64)
        records = np.zeros((most, 2), np.int64)
        lines, places = np.zeros(most, np.int64), np.zeros(most, np.int64)
        odd: dict[int, Row | Reject] = {}
        count, state, dialect = 0, compiled_csv.MORE, self._file.dialect
        while count < most and state != compiled_csv.DONE and (not count or self._at < _SIZE):
            if not count:
                # What was read so far are blank lines.
                self._data, self._before, self._at = self._data[self._at :], self._before + self._at, 0
            limits = (MAX_CELL, MAX_LINE, _SIZE - self._at, MAX_RECORD_LINES)
            data, room = np.frombuffer(self._data, np.uint8), slice(count, most)
            state, found, self._at, self._line = compiled_csv.cut(
                *(data, self._at, self._last, ord(dialect.delimiter), dialect.quotes, self._places, limits),
                *(records[room], cells[room], lines[room], self._line),
            )
            places[room][:found] = records[room][:found, 0] + self._before
            count += found
            if state == compiled_csv.MORE:
                self._more()
            elif state == compiled_csv.ODD:
                lines[count], places[count], cells[count] = self._line, self._before + self._at, 0
                odd[count] = self._odd_row(first + count + 1)
                count += 1
        if not count:
            return None
        data = np.frombuffer(self._data, np.uint8)[: self._at]
        file = replace(self._file, stream=None)
        return Block(first, data, cells[:count], records[:count], lines[:count], places[:count], odd, file)

    def _odd_row(self, number: int) -> Row | Reject:
        """The row that begins here, read as ``reader`` reads it."""
        line = self._line
        cells, reason, _ = self._record()
        return self._file.row(line, number, cells, reason)

    def _record(self) -> tuple[list[str], str, int]:
        """The record that begins here, as ``CsvFile.record``."""
        cells, reason, used = self._file.record(deque(), self._lines())
        for _ in range(used):
            self._at = self._line_end(self._at)
        self._line += used
        return cells, reason, used

    def _lines(self) -> Iterator[str]:
        """The lines from here on, as long as they are asked for."""
        at = self._at
        while True:
            end = self._line_end(at)
            if end == at:
                return
            yield self._data[at:end].decode("utf-8", "surrogateescape")[:MAX_LINE]
            at = end

    def _line_end(self, start: int) -> int:
        """The byte behind the line that begins at `start`; `start` itself at the end of the file."""
        searched = start
        while True:
            end = _first_break(self._data, searched)
            if end >= 0 and (end + 1 < len(self._data) or self._last):
                return end + 2 if self._data[end : end + 2] == b"\r\n" else end + 1
            if self._last:
                return len(self._data)
            searched = max(start, len(self._data) - 1) if end < 0 else end
            if end < 0 and searched - start > MAX_LINE_BYTES:
                self._cut_off(start + MAX_LINE_BYTES)
            else:
                self._more()

    def _cut_off(self, at: int) -> None:
        """Drop what a line has behind `at`: no line is so long, and it might fill the memory."""
        kept, rest = self._data[:at], self._data[at:]
        while rest and _first_break(rest, 0) < 0:
            self._before += len(rest)
            rest = self._file.read(_READ)
        self._last = not rest
        gone = _first_break(rest, 0) if rest else 0
        self._data, self._before = kept + rest[gone:], self._before + gone

    def _more(self) -> None:
        read = self._file.read(_READ)
        self._data += read
        self._last = not read


def _first_break(data: bytes, start: int) -> int:
    """Where the first newline or carriage return from `start` on stands, or -1."""
    newline = data.find(b"\n", start)
    before = data.find(b"\r", start, newline if newline >= 0 else len(data))
    return before if before >= 0 else newline


def _place(chosen: Chosen, column: int) -> int:
    return next((FIELDS.index(field) for field, [place] in chosen.items() if place == column), -1)
