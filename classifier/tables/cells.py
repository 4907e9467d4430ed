"""A cell as an export holds it in, what a person wrote in it out; what is cleaned away is named by kind, so that it is counted.

Exports write words for nothing (``NULL``, ``[Removed]``), cut texts off with a mark, and escape characters for pages.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any

from classifier.text.markup import HTML_TAG

NO_VALUE = "\ufffd"
"""Of a value that Python cannot hold: as a lost character, it costs the row where the cell is wanted."""
NO_DATE = "dates that cannot be read, left empty"
ENTITIES = "texts with entities such as &quot;, read as characters"
CUT_OFF = "marks of a text cut off such as [+1234 chars], left out"
STAND_IN = "texts that are empty, the summary taken instead"
LONGEST_NOTHING = 22
"""Characters of the longest word for nothing."""
_NOTHING = frozenset(
    (
        *("", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "nil", "\\n", "-", "--", "–", "—", "<na>", "(null)", "[null]"),
        *("[]", "{}", "undefined", "[removed]", "[deleted]", "(removed)", "(deleted)", "[content removed]", "[deleted by user]"),
        *("[ removed by reddit ]", "[no content]", "[no title]", "[empty]"),
    )
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CUT_MARK = re.compile(r"\[\+\s?[\d,.]+ (?:more )?(?:chars|characters|words)\]\s*(?=(?:</\w+>\s*)*$)")
_CLOSING = 300
"""Characters at the end of a text in which a mark of its cut may stand, with the tags behind it."""


def filled(cell: str) -> str:
    """`cell` without blanks round it; empty where it is a word for nothing."""
    cell = cell.strip()
    return "" if len(cell) < LONGEST_NOTHING and cell.lower() in _NOTHING else cell


def clean_text(cell: str) -> tuple[str, tuple[str, ...]]:
    """The text of a cell, and the kinds of dirt that were in it."""
    if not filled(cell):
        return "", ()
    cleaned = []
    end = cell.rstrip()
    if end.endswith(("]", ">")) and (mark := _CUT_MARK.search(cell, max(0, len(end) - _CLOSING))):
        cell = cell[: mark.start()].rstrip() + cell[mark.end() :]
        cleaned.append(CUT_OFF)
    # In HTML they are read by its parser.
    if "&" in cell and not HTML_TAG.search(cell) and (plain := _decoded(cell)) != cell:
        cell = plain
        cleaned.append(ENTITIES)
    return cell if filled(cell) else "", tuple(cleaned)


def clean_name(cell: str) -> str:
    """The source of a cell, or the title."""
    cell = filled(cell)
    return _decoded(cell) if "&" in cell else cell


def _decoded(text: str) -> str:
    """`text` with entities as characters; feeds escape them twice (``&amp;quot;``)."""
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = _ENTITY.sub(_character, text)
    return text


def _character(entity: re.Match[str]) -> str:
    """What an entity stands for; itself where that is nothing that may stand in a text."""
    character = html.unescape(entity[0]) if entity[0][1] == "#" else html5.get(entity[0][1:], entity[0])
    return entity[0] if _UNFIT.search(character) else character


_UNFIT = re.compile("[\0\ud800-\udfff\ufffd]")


# --- values of JSON, Parquet and frames ------------------------------------------------------------------------------


def cell_of(value: Any) -> str:
    """A value of JSON, Parquet or pandas as the cell of a table; texts in a list are paragraphs."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    try:
        if isinstance(value, list) and value and all(isinstance(each, str) or each is None for each in value):
            return "\n\n".join(filter(None, value))
        return str(value)
    except RecursionError:
        return NO_VALUE


def paths_of(value: dict[str, Any], depth: int = 4) -> Iterator[str]:
    """The name of each value in a dictionary; of one in a dictionary within the path to it, with dots between."""
    for key, inner in value.items():
        within = inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else inner
        if isinstance(within, dict) and within and depth > 1:
            for path in paths_of(within, depth - 1):
                yield f"{key}.{path}"
        else:
            yield key


def value_at(value: Any, path: str) -> Any:
    """What stands in `value` under `path`; of a list of dictionaries, what stands in each of them. None where nothing does."""
    if isinstance(value, list):
        found = [value_at(each, path) for each in value if isinstance(each, dict)]
        return [each for inner in found for each in (inner if isinstance(inner, list) else [inner]) if each is not None] or None
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    key, dot, rest = path.partition(".")
    while dot:
        if key in value and (found := value_at(value[key], rest)) is not None:
            return found
        more, dot, rest = rest.partition(".")
        key = f"{key}.{more}"
    return None
