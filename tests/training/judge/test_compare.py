"""Two models are told apart where they differ, and only there."""

import re
from dataclasses import asdict, replace

import numpy as np
import pytest
from helpers import ABC, guesses, noisy

from training.judge.compare import compare
from training.judge.figures import score


def test_mcnemar_counts_the_sentences_that_only_one_gets_right():
    a, b = ["a"] * 20, ["a"] * 20
    a[:7], b[7:8] = ["b"] * 7, ["b"]  # 7 that only B gets right, 1 that only A does: 2 (1 + 8) / 2^8
    found = compare(["a"] * 20, guesses(a), guesses(b), ABC)
    assert found.mcnemar_p == pytest.approx(18 / 256)
    assert found.accuracy_difference.value == pytest.approx(6 / 20)


def test_a_model_compared_with_itself_shows_no_difference():
    truth = ["a", "b", "c"] * 20
    same = guesses(noisy(truth, 0.7, np.random.default_rng(0)))
    found = compare(truth, same, same, ABC)
    assert found.verdict == "no difference can be shown: B against A +0.0 points macro-F1 [0.0, 0.0]"
    assert found.mcnemar_p == 1
    alone = score(truth, same, ABC)
    for each in (found.a, found.b):
        assert replace(each, brier=alone.brier) == alone
        assert asdict(each.brier) == pytest.approx(asdict(alone.brier))  # not every NumPy adds up in the same order


def test_the_better_model_is_named_whichever_side_it_stands_on():
    rng = np.random.default_rng(1)
    truth = rng.choice(ABC, 500).tolist()
    worse, better = guesses(noisy(truth, 0.6, rng)), guesses(noisy(truth, 0.8, rng))
    first, second = compare(truth, worse, better, ABC), compare(truth, better, worse, ABC)
    assert re.fullmatch(r"B is better on this data: \+\d+\.\d points macro-F1 \[\d+\.\d, \d+\.\d\]", first.verdict)
    assert second.verdict == "A" + first.verdict[1:]
    assert first.macro_f1_difference.value == pytest.approx(first.b.macro_f1.value - first.a.macro_f1.value)


def test_two_models_that_mostly_agree_are_told_apart_by_pairing():
    rng = np.random.default_rng(4)
    truth = rng.choice(ABC, 400).tolist()
    first = noisy(truth, 0.7, rng)
    second = [right if right != label and rng.random() < 0.1 else label for label, right in zip(first, truth, strict=True)]
    found = compare(truth, guesses(first), guesses(second), ABC)
    assert found.a.macro_f1.high > found.b.macro_f1.low  # the two intervals overlap
    assert found.verdict.startswith("B is better")


def test_a_verdict_says_so_when_accuracy_favours_the_other_model():
    truth = ["a"] * 300 + ["b"] * 20
    often = guesses(["a"] * 320, names=("a", "b"))
    fair = guesses(["a"] * 240 + ["b"] * 80, names=("a", "b"))
    assert re.search(r"^B is better.*; but A has \+12\.5 points accuracy", compare(truth, often, fair, ("a", "b")).verdict)
