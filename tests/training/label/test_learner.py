"""The model learns while somebody labels, and says how right it is on sentences that it has not learnt from."""

import numpy as np
import pytest
from conftest import ROOT
from helpers import own_folder

from classifier import StanceError
from training.data.labelled import read_labelled, read_rows
from training.label.learner import LAST, LATEST, Learner, Opinion


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Rows of two labels under names that no model knows, so that only the answers can have taught them."""
    folder = own_folder(read_rows(ROOT / "seeds"), tmp_path_factory.mktemp("own"))
    table = read_labelled(folder / "data.csv")
    table = table[table["label"].isin(["escalation", "cooperation"])]
    names = {"escalation": "hawkish", "cooperation": "dovish"}
    return list(zip(table["text"], table["label"].map(names), strict=True))


LABELS = ("dovish", "hawkish")


def test_without_an_answer_the_guesses_are_those_of_the_model(model):
    texts = ["Moscow condemned the strike.", "The ministers signed a pact.", "It rained."]
    learner = Learner(model, model.labels, texts, [], [])
    np.testing.assert_allclose(learner.opinion.probabilities, model.predict_proba(texts), atol=1e-6)
    np.testing.assert_allclose(learner.opinion.model.predict_proba(texts), model.predict_proba(texts))
    assert learner.opinion.progress == ""


def test_guesses_follow_the_answers(model):
    texts = ["The envoy applauded the launch.", "The press applauded the launch.", "The army shelled the port."]
    learner = Learner(model, model.labels, texts, [], [])
    before = learner.opinion
    learner.tell(texts[0], "escalation", test=False)
    after = learner.wait()
    column = model.labels.index("escalation")
    assert after.probabilities[1, column] > before.probabilities[1, column] + 0.1
    np.testing.assert_allclose(after.model.predict_proba(texts), after.probabilities, atol=1e-5)
    learner.untell(test=False)
    np.testing.assert_allclose(learner.wait().probabilities, before.probabilities)


def test_answers_for_the_test_teach_nothing_and_are_what_the_figure_is_of(model):
    texts = ["Moscow condemned the strike.", "The ministers signed a pact.", "It rained."]
    learner = Learner(model, model.labels, texts, [], [])
    before = learner.opinion.probabilities
    learner.tell(texts[0], "escalation", test=True)
    learner.tell(texts[1], "none", test=True)
    after = learner.wait()
    np.testing.assert_array_equal(after.probabilities, before)
    assert (after.right, after.of) == (1, 2)
    assert after.progress.startswith("right on 1 of the last 2 random ones: 50% (")


def test_labels_of_ones_own_are_guessed_from_two_on_and_learnt_across_sessions(model, answers):
    train, test = answers[: len(answers) // 2], answers[len(answers) // 2 :]
    texts = [text for text, _ in test]
    fresh = Learner(model, LABELS, texts, [], [])
    assert fresh.opinion.model is None
    assert fresh.opinion.probabilities is None
    taught = Learner(model, LABELS, texts, train, test).opinion
    assert taught.probabilities.shape == (len(test), 2)
    assert taught.right > 0.7 * taught.of
    assert taught.of == min(LAST, len(test))


def test_labels_that_stop_helping_are_told(model):
    nouns = "army bank court press union guild senate church farm mill".split()
    same = [(f"The {noun} will seed lawn {number}.", "none") for noun in nouns for number in range(20)]
    test = [(f"The {noun} may weed garden {number}.", "none") for noun in nouns for number in range(LAST // 10)]
    opinion = Learner(model, model.labels, [], same[: LATEST + 40], test).opinion
    assert opinion.stalled
    assert "the last 100 answers have not helped" in opinion.progress
    assert not Learner(model, model.labels, [], same[: LATEST - 1], test).opinion.stalled


def test_the_interval_is_that_of_wilson():
    assert Opinion(None, None, 38, 50, False).progress == "right on 38 of the last 50 random ones: 76% (63% to 86%)"


def test_a_text_that_stands_twice_in_the_pool_has_its_probabilities_twice(model):
    texts = ["Moscow condemned the strike.", "It rained.", "Moscow condemned the strike.", "The ministers signed a pact."]
    found = Learner(model, model.labels, texts, [], []).opinion.probabilities
    np.testing.assert_allclose(found, model.predict_proba(texts), atol=1e-6)


def test_who_asks_hears_that_learning_failed(model, monkeypatch):
    learner = Learner(model, model.labels, ["Moscow condemned the strike."], [], [])
    monkeypatch.setattr(Learner, "learn", lambda *_: 1 / 0)
    learner.tell("Moscow condemned the strike.", "escalation", test=False)
    with pytest.raises(StanceError, match=r"could not learn from the answers \(division by zero\); they are kept"):
        learner.wait()
