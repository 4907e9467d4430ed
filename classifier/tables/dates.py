"""A date as an export writes it in, an ISO 8601 day out; and what comes first in the dates of a column, decided once for all.

Where ``03/04/2024`` may be March or April, the other cells of the column decide. Nothing is made up: of ``2024-05`` no day is
known, so it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from classifier.tables.cells import filled

ORDERS = ("day", "month", "year")
"""What may come first in a date of numbers alone."""
USUAL = "month"
"""What comes first where nothing in a column tells."""


@dataclass(frozen=True)
class Order:
    """What comes first in the dates of a column.

    Attributes
    ----------
    first : str
        Of ``ORDERS``.
    told : bool
        Whether some cell tells so.
    asked : bool
        Whether some cell leaves it open.
    """

    first: str = USUAL
    told: bool = False
    asked: bool = False

    def __str__(self) -> str:
        if not self.asked:
            return ""
        return f"dates {self.first} first" + (
            "" if self.told else f" (assumed; --dates {'day' if self.first == 'month' else 'month'} if not)"
        )


def decide(sample: Sequence[str], stated: str, every: Callable[[], Iterable[str]]) -> Order:
    """What comes first in the dates of a column: as stated, as the sample tells, else as the first cell of `every` that tells."""
    order = _order_of(sample)
    if stated:
        return Order(stated, told=True, asked=order.asked)
    return order if order.told or not order.asked else _order_of(every(), until_told=True)


def _order_of(cells: Iterable[str], until_told: bool = False) -> Order:
    votes = dict.fromkeys(ORDERS, 0)
    asked = False
    for cell in cells:
        found = _order_of_one(cell.strip())
        asked |= bool(found)
        for vote in found if len(found) == 1 else ():
            votes[vote] += 1
        if until_told and any(votes.values()):
            break
    first = max((USUAL, *ORDERS), key=lambda order: votes[order])
    return Order(first, told=votes[first] > 0, asked=asked)


def _order_of_one(cell: str) -> tuple[str, ...]:
    """The orders in which a date of numbers alone is one; none for what needs no order to be read."""
    match = _NUMBERS.match(cell)
    if not match or len(match[1]) > 2 or match[2] == "." or len(match[4]) not in (2, 4):
        return ()
    read = {order: found for order in ("day", "month") if (found := _from_numbers(match, order))}
    if len(read) == 2 and len(set(read.values())) == 1:
        return ()
    return tuple(read) or (("year",) if _from_numbers(match, "year") else ())


def parse_date(text: str, first: str = USUAL) -> str | None:
    """`text` as an ISO 8601 day, or month or year where it names no more; empty for empty text, None when it names none.

    Parameters
    ----------
    text : str
    first : str
        What comes first in numbers alone (``ORDERS``); dotted dates begin with the day, and what cannot be read so is read in the
        one order that it can be read in. Of a time with its zone, it is the day there; of seconds since 1970, the day in UTC.
    """
    text = filled(text)
    if not text:
        return ""
    return _day_of(text, first) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1 << 14)
def _day_of(text: str, first: str) -> str | None:
    if match := _ISO.match(text):
        with suppress(ValueError):
            return date.fromisoformat(match[1]).isoformat()
        return None
    if match := _NUMBERS.match(text):
        return _of_numbers(match, first)
    if match := _MONTH.fullmatch(text):
        year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        return f"{year}-{int(month):02}" if 1 <= int(month) <= 12 else None
    if match := _DIGITS.fullmatch(text):
        return _of_digits(match[1], match[2] or "")
    return _of_words(_ZONE.sub("", text))


def _of_numbers(match: re.Match[str], first: str) -> str | None:
    """A date of three numbers: in the order of its column, or in the only one in which it is a date."""
    if len(match[1]) == 4:
        return _day(match[1], match[3], match[4]) or _day(match[1], match[4], match[3])
    if len(match[1]) == 3 or len(match[4]) not in (2, 4):
        return None
    first = "day" if match[2] == "." and first != "year" else first
    return next(filter(None, (_from_numbers(match, order) for order in (first, *ORDERS))), None)


def _from_numbers(match: re.Match[str], order: str) -> str | None:
    one, two, three = match[1], match[3], match[4]
    if order == "year":
        return _day(one, two, three) if len(three) <= 2 else None
    day, month = (one, two) if order == "day" else (two, one)
    return _day(three, month, day)


def _day(year: str, month: str, day: str) -> str | None:
    century = 0 if len(year) == 4 else 2000 if int(year) < 70 else 1900
    with suppress(ValueError):
        return date(int(year) + century, int(month), int(day)).isoformat()
    return None


def _of_digits(digits: str, fraction: str) -> str | None:
    """A date of digits alone: a year, a day, a moment, or the seconds since 1970."""
    if len(digits) == 4 and not fraction:
        return digits if "1500" <= digits <= "2999" else None
    if len(digits) in (8, 12, 14) and not fraction:
        return _day(digits[:4], digits[4:6], digits[6:8])
    if (unit := _EPOCHS.get(len(digits))) is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=int(digits) // unit)).date().isoformat()


def _of_words(text: str) -> str | None:
    """A date with the name of its month, as dateutil reads it; of a year without a month, or a time without a day, none."""
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat()
    from dateutil import parser

    try:
        # What the text leaves open takes its value from the default: with two of them it shows.
        one, other = (parser.parse(text, default=default, ignoretz=True) for default in _DEFAULTS)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None
    if one.date() == other.date():
        return one.date().isoformat()
    return f"{one:%Y-%m}" if (one.year, one.month) == (other.year, other.month) and _YEAR.search(text) else None


_LONGEST = 100
"""Characters of the longest date."""
_DEFAULTS = datetime(2000, 1, 1), datetime(2001, 2, 2)
_EPOCHS = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:$|[T ]\s*(?:[01]?\d|2[0-4])(?:[:.h]?[0-5]\d)?\b.*$|[T ](?:[01]\d|2[0-4])[0-5]\d.*$)", re.DOTALL
)
_NUMBERS = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,4})\b(?:$|[T ,].*$)", re.DOTALL)
_MONTH = re.compile(r"(?:(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4}))")
_DIGITS = re.compile(r"(\d+)(\.\d*)?(?:T\d{4,6}Z?)?")
_YEAR = re.compile(r"\d{4}")
# What programs write behind a time to name its zone, in words that no other program reads.
_ZONE = re.compile(r"\s*(?:\[[\w/+-]+\]|\([A-Z][\w .+-]+\)|(?<=\d)\s+[+-]\d{4} [A-Z]{2,5})\s*$")
