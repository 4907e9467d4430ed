"""The gate of ``stance train``: a worse model is not written over a better one, and both are judged fairly."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import own_folder, write_labelled
from sklearn.metrics import accuracy_score

from classifier import StanceError, load_model
from training.data.labelled import read_rows
from training.judge.evaluation import Assumptions, evaluate_file
from training.judge.figures import Figure
from training.publish.build import Gate, Job, build
from training.publish.summary import gate_verdict


@pytest.fixture(scope="module")
def seeds():
    return read_rows(ROOT / "seeds")


@pytest.fixture(scope="module")
def own(seeds, tmp_path_factory):
    return own_folder(seeds, tmp_path_factory.mktemp("own"))


def flip(path, target):
    """The rows of a table under labels drawn at random: nothing can be learnt from them."""
    table = pd.read_csv(path)
    table["label"] = table["label"].sample(frac=1, random_state=1).to_numpy()
    table.to_csv(target, index=False)
    return target


def test_a_worse_model_is_not_written_over_a_better_one(stance, own, tmp_path):
    good = tmp_path / "good.safetensors"
    assert stance("train", own / "data.csv", "-o", good).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    noise = flip(own / "data.csv", own / "noise.csv")
    done = stance("train", noise, "-o", good, "--gate", "0", "--against", good, "--test", own / "test.csv")
    assert done.returncode == 1
    said = next(line for line in done.stdout.splitlines() if line.startswith("worse than"))
    assert re.fullmatch(rf"worse than {good} on {own}/test.csv by \d+\.\d points of macro-F1 \(.*\); nothing written", said)
    assert done.stderr.splitlines()[-1] == f"stance: {good}: not written"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_better_model_passes_the_gate_and_is_written(own, tmp_path):
    noise = flip(own / "data.csv", tmp_path / "noise.csv")
    old, new = tmp_path / "old.safetensors", tmp_path / "new.safetensors"
    build(Job(noise, old))
    outcome = build(Job(own / "data.csv", new, test=own / "test.csv", gate=Gate(0.0, str(old))))
    assert outcome.written
    assert outcome.comparison.macro_f1_difference.low > 0
    assert load_model(new).labels == outcome.trained.model.labels
    high = build(Job(own / "data.csv", tmp_path / "high.safetensors", gate=Gate(90.0, str(old))))
    assert not high.written
    assert not (tmp_path / "high.safetensors").exists()


@pytest.mark.parametrize(
    ("gain", "points", "written", "says"),
    [
        ((0.060, 0.043, 0.078), 0, True, "better than the shipped model on your data by 6.0 points of macro-F1 (4.3 to 7.8)"),
        (
            (0.009, -0.012, 0.030),
            0,
            False,
            "not surely better than the shipped model on your data: the difference could be chance (−1.2 to +3.0 points of macro-F1); "
            "nothing written",
        ),
        (
            (0.030, 0.010, 0.050),
            5,
            False,
            "better than the shipped model on your data by 3.0 points of macro-F1 (1.0 to 5.0), but not surely by more than 5 points; "
            "nothing written",
        ),
        (
            (-0.004, -0.009, 0.002),
            -1,
            True,
            "not surely better than the shipped model on your data: the difference could be chance (−0.9 to +0.2 points of macro-F1); "
            "surely not worse by 1 point",
        ),
    ],
)
def test_the_result_says_what_a_person_asks(gain, points, written, says):
    none = SimpleNamespace(macro_f1_difference=Figure(*gain), accuracy_difference=Figure(0.0, -0.01, 0.01))
    assert gate_verdict(Job(Path("d.csv"), Path("m.safetensors"), gate=Gate(points, "shipped")), none, written) == says


def test_the_figures_of_the_test_file_are_those_of_the_written_model(own, tmp_path):
    outcome = build(Job(own / "data.csv", tmp_path / "m.safetensors", test=own / "test.csv"))
    test = pd.read_csv(own / "test.csv")
    predicted = load_model(tmp_path / "m.safetensors").predict(test["text"].tolist())
    assert outcome.test.scores.n == len(test)
    assert outcome.test.scores.accuracy.value == pytest.approx(accuracy_score(test["label"], predicted))


def test_a_test_file_that_shares_a_text_is_refused_before_any_training(stance, own, tmp_path):
    done = stance("train", own / "data.csv", "-o", "m.safetensors", "--test", own / "data.csv")
    assert done.returncode == 2
    assert "stands in the test file, too" in done.stderr
    assert not any(tmp_path.iterdir())


def test_a_model_of_other_labels_cannot_be_the_gate(tmp_path):
    rows = [(f"The {noun} wants {end}.", label) for noun in ("army", "bank", "court", "press", "union") for end, label in (("war", "hawkish"), ("peace", "dovish"))]  # fmt: skip
    with pytest.raises(
        StanceError, match=r"own.csv line 2: label 'hawkish' is none of those of the model to be better than \(shipped\)"
    ):
        build(Job(write_labelled(tmp_path / "own.csv", rows), tmp_path / "m.safetensors", gate=Gate(0.0, "shipped")))


def test_the_gate_is_not_judged_by_rows_that_the_old_model_has_read(own, tmp_path):
    old = tmp_path / "old.safetensors"
    build(Job(own / "data.csv", old))
    with pytest.raises(StanceError, match=r"was trained on these very rows.*--test"):
        build(Job(own / "data.csv", tmp_path / "m.safetensors", gate=Gate(-5.0, str(old))))
    assert build(Job(own / "data.csv", tmp_path / "m.safetensors", test=own / "test.csv", gate=Gate(-90.0, str(old)))).written


def test_few_articles_open_no_gate_and_are_warned_of(stance, own, tmp_path):
    for name in ("data", "test"):
        table = pd.read_csv(own / f"{name}.csv")
        table.assign(article=np.arange(len(table)) % 5).to_csv(tmp_path / f"{name}.csv", index=False)
    done = stance("train", "data.csv", "-o", "m.safetensors", "--gate", "0")
    assert done.returncode == 2
    assert "--gate: needs 20 articles, groups or sentences by themselves to judge by, and there are " in done.stderr
    done = stance("train", "data.csv", "-o", "m.safetensors", "--test", "test.csv")
    assert done.stdout.count("the intervals are too narrow") == 2


def test_the_gate_and_the_test_figures_are_those_of_evaluate(own, tmp_path):
    test, new = tmp_path / "test.csv", tmp_path / "new.safetensors"
    rows = pd.read_csv(own / "test.csv")
    rows[rows["label"].isin(("escalation", "cooperation"))].to_csv(test, index=False)
    outcome = build(Job(own / "data.csv", new, test=test, gate=Gate(-100.0, "shipped")))
    found = evaluate_file(test, "shipped", str(new), Assumptions({}, False, False), 1)
    assert outcome.comparison == found.comparison
    assert outcome.test.scores == evaluate_file(test, str(new), None, Assumptions({}, False, False), 1).judgement.scores


def test_a_gate_of_no_number_is_refused(stance, tmp_path):
    done = stance("train", "own.csv", "-o", "m.safetensors", "--gate", "nan")
    assert done.returncode == 2
    assert "argument --gate: invalid finite value: 'nan'" in done.stderr
