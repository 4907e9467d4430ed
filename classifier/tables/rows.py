"""Cells of one row in, the article that they hold or the reason why they hold none out; and which column holds what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from classifier.errors import StanceError

FIELDS = ("text", "id", "date", "source")
MAX_CELL = 1_000_000


class Row(NamedTuple):
    """One article of a table; what the table does not give is empty, but for the id, which then is the row's number.

    Of a page, `text` is the whole of it, which is not kept where the row is rejected.
    """

    line: int
    id: str
    date: str
    source: str
    text: str
    is_page: bool = False


class Reject(NamedTuple):
    """A row that cannot be used."""

    line: int
    reason: str
    cells: tuple[str, ...]

    def cells_as_json(self) -> str:
        """The raw cells in one; what is no character of any text is written as an escape."""
        return json.dumps([cell.encode("utf-8", "backslashreplace").decode() for cell in self.cells], ensure_ascii=False)


@dataclass(frozen=True)
class Part:
    """A run of whole rows of a table, as ``partitions`` cuts it; by default the whole of it.

    Attributes
    ----------
    start, end : int
        First byte, and the byte behind the last; of Parquet, row groups. `end` is 0 for the end of the table.
    line, number : int
        The line that the first row begins on, and the rows before it.
    prefix : str
        What stands before a row's number where that is its id, to tell the rows of several tables apart.
    """

    start: int = 0
    end: int = 0
    line: int = 1
    number: int = 0
    prefix: str = ""

    def id_of(self, number: int) -> str:
        """The id of a row that has none."""
        return f"{self.prefix}{number}"


WHOLE = Part()


def choose_columns(
    names: Sequence[str], sample: Sequence[Sequence[str]], stated: Mapping[str, str], table: str = "table"
) -> dict[str, int]:
    """Which column holds which field: as stated, else by name, else by what stands in it.

    Raises
    ------
    StanceError
        When a stated column does not exist, or none can be the text.
    """
    chosen: dict[str, int] = {}
    folded = [re.sub(r"[\s_-]+", "_", name.strip().lower().lstrip("\ufeff")) for name in names]
    for field, column in stated.items():
        if column not in names:
            raise StanceError(f"{table}: no column {column!r} for --{field}; it has {_listed(names)}")
        chosen[field] = list(names).index(column)
    for field, usual in _USUAL_NAMES.items():
        free = [place for name in usual for place, found in enumerate(folded) if found == name and place not in chosen.values()]
        if field not in chosen and free:
            chosen[field] = free[0]
    columns = list(zip(*[row for row in sample if len(row) == len(names)], strict=True))
    left = [place for place in range(len(columns)) if place not in chosen.values()]
    if "text" not in chosen and left:
        longest = max(left, key=lambda place: sum(map(len, columns[place])))
        if sum(" " in cell.strip() for cell in columns[longest]) * 2 >= len(columns[longest]):
            chosen["text"] = longest
    if "text" not in chosen:
        raise StanceError(f"{table}: no column looks like text; name it with --text, it has {_listed(names)}")
    if "date" not in chosen:
        dated = [place for place in left if place not in chosen.values() and _looks_dated(columns[place])]
        chosen |= {"date": dated[0]} if dated else {}
    return {field: chosen[field] for field in FIELDS if field in chosen}


def _listed(names: Sequence[str]) -> str:
    """Columns as a sentence has room for them."""
    return ", ".join(map(_shown, names[:20])) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:40]}...")


def check_unique(names: Sequence[str], chosen: Mapping[str, int], table: str) -> None:
    """See that no chosen column shares its name with another, where columns are read by name.

    Raises
    ------
    StanceError
        When one does.
    """
    if twice := [names[place] for place in chosen.values() if names.count(names[place]) > 1]:
        raise StanceError(f"{table}: has two columns of the name {_shown(twice[0])}; rename one")


def _looks_dated(cells: Sequence[str]) -> bool:
    return sum(len(cell) >= 8 and bool(parse_date(cell)) for cell in cells) >= 0.8 * len(cells)


def looks_like_header(cells: Sequence[str], stated: Mapping[str, str]) -> bool:
    """Whether `cells` name columns; `stated` are names that the user gave."""
    usual = {name for names in _USUAL_NAMES.values() for name in names}
    folded = {re.sub(r"[\s_-]+", "_", cell.strip().lower().lstrip("\ufeff")) for cell in cells}
    if folded & usual or set(stated.values()) & set(cells):
        return True
    return all(cell and len(cell) < 40 and cell[0].isalpha() and " " not in cell.strip() for cell in cells)


def describe(chosen: Mapping[str, int], names: Sequence[str], has_header: bool) -> str:
    """Which column was chosen for what, for the user."""
    columns = ", ".join(f"{field} = {_shown(names[place])}" for field, place in chosen.items())
    return f"{columns}{'' if has_header else ' (no header)'}"


def row_of(line: int, number: str, cells: Sequence[str], chosen: Mapping[str, int]) -> Row | Reject:
    """The row that `cells` make, or why they make none; `number` is its id when they hold none."""
    values = {field: cells[place] for field, place in chosen.items()}
    date = parse_date(values.get("date", ""))
    if any(len(cell) > MAX_CELL for cell in cells):
        reason = f"a cell is longer than {MAX_CELL:,} characters"
    elif date is None:
        reason = f"the date {values['date'][:40]!r} cannot be read"
    elif any(_BROKEN.search(cell) for cell in values.values()):
        reason = "bytes that do not fit the encoding"
    elif values["text"].strip().lower() in ("", "nan"):
        reason = "the text is empty"
    else:
        return Row(line, values.get("id", "").strip() or number, date, values.get("source", "").strip(), values["text"])
    return Reject(line, reason, tuple(cells))


@lru_cache(maxsize=4096)
def parse_date(text: str) -> str | None:
    """`text` as an ISO 8601 day; empty for empty text, None when it names no day.

    Numbers alone are read month first where both could be a month (03/04/2024 is 4 March).
    """
    text = text.strip()
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    from dateutil import parser

    try:
        # What the text leaves open takes its value from the default: with two of them it shows.
        defaults = datetime(2000, 1, 1), datetime(2001, 2, 2)
        one, other = (parser.parse(text, default=default, ignoretz=True) for default in defaults)
    except (ValueError, OverflowError, TypeError):
        return None
    return str(one.date().isoformat()) if one.date() == other.date() else None


_BROKEN = re.compile("[\0\ud800-\udfff\ufffd]")
_USUAL_NAMES = {
    "text": (
        *("text", "body", "content", "article_text", "full_text", "fulltext", "maintext"),
        *("article", "story", "sentence", "paragraph"),
    ),
    "id": ("id", "article_id", "doc_id", "document_id", "uuid", "guid", "url", "link"),
    "date": (
        *("date", "published", "pub_date", "pubdate", "published_at", "publication_date", "date_publish"),
        *("created_at", "timestamp"),
    ),
    "source": ("source", "source_name", "publisher", "publication", "outlet", "agency", "domain", "newspaper"),
}
