"""Lines in, records of CSV out, whatever is broken about them: the rules by which ``reader`` and ``blocks`` read a row.

No rule looks further than one record, so that a table is read alike from its beginning, in parts and by the compiled loops.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from classifier.tables.columns import Layout, looks_like_header
from classifier.tables.lines import MAX_LINE, broken_off, lines_of
from classifier.tables.rows import WHOLE, Part, Reject, Row, row_of

MAX_RECORD_LINES = 5_000
NO_DELIMITER = "\x1f"
"""Of a file with one column. No text holds it: it was made to separate cells."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", NO_DELIMITER: "none"}


@dataclass(frozen=True)
class Dialect:
    """How a file is cut into cells.

    Attributes
    ----------
    delimiter : str
    quotes : bool
        Whether quotes hold a cell together; where not, they are characters as others, and a line is a row.
    declared : bool
        Whether the first line is one such as ``sep=;``, which tells spreadsheets the delimiter and is no row.
    """

    delimiter: str = ","
    quotes: bool = True
    declared: bool = False

    def __str__(self) -> str:
        told = f"delimiter {DELIMITERS[self.delimiter]}{'' if self.quotes else ', no quotes'}"
        return f"{told}, each line an article" if self.delimiter == NO_DELIMITER else told


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose dialect and columns are known; `stream` stands at its first byte."""

    name: str
    encoding: str
    dialect: Dialect
    names: list[str]
    layout: Layout
    has_header: bool
    stream: BinaryIO | None
    part: Part = WHOLE

    @property
    def is_declared(self) -> bool:
        """Whether the first line to read is none of a row (``sep=;``)."""
        return self.dialect.declared and not self.part.start

    def read(self, size: int) -> bytes:
        """The next bytes of the file, at most `size`; none at its end."""
        assert self.stream is not None
        with broken_off(self.name):
            return self.stream.read(size)

    def rows(self) -> Iterator[Row | Reject]:
        """Every row of the file."""
        number, header = self.part.number, self.has_header
        for line, cells, reason in self.records():
            if header and self.is_header(cells, reason):
                header = False
            elif cells:
                number += 1
                yield self.row(line, number, cells, reason, above=header)

    def records(self) -> Iterator[tuple[int, list[str], str]]:
        """Every record with the line that it begins on, and the reason why it is unusable (mostly empty)."""
        assert self.stream is not None
        line = self.part.line
        waiting: deque[str] = deque()
        lines = lines_of(self.stream, self.encoding, self.name)
        if self.is_declared:
            next(lines, "")
            line += 1
        while True:
            cells, reason, used = self.record(waiting, lines)
            if not used:
                return
            yield line, cells, reason
            line += used

    def record(self, waiting: deque[str], lines: Iterator[str]) -> tuple[list[str], str, int]:
        """Cells of the next record, the reason why it is unusable (mostly empty), and how many lines it takes, 0 at the end."""
        return _record(waiting, lines, self.dialect, len(self.names))

    def is_header(self, cells: list[str], reason: str) -> bool:
        """Whether a record is the header; lines before it are rows of their own that cannot be used."""
        return not reason and cells == self.names

    def row(self, line: int, number: int, cells: list[str], reason: str = "", above: bool = False) -> Row | Reject:
        """The row that a record makes, or why it makes none; what stands `above` the header is none."""
        if not reason and len(cells) != len(self.names):
            reason = f"{len(cells)} cells where the header has {len(self.names)}"
        if above:
            reason = reason or "stands above the header"
        return Reject(line, reason, tuple(cells)) if reason else row_of(line, self.part.id_of(number), cells, self.layout)


# --- records ---------------------------------------------------------------------------------------------------------


def records_of(lines: Iterable[str], dialect: Dialect, width: int = 0) -> Iterator[tuple[list[str], str, int]]:
    """Every record of `lines`: cells, the reason why it is unusable (mostly empty), and how many lines it takes.

    `width` is the number of cells that a record has; 0 where that is not known yet.
    """
    waiting: deque[str] = deque()
    source = iter(lines)
    while (record := _record(waiting, source, dialect, width))[2]:
        yield record


def _record(waiting: deque[str], source: Iterator[str], dialect: Dialect, width: int) -> tuple[list[str], str, int]:
    """As ``CsvFile.record``; lines that were looked at and not taken stay in `waiting`.

    A quote that is never closed would swallow the rows behind it. So a record over several lines counts only when it parses to
    the expected number of cells (any, if `width` is 0), and its lines are not rows each; otherwise its first line stands alone.
    """
    line = waiting.popleft() if waiting else next(source, "")
    if not line:
        return [], "", 0
    if not dialect.quotes:
        return _literal(line, dialect.delimiter), "", 1
    cells = read_record([line], dialect.delimiter)
    if cells is not None and (not width or len(cells) in (0, width) or '"' not in line):
        return cells, "", 1
    for escaped in (False, True):
        found, used = _quoted(line, waiting, source, dialect.delimiter, width, escaped)
        if found is not None:
            for _ in range(used - 1):
                waiting.popleft()
            return found, "", used
    # Of text between commas a quote that is open may end anywhere. Other delimiters stand in no text: the line is a row.
    if width and dialect.delimiter != "," and line.count(dialect.delimiter) == width - 1:
        return _literal(line, dialect.delimiter), "", 1
    return (cells, "", 1) if cells is not None else ([line.rstrip("\r\n")], "a quote is not closed", 1)


def _quoted(
    line: str, waiting: deque[str], source: Iterator[str], delimiter: str, width: int, escaped: bool
) -> tuple[list[str] | None, int]:
    """The cells of a record with quotes that begins with `line`, and its lines; with `escaped` a quote may be written as \\"."""
    if not escaped or _ESCAPE.search(line):
        cells = read_record([line], delimiter, escaped)
        if cells is not None:
            return (cells if not width or len(cells) == width else None), 1
    gathered = _gather(line, waiting, source, escaped)
    if not gathered or (escaped and not any(map(_ESCAPE.search, gathered))):
        return None, 1
    cells = read_record(gathered, delimiter, escaped)
    if cells is None or (width and len(cells) != width):
        return None, 1
    if width and _are_rows(gathered, delimiter, width):
        return _literal(line, delimiter), 1
    return cells, len(gathered)


def _gather(line: str, waiting: deque[str], source: Iterator[str], escaped: bool) -> list[str]:
    """`line` with the lines up to the one that closes its quote; they stay in `waiting`. Empty when none does."""
    gathered, quotes, size = [line], _quotes(line, escaped), len(line)
    for place in range(MAX_RECORD_LINES):
        if place == len(waiting):
            following = next(source, None)
            if following is None:
                return []
            waiting.append(following)
        gathered.append(waiting[place])
        quotes += _quotes(waiting[place], escaped)
        size += len(waiting[place])
        if size > MAX_LINE:
            return []
        if quotes % 2 == 0:
            return gathered
    return []


def _quotes(line: str, escaped: bool) -> int:
    return (_ESCAPE.sub("", line) if escaped else line).count('"')


def _are_rows(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether lines that a quote holds together are rather rows each, in a file that uses quotes for speech alone.

    Each has the delimiters of a row, and where the first has an id, a date or a URL, the others have one, too.
    ``compiled_csv`` leaves records to this whose lines have the delimiters.
    """
    if width < 2 or any(line.count(delimiter) != width - 1 for line in lines):
        return False
    first, *others = ([_shape(cell) for cell in _literal(line, delimiter)] for line in lines)
    telling = [place for place, shape in enumerate(first) if shape]
    # A tab stands in no text, a comma or semicolon may.
    if not telling:
        return delimiter == "\t"
    return all(other[place] == first[place] for other in others for place in telling)


def _shape(cell: str) -> str:
    """What kind of id or date `cell` may be; empty for anything else."""
    return next((name for name, pattern in _SHAPES.items() if pattern.fullmatch(cell.strip().strip('"'))), "")


def _literal(line: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotes are characters as others; of a blank line none."""
    line = line.rstrip("\r\n").replace("\0", "\ufffd")
    return line.split(delimiter) if line else []


def read_record(lines: list[str], delimiter: str, escaped: bool = False) -> list[str] | None:
    """The cells of one record; None when the record is not complete, or broken."""
    try:
        # Python 3.10 does not read a NUL; in a cell that is wanted, it costs the row as a lost character does.
        clean = [line.replace("\0", "\ufffd") for line in lines]
        if escaped:
            clean = [_ESCAPE.sub(_ESCAPED, line) for line in clean]
        records = list(csv.reader(clean, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else [] if not records else None


_ESCAPE = re.compile(r'\\(["\\])')
_ESCAPED: Callable[[re.Match[str]], str] = lambda found: '""' if found[1] == '"' else "\\"  # noqa: E731
_SHAPES = {
    "number": re.compile(r"\d+"),
    "date": re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ][\d:.Z+-]*)?"),
    "url": re.compile(r"https?://\S+"),
    "code": re.compile(r"(?=\S*\d)[\w.:#/-]+"),
}


# --- the dialect -----------------------------------------------------------------------------------------------------


def detect_dialect(lines: Sequence[str]) -> Dialect:
    """The dialect of a file that begins with `lines`."""
    declared = _DECLARED.fullmatch(lines[0].strip().lstrip("\ufeff")) if lines else None
    if declared:
        return Dialect(declared["delimiter"].replace("\\t", "\t"), declared=True)
    delimiter = _usual_delimiter(lines)
    whole: list[tuple[str, int]] = []
    broken: list[str] = []
    place = 0
    for cells, reason, used in records_of(lines, Dialect(delimiter)):
        line = lines[place].strip().lstrip("\ufeff")
        place += used
        if reason:
            broken.append(line)
        elif cells and used == 1:
            whole.append((line, len(cells)))
    if not _is_one_column(whole, delimiter):
        return Dialect(delimiter)
    # A program that puts quotes round cells does so where one holds a comma, a semicolon or a quote.
    unquoted = any(mark in line for line, _ in whole if not line.startswith('"') for mark in ',;"')
    speech = any(_SPEECH.match(line) for line in broken)
    return Dialect(NO_DELIMITER, quotes=False) if unquoted or speech else Dialect(delimiter)


def _usual_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that cuts most rows of `lines` into the same number of cells, two or more; a comma when none does."""

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(cells) for cells, reason, _ in records_of(lines, Dialect(delimiter)) if cells and not reason]
        if not widths or (usual := max(set(widths), key=widths.count)) < 2:
            return 0.0, 0
        return widths.count(usual) / len(widths), usual

    return max([*DELIMITERS][:-1], key=agreement)


def _is_one_column(lines: Sequence[tuple[str, int]], delimiter: str) -> bool:
    """Whether `delimiter` is a mark of sentences rather than one between cells; each line with the cells that it cuts it into.

    In sentences it stands before a blank, and either not as often in each, or between words each time.
    """
    cut = [line.split(delimiter) for line, width in lines if width > 1 and not line.startswith('"')]
    if not cut or delimiter == "\t":
        return not any(width > 1 for _, width in lines)
    first, width = lines[0]
    is_header = len(lines) > 1 and looks_like_header([cell.strip() for cell in first.split(delimiter)])
    if is_header and width > 1:
        return False
    behind = [cell for cells in cut for cell in cells[1:] if cell]
    # The comma of 40,000 stands before a digit.
    if sum(cell[0] == " " or cell[:3].isdigit() for cell in behind) < 0.9 * len(behind):
        return False
    if is_header:
        return True
    if sum(bool(_shape(cells[0])) for cells in cut) * 2 > len(cut):
        return False
    wordy = sum(" " in cell.strip() for cells in cut for cell in (cells[0], cells[-1]))
    return len({width for _, width in lines}) > 1 or wordy > len(cut)


_DECLARED = re.compile(r'"?sep=(?P<delimiter>[,;|\t]|\\t)"?', re.IGNORECASE)
_SPEECH = re.compile(r'"(?:[^"]|"")*"[^"]')
