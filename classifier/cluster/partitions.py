"""Tables in, the partitions of a run out: runs of whole rows of about the same size, one task and one file each.

A text is cut where the one-machine reader would begin a row. Only reading it from its beginning tells where that is (a quote may
hold newlines, and one that nobody closes holds none), so each large text is read through once, for its records alone.
"""

from __future__ import annotations

import io
import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, BinaryIO

from classifier.errors import StanceError
from classifier.kernel.scorers import is_compiled
from classifier.storage import Source, open_file
from classifier.tables.blocks import are_plain, blocks
from classifier.tables.csv_records import CsvFile
from classifier.tables.gzipped import is_zipped
from classifier.tables.lines import MAX_LINE, MAX_LINE_BYTES
from classifier.tables.reader import open_table
from classifier.tables.rows import Part
from classifier.tables.table import Table
from classifier.tables.warc import is_warc

_READ = 1 << 20


@dataclass(frozen=True)
class Piece:
    """Rows of one table.

    Attributes
    ----------
    source : Source
    part : Part
    size : int
        Bytes, as far as they are known without reading: of a compressed file compressed, of row groups not.
    encoding : str
        Of a text that was cut; else as the user says, mostly empty.
    """

    source: Source
    part: Part
    size: int
    encoding: str


@dataclass(frozen=True)
class Partition:
    """What one task scores: small tables whole, or a run of rows of a large one."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"part-{self.number:06}"

    @property
    def size(self) -> int:
        """Bytes, as those of its pieces."""
        return sum(piece.size for piece in self.pieces)


def is_large(source: Source, size: int) -> bool:
    """Whether a table may have to be cut into pieces of `size` bytes, which takes a look into it."""
    return source.size > size and not is_zipped(source.name)


def whole(source: Source, encoding: str) -> Piece:
    """A table in one piece."""
    return Piece(source, Part(), source.size, encoding)


def cut(source: Source, size: int, columns: Mapping[str, str], encoding: str, dates: str = "") -> list[Piece]:
    """A large table in pieces of about `size` bytes; in one when its encoding does not show where rows begin.

    A table that cannot be read is one piece too: who scores it says what is wrong.
    """
    if is_warc(source.name):
        return [whole(source, encoding)]
    try:
        if source.name.lower().endswith(".parquet"):
            return _by_row_groups(source, size, columns, encoding, dates)
        table = open_table(source.name, columns, encoding, dates=dates)
        if not _shows_its_lines(table.encoding):
            return [whole(source, encoding)]
        return [Piece(source, part, part.end - part.start, table.encoding) for part in _by_bytes(source.name, table, size)] or [
            whole(source, encoding)
        ]
    except (StanceError, OSError):
        return [whole(source, encoding)]


def together(pieces: Sequence[Piece], size: int) -> list[Partition]:
    """Partitions of about `size` bytes; rows without an id are numbered, behind the table's name where there are several."""
    names = {piece.source.name for piece in pieces}
    folders = zip(*(name.split("/")[:-1] for name in names), strict=False)
    shared = sum(1 for _ in itertools.takewhile(lambda folder: len(set(folder)) == 1, folders))
    gathered: list[list[Piece]] = [[]]
    filled = 0
    for piece in pieces:
        if gathered[-1] and filled + piece.size > size:
            gathered.append([])
            filled = 0
        filled += piece.size
        prefix = "/".join(piece.source.name.split("/")[shared:]) + "#" if len(names) > 1 else ""
        gathered[-1].append(replace(piece, part=replace(piece.part, prefix=prefix)))
    return [Partition(number, tuple(each)) for number, each in enumerate(gathered)]


def to_plain(partitions: Sequence[Partition]) -> dict[str, Any]:
    """Partitions as what JSON can hold, each table named once."""
    places: dict[Source, int] = {}
    rows = [
        [
            [places.setdefault(piece.source, len(places)), piece.size, piece.encoding, *astuple(piece.part)]
            for piece in partition.pieces
        ]
        for partition in partitions
    ]
    return {"tables": [list(astuple(source)) for source in places], "partitions": rows}


def from_plain(plain: Mapping[str, Any]) -> list[Partition]:
    """What ``to_plain`` made."""
    tables = [Source(*each) for each in plain["tables"]]
    return [
        Partition(number, tuple(Piece(tables[place], Part(*part), size, encoding) for place, size, encoding, *part in pieces))
        for number, pieces in enumerate(plain["partitions"])
    ]


# --- cutting ---------------------------------------------------------------------------------------------------------


def _by_row_groups(source: Source, size: int, columns: Mapping[str, str], encoding: str, dates: str) -> list[Piece]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return [whole(source, encoding)]
    try:
        with open_file(source.name) as file:
            metadata = parquet.ParquetFile(file).metadata
    except pyarrow.ArrowException:
        return [whole(source, encoding)]
    # No piece sees the dates of the others.
    first = open_table(source.name, columns, encoding, dates=dates).dates
    pieces: list[Piece] = []
    start = number = rows = filled = 0
    for place in range(metadata.num_row_groups):
        group = metadata.row_group(place)
        if filled and filled + group.total_byte_size > size:
            pieces.append(Piece(source, Part(start, place, number + 1, number, dates=first), filled, encoding))
            start, number, filled = place, rows, 0
        filled += group.total_byte_size
        rows += group.num_rows
    pieces.append(Piece(source, Part(start, 0, number + 1, number, dates=first), filled, encoding))
    return pieces


def _shows_its_lines(encoding: str) -> bool:
    """Whether bytes tell where lines begin and what they hold: UTF-8, and encodings of one byte a character that extend ASCII."""
    if encoding in ("utf-8", "utf-8-sig"):
        return True
    every = bytes(range(256))
    try:
        text = every.decode(encoding, "surrogateescape")
        return text[:128] == every[:128].decode("ascii") and [*map(len, _encoded(text, encoding))] == [1] * 256
    except (UnicodeError, LookupError):
        return False


def _encoded(text: str, encoding: str) -> Iterator[bytes]:
    return (char.encode(encoding, "surrogateescape") for char in text)


def _by_bytes(name: str, table: Table, size: int) -> Iterator[Part]:
    """Parts that begin where a row begins, none but the first before the header."""
    now = Part(dates=table.dates)
    for at, line, before in _rows(name, table):
        if before > now.number and at - now.start >= size:
            yield replace(now, end=at)
            now = Part(start=at, line=line, number=before, dates=table.dates)
    with open_file(name) as file:
        yield replace(now, end=file.seek(0, io.SEEK_END))


def _rows(name: str, table: Table) -> Iterator[tuple[int, int, int]]:
    """For each row: its first byte, its line, and the rows before it; by the compiled loops where they apply."""
    if are_plain(table, is_compiled()):
        for block in blocks(table, compiled=True):
            yield from zip(block.places.tolist(), block.lines.tolist(), itertools.count(block.first), strict=False)
        return
    with open_file(name) as file:
        lines = _Lines(file, table.encoding)
        yield from _csv_rows(lines, table.csv) if table.csv else _json_rows(lines)


def _json_rows(lines: _Lines) -> Iterator[tuple[int, int, int]]:
    before = 0
    for place, line in enumerate(lines, 1):
        if line.strip():
            yield lines.at, place, before
            before += 1
        lines.take(1)


def _csv_rows(lines: _Lines, csv: CsvFile) -> Iterator[tuple[int, int, int]]:
    waiting: deque[str] = deque()
    line, before, header = 1, 0, csv.has_header
    if csv.is_declared:
        next(lines, "")
        lines.take(1)
        line += 1
    while True:
        cells, reason, used = csv.record(waiting, lines)
        if not used:
            return
        if header and csv.is_header(cells, reason):
            header = False
        elif cells:
            # No part begins above the header.
            yield 0 if header else lines.at, line, before
            before += 1
        lines.take(used)
        line += used


class _Lines(Iterator[str]):
    """The lines of a text as ``tables.reader`` reads them, with account of the bytes of those that were taken."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.at = 0
        self._marked = encoding == "utf-8-sig"
        self._encoding = "utf-8" if self._marked else encoding
        self._sizes: deque[int] = deque()
        self._found = _byte_lines(file)

    def __next__(self) -> str:
        line, size = next(self._found)
        self._sizes.append(size)
        text = line.decode(self._encoding, "surrogateescape")[:MAX_LINE]
        first, self._marked = self._marked, False
        return text.removeprefix("\ufeff") if first else text

    def take(self, count: int) -> None:
        """Count the bytes of the next `count` lines."""
        for _ in range(count):
            self.at += self._sizes.popleft()


def _byte_lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Each line with its break, and how many bytes it takes; of a line that is too long, its beginning."""
    head, before, rest = b"", 0, b""
    while read := file.read(_READ):
        # The last line may go on, and a carriage return may be half of a break.
        *lines, rest = (rest + read).splitlines(keepends=True)
        for line in lines:
            yield head or line, before + len(line)
            head, before = b"", 0
        if len(rest) > MAX_LINE_BYTES:
            head, before, rest = head or rest[:MAX_LINE_BYTES], before + len(rest) - 1, rest[-1:]
    if rest:
        yield head or rest, before + len(rest)
