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
    own_rows, own_weight : int and float, or None
        Of the rows those that were added to the seeds, and what each of them counts against one of the seeds.
    shares : dict of label to float
        Label shares of the training data.
    sha256 : str
        Digest of the training data.
    c, temperature : float
        Inverse regularisation strength, and calibration temperature.
    n : int
        Sentences of the cross-validation.
    overall : dict of str to Stated
        Figures over all labels, by name; ``accuracy`` and ``macro_f1`` come first.
    by_label : dict of str to dict of label to Stated
        ``precision``, ``recall`` and ``f1``, of the labels that were judged: one that only the seeds have was not.
    checklist : dict of str to Failures
        Behavioural tests by capability; empty where none were run.
    """

    name: str
    created_by: str
    rows: int
    articles: int
    own_rows: int | None
    own_weight: float | None
    shares: dict[str, float]
    sha256: str
    c: float
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
        own_weight=_number(made["own_weight"]) if "own_rows" in made else None,
        shares={label: _number(made["shares"][label]) for label in labels},
        sha256=one_line(made["sha256"]),
        c=_number(metadata["c"]),
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
