"""Labelled rows in, which weeks differ from those before out, each with its p value.

A module of its own because what it decides is statistics: which test, which articles, which adjustment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.model import labels as scheme
from classifier.model.tension import LEAST
from classifier.report.series import keys, parts, probabilities, week_start

WEEKS_BEFORE = 8
LEAST_ARTICLES = 3
LEVEL = 0.05
TEST = (
    "studentised permutation test over articles (Chung & Romano 2013; scipy.stats.permutation_test), two-sided, "
    "p values adjusted by Holm's method over the weeks tested"
)


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

    @property
    def way(self) -> str:
        """Up or down."""
        return "up" if self.value > self.before else "down"


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


def _ratio(sums: NDArray[np.float64]) -> float:
    return float(sums[:, 0].sum() / sums[:, 1].sum())


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


_TINY = 1e-12
