"""``stance model card``: the card parses, and says where a model comes from."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from helpers import relabelled
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import StanceError
from classifier.model.regression import shipped_model
from training.publish.card import card, is_card


@pytest.fixture(scope="module")
def two_labels(model):
    """A model of two labels, out of the arrays of the shipped one."""
    return relabelled(model, ("dovish", "hawkish"))


def test_the_card_in_the_repository_is_that_of_the_shipped_model(stance):
    written = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    assert stance("model", "card").stdout == written


def test_the_hub_reads_the_card(model):
    data = ModelCard(card(model, shipped_model())).data
    assert (data.language, data.license, data.library_name) == ("en", "mit", "diplomatic-stance")
    assert (data.pipeline_tag, data.model_name) == ("text-classification", "stance")
    figures = model.metadata["metrics"]["cross_validation"]
    assert {result.metric_type: result.metric_value for result in data.eval_results} == {
        "accuracy": figures["accuracy"]["value"],
        "f1": figures["macro_f1"]["value"],
    }


def test_no_licence_is_given_to_the_data_of_others(two_labels):
    metadata = two_labels.metadata | {"training": two_labels.metadata["training"] | {"sha256": "0" * 64}}
    text = card(dataclasses.replace(two_labels, metadata=metadata), Path("own.safetensors"))
    assert ModelCard(text).data.license is None
    assert "add `license` above" in text
    assert "CODEBOOK" not in text
    assert 'load_model("own.safetensors")' in text


PRINTABLE = st.text(min_size=1, max_size=20).filter(str.isprintable)


@settings(max_examples=25, deadline=None)
@given(labels=st.lists(PRINTABLE, min_size=2, max_size=4, unique=True), stem=st.text(min_size=1, max_size=20))
def test_the_card_parses_whatever_the_names_are(model, labels, stem):
    text = card(relabelled(model, tuple(labels)), Path("folder") / (stem.replace("/", "-") + ".safetensors"))
    front = yaml.safe_load(text.split("\n---\n")[0])
    assert front["model-index"][0]["name"].isprintable()
    assert len(re.findall(r"^\|.*(?<!\\)\|.*\[.*\].*\[.*\].*\|$", text, re.MULTILINE)) == len(labels)
    text.encode()


def test_behavioural_tests_stand_in_card_and_table_where_the_model_has_them(stance, tmp_path, model):
    checklist = {"passive | voice": {"n": 1040, "failure_rate": 0.0625}}
    metadata = model.metadata | {"metrics": model.metadata["metrics"] | {"checklist": checklist}}
    dataclasses.replace(model, metadata=metadata).save(tmp_path / "m.safetensors")
    assert "| passive \\| voice | 1,040 | 0.062 |" in stance("model", "card", "--model", "m.safetensors").stdout
    assert re.search(
        r"^passive \| voice +1,040 +0\.062", stance("model", "show", "--model", "m.safetensors").stdout, re.MULTILINE
    )
    plain = {name: value for name, value in model.metadata["metrics"].items() if name != "checklist"}
    without = dataclasses.replace(model, metadata=model.metadata | {"metrics": plain})
    assert "ehavioural" not in card(without, shipped_model())


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("training"),
        lambda m: m.pop("c"),
        lambda m: m["metrics"].update(cross_validation=[]),
        lambda m: m["metrics"].update(checklist={"x": None}),
        lambda m: m["metrics"]["cross_validation"].update(accuracy="high"),
        lambda m: m["metrics"]["cross_validation"].pop("f1"),
        lambda m: m["training"].update(rows=float("inf")),
        lambda m: m["training"].update(shares={"escalation": 1}),
    ],
)
def test_a_model_that_hides_its_making_is_named(tmp_path, model, change):
    metadata = json.loads(json.dumps(model.metadata))
    change(metadata)
    with pytest.raises(StanceError, match=r"m\.safetensors: does not say how the model was made"):
        card(dataclasses.replace(model, metadata=metadata), tmp_path / "m.safetensors")


def test_the_card_does_not_overwrite_the_model(stance, tmp_path, model):
    model.save(tmp_path / "m.safetensors")
    done = stance("model", "card", "--model", "m.safetensors", "-o", "m.safetensors")
    assert done.returncode == 2
    assert (tmp_path / "m.safetensors").read_bytes() == shipped_model().read_bytes()


def test_cards_are_told_from_other_texts(model):
    assert is_card(card(model, shipped_model()))
    assert is_card("# Model card\n\nas version 0.1 wrote it")
    assert not is_card("# Model card for a friend\n")
    assert not is_card("---\nlibrary_name: setfit\n---\n\n# Model card: x\n\nlibrary_name: diplomatic-stance\n")
    assert not is_card("")
