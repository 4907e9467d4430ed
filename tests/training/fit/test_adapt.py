"""A model that is adapted moves where one's own rows speak, and nowhere else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import own_folder, rows_of_two_labels, write_labelled
from scipy.sparse import random as random_sparse
from sklearn.linear_model import LogisticRegression

from classifier import StanceError
from classifier.model.probabilities import softmax
from classifier.model.story import Form, Story
from training.data.labelled import read_labelled, read_rows
from training.fit import adapt as module
from training.fit.adapt import adapt, examined, moved, starting
from training.fit.crossval import material, splits
from training.fit.least_loss import least_loss


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return read_labelled(own_folder(read_rows(ROOT / "seeds"), tmp_path_factory.mktemp("own")) / "data.csv")


def rows_for(model, table):
    labels = (*model.labels, *sorted(set(table["label"]) - set(model.labels)))
    return material(table, labels=labels, known=model.vocabulary)


def new_labels(tmp_path, names=("hawkish", "dovish")):
    rows = [(text, names[0] if label == "war" else names[1]) for text, label in rows_of_two_labels()]
    return read_labelled(write_labelled(tmp_path / "new.csv", rows))


# --- the loss --------------------------------------------------------------------------------------------------------


def test_from_nothing_the_fit_is_that_of_scikit_learn():
    draw = np.random.default_rng(0)
    matrix = random_sparse(200, 30, density=0.3, random_state=0, format="csr")
    truth = (matrix @ draw.normal(size=(30, 3)) * 3 + draw.gumbel(size=(200, 3))).argmax(axis=1)
    weight = draw.choice([0.5, 2.0], 200)
    found = least_loss(matrix, np.zeros((200, 3)), np.eye(3, dtype=bool)[truth], weight, 0.5, np.zeros((31, 3)))
    logistic = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(matrix, truth, weight)
    np.testing.assert_allclose(softmax(matrix @ found[:-1] + found[-1]), logistic.predict_proba(matrix), atol=0.01)


def test_a_firm_hold_leaves_the_weights_and_rows_that_a_model_explains_move_nothing(model, own):
    rows = rows_for(model, own)
    firm = moved(starting(model, rows), rows, 1e7)
    before = len(model.idf)
    assert np.abs(firm.coef[:, :before] - model.coef).max() < 1e-4
    assert np.abs(firm.coef[:, before:]).max() < 1e-4
    sure = np.where(np.eye(2, dtype=bool)[[0, 1, 0]], 50.0, 0.0)
    still = least_loss(random_sparse(3, 4, 0.9, random_state=0, format="csr"), sure, sure > 0, np.ones(3), 0.1, np.zeros((5, 2)))
    assert np.abs(still).max() < 1e-6


def test_few_rows_and_many_are_fitted_alike(model, own, monkeypatch):
    rows = rows_for(model, own)
    start = starting(model, rows)
    few = moved(start, rows, 0.3)
    monkeypatch.setattr(module, "_FEW", 0)
    many = moved(start, rows, 0.3)
    texts = own["text"].tolist()
    np.testing.assert_allclose(few.predict_proba(texts), many.predict_proba(texts), atol=0.003)


# --- what moves ------------------------------------------------------------------------------------------------------


def test_what_the_rows_do_not_say_stays_and_what_they_say_moves_towards_their_label(model):
    who = "minister envoy army press court union bank senate".split() * 4
    what = "plan vote deal court ship road law speech".split() * 4
    table = pd.DataFrame({"text": [f"The {one} applauded the {other}." for one, other in zip(who, what, strict=True)]})
    table = table.assign(label=["cooperation", *["escalation"] * 7] * 4, group=range(32), weight=1.0, article="", slice="")
    rows = rows_for(model, table)
    start = starting(model, rows)
    after = moved(start, rows, 0.1)
    word, first, second = model.vocabulary["applaud"], *map(model.labels.index, ("escalation", "cooperation"))
    gap_before, gap_after = (each.coef[first, word] - each.coef[second, word] for each in (model, after))
    assert gap_after > gap_before + 0.05
    said = set(rows.counts.names)
    silent = [column for name, column in model.vocabulary.items() if name not in said]
    assert len(silent) > 100_000
    np.testing.assert_array_equal(after.coef[:, silent], model.coef[:, silent].astype(np.float64))
    lacking = [model.labels.index(name) for name in ("negotiation", "none")]
    np.testing.assert_array_equal(after.coef[lacking][:, : len(model.idf)], model.coef[lacking].astype(np.float64))


def test_words_that_the_model_lacks_are_learnt_behind_its_own(model, own):
    texts = own["text"].str.replace(".", " zorblaxed today.", regex=False)
    table = own.assign(text=np.where(own["label"] == "escalation", texts, own["text"]))
    rows = rows_for(model, table)
    after = moved(starting(model, rows), rows, 0.1)
    assert after.feature_names[: len(model.idf)] == model.feature_names
    new = after.feature_names[len(model.idf) :]
    word = next(name for name in new if name.startswith("zorblax") and " " not in name)
    assert after.coef[:, after.vocabulary[word]].argmax() == after.labels.index("escalation")


def test_the_file_scores_as_the_fit_did(model, own):
    """Words that are new are known to the model once it has them, and no longer counted as unknown."""
    rows = rows_for(model, own)
    start = starting(model, rows)
    after = moved(start, rows, 0.1)
    everything = np.arange(len(own))
    [logits] = examined(start, rows, everything, everything, [0.1])
    np.testing.assert_allclose(after.predict_proba(own["text"].tolist()), softmax(logits), atol=1e-5)


def test_nothing_is_examined_by_a_model_that_has_read_it(model, own):
    rows = rows_for(model, own)
    start, folds = starting(model, rows), splits(rows)
    seen, unseen = folds[0]
    [honest] = examined(start, rows, seen, unseen, [0.1])
    flipped = replace(rows, truth=np.where(np.isin(np.arange(len(own)), unseen), "none", rows.truth))
    np.testing.assert_array_equal(honest, examined(start, flipped, seen, unseen, [0.1])[0])


# --- labels ----------------------------------------------------------------------------------------------------------


def test_a_label_that_only_the_model_has_keeps_its_share_and_is_not_judged(model, own):
    table = own[own["label"] != "none"].reset_index(drop=True)
    trained = adapt(model, table)
    assert tuple(trained.scores.f1) == ("escalation", "cooperation", "negotiation")
    assert trained.held_out.shape == (len(table), 4)
    assert trained.model.prior[3] == pytest.approx(model.prior[3])
    shares = table["label"].value_counts(normalize=True)
    assert trained.model.prior[0] == pytest.approx((1 - model.prior[3]) * shares["escalation"])


def test_a_fifth_label_stands_beside_the_four(model, own, tmp_path):
    rows = [(f"{who} offered {what} tons of rice.", "aid") for who in ("Oslo", "Lima", "The bank", "A donor") for what in ("ten", "more", "nine")]  # fmt: skip
    write_labelled(tmp_path / "five.csv", [*zip(own["text"], own["label"], strict=True), *rows])
    after = adapt(model, read_labelled(tmp_path / "five.csv")).model
    assert after.labels == (*model.labels, "aid")
    assert after.predict(["The Danes offered some tons of rice.", "Moscow condemned the air strike."]) == ["aid", "escalation"]
    assert after.prior.sum() == pytest.approx(1)
    assert after.story is None


def test_labels_of_ones_own_are_found_among_those_of_the_model(model, tmp_path):
    after = adapt(model, new_labels(tmp_path)).model
    assert after.labels == (*model.labels, "dovish", "hawkish")
    assert after.prior[:4].sum() == pytest.approx(0.01)
    sentences = [text for text, label in rows_of_two_labels() if label == "war"]
    assert after.predict(sentences) == ["hawkish"] * len(sentences)


def test_a_label_of_one_article_is_refused_unless_the_model_has_it_too(model, tmp_path):
    third = [(f"The {noun} wants rain.", "rain", "a1") for noun in "army bank court press union guild".split()]
    table = read_labelled(
        write_labelled(tmp_path / "own.csv", [(*row, "") for row in rows_of_two_labels()] + third, ("text", "label", "article"))
    )
    with pytest.raises(StanceError, match="label 'rain' stands in one group or article only"):
        adapt(model, table)
    known = table.assign(label=table["label"].map({"war": "escalation", "peace": "cooperation", "rain": "none"}))
    assert adapt(model, known).model.labels == model.labels


def test_the_stated_mix_is_assumed_by_sentences_and_stories(model, own):
    after = adapt(model, own, {"none": 0.3}).model
    assert after.prior[3] == pytest.approx(0.3)
    assert after.story.prior[3] == pytest.approx(0.3)


# --- stories ---------------------------------------------------------------------------------------------------------


def test_weights_for_stories_read_scores_that_were_divided_as_those_before():
    draw = np.random.default_rng(0)
    story = Story.of_rows(np.abs(draw.normal(size=(Story.rows_of(3), 3))), 0.5)
    story = replace(story, rest=np.zeros((3, 3)), mix=np.full(3, 1 / 3))
    evidence, form = draw.normal(size=(6, 3)), Form(np.full(6, 9.0), np.zeros(6))
    np.testing.assert_allclose(story.reading(0.7).scores(evidence / 0.7, form), story.scores(evidence, form))


def test_an_adapted_model_still_sees_the_story(model, own):
    after = adapt(model, own).model
    story = ["Talks collapsed.", "Both blamed the other.", "It was the third time."]
    assert after.story.near.any()
    assert np.abs(after.predict_story(story) - after.predict_proba(story)).max() > 0.05


def test_the_number_of_workers_changes_nothing(model, own, monkeypatch):
    monkeypatch.setattr("training.fit.crossval.FEW", 0)
    one, two = adapt(model, own, jobs=1), adapt(model, own, jobs=2)
    assert (one.held_out == two.held_out).all()
    assert (one.model.coef == two.model.coef).all()
