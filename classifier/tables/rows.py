"""Cells of one row in, the article that they hold or the reason why they hold none out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from classifier.tables.cells import NO_DATE, STAND_IN, clean_name, clean_text, filled
from classifier.tables.columns import Layout
from classifier.tables.dates import parse_date

MAX_CELL = 1_000_000


class Row(NamedTuple):
    """One article of a table; what the table does not give is empty, but for the id, which then is the row's number.

    `cleaned` names what was left out or put right in its cells, by kind (``cells``). Of a page, `text` is the whole of it, which
    is not kept where the row is rejected.
    """

    line: int
    id: str
    date: str
    source: str
    text: str
    title: str = ""
    cleaned: tuple[str, ...] = ()
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
    dates : str
        What comes first in the dates of the whole table (``dates.ORDERS``); empty where that is not known yet.
    """

    start: int = 0
    end: int = 0
    line: int = 1
    number: int = 0
    prefix: str = ""
    dates: str = ""

    def id_of(self, number: int) -> str:
        """The id of a row that has none."""
        return f"{self.prefix}{number}"


WHOLE = Part()


def row_of(line: int, number: str, cells: Sequence[str], layout: Layout) -> Row | Reject:
    """The row that `cells` make, or why they make none; `number` is its id when they hold none."""
    values = {field: cells[places[0]] for field, places in layout.chosen.items()}
    places = layout.chosen["text"]
    if len(places) > 1:
        values["text"] = "\n\n".join(filter(None, (filled(cells[place]) for place in places)))
    summary, written = values.pop("summary", ""), values.pop("date", "")
    if any(len(cell) > MAX_CELL for cell in cells):
        return Reject(line, f"a cell is longer than {MAX_CELL:,} characters", tuple(cells))
    if any(_BROKEN.search(value) for value in values.values()):
        return Reject(line, "bytes that do not fit the encoding", tuple(cells))
    text, cleaned = clean_text(values["text"])
    if not text:
        text, cleaned = clean_text(summary)
        cleaned = (*cleaned, STAND_IN)
    if not text or _BROKEN.search(text):
        return Reject(line, "the text is empty", tuple(cells))
    date = parse_date(written, layout.dates)
    if date is None:
        date, cleaned = "", (*cleaned, NO_DATE)
    title = " ".join(clean_name(values.get("title", "")).split())
    return Row(line, filled(values.get("id", "")) or number, date, clean_name(values.get("source", "")), text, title, cleaned)


_BROKEN = re.compile("[\0\ud800-\udfff\ufffd]")
