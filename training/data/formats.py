"""A labelled file in, its rows out, each with the place it stands at: CSV of any dialect, JSON, JSON Lines, Parquet.

What the JSON of annotation tools means, ``training.data.exports`` knows.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from classifier.errors import StanceError
from classifier.tables.csv_records import detect_dialect, records_of
from classifier.tables.lines import detect_encoding
from classifier.tables.rows import MAX_CELL
from training.data.exports import converter_of
from training.data.faults import Fault, refuse

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
_SAMPLE = 1_000_000
_SAMPLE_LINES = 200


class Row(NamedTuple):
    """One row of a labelled file.

    Attributes
    ----------
    place : str
        The line, item or row that an error names.
    cells : dict of str to str
        By column.
    without, several : collection of str
        Columns in which JSON or Parquet says that there is no value (null, an empty list), or in which there are several.
    """

    place: str
    cells: dict[str, str]
    without: Collection[str] = ()
    several: Collection[str] = ()


@dataclass(frozen=True)
class Sheet:
    """A labelled file as it was read.

    Attributes
    ----------
    description : str
        What was detected: format, encoding, delimiter.
    columns : tuple of str
        In the order of the file.
    rows : tuple of Row
    left_out : int
        Items that an annotation tool says count for nothing.
    nested : tuple of str
        Columns that hold objects, which are no texts and no labels, and are not among `columns`.
    faults : tuple of Fault
        Rows that cannot be read.
    """

    description: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0
    nested: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_sheet(file: Path) -> Sheet:
    """Read a labelled file in which every row is whole.

    Raises
    ------
    StanceError
        When the file cannot be read, or rows of it are broken; the message names their lines.
    """
    sheet = scan(file)
    refuse(sheet.faults)
    return sheet


def scan(file: Path) -> Sheet:
    """Read a labelled file, and list the rows that are broken.

    Raises
    ------
    StanceError
        When the file cannot be read.
    """
    if file.suffix.lower() == ".parquet":
        return _read_parquet(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise StanceError(f"{file}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    encoding = detect_encoding(data[:_SAMPLE])
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        line = data[: getattr(error, "start", 0)].count(b"\n") + 1
        raise StanceError(f"{file}: line {line} holds bytes that are no {encoding}; save the file as UTF-8") from None
    is_json = file.suffix.lower() in (".jsonl", ".ndjson", ".json")
    return _read_json(file, text, encoding) if is_json else _read_csv(file, text, encoding)


# --- CSV -------------------------------------------------------------------------------------------------------------


def _read_csv(file: Path, text: str, encoding: str) -> Sheet:
    csv.field_size_limit(MAX_CELL)
    lines = io.StringIO(text, newline="").readlines()
    dialect = detect_dialect(lines[:_SAMPLE_LINES])
    begins = 1 + dialect.declared
    names: list[str] = []
    rows: list[Row] = []
    faults: list[Fault] = []
    records = lines[dialect.declared :]
    width = next((len(cells) for cells, _, _ in records_of(records, dialect) if cells), 0)
    for cells, reason, used in records_of(records, dialect, width):
        place = f"{file}: line {begins}"
        begins += used
        if reason:
            faults.append(Fault("broken CSV", f"{place} cannot be read as CSV ({reason}); check its quotes"))
            if not names:
                refuse(faults)
        elif cells and not names:
            names = _header(file, cells)
        elif cells and len(cells) != len(names):
            says = f"has {len(cells)} cells where the header has {len(names)}; put quotes round cells that hold the delimiter"
            faults.append(Fault("another number of cells than the header", f"{place} {says}"))
        elif cells:
            rows.append(Row(place.removeprefix(f"{file}: "), dict(zip(names, cells, strict=True))))
    return Sheet(f"CSV, {encoding}, {dialect}", tuple(names), tuple(rows), faults=tuple(faults))


def _header(file: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if twice := [name for name in names if names.count(name) > 1]:
        raise StanceError(f"{file}: the header names the column {twice[0]!r} twice; rename one")
    return names


# --- JSON ------------------------------------------------------------------------------------------------------------


def _read_json(file: Path, text: str, encoding: str) -> Sheet:
    is_array = text.lstrip()[:1] == "["
    items, faults = _array(file, text) if is_array else _lines(file, text)
    kind, convert = converter_of(item for _, item in items)
    rows: list[tuple[str, dict[str, Any]]] = []
    left_out = 0
    for place, item in items:
        try:
            values = convert(item)
        except (KeyError, TypeError, AttributeError, RecursionError):
            says = f"{place} is not what a {kind} holds for a sentence with one label; export it again"
            faults.append(Fault(f"something else than a {kind} holds", f"{file}: {says}"))
            continue
        if values is None:
            left_out += 1
        else:
            rows.append((place, values))
    described = f"{kind or ('JSON' if is_array else 'JSON Lines')}, {encoding}"
    return _sheet(described, rows, left_out, faults)


def _array(file: Path, text: str) -> tuple[list[tuple[str, dict[str, Any]]], list[Fault]]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StanceError(f"{file}: is no JSON ({error}); export it again") from None
    return _objects(file, ((f"item {number}", item) for number, item in enumerate(items, 1)), [])


def _lines(file: Path, text: str) -> tuple[list[tuple[str, dict[str, Any]]], list[Fault]]:
    items: list[tuple[str, Any]] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                items.append((f"line {number}", json.loads(line)))
            except (ValueError, RecursionError) as error:
                says = f"{file}: line {number} is no JSON ({error}); put one object on each line"
                faults.append(Fault("broken JSON", says))
    return _objects(file, items, faults)


def _objects(
    file: Path, items: Iterable[tuple[str, Any]], faults: list[Fault]
) -> tuple[list[tuple[str, dict[str, Any]]], list[Fault]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for place, item in items:
        if isinstance(item, dict):
            found.append((place, item))
        else:
            says = f"{file}: {place} is no JSON object; give one object with text and label for each sentence"
            faults.append(Fault("something else than a JSON object", says))
    return found, faults


def _sheet(described: str, rows: Sequence[tuple[str, dict[str, Any]]], left_out: int, faults: Sequence[Fault]) -> Sheet:
    """Values of any kind as cells. An object is none, and what stands in a column with objects is not read."""
    nested = tuple(dict.fromkeys(key for _, values in rows for key, value in values.items() if _is_nested(value)))
    columns = tuple(dict.fromkeys(key for _, values in rows for key in values if key not in nested))
    return Sheet(
        described, columns, tuple(_row(place, values, columns) for place, values in rows), left_out, nested, tuple(faults)
    )


def _row(place: str, values: Mapping[str, Any], columns: Sequence[str]) -> Row:
    given = {key: [one for one in _listed(values.get(key)) if one is not None] for key in columns}
    return Row(
        place,
        {key: ", ".join(map(str, some)) for key, some in given.items()},
        frozenset(key for key, some in given.items() if not some),
        frozenset(key for key, some in given.items() if len(some) > 1),
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict | list) for each in value))


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _read_parquet(file: Path) -> Sheet:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise StanceError(f"{file}: reading Parquet needs the extra: pip install 'diplomatic-stance[parquet]'") from None
    try:
        table = parquet.read_table(file)
    except (OSError, pyarrow.ArrowException) as error:
        raise StanceError(f"{file}: cannot be read as Parquet ({' '.join(str(error).split())}); check the file") from None
    columns: dict[str, list[Any]] = {}
    unreadable: list[str] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            columns[name] = column.to_pylist()
        except (ValueError, OverflowError, pyarrow.ArrowException):
            unreadable.append(name)
    rows = [
        (f"row {number}", dict(zip(columns, cells, strict=True)))
        for number, cells in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    without = f", without {', '.join(map(repr, unreadable))}, whose values cannot be read" if unreadable else ""
    return _sheet(f"Parquet{without}", rows, 0, ())
