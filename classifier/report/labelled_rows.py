"""What ``stance batch`` wrote in, a frame of labelled sentences out, with a type for every column and its faults named.

Nothing after it looks at a file again: what a figure is made of has been checked once, here.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.batch.job import MANIFEST
from classifier.batch.writers import restored
from classifier.errors import StanceError
from classifier.files import followed
from classifier.model import labels as scheme

_NEEDED = ("id", "text", "label")
_TEXTS = ("id", "source", "text", "label", "actors", "source_actor", "target_actor", "because", "language")
_NUMBERS = ("sentence_no", "paragraph", "start", "end")
_JSON = (".jsonl", ".ndjson")
_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"


def read_labelled_rows(path: str | os.PathLike[str]) -> pd.DataFrame:
    """What ``stance batch`` wrote (CSV, JSON Lines, Parquet, Excel, or a directory of a cluster), with a type for every column.

    Columns that a figure can do without (date, source, actors, ...) are empty where the file has none. ``date`` is a
    timestamp, or missing where no day is known; ``month`` is known of some dates without a day. The apostrophe that keeps
    spreadsheets from running a cell is gone.

    Raises
    ------
    StanceError
        When the file cannot be read, has no rows, lacks a column, or holds something that is no probability or label.
    """
    path = Path(path)
    raw = _read_table(path)
    labels = label_names(raw)
    missing = [name for name in _NEEDED if name not in raw] + ([] if labels else ["p_" + name for name in scheme.NAMES])
    if missing:
        raise StanceError(f"{path}: has no column {', '.join(missing)}; a report needs a file that stance batch wrote")
    if raw.empty:
        raise StanceError(f"{path}: has no rows; there is nothing to report")
    rows = typed(raw)
    rows["id"] = _told_apart(rows)
    if path.suffix.lower() not in (*_JSON, ".xlsx") and not _is_parquet(path):
        for name in _TEXTS:
            rows[name] = rows[name].map(restored)
    for label in labels:
        rows[f"p_{label}"] = _shares(path, raw[f"p_{label}"], f"p_{label}")
    _check_labels(path, rows["label"], labels)
    return rows


def typed(raw: pd.DataFrame) -> pd.DataFrame:
    """Labelled rows but for their probabilities, with a type for every column; what `raw` lacks is empty."""
    rows = pd.DataFrame(index=raw.index)
    for name in _TEXTS:
        rows[name] = raw[name].map(_text) if name in raw else ""
    for name in _NUMBERS:
        rows[name] = pd.to_numeric(raw[name], errors="coerce").fillna(0).astype(int) if name in raw else 0
    written = raw["date"].map(_text).str[:10] if "date" in raw else pd.Series("", index=raw.index)
    rows["date"] = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
    rows["month"] = rows["date"].dt.strftime("%Y-%m").fillna(written.where(written.str.fullmatch(_MONTH), ""))
    rows["uncertain"] = raw["uncertain"].map(_text).str.lower().isin(("true", "1")) if "uncertain" in raw else False
    return rows


def _told_apart(rows: pd.DataFrame) -> pd.Series[str]:
    """The id of each row's article; where articles share an id, with a number from the second on.

    Each row of a table is an article, whatever its id: the k-th row with an id and a number belongs to the k-th article of it.
    """
    if not rows["sentence_no"].any():
        return rows["id"]
    again = rows.groupby(["id", "sentence_no"], sort=False).cumcount()
    return rows["id"].where(again == 0, rows["id"] + "#" + (again + 1).astype(str))


def label_names(rows: pd.DataFrame) -> tuple[str, ...]:
    """The labels whose probabilities the rows hold, in the order of the columns."""
    return tuple(str(name)[2:] for name in rows.columns if str(name).startswith("p_"))


def read_summary(path: Path) -> dict[str, Any]:
    """What ``stance batch`` noted beside `path` (rows in, rejected, model, ...); empty when it noted nothing."""
    path = followed(path)
    beside = path / MANIFEST if path.is_dir() else path.with_name(path.name + ".summary.json")
    if not beside.exists():
        return {}
    try:
        summary = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        summary = None
    if not isinstance(summary, dict):
        raise StanceError(f"{beside}: cannot be read; write it again with stance batch, or remove it")
    return summary


def _read_table(path: Path) -> pd.DataFrame:
    if path.is_dir() and not (path / MANIFEST).exists():
        raise StanceError(f"{path}: cannot be read, it holds no run that is complete; finish it with the command that began it")
    if path.exists() and not (path.is_file() or path.is_fifo() or path.is_dir()):
        raise StanceError(f"{path}: cannot be read (not a regular file); check the path")
    try:
        if _is_parquet(path):
            return pd.read_parquet(path)
        if path.suffix.lower() in _JSON:
            # pandas.read_json would turn dates and numerals in text columns into something else.
            with path.open(encoding="utf-8", newline="\n") as lines:
                return pd.DataFrame([json.loads(line) for line in lines if line.strip()])
        if path.suffix.lower() == ".xlsx":
            sheets = pd.read_excel(path, sheet_name=None, dtype=str, keep_default_na=False, engine="openpyxl")
            return pd.concat(sheets.values(), ignore_index=True)
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise StanceError(f"{path}: is empty; there is nothing to report") from None
    except ImportError:
        raise StanceError(f"{path}: needs a reader for its format; pip install 'diplomatic-stance[parquet,excel]'") from None
    except OSError as error:
        raise StanceError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except (
        ValueError,
        KeyError,
        zipfile.BadZipFile,
        pd.errors.ParserError,
    ):  # UnicodeDecodeError and Arrow's errors are ValueErrors
        raise StanceError(f"{path}: is no table that can be read; a report needs a file that stance batch wrote") from None


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet" or path.is_dir()


def _text(cell: object) -> str:
    """A cell as text: lists (JSON Lines, Parquet) joined as in CSV, what is missing as nothing."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (list, tuple, np.ndarray)):
        return "; ".join(map(str, cell))
    return "" if cell is None or cell != cell else str(cell)


def _shares(path: Path, cells: pd.Series[Any], name: str) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~((shares >= 0) & (shares <= 1)))
    if len(wrong):
        raise StanceError(f"{path}: row {wrong[0] + 1} has no probability in {name} ({str(cells.iloc[wrong[0]])[:40]!r})")
    return shares


def _check_labels(path: Path, given: pd.Series[str], labels: tuple[str, ...]) -> None:
    wrong = np.flatnonzero(~given.isin(labels).to_numpy())
    if len(wrong):
        raise StanceError(
            f"{path}: row {wrong[0] + 1} is labelled {given.iloc[wrong[0]][:40]!r}, which has no column of probabilities; "
            f"labels here: {', '.join(labels)}"
        )
