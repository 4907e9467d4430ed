"""The figures of an evaluation, against scikit-learn, hand-computed values and simulated truth."""

import numpy as np
import pytest
from helpers import ABC, guesses, noisy
from sklearn import metrics
from sklearn.metrics import accuracy_score, f1_score, precision_score

from training.judge.figures import reliability, score


def test_figures_are_those_of_scikit_learn_and_lie_in_their_intervals():
    rng = np.random.default_rng(3)
    labels = ("a", "b", "c")
    probabilities = rng.dirichlet(np.ones(3), 300)
    truth = [labels[row.argmax()] if rng.random() < 0.6 else labels[rng.integers(3)] for row in probabilities]
    predicted = [labels[row.argmax()] for row in probabilities]
    found = score(truth, probabilities, labels)
    assert found.accuracy.value == pytest.approx(accuracy_score(truth, predicted))
    assert found.macro_f1.value == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert found.precision["b"].value == pytest.approx(precision_score(truth, predicted, labels=["b"], average="macro"))
    for figure in (found.accuracy, found.macro_f1, *found.f1.values()):
        assert figure.low < figure.value < figure.high
    clustered = score(truth, probabilities, labels, clusters=np.arange(300) // 30)
    assert clustered.accuracy.value == pytest.approx(found.accuracy.value)


def test_calibration_error_is_the_gap_between_certainty_and_truth():
    sure = np.tile([0.95, 0.05], (100, 1))
    truth = ["a"] * 70 + ["b"] * 30
    assert score(truth, sure, ("a", "b")).calibration_error.value == pytest.approx(0.25)


def test_every_figure_is_that_of_scikit_learn():
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.ones(3), 400)
    truth = [ABC[row.argmax()] if rng.random() < 0.6 else ABC[rng.integers(3)] for row in probabilities]
    predicted = [ABC[row.argmax()] for row in probabilities]
    found = score(truth, probabilities, ABC)
    assert found.mcc.value == pytest.approx(metrics.matthews_corrcoef(truth, predicted))
    of_labels = [metrics.brier_score_loss(np.array(truth) == label, row) for label, row in zip(ABC, probabilities.T, strict=True)]
    assert found.brier.value == pytest.approx(sum(of_labels))
    assert found.recall["c"].value == pytest.approx(metrics.recall_score(truth, predicted, labels=["c"], average="macro"))
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(truth, predicted))
    for figure in (found.mcc, found.brier, found.calibration_error):
        assert figure.low <= figure.value <= figure.high
    bins = reliability(truth, probabilities, ABC)
    assert sum(each.n for each in bins) == 400
    assert sum(each.n * abs(each.confidence - each.accuracy) for each in bins) / 400 == pytest.approx(
        found.calibration_error.value
    )


def test_figures_of_one_label_only_are_no_division_by_zero():
    found = score(["a"] * 9, guesses(["a"] * 9), ABC)
    assert (found.accuracy.value, found.mcc.value, found.f1["b"].value) == (1, 0, 0)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(11)
    held = {"accuracy": 0, "calibration_error": 0, "brier": 0}
    brier = 0.7 * (0.2**2 + 2 * 0.1**2) + 0.3 * (0.8**2 + 0.9**2 + 0.1**2)
    for _ in range(60):
        truth = rng.choice(ABC, 250).tolist()
        found = score(truth, guesses(noisy(truth, 0.7, rng)), ABC)
        for name, true in (("accuracy", 0.7), ("calibration_error", 0.1), ("brier", brier)):
            figure = getattr(found, name)
            held[name] += figure.low <= true <= figure.high
    assert all(count >= 53 for count in held.values()), held
    assert held["accuracy"] < 60


def test_a_calibration_error_of_nothing_lies_in_its_interval():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(40):
        top = rng.uniform(0.5, 1, 300)
        truth = np.where(rng.random(300) < top, "a", "b")
        held += score(truth, np.stack([top, 1 - top], axis=1), ("a", "b")).calibration_error.low == 0
    assert held >= 34


def test_sentences_of_one_article_resemble_each_other_and_widen_the_interval():
    rng = np.random.default_rng(7)
    articles = np.repeat(np.arange(40), 10)
    truth = ["a"] * 400
    probabilities = guesses(np.where(rng.random(40) < 0.6, "a", "b")[articles].tolist())
    alone, together = (score(truth, probabilities, ABC, clusters).accuracy for clusters in (None, articles))
    assert together.value == alone.value
    assert together.high - together.low > 2 * (alone.high - alone.low)
