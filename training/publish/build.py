"""Labelled data in, a model file and its card out, when the model passes its gate: what ``stance train`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from classifier.errors import StanceError
from classifier.files import followed, write_whole
from classifier.model import labels as scheme
from classifier.model.regression import Model, load_model
from classifier.wording import expected
from training.data.labelled import check_apart, read_labelled
from training.data.mappings import Mapping as Labels
from training.fit.adapt import adapt
from training.fit.crossval import label_order
from training.fit.train import Trained, train
from training.judge.checklist import read_capabilities, run
from training.judge.compare import Comparison, Opinion, compare_on_all
from training.judge.evaluation import FEW_GROUPS, Judgement, check_labels, few_groups, judge, open_model, was_trained_on
from training.publish.card import card, is_card
from training.publish.origin import with_origin

TRAINING, ADAPTING = 3e-3, 2e-3
"""Seconds a row, of many (``benchmarks/train.py``)."""


@dataclass(frozen=True)
class Gate:
    """What the new model must reach to be written.

    Attributes
    ----------
    points : float
        It must be better than the old one by more than so many points (hundredths) of macro-F1, and the whole 95 % interval of
        the difference must say so. A negative number allows it to be that much worse.
    against : str
        The old model: a file, or ``shipped``.
    """

    points: float
    against: str


@dataclass(frozen=True)
class Job:
    """What to train on, and where the model goes.

    Attributes
    ----------
    source, target : Path
        Labelled data, as ``training.data.labelled.read_labelled`` takes it; the model file.
    prior : mapping of label to share
        The label mix to assume for labels so stated; the others as in the data.
    columns : mapping of field to column
    mapping : training.mappings.Mapping or None
        For the labels of `source` and `test`.
    extend : Path or None
        The model to adapt; without one a model is trained on the data alone.
    test : Path or None
        Labelled rows to judge the finished model on; none of their texts may stand in `source`.
    gate : Gate or None
    trust_pickle : bool
        The model to adapt may be a pickle.
    """

    source: Path
    target: Path
    prior: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    mapping: Labels | None = None
    extend: Path | None = None
    test: Path | None = None
    gate: Gate | None = None
    trust_pickle: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    trained : Trained
    test : Judgement or None
        Of the finished model on the test file.
    warnings : list of str
        What a reader of the cross-validated figures must know.
    comparison : Comparison or None
        The old model (A) against the new one (B), on the test file, or on the held-out predictions of the user's rows.
    written : bool
        False when the gate stayed shut; then the file that was there is untouched.
    """

    trained: Trained
    test: Judgement | None
    warnings: list[str]
    comparison: Comparison | None
    written: bool


def build(job: Job, say: Callable[[str], None] = lambda message: None) -> Outcome:
    """Do `job`; `say` is told what was detected in the data.

    Raises
    ------
    StanceError
        When the data, the prior, the old model or the place to write to is unusable.
    """
    check_target(job.target)
    table = read_labelled(job.source, job.columns, job.mapping, say)
    spelt = (*scheme.NAMES, *table["label"].unique())
    test = read_labelled(job.test, job.columns, job.mapping, say, to_train=False, spelt=spelt) if job.test else None
    base = load_model(job.extend, job.trust_pickle) if job.extend else None
    if test is not None:
        check_apart(table, test)
        taught = {*table["label"], *(base.labels if base else ())}
        check_labels(test, label_order(taught), "the data to train on")
    if base and not {*table["label"]} & {*base.labels}:
        say(
            f"none of your labels is one of the model's ({', '.join(base.labels)}), so each starts at zero; where they mean the "
            "same, rename them with --map"
        )
    judged = table if test is None else test
    old = _open_old(job.gate, judged, test is None) if job.gate else None

    if line := expected(len(table) * (ADAPTING if job.extend else TRAINING)):
        say(f"{len(table):,} rows: {line}")
    trained = with_origin(adapt(base, table, job.prior), base, job.extend) if base and job.extend else train(table, job.prior)
    judgement = None if test is None else judge(test, trained.model)
    new = trained.held_out if judgement is None else judgement.probabilities
    comparison = _compare(judged, old, Opinion(trained.model.labels, new)) if old else None
    passed = not (job.gate and comparison) or comparison.macro_f1_difference.low > job.gate.points / 100
    if passed:
        write(trained.model, job.target)
    return Outcome(trained, judgement, few_groups(table), comparison, passed)


def check_target(target: Path) -> None:
    """See that a model can be written to `target`.

    Raises
    ------
    StanceError
        When the name or the folder is unfit, or there is no place for the card.
    """
    if target.suffix != ".safetensors":
        raise StanceError(f"{target}: a model file must end in .safetensors")
    if target.is_dir():
        raise StanceError(f"{target}: is a directory; name a file to write")
    if not (folder := followed(target).absolute().parent).is_dir():
        raise StanceError(f"{target}: there is no folder {folder}; make it first")
    _place_of_card(target)


def write(model: Model, target: Path) -> None:
    """Write the model with what the behavioural tests say of it, and its card beside it.

    The card is the folder's README.md; where that is another text, it takes the model's name instead (``my.md``).
    """
    model = _examined(model)
    text, place = card(model, target), _place_of_card(target)
    model.save(target)
    write_whole(place, text.encode())


def _place_of_card(target: Path) -> Path:
    """A name beside `target` that is free, or that of an older card."""
    places = target.with_name("README.md"), target.with_suffix(".md")
    for place in places:
        if not place.exists() or (place.is_file() and is_card(place.read_text(encoding="utf-8", errors="replace"))):
            return place
    raise StanceError(f"{target}: {places[0].name} and {places[1].name} beside it are no model cards; rename one of them")


def _examined(model: Model) -> Model:
    """With the failure rate of each capability in its metadata, where its labels are those of the behavioural tests."""
    if model.labels != scheme.NAMES:
        return model
    rates = {
        each.capability: {"n": each.n, "failure_rate": round(each.rate.value, 4)} for each in run(model, read_capabilities())
    }
    metrics = model.metadata["metrics"] | {"checklist": rates}
    return replace(model, metadata=model.metadata | {"metrics": metrics})


def _open_old(gate: Gate, judged: pd.DataFrame, taught: bool) -> Model:
    """The model to be better than, when `judged` can judge it; `taught` says that the new one learns from these rows."""
    old = open_model(gate.against)
    check_labels(judged, old.labels, f"the model to be better than ({gate.against})")
    if taught and was_trained_on(old, judged):
        raise StanceError(f"--gate: {gate.against} was trained on these very rows, which tell nothing of it; give --test")
    if few_groups(judged):
        raise StanceError(
            f"--gate: needs {FEW_GROUPS} articles, groups or sentences by themselves to judge by, and there are "
            f"{judged['group'].nunique()}; give more rows, or others with --test"
        )
    return old


def _compare(judged: pd.DataFrame, old: Model, new: Opinion) -> Comparison:
    before = Opinion(old.labels, old.predict_proba(judged["text"].tolist()))
    return compare_on_all(judged["label"], before, new, judged["group"])
