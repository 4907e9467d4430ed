"""Labelled rows in, tension by article, day, week, month, source or pair out, and which weeks differ from those before.

The figures come from :mod:`classifier.model.tension`; this module only decides which sentences belong together.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.batch.journal import MANIFEST
from classifier.batch.writers import restored
from classifier.errors import StanceError
from classifier.files import followed
from classifier.model import labels as scheme
from classifier.model.tension import LEAST, tension
from classifier.text.actors import pair

WEEKS_BEFORE = 8
LEAST_ARTICLES = 3
LEVEL = 0.05
TEST = (
    "studentised permutation test over articles (Chung & Romano 2013; scipy.stats.permutation_test), two-sided, "
    "p values adjusted by Holm's method over the weeks tested"
)

_NEEDED = ("id", "text", "label")
_TEXTS = ("id", "source", "text", "label", "actors", "because")
_NUMBERS = ("sentence_no", "paragraph", "start", "end")
_JSON = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Point:
    """The tension of one group of sentences.

    Attributes
    ----------
    key : str
        The group: an article's id, ``2024-03-05``, ``2024-W10``, ``2024-03``, a source, or a pair such as ``RUS–UKR``.
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


@dataclass(frozen=True)
class Change:
    """How a week differs from the (up to eight) weeks before it.

    Attributes
    ----------
    week : str
        ISO week, ``2024-W10``.
    value, before : float
        Tension of the week, and of the weeks before taken together.
    articles, articles_before : int
        What both rest on.
    p, adjusted : float
        The p value of ``TEST``, and the same after Holm's adjustment.
    """

    week: str
    value: float
    before: float
    articles: int
    articles_before: int
    p: float
    adjusted: float

    @property
    def clear(self) -> bool:
        """Whether the adjusted p value is under ``LEVEL``."""
        return self.adjusted < LEVEL


# --- reading ---------------------------------------------------------------------------------------------------------


def read_labelled_rows(path: Path) -> pd.DataFrame:
    """What ``stance batch`` wrote (CSV, JSON Lines, Parquet, or a directory of a cluster), with a type for every column.

    Columns that a figure can do without (date, source, actors, ...) are empty where the file has none. ``date`` is a
    timestamp or missing; the apostrophe that keeps spreadsheets from running a cell is gone.

    Raises
    ------
    StanceError
        When the file cannot be read, has no rows, lacks a column, or holds something that is no probability or label.
    """
    raw = _read_table(path)
    labels = label_names(raw)
    missing = [name for name in _NEEDED if name not in raw] + ([] if labels else ["p_" + name for name in scheme.NAMES])
    if missing:
        raise StanceError(f"{path}: has no column {', '.join(missing)}; a report needs a file that stance batch wrote")
    if raw.empty:
        raise StanceError(f"{path}: has no rows; there is nothing to report")
    rows = typed(raw)
    if path.suffix.lower() not in _JSON and not _is_parquet(path):
        for name in _TEXTS:
            rows[name] = rows[name].map(restored)
    for label in labels:
        rows[f"p_{label}"] = _shares(path, raw[f"p_{label}"], f"p_{label}")
    _check_labels(path, rows["label"], labels)
    return rows


def typed(raw: pd.DataFrame) -> pd.DataFrame:
    """Labelled rows but for their probabilities, with a type for every column; what `raw` lacks is empty."""
    rows = pd.DataFrame(index=raw.index)
    for name in _TEXTS:
        rows[name] = raw[name].map(_text) if name in raw else ""
    for name in _NUMBERS:
        rows[name] = pd.to_numeric(raw[name], errors="coerce").fillna(0).astype(int) if name in raw else 0
    written = raw["date"].map(_text).str[:10] if "date" in raw else pd.Series("", index=raw.index)
    rows["date"] = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
    rows["uncertain"] = raw["uncertain"].map(_text).str.lower().isin(("true", "1")) if "uncertain" in raw else False
    return rows


def label_names(rows: pd.DataFrame) -> tuple[str, ...]:
    """The labels whose probabilities the rows hold, in the order of the columns."""
    return tuple(str(name)[2:] for name in rows.columns if str(name).startswith("p_"))


def read_summary(path: Path) -> dict[str, Any]:
    """What ``stance batch`` noted beside `path` (rows in, rejected, model, ...); empty when it noted nothing."""
    path = followed(path)
    beside = path / MANIFEST if path.is_dir() else path.with_name(path.name + ".summary.json")
    if not beside.exists():
        return {}
    try:
        summary = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        summary = None
    if not isinstance(summary, dict):
        raise StanceError(f"{beside}: cannot be read; write it again with stance batch, or remove it")
    return summary


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet" or path.is_dir()


def _read_table(path: Path) -> pd.DataFrame:
    if path.is_dir() and not (path / MANIFEST).exists():
        raise StanceError(f"{path}: cannot be read, it holds no run that is complete; finish it with the command that began it")
    if path.exists() and not (path.is_file() or path.is_fifo() or path.is_dir()):
        raise StanceError(f"{path}: cannot be read (not a regular file); check the path")
    try:
        if _is_parquet(path):
            return pd.read_parquet(path)
        if path.suffix.lower() in _JSON:
            # pandas.read_json would turn dates and numerals in text columns into something else.
            with path.open(encoding="utf-8", newline="\n") as lines:
                return pd.DataFrame([json.loads(line) for line in lines if line.strip()])
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise StanceError(f"{path}: is empty; there is nothing to report") from None
    except ImportError:
        raise StanceError(f"{path}: needs a reader for Parquet; pip install 'diplomatic-stance[parquet]'") from None
    except OSError as error:
        raise StanceError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except (ValueError, pd.errors.ParserError):  # UnicodeDecodeError and Arrow's errors are ValueErrors
        raise StanceError(f"{path}: is no table that can be read; a report needs a file that stance batch wrote") from None


def _text(cell: object) -> str:
    """A cell as text: lists (JSON Lines, Parquet) joined as in CSV, what is missing as nothing."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (list, tuple, np.ndarray)):
        return "; ".join(map(str, cell))
    return "" if cell is None or cell != cell else str(cell)


def _shares(path: Path, cells: pd.Series[Any], name: str) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~((shares >= 0) & (shares <= 1)))
    if len(wrong):
        raise StanceError(f"{path}: row {wrong[0] + 1} has no probability in {name} ({str(cells.iloc[wrong[0]])[:40]!r})")
    return shares


def _check_labels(path: Path, given: pd.Series[str], labels: tuple[str, ...]) -> None:
    wrong = np.flatnonzero(~given.isin(labels).to_numpy())
    if len(wrong):
        raise StanceError(
            f"{path}: row {wrong[0] + 1} is labelled {given.iloc[wrong[0]][:40]!r}, which has no column of probabilities; "
            f"labels here: {', '.join(labels)}"
        )


# --- series ----------------------------------------------------------------------------------------------------------


def pair_of(actors: str) -> str:
    """The pair that a sentence is about: its first two different actors, in alphabetical order; empty with fewer."""
    return "–".join(sorted(pair(code for code in map(str.strip, actors.split(";")) if code) or ()))


def _dates(form: str) -> Callable[[pd.DataFrame], pd.Series[Any]]:
    return lambda rows: rows["date"].dt.strftime(form)


NEEDS = {"article": "id", "day": "date", "week": "date", "month": "date", "source": "source", "pair": "actors"}
"""The column that tells the group of a row."""

_KEYS: dict[str, Callable[[pd.DataFrame], pd.Series[Any]]] = {
    "article": lambda rows: rows["id"],
    "day": _dates("%Y-%m-%d"),
    "week": _dates("%G-W%V"),
    "month": _dates("%Y-%m"),
    "source": lambda rows: rows["source"],
    "pair": lambda rows: rows["actors"].map(pair_of),
}


def keys(rows: pd.DataFrame, by: str) -> pd.Series[str]:
    """The group of each row; empty for a row that has none (no date, no source, no pair).

    Parameters
    ----------
    by : {"article", "day", "week", "month", "source", "pair"}
        Weeks are ISO weeks: they begin on Monday and belong to the year of their Thursday.
    """
    return _KEYS[by](rows).fillna("")


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


def week_start(week: str) -> datetime.date:
    """The Monday of an ISO week such as ``2024-W10``."""
    year, number = week.split("-W")
    return datetime.date.fromisocalendar(int(year), int(number), 1)


def _point(key: str, shares: NDArray[np.float64], labels: tuple[str, ...], article: NDArray[np.intp]) -> Point:
    articles = len(np.unique(article))
    # Of a single article the spread between articles is unknown; the next best is that between its sentences.
    figure = tension(shares, labels, article.tolist() if articles > 1 else None)
    return Point(key, figure.value, figure.low, figure.high, figure.n, len(shares), articles)


def _codes(values: pd.Series[str]) -> NDArray[np.intp]:
    codes: NDArray[np.intp] = pd.factorize(values)[0]
    return codes


# --- change ----------------------------------------------------------------------------------------------------------


def changes(rows: pd.DataFrame) -> list[Change]:
    """Each week against the (up to eight) weeks before it, where both hold at least three articles and a tension figure.

    Why this test. A week's tension is a ratio of sums over articles of very different size, so the question is whether two
    such ratios differ. A rank test (Mann-Whitney) would give a brief of two sentences the vote of a long analysis, and asks
    whether one distribution lies above the other, which is another question than the one the chart shows. Here whole articles
    change places between the two periods, with all their sentences, so that an article keeps its size and its sentences stay
    together, and the statistic is the very difference that is shown. It is divided by its standard error (linearised, as for
    any ratio estimate): without that a permutation test answers whether the periods are alike in everything, and would also
    call a week of shorter articles different; with it the test is exact where they are alike and right in large samples where
    only tension is (Janssen 1997; Chung & Romano 2013). Windows overlap, therefore Holm's adjustment, which is right under any
    dependence.

    What it assumes: articles are independent. Ten reprints of one agency story count as ten.
    """
    weeks = pd.DataFrame({"week": keys(rows, "week"), "article": rows["id"]})
    weeks[["difference", "weight"]] = parts(rows)
    shares, labels = probabilities(rows)
    stance = np.array([scheme.describe(label).stance for label in labels])
    weeks["stances"] = stance[shares.argmax(axis=1)].astype(int)
    dated = weeks[weeks["week"] != ""].groupby(["week", "article"], sort=True).sum().reset_index()
    if dated.empty:
        return []
    monday = np.array([week_start(week) for week in dated["week"]], dtype="datetime64[D]")
    sums = dated[["difference", "weight"]].to_numpy(dtype=np.float64)
    stances = dated["stances"].to_numpy()
    windows = []
    for start in np.unique(monday):
        now = np.flatnonzero(monday == start)
        then = np.flatnonzero((monday < start) & (monday >= start - np.timedelta64(7 * WEEKS_BEFORE, "D")))
        if min(len(now), len(then)) >= LEAST_ARTICLES and min(stances[now].sum(), stances[then].sum()) >= LEAST:
            windows.append((now, then))
    p = [permutation_p(sums[now], sums[then], len(windows)) for now, then in windows]
    return [
        Change(str(dated["week"].iloc[now[0]]), _ratio(sums[now]), _ratio(sums[then]), len(now), len(then), raw, adjusted)
        for (now, then), raw, adjusted in zip(windows, p, holm(p), strict=True)
    ]


def permutation_p(now: NDArray[np.float64], then: NDArray[np.float64], tests: int = 1) -> float:
    """The two-sided p value of the studentised permutation test of two ratios of sums.

    Parameters
    ----------
    now, then : ndarray (articles, 2)
        Numerator and denominator of each article.
    tests : int
        How many such tests there will be; the more, the smaller a p value must be able to get.
    """
    from scipy.stats import permutation_test

    both = np.concatenate([now, then])
    moments = np.column_stack([both, both[:, 0] ** 2, both.prod(axis=1), both[:, 1] ** 2])
    whole = moments.sum(axis=0)

    def statistic(x: NDArray[np.float64], y: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
        # The sums of the rest are what is left of the whole: gathering the smaller side alone takes a tenth of the time.
        first = moments[x.astype(np.intp)].sum(axis=-2)
        return np.abs(_studentised(first, x.shape[-1], whole - first, y.shape[-1]))

    places = np.arange(len(both))
    p = 1.0
    # Most weeks are unremarkable, and 199 draws show it; only for the others is a finer p value worth its time.
    for draws in (199, max(4_999, min(99_999, 100 * tests - 1))):
        p = float(
            permutation_test(
                (places[: len(now)], places[len(now) :]),
                statistic,
                vectorized=True,
                n_resamples=draws,
                batch=max(1, 1_000_000 // len(both)),
                alternative="greater",
                axis=-1,
                random_state=np.random.default_rng(0),
            ).pvalue
        )
        if p > 2 * LEVEL:
            break
    return p


def holm(p: list[float]) -> list[float]:
    """Holm's (1979) adjusted p values: the k-th smallest of m times m - k + 1, never smaller than one before it."""
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=np.float64)[order] * (len(p) - np.arange(len(p)))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return [float(value) for value in adjusted]


def _studentised(now: NDArray[np.float64], n: int, then: NDArray[np.float64], n_then: int) -> NDArray[np.float64]:
    """The difference of two ratios over its standard error, from sums of moments and numbers of articles."""
    (ratio, variance), (before, variance_before) = _ratio_and_variance(now, n), _ratio_and_variance(then, n_then)
    result: NDArray[np.float64] = (ratio - before) / np.sqrt(variance + variance_before + _TINY)
    return result


def _ratio_and_variance(moments: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ratio of sums and its linearised variance (Cochran 1977, ch. 6); `moments` (..., 5) sums d, w, d², d w and w²."""
    weight = np.maximum(moments[..., 1], _TINY)
    ratio = moments[..., 0] / weight
    residuals = moments[..., 2] - 2 * ratio * moments[..., 3] + ratio**2 * moments[..., 4]
    return ratio, np.maximum(residuals, 0) * n / (n - 1) / weight**2


def _ratio(sums: NDArray[np.float64]) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())


_TINY = 1e-12
