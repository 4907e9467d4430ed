"""An evaluation in, what ``stance evaluate`` prints out: tables for a person, or one JSON object for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.model import labels as scheme
from classifier.report.terminal import marked, open_console
from classifier.report.terminal import plain as harmless
from classifier.wording import count_of, p_value
from training.judge.compare import Comparison
from training.judge.evaluation import Evaluation, Judgement, Mistake
from training.judge.figures import Bin, Scores, plain

_BAR = 25
_WIDEST = 10_000


def print_evaluation(evaluation: Evaluation, console: Console | None = None) -> None:
    """Everything as tables on standard output, the figures first and the mistakes last."""
    console = console or open_console()
    judgement = evaluation.judgement
    # One line, however long the path is.
    head = Text(harmless(f"{evaluation.data}: {evaluation.model} model, {count_of(judgement.scores.n, 'sentence')}"))
    console.print(head, soft_wrap=True)
    for warning in evaluation.warnings:
        console.print(Text(harmless(f"warning: {warning}"), style="bold yellow"))
    for title, table in _tables(judgement):
        console.print(Text(f"\n{title}", style="bold"))
        _print_whole(table, console)
    console.print(Text(f"\n{certainty(judgement)}"))
    if judgement.mistakes:
        mark = "underlined" if console.is_terminal else "between _underscores_"
        console.print(Text(f"\nMost confident mistakes ({mark}: the words that decided)", style="bold"))
        console.print(_mistakes(judgement.mistakes, console.is_terminal))
    if evaluation.comparison:
        console.print(Text("\nComparison", style="bold"))
        console.print(Text(harmless(f"A is {evaluation.model}, B is {evaluation.other}")))
        _print_whole(_comparison(evaluation.comparison), console)
        console.print(Text(f"{evaluation.comparison.verdict}\n{mcnemar(evaluation.comparison)}"))


def as_json(evaluation: Evaluation) -> str:
    """Everything as one JSON object; figures have ``value``, ``low`` and ``high``."""
    judgement = evaluation.judgement

    def by_label(values: Iterable[object]) -> dict[str, object]:
        return dict(zip(judgement.labels, values, strict=True))

    found = {
        "data": evaluation.data,
        "model": evaluation.model,
        "warnings": evaluation.warnings,
        **plain(judgement.scores),
        "bootstrap_draws": judgement.draws,
        "confusion": by_label(by_label(row) for row in judgement.confusion.tolist()),
        "reliability": [plain(each) for each in judgement.bins],
        "uncertain": judgement.uncertain,
        "certain_accuracy": judgement.certain_accuracy,
        "true_shares": by_label(judgement.true_shares),
        "found_shares": [plain(each) | {"shares": by_label(each.shares)} for each in judgement.found_shares],
        "mistakes": [plain(each) | {"because": each.because} for each in judgement.mistakes],
    }
    if comparison := evaluation.comparison:
        exact = {"mcnemar_p": comparison.mcnemar_p, "verdict": comparison.verdict}
        found["against"] = {"model": evaluation.other, **plain(comparison), **exact}
    return json.dumps(found, indent=1)


# --- sentences that the page says, too -------------------------------------------------------------------------------


def intervals(judgement: Judgement) -> str:
    """What the brackets are."""
    single = judgement.draws == judgement.scores.n
    return f"95 % intervals in brackets: bootstrap over {judgement.draws:,} " + (
        "sentences" if single else "articles, groups and near-duplicates"
    )


def certainty(judgement: Judgement) -> str:
    """How many sentences are marked uncertain, and how right the others are."""
    rest = judgement.certain_accuracy
    return f"Marked uncertain: {judgement.uncertain:.1%} of sentences" + (
        "." if rest is None else f"; labels of the others are right {rest:.1%} of the time."
    )


def mcnemar(comparison: Comparison) -> str:
    """The test in words."""
    equals = "p" if comparison.mcnemar_p < 0.001 else "p ="
    return f"McNemar's exact test that both are equally often right: {equals} {p_value(comparison.mcnemar_p)}"


def whole_figures(scores: Scores) -> dict[str, Any]:
    """The figures of all labels together, by the name that is printed."""
    return {
        "accuracy": scores.accuracy,
        "macro-F1": scores.macro_f1,
        "MCC": scores.mcc,
        "calibration error (ECE)": scores.calibration_error,
        "Brier score": scores.brier,
    }


def _print_whole(table: Table, console: Console) -> None:
    """`table` as wide as it is: a figure cut off at the edge would read as another figure."""
    usual, widest = console.width, console.options.update(width=_WIDEST)
    console.width = max(usual, table.__rich_measure__(console, widest).maximum)
    console.print(table)
    console.width = usual


# --- tables ----------------------------------------------------------------------------------------------------------


def _tables(judgement: Judgement) -> Iterable[tuple[str, Table]]:
    figures = whole_figures(judgement.scores).items()
    yield f"Figures ({intervals(judgement)})", _grid(["", ""], [[name, str(figure)] for name, figure in figures])
    yield "By label", _by_label(judgement)
    yield "Confusion (rows: true, columns: label given)", _confusion(judgement)
    yield "Reliability (=: how often right, |: how sure)", _reliability(judgement)
    yield "Label shares", _shares(judgement)


def _by_label(judgement: Judgement) -> Table:
    scores, counts = judgement.scores, judgement.confusion.sum(axis=1)
    rows = [
        [label, f"{n:,}", *(str(figures[label]) for figures in (scores.precision, scores.recall, scores.f1))]
        for label, n in zip(judgement.labels, counts, strict=True)
    ]
    return _grid(["label", "n", "precision", "recall", "F1"], rows)


def _confusion(judgement: Judgement) -> Table:
    rows = zip(judgement.labels, judgement.confusion, strict=True)
    return _grid(["", *judgement.labels], [[label, *(f"{n:,}" for n in row)] for label, row in rows])


def _reliability(judgement: Judgement) -> Table:
    rows = [
        [f"{each.low:.1f} to {each.high:.1f}", f"{each.n:,}", f"{each.confidence:.2f}", f"{each.accuracy:.2f}", _bar(each)]
        for each in judgement.bins
    ]
    return _grid(["top probability", "n", "sure", "right", ""], rows)


def _bar(found: Bin) -> str:
    """Accuracy as a bar, and a stroke where it would end if the model were as right as it is sure."""
    bar = f"{'=' * round(_BAR * found.accuracy):.<{_BAR + 1}}"
    at = round(_BAR * found.confidence)
    return f"{bar[:at]}|{bar[at + 1 :]}"


def _shares(judgement: Judgement) -> Table:
    found = judgement.found_shares
    rows = [
        [label, f"{true:.3f}", *(f"{each.shares[at]:.3f}" for each in found)]
        for at, (label, true) in enumerate(zip(judgement.labels, judgement.true_shares, strict=True))
    ]
    rows.append(["mean absolute error", "", *(f"{each.absolute_error:.3f}" for each in found)])
    rows.append(["mean relative error", "", *(f"{each.relative_error:.3f}" for each in found)])
    return _grid(["", "true", *(each.way for each in found)], rows)


def _mistakes(mistakes: Sequence[Mistake], underline: bool) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in mistakes:
        style = scheme.describe(each.predicted).terminal
        table.add_row(
            f"{each.probability:.0%}",
            Text(harmless(each.predicted), style=style),
            Text(harmless(f"not {each.true}"), style="dim"),
            marked(each.text, each.words, style, underline),
        )
    return table


def _comparison(comparison: Comparison) -> Table:
    pairs = zip(whole_figures(comparison.a).items(), whole_figures(comparison.b).values(), strict=True)
    rows = [[name, str(a), str(b), ""] for (name, a), b in pairs]
    rows[0][3], rows[1][3] = str(comparison.accuracy_difference), str(comparison.macro_f1_difference)
    return _grid(["", "A", "B", "B minus A"], rows)


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Names to the left, figures to the right, no lines."""
    table = Table(box=None, padding=(0, 1), show_header=any(head), pad_edge=False)
    for at, name in enumerate(head):
        table.add_column(Text(harmless(name)), justify="right" if at else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    return table
