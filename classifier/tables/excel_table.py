"""An Excel workbook in, the rows of its first sheet that has a header out, or else of the first with any."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from classifier.errors import StanceError
from classifier.storage import open_file
from classifier.tables.columns import Layout, choose_columns, describe, header_of
from classifier.tables.dates import decide
from classifier.tables.gzipped import check_ratio
from classifier.tables.rows import Part, Reject, Row, row_of
from classifier.tables.table import Table

_SAMPLE_ROWS = 50
_SAMPLE_LINES = 4 * _SAMPLE_ROWS


def open_excel(name: str, columns: Mapping[str, str], part: Part) -> Table:
    """Open a workbook. Parameters, errors and result are those of ``reader.open_table``."""
    book = _book(name)
    filled = [each for each in book.worksheets if next(_records(name, each), None)]
    if not filled:
        raise StanceError(f"{name}: is empty; give a workbook with a header and a text column on one of its sheets")
    heads = [list(islice(_records(name, each), _SAMPLE_LINES)) for each in filled]
    headers = [header_of([_without_end(cells) for _, cells in head], columns) for head in heads]
    chosen_sheet = next((number for number, header in enumerate(headers) if header is not None), 0)
    sheet, head, header = filled[chosen_sheet], heads[chosen_sheet], headers[chosen_sheet]
    records = [cells for _, cells in head]
    width = max(map(len, records))
    names = _padded(records[header], width) if header is not None else [f"column{place}" for place in range(1, width + 1)]
    names = [each or f"column{place}" for place, each in enumerate(names, 1)]
    first = 0 if header is None else head[header][0]
    sample = [_padded(cells, width) for line, cells in head if line > first]
    chosen = choose_columns(names, sample[:_SAMPLE_ROWS], columns, name)
    [place] = chosen.get("date", (-1,))
    dated = [row[place] for row in sample] if place >= 0 else []
    order = decide(dated, part.dates, lambda: (_padded(cells, width)[place] for _, cells in _records(name, sheet)))
    layout = Layout(chosen, order.first)
    done, most = 0, sheet.max_row or 0

    def rows() -> Iterator[Row | Reject]:
        nonlocal done
        number = part.number
        for line, cells in _records(name, sheet):
            done = line
            if line == first:
                continue
            number += 1
            if line < first:
                yield Reject(line, "stands above the header", tuple(_without_end(cells)))
            else:
                yield row_of(line, part.id_of(number), _padded(cells, width), layout)

    told = [f"{name}: Excel, sheet {sheet.title!r}", describe(chosen, names, header is not None), str(order)]
    told += [f"not read: sheet {each.title!r}" for each in filled if each is not sheet]
    return Table(", ".join(filter(None, told)), rows(), lambda: min(1.0, done / most) if most else 0.0, dates=order.first)


def _book(name: str) -> Any:
    try:
        import openpyxl
    except ImportError:
        raise StanceError(f"{name}: reading Excel needs the extra: pip install 'diplomatic-stance[excel]'") from None
    try:
        file = open_file(name) if "://" in name else open(name, "rb")  # noqa: SIM115
        with zipfile.ZipFile(file) as packed:
            check_ratio(sum(each.file_size for each in packed.infolist()), sum(each.compress_size for each in packed.infolist()))
        file.seek(0)
        return openpyxl.load_workbook(file, read_only=True, data_only=True)
    except StanceError:
        raise
    except OSError as error:
        raise StanceError(f"{name}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    except Exception as error:  # what a damaged workbook makes of its parser is of any kind
        raise _no_excel(name, error) from None


def _records(name: str, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet that are not blank, with their numbers; the cells as text."""
    try:
        # A workbook may state a size that is not its own.
        sheet.reset_dimensions()
        for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [_cell(value) for value in values]
            if any(cells):
                yield line, cells
    except StanceError:
        raise
    except Exception as error:
        raise _no_excel(name, error) from None


def _cell(value: Any) -> str:
    """A value as text: whole numbers without a fraction, days without a time that none was given for."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (datetime, date, time)) else str(value)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    """A row as wide as the sample's widest: empty cells at the end are not kept, and what stands beyond has no name."""
    return [*cells[:width], *[""] * (width - len(cells))]


def _without_end(cells: Sequence[str]) -> list[str]:
    filled = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    return list(cells[:filled])


def _no_excel(name: str, error: Exception) -> StanceError:
    return StanceError(
        f"{name}: cannot be read as an Excel workbook ({' '.join(str(error).split()) or type(error).__name__}); "
        "save it again as .xlsx, or as CSV"
    )
