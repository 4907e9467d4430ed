"""An evaluation in, one self-contained HTML page out: the same figures as on the terminal, with what is better seen than read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from classifier.files import write_whole
from classifier.model import labels as scheme
from classifier.report.article_page import pieces, policy_hash, templates
from training.judge.evaluation import Evaluation, Judgement
from training.judge.figures import Bin
from training.judge.text import certainty, intervals, mcnemar, whole_figures


def write_page(evaluation: Evaluation, page: Path) -> None:
    """Write the page; it holds all it needs.

    Raises
    ------
    StanceError
        When it cannot be written.
    """
    write_whole(page, render(evaluation).encode("utf-8", errors="replace"))


def render(evaluation: Evaluation) -> str:
    """The page; every text is escaped by the template engine, nothing is loaded and nothing runs."""
    from markupsafe import Markup

    judgement, comparison = evaluation.judgement, evaluation.comparison
    environment = templates("training")
    style = environment.get_template("evaluation.css").render(kinds=[scheme.describe(name) for name in judgement.labels])
    return environment.get_template("evaluation.html").render(
        style=Markup(style),
        style_hash=policy_hash(style),
        evaluation=evaluation,
        judgement=judgement,
        scores=judgement.scores,
        figures=whole_figures(judgement.scores),
        intervals=intervals(judgement),
        certainty=certainty(judgement),
        confusion=_confusion(judgement),
        bins=[_bin(found, judgement.scores.n) for found in judgement.bins],
        mistakes=[(each, judgement.labels.index(each.predicted), pieces(each.text, each.words)) for each in judgement.mistakes],
        comparison=comparison,
        compared=[(name, a, whole_figures(comparison.b)[name]) for name, a in whole_figures(comparison.a).items()]
        if comparison
        else [],
        mcnemar=mcnemar(comparison) if comparison else "",
    )


def _confusion(judgement: Judgement) -> list[tuple[str, list[dict[str, Any]]]]:
    """A row for each true label: of each cell the count, the share of the row, and the step of colour."""

    def cell(n: int, whole: int) -> dict[str, Any]:
        share = n / whole if whole else 0.0
        return {"n": n, "share": share, "step": round(10 * share)}

    rows = zip(judgement.labels, judgement.confusion.tolist(), strict=True)
    return [(label, [cell(n, sum(counts)) for n in counts]) for label, counts in rows]


def _bin(found: Bin, n: int) -> dict[str, Any]:
    """A bin as the template draws it: places in per cent, a dot whose area is its share of the sentences."""
    return {
        "found": found,
        "left": round(100 * found.low, 1),
        "x": round(100 * found.confidence, 2),
        "y": round(100 * (1 - found.accuracy), 2),
        "height": round(100 * found.accuracy, 2),
        "radius": round(3 + 11 * (found.n / n) ** 0.5, 2),
    }
