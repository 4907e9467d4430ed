"""Rows as lines of JSON in, an Excel workbook out, to the same bytes every time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from classifier.errors import StanceError

MOST_ROWS = 1_048_576
"""Of a sheet, the header among them; what is more goes on the next sheet."""
_MOST_CHARACTERS = 32_767
"""Of a cell; what Excel cannot hold is cut, and says so."""
_CUT = " … [cut]"
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

    Raises
    ------
    OSError
        When there is no room for it.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    # Rows go to disk as they are written, so that memory does not grow with them.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    disk = _Disk(str(target), "wb")
    with io.BufferedWriter(disk) as file, lines.open(encoding="utf-8", newline="\n") as rows:
        book = xlsxwriter.Workbook(file, options)
        book.set_properties({"created": _EVER})
        head = json.loads(next(rows))
        more = True
        while more:
            more = _write_sheet(book.add_worksheet(), head, rows)
        try:
            book.close()
        except FileCreateError as error:  # of a temporary file; it holds what the disk said
            raise error.args[0].with_traceback(None) from None
    if disk.failure:
        raise disk.failure


class _Disk(io.FileIO):
    """A file that keeps its first failure and lets its writer end in peace, who would print it to the user as a traceback."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write `data`, as long as there is room."""
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        return len(data)


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
        text = value if isinstance(value, str) else "; ".join(value)
        if len(text) > _MOST_CHARACTERS:
            text = text[: _MOST_CHARACTERS - len(_CUT)] + _CUT
        sheet.write_string(row, place, text)
