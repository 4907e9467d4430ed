"""``stance train --extend``: the seeds beside one's own rows."""

from dataclasses import replace

import pandas as pd
import pytest
from conftest import ROOT
from helpers import own_folder, rows_of_two_labels, write_labelled

import training.publish.build
from classifier import StanceError, load_model
from training.data.labelled import read_labelled, read_rows, without
from training.data.seeds import shipped_seeds
from training.fit.train import train
from training.publish.build import Job, build


@pytest.fixture(scope="module")
def seeds():
    return read_rows(ROOT / "seeds")


@pytest.fixture(scope="module")
def base(seeds):
    """A corpus like the seeds, a sixtieth of their size."""
    return seeds[seeds["slice"].str.startswith(("predicates", "newswire"))].iloc[::15].reset_index(drop=True)


@pytest.fixture(scope="module")
def own(seeds, tmp_path_factory):
    return own_folder(seeds, tmp_path_factory.mktemp("own"))


@pytest.fixture
def few_seeds(base, monkeypatch):
    monkeypatch.setattr(training.publish.build, "read_seeds", lambda: base)


def test_the_seeds_make_a_model_of_few_rows_better(few_seeds, own, tmp_path):
    job = Job(own / "data.csv", tmp_path / "m.safetensors", test=own / "test.csv")
    alone, extended = build(job), build(replace(job, extend=True))
    assert extended.test.scores.accuracy.value > alone.test.scores.accuracy.value + 0.05
    made = load_model(job.target).metadata["training"]
    assert made["own_rows"] == 150
    assert made["own_weight"] in (1, 2, 5, 10)
    tried = [trial.candidate.weight for trial in extended.trained.trials[:4]]
    assert tried == [1, 2, 5, 10]
    assert extended.trained.held_out.shape == (150, 4)


def test_a_label_that_only_the_seeds_have_keeps_its_share_of_whole_stories(own, base):
    table = read_labelled(own / "data.csv")
    table = table[table["label"] != "none"].reset_index(drop=True)
    trained = train(table, base=base)
    assert tuple(trained.scores.f1) == ("escalation", "cooperation", "negotiation")
    assert trained.held_out.shape[1] == len(trained.model.labels) == 4
    assert trained.model.prior[3] == pytest.approx(0.6)
    shares = table["label"].value_counts(normalize=True)
    assert trained.model.prior[0] == pytest.approx(0.4 * shares["escalation"])


def test_seeds_of_the_same_text_give_way_to_the_users_row(base):
    taken = pd.DataFrame({"text": [base["text"][3].upper()]})
    assert base["text"][3] not in set(without(base, taken)["text"])
    assert len(without(base, taken)) == len(base) - 1


def test_labels_of_ones_own_cannot_extend_the_seeds_without_a_mapping(few_seeds, tmp_path):
    rows = [(f"The {noun} wants {end}.", label) for noun in ("army", "bank", "court", "press", "union") for end, label in (("war", "hawkish"), ("peace", "dovish"))]  # fmt: skip
    file = write_labelled(tmp_path / "own.csv", rows)
    with pytest.raises(StanceError, match=r"own.csv line 3: the seeds have no label 'dovish'.*--map"):
        build(Job(file, tmp_path / "m.safetensors", extend=True))


def test_the_seeds_of_a_repository_are_found():
    assert sorted(path.name for path in shipped_seeds().glob("*.csv")) == ["articles.csv", "news.csv", "sentences.csv"]


def test_a_label_that_only_the_seeds_have_gets_a_dash_on_the_card(few_seeds, own, tmp_path, stance):
    rows = pd.read_csv(own / "data.csv")
    rows[rows["label"] != "none"].to_csv(tmp_path / "own.csv", index=False)
    outcome = build(Job(tmp_path / "own.csv", tmp_path / "m.safetensors", extend=True))
    assert "none" in outcome.trained.model.labels
    text = (tmp_path / "README.md").read_text()
    assert "| none | – | – | – |" in text
    made = outcome.trained.model.metadata["training"]
    assert f"{made['own_rows']} of them were added to the seeds" in text
    shown = stance("model", "show", "--model", "m.safetensors")
    assert f"{made['own_rows']} of them, weight {made['own_weight']:g}" in shown.stdout


def test_a_label_of_one_article_is_refused_unless_the_seeds_have_it_too(tmp_path, base):
    third = [(f"The {noun} wants rain.", "rain", "a1") for noun in "army bank court press union guild".split()]
    rows = [(*row, "") for row in rows_of_two_labels()] + third
    table = read_labelled(write_labelled(tmp_path / "own.csv", rows, ("text", "label", "article")))
    with pytest.raises(StanceError, match="label 'rain' stands in one group or article only"):
        train(table)
    known = table.assign(label=table["label"].map({"war": "escalation", "peace": "cooperation", "rain": "none"}))
    assert train(known, base=base).model.labels[-1] == "none"
