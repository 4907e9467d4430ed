"""A model and its file in, what is known of it out, checked: what ``stance model show`` prints and the model card tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classifier.errors import StanceError
from classifier.model.regression import Model

BY_LABEL = ("precision", "recall", "f1")
_HEADLINES = ("accuracy", "macro_f1")
_NAMES = {"f1": "F1", "macro_f1": "macro-F1", "calibration_error": "expected calibration error"}


class Stated(NamedTuple):
    """A figure as a model file states it, with its 95 % interval where it has one."""

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return f"{self.value:.3f}" if self.low is None else f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Moved(NamedTuple):
    """A feature, a label, and the weight of the one for the other before and after a model was adapted."""

    feature: str
    label: str
    before: float
    after: float


class Origin(NamedTuple):
    """What a model was adapted from.

    Attributes
    ----------
    file_sha256 : str
        Digest of its file.
    rows : int or None
        Sentences that it was made of, where it said so.
    features : int
        How many it had; those of the adapted model from there on are new.
    moved : tuple of Moved
        The farthest first.
    """

    file_sha256: str
    rows: int | None
    features: int
    moved: tuple[Moved, ...]


class Failures(NamedTuple):
    """What the behavioural tests of one capability gave: sentences, and the share of them that failed."""

    n: int
    failure_rate: float


@dataclass(frozen=True)
class Facts:
    """What a model's file says of its making.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    created_by : str
        Program and version.
    rows, articles : int
        Labelled sentences, and how many whole articles are among them.
    own_rows : int or None
        Of the rows those that are real news and not seeds.
    origin : Origin or None
        Of an adapted model; ``rows`` and ``shares`` are then those that it was adapted to.
    shares : dict of label to float
        Label shares of the training data.
    sha256 : str
        Digest of the training data.
    c, strength : float or None
        Inverse regularisation strength of a model that was trained, lambda of one that was adapted.
    temperature : float
    n : int
        Sentences of the cross-validation.
    overall : dict of str to Stated
        Figures over all labels, by name; ``accuracy`` and ``macro_f1`` come first.
    by_label : dict of str to dict of label to Stated
        ``precision``, ``recall`` and ``f1``, of the labels that were judged: one that no row has was not.
    checklist : dict of str to Failures
        Behavioural tests by capability; empty where none were run.
    """

    name: str
    created_by: str
    rows: int
    articles: int
    own_rows: int | None
    origin: Origin | None
    shares: dict[str, float]
    sha256: str
    c: float | None
    strength: float | None
    temperature: float
    n: int
    overall: dict[str, Stated]
    by_label: dict[str, dict[str, Stated]]
    checklist: dict[str, Failures]


class Weighed(NamedTuple):
    """A feature and its weight for a label: coefficient times idf."""

    feature: str
    weight: float


def facts(model: Model, file: Path) -> Facts:
    """What `model`, read from `file`, says of its making.

    Raises
    ------
    StanceError
        When its metadata lacks something or holds something else; the arrays may be sound all the same.
    """
    try:
        return _facts(model.labels, model.metadata, file)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise StanceError(f"{file}: does not say how the model was made and judged; train it again") from None


def strongest(model: Model, label: str, top: int) -> tuple[list[Weighed], list[Weighed]]:
    """The `top` features that speak most for `label`, and the `top` that speak most against it; strongest first.

    Coefficient times idf is what a feature that stands once adds to the label's score, before the sentence is scaled to length
    1. The coefficients of a feature sum to 0 over the labels, as regularisation leaves them, so it is comparable across labels.
    """
    weights = model.coef[model.labels.index(label)].astype(np.float64) * model.idf
    order = np.argsort(-weights, kind="stable")
    speaking_for = [Weighed(model.feature_names[at], float(weights[at])) for at in order[:top] if weights[at] > 0]
    against = [Weighed(model.feature_names[at], float(weights[at])) for at in order[::-1][:top] if weights[at] < 0]
    return speaking_for, against


def newest(model: Model, first: int, top: int) -> list[tuple[str, Weighed]]:
    """Of the features from column `first` on the `top` that weigh most for a label, each with that label."""
    weights = model.coef[:, first:].astype(np.float64) * model.idf[first:]
    label, order = weights.argmax(axis=0), np.argsort(-weights.max(axis=0, initial=0.0), kind="stable")[:top]
    return [
        (model.labels[label[at]], Weighed(model.feature_names[first + at], float(weights[label[at], at])))
        for at in order.tolist()
    ]


def figure_name(name: str) -> str:
    """The name of a figure in print."""
    return _NAMES.get(name, name.replace("_", " "))


def one_line(text: Any) -> str:
    """`text` as it can stand in a line, whatever it is: without what would break one, steer a terminal or not encode."""
    return "".join(char if char.isprintable() else " " for char in str(text))


def _facts(labels: tuple[str, ...], metadata: Mapping[str, Any], file: Path) -> Facts:
    made, figures = metadata["training"], metadata["metrics"]["cross_validation"]
    others = sorted(name for name, stated in figures.items() if name not in _HEADLINES and _is_figure(stated))
    return Facts(
        name=one_line(file.stem),
        created_by=one_line(metadata["created_by"]),
        rows=int(made["rows"]),
        articles=int(made["articles"]),
        own_rows=int(made["own_rows"]) if "own_rows" in made else None,
        origin=_origin(metadata["adapted_from"]) if "adapted_from" in metadata else None,
        shares={label: _number(made["shares"][label]) for label in labels},
        sha256=one_line(made["sha256"]),
        c=_number(metadata["c"]) if "adapted_from" not in metadata else None,
        strength=_number(metadata["lambda"]) if "adapted_from" in metadata else None,
        temperature=_number(metadata["temperature"]),
        n=int(figures["n"]),
        overall={one_line(name): _figure(figures[name]) for name in (*_HEADLINES, *others)},
        by_label={
            name: {label: _figure(figures[name][label]) for label in labels if label in figures[name]} for name in BY_LABEL
        },
        checklist={
            one_line(capability): Failures(int(stated["n"]), _number(stated["failure_rate"]))
            for capability, stated in metadata["metrics"].get("checklist", {}).items()
        },
    )


def _origin(stated: Mapping[str, Any]) -> Origin:
    return Origin(
        file_sha256=one_line(stated["file_sha256"]),
        rows=None if stated["rows"] is None else int(stated["rows"]),
        features=int(stated["features"]),
        moved=tuple(
            Moved(one_line(feature), one_line(label), _number(before), _number(after))
            for feature, label, before, after in stated["moved"]
        ),
    )


def _is_figure(stated: Any) -> bool:
    return isinstance(stated, float) or (isinstance(stated, dict) and stated.keys() == {"value", "low", "high"})


def _figure(stated: Any) -> Stated:
    if isinstance(stated, dict):
        return Stated(*(_number(stated[name]) for name in Stated._fields))
    return Stated(_number(stated))


def _number(stated: Any) -> float:
    """As JSON can hold it: JSON has no infinity."""
    number = float(stated)
    if not math.isfinite(number):
        raise ValueError(stated)
    return number
