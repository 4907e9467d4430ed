"""The outcome of a training in, what ``stance train`` prints out: what was tried, how good it is, what more data would give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.report.terminal import open_console, plain
from training.fit.learning_curve import LEAST_OF_A_LABEL, LEAST_ROWS, LearningCurve
from training.fit.train import Trained
from training.judge.compare import Comparison
from training.judge.evaluation import SHIPPED
from training.judge.figures import Scores
from training.publish.build import Job, Outcome


def print_outcome(job: Job, outcome: Outcome, console: Console | None = None) -> None:
    """Tables and sentences on standard output."""
    console = console or open_console()
    trained = outcome.trained
    console.print(_trials(trained))
    console.print(_scores("cross-validation", trained.scores))
    _warn(console, outcome.warnings)
    _say(console, _curve(trained.curve))
    if outcome.test:
        console.print(_scores(plain(str(job.test)), outcome.test.scores))
        _warn(console, outcome.test.warnings)
    if outcome.comparison and job.gate:
        _say(console, f"\n{gate_verdict(job, outcome.comparison, outcome.written)}")
    if outcome.written:
        _say(console, _written(job.target, trained))


def gate_verdict(job: Job, comparison: Comparison, written: bool) -> str:
    """Whether the new model is better than the old one, by how much, and what followed from it."""
    assert job.gate
    old = "the shipped model" if job.gate.against == SHIPPED else job.gate.against
    on = "your data" if job.test is None else str(job.test)
    gain, asked = comparison.macro_f1_difference, _asked(abs(job.gate.points))
    if gain.low > 0:
        said = f"better than {old} on {on} by {_by(gain.value, gain.low, gain.high, ' of macro-F1')}"
        if not written:
            said += f", but not surely by more than {asked}"
    elif gain.high < 0:
        said = f"worse than {old} on {on} by {_by(-gain.value, -gain.high, -gain.low, ' of macro-F1')}"
    else:
        chance = f"the difference could be chance ({_signed(gain.low)} to {_signed(gain.high)} points of macro-F1)"
        said = f"not surely better than {old} on {on}: {chance}"
    if written and job.gate.points < 0 and gain.low <= 0:
        said += f"; surely not worse by {asked}"
    other = comparison.accuracy_difference
    if gain.low > 0 and other.high < 0:
        said += f"; but fewer labels are right, by {_by(-other.value, -other.high, -other.low)}"
    return said if written else f"{said}; nothing written"


def _by(value: float, low: float, high: float, of: str = "") -> str:
    return f"{_points(value)} points{of} ({_points(low)} to {_points(high)})"


def _asked(points: float) -> str:
    return f"{points:g} point{'' if points == 1 else 's'}"


def _points(share: float) -> str:
    return f"{abs(100 * share):.1f}"


def _signed(share: float) -> str:
    return ("−" if round(100 * share, 1) < 0 else "+") + _points(share)


def _say(console: Console, message: str) -> None:
    """A sentence on one line, however wide the console."""
    console.print(Text("\n".join(map(plain, message.split("\n")))), soft_wrap=True)


def _warn(console: Console, warnings: Iterable[str]) -> None:
    for warning in warnings:
        console.print(Text(plain(f"warning: {warning}"), style="bold yellow"), soft_wrap=True)


def _trials(trained: Trained) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in ("lambda" if "lambda" in trained.model.metadata else "C", "log loss", "macro-F1", ""):
        table.add_column(heading, justify="right")
    for trial in trained.trials:
        chosen = "chosen" if trial is trained.chosen else ""
        table.add_row(f"{trial.setting:g}", f"{trial.log_loss:.4f}", f"{trial.macro_f1:.3f}", chosen)
    return table


def _scores(on: str, scores: Scores) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, title=f"\n{on}, {scores.n:,} sentences", title_justify="left")
    for heading in ("", "precision", "recall", "F1"):
        table.add_column(heading, no_wrap=True)
    for label in scores.f1:
        table.add_row(plain(label), str(scores.precision[label]), str(scores.recall[label]), str(scores.f1[label]))
    table.add_row("all", f"accuracy {scores.accuracy}", "", f"macro {scores.macro_f1}")
    return table


def _curve(curve: LearningCurve | None) -> str:
    if curve is None:
        return f"\nno learning curve: it needs {LEAST_ROWS} rows, {LEAST_OF_A_LABEL} of each label, in groups enough to divide"
    known = ", ".join(f"{figure:.3f} with {rows:,} rows" for rows, figure in zip(curve.rows, curve.macro_f1, strict=True))
    return f"\nmacro-F1 {known}; twice the data would give about {curve.twice:.3f}"


def _written(target: Path, trained: Trained) -> str:
    metadata = trained.model.metadata
    origin = metadata.get("adapted_from")
    new = f", {len(trained.model.idf) - origin['features']:,} of them new" if origin else ""
    return (
        f"{target}: {'adapted to ' if origin else ''}{metadata['training']['rows']:,} sentences, "
        f"{len(trained.model.vocabulary):,} features{new}, cross-validated macro-F1 {trained.scores.macro_f1}"
    )
