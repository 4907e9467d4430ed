"""Records in, bytes of CSV, JSON Lines or Parquet out, in pieces that can be appended and cut off again.

While a run goes on, its rows stand in ``OUT.partial``; for Parquet, which cannot be appended to, as an Arrow stream. ``finish``
turns that into the file under its own name at once.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.errors import StanceError

Record = Mapping[str, Any]

_FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
# Full-width signs too: spreadsheets fold them to plain ones.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r")


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
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS) else cell


def head(form: str, fields: Sequence[str]) -> bytes:
    """What a file begins with."""
    if form == "csv":
        return _csv_row(fields)
    return _schema(fields).serialize().to_pybytes() if form == "parquet" else b""


def encode(form: str, fields: Sequence[str], records: Sequence[Record], raw: bool = False) -> bytes:
    """`records` as bytes to append; `raw` leaves cells as they are that a spreadsheet would run as a formula."""
    if form == "jsonl":
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    if form == "csv":
        return b"".join(_csv_row([_cell(record[field], raw) for field in fields]) for record in records)
    import pyarrow

    columns = {field: [record[field] for record in records] for field in fields}
    batch = pyarrow.RecordBatch.from_pydict(columns, schema=_schema(fields))
    return bytes(batch.serialize().to_pybytes()) if records else b""


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


def _csv_row(cells: Sequence[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


def _cell(value: Any, raw: bool) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        value = "; ".join(value)
    return neutral(value) if isinstance(value, str) and not raw else value


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
