"""Labelled rows and tested weeks in, the peaks of the page out: each with its dates, its figures and the sentences behind it.

A module of its own because it is the one that goes from a figure back to the sentences that move it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from classifier.report.change import WEEKS_BEFORE, Change
from classifier.report.series import Point, direction_of, keys, pair_of, parts, take_stance, week_start
from classifier.wording import day_name, signed, span_of_days

_PEAKS = 6
_SENTENCES = 4


def peaks(rows: pd.DataFrame, weeks: Sequence[Point], changes: Sequence[Change], whole: Point) -> list[dict[str, Any]]:
    """The clear changes, neighbouring weeks of one direction as one; without any, the weeks farthest from the whole."""
    week_of = keys(rows, "week")
    found: list[tuple[str, list[str], float, float]] = []
    for run in _episodes([change for change in changes if change.clear]):
        largest = max(run, key=lambda change: abs(change.value - change.before))
        found.append((largest.week, [change.week for change in run], largest.value, largest.before))
    clear = bool(found)
    if not found and whole.value is not None:
        figures = [(week.key, [week.key], week.value, whole.value) for week in weeks if week.value is not None]
        found = sorted(figures, key=lambda week: -abs(week[2] - week[3]))[:3] if len(figures) > 1 else []
    found = sorted(sorted(found, key=lambda peak: -abs(peak[2] - peak[3]))[:_PEAKS])
    listed: list[dict[str, Any]] = []
    for number, (key, members, value, before) in enumerate(found, 1):
        peak = _peak(rows[week_of.isin(members)], number, key, members, (value, before), clear)
        if clear and listed and _echoes(peak, listed[-1]):
            peak["says"] += f", which hold peak {number - 1}"
        listed.append(peak)
    return listed


def strongest(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """For a file without weeks to compare: what is most surely one or the other pole of tension."""
    poles = [(1, "Most surely raise tension"), (-1, "Most surely lower tension")]
    found = [{"says": says, "sentences": _drivers(rows, 0.0, sign)} for sign, says in poles]
    return [each for each in found if each["sentences"]]


def pieces(text: str, because: str) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is a deciding word; `because` names them in reading order."""
    found: list[tuple[str, bool]] = []
    at = 0
    for word in filter(None, because.split("; ")):
        hit = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(text, at)
        if hit:
            found += [(text[at : hit.start()], False), (hit.group(), True)]
            at = hit.end()
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


def _episodes(changes: Sequence[Change]) -> list[list[Change]]:
    runs: list[list[Change]] = []
    for change in changes:
        last = runs[-1][-1] if runs else None
        if last and last.way == change.way and (week_start(change.week) - week_start(last.week)).days <= 14:
            runs[-1].append(change)
        else:
            runs.append([change])
    return runs


def _peak(
    rows: pd.DataFrame, number: int, key: str, members: Sequence[str], figures: tuple[float, float], clear: bool
) -> dict[str, Any]:
    value, before = figures
    first = week_start(members[0])
    last = week_start(members[-1]) + datetime.timedelta(days=6)
    way = "up" if value > before else "down"
    verb = ("Rose" if way == "up" else "Fell") + f" to {signed(value)}, from {signed(before)} in the weeks before"
    apart = f"{signed(value)}, against {signed(before)} over the whole period; no clear change"
    return {
        "number": number,
        "key": key,
        "way": way,
        "marked": clear,
        "dates": span_of_days(first, last),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "says": verb if clear else apart,
        "sentences": _drivers(rows, before, 1 if way == "up" else -1),
    }


def _echoes(peak: dict[str, Any], earlier: dict[str, Any]) -> bool:
    """Whether a peak may be no more than the way back from the one before it."""
    between = (week_start(peak["key"]) - datetime.date.fromisoformat(earlier["to"])).days
    return bool(peak["way"] != earlier["way"] and between < 7 * WEEKS_BEFORE)


def _drivers(rows: pd.DataFrame, before: float, sign: int) -> list[dict[str, Any]]:
    """The sentences that move the figure most away from what it was.

    Tension is a ratio of sums, r = D / W. Its difference from `before` is exactly the sum over sentences of
    (d - before * w) / W; so that is each sentence's part in it. No text twice, no more than two of one article, and none that
    is labelled as taking no stance.
    """
    rows = rows[take_stance(rows)]
    part = parts(rows)
    added = pd.Series(sign * (part[:, 0] - before * part[:, 1]), index=rows.index)
    ranked = added[added > 0].sort_values(ascending=False, kind="stable").index[:500]
    chosen: list[dict[Any, Any]] = []
    for row in rows.loc[ranked].to_dict("records"):
        known = any(row["text"] == other["text"] for other in chosen)
        if not known and sum(row["id"] == other["id"] for other in chosen) < 2:
            chosen.append(row)
    return [_sentence(row) for row in chosen[:_SENTENCES]]


def _sentence(row: dict[Any, Any]) -> dict[str, Any]:
    details = [
        row["source"],
        "" if pd.isna(row["date"]) else day_name(row["date"]),
        pair_of(direction_of(row["source_actor"], row["target_actor"])),
        row["id"],
    ]
    return {
        "label": row["label"],
        "uncertain": row["uncertain"],
        "pieces": pieces(row["text"], row["because"]),
        "details": [each for each in details if each],
    }
