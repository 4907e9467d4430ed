"""The columns of a labelled file in, which of them holds what out: as stated, else by name, else by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.tables.columns import choose_columns
from training.data.formats import Sheet
from training.data.mappings import Mapping as Labels

FIELDS = ("text", "label", "article", "sentence_no", "group", "slice", "weight")
_MOST_LABELS = 30
_NEARLY_ALL = 0.9
_USUAL_NAMES = {
    "label": (
        *("label", "labels", "class", "category", "stance", "gold", "gold_label", "annotation", "target", "code"),
        *("eventrootcode", "eventcode", "quadclass", "goldsteinscale"),
    ),
    "article": ("article", "article_id", "doc_id", "document_id", "story_id", "doc", "document"),
    "sentence_no": ("sentence_no", "sentence_number"),
    "group": ("group",),
    "slice": ("slice",),
    "weight": ("weight", "sample_weight"),
}
_NAMED_TEXT = ("text", "sentence")


def find_columns(sheet: Sheet, stated: Mapping[str, str], mapping: Labels | None, file: Path) -> dict[str, str]:
    """The column of each field of ``FIELDS`` that `sheet` has; text and label always.

    Parameters
    ----------
    sheet : Sheet
    stated : mapping of field to column
        Columns that the user names.
    mapping : Labels or None
        A column whose values it knows can hold the labels.
    file : Path
        For messages.

    Raises
    ------
    StanceError
        When a stated column does not exist, or none or several can hold the labels or the text.
    """
    for field, name in stated.items():
        if name in sheet.nested:
            raise StanceError(f"{file}: the column {name!r} for --{field} holds objects, which are no {field}s; export it flat")
        if name not in sheet.columns:
            raise StanceError(f"{file}: no column {name!r} for --{field}; it has {', '.join(map(repr, sheet.columns))}")
    found = dict(stated)
    for field in ("article", "sentence_no", "group", "slice", "weight"):
        if usual := _usual(field, sheet.columns, set(found.values())):
            found[field] = usual[0]
    if "label" not in found:
        found["label"] = _label_column(sheet, set(found.values()), mapping, file)
    if "text" not in found:
        left = [name for name in sheet.columns if name not in found.values()]
        sample = [[row.cells[name] for name in left] for row in sheet.rows[:50]]
        found["text"] = left[choose_columns(left, sample, {}, str(file))["text"][0]]
    return {field: found[field] for field in FIELDS if field in found}


def _label_column(sheet: Sheet, taken: set[str], mapping: Labels | None, file: Path) -> str:
    """The column with values that the mapping or the default scheme knows, or a usual name, or few values that are no numbers."""
    left = [name for name in sheet.columns if name not in taken]
    values = {name: [row.cells[name].strip() for row in sheet.rows] for name in left}
    usual = _usual("label", left, set())
    known = [name for name in left if _is_known(values[name], mapping)]
    for candidates in (_named_after(mapping, known), [name for name in usual if name in known], known if mapping else [], usual):
        if candidates:
            return candidates[0]
    few = known or [name for name in left if _folded(name) not in _NAMED_TEXT and _looks_labelled(values[name])]
    if len(few) == 1:
        return few[0]
    between = f"{' and '.join(map(repr, few))} could" if few else f"none of {', '.join(map(repr, sheet.columns))} seems to"
    objects = f" ({' and '.join(map(repr, sheet.nested))} hold objects, and are not read)" if sheet.nested else ""
    raise StanceError(f"{file}: no column 'label', and {between} hold the labels{objects}; name the column with --label")


def _is_known(values: Sequence[str], mapping: Labels | None) -> bool:
    filled = [value for value in values if value]
    known = sum((mapping.label(value) is not None) if mapping else (value in scheme.NAMES) for value in filled)
    return bool(filled) and known >= _NEARLY_ALL * len(filled)


def _looks_labelled(values: Sequence[str]) -> bool:
    different = set(values)
    numbers = all(re.fullmatch(r"[\d.,:-]*", value) for value in different)
    return 2 <= len(different) <= min(_MOST_LABELS, len(values) / 2) and not numbers


def _named_after(mapping: Labels | None, names: Sequence[str]) -> list[str]:
    """Of `names` those in which a part of the mapping's name stands: "GoldsteinScale" for goldstein."""
    parts = mapping.name.split("-") if mapping else []
    return [name for name in names if any(part and part in name.lower() for part in parts)]


def _usual(field: str, names: Sequence[str], taken: set[str]) -> list[str]:
    usual = _USUAL_NAMES[field]
    return sorted(
        (name for name in names if _folded(name) in usual and name not in taken), key=lambda name: usual.index(_folded(name))
    )


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())
