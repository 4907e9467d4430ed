"""Columns in, bytes of CSV, JSON Lines or Parquet out, in pieces that can be appended and cut off again.

While a run goes on, its rows stand in ``OUT.partial``; for Parquet, which cannot be appended to, as an Arrow stream. ``finish``
turns that into the file under its own name at once.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import StanceError

Columns = Mapping[str, Sequence[Any] | NDArray[Any]]

_FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
# Full-width signs too: spreadsheets fold them to plain ones.
_FORMULA = re.compile("[\\t\\r]|\\s*[-=+@\uff1d\uff0b\uff0d\uff20]")


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
    return form


def partial_of(path: Path) -> Path:
    """Where the rows of `path` stand until they are complete."""
    return path.with_name(path.name + ".partial")


def neutral(cell: str) -> str:
    """`cell`, harmless in a spreadsheet (OWASP, CSV injection)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def head(form: str, fields: Sequence[str]) -> bytes:
    """What a file begins with."""
    if form == "csv":
        return encode("csv", {field: [field] for field in fields}, raw=True)
    return _schema(fields).serialize().to_pybytes() if form == "parquet" else b""


def encode(form: str, columns: Columns, raw: bool = False) -> bytes:
    """The rows of `columns` as bytes to append; `raw` leaves cells as they are that a spreadsheet would run as a formula."""
    if form == "csv":
        out = io.StringIO()
        cells = [_cells(column, raw) for column in columns.values()]
        csv.writer(out, lineterminator="\n").writerows(zip(*cells, strict=True))
        return out.getvalue().encode()
    plain = {field: column.tolist() if isinstance(column, np.ndarray) else column for field, column in columns.items()}
    if form == "jsonl":
        rows = (dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True))
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    import pyarrow

    batch = pyarrow.RecordBatch.from_pydict(plain, schema=_schema([*columns]))
    return bytes(batch.serialize().to_pybytes()) if len(batch) else b""


def finish(form: str, path: Path) -> None:
    """Give the complete rows of `path` their name; nothing happens when they have it already."""
    partial = partial_of(path)
    if not partial.exists():
        return
    if form == "parquet":
        whole = partial.with_suffix(".whole")
        _to_parquet(partial, whole)
        os.replace(whole, path)
        partial.unlink()
    else:
        os.replace(partial, path)


def _cells(column: Sequence[Any] | NDArray[Any], raw: bool) -> Sequence[Any]:
    """A column as the cells of a CSV file."""
    if isinstance(column, np.ndarray):
        if column.dtype == np.bool_:
            return ["true" if value else "false" for value in column.tolist()]
        return _shares(column) if column.dtype == np.float64 else column.tolist()
    cells = ["; ".join(value) if isinstance(value, (list, tuple)) else value for value in column]
    return cells if raw else [neutral(cell) if isinstance(cell, str) else cell for cell in cells]


def _shares(column: NDArray[np.float64]) -> list[str]:
    """Shares of four places, each written once and looked up: ten times as fast as writing each anew."""
    return [_share_texts()[number] for number in np.rint(column * _SHARES).astype(int).tolist()]


@lru_cache(maxsize=1)
def _share_texts() -> list[str]:
    return [repr(number / _SHARES) for number in range(_SHARES + 1)]


_SHARES = 10_000


def _arrow(path: Path) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise StanceError(f"{path}: writing Parquet needs the extra: pip install 'diplomatic-stance[parquet]'") from None
    return pyarrow


def _schema(fields: Sequence[str]) -> Any:
    import pyarrow as pa

    kinds = {"uncertain": pa.bool_(), "actors": pa.list_(pa.string()), "because": pa.list_(pa.string())}
    kinds |= dict.fromkeys(("tension", "tension_low", "tension_high"), pa.float64())
    kinds |= dict.fromkeys(("sentence_no", "paragraph", "start", "end", "sentences", "n"), pa.int64())
    kinds |= {field: pa.float64() for field in fields if field.startswith("p_")}
    kinds |= {field: pa.int64() for field in fields if field.startswith("n_")}
    kinds |= {"pairs": pa.list_(pa.string())}
    return pa.schema([(field, kinds.get(field, pa.string())) for field in fields])


def _to_parquet(stream: Path, target: Path) -> None:
    import pyarrow as pa
    from pyarrow import ipc, parquet

    with pa.OSFile(str(stream)) as source:
        reader = ipc.open_stream(source)
        with parquet.ParquetWriter(target, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
