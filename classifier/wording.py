"""Figures and days as words: how the report prints them."""

from __future__ import annotations

import datetime

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def signed(value: float | None) -> str:
    """A tension figure in print, with a true minus sign; nothing is neither plus nor minus."""
    if value is None:
        return "–"
    text = f"{value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "\N{MINUS SIGN}")


def p_value(value: float) -> str:
    """A p value in print."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def count_of(number: int, thing: str) -> str:
    """A number with its thing, in the plural where it is not one."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def expected(seconds: float) -> str:
    """How long something will take, for a person who waits; empty where that is under a minute."""
    return f"this takes about {count_of(round(seconds / 60), 'minute')} on two cores" if seconds >= 60 else ""


def day_name(day: datetime.date) -> str:
    """A day as one would write it: 5 May 2024."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def span_of_days(first: datetime.date, last: datetime.date) -> str:
    """Two days as one would write them: 1–7 Apr 2024, 29 Apr – 5 May 2024."""
    if first == last:
        return day_name(first)
    if first.year != last.year:
        return f"{day_name(first)} – {day_name(last)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[first.month - 1]} – {day_name(last)}"
    return f"{first.day}–{day_name(last)}"


def one_line(message: str) -> str:
    """`message` without anything that would begin a line or steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in message)
