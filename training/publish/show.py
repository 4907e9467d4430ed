"""A model and its file in, what it is out, on the terminal or as one JSON object: the output of ``stance model show``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from classifier.model import labels as scheme
from classifier.model.probabilities import Array
from classifier.model.regression import Model
from classifier.report.terminal import open_console, plain
from training.publish.facts import BY_LABEL, Facts, Origin, Weighed, facts, figure_name, newest, one_line, strongest

_LEGEND = """\
accus: a stem · sense: a WordNet class · unknown:2: two words never met
NAME, NUMBER, YEAR, DAY, MONTH: masks · main: the main verb (not-, by- passive)
no:, ending: within five words after a negation, a lifting"""


def as_record(model: Model, file: Path, top: int) -> dict[str, Any]:
    """Everything that is shown, as plain values for JSON; the keys are documented in ``docs/models.md``.

    Raises
    ------
    StanceError
        When the model does not say how it was made and judged.
    """
    about = facts(model, file)
    features = {label: strongest(model, label, top) for label in model.labels}
    return {
        "model": one_line(file),
        "bytes": file.stat().st_size,
        "created_by": about.created_by,
        "labels": model.labels,
        "prior": dict(zip(model.labels, model.prior.tolist(), strict=True)),
        "threshold": model.threshold,
        "story": {"prior": dict(zip(model.labels, model.story.prior.tolist(), strict=True)), "threshold": model.story.threshold}
        if model.story
        else None,
        "features": len(model.vocabulary),
        **({"c": about.c} if about.origin is None else {"lambda": about.strength}),
        "temperature": about.temperature,
        "training": {
            "rows": about.rows,
            "articles": about.articles,
            **({} if about.own_rows is None else {"own_rows": about.own_rows}),
            "shares": about.shares,
            "sha256": about.sha256,
        },
        "cross_validation": {
            "n": about.n,
            **{name: figure._asdict() for name, figure in about.overall.items()},
            **{name: {label: figure._asdict() for label, figure in by.items()} for name, by in about.by_label.items()},
        },
        "checklist": {capability: failures._asdict() for capability, failures in about.checklist.items()},
        **({} if about.origin is None else {"adapted_from": _origin(model, about.origin, top)}),
        "strongest": {
            label: {"for": [each._asdict() for each in speaking_for], "against": [each._asdict() for each in against]}
            for label, (speaking_for, against) in features.items()
        },
    }


def _origin(model: Model, origin: Origin, top: int) -> dict[str, Any]:
    return origin._asdict() | {
        "moved": [each._asdict() for each in origin.moved[:top]],
        "new_features": len(model.idf) - origin.features,
        "new": [{"label": label} | each._asdict() for label, each in newest(model, origin.features, top)],
    }


def print_tables(model: Model, file: Path, top: int) -> None:
    """What the model is, its figures, and its strongest features, on standard output.

    Raises
    ------
    StanceError
        When the model does not say how it was made and judged.
    """
    about = facts(model, file)
    console = open_console()
    console.print(Text(one_line(file), style="bold"), soft_wrap=True)
    for part in (
        _summary(model, about, file.stat().st_size),
        _overall(about),
        _by_label(model, about),
        *([_checklist(about)] if about.checklist else []),
        *([_moved(about.origin, top), _new(model, about.origin, top)] if about.origin else []),
        _features(model, top),
    ):
        console.print(part)
        console.print()
    console.print(Text(_LEGEND, style="dim"))


def _summary(model: Model, about: Facts, size: int) -> Table:
    table = _bare_table(show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in {
        "made by": about.created_by,
        "size": f"{size:,} bytes, {len(model.vocabulary):,} features",
        "labels": ", ".join(model.labels),
        "prior": _shares(model, model.prior),
        "threshold": f"{model.threshold:.2f}",
        **({"in a story": f"{_shares(model, model.story.prior)}; threshold {model.story.threshold:.2f}"} if model.story else {}),
        "regression": f"{_strength(about)}, temperature {about.temperature:.2f}",
        "adapted to" if about.origin else "trained on": f"{about.rows:,} sentences, {about.articles:,} whole articles among them",
        **({} if about.own_rows is None else {"of real news": f"{about.own_rows:,} of them"}),
        **({} if about.origin is None else {"adapted from": _before(about.origin)}),
        "label shares": ", ".join(f"{label} {share:.2f}" for label, share in about.shares.items()),
        "data SHA-256": about.sha256,
    }.items():
        table.add_row(name, plain(value))
    return table


def _strength(about: Facts) -> str:
    return f"C {about.c:g}" if about.origin is None else f"lambda {about.strength:g}"


def _before(origin: Origin) -> str:
    of = "" if origin.rows is None else f" of {origin.rows:,} sentences"
    return f"a model{of}, SHA-256 of its file {origin.file_sha256}"


def _shares(model: Model, shares: Array) -> str:
    return ", ".join(f"{label} {share:.2f}" for label, share in zip(model.labels, shares.tolist(), strict=True))


def _overall(about: Facts) -> Table:
    table = _bare_table("cross-validation on the training data", show_header=False)
    table.add_column(style="dim")
    table.add_row("sentences", f"{about.n:,}")
    for name, figure in about.overall.items():
        table.add_row(plain(figure_name(name)), str(figure))
    return table


def _by_label(model: Model, about: Facts) -> Table:
    table = _bare_table()
    for name in ("", *BY_LABEL):
        table.add_column(figure_name(name))
    for label in model.labels:
        table.add_row(_name_of(label), *(str(about.by_label[name].get(label, "–")) for name in BY_LABEL))
    return table


def _checklist(about: Facts) -> Table:
    table = _bare_table("behavioural tests")
    for name in ("", "n", "failure rate"):
        table.add_column(name)
    for capability, failures in about.checklist.items():
        table.add_row(plain(capability), f"{failures.n:,}", f"{failures.failure_rate:.3f}")
    return table


def _moved(origin: Origin, top: int) -> Table:
    table = _bare_table("weights that moved most")
    for name in ("", "label", "before", "after"):
        table.add_column(name)
    for each in origin.moved[:top]:
        table.add_row(plain(each.feature), _name_of(each.label), f"{each.before:+.1f}", f"{each.after:+.1f}")
    return table


def _new(model: Model, origin: Origin, top: int) -> Table:
    count = len(model.idf) - origin.features
    table = _bare_table(f"new to it: {count:,} features" + (", the strongest" if count else ""))
    for name in ("", "label", "weight") if count else ():
        table.add_column(name)
    for label, each in newest(model, origin.features, top):
        table.add_row(plain(each.feature), _name_of(label), f"{each.weight:+.1f}")
    return table


def _features(model: Model, top: int) -> Table:
    table = _bare_table("strongest features, with coefficient x idf")
    table.add_column("")
    for heading in ("speak for it", "against it"):
        table.add_column("", justify="right")
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for label in model.labels:
        name: Text | str = _name_of(label)
        for row in zip_longest(*strongest(model, label, top)):
            table.add_row(name, *(cell for each in row for cell in _cells(each)))
            name = ""
    return table


def _cells(each: Weighed | None) -> Iterator[str]:
    yield f"{each.weight:+.1f}" if each else ""
    yield plain(each.feature) if each else ""


def _name_of(label: str) -> Text:
    return Text(plain(label), style=scheme.describe(label).terminal)


def _bare_table(title: str | None = None, show_header: bool = True) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        show_header=show_header,
    )
