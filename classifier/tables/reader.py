"""A table of articles in (CSV of any dialect, JSON, Parquet, Excel), rows and rejects out, one for each row of the table.

A row that cannot be used costs itself and nothing else: it comes out as a ``Reject`` with its line, a reason and its raw cells.
This module reads CSV; the other formats have modules of their own.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from classifier.errors import StanceError
from classifier.files import foreign
from classifier.tables.columns import Layout, choose_columns, describe, header_of
from classifier.tables.csv_records import CsvFile, detect_dialect, records_of
from classifier.tables.dates import decide
from classifier.tables.gzipped import is_zipped
from classifier.tables.lines import (
    MAX_LINE,
    SAMPLE,
    Share,
    detect_encoding,
    inside,
    is_binary,
    known_encoding,
    lines_of,
    open_bytes,
    window,
)
from classifier.tables.rows import WHOLE, Part
from classifier.tables.table import Table
from classifier.tables.warc import is_warc, open_warc
from classifier.text.deliveries import DELIVERY

_SAMPLE_ROWS = 50
_SAMPLE_LINES = 4 * _SAMPLE_ROWS
_DOCUMENTS = (".docx", ".rtf", ".pdf", ".html", ".htm", ".md")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\[{])")


def open_table(name: str, columns: Mapping[str, str], encoding: str = "", part: Part = WHOLE, dates: str = "") -> Table:
    """Open a table of articles.

    Parameters
    ----------
    name : str
        A path or URL ending in .csv, .tsv, .txt, .jsonl, .ndjson, .json, .parquet or .xlsx, the text formats also with .gz;
        .warc and .warc.gz; or ``-`` for standard input, CSV or JSON.
    columns : mapping of field to column
        Columns that the user names, for the fields of ``FIELDS``; the others are guessed by name and content. The text may be
        several columns, with commas between; of JSON and nested Parquet a column is a path such as ``source.name``.
    encoding : str
        Name of a text encoding; detected when empty.
    part : Part
        The rows to read; format, encoding and columns are told from the beginning of the table all the same.
    dates : str
        What comes first in dates of numbers alone (``dates.ORDERS``); told by all dates of the table when empty.

    Raises
    ------
    StanceError
        When the table cannot be read at all, or has no column that can be the text.
    """
    suffix = Path(name[:-3] if is_zipped(name) else name).suffix.lower()
    if os.path.isdir(name):
        raise StanceError(f"{name}: is a directory; label the tables in it with --scheduler local[2], articles with stance score")
    if suffix in _DOCUMENTS:
        raise StanceError(_of_articles(name))
    known = replace(part, dates=dates or part.dates)
    if suffix == ".parquet" and not is_zipped(name):
        from classifier.tables.parquet_table import open_parquet

        return open_parquet(name, columns, known)
    if suffix == ".xlsx" and not is_zipped(name):
        from classifier.tables.excel_table import open_excel

        return open_excel(name, columns, known)
    if is_warc(name):
        rows, share = open_warc(name, part)
        return Table(f"{name}: WARC, each page an article with its address as id, its day and host", rows, share)
    stream, sample, share = open_bytes(name)
    if not sample.strip():
        raise StanceError(f"{name}: is empty; give a table with a header and a text column")
    encoding = known_encoding(encoding) if encoding else detect_encoding(sample)
    if kind := foreign(sample) or ("a binary file" if is_binary(sample, encoding) else ""):
        raise StanceError(
            f"{name}: holds {kind}, not a table of text; save it as CSV or JSON Lines, or give it the suffix that fits"
        )
    if suffix in ("", ".txt") and DELIVERY.search(sample.decode(encoding, "replace")):
        raise StanceError(_of_articles(name))
    if suffix in (".jsonl", ".ndjson", ".json") or (suffix != ".csv" and _JSON.match(sample)):
        from classifier.tables.json_table import open_json

        return open_json(name, stream, columns, encoding, share, known)
    return _open_csv(name, stream, sample, columns, encoding, share, known)


def _of_articles(name: str) -> str:
    return f"{name}: holds articles, not a table; label them with: stance score {name} --format csv > OUT.csv"


def _open_csv(
    name: str, stream: BinaryIO, sample: bytes, columns: Mapping[str, str], encoding: str, share: Share, part: Part
) -> Table:
    csv.field_size_limit(2 * MAX_LINE)
    head = list(islice(lines_of(io.BytesIO(sample), encoding, name), _SAMPLE_LINES))
    if len(sample) == SAMPLE and len(head) > 1:
        head.pop()  # may be cut off
    dialect = detect_dialect(head)
    lines = head[dialect.declared :]
    records = [cells for cells, reason, _ in records_of(lines, dialect) if not reason and cells]
    if not records:
        raise StanceError(f"{name}: no row can be read; check the delimiter and the quotes")
    header = header_of(records, columns)
    widths = [len(cells) for cells in records]
    width = max(set(widths), key=widths.count) if header is None else widths[header]
    names = [f"column{number}" for number in range(1, width + 1)] if header is None else records[header]
    # With the width known, rows that a quote seemed to hold together stand apart.
    rows = [cells for cells, reason, _ in records_of(lines, dialect, width) if not reason and len(cells) == width]
    rows = rows[rows.index(names) + 1 :] if header is not None and names in rows else rows
    chosen = choose_columns(names, rows[:_SAMPLE_ROWS], columns, name)
    file = CsvFile(name, encoding, dialect, names, Layout(chosen), header is not None, stream)
    dated = [row[chosen["date"][0]] for row in rows] if "date" in chosen else []
    order = decide(dated, part.dates, lambda: _dates(file))
    stream.seek(0)
    file = replace(
        file,
        encoding=inside(encoding, part),
        layout=Layout(chosen, order.first),
        has_header=file.has_header and not part.start,
        stream=window(name, part) if part.end else stream,
        part=part,
    )
    told = [f"{name}: CSV, {encoding}, {dialect}", describe(chosen, names, header is not None), str(order)]
    return Table(", ".join(filter(None, told)), file.rows(), share, file, encoding, order.first)


def _dates(file: CsvFile) -> Iterator[str]:
    [place] = file.layout.chosen["date"]
    return (cells[place] for _, cells, reason in file.records() if not reason and len(cells) == len(file.names))
