"""Labelled files in, one validated table out: what every training and evaluation starts from.

A table has the columns ``text, label, group, slice, article``. Rows of one group never stand on both sides of a split: the
sentences of an article, the rows of a contrast slice, and rows that share a run of words.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from classifier import features
from classifier.errors import StanceError

_RUN = 8
_LEAST_ROWS = 5
_SURPLUS, _LINE = "\0surplus", "\0line"


def read_labelled(path: str | Path) -> pd.DataFrame:
    """The labelled rows of a CSV file, or of every CSV file in a directory.

    Parameters
    ----------
    path : path
        CSV in UTF-8 with the columns ``text`` and ``label``; of the optional columns ``article``, ``group`` and ``slice`` the
        first two keep rows together in cross-validation.

    Returns
    -------
    DataFrame
        Columns ``text, label, group, slice, article``; ``slice`` is the file's name where the file has no such column,
        ``article`` is empty for a sentence that stands alone.

    Raises
    ------
    StanceError
        When there is nothing to read, a column or a text is missing, fewer than two labels occur, a label has under five rows,
        or one text stands under two labels.
    """
    table = read_rows(path)
    _check(table, Path(path))
    return grouped(table.drop(columns=["file", "line"]))


def read_rows(path: str | Path) -> pd.DataFrame:
    """The rows as they stand, not checked against each other: what ``stance audit`` starts from.

    Parameters
    ----------
    path : path
        As for ``read_labelled``.

    Returns
    -------
    DataFrame
        Columns ``text, label, group, slice, article, file, line``, where ``group`` is that of the file and ``line`` the one on
        which the row ends, from 1.

    Raises
    ------
    StanceError
        When there is nothing to read, or a column, a text or a label is missing.
    """
    path = Path(path)
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise StanceError(f"{path}: no CSV file in this directory; labelled data needs columns text and label")
    return pd.concat([_read_file(file) for file in files], ignore_index=True)


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with ``group`` replaced by one number for all rows that must stay on one side of a split."""
    return table.assign(group=_join(table))


def digest(table: pd.DataFrame) -> str:
    """SHA-256 over texts, labels, articles and groups in order; two tables with one digest train the same model."""
    hashed = hashlib.sha256()
    for row in table[["label", "article", "group", "text"]].itertuples(index=False):
        hashed.update("\t".join(map(str, row)).encode() + b"\n")
    return hashed.hexdigest()


def _read_file(file: Path) -> pd.DataFrame:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restkey=_SURPLUS, restval="", strict=True)
            rows = [row | {_LINE: reader.line_num} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StanceError(f"{file}: cannot be read as CSV in UTF-8 ({' '.join(str(error).split())}); check the file") from None
    for number, row in enumerate(rows, 1):
        if _SURPLUS in row:
            raise StanceError(f"{file}: row {number} has more cells than the header; put quotes round cells with commas")
    table = pd.DataFrame(rows, columns=[*(reader.fieldnames or []), _LINE], dtype=str)
    if missing := {"text", "label"} - set(table.columns):
        raise StanceError(f"{file}: no column {sorted(missing)[0]!r}; labelled data needs columns text and label")
    table["label"] = table["label"].str.strip()
    for column in ("text", "label"):
        if len(empty := np.flatnonzero(table[column].str.strip() == "")):
            raise StanceError(f"{file}: row {empty[0] + 1} has an empty {column}; fill it or delete the row")
    for column, absent in (("slice", file.stem), ("article", ""), ("group", "")):
        if column not in table:
            table[column] = absent
    table["file"], table["line"] = str(file), table[_LINE].astype(int)
    return table[["text", "label", "group", "slice", "article", "file", "line"]]


def _check(table: pd.DataFrame, path: Path) -> None:
    counts = table["label"].value_counts()
    if not len(counts):
        raise StanceError(f"{path}: holds no row; labelled data needs columns text and label, and rows")
    if len(counts) < 2:
        raise StanceError(f"{path}: every row has the label {counts.index[0]!r}; a classifier needs two or more labels")
    if counts.min() < _LEAST_ROWS:
        raise StanceError(f"{path}: label {counts.idxmin()!r} has {counts.min()} rows; give it at least {_LEAST_ROWS}")
    labels_of_text = table.groupby("text", sort=False)["label"].nunique()
    if (labels_of_text > 1).any():
        text = str(labels_of_text.idxmax())
        raise StanceError(f"{path}: the text {text[:60]!r} stands under two labels; keep one")


def _join(table: pd.DataFrame) -> pd.Series:
    """One number for all rows that an article, a group, a contrast slice or a run of eight stems (names masked) connects."""
    first: dict[tuple[str, ...], int] = {}
    pairs = [
        (first.setdefault(key, number), number)
        for number, row in enumerate(table.itertuples(index=False))
        for key in _keys(str(row.text), str(row.article), str(row.group), str(row.slice))
    ]
    left, right = np.array(pairs, dtype=np.intp).T
    graph = coo_matrix((np.ones(len(pairs)), (left, right)), shape=(len(table), len(table)))
    return pd.Series(connected_components(graph, directed=False)[1], index=table.index)


def _keys(text: str, article: str, group: str, part: str) -> Iterator[tuple[str, ...]]:
    """What a row shares with the rows that it must stay with."""
    if article:
        yield "article", article
    if group:
        yield "group", group
    if part.startswith("contrast"):
        yield "slice", part
    stems = [token.stem for token in features.tokenize(text) if token.stem]
    for at in range(max(1, len(stems) - _RUN + 1)):
        yield "run", *stems[at : at + _RUN]
