"""Labelled files in, one validated table out: what every training and evaluation starts from.

A table has the columns ``text, label, group, slice, article``. Rows of one group never stand on both sides of a split: the
sentences of an article, the rows of a contrast slice, and rows that share a run of words.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from classifier import features
from classifier.errors import StanceError

_RUN = 8
_LEAST_ROWS = 5


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
    path = Path(path)
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise StanceError(f"{path}: no CSV file in this directory; labelled data needs columns text and label")
    table = pd.concat([_read_file(file) for file in files], ignore_index=True)
    _check(table, path)
    table["group"] = _join_near_duplicates(table)
    return table


def digest(table: pd.DataFrame) -> str:
    """SHA-256 over texts and labels in order; two tables with one digest train the same model."""
    hashed = hashlib.sha256()
    for text, label in zip(table["text"], table["label"], strict=True):
        hashed.update(f"{label}\t{text}\n".encode())
    return hashed.hexdigest()


def _read_file(file: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise StanceError(f"{file}: cannot be read as CSV in UTF-8 ({' '.join(str(error).split())}); check the file") from None
    if missing := {"text", "label"} - set(table.columns):
        raise StanceError(f"{file}: no column {sorted(missing)[0]!r}; labelled data needs columns text and label")
    for column in ("text", "label"):
        if len(empty := np.flatnonzero(table[column].str.strip() == "")):
            raise StanceError(f"{file}: row {empty[0] + 1} has an empty {column}; fill it or delete the row")
    if "slice" not in table:
        table["slice"] = file.stem
    if "article" not in table:
        table["article"] = ""
    own = table["slice"].where(table["slice"].str.startswith("contrast"), pd.Series(table.index.astype(str)))
    for column in ("article", "group"):
        if column in table:
            own = table[column].where(table[column] != "", own)
    table["group"] = f"{file.stem}/" + own
    return table[["text", "label", "group", "slice", "article"]]


def _check(table: pd.DataFrame, path: Path) -> None:
    counts = table["label"].value_counts()
    if len(counts) < 2:
        raise StanceError(f"{path}: every row has the label {counts.index[0]!r}; a classifier needs two or more labels")
    if counts.min() < _LEAST_ROWS:
        raise StanceError(f"{path}: label {counts.idxmin()!r} has {counts.min()} rows; give it at least {_LEAST_ROWS}")
    labels_of_text = table.groupby("text", sort=False)["label"].nunique()
    if (labels_of_text > 1).any():
        text = str(labels_of_text.idxmax())
        raise StanceError(f"{path}: the text {text[:60]!r} stands under two labels; keep one")


def _join_near_duplicates(table: pd.DataFrame) -> pd.Series:
    """Groups joined wherever rows share a run of eight stems, names and numbers masked."""
    group, _ = pd.factorize(table["group"])
    runs: dict[tuple[str, ...], int] = {}
    pairs: list[tuple[int, int]] = []
    for own, text in zip(group.tolist(), table["text"], strict=True):
        stems = [token.stem for token in features.tokenize(text) if token.stem]
        for at in range(max(1, len(stems) - _RUN + 1)):
            other = runs.setdefault(tuple(stems[at : at + _RUN]), own)
            if other != own:
                pairs.append((other, own))
    left, right = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    size = group.max() + 1
    joined = connected_components(coo_matrix((np.ones(len(pairs)), (left, right)), shape=(size, size)), directed=False)[1]
    return pd.Series(joined[group], index=table.index)
