"""Labelled rows in, the matrix of pairs out: the tension of every two of the most frequent actors.

A module of its own because here alone a row belongs to two groups at once, a side each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from classifier.report.series import Point, keys, series
from classifier.wording import count_of, signed

_ACTORS = 12


def matrix(rows: pd.DataFrame) -> dict[str, Any]:
    """Tension of every pair of the most frequent actors; each pair once, below the diagonal."""
    pair = keys(rows, "pair")
    paired = rows[pair != ""]
    sides = pair[pair != ""].str.split("–", n=1, expand=True)
    if sides.empty:
        return {"actors": [], "lines": [], "others": 0}
    counted = pd.concat([sides[0], sides[1]]).value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    actors = [str(actor) for actor in counted.index[:_ACTORS]]
    inside = paired[sides[0].isin(actors) & sides[1].isin(actors)]
    figures = {point.key: point for point in series(inside, "pair")}
    lines = [
        (actor, [_cell(figures.get("–".join(sorted((actor, other)))), actor, other) for other in actors[:place]])
        for place, actor in enumerate(actors)
    ]
    return {"actors": actors, "lines": lines, "others": len(counted) - len(actors)}


def frequent_pairs(rows: pd.DataFrame) -> list[str]:
    """The pairs that the page offers to choose from, the most frequent first."""
    pair = keys(rows, "pair")
    return [str(name) for name in pair[pair != ""].value_counts().index[:200]]


def step(value: float | None) -> str:
    """The class of colour of a tension figure; few steps, so that a reader can name them."""
    if value is None:
        return "unknown"
    level = int(np.searchsorted((0.05, 0.2, 0.4, 0.6), abs(value), side="right"))
    return f"{'up' if value > 0 else 'down'}-{level}" if level else "even"


def _cell(point: Point | None, actor: str, other: str) -> dict[str, Any]:
    pair = "–".join(sorted((actor, other)))
    if point is None:
        return {"pair": pair, "sentences": 0}
    interval = "" if point.value is None else f"{signed(point.value)} [{signed(point.low)}, {signed(point.high)}], "
    return {
        "pair": pair,
        "sentences": point.sentences,
        "value": "" if point.value is None else signed(point.value),
        "n": point.n,
        "step": step(point.value),
        "says": f"{pair}: {interval}{count_of(point.n, 'stance')} in {count_of(point.articles, 'article')}",
    }
