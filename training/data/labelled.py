"""Labelled files in, one validated table out: what every training and evaluation starts from.

A table has the columns ``text, label, group, slice, article, weight, place``; rows of one group never stand on both sides of a
split (``training.data.groups``), and ``place`` is the file and line that a message about the row names.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from classifier.errors import StanceError
from training.data.columns import find_columns
from training.data.formats import SUFFIXES, Row, read_sheet
from training.data.groups import join
from training.data.mappings import Mapping as Labels
from training.data.news import COLUMNS

_LEAST_ROWS = 5
_SHOWN = 60
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character, as a broken export writes it; it has no UTF-8."""
_TABLE = ["text", "label", "group", "slice", "article", "weight", "place"]


def read_labelled(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    mapping: Labels | None = None,
    say: Callable[[str], None] = lambda message: None,
    to_train: bool = True,
) -> pd.DataFrame:
    """The labelled rows of a file, or of every labelled file in a directory.

    Parameters
    ----------
    path : path
        CSV, TSV, JSON Lines, JSON or Parquet; exports of doccano, Label Studio and Prodigy. Needs a text and a label; of the
        optional columns ``article`` and ``group`` keep rows together in cross-validation, ``slice`` names the kind of text, and
        ``weight`` (a positive number) says how much a row counts in the fit.
    columns : mapping of field to column, optional
        Columns that the user names; the others are guessed.
    mapping : training.mappings.Mapping, optional
        What the labels of the file become.
    say : callable, optional
        Told what was detected and how many rows were left out.
    to_train : bool
        False for rows that only judge a model: any number of labels, any number of rows of each.

    Returns
    -------
    DataFrame
        Columns ``text, label, group, slice, article, weight, place``; ``slice`` is the file's name where the file has no such
        column, ``article`` is empty for a sentence that stands alone. The weights have mean 1, for only their ratios count: C
        and lambda mean the same whatever their size.

    Raises
    ------
    StanceError
        When there is nothing to read, a text, label or weight is unusable, the mapping does not know a label, or one text stands
        under two labels; and, to train, when fewer than two labels occur or a label has under five rows.
    """
    table = read_rows(path, columns, mapping, say)
    if to_train:
        _check_counts(table, path)
    return grouped(table)


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``read_rows`` with the groups that ``read_labelled`` gives them, and weights of mean 1."""
    return table.assign(group=join(table), weight=table["weight"] / table["weight"].mean())


def read_rows(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    mapping: Labels | None = None,
    say: Callable[[str], None] = lambda message: None,
    agree: bool = True,
) -> pd.DataFrame:
    """The rows as ``read_labelled`` reads them, however few, with ``group`` as the files state it.

    Without `agree` a text may stand under two labels, as an audit has to read it.
    """
    path = Path(path)
    files = sorted(file for file in path.glob("*") if file.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
    if not files:
        raise StanceError(f"{path}: no CSV file in this directory; labelled data needs columns text and label")
    table = pd.concat([_read_file(file, columns or {}, mapping, say) for file in files], ignore_index=True)
    if table.empty:
        raise StanceError(f"{path}: holds no row; labelled data needs columns text and label, and rows")
    if not (kept := table["label"] != "").any():
        raise StanceError(
            f"{path}: every label in it is mapped to nothing by {mapping.name if mapping else ''}; map one to a label"
        )
    table = table[kept].reset_index(drop=True)
    if agree:
        _check_labels_agree(table)
    return table


def check_apart(table: pd.DataFrame, test: pd.DataFrame) -> None:
    """See that no text of `test` stands in `table`; capitals and blanks do not count.

    Raises
    ------
    StanceError
        When one does; the message names both lines.
    """
    places = dict(zip(map(_folded, test["text"]), test["place"], strict=True))
    for text, place in zip(table["text"], table["place"], strict=True):
        if (other := places.get(_folded(text))) is not None:
            raise StanceError(f"{place}: the text {text[:_SHOWN]!r} stands in the test file, too ({other}); delete it from one")


def digest(table: pd.DataFrame) -> str:
    """SHA-256 over texts, labels, articles and groups in order, and weights where they differ from 1.

    Two tables with one digest train the same model.
    """
    columns = ["label", "article", "group", "text"]
    if (table["weight"] != 1).any():
        columns.append("weight")
    hashed = hashlib.sha256()
    for row in table[columns].itertuples(index=False):
        hashed.update("\t".join(map(str, row)).encode() + b"\n")
    return hashed.hexdigest()


def _read_file(file: Path, stated: Mapping[str, str], mapping: Labels | None, say: Callable[[str], None]) -> pd.DataFrame:
    """The rows of a file; the label is empty where the mapping leaves a row out."""
    sheet = read_sheet(file)
    if tuple(sheet.columns) == COLUMNS:
        say(f"{file}: labels without their texts left out; python -m training --news DIR joins them")
    if not sheet.rows or tuple(sheet.columns) == COLUMNS:
        return pd.DataFrame(columns=_TABLE)
    found = find_columns(sheet, stated, mapping, file)
    say(f"{file}: {sheet.description}, {', '.join(f'{field} = {name!r}' for field, name in found.items())}")
    if sheet.left_out:
        say(f"{file}: {sheet.left_out:,} items without a label left out")
    name = Path(os.fsencode(file).decode(errors="replace"))
    rows = [_row(f"{name} {row.place}", row, found, mapping) | {"place": f"{name} {row.place}"} for row in sheet.rows]
    table = pd.DataFrame([{"slice": name.stem} | row for row in rows])[_TABLE]
    if left_out := (table["label"] == "").sum():
        say(f"{file}: {left_out:,} rows left out, mapped to nothing by {mapping.name if mapping else ''}")
    return table


def _row(place: str, row: Row, found: Mapping[str, str], mapping: Labels | None) -> dict[str, object]:
    """The values of one row, checked; the label is empty where the mapping leaves the row out."""
    cells = {field: row.cells[name] for field, name in found.items()}
    for field in ("text", "label"):
        if not cells[field].strip():
            raise StanceError(f"{place}: has an empty {field}; fill it or delete the row")
    label: str | None = cells["label"].strip()
    if not cells["label"].strip().isprintable() or any(map(_HALF.search, cells.values())):
        raise StanceError(f"{place}: holds a character that cannot be printed; delete it")
    if mapping and (label := mapping.label(cells["label"].strip())) is None:
        known = ", ".join(list(mapping.labels)[:_SHOWN])
        raise StanceError(f"{place}: {mapping.name} does not map the label {cells['label'].strip()!r}; it knows {known}")
    kept_together = {field: cells.get(field, "").strip() for field in ("article", "group")}
    return cells | kept_together | {"label": label, "weight": _weight(place, cells.get("weight", ""))}


def _weight(place: str, cell: str) -> float:
    try:
        weight = float(cell) if cell.strip() else 1.0
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise StanceError(f"{place}: the weight {cell[:_SHOWN]!r} is no positive number; correct it or leave it empty")
    return weight


def _check_counts(table: pd.DataFrame, path: str | Path) -> None:
    counts = table["label"].value_counts()
    if len(counts) < 2:
        raise StanceError(f"{path}: every row has the label {counts.index[0]!r}; a classifier needs two or more labels")
    if counts.min() < _LEAST_ROWS:
        rare = str(counts.idxmin())
        place = table["place"][table["label"] == rare].iloc[0]
        raise StanceError(
            f"{place}: label {rare!r} has {counts.min()} rows in all; give it at least {_LEAST_ROWS}, or map it to another"
        )


def _check_labels_agree(table: pd.DataFrame) -> None:
    first: dict[str, tuple[str, str]] = {}
    for text, label, place in zip(table["text"], table["label"], table["place"], strict=True):
        before, where = first.setdefault(text, (label, place))
        if before != label:
            raise StanceError(
                f"{place}: the text {text[:_SHOWN]!r} stands under two labels, {label!r} here and {before!r} in {where}; keep one"
            )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
