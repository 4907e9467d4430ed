"""What every reader of a format gives: a table that is open, with what was detected of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from classifier.tables.csv_records import CsvFile
from classifier.tables.dates import USUAL
from classifier.tables.rows import Reject, Row


@dataclass(frozen=True)
class Table:
    """An opened table.

    Attributes
    ----------
    description : str
        What was detected, for the user: format, encoding, delimiter, columns, dates.
    rows : iterator of Row or Reject
        In the order of the table, one for each of its rows.
    share : callable
        How much of the table has been read, from 0 to 1.
    csv : CsvFile or None
        The file that `rows` are read from, where it is CSV.
    encoding : str
        Of a text with a row a line, or of CSV; empty for others.
    dates : str
        What comes first in its dates (``dates.ORDERS``).
    """

    description: str
    rows: Iterator[Row | Reject]
    share: Callable[[], float]
    csv: CsvFile | None = None
    encoding: str = ""
    dates: str = USUAL
