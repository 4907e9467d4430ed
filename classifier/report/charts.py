"""A series of tension figures over time in, charts out as plain data: where points, bands, bars and dates stand on the page.

The charts are small SVG that the template writes, not Matplotlib's: so their colours follow light and dark, their words stay
text for search, screen readers and print, they fit a phone without shrinking their letters, and a report needs nothing that
scoring does not need.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from classifier.report.change import Change
from classifier.report.series import Point, series, week_start
from classifier.wording import MONTHS, day_name, p_value, signed, span_of_days

# How far apart two points may stand and still be joined by a line, and how many points a chart can show, by period.
_JOINED = {"day": 4, "week": 14, "month": 62}
_MOST_POINTS = {"day": 400, "week": 530, "month": 600}


@dataclass(frozen=True)
class _Frame:
    """Where dates and tension figures stand in a chart, in per cent of its width and height."""

    first: int
    last: int
    bottom: float
    top: float

    def x(self, day: float) -> float:
        return round(100 * (day - self.first) / (self.last - self.first), 3)

    def y(self, value: float) -> float:
        return round(100 * (self.top - value) / (self.top - self.bottom), 3)


def draw(
    rows: pd.DataFrame, weeks: list[Point], changes: Sequence[Change], peaks: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """A chart by day, week and month, as far as there is something to see in it."""
    charts = []
    for by in ("day", "week", "month"):
        points = weeks if by == "week" else series(rows, by)
        if len(points) <= _MOST_POINTS[by] and any(point.value is not None for point in points):
            charts.append(_chart(by, points, changes, peaks))
    return charts


def shown_first(charts: Sequence[dict[str, Any]]) -> str:
    """The period that is shown first: weeks, but days if there are few weeks and months if there are many."""
    lengths = {chart["by"]: len(chart["points"]) for chart in charts}
    wanted = "day" if lengths.get("week", 0) < 3 else "week" if lengths["week"] <= 160 else "month"
    return wanted if wanted in lengths else next(iter(lengths), "")


def _chart(by: str, points: list[Point], changes: Sequence[Change], peaks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    clear = {change.week: change for change in changes} if by == "week" else {}
    spans = [_period(point.key) for point in points]
    shown = [(point, span) for point, span in zip(points, spans, strict=True) if point.value is not None]
    frame = _frame([point for point, _ in shown], spans)
    drawn = [_mark(point, span, frame, clear.get(point.key)) for point, span in shown]
    most = max(point.sentences for point in points)
    return {
        "by": by,
        "points": drawn,
        "runs": [_run(run) for run in _joined(drawn, _JOINED[by])],
        "ticks_y": [(frame.y(value), signed(value)) for value in _steps(frame)],
        "zero": frame.y(0),
        "ticks_x": _dates(frame),
        "bars": [_bar(point, span, frame, most) for point, span in zip(points, spans, strict=True)],
        "most": most,
        "numbers": [
            {"number": peak["number"], "way": peak["way"], "x": mark["x"], "y": mark["top" if peak["way"] == "up" else "foot"]}
            for peak in peaks
            for mark in drawn
            if by == "week" and mark["key"] == peak["key"]
        ],
        "missing": len(points) - len(shown),
    }


def _frame(points: Sequence[Point], spans: Sequence[tuple[datetime.date, datetime.date]]) -> _Frame:
    """A frame around all intervals, in quarters, that always holds zero."""
    low = min(0.0, *(float(point.low or 0) for point in points))
    high = max(0.0, *(float(point.high or 0) for point in points))
    bottom, top = np.floor(low * 4) / 4, np.ceil(high * 4) / 4
    return _Frame(spans[0][0].toordinal(), spans[-1][1].toordinal(), float(min(bottom, -0.25)), float(max(top, 0.25)))


def _mark(point: Point, span: tuple[datetime.date, datetime.date], frame: _Frame, change: Change | None) -> dict[str, Any]:
    """A point as the template draws it: where it stands, and what it says when it is pointed at."""
    middle = (span[0].toordinal() + span[1].toordinal()) / 2
    low, value, high = (float(figure or 0) for figure in (point.low, point.value, point.high))  # never None where one is drawn
    clear = change is not None and change.clear
    return {
        "key": point.key,
        "name": _name(point.key),
        "middle": middle,
        "x": frame.x(middle),
        "y": frame.y(value),
        "top": frame.y(high),
        "foot": frame.y(low),
        "value": signed(point.value),
        "interval": f"[{signed(point.low)}, {signed(point.high)}]",
        "n": point.n,
        "articles": point.articles,
        "way": change.way if change and clear else "",
        "test": _outcome(change) if change else "",
        "before": signed(change.before) if change else "",
        "p": p_value(change.adjusted) if change else "",
    }


def _outcome(change: Change) -> str:
    if not change.clear:
        return "no clear change"
    side = "above" if change.way == "up" else "below"
    return f"{side} the weeks before ({signed(change.before)}), p = {p_value(change.adjusted)}"


def _joined(marks: Sequence[dict[str, Any]], apart: int) -> list[list[dict[str, Any]]]:
    runs: list[list[dict[str, Any]]] = []
    for mark in marks:
        if runs and mark["middle"] - runs[-1][-1]["middle"] <= apart:
            runs[-1].append(mark)
        else:
            runs.append([mark])
    return runs


def _run(run: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Line and band through neighbouring points, in thousandths of the frame."""
    line = [f"{10 * mark['x']:.1f} {10 * mark['y']:.1f}" for mark in run]
    edge = [f"{10 * mark['x']:.1f} {10 * mark['top']:.1f}" for mark in run]
    edge += [f"{10 * mark['x']:.1f} {10 * mark['foot']:.1f}" for mark in reversed(run)]
    return {"line": "M" + "L".join(line), "band": "M" + "L".join(edge) + "Z" if len(run) > 1 else ""}


def _bar(point: Point, span: tuple[datetime.date, datetime.date], frame: _Frame, most: int) -> dict[str, float]:
    left, right = frame.x(span[0].toordinal()), frame.x(span[1].toordinal())
    height = round(100 * point.sentences / most, 2)
    return {"x": round(left + 0.1 * (right - left), 3), "width": round(0.8 * (right - left), 3), "height": height}


def _steps(frame: _Frame) -> list[float]:
    step = 0.25 if frame.top - frame.bottom <= 1.25 else 0.5
    return [float(value) for value in np.arange(np.ceil(frame.bottom / step), np.floor(frame.top / step) + 1) * step]


def _dates(frame: _Frame) -> list[tuple[float, str, bool]]:
    """At most eight dates along the axis: place, name, and whether a narrow page can do without it."""
    first = datetime.date.fromordinal(frame.first)
    days = [datetime.date.fromordinal(day) for day in range(frame.first, frame.last)]
    if len(days) <= 45:
        every = max(1, -(-len(days) // 7))
        ticks = [(day, f"{day.day} {MONTHS[day.month - 1]}") for day in days[::every]]
    else:
        firsts = [day for day in days if day.day == 1] or [first]
        every = next((step for step in (1, 2, 3, 6, 12, 24, 60, 120, 240) if len(firsts) / step <= 8), 480)
        ticks = [(day, _month(day)) for day in firsts if (12 * day.year + day.month - 1) % every == 0] or [(first, _month(first))]
    if not any(re.search(r"\d{4}", name) for _, name in ticks):
        ticks[0] = (ticks[0][0], f"{ticks[0][1]} {ticks[0][0].year}")
    return [(frame.x(day.toordinal()), name, number % 2 == 1) for number, (day, name) in enumerate(ticks)]


def _month(day: datetime.date) -> str:
    return str(day.year) if day.month == 1 else MONTHS[day.month - 1]


def _period(key: str) -> tuple[datetime.date, datetime.date]:
    """First day of a day, week or month, and the first day after it."""
    if "W" in key:
        monday = week_start(key)
        return monday, monday + datetime.timedelta(days=7)
    if len(key) == 7:
        year, month = map(int, key.split("-"))
        return datetime.date(year, month, 1), datetime.date(year + month // 12, month % 12 + 1, 1)
    day = datetime.date.fromisoformat(key)
    return day, day + datetime.timedelta(days=1)


def _name(key: str) -> str:
    start, end = _period(key)
    if "W" in key:
        return span_of_days(start, end - datetime.timedelta(days=1))
    return f"{MONTHS[start.month - 1]} {start.year}" if len(key) == 7 else day_name(start)
