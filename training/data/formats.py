"""A labelled file in, its rows out, each with the place it stands at: CSV of any dialect, JSON, JSON Lines, Parquet.

The exports of doccano, Label Studio and Prodigy are JSON of known shapes; what nobody labelled in them is left out and counted.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from classifier.errors import StanceError
from classifier.tables.csv_records import detect_delimiter
from classifier.tables.lines import detect_encoding
from classifier.tables.rows import MAX_CELL

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
_SAMPLE = 1_000_000
_SAMPLE_LINES = 200
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


class Row(NamedTuple):
    """One row of a labelled file: the line, item or row that an error names, and its cells by column."""

    place: str
    cells: dict[str, str]


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
        Items of an annotation tool that nobody has labelled.
    """

    description: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0


def read_sheet(file: Path) -> Sheet:
    """Read a labelled file.

    Raises
    ------
    StanceError
        When the file cannot be read, or a row of it is broken; the message names the line.
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
    delimiter = detect_delimiter(text.splitlines(keepends=True)[:_SAMPLE_LINES])
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    rows: list[Row] = []
    begins = 1
    try:
        for cells in reader:
            if cells and not names:
                names = _header(file, cells)
            elif cells:
                if len(cells) != len(names):
                    raise StanceError(
                        f"{file}: line {begins} has {len(cells)} cells where the header has {len(names)}; "
                        "put quotes round cells that hold the delimiter"
                    )
                rows.append(Row(f"line {begins}", dict(zip(names, cells, strict=True))))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise StanceError(f"{file}: line {begins} cannot be read as CSV ({error}); check its quotes") from None
    return Sheet(f"CSV, {encoding}, delimiter {_DELIMITERS[delimiter]}", tuple(names), tuple(rows))


def _header(file: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if twice := [name for name in names if names.count(name) > 1]:
        raise StanceError(f"{file}: the header names the column {twice[0]!r} twice; rename one")
    return names


# --- JSON ------------------------------------------------------------------------------------------------------------


def _read_json(file: Path, text: str, encoding: str) -> Sheet:
    is_array = text.lstrip()[:1] == "["
    items = list(_array(file, text) if is_array else _lines(file, text))
    for place, item in items:
        if not isinstance(item, dict):
            raise StanceError(f"{file}: {place} is no JSON object; give one object with text and label for each sentence")
    kind, convert = _converter([item for _, item in items[:_SAMPLE_LINES]])
    rows: list[Row] = []
    left_out = 0
    for place, item in items:
        try:
            values = convert(item)
        except (KeyError, TypeError, AttributeError):
            raise StanceError(f"{file}: {place} is not what a {kind} holds; export it again") from None
        if values is None:
            left_out += 1
        else:
            rows.append(Row(place, {key: _cell(file, place, key, value) for key, value in values.items()}))
    columns = tuple(dict.fromkeys(key for row in rows for key in row.cells))
    filled = tuple(Row(place, {key: cells.get(key, "") for key in columns}) for place, cells in rows)
    return Sheet(f"{kind or ('JSON' if is_array else 'JSON Lines')}, {encoding}", columns, filled, left_out)


def _array(file: Path, text: str) -> Iterator[tuple[str, Any]]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StanceError(f"{file}: is no JSON ({error}); export it again") from None
    return ((f"item {number}", item) for number, item in enumerate(items, 1))


def _lines(file: Path, text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                raise StanceError(f"{file}: line {number} is no JSON ({error}); put one object on each line") from None


def _cell(file: Path, place: str, key: str, value: Any) -> str:
    """A value as text; of a list, its only element."""
    if isinstance(value, list):
        if len(value) > 1:
            raise StanceError(f"{file}: {place} has {len(value)} values of {key!r} ({value!r:.60}); a sentence has one label")
        value = value[0] if value else ""
    return "" if value is None else str(value)


# --- exports of annotation tools -------------------------------------------------------------------------------------


def _converter(items: Iterable[Mapping[str, Any]]) -> tuple[str, Any]:
    """The name of the tool that wrote `items`, and what turns one of them into columns (None: nobody labelled it)."""
    keys = {key for item in items for key in item}
    if {"data", "annotations"} <= keys:
        return "Label Studio export", _label_studio
    if {"text", "answer"} <= keys:
        return "Prodigy export", _prodigy
    if any(isinstance(item.get("label"), list) for item in items):
        return "doccano export", lambda item: item if item.get("label") else None
    return "", lambda item: item


def _label_studio(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """A task of Label Studio: the choices of all annotators together, so that two opinions show as two labels."""
    results = [
        result
        for annotation in item.get("annotations") or []
        if not annotation.get("was_cancelled")
        for result in annotation.get("result") or []
        if result.get("type") == "choices"
    ]
    labels = dict.fromkeys(choice for result in results for choice in result["value"]["choices"])
    return {**item["data"], "label": list(labels)} if labels else None


def _prodigy(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """A task of Prodigy's ``textcat.manual`` (choices) or ``textcat.teach`` (one label, accepted or not)."""
    if item["answer"] != "accept" or not (label := item.get("accept", item.get("label"))):
        return None
    return {key: value for key, value in item.items() if isinstance(value, (str, int, float))} | {"label": label}


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
    rows = (
        Row(f"row {number}", {key: _cell(file, f"row {number}", key, cell) for key, cell in zip(columns, cells, strict=True)})
        for number, cells in enumerate(zip(*columns.values(), strict=True), 1)
    )
    without = f", without {', '.join(map(repr, unreadable))}, whose values cannot be read" if unreadable else ""
    return Sheet(f"Parquet{without}", tuple(columns), tuple(rows))
