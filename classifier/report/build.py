"""A labelled file in, one self-contained HTML page out: what was read, tension over time, pairs, peaks, sources, all sentences.

The charts are small SVG that the template writes, not Matplotlib's: so their colours follow light and dark, their words stay
text for search, screen readers and print, they fit a phone without shrinking their letters, and a report needs nothing that
scoring does not need.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from classifier.batch.writers import FORMULA
from classifier.errors import StanceError
from classifier.files import same, write_whole
from classifier.model import labels as scheme
from classifier.model.tension import LEAST
from classifier.report import charts
from classifier.report import series as by_group
from classifier.report.article_page import policy_hash, templates
from classifier.report.series import Change, Point
from classifier.wording import count_of, day_name, signed, span_of_days

MOST_ROWS = 200_000
_ACTORS = 12
_SOURCES = 15
_PEAKS = 6
_SENTENCES = 4


def write_report(source: Path, output: Path) -> None:
    """Read what ``stance batch`` wrote to `source` (and its summary beside it) and write the page.

    Raises
    ------
    StanceError
        When the one cannot be read or the other cannot be written.
    """
    if same(output, source):
        raise StanceError(f"{output}: is the labelled file; give the report another name")
    rows = by_group.read_labelled_rows(source)
    page = render(rows, by_group.read_summary(source), source.name)
    write_whole(output, page.encode("utf-8", errors="replace"))


def render(rows: pd.DataFrame, summary: dict[str, Any], title: str) -> str:
    """The page; every text is escaped by the template engine or set as text by the script, and nothing is loaded."""
    from markupsafe import Markup

    environment = templates()
    kinds = [scheme.describe(name) for name in by_group.label_names(rows)]
    raises, lowers = (next(kind for kind in scheme.DEFAULT if kind.sign == sign) for sign in (1, -1))
    style = environment.get_template("report.css").render(kinds=kinds, raises=raises, lowers=lowers)
    script = environment.get_template("report.js").render(formula=Markup(FORMULA))
    return environment.get_template("report.html").render(
        title=title,
        style=Markup(style),
        script=Markup(script),
        style_hash=policy_hash(style),
        script_hash=policy_hash(script),
        data=Markup(embed(_data(rows, title))),
        kinds=kinds,
        raises=raises,
        lowers=lowers,
        **_findings(rows, summary),
    )


def embed(data: object) -> str:
    """`data` as JSON that can stand inside a script element: no text in it can end the element or begin a comment."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def _findings(rows: pd.DataFrame, summary: dict[str, Any]) -> dict[str, Any]:
    changes = by_group.changes(rows)
    whole = by_group.overall(rows)
    weeks = by_group.series(rows, "week")
    peaks = _peaks(rows, weeks, changes, whole)
    drawn = charts.draw(rows, weeks, changes, peaks)
    return {
        "lead": _lead(rows, whole, changes, summary),
        "facts": _facts(rows, summary),
        "charts": drawn,
        "chosen": charts.shown_first(drawn),
        "tested": len(changes),
        "clear": sum(change.clear for change in changes),
        "test": by_group.TEST,
        "level": by_group.LEVEL,
        "peaks": peaks,
        "strongest": [] if peaks else _strongest(rows),
        "matrix": _matrix(rows),
        "sources": _sources(rows),
        "pairs": _frequent_pairs(rows),
        "dates": [f"{day:%Y-%m-%d}" for day in (rows["date"].min(), rows["date"].max()) if not pd.isna(day)],
        "left_out": max(0, len(rows) - MOST_ROWS),
        "shown": min(len(rows), MOST_ROWS),
        "least": LEAST,
    }


# --- what was read ---------------------------------------------------------------------------------------------------


def _lead(rows: pd.DataFrame, whole: Point, changes: Sequence[Change], summary: dict[str, Any]) -> list[str]:
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


def _facts(rows: pd.DataFrame, summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, figure and remark of what was read."""
    days = rows["date"].dropna()
    stances = int(_take_stance(rows).sum())
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


def _take_stance(rows: pd.DataFrame) -> NDArray[np.bool_]:
    stances = [name for name in by_group.label_names(rows) if scheme.describe(name).stance]
    taken: NDArray[np.bool_] = rows["label"].isin(stances).to_numpy(dtype=bool)
    return taken


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _options(options: object) -> str:
    """The options that were set, those left alone excepted."""
    if not isinstance(options, dict):
        return ""
    return ", ".join(f"{name} {value}" for name, value in options.items() if value not in (None, False, "", [], {}))


# --- peaks -----------------------------------------------------------------------------------------------------------


def _peaks(rows: pd.DataFrame, weeks: Sequence[Point], changes: Sequence[Change], whole: Point) -> list[dict[str, Any]]:
    """The clear changes, neighbouring weeks of one direction as one; without any, the weeks farthest from the whole."""
    week_of = by_group.keys(rows, "week")
    found: list[tuple[str, list[str], float, float]] = []
    for run in _episodes([change for change in changes if change.clear]):
        strongest = max(run, key=lambda change: abs(change.value - change.before))
        found.append((strongest.week, [change.week for change in run], strongest.value, strongest.before))
    clear = bool(found)
    if not found and whole.value is not None:
        figures = [(week.key, [week.key], week.value, whole.value) for week in weeks if week.value is not None]
        found = sorted(figures, key=lambda week: -abs(week[2] - week[3]))[:3] if len(figures) > 1 else []
    found = sorted(sorted(found, key=lambda peak: -abs(peak[2] - peak[3]))[:_PEAKS])
    peaks: list[dict[str, Any]] = []
    for number, (key, members, value, before) in enumerate(found, 1):
        peak = _peak(rows[week_of.isin(members)], number, key, members, (value, before), clear)
        if clear and peaks and _echoes(peak, peaks[-1]):
            peak["says"] += f", which hold peak {number - 1}"
        peaks.append(peak)
    return peaks


def _echoes(peak: dict[str, Any], earlier: dict[str, Any]) -> bool:
    """Whether a peak may be no more than the way back from the one before it."""
    between = (by_group.week_start(peak["key"]) - datetime.date.fromisoformat(earlier["to"])).days
    return bool(peak["way"] != earlier["way"] and between < 7 * by_group.WEEKS_BEFORE)


def _episodes(changes: Sequence[Change]) -> list[list[Change]]:
    runs: list[list[Change]] = []
    for change in changes:
        last = runs[-1][-1] if runs else None
        if (
            last
            and charts.way(last) == charts.way(change)
            and (by_group.week_start(change.week) - by_group.week_start(last.week)).days <= 14
        ):
            runs[-1].append(change)
        else:
            runs.append([change])
    return runs


def _peak(
    rows: pd.DataFrame, number: int, key: str, members: Sequence[str], figures: tuple[float, float], clear: bool
) -> dict[str, Any]:
    value, before = figures
    first = by_group.week_start(members[0])
    last = by_group.week_start(members[-1]) + datetime.timedelta(days=6)
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


def _drivers(rows: pd.DataFrame, before: float, sign: int) -> list[dict[str, Any]]:
    """The sentences that move the figure most away from what it was.

    Tension is a ratio of sums, r = D / W. Its difference from `before` is exactly the sum over sentences of
    (d - before * w) / W; so that is each sentence's part in it. No text twice, no more than two of one article, and none that
    is labelled as taking no stance.
    """
    rows = rows[_take_stance(rows)]
    part = by_group.parts(rows)
    added = pd.Series(sign * (part[:, 0] - before * part[:, 1]), index=rows.index)
    ranked = added[added > 0].sort_values(ascending=False, kind="stable").index[:500]
    chosen: list[dict[Any, Any]] = []
    for row in rows.loc[ranked].to_dict("records"):
        known = any(row["text"] == other["text"] for other in chosen)
        if not known and sum(row["id"] == other["id"] for other in chosen) < 2:
            chosen.append(row)
    return [_sentence(row) for row in chosen[:_SENTENCES]]


def _strongest(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """For a file without weeks to compare: what is most surely one or the other pole of tension."""
    poles = [(1, "Most surely raise tension"), (-1, "Most surely lower tension")]
    found = [{"says": says, "sentences": _drivers(rows, 0.0, sign)} for sign, says in poles]
    return [each for each in found if each["sentences"]]


def _sentence(row: dict[Any, Any]) -> dict[str, Any]:
    details = [row["source"], "" if pd.isna(row["date"]) else day_name(row["date"]), by_group.pair_of(row["actors"]), row["id"]]
    return {
        "label": row["label"],
        "uncertain": row["uncertain"],
        "pieces": pieces(row["text"], row["because"]),
        "details": [each for each in details if each],
    }


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


# --- pairs and sources -----------------------------------------------------------------------------------------------


def _matrix(rows: pd.DataFrame) -> dict[str, Any]:
    """Tension of every pair of the most frequent actors; each pair once, below the diagonal."""
    pair = by_group.keys(rows, "pair")
    paired = rows[pair != ""]
    sides = pair[pair != ""].str.split("–", n=1, expand=True)
    if sides.empty:
        return {"actors": [], "lines": [], "others": 0}
    counted = pd.concat([sides[0], sides[1]]).value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    actors = [str(actor) for actor in counted.index[:_ACTORS]]
    inside = paired[sides[0].isin(actors) & sides[1].isin(actors)]
    figures = {point.key: point for point in by_group.series(inside, "pair")}
    lines = [
        (actor, [_cell(figures.get("–".join(sorted((actor, other)))), actor, other) for other in actors[:place]])
        for place, actor in enumerate(actors)
    ]
    return {"actors": actors, "lines": lines, "others": len(counted) - len(actors)}


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


def step(value: float | None) -> str:
    """The class of colour of a tension figure; few steps, so that a reader can name them."""
    if value is None:
        return "unknown"
    level = int(np.searchsorted((0.05, 0.2, 0.4, 0.6), abs(value), side="right"))
    return f"{'up' if value > 0 else 'down'}-{level}" if level else "even"


def _sources(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Label shares of each source, the largest first; what is left over together."""
    named = rows["source"].where(rows["source"] != "", "source not named")
    counts = named.value_counts()
    if len(counts) > _SOURCES:
        kept = counts.index[: _SOURCES - 1]
        others = f"{len(counts) - len(kept)} other sources"
        named = named.where(named.isin(kept), others)
        counts = counts[: len(kept)]
        counts[others] = 0
    figures = {point.key: point for point in by_group.series(rows.assign(source=named), "source")}
    labels = by_group.label_names(rows)
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


def _frequent_pairs(rows: pd.DataFrame) -> list[str]:
    pair = by_group.keys(rows, "pair")
    return [str(name) for name in pair[pair != ""].value_counts().index[:200]]


# --- the table -------------------------------------------------------------------------------------------------------


def _data(rows: pd.DataFrame, title: str) -> dict[str, Any]:
    """The rows by column, repeated cells by number: a third of the size, and quick to filter."""
    labels = by_group.label_names(rows)
    if len(rows) > MOST_ROWS:
        rows = rows.iloc[np.sort(np.argsort(~_take_stance(rows), kind="stable")[:MOST_ROWS])]
    repeated = {name: rows[name] for name in ("id", "source", "actors")}
    repeated["date"] = rows["date"].dt.strftime("%Y-%m-%d").fillna("")
    data: dict[str, Any] = {"name": title, "labels": list(labels), "stance": [scheme.describe(name).stance for name in labels]}
    for name, cells in repeated.items():
        codes, values = pd.factorize(cells, sort=True)
        data[name] = {"values": [str(value) for value in values], "codes": codes.tolist()}
    data["pair"] = [by_group.pair_of(actors) for actors in data["actors"]["values"]]
    data["label"] = [labels.index(name) for name in rows["label"]]
    data["uncertain"] = rows["uncertain"].astype(int).tolist()
    for name in ("sentence_no", "paragraph", "start", "end", "text", "because"):
        data[name] = rows[name].tolist()
    shares, _ = by_group.probabilities(rows)
    data["p"] = np.rint(shares * 10_000).astype(int).ravel().tolist()
    return data
