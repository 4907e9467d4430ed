"""Lines in, records of CSV out, whatever is broken about them: the rules by which ``reader`` and ``blocks`` read a row."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from classifier.tables.lines import MAX_LINE, broken_off, lines_of
from classifier.tables.rows import WHOLE, Part, Reject, Row, row_of

MAX_RECORD_LINES = 5_000


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose dialect and columns are known; `stream` stands at its first byte."""

    name: str
    encoding: str
    delimiter: str
    names: list[str]
    chosen: Mapping[str, int]
    has_header: bool
    stream: BinaryIO | None
    part: Part = WHOLE

    def read(self, size: int) -> bytes:
        """The next bytes of the file, at most `size`; none at its end."""
        assert self.stream is not None
        with broken_off(self.name):
            return self.stream.read(size)

    def rows(self) -> Iterator[Row | Reject]:
        """Every row of the file."""
        assert self.stream is not None
        line, number, header = self.part.line, self.part.number, self.has_header
        waiting: deque[str] = deque()
        lines = lines_of(self.stream, self.encoding, self.name)
        while True:
            cells, reason, used = self.record(waiting, lines)
            if not used:
                return
            if header and self.is_header(cells, reason):
                header = False
            elif cells:
                number += 1
                yield self.row(line, number, cells, reason)
            line += used

    def record(self, waiting: deque[str], lines: Iterator[str]) -> tuple[list[str], str, int]:
        """Cells of the next record, the reason why it is unusable (mostly empty), and how many lines it takes, 0 at the end."""
        return _record(waiting, lines, self.delimiter, len(self.names))

    def is_header(self, cells: list[str], reason: str) -> bool:
        """Whether a record is the header; lines before it that cannot be read are rows of their own."""
        return not reason and cells == self.names

    def row(self, line: int, number: int, cells: list[str], reason: str = "") -> Row | Reject:
        """The row that a record makes, or why it makes none."""
        if not reason and len(cells) != len(self.names):
            reason = f"{len(cells)} cells where the header has {len(self.names)}"
        return Reject(line, reason, tuple(cells)) if reason else row_of(line, self.part.id_of(number), cells, self.chosen)


def records_of(lines: Iterable[str], delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Every record of `lines` with the reason why it is unusable, mostly empty; of any number of cells."""
    waiting: deque[str] = deque()
    source = iter(lines)
    while True:
        cells, reason, used = _record(waiting, source, delimiter, 0)
        if not used:
            return
        yield cells, reason


def _record(waiting: deque[str], source: Iterator[str], delimiter: str, width: int) -> tuple[list[str], str, int]:
    """As ``CsvFile.record``; lines that were looked at and not taken stay in `waiting`.

    A quote that is never closed would swallow the rows behind it. So a record over several lines counts only when it parses to
    the expected number of cells (any, if `width` is 0); otherwise its first line is broken, and reading goes on at the second.
    """
    line = waiting.popleft() if waiting else next(source, "")
    if not line:
        return [], "", 0
    cells = read_record([line], delimiter)
    if cells is not None:
        return cells, "", 1
    gathered = _gather(line, waiting, source)
    cells = read_record(gathered, delimiter) if gathered else None
    if cells is not None and (not width or len(cells) == width):
        for _ in gathered[1:]:
            waiting.popleft()
        return cells, "", len(gathered)
    return [line.rstrip("\r\n")], "a quote is not closed", 1


def _gather(line: str, waiting: deque[str], source: Iterator[str]) -> list[str]:
    """`line` with the lines up to the one that closes its quote; they stay in `waiting`. Empty when none does."""
    gathered, quotes, size = [line], line.count('"'), len(line)
    for place in range(MAX_RECORD_LINES):
        if place == len(waiting):
            following = next(source, None)
            if following is None:
                return []
            waiting.append(following)
        gathered.append(waiting[place])
        quotes += waiting[place].count('"')
        size += len(waiting[place])
        if size > MAX_LINE:
            return []
        if quotes % 2 == 0:
            return gathered
    return []


def read_record(lines: list[str], delimiter: str) -> list[str] | None:
    """The cells of one record; None when the record is not complete, or broken."""
    try:
        # Python 3.10 does not read a NUL; in a cell that is wanted, it costs the row as a lost character does.
        clean = [line.replace("\0", "\ufffd") for line in lines]
        records = list(csv.reader(clean, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else [] if not records else None


def detect_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts most rows of `lines` into the same number of cells, two or more; a comma when none does."""

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(cells) for cells, reason in records_of(lines, delimiter) if cells and not reason]
        if not widths or (usual := max(set(widths), key=widths.count)) < 2:
            return 0.0, 0
        return widths.count(usual) / len(widths), usual

    return max(DELIMITERS, key=agreement)


DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
