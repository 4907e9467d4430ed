"""Rows as lines of JSON in, an Excel workbook out, to the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from classifier.errors import StanceError

MOST_ROWS = 1_048_576
"""Of a sheet, the header among them; what is more goes on the next sheet."""
_MOST_CHARACTERS = 32_767
"""Of a cell; no sentence of a table is as long."""
_EVER = datetime(2000, 1, 1)


def check_excel(path: Path) -> None:
    """See that workbooks can be written.

    Raises
    ------
    StanceError
        When the extra is missing.
    """
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        raise StanceError(f"{path}: writing Excel needs the extra: pip install 'diplomatic-stance[excel]'") from None


def write_workbook(lines: Path, target: Path) -> None:
    """Write the rows in the file `lines`, whose first names the columns, as the workbook `target`.

    Texts are written as such, so that no cell is a formula or a link.
    """
    import xlsxwriter

    # Rows go to disk as they are written, so that memory does not grow with them.
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _EVER})
    with lines.open(encoding="utf-8", newline="\n") as rows:
        head = json.loads(next(rows))
        more = True
        while more:
            more = _write_sheet(book.add_worksheet(), head, rows)
    book.close()


def _write_sheet(sheet: Any, head: list[str], rows: Iterable[str]) -> bool:
    """Fill a sheet; whether there may be rows for another one."""
    for place, name in enumerate(head):
        sheet.write_string(0, place, name)
    sheet.freeze_panes(1, 0)
    for number, line in enumerate(rows, 1):
        for place, value in enumerate(json.loads(line)):
            _write_cell(sheet, number, place, value)
        if number + 1 == MOST_ROWS:
            return True
    return False


def _write_cell(sheet: Any, row: int, place: int, value: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, place, value)
    elif value:
        sheet.write_string(row, place, (value if isinstance(value, str) else "; ".join(value))[:_MOST_CHARACTERS])
