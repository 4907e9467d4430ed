"""Labelled rows in, the bars of the sources out: how each source divides its sentences among the labels, with its tension.

A module of its own because it counts labels, where all other parts of the page add up probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from classifier.report.labelled_rows import label_names
from classifier.report.series import Point, series
from classifier.wording import signed

_SOURCES = 15


def sources(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Label shares of each source, the largest first; what is left over together."""
    named = rows["source"].where(rows["source"] != "", "source not named")
    counts = named.value_counts()
    if len(counts) > _SOURCES:
        kept = counts.index[: _SOURCES - 1]
        others = f"{len(counts) - len(kept)} other sources"
        named = named.where(named.isin(kept), others)
        counts = counts[: len(kept)]
        counts[others] = 0
    figures = {point.key: point for point in series(rows.assign(source=named), "source")}
    labels = label_names(rows)
    shares = pd.crosstab(named, rows["label"], normalize="index").reindex(columns=list(labels), fill_value=0.0)
    by_name = dict(zip(map(str, shares.index), shares.to_numpy(dtype=np.float64), strict=True))
    return [_source(figures[name], by_name[name].tolist()) for name in map(str, counts.index)]


def _source(point: Point, shares: Sequence[float]) -> dict[str, Any]:
    lefts = np.concatenate([[0.0], np.cumsum(shares)[:-1]])
    return {
        "name": point.key,
        "sentences": point.sentences,
        "articles": point.articles,
        "value": signed(point.value) if point.value is not None else "–",
        "interval": f"[{signed(point.low)}, {signed(point.high)}]" if point.value is not None else "too few",
        "shares": [
            {"at": at, "left": round(100 * left, 2), "width": round(100 * share, 2), "middle": round(100 * (left + share / 2), 2)}
            for at, (left, share) in enumerate(zip(lefts, shares, strict=True))
        ],
    }
