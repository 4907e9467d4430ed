"""A table of articles in (CSV of any dialect, JSON Lines, Parquet), rows and rejects out, one for each row of the table.

A row that cannot be used costs itself and nothing else: it comes out as a ``Reject`` with its line, a reason and its raw cells.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import shutil
import stat
import sys
import tempfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, dropwhile, islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from classifier.errors import StanceError
from classifier.files import foreign
from classifier.storage import open_file
from classifier.unpacked import Unzipped, check_ratio, is_zipped

Share = Callable[[], float]

FIELDS = ("text", "id", "date", "source")
MAX_CELL = 1_000_000
MAX_LINE = 16_000_000
MAX_RECORD_LINES = 5_000
_SAMPLE = 1_000_000
_SAMPLE_ROWS = 50


class Row(NamedTuple):
    """One article of a table; what the table does not give is empty, but for the id, which then is the row's number."""

    line: int
    id: str
    date: str
    source: str
    text: str


class Reject(NamedTuple):
    """A row that cannot be used."""

    line: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A run of whole rows of a table, as ``partitions`` cuts it; by default the whole of it.

    Attributes
    ----------
    start, end : int
        First byte, and the byte behind the last; of Parquet, row groups. `end` is 0 for the end of the table.
    line, number : int
        The line that the first row begins on, and the rows before it.
    prefix : str
        What stands before a row's number where that is its id, to tell the rows of several tables apart.
    """

    start: int = 0
    end: int = 0
    line: int = 1
    number: int = 0
    prefix: str = ""

    def id_of(self, number: int) -> str:
        """The id of a row that has none."""
        return f"{self.prefix}{number}"


WHOLE = Part()


@dataclass(frozen=True)
class Table:
    """An opened table.

    Attributes
    ----------
    description : str
        What was detected, for the user: format, encoding, delimiter, columns.
    rows : iterator of Row or Reject
        In the order of the table, one for each of its rows.
    share : callable
        How much of the table has been read, from 0 to 1.
    csv : CsvFile or None
        The file that `rows` are read from, where it is CSV.
    encoding : str
        Of a text.
    """

    description: str
    rows: Iterator[Row | Reject]
    share: Callable[[], float]
    csv: CsvFile | None = None
    encoding: str = ""


def open_table(name: str, columns: Mapping[str, str], encoding: str = "", part: Part = WHOLE) -> Table:
    """Open a table of articles.

    Parameters
    ----------
    name : str
        A path or URL ending in .csv, .tsv, .txt, .jsonl, .ndjson or .parquet, the text formats also with .gz; or ``-`` for
        standard input, CSV or JSON Lines.
    columns : mapping of field to column
        Columns that the user names, for the fields of ``FIELDS``; the others are guessed by name and content.
    encoding : str
        Name of a text encoding; detected when empty.
    part : Part
        The rows to read; format, encoding and columns are told from the beginning of the table all the same.

    Raises
    ------
    StanceError
        When the table cannot be read at all, or has no column that can be the text.
    """
    if Path(name).suffix.lower() == ".parquet":
        return _open_parquet(name, columns, part)
    stream, sample, share = _open_bytes(name)
    if not sample.strip():
        raise StanceError(f"{name}: is empty; give a table with a header and a text column")
    encoding = _known_encoding(encoding) if encoding else detect_encoding(sample)
    if kind := foreign(sample) or ("a binary file" if _is_binary(sample, encoding) else ""):
        raise StanceError(
            f"{name}: holds {kind}, not a table of text; save it as CSV or JSON Lines, or give it the suffix that fits"
        )
    suffix = Path(name[:-3] if is_zipped(name) else name).suffix.lower()
    if suffix in (".jsonl", ".ndjson", ".json") or (suffix != ".csv" and sample.lstrip(codecs.BOM_UTF8).lstrip()[:1] == b"{"):
        return _open_jsonl(name, stream, columns, encoding, share, part)
    return _open_csv(name, _window(name, part) if part.end else stream, sample, columns, encoding, share, part)


# --- bytes and text --------------------------------------------------------------------------------------------------


def _open_bytes(name: str) -> tuple[BinaryIO, bytes, Share]:
    """The stream, unzipped, what it begins with, and how far it is read."""
    try:
        file: Any = _standard_input() if name == "-" else open_file(name)
        if _is_device(file):
            raise StanceError(f"{name}: is a device, not a table; give a file, or - for standard input")
        file = file if file.seekable() else _spooled(file)
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        stream = io.BufferedReader(Unzipped(file) if is_zipped(name) else file, _SAMPLE)
        sample = stream.read(_SAMPLE)
        stream.seek(0)
        return stream, sample, lambda: 1.0 if file.closed or not size else file.tell() / size
    except (OSError, EOFError, zlib.error) as error:
        raise StanceError(
            f"{name}: cannot be read ({getattr(error, 'strerror', None) or error}); check the path and its permissions"
        ) from None


def _is_device(file: BinaryIO) -> bool:
    """Whether `file` may give bytes for ever; a terminal ends, and the null device gives none."""
    try:
        found = os.fstat(file.fileno())
    except OSError:
        return False  # no file of this machine
    is_null = os.path.exists(os.devnull) and os.path.samestat(found, os.stat(os.devnull))
    return stat.S_ISBLK(found.st_mode) or (stat.S_ISCHR(found.st_mode) and not file.isatty() and not is_null)


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise StanceError("standard input is closed; give the table as a file")
    return sys.stdin.buffer


def _spooled(stream: BinaryIO) -> Any:
    """A pipe as a temporary file: its beginning must be seen whole, however slowly it comes, and then be read again."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
    shutil.copyfileobj(stream, file, _SAMPLE)
    file.seek(0)
    return file


class _Window(io.RawIOBase):
    """Some bytes of a file, as if they were all."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._left = end - start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.read(min(len(buffer), self._left))
        buffer[: len(read)] = read
        self._left -= len(read)
        return len(read)


def _window(name: str, part: Part) -> BinaryIO:
    return io.BufferedReader(_Window(open_file(name), part.start, part.end), _SAMPLE)


def _inside(encoding: str, part: Part) -> str:
    """The encoding of a part of a text: a byte-order mark stands at its beginning only."""
    return "utf-8" if part.start and encoding == "utf-8-sig" else encoding


def detect_encoding(sample: bytes) -> str:
    """The encoding of a text that begins with `sample`: by its byte-order mark, as UTF-8, else by charset-normalizer."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := _without_mark(sample):
        return wide
    text = sample.decode("utf-8", errors="surrogateescape")
    # A character cut off at the end of the sample is no error.
    broken = sum("\udc80" <= char <= "\udcff" for char in text[:-4])
    if not broken or sum(char > "\x7f" for char in text) > 10 * broken:
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=["cp1252", "utf_16_le", "utf_16_be"]).best()
    return best.encoding if best else "cp1252"


def _without_mark(sample: bytes) -> str:
    """UTF-16 or UTF-32 without a byte-order mark, told by which of four bytes are NUL in most of its characters; else empty."""
    zeros = tuple(2 * sample[place::4].count(0) > len(sample[place::4]) for place in range(4))
    return _WIDE.get(zeros, "")


def _is_binary(sample: bytes, encoding: str) -> bool:
    return encoding in ("utf-8", "utf-8-sig") and 10 * sample.count(0) > len(sample)


_WIDE: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}


def _known_encoding(encoding: str) -> str:
    try:
        "".encode(encoding)  # raises for what is a codec, but none of text
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError):
        raise StanceError(f"--encoding: {encoding!r} is no encoding; try utf-8 or windows-1252") from None


def _lines(stream: BinaryIO, encoding: str, name: str) -> Iterator[str]:
    """The lines of a text; a byte that the encoding does not allow becomes a lone surrogate, a line over the limit is cut."""
    errors = "replace" if encoding.startswith(("utf-16", "utf_16", "utf-32", "utf_32")) else "surrogateescape"
    text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
    with _broken_off(name):
        while line := text.readline(MAX_LINE):
            while len(line) == MAX_LINE and not line.endswith(("\n", "\r")) and (rest := text.readline(MAX_LINE)):
                if len(rest) < MAX_LINE or rest.endswith(("\n", "\r")):
                    break
            yield line


@contextmanager
def _broken_off(name: str) -> Iterator[None]:
    """What goes wrong while a table is read, in one sentence."""
    try:
        yield
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise StanceError(f"{name}: broke off while being read ({reason}); get the file again") from None


# --- CSV -------------------------------------------------------------------------------------------------------------


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
        with _broken_off(self.name):
            return self.stream.read(size)

    def rows(self) -> Iterator[Row | Reject]:
        """Every row of the file."""
        assert self.stream is not None
        line, number, header = self.part.line, self.part.number, self.has_header
        waiting: deque[str] = deque()
        lines = _lines(self.stream, self.encoding, self.name)
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


def _open_csv(
    name: str, stream: BinaryIO, sample: bytes, columns: Mapping[str, str], encoding: str, share: Share, part: Part
) -> Table:
    csv.field_size_limit(2 * MAX_LINE)
    head = list(islice(_lines(io.BytesIO(sample), encoding, name), 4 * _SAMPLE_ROWS))
    if len(sample) == _SAMPLE and len(head) > 1:
        head.pop()  # may be cut off
    delimiter = detect_delimiter(head)
    records = [cells for cells, reason in _records(head, delimiter) if not reason and cells]
    if not records:
        raise StanceError(f"{name}: no row can be read; check the delimiter and the quotes")
    widths = [len(cells) for cells in records]
    usual = max(set(widths), key=widths.count)
    # Exports put a title or a remark above the header.
    records = list(dropwhile(lambda cells: len(cells) == 1 < usual and not _is_header(cells, columns), records))
    has_header = _is_header(records[0], columns)
    names = records[0] if has_header else [f"column{number}" for number in range(1, len(records[0]) + 1)]
    chosen = choose_columns(names, records[has_header:_SAMPLE_ROWS], columns, name)
    description = f"{name}: CSV, {encoding}, delimiter {_DELIMITERS[delimiter]}, " + _describe(chosen, names, has_header)
    header_ahead = has_header and not part.start
    file = CsvFile(name, _inside(encoding, part), delimiter, names, chosen, header_ahead, stream, part)
    return Table(description, file.rows(), share, file, encoding)


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[list[str], str]]:
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
        widths = [len(cells) for cells, reason in _records(lines, delimiter) if cells and not reason]
        if not widths or (usual := max(set(widths), key=widths.count)) < 2:
            return 0.0, 0
        return widths.count(usual) / len(widths), usual

    return max(_DELIMITERS, key=agreement)


_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


# --- JSON Lines and Parquet ------------------------------------------------------------------------------------------


def _open_jsonl(name: str, stream: BinaryIO, columns: Mapping[str, str], encoding: str, share: Share, part: Part) -> Table:
    lines = _lines(stream, encoding, name)
    head = list(_beginning(lines))
    objects = [value for line in head if isinstance(value := _json(line), dict)]
    if not objects:
        raise StanceError(f"{name}: no line is a JSON object; give CSV, or JSON Lines with one object a line")
    names = list(dict.fromkeys(key for value in objects for key in value))
    chosen = choose_columns(names, [[_cell(value.get(key)) for key in names] for value in objects], columns, name)
    description = f"{name}: JSON Lines, {encoding}, " + _describe(chosen, names, has_header=True)
    wanted = _lines(_window(name, part), _inside(encoding, part), name) if part.end else chain(head, lines)
    return Table(description, _jsonl_rows(wanted, names, chosen, part), share, encoding=encoding)


def _beginning(lines: Iterator[str]) -> Iterator[str]:
    size = 0
    for line in islice(lines, _SAMPLE_ROWS):
        yield line
        size += len(line)
        if size > _SAMPLE:
            return


def _jsonl_rows(lines: Iterable[str], names: Sequence[str], chosen: Mapping[str, int], part: Part) -> Iterator[Row | Reject]:
    number = part.number
    for line_number, line in enumerate(lines, part.line):
        if not line.strip():
            continue
        number += 1
        value = _json(line)
        if not isinstance(value, dict):
            yield Reject(line_number, "not a JSON object", (line.rstrip("\r\n"),))
        else:
            yield row_of(line_number, part.id_of(number), [_cell(value.get(key)) for key in names], chosen)


def _json(line: str) -> Any:
    try:
        return json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    try:
        return "" if value is None else value if isinstance(value, str) else str(value)
    except RecursionError:
        return _NO_VALUE


def _open_parquet(name: str, columns: Mapping[str, str], part: Part) -> Table:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise StanceError(f"{name}: reading Parquet needs the extra: pip install 'diplomatic-stance[parquet]'") from None
    try:
        remote = open_file(name) if "://" in name else None
        file = parquet.ParquetFile(remote or name)
        names = file.schema_arrow.names
        size = remote.seek(0, io.SEEK_END) if remote else os.path.getsize(name)
        check_ratio(_unpacked(file.metadata), size)
        first = next(file.iter_batches(_SAMPLE_ROWS), None)
    except (OSError, pyarrow.ArrowException) as error:
        raise _no_parquet(name, error) from None
    shown = [_texts(column) for column in first.columns] if first else []
    chosen = choose_columns(names, list(map(list, zip(*shown, strict=True))), columns, name)
    if twice := [names[place] for place in chosen.values() if names.count(names[place]) > 1]:
        raise StanceError(f"{name}: has two columns of the name {twice[0]!r}; rename one")

    number = part.number
    groups = range(part.start, part.end or file.num_row_groups)

    def rows() -> Iterator[Row | Reject]:
        nonlocal number
        wanted = [names[place] for place in chosen.values()]
        places = {field: place for place, field in enumerate(chosen)}
        unpacked = 0
        try:
            for batch in file.iter_batches(_BATCH, groups, wanted):
                for cells in zip(*map(_texts, batch.select(wanted).columns), strict=True):
                    number += 1
                    unpacked += sum(map(len, cells))
                    check_ratio(unpacked, size)
                    yield row_of(number, part.id_of(number), cells, places)
        except (OSError, ValueError, OverflowError, pyarrow.ArrowException) as error:
            raise _no_parquet(name, error) from None

    return Table(
        f"{name}: Parquet, " + _describe(chosen, names, has_header=True), rows(), lambda: number / file.metadata.num_rows
    )


def _unpacked(metadata: Any) -> int:
    """Bytes that the file says its columns unpack to."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return sum(group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))


def _texts(column: Any) -> list[str]:
    """The values of a column as cells."""
    try:
        return [_cell(value) for value in column.to_pylist()]
    except _NO_VALUE_ERRORS:
        return [_text(value) for value in column]


def _text(value: Any) -> str:
    """A value as a cell; one that Python cannot hold, such as a date after the year 9999, costs its row alone."""
    try:
        return _cell(value.as_py())
    except _NO_VALUE_ERRORS:
        return _NO_VALUE


_NO_VALUE = "\ufffd"
_NO_VALUE_ERRORS = (ValueError, OverflowError, LookupError)
_BATCH = 64
"""Rows of a Parquet file read at once: each of them may be a whole article."""


def _no_parquet(name: str, error: Exception) -> StanceError:
    return StanceError(f"{name}: cannot be read as Parquet ({' '.join(str(error).split())}); check the file")


# --- columns and rows ------------------------------------------------------------------------------------------------


def choose_columns(
    names: Sequence[str], sample: Sequence[Sequence[str]], stated: Mapping[str, str], table: str = "table"
) -> dict[str, int]:
    """Which column holds which field: as stated, else by name, else by what stands in it.

    Raises
    ------
    StanceError
        When a stated column does not exist, or none can be the text.
    """
    chosen: dict[str, int] = {}
    folded = [re.sub(r"[\s_-]+", "_", name.strip().lower().lstrip("\ufeff")) for name in names]
    for field, column in stated.items():
        if column not in names:
            raise StanceError(f"{table}: no column {column!r} for --{field}; it has {', '.join(map(repr, names))}")
        chosen[field] = list(names).index(column)
    for field, usual in _USUAL_NAMES.items():
        free = [place for name in usual for place, found in enumerate(folded) if found == name and place not in chosen.values()]
        if field not in chosen and free:
            chosen[field] = free[0]
    columns = list(zip(*[row for row in sample if len(row) == len(names)], strict=True))
    left = [place for place in range(len(columns)) if place not in chosen.values()]
    if "text" not in chosen and left:
        longest = max(left, key=lambda place: sum(map(len, columns[place])))
        if sum(" " in cell.strip() for cell in columns[longest]) * 2 >= len(columns[longest]):
            chosen["text"] = longest
    if "text" not in chosen:
        raise StanceError(f"{table}: no column looks like text; name it with --text, it has {', '.join(map(repr, names))}")
    if "date" not in chosen:
        dated = [place for place in left if place not in chosen.values() and _looks_dated(columns[place])]
        chosen |= {"date": dated[0]} if dated else {}
    return {field: chosen[field] for field in FIELDS if field in chosen}


def _looks_dated(cells: Sequence[str]) -> bool:
    return sum(len(cell) >= 8 and bool(parse_date(cell)) for cell in cells) >= 0.8 * len(cells)


def _is_header(cells: Sequence[str], stated: Mapping[str, str]) -> bool:
    usual = {name for names in _USUAL_NAMES.values() for name in names}
    folded = {re.sub(r"[\s_-]+", "_", cell.strip().lower().lstrip("\ufeff")) for cell in cells}
    if folded & usual or set(stated.values()) & set(cells):
        return True
    return all(cell and len(cell) < 40 and cell[0].isalpha() and " " not in cell.strip() for cell in cells)


def _describe(chosen: Mapping[str, int], names: Sequence[str], has_header: bool) -> str:
    columns = ", ".join(f"{field} = {names[place]!r}" for field, place in chosen.items())
    return f"{columns}{'' if has_header else ' (no header)'}"


def row_of(line: int, number: str, cells: Sequence[str], chosen: Mapping[str, int]) -> Row | Reject:
    """The row that `cells` make, or why they make none; `number` is its id when they hold none."""
    values = {field: cells[place] for field, place in chosen.items()}
    date = parse_date(values.get("date", ""))
    if any(len(cell) > MAX_CELL for cell in cells):
        reason = f"a cell is longer than {MAX_CELL:,} characters"
    elif date is None:
        reason = f"the date {values['date'][:40]!r} cannot be read"
    elif any(_BROKEN.search(cell) for cell in values.values()):
        reason = "bytes that do not fit the encoding"
    elif not values["text"].strip():
        reason = "the text is empty"
    else:
        return Row(line, values.get("id", "").strip() or number, date, values.get("source", "").strip(), values["text"])
    return Reject(line, reason, tuple(cells))


@lru_cache(maxsize=4096)
def parse_date(text: str) -> str | None:
    """`text` as an ISO 8601 day; empty for empty text, None when it names no day.

    Numbers alone are read month first where both could be a month (03/04/2024 is 4 March).
    """
    text = text.strip()
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    from dateutil import parser

    try:
        # What the text leaves open takes its value from the default: with two of them it shows.
        defaults = datetime(2000, 1, 1), datetime(2001, 2, 2)
        one, other = (parser.parse(text, default=default, ignoretz=True) for default in defaults)
    except (ValueError, OverflowError, TypeError):
        return None
    return str(one.date().isoformat()) if one.date() == other.date() else None


_BROKEN = re.compile("[\0\ud800-\udfff\ufffd]")
_USUAL_NAMES = {
    "text": (
        *("text", "body", "content", "article_text", "full_text", "fulltext", "maintext"),
        *("article", "story", "sentence", "paragraph"),
    ),
    "id": ("id", "article_id", "doc_id", "document_id", "uuid", "guid", "url", "link"),
    "date": (
        *("date", "published", "pub_date", "pubdate", "published_at", "publication_date", "date_publish"),
        *("created_at", "timestamp"),
    ),
    "source": ("source", "source_name", "publisher", "publication", "outlet", "agency", "domain", "newspaper"),
}
