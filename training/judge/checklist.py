"""A model in, its failure rate on each of a dozen capabilities out: behavioural tests after CheckList.

The sentences lie in ``capabilities/``, one CSV file for each capability. No model is trained on them: held-out text says how
often a model is right, these say what it has understood. Ribeiro, Wu, Guestrin & Singh 2020, "Beyond Accuracy", ACL.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.stats import binomtest

from classifier.errors import StanceError
from classifier.model.regression import Model
from classifier.report.terminal import plain as harmless
from training.judge.figures import Figure, plain

CAPABILITIES = Path(__file__).parent / "capabilities"

Kind = Literal["functionality", "invariance", "direction"]


@dataclass(frozen=True)
class Item:
    """A sentence with its true label, and the other sentence with another: the same where the file names none."""

    text: str
    label: str
    other: str
    other_label: str


@dataclass(frozen=True)
class Capability:
    """What a model should be able to do, and the sentences that show whether it can.

    Attributes
    ----------
    name : str
    kind : str
        ``functionality``: a plain sentence gets its label. ``invariance``: the other sentence differs in nothing that counts, and
        gets the same label. ``direction``: the other sentence is turned, and gets its own label.
    items : tuple of Item
    """

    name: str
    kind: Kind
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Failure(Item):
    """An item on which a model failed, and the labels that it gave."""

    predicted: str
    other_predicted: str


@dataclass(frozen=True)
class Result:
    """How a model did on one capability.

    Attributes
    ----------
    capability, kind : str
    n, failed : int
        Items, and those the model fails. It fails in ``functionality`` when the text gets a wrong label, in ``invariance`` when
        the two sentences get different labels, be they right or wrong, in ``direction`` when the other one gets a wrong label.
    rate : Figure
        ``failed / n`` with its 95 % interval (Wilson 1927).
    shift : float or None
        Invariance only: by how much the probability of the true label differs, mean of absolute values.
    right : float
        Share of items of which every sentence gets its true label.
    failures : tuple of Failure
    """

    capability: str
    kind: Kind
    n: int
    failed: int
    rate: Figure
    shift: float | None
    right: float
    failures: tuple[Failure, ...]


def read_capabilities(folder: Path = CAPABILITIES) -> list[Capability]:
    """Every CSV file of `folder` as a capability, by name; its columns say of which kind it is.

    ``text, label`` is functionality, ``text, other, label`` invariance, ``text, label, other, other_label`` direction.
    """
    return [_read(file) for file in sorted(folder.glob("*.csv"))]


def run(model: Model, capabilities: Iterable[Capability]) -> list[Result]:
    """What `model` makes of each capability.

    Raises
    ------
    StanceError
        When the model lacks a label that the items have.
    """
    capabilities = list(capabilities)
    used = {label for each in capabilities for item in each.items for label in (item.label, item.other_label)}
    if missing := sorted(used - set(model.labels)):
        raise StanceError(
            f"--checklist: its sentences are labelled {', '.join(sorted(used))}, and this model has no {missing[0]!r}; "
            "choose a model with the default labels"
        )
    return [_judge(model, each) for each in capabilities]


def as_text(results: Iterable[Result], shown: int) -> str:
    """For people: a line for each capability, then the first `shown` failures of each."""
    results = list(results)
    lines = ["capability         kind             n  failed   rate  95 % interval     shift  right"]
    for each in results:
        rate, shift = each.rate, "" if each.shift is None else f"{each.shift:.3f}"
        lines.append(
            f"{each.capability:<18} {each.kind:<13} {each.n:>4} {each.failed:>7} {rate.value:>6.1%}  "
            f"[{rate.low:>5.1%}, {rate.high:>5.1%}]  {shift:>6} {each.right:>6.1%}"
        )
    for each in results:
        if each.failures:
            lines += ["", each.capability, *(harmless(_in_words(failure, each.kind)) for failure in each.failures[:shown])]
    return "\n".join(lines)


def as_json(results: Iterable[Result]) -> str:
    """For programs: a list with an object for each capability, all its failures included."""
    return json.dumps([plain(each) for each in results], indent=1)


def as_markdown(results: Iterable[Result]) -> str:
    """For a page or a model card: a table with a row for each capability."""
    lines = ["| capability | kind | n | failed | failure rate | shift | all right |", "|---|---|---|---|---|---|---|"]
    for each in results:
        rate, shift = each.rate, "" if each.shift is None else f"{each.shift:.3f}"
        figures = f"{rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}] | {shift} | {each.right:.1%}"
        lines.append(f"| {each.capability} | {each.kind} | {each.n} | {each.failed} | {figures} |")
    return "\n".join(lines)


def _in_words(failure: Failure, kind: Kind) -> str:
    if kind == "invariance":
        return f"  {failure.predicted}: {failure.text} / {failure.other_predicted}: {failure.other}"
    return f"  {failure.other_predicted}, not {failure.other_label}: {failure.other}"


def _read(file: Path) -> Capability:
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        items = tuple(
            Item(row["text"], row["label"], row.get("other", row["text"]), row.get("other_label", row["label"])) for row in reader
        )
    columns = reader.fieldnames or ()
    kind: Kind = "direction" if "other_label" in columns else "invariance" if "other" in columns else "functionality"
    return Capability(file.stem, kind, items)


def _judge(model: Model, capability: Capability) -> Result:
    items, n = capability.items, len(capability.items)
    probabilities = model.predict_proba([item.text for item in items])
    changed = model.predict_proba([item.other for item in items])
    found, other_found = probabilities.argmax(axis=1), changed.argmax(axis=1)
    true = np.array([model.labels.index(item.label) for item in items])
    other_true = np.array([model.labels.index(item.other_label) for item in items])
    failed = other_found != (found if capability.kind == "invariance" else other_true)
    rows = np.arange(n)
    shift = float(np.abs(probabilities[rows, true] - changed[rows, true]).mean())
    interval = binomtest(int(failed.sum()), n).proportion_ci(method="wilson")
    return Result(
        capability=capability.name,
        kind=capability.kind,
        n=n,
        failed=int(failed.sum()),
        rate=Figure(float(failed.mean()), float(interval.low), float(interval.high)),
        shift=shift if capability.kind == "invariance" else None,
        right=float(((found == true) & (other_found == other_true)).mean()),
        failures=tuple(
            Failure(**vars(items[row]), predicted=model.labels[found[row]], other_predicted=model.labels[other_found[row]])
            for row in np.flatnonzero(failed)
        ),
    )
