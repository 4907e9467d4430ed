"""Training gives the same model every time, a judged one, and refuses data that cannot make one."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import write_labelled

from classifier import StanceError, load_model
from training.data.labelled import digest, read_labelled
from training.data.news import read_news, stories_of
from training.data.seeds import read_seeds
from training.fit.crossval import label_order
from training.fit.stories import weighed
from training.fit.train import threshold_for
from training.publish.build import Job, build
from training.publish.card import card


@pytest.fixture(scope="module")
def seeds():
    return read_labelled(ROOT / "seeds")


@pytest.fixture(scope="module")
def small(tmp_path_factory, seeds):
    """600 rows: whole articles and single sentences."""
    rows = pd.concat([seeds[seeds["article"] != ""].head(400), seeds[seeds["article"] == ""].iloc[::20].head(200)])
    return write_labelled(
        tmp_path_factory.mktemp("data") / "small.csv", rows[["text", "label", "article"]], ("text", "label", "article")
    )


def test_the_shipped_model_was_made_from_these_very_seeds_and_labels(model, seeds):
    labels = pd.read_csv(ROOT / "seeds" / "news.csv")
    made = model.metadata["training"]
    assert (made["rows"], made["own_rows"]) == (len(seeds) + len(labels), len(labels))
    texts = ROOT.parent / "shared" / "eval"
    if texts.is_dir():
        stories = stories_of(read_news(ROOT / "seeds" / "news.csv", texts))
        assert made["sha256"] == digest(weighed(stories, read_seeds(ROOT / "seeds")))


def test_the_same_data_gives_the_same_bytes_and_a_card(small, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "two" / "README.md").write_text("# Model card\n\nof the model that stood here before\n")
    for name in ("one", "two"):
        build(Job(small, tmp_path / name / "m.safetensors"))
    one, two = (tmp_path / name / "m.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    text = one.with_name("README.md").read_text(encoding="utf-8")
    assert "600 labelled sentences" in text
    assert text == two.with_name("README.md").read_text(encoding="utf-8") == card(load_model(one), one)
    assert load_model(one).predict(["Moscow condemned the air strike."]) == ["escalation"]


def test_the_stated_prior_is_the_one_that_the_model_carries(small, tmp_path):
    made = build(Job(small, tmp_path / "m.safetensors", {"none": 0.3}))
    assert load_model(tmp_path / "m.safetensors").prior[3] == pytest.approx(0.3)
    np.testing.assert_allclose(made.trained.model.prior.sum(), 1)


def test_two_labels_of_ones_own_train_and_agree_with_scikit_learn(tmp_path):
    verbs = {"hawkish": ["bomb", "punish", "invade", "threaten"], "dovish": ["forgive", "help", "thank", "welcome"]}
    rows = [
        (f"The minister wants to {verb} {noun} {place}.", label)
        for label, some in verbs.items()
        for verb in some
        for noun in ("rebels", "traders", "farmers", "pilots", "judges")
        for place in ("at sea", "in the hills", "abroad")
    ]
    build(Job(write_labelled(tmp_path / "own.csv", rows), tmp_path / "own.safetensors"))
    own = load_model(tmp_path / "own.safetensors")
    assert own.labels == ("dovish", "hawkish")
    sentences = ["We shall punish them.", "We shall help them.", "Nothing at all."]
    assert own.predict(sentences[:2]) == ["hawkish", "dovish"]
    np.testing.assert_allclose(own.predict_proba(sentences), own.to_sklearn().predict_proba(sentences), atol=1e-6)


def test_articles_contrast_slices_and_near_duplicates_stay_in_one_group(tmp_path):
    long = "the envoys of both countries met in the old town hall for talks on the river"
    rows = [
        (f"On Monday {long}.", "negotiation", "", "s"),
        (f"On Friday 12 May {long} again.", "none", "", "s"),
        *[(f"Word{n} condemned raid number {n}.", "escalation", "", "contrast/x") for n in range(5)],
        *[(f"Sentence {n} of an article about weather{n}.", "none", "a-1", "s") for n in range(5)],
        *[(f"They agreed on point{n}.", "negotiation", "", "s") for n in range(5)],
    ]
    table = read_labelled(write_labelled(tmp_path / "rows.csv", rows, ("text", "label", "article", "slice")))
    group = table["group"]
    assert group[0] == group[1]
    assert group[2:7].nunique() == 1
    assert group[7:12].nunique() == 1
    assert group.nunique() == 3 + 5


def test_a_readme_that_is_no_card_is_left_alone(small, tmp_path):
    (tmp_path / "README.md").write_text("# My project")
    build(Job(small, tmp_path / "m.safetensors"))
    assert (tmp_path / "README.md").read_text() == "# My project"
    assert "# Model card: m\n" in (tmp_path / "m.md").read_text()


def test_rows_that_all_resemble_each_other_are_refused_in_one_sentence(tmp_path):
    same = "the envoys of both countries met in the old town hall for talks on the river"
    rows = [(f"{same} {label}{n}", label) for label in ("x", "y") for n in range(10)]
    with pytest.raises(StanceError, match="near-duplicates"):
        build(Job(write_labelled(tmp_path / "same.csv", rows), tmp_path / "m.safetensors"))


def test_another_number_of_threads_gives_the_same_bytes(small, tmp_path):
    for threads in ("1", "2"):
        (tmp_path / threads).mkdir()
        command = [sys.executable, "-m", "classifier.cli", "train", str(small), "-o", str(tmp_path / threads / "m.safetensors")]
        subprocess.run(
            command, env=os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}, check=True, timeout=300
        )
    assert (tmp_path / "1" / "m.safetensors").read_bytes() == (tmp_path / "2" / "m.safetensors").read_bytes()


def test_an_article_keeps_its_sentences_together_whatever_their_groups(tmp_path):
    rows = [(f"Sentence number{n} about weather{n} here.", "none" if n % 2 else "x", "a-1", f"g{n % 3}") for n in range(12)]
    table = read_labelled(write_labelled(tmp_path / "rows.csv", rows, ("text", "label", "article", "group")))
    assert table["group"].nunique() == 1


def test_the_threshold_keeps_what_it_promises():
    top = np.array([0.998, 0.999, 0.9985, 0.96, 0.9])
    assert threshold_for(top, np.ones(5, dtype=bool)) == 0.9
    right = np.array([True, True, True, True, False])
    found = threshold_for(top, right)
    assert found <= 0.96
    assert right[top >= found].mean() >= 0.9


def test_default_labels_keep_their_order_and_others_the_alphabet():
    assert label_order(pd.Series(["none", "negotiation", "escalation", "cooperation"]))[0] == "escalation"
    assert label_order(pd.Series(["negotiation", "escalation"])) == ("escalation", "negotiation")
    assert label_order(pd.Series(["y", "x"])) == ("x", "y")
