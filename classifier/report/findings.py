"""Labelled rows and what ``stance batch`` noted in, the head of the page out: its lead in words, and the facts of what was read.

A module of its own because all that is said here is said in words, and none of it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from classifier.model.tension import LEAST
from classifier.report.change import Change
from classifier.report.series import Point, take_stance
from classifier.wording import count_of, signed, span_of_days


def lead(rows: pd.DataFrame, whole: Point, changes: Sequence[Change], summary: dict[str, Any]) -> list[str]:
    """The findings in two or three sentences."""
    days = rows["date"].dropna()
    over = f"Over {count_of(whole.articles, 'article')}"
    if len(days):
        over += f" ({span_of_days(days.min().date(), days.max().date())})"
    lead = [
        f"{over}, tension was {signed(whole.value)} [{signed(whole.low)}, {signed(whole.high)}]."
        if whole.value is not None
        else f"{over}, too few sentences take a stance for a tension figure ({whole.n}; {LEAST} needed)."
    ]
    clear = sum(change.clear for change in changes)
    if changes:
        verb = "differs" if clear == 1 else "differ"
        lead.append(f"{clear or 'None'} of the {count_of(len(changes), 'week')} tested {verb} clearly from the weeks before.")
    if summary.get("rejected"):
        lead.append(f"Mind that {_plain(summary['rejected'])} rows could not be read and are in no figure.")
    return lead


def facts(rows: pd.DataFrame, summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, figure and remark of what was read."""
    days = rows["date"].dropna()
    stances = int(take_stance(rows).sum())
    undated = len(rows) - len(days)
    facts = [
        ("Rows read", _plain(summary["rows_in"]), "") if "rows_in" in summary else None,
        ("Rejected", _plain(summary["rejected"]), "rows that could not be read") if "rejected" in summary else None,
        ("Articles", f"{rows['id'].nunique():,}", ""),
        ("Sentences", f"{len(rows):,}", f"{stances:,} take a stance"),
        ("Uncertain", f"{rows['uncertain'].mean():.0%}", "of sentences, under the model’s threshold"),
        ("Dates", span_of_days(days.min().date(), days.max().date()), f"{undated:,} sentences without" if undated else "")
        if len(days)
        else ("Dates", "none", "no row carries a date"),
        ("Model", Path(_plain(summary["model"])).name, _plain(summary.get("model_sha256", ""))[:12])
        if "model" in summary
        else None,
        ("Written by", _plain(summary["created_by"]), _options(summary.get("options"))) if "created_by" in summary else None,
    ]
    return [fact for fact in facts if fact]


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _options(options: object) -> str:
    """The options that were set, those left alone excepted."""
    if not isinstance(options, dict):
        return ""
    return ", ".join(f"{name} {value}" for name, value in options.items() if value not in (None, False, "", [], {}))
