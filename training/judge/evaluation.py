"""A model and a labelled file in, all that can be said of how right the one is on the other out; a second model beside it.

``stance evaluate``; ``figures.py`` holds the figures, ``text.py`` and ``page.py`` show what is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from classifier.errors import StanceError
from classifier.model import labels as scheme
from classifier.model.features import known_share
from classifier.model.probabilities import Array
from classifier.model.regression import Model, load_model
from classifier.model.scoring import LEAST_KNOWN, LEAST_TO_ADAPT, adapt_to, force
from classifier.model.tokens import tokenize
from training.data.labelled import digest, read_labelled
from training.data.mappings import Mapping as Labels
from training.judge.compare import Comparison, Opinion, compare_on_all
from training.judge.figures import Bin, Scores, drawn_together, reliability, score

SHIPPED = "shipped"
"""What stands for the model that comes with the package where a model file is named."""
FEW_GROUPS = 20
"""A bootstrap over fewer clusters claims too much (Cameron, Gelbach & Miller 2008)."""


@dataclass(frozen=True)
class Assumptions:
    """What a model is told of the text before it labels it, as with ``stance score``: the options of the same names."""

    prior: Mapping[str, float]
    force: bool
    adapt: bool


@dataclass(frozen=True)
class Mistake:
    """A sentence that the model got wrong, how sure it was, and the character spans of the words that decided."""

    text: str
    true: str
    predicted: str
    probability: float
    words: tuple[tuple[int, int], ...]

    @property
    def because(self) -> tuple[str, ...]:
        """The deciding words, in reading order."""
        return tuple(self.text[start:end] for start, end in self.words)


@dataclass(frozen=True)
class FoundShares:
    """Label shares as one way of reading the model finds them.

    Attributes
    ----------
    way : str
    shares : tuple of float
        In the order of the labels.
    absolute_error : float
        Mean over labels of the distance from the true share.
    relative_error : float
        The same distance over the true share, both smoothed by 1 / 2n (Sebastiani 2020, Information Retrieval Journal 23).
    """

    way: str
    shares: tuple[float, ...]
    absolute_error: float
    relative_error: float


@dataclass(frozen=True)
class Judgement:
    """A model on a labelled table.

    Attributes
    ----------
    labels : tuple of str
        Those that the model chose among.
    probabilities : ndarray (n, n_labels)
    scores : Scores
    draws : int
        How many sentences, articles or groups of near-duplicates the intervals' bootstrap draws.
    confusion : ndarray (n_labels, n_labels)
        Sentences by true label (rows) and label given (columns).
    bins : tuple of Bin
        Certainty against accuracy.
    uncertain : float
        Share of sentences marked uncertain.
    certain_accuracy : float or None
        Of the other sentences; None when there are none.
    true_shares : tuple of float
    found_shares : tuple of FoundShares
        Of labels counted, and where there are enough sentences, counted after ``--adapt`` and estimated.
    mistakes : tuple of Mistake
        The surest first.
    warnings : tuple of str
        What a reader of the figures must know.
    """

    labels: tuple[str, ...]
    probabilities: Array
    scores: Scores
    draws: int
    confusion: NDArray[np.int64]
    bins: tuple[Bin, ...]
    uncertain: float
    certain_accuracy: float | None
    true_shares: tuple[float, ...]
    found_shares: tuple[FoundShares, ...]
    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """A judgement with the names of what was judged; where a second model was asked for, its warnings too, and a comparison."""

    data: str
    model: str
    judgement: Judgement
    warnings: tuple[str, ...]
    other: str = ""
    comparison: Comparison | None = None


def evaluate_file(
    data: Path,
    model: str | None,
    other: str | None,
    assumptions: Assumptions,
    mistakes: int,
    columns: Mapping[str, str] | None = None,
    mapping: Labels | None = None,
    say: Callable[[str], None] = lambda message: None,
    trust_pickle: bool = False,
) -> Evaluation:
    """Judge the model in file `model` (the shipped one by default) on the labelled file `data`, and compare it with `other`.

    Parameters
    ----------
    data, columns, mapping, say
        As ``training.data.labelled.read_labelled`` takes them.
    model, other : str, optional
        Model files; ``shipped`` is the one that comes with the package. In the comparison `model` is A and `other` is B.
    assumptions : Assumptions
        For both models.
    mistakes : int
        How many to list.
    trust_pickle : bool
        `model` may be a pickle.

    Raises
    ------
    StanceError
        When a file is unusable, the data have a label that a model lacks, or an assumption does not fit.
    """
    table = read_labelled(data, columns, mapping, say, to_train=False)
    judged = judge(table, _open(model, assumptions, trust_pickle), assumptions.adapt, mistakes)
    if other is None:
        return Evaluation(str(data), model or SHIPPED, judged, judged.warnings)
    second = judge(table, _open(other, assumptions), assumptions.adapt, mistakes)
    comparison = compare_on_all(
        table["label"],
        Opinion(judged.labels, judged.probabilities),
        Opinion(second.labels, second.probabilities),
        table["group"],
    )
    of_other = tuple(f"{other}: {warning}" for warning in second.warnings if warning not in judged.warnings)
    return Evaluation(str(data), model or SHIPPED, judged, judged.warnings + of_other, other, comparison)


def judge(table: pd.DataFrame, model: Model, adapt: bool = False, mistakes: int = 10) -> Judgement:
    """Judge `model` on `table`, from ``training.data.labelled.read_labelled``.

    Raises
    ------
    StanceError
        When the table has a label that the model cannot give, or is too short for `adapt`.
    """
    texts, truth = table["text"].tolist(), table["label"].tolist()
    chosen = np.flatnonzero(model.prior > 0)
    labels = tuple(model.labels[column] for column in chosen)
    check_labels(table, labels)
    raw = model.predict_proba(texts)
    used, shown = (adapt_to(texts, model), model.adapt(raw)) if adapt else (model, raw)
    probabilities = shown[:, chosen]
    true = np.array([labels.index(label) for label in truth])
    predicted, top = probabilities.argmax(axis=1), probabilities.max(axis=1)
    certain = (top >= used.threshold) & (_known(texts, used) >= LEAST_KNOWN)
    wrong = np.flatnonzero(predicted != true)
    surest = wrong[np.argsort(-top[wrong], kind="stable")][:mistakes]
    return Judgement(
        labels=labels,
        probabilities=probabilities,
        scores=score(truth, probabilities, labels, table["group"]),
        draws=int(drawn_together(table["group"], len(table)).max()) + 1,
        confusion=confusion_matrix(true, predicted, labels=range(len(labels))),
        bins=reliability(truth, probabilities, labels),
        uncertain=float(1 - certain.mean()),
        certain_accuracy=float((predicted == true)[certain].mean()) if certain.any() else None,
        true_shares=_counted(true, len(labels)),
        found_shares=_find_shares(true, raw, model, chosen),
        mistakes=tuple(
            Mistake(texts[row], truth[row], labels[predicted[row]], float(top[row]), used.explain(texts[row]).words)
            for row in surest
        ),
        warnings=tuple(_warnings(table, labels, model)),
    )


def open_model(name: str | None, trust_pickle: bool = False) -> Model:
    """The model in the file `name`; the shipped one for None and ``shipped``."""
    return load_model(None if name == SHIPPED else name, trust_pickle)


def check_labels(table: pd.DataFrame, labels: Collection[str], whose: str = "the model") -> None:
    """See that every row has one of the `labels`; `whose` they are stands in the message.

    Raises
    ------
    StanceError
        When one has another; the message names its file and line.
    """
    for label, place in zip(table["label"], table["place"], strict=True):
        if label not in labels:
            raise StanceError(
                f"{place}: label {label!r} is none of those of {whose} ({', '.join(labels)}); rename it with --map, leave its "
                f"rows out (there are {(table['label'] == label).sum():,}), or name a model of your own labels"
            )


def was_trained_on(model: Model, table: pd.DataFrame) -> bool:
    """Whether `model` says that it was trained on these very rows and no others."""
    training = model.metadata.get("training")
    return isinstance(training, dict) and training.get("sha256") == digest(table)


def few_groups(table: pd.DataFrame) -> list[str]:
    """A warning, where the rows are too few or too much alike for the intervals of their figures."""
    groups = table["group"].nunique()
    few = f"only {groups} articles, groups or sentences by themselves: the intervals are too narrow"
    return [few] if groups < FEW_GROUPS else []


def _open(path: str | None, assumptions: Assumptions, trust_pickle: bool = False) -> Model:
    model = open_model(path, trust_pickle)
    if assumptions.prior:
        model = model.with_prior(assumptions.prior)
    return force(model) if assumptions.force else model


def _known(texts: list[str], model: Model) -> Array:
    """The share of each sentence's words that the model has met, array (n,)."""
    return np.array([known_share(tokenize(text), model.vocabulary) for text in texts])


def _find_shares(true: NDArray[np.intp], raw: Array, model: Model, chosen: NDArray[np.intp]) -> tuple[FoundShares, ...]:
    n, size = len(true), len(chosen)
    truth = np.array(_counted(true, size))
    smooth = 1 / (2 * n)

    def found(way: str, shares: tuple[float, ...]) -> FoundShares:
        distance = np.abs(np.array(shares) - truth)
        return FoundShares(way, shares, float(distance.mean()), float((distance / (truth + smooth)).mean()))

    counted = found("counted", _counted(raw[:, chosen].argmax(axis=1), size))
    if n < LEAST_TO_ADAPT:
        return (counted,)
    adapted = _counted(model.adapt(raw)[:, chosen].argmax(axis=1), size)
    estimated = tuple(float(share) for share in model.estimate_shares(raw)[chosen])
    return counted, found("counted with --adapt", adapted), found("estimated", estimated)


def _counted(columns: NDArray[np.intp], size: int) -> tuple[float, ...]:
    return tuple(float(count) / len(columns) for count in np.bincount(columns, minlength=size))


def _warnings(table: pd.DataFrame, labels: tuple[str, ...], model: Model) -> list[str]:
    found: list[str] = []
    if was_trained_on(model, table):
        found.append("the model was trained on these very rows: no figure here says how right it is on other text")
    absent = [label for label in labels if not (table["label"] == label).any()]
    if absent:
        hint = "; --force chooses among the stances only" if any(not scheme.describe(label).stance for label in absent) else ""
        found.append(f"no row is labelled {' or '.join(absent)}: counts 0 in macro-F1, and each such guess is wrong{hint}")
    return [*found, *few_groups(table)]
