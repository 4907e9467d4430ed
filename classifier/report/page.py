"""A labelled file in, one self-contained HTML page out: what was read, tension over time, pairs, peaks, sources, all sentences.

A module of its own because it alone knows what stands on the page; each part of it comes from a module beside this one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from classifier.batch.writers import FORMULA
from classifier.errors import StanceError
from classifier.files import same, write_whole
from classifier.model import labels as scheme
from classifier.model.tension import LEAST
from classifier.report import charts
from classifier.report.article_page import policy_hash, templates
from classifier.report.change import LEVEL, TEST, changes
from classifier.report.findings import facts, lead
from classifier.report.labelled_rows import label_names, read_labelled_rows, read_summary
from classifier.report.pairs import frequent_pairs, matrix
from classifier.report.peaks import peaks, strongest
from classifier.report.sentence_table import sentence_table
from classifier.report.series import overall, series
from classifier.report.sources import sources


def write_report(source: Path, output: Path) -> None:
    """Read what ``stance batch`` wrote to `source` (and its summary beside it) and write the page.

    Raises
    ------
    StanceError
        When the one cannot be read or the other cannot be written.
    """
    if same(output, source):
        raise StanceError(f"{output}: is the labelled file; give the report another name")
    rows = read_labelled_rows(source)
    page = render(rows, read_summary(source), source.name)
    write_whole(output, page.encode("utf-8", errors="replace"))


def render(rows: pd.DataFrame, summary: dict[str, Any], title: str) -> str:
    """The page; every text is escaped by the template engine or set as text by the script, and nothing is loaded."""
    from markupsafe import Markup

    environment = templates()
    table = sentence_table(rows, title)
    kinds = [scheme.describe(name) for name in label_names(rows)]
    raises, lowers = (next(kind for kind in scheme.DEFAULT if kind.sign == sign) for sign in (1, -1))
    style = environment.get_template("report.css").render(kinds=kinds, raises=raises, lowers=lowers)
    script = environment.get_template("report.js").render(formula=Markup(FORMULA))
    return environment.get_template("report.html").render(
        title=title,
        style=Markup(style),
        script=Markup(script),
        style_hash=policy_hash(style),
        script_hash=policy_hash(script),
        data=Markup(embed(table)),
        kinds=kinds,
        raises=raises,
        lowers=lowers,
        **_contents(rows, summary, len(table["text"])),
    )


def embed(data: object) -> str:
    """`data` as JSON that can stand inside a script element: no text in it can end the element or begin a comment."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def _contents(rows: pd.DataFrame, summary: dict[str, Any], shown: int) -> dict[str, Any]:
    """Each part of the page by the name that the template gives it; `shown` sentences are in its table."""
    tested = changes(rows)
    whole = overall(rows)
    weeks = series(rows, "week")
    found = peaks(rows, weeks, tested, whole)
    drawn = charts.draw(rows, weeks, tested, found)
    return {
        "lead": lead(rows, whole, tested, summary),
        "facts": facts(rows, summary),
        "charts": drawn,
        "chosen": charts.shown_first(drawn),
        "tested": len(tested),
        "clear": sum(change.clear for change in tested),
        "test": TEST,
        "level": LEVEL,
        "peaks": found,
        "strongest": [] if found else strongest(rows),
        "matrix": matrix(rows),
        "sources": sources(rows),
        "pairs": frequent_pairs(rows),
        "dates": [f"{day:%Y-%m-%d}" for day in (rows["date"].min(), rows["date"].max()) if not pd.isna(day)],
        "left_out": len(rows) - shown,
        "shown": shown,
        "least": LEAST,
    }
