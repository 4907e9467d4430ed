"""``stance train --extend``: the shipped model, moved towards one's own rows, its file, its card, and moved again."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import own_folder

from classifier import StanceError, load_model
from classifier.model.regression import shipped_model
from training.data.labelled import digest, read_labelled, read_rows
from training.publish.build import Gate, Job, build
from training.publish.card import card


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return own_folder(read_rows(ROOT / "seeds"), tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def adapted(own, tmp_path_factory):
    """A job that was done, and what became of it."""
    target = tmp_path_factory.mktemp("adapted") / "m.safetensors"
    job = Job(own / "data.csv", target, test=own / "test.csv", extend=shipped_model(), gate=Gate(-50.0, "shipped"))
    return job, build(job)


def test_the_shipped_model_makes_a_model_of_few_rows_better(adapted, own, tmp_path):
    job, outcome = adapted
    alone = build(replace(job, target=tmp_path / "m.safetensors", extend=None))
    assert outcome.test.scores.accuracy.value > alone.test.scores.accuracy.value + 0.05
    assert outcome.trained.held_out.shape == (150, 4)
    assert outcome.trained.chosen in outcome.trained.trials
    assert load_model(job.target).metadata["lambda"] == outcome.trained.chosen.setting


def test_rows_unlike_the_model_move_it_to_them(own, tmp_path):
    """Two labels change places, which the shipped model would never do: only the rows can have taught it."""
    swap = {"escalation": "cooperation", "cooperation": "escalation"}
    for name in ("data.csv", "test.csv"):
        table = pd.read_csv(own / name)
        table.assign(label=table["label"].replace(swap)).to_csv(tmp_path / name, index=False)
    job = Job(tmp_path / "data.csv", tmp_path / "m.safetensors", test=tmp_path / "test.csv", extend=shipped_model(), gate=Gate(0.0, "shipped"))  # fmt: skip
    outcome = build(job)
    assert outcome.written
    assert outcome.comparison.macro_f1_difference.low > 0


def test_the_file_says_what_it_was_made_from_and_the_same_data_gives_the_same_bytes(adapted, own, tmp_path):
    job, _ = adapted
    made = load_model(job.target).metadata
    assert made["adapted_from"]["file_sha256"] == hashlib.sha256(shipped_model().read_bytes()).hexdigest()
    assert made["adapted_from"]["rows"] == load_model().metadata["training"]["rows"]
    assert made["training"]["sha256"] == digest(read_labelled(own / "data.csv"))
    build(replace(job, target=tmp_path / "m.safetensors"))
    assert (tmp_path / "m.safetensors").read_bytes() == job.target.read_bytes()


def test_an_adapted_model_can_be_adapted_again(adapted, own, tmp_path):
    job, _ = adapted
    again = build(Job(own / "test.csv", tmp_path / "again.safetensors", extend=job.target))
    made = load_model(tmp_path / "again.safetensors")
    assert made.metadata["adapted_from"]["file_sha256"] == hashlib.sha256(job.target.read_bytes()).hexdigest()
    first = load_model(job.target)
    assert made.feature_names[: len(first.idf)] == first.feature_names
    assert again.trained.scores.n == len(pd.read_csv(own / "test.csv"))


def test_the_features_that_moved_and_those_that_are_new_are_told(adapted, stance):
    job, _ = adapted
    before, after = load_model(), load_model(job.target)
    shown = json.loads(stance("model", "show", "--model", job.target, "--format", "json").stdout)["adapted_from"]
    assert shown["new_features"] == len(after.idf) - len(before.idf) > 0
    temperature = after.metadata["temperature"]
    distance = np.abs(after.coef[:, : len(before.idf)].astype(float) * temperature - before.coef) * before.idf
    row, column = np.unravel_index(distance.argmax(), distance.shape)
    assert (shown["moved"][0]["feature"], shown["moved"][0]["label"]) == (before.feature_names[column], before.labels[row])
    assert shown["moved"][0]["after"] - shown["moved"][0]["before"] == pytest.approx(
        (after.coef[row, column] * temperature - before.coef[row, column]) * before.idf[column], abs=0.002
    )
    assert set(before.vocabulary).isdisjoint(each["feature"] for each in shown["new"])
    tables = stance("model", "show", "--model", job.target).stdout
    assert "weights that moved most" in tables
    assert f"new to it: {shown['new_features']:,} features" in tables
    assert "SHA-256 of its file" in tables


def test_the_card_tells_of_the_model_before(adapted):
    job, _ = adapted
    text = card(load_model(job.target), job.target)
    assert "150 labelled sentences" in text
    assert hashlib.sha256(shipped_model().read_bytes()).hexdigest() in text
    assert "license: mit" not in text
    assert text == job.target.with_name("README.md").read_text(encoding="utf-8")


def test_a_label_that_only_the_model_has_gets_a_dash_on_the_card(own, tmp_path, stance):
    rows = pd.read_csv(own / "data.csv")
    rows[rows["label"] != "none"].to_csv(tmp_path / "own.csv", index=False)
    done = stance("train", "own.csv", "-o", "m.safetensors", "--extend")
    assert done.returncode == 0
    assert "none" in load_model(tmp_path / "m.safetensors").labels
    assert "| none | – | – | – |" in (tmp_path / "README.md").read_text()


def test_model_without_extend_is_asked_about(stance, own, tmp_path):
    done = stance("train", own / "data.csv", "-o", "m.safetensors", "--model", "other.safetensors")
    assert (done.returncode, "add --extend" in done.stderr) == (2, True)
    with pytest.raises(StanceError, match="no model file here"):
        build(Job(own / "data.csv", tmp_path / "m.safetensors", extend=tmp_path / "nowhere.safetensors"))


def test_the_seeds_of_a_repository_are_found():
    """As ``python -m training`` finds them there; an installed copy has none."""
    code = "from training.data.seeds import shipped_seeds; print(sorted(path.name for path in shipped_seeds().glob('*.csv')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.stdout.strip() == "['articles.csv', 'news.csv', 'sentences.csv']"
