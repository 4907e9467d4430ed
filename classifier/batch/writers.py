"""Columns in, bytes of CSV, JSON Lines, Parquet or Excel out, in pieces that can be appended and cut off again.

While a run goes on, its rows stand in ``OUT.partial``; for Parquet, which cannot be appended to, as an Arrow stream, for Excel as
lines of JSON. ``finish`` turns that into the file under its own name at once.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.batch.workbook import check_excel, write_workbook
from classifier.errors import StanceError
from classifier.kernel.strings import Strings, together

Column = Strings | NDArray[Any] | Sequence[Any]
Columns = Mapping[str, Column]

_FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".xlsx": "excel"}
_SPECIAL = re.compile('[",\n\r]')
FORMULA = (
    r"'*(?:[\t\r\n]|[\s\0-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*"
    r"[-=+@\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20])"
)
"""How a cell begins that a spreadsheet may run, in the syntax that Python and JavaScript share: a sign behind what is not seen.
Full-width and small signs too, which spreadsheets fold to plain ones; and all this behind apostrophes, so that the one put in
front can be told and taken away again."""
_FORMULA = re.compile(FORMULA)


def form_of(path: Path) -> str:
    """The format that the suffix of `path` names.

    Raises
    ------
    StanceError
        When it names none, or one whose extra is missing.
    """
    form = _FORMS.get(path.suffix.lower())
    if not form:
        raise StanceError(f"{path}: cannot tell the format; end the name in {', '.join(_FORMS)}")
    if form == "parquet":
        _arrow(path)
    elif form == "excel":
        check_excel(path)
    return form


def partial_of(path: Path) -> Path:
    """Where the rows of `path` stand until they are complete."""
    return path.with_name(path.name + ".partial")


def whole_of(path: Path) -> Path:
    """Where a Parquet or Excel file stands while it is made of these rows."""
    return path.with_name(path.name + ".whole")


def neutral(cell: str) -> str:
    """`cell`, harmless in a spreadsheet (OWASP, CSV injection)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """What ``neutral`` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def head(form: str, fields: Sequence[str]) -> bytes:
    """What a file begins with."""
    if form == "csv":
        return encode("csv", {field: [field] for field in fields}, raw=True)
    if form == "excel":
        return (json.dumps(list(fields)) + "\n").encode()
    return schema(fields).serialize().to_pybytes() if form == "parquet" else b""


def encode(form: str, columns: Columns, raw: bool = False, compiled: bool = False) -> bytes:
    """The rows of `columns` as bytes to append.

    Parameters
    ----------
    form : str
        ``csv``, ``jsonl``, ``parquet`` or ``excel``.
    columns : mapping of field to Strings, array or list
    raw : bool
        Leave cells of CSV as they are that a spreadsheet would run as a formula.
    compiled : bool
        Write CSV by the compiled loop, which is worth it for many rows; the bytes are the same.
    """
    if form == "csv":
        cells = [_cells(column, raw) for column in columns.values()]
        return _join(cells) if compiled else _write(cells)
    plain = {field: _values(column) for field, column in columns.items()}
    if form == "jsonl":
        rows = (dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True))
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if form == "excel":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in zip(*plain.values(), strict=True)).encode()
    batch = _record_batch(plain)
    return bytes(batch.serialize().to_pybytes()) if len(batch) else b""


def record_batch(columns: Columns) -> Any:
    """The rows of `columns` as an Arrow record batch."""
    return _record_batch({field: _values(column) for field, column in columns.items()})


def schema(fields: Sequence[str]) -> Any:
    """The Arrow schema of these fields of a sentence or an article."""
    import pyarrow as pa

    types = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), list: pa.list_(pa.string()), str: pa.string()}
    return pa.schema([(field, types[kind_of(field)]) for field in fields])


def kind_of(field: str) -> type:
    """What the values of a field of a sentence or an article are: bool, int, float, str, or list for lists of texts."""
    if field.startswith("n_"):
        return int
    return float if field.startswith("p_") else _KINDS.get(field, str)


_KINDS: dict[str, type] = {
    "uncertain": bool,
    **dict.fromkeys(("actors", "source_actor", "target_actor", "because", "pairs"), list),
    **dict.fromkeys(("tension", "tension_low", "tension_high"), float),
    **dict.fromkeys(("sentence_no", "paragraph", "start", "end", "sentences", "n"), int),
}


def finish(form: str, path: Path) -> None:
    """Give the complete rows of `path` their name; nothing happens when they have it already."""
    partial = partial_of(path)
    if not partial.exists():
        return
    if form in ("parquet", "excel"):
        whole = whole_of(path)
        (_to_parquet if form == "parquet" else write_workbook)(partial, whole)
        with whole.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(whole, path)
        partial.unlink()
    else:
        os.replace(partial, path)


# --- cells of CSV ----------------------------------------------------------------------------------------------------


def _values(column: Column) -> Sequence[Any]:
    if isinstance(column, Strings):
        return column.to_list()
    return column.tolist() if isinstance(column, np.ndarray) else column


def _cells(column: Column, raw: bool) -> Strings:
    """A column as text; what is written often is written once and looked up."""
    if isinstance(column, Strings):
        return column if raw else _neutralised(column)
    if not isinstance(column, np.ndarray):
        return Strings.of(_text(cell, raw) for cell in column)
    if column.dtype == np.bool_:
        return Strings.of(("false", "true")).take(column.astype(int))
    if column.dtype == np.float64:
        return _share_texts().take(np.rint(column * _SHARES).astype(int))
    if column.max(initial=0) < _SHARES:
        return _number_texts().take(column)
    return Strings.of(map(str, column.tolist()))


def _text(cell: Any, raw: bool) -> str:
    """A number is no formula, be it negative."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if cell is None or isinstance(cell, (int, float)):
        return "" if cell is None else str(cell)
    text = cell if isinstance(cell, str) else "; ".join(cell)
    return text if raw else neutral(text)


def _neutralised(column: Strings) -> Strings:
    """The same strings with those made harmless that need it; a first byte that starts no formula settles most of them."""
    if not len(column):
        return column
    first = column.data[np.minimum(column.starts, len(column.data) - 1)] if len(column.data) else np.zeros(len(column), np.uint8)
    suspect = np.flatnonzero((column.starts < column.ends) & ~_SAFE[first])
    changed = Strings.of(map(neutral, column.take(suspect).to_list()))
    rows = np.arange(len(column))
    rows[suspect] = len(column) + np.arange(len(suspect))
    return together([column, changed]).take(rows)


@lru_cache(maxsize=1)
def _number_texts() -> Strings:
    """Small numbers."""
    return Strings.of(map(str, range(_SHARES)))


@lru_cache(maxsize=1)
def _share_texts() -> Strings:
    """Every share of four places."""
    return Strings.of(repr(number / _SHARES) for number in range(_SHARES + 1))


_SHARES = 10_000
_ROW_GROUP = 1 << 16
_SAFE = np.array([(chr(byte).isalnum() and byte < 128) or chr(byte) in '"(' for byte in range(256)])
"""First bytes of a cell that is no formula."""


def _write(cells: Sequence[Strings]) -> bytes:
    """As the csv module does, which before Python 3.13 leaves a carriage return bare, and other programs then see two rows."""
    alone = len(cells) == 1
    rows = zip(*(column.to_list() for column in cells), strict=True)
    return "".join(",".join(_quoted(cell, alone) for cell in row) + "\n" for row in rows).encode()


def _quoted(cell: str, alone: bool) -> str:
    """A cell between quotes where it needs them; one that is empty and alone would be no row."""
    needed = _SPECIAL.search(cell) or (alone and not cell)
    return '"' + cell.replace('"', '""') + '"' if needed else cell


def _join(cells: Sequence[Strings]) -> bytes:
    from classifier.tables import compiled_csv

    whole, rows = together(cells), len(cells[0])
    shape = len(cells), rows
    return bytes(compiled_csv.join(whole.data, whole.starts.reshape(shape), whole.ends.reshape(shape)).tobytes())


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _arrow(path: Path) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise StanceError(f"{path}: writing Parquet needs the extra: pip install 'diplomatic-stance[parquet]'") from None
    return pyarrow


def _record_batch(plain: Mapping[str, Sequence[Any]]) -> Any:
    import pyarrow

    return pyarrow.RecordBatch.from_pydict(plain, schema=schema([*plain]))


def _to_parquet(stream: Path, target: Path) -> None:
    import pyarrow as pa
    from pyarrow import ipc, parquet

    with pa.OSFile(str(stream)) as source:
        reader = ipc.open_stream(source)
        with parquet.ParquetWriter(target, reader.schema, compression="zstd") as writer:
            for group in _row_groups(reader):
                writer.write_table(group, row_group_size=_ROW_GROUP)


def _row_groups(batches: Iterable[Any]) -> Iterator[Any]:
    """Tables of one size, however the rows were cut into batches, so that the same rows give the same file."""
    import pyarrow as pa

    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        while sum(map(len, waiting)) >= _ROW_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, _ROW_GROUP).combine_chunks()
            waiting = table.slice(_ROW_GROUP).to_batches()
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()
