"""A table of articles in (CSV of any dialect, JSON Lines, Parquet), rows and rejects out, one for each row of the table.

A row that cannot be used costs itself and nothing else: it comes out as a ``Reject`` with its line, a reason and its raw cells.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, dropwhile, islice
from pathlib import Path
from typing import Any, BinaryIO

from classifier.errors import StanceError
from classifier.files import foreign
from classifier.storage import open_file
from classifier.tables.csv_records import DELIMITERS, CsvFile, detect_delimiter, records_of
from classifier.tables.gzipped import check_ratio, is_zipped
from classifier.tables.lines import (
    MAX_LINE,
    SAMPLE,
    Share,
    detect_encoding,
    inside,
    is_binary,
    known_encoding,
    lines_of,
    open_bytes,
    window,
)
from classifier.tables.rows import WHOLE, Part, Reject, Row, check_unique, choose_columns, describe, looks_like_header, row_of
from classifier.tables.warc import is_warc, open_warc

_SAMPLE_ROWS = 50


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
        A path or URL ending in .csv, .tsv, .txt, .jsonl, .ndjson or .parquet, the text formats also with .gz; .warc and
        .warc.gz; or ``-`` for standard input, CSV or JSON Lines.
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
    if is_warc(name):
        rows, share = open_warc(name, part)
        return Table(f"{name}: WARC, each page an article with its address as id, its day and host", rows, share)
    stream, sample, share = open_bytes(name)
    if not sample.strip():
        raise StanceError(f"{name}: is empty; give a table with a header and a text column")
    encoding = known_encoding(encoding) if encoding else detect_encoding(sample)
    if kind := foreign(sample) or ("a binary file" if is_binary(sample, encoding) else ""):
        raise StanceError(
            f"{name}: holds {kind}, not a table of text; save it as CSV or JSON Lines, or give it the suffix that fits"
        )
    suffix = Path(name[:-3] if is_zipped(name) else name).suffix.lower()
    if suffix in (".jsonl", ".ndjson", ".json") or (suffix != ".csv" and sample.lstrip(codecs.BOM_UTF8).lstrip()[:1] == b"{"):
        return _open_jsonl(name, stream, columns, encoding, share, part)
    return _open_csv(name, window(name, part) if part.end else stream, sample, columns, encoding, share, part)


# --- CSV and JSON Lines ----------------------------------------------------------------------------------------------


def _open_csv(
    name: str, stream: BinaryIO, sample: bytes, columns: Mapping[str, str], encoding: str, share: Share, part: Part
) -> Table:
    csv.field_size_limit(2 * MAX_LINE)
    head = list(islice(lines_of(io.BytesIO(sample), encoding, name), 4 * _SAMPLE_ROWS))
    if len(sample) == SAMPLE and len(head) > 1:
        head.pop()  # may be cut off
    delimiter = detect_delimiter(head)
    records = [cells for cells, reason in records_of(head, delimiter) if not reason and cells]
    if not records:
        raise StanceError(f"{name}: no row can be read; check the delimiter and the quotes")
    widths = [len(cells) for cells in records]
    usual = max(set(widths), key=widths.count)
    # Exports put a title or a remark above the header.
    records = list(dropwhile(lambda cells: len(cells) == 1 < usual and not looks_like_header(cells, columns), records))
    has_header = looks_like_header(records[0], columns)
    names = records[0] if has_header else [f"column{number}" for number in range(1, len(records[0]) + 1)]
    chosen = choose_columns(names, records[has_header:_SAMPLE_ROWS], columns, name)
    description = f"{name}: CSV, {encoding}, delimiter {DELIMITERS[delimiter]}, " + describe(chosen, names, has_header)
    header_ahead = has_header and not part.start
    file = CsvFile(name, inside(encoding, part), delimiter, names, chosen, header_ahead, stream, part)
    return Table(description, file.rows(), share, file, encoding)


def _open_jsonl(name: str, stream: BinaryIO, columns: Mapping[str, str], encoding: str, share: Share, part: Part) -> Table:
    lines = lines_of(stream, encoding, name)
    head = list(_beginning(lines))
    objects = [value for line in head if isinstance(value := _json(line), dict)]
    if not objects:
        raise StanceError(f"{name}: no line is a JSON object; give CSV, or JSON Lines with one object a line")
    names = list(dict.fromkeys(key for value in objects for key in value))
    chosen = choose_columns(names, [[cell_of(value.get(key)) for key in names] for value in objects], columns, name)
    description = f"{name}: JSON Lines, {encoding}, " + describe(chosen, names, has_header=True)
    wanted = lines_of(window(name, part), inside(encoding, part), name) if part.end else chain(head, lines)
    return Table(description, _jsonl_rows(wanted, names, chosen, part), share, encoding=encoding)


def _beginning(lines: Iterator[str]) -> Iterator[str]:
    size = 0
    for line in islice(lines, _SAMPLE_ROWS):
        yield line
        size += len(line)
        if size > SAMPLE:
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
            yield row_of(line_number, part.id_of(number), [cell_of(value.get(key)) for key in names], chosen)


def _json(line: str) -> Any:
    try:
        return json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def cell_of(value: Any) -> str:
    """A value of JSON, Parquet or pandas as the cell of a table."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    try:
        return "" if value is None else value if isinstance(value, str) else str(value)
    except RecursionError:
        return _NO_VALUE


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _open_parquet(name: str, columns: Mapping[str, str], part: Part) -> Table:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise StanceError(f"{name}: reading Parquet needs the extra: pip install 'diplomatic-stance[parquet]'") from None
    try:
        remote = open_file(name) if "://" in name else None
        schema = parquet.ParquetFile(remote or name).schema
        # A text that stands again and again is held once; what is nested has no column of its name.
        columns_held = {schema.column(place).path for place in range(len(schema.names))}
        file = parquet.ParquetFile(
            remote or name, read_dictionary=sorted(columns_held.intersection(schema.to_arrow_schema().names))
        )
        names = file.schema_arrow.names
        size = remote.seek(0, io.SEEK_END) if remote else os.path.getsize(name)
        check_ratio(_unpacked(file.metadata), size)
        first = next(file.iter_batches(_SAMPLE_ROWS), None)
        check_ratio(sum(map(_size, first.columns)) if first else 0, size)
    except (OSError, pyarrow.ArrowException, *_DAMAGE) as error:
        raise _no_parquet(name, error) from None
    shown = [_texts(column) for column in first.columns] if first else []
    chosen = choose_columns(names, list(map(list, zip(*shown, strict=True))), columns, name)
    check_unique(names, chosen, name)

    number = part.number
    groups = range(part.start, part.end or file.num_row_groups)

    def rows() -> Iterator[Row | Reject]:
        nonlocal number
        wanted = [names[place] for place in chosen.values()]
        places = {field: place for place, field in enumerate(chosen)}
        unpacked = 0
        try:
            for batch in file.iter_batches(_BATCH, groups, wanted):
                columns = batch.select(wanted).columns
                unpacked += sum(map(_size, columns))
                check_ratio(unpacked, size)
                for cells in zip(*map(_texts, columns), strict=True):
                    number += 1
                    yield row_of(number, part.id_of(number), cells, places)
        except (OSError, pyarrow.ArrowException, *_DAMAGE) as error:
            raise _no_parquet(name, error) from None

    return Table(f"{name}: Parquet, " + describe(chosen, names, has_header=True), rows(), lambda: number / file.metadata.num_rows)


def _unpacked(metadata: Any) -> int:
    """Bytes that the file says its columns unpack to."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return sum(group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))


def _size(column: Any) -> int:
    """Bytes of the texts of a column, before any of them becomes one of Python's."""
    import pyarrow
    from pyarrow import compute

    values = column.dictionary if pyarrow.types.is_dictionary(column.type) else column
    try:
        sizes = compute.binary_length(values)
    except pyarrow.ArrowNotImplementedError:  # no texts
        return int(column.nbytes)
    return compute.sum(sizes if values is column else sizes.take(column.indices)).as_py() or 0


def _texts(column: Any) -> list[str]:
    """The values of a column as cells."""
    try:
        return [cell_of(value) for value in column.to_pylist()]
    except _DAMAGE:
        return [_text(value) for value in column]


def _text(value: Any) -> str:
    """A value as a cell; one that Python cannot hold, such as a date after the year 9999, costs its row alone."""
    try:
        return cell_of(value.as_py())
    except _DAMAGE:
        return _NO_VALUE


_NO_VALUE = "\ufffd"
_DAMAGE = (ValueError, OverflowError, LookupError)
_BATCH = 64
"""Rows of a Parquet file read at once: each of them may be a whole article."""


def _no_parquet(name: str, error: Exception) -> StanceError:
    return StanceError(f"{name}: cannot be read as Parquet ({' '.join(str(error).split())}); check the file")
