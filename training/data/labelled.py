"""Labelled files in, one validated table out: what every training and evaluation starts from.

A table has the columns ``text, label, group, slice, article, sentence_no, weight, place``; rows of one group never stand on both
sides of a split (``training.data.groups``), and ``place`` is the file and line that a message about the row names.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.wording import count_of
from training.data.columns import find_columns
from training.data.faults import Fault, refuse
from training.data.formats import SUFFIXES, Row, scan
from training.data.groups import join
from training.data.mappings import Mapping as Labels
from training.data.news import COLUMNS

_LEAST_ROWS = 5
_SHOWN = 60
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character, as a broken export writes it; it has no UTF-8."""
_TABLE = ["text", "label", "group", "slice", "article", "sentence_no", "weight", "place"]


def read_labelled(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    mapping: Labels | None = None,
    say: Callable[[str], None] = lambda message: None,
    to_train: bool = True,
    spelt: Iterable[str] = scheme.NAMES,
) -> pd.DataFrame:
    """The labelled rows of a file, or of every labelled file in a directory.

    Parameters
    ----------
    path : path
        CSV, TSV, JSON Lines, JSON or Parquet; exports of annotation tools. Needs a text and a label; of the optional columns
        ``article`` and ``group`` keep rows together in cross-validation, ``sentence_no`` says where in its article a sentence
        stands, ``slice`` names the kind of text, and ``weight`` (a positive number) says how much a row counts in the fit.
    columns : mapping of field to column, optional
        Columns that the user names; the others are guessed.
    mapping : training.mappings.Mapping, optional
        What the labels of the file become.
    say : callable, optional
        Told what was detected and how many rows were left out.
    to_train : bool
        False for rows that only judge a model: any number of labels, any number of rows of each.
    spelt : iterable of str
        Labels that differ from one of these, or from each other, in capitals or blanks alone are one.

    Returns
    -------
    DataFrame
        Columns ``text, label, group, slice, article, sentence_no, weight, place``; ``slice`` is the file's name where the file
        has no such column, ``article`` is empty for a sentence that stands alone. The weights have mean 1, for only their
        ratios count: C and lambda mean the same whatever their size.

    Raises
    ------
    StanceError
        When there is nothing to read, a text, label or weight is unusable, the mapping does not know a label, or one text stands
        under two labels; and, to train, when fewer than two labels occur or a label has under five rows.
    """
    table = read_rows(path, columns, mapping, say, spelt=spelt)
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
    spelt: Iterable[str] = scheme.NAMES,
) -> pd.DataFrame:
    """The rows as ``read_labelled`` reads them, however few, with ``group`` as the files state it.

    Without `agree` a text may stand under two labels, as an audit has to read it.
    """
    path = Path(path)
    files = sorted(file for file in path.glob("*") if file.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
    if not files:
        raise StanceError(f"{path}: no CSV file in this directory; labelled data needs columns text and label")
    faults: list[Fault] = []
    table = pd.concat([_read_file(file, columns or {}, mapping, say, faults) for file in files], ignore_index=True)
    refuse(faults)
    if table.empty:
        raise StanceError(f"{path}: holds no row; labelled data needs columns text and label, and rows")
    if not (kept := table["label"] != "").any():
        raise StanceError(
            f"{path}: every label in it is mapped to nothing by {mapping.name if mapping else ''}; map one to a label"
        )
    table = _joined(table[kept].reset_index(drop=True), spelt, say)
    if agree:
        refuse(_labels_that_differ(table))
    return table


def check_apart(table: pd.DataFrame, test: pd.DataFrame) -> None:
    """See that no text of `test` stands in `table`; capitals and blanks do not count.

    Raises
    ------
    StanceError
        When one does; the message names both lines.
    """
    places = dict(zip(map(_folded, test["text"]), test["place"], strict=True))
    refuse(
        [
            Fault(
                "a text of the test file",
                f"{place}: the text {text[:_SHOWN]!r} stands in the test file, too ({other}); delete one",
            )
            for text, place in zip(table["text"], table["place"], strict=True)
            if (other := places.get(_folded(text))) is not None
        ]
    )


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


def _read_file(
    file: Path, stated: Mapping[str, str], mapping: Labels | None, say: Callable[[str], None], faults: list[Fault]
) -> pd.DataFrame:
    """The rows of a file that are without `faults`; the label is empty where the mapping leaves a row out."""
    sheet = scan(file)
    faults += sheet.faults
    if tuple(sheet.columns) == COLUMNS:
        say(f"{file}: labels without their texts left out; python -m training --news DIR joins them")
    if not sheet.rows or tuple(sheet.columns) == COLUMNS:
        return pd.DataFrame(columns=_TABLE)
    found = find_columns(sheet, stated, mapping, file)
    say(f"{file}: {sheet.description}, {', '.join(f'{field} = {name!r}' for field, name in found.items())}")
    labelled = [row for row in sheet.rows if found["label"] not in row.without]
    if unlabelled := len(sheet.rows) - len(labelled) + sheet.left_out:
        say(f"{file}: {unlabelled:,} items without a label left out")
    name = Path(os.fsencode(file).decode(errors="replace"))
    rows = []
    for row in labelled:
        place = f"{name} {row.place}"
        try:
            rows.append({"slice": name.stem, **_row(row, found, mapping), "place": place})
        except _AtFault as fault:
            kind, says = fault.args
            faults.append(Fault(kind, f"{place}{says}"))
    table = pd.DataFrame(rows, columns=_TABLE)
    if left_out := (table["label"] == "").sum():
        say(f"{file}: {left_out:,} rows left out, mapped to nothing by {mapping.name if mapping else ''}")
    return table


class _AtFault(Exception):
    """A kind of fault, and what is said of it behind the place."""


def _row(row: Row, found: Mapping[str, str], mapping: Labels | None) -> dict[str, object]:
    """The values of one row, checked; the label is empty where the mapping leaves the row out."""
    cells = {field: row.cells[name] for field, name in found.items()}
    for field in ("text", "label"):
        if found[field] in row.several:
            says = f" has {len(cells[field].split(', '))} values of {found[field]!r} ({cells[field]!r:.60}); it has one {field}"
            raise _AtFault(f"several values of {found[field]!r}", says)
        if not cells[field].strip():
            raise _AtFault(f"an empty {field}", f": has an empty {field}; fill it or delete the row")
    label: str | None = cells["label"].strip()
    if not cells["label"].strip().isprintable() or any(map(_HALF.search, cells.values())):
        raise _AtFault("a character that cannot be printed", ": holds a character that cannot be printed; delete it")
    if mapping and (label := mapping.label(cells["label"].strip())) is None:
        known = ", ".join(list(mapping.labels)[:_SHOWN])
        says = f": {mapping.name} does not map the label {cells['label'].strip()!r}; it knows {known}"
        raise _AtFault(f"the label {cells['label'].strip()[:_SHOWN]!r}, which {mapping.name} does not map", says)
    kept_together = {field: cells.get(field, "").strip() for field in ("article", "sentence_no", "group")}
    return cells | kept_together | {"label": label, "weight": _weight(cells.get("weight", ""))}


def _weight(cell: str) -> float:
    try:
        weight = float(cell) if cell.strip() else 1.0
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        says = f": the weight {cell[:_SHOWN]!r} is no positive number; correct it or leave it empty"
        raise _AtFault("a weight that is no positive number", says)
    return weight


def _joined(table: pd.DataFrame, spelt: Iterable[str], say: Callable[[str], None]) -> pd.DataFrame:
    """`table` with labels that differ in capitals or blanks alone spelt alike: as one of `spelt`, or else as most rows do."""
    usual = {_folded(label): label for label, _ in reversed(Counter(table["label"]).most_common())}
    usual |= {_folded(label): label for label in spelt}
    for label, count in Counter(table["label"]).items():
        if (other := usual[_folded(label)]) != label:
            say(f"{count_of(count, 'label')} {label!r} read as {other!r}")
    return table.assign(label=[usual[_folded(label)] for label in table["label"]])


def _check_counts(table: pd.DataFrame, path: str | Path) -> None:
    counts = table["label"].value_counts()
    if len(counts) < 2:
        raise StanceError(f"{path}: every row has the label {counts.index[0]!r}; a classifier needs two or more labels")
    refuse(
        [
            Fault(
                f"under {_LEAST_ROWS} rows",
                f"{table['place'][table['label'] == rare].iloc[0]}: label {rare!r} has {count:,} rows in all; give it at "
                f"least {_LEAST_ROWS}, or map it to another",
            )
            for rare, count in counts.items()
            if count < _LEAST_ROWS
        ],
        "label",
    )


def _labels_that_differ(table: pd.DataFrame) -> list[Fault]:
    first: dict[str, tuple[str, str]] = {}
    found: list[Fault] = []
    for text, label, place in zip(table["text"], table["label"], table["place"], strict=True):
        before, where = first.setdefault(text, (label, place))
        if before != label:
            both = f"{label!r} here and {before!r} in {where}"
            says = f"{place}: the text {text[:_SHOWN]!r} stands under two labels, {both}; keep one"
            found.append(Fault("a text that stands under another label elsewhere", says))
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
