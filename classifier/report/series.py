"""Labelled rows in, tension by article, day, week, month, source, pair or direction out.

The figures come from :mod:`classifier.model.tension`; this module only decides which sentences belong together.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.model import labels as scheme
from classifier.model.direction import Direction, pair
from classifier.model.tension import tension
from classifier.report.labelled_rows import label_names

_ENDS = ("source_actor", "target_actor")
NEEDS = {
    "article": ("id",),
    "day": ("date",),
    "week": ("date",),
    "month": ("date",),
    "source": ("source",),
    "pair": _ENDS,
    "direction": _ENDS,
}
"""The columns that tell the group of a row."""


@dataclass(frozen=True)
class Point:
    """The tension of one group of sentences.

    Attributes
    ----------
    key : str
        The group: an article's id, ``2024-03-05``, ``2024-W10``, ``2024-03``, a source, a pair such as ``RUS–UKR``,
        or a direction such as ``RUS>UKR``.
    value, low, high : float or None
        Tension and its 95 % interval; None with fewer than three sentences that take a stance.
    n : int
        Sentences that take a stance.
    sentences, articles : int
        All sentences of the group, and the articles that they come from.
    """

    key: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    sentences: int
    articles: int


def series(rows: pd.DataFrame, by: str) -> list[Point]:
    """The tension of each group of `rows`, in order of their keys; rows without a group are left out."""
    key = keys(rows, by)
    kept = (key != "").to_numpy()
    codes, names = pd.factorize(key[kept], sort=True)
    shares, labels = probabilities(rows)
    shares = shares[kept]
    article = _codes(rows["id"])[kept]
    order = np.argsort(codes, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
    return [_point(str(name), shares[group], labels, article[group]) for name, group in zip(names, groups, strict=True)]


def overall(rows: pd.DataFrame) -> Point:
    """The tension of all rows together."""
    shares, labels = probabilities(rows)
    return _point("all", shares, labels, _codes(rows["id"]))


def keys(rows: pd.DataFrame, by: str) -> pd.Series[str]:
    """The group of each row; empty for a row that has none (no date, no source, no pair).

    Parameters
    ----------
    by : {"article", "day", "week", "month", "source", "pair", "direction"}
        Weeks are ISO weeks: they begin on Monday and belong to the year of their Thursday.
    """
    return _KEYS[by](rows).fillna("")


def probabilities(rows: pd.DataFrame) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The probabilities of `rows`, shape (rows, labels), and the labels."""
    labels = label_names(rows)
    shares: NDArray[np.float64] = rows[[f"p_{label}" for label in labels]].to_numpy(dtype=np.float64)
    return shares, labels


def parts(rows: pd.DataFrame) -> NDArray[np.float64]:
    """What each sentence adds to the numerator and to the denominator of a tension figure, shape (rows, 2)."""
    shares, labels = probabilities(rows)
    kinds = [scheme.describe(label) for label in labels]
    return shares @ np.array([[kind.sign, kind.stance] for kind in kinds], dtype=np.float64)


def take_stance(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which sentences are labelled as taking a stance."""
    stances = [name for name in label_names(rows) if scheme.describe(name).stance]
    taken: NDArray[np.bool_] = rows["label"].isin(stances).to_numpy(dtype=bool)
    return taken


def direction_of(source: str, target: str) -> str:
    """Who acts on whom in a sentence, as ``RUS>UKR``: its first source and target that act for themselves; empty without both."""
    return ">".join(pair(Direction(_codes_in(source), _codes_in(target))) or ())


def pair_of(direction: str) -> str:
    """The pair of a direction, in alphabetical order: ``RUS–UKR`` for ``UKR>RUS``; so a pair is the sum of its two directions."""
    return "–".join(sorted(direction.split(">")))


def week_start(week: str) -> datetime.date:
    """The Monday of an ISO week such as ``2024-W10``."""
    year, number = week.split("-W")
    return datetime.date.fromisocalendar(int(year), int(number), 1)


def _codes(values: pd.Series[str]) -> NDArray[np.intp]:
    codes: NDArray[np.intp] = pd.factorize(values)[0]
    return codes


def _point(key: str, shares: NDArray[np.float64], labels: tuple[str, ...], article: NDArray[np.intp]) -> Point:
    articles = len(np.unique(article))
    # Of a single article the spread between articles is unknown; what is known is how unsure its labels are.
    figure = tension(shares, labels, article.tolist() if articles > 1 else None)
    return Point(key, figure.value, figure.low, figure.high, figure.n, len(shares), articles)


def _codes_in(cell: str) -> tuple[str, ...]:
    return tuple(code for code in map(str.strip, cell.split(";")) if code)


def directions(rows: pd.DataFrame) -> pd.Series[str]:
    """The direction of each row, empty where an end is missing."""
    ends = zip(rows["source_actor"], rows["target_actor"], strict=True)
    return pd.Series([direction_of(source, target) for source, target in ends], index=rows.index, dtype=object)


def _dates(form: str) -> Callable[[pd.DataFrame], pd.Series[Any]]:
    return lambda rows: rows["date"].dt.strftime(form)


_KEYS: dict[str, Callable[[pd.DataFrame], pd.Series[Any]]] = {
    "article": lambda rows: rows["id"],
    "day": _dates("%Y-%m-%d"),
    "week": _dates("%G-W%V"),
    "month": lambda rows: rows["month"],
    "source": lambda rows: rows["source"],
    "pair": lambda rows: directions(rows).map(pair_of),
    "direction": directions,
}
