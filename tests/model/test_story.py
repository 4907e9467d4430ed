"""A sentence seen in its story: the figures of the formula, exact explanations, and the same in every way of scoring."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import load_model
from classifier.kernel.compiled import Kernel
from classifier.kernel.scorers import Plain
from classifier.kernel.strings import Strings
from classifier.model.probabilities import softmax
from classifier.model.story import AFTER, BEFORE, FORM, OUTSIDE, REST, Story
from classifier.model.tokens import tokenize

STORY = [
    "Talks in Doha break down over border dispute",
    "Envoys of both sides left the hotel on Friday without a word.",
    '"They have torn up every promise," the foreign minister said.',
    "He spoke after a night of shelling.",
    "The town has 40,000 people.",
]


@pytest.fixture(scope="module")
def told(model):
    """A model whose weights for stories are drawn at random, so that every one of them counts."""
    rng, labels = np.random.default_rng(7), len(model.labels)
    shares = np.full(labels, 1 / labels), np.array([0.3, 0.2, 0.1, 0.4])
    rows = np.vstack([rng.normal(size=(Story.rows_of(labels) - 2, labels)), *shares])
    return replace(model, story=Story.of_rows(rows, 0.8))


def by_hand(model, sentences):
    """The scores of the second stage as its formula says them, sentence by sentence."""
    story, count = model.story, len(sentences)
    alone = np.log(model.predict_proba(sentences)) - model.intercept + story.base
    own = alone - alone.mean(axis=1, keepdims=True)
    shares = softmax(alone)
    scores = []
    for here, sentence in enumerate(sentences):
        distance = np.abs(np.arange(count) - here)
        weight = np.where(distance == 0, 0.0, 0.9**distance)
        rest = np.log((weight @ shares + story.mix) / (weight.sum() + 1))
        near = sum(own[there] for there in (here - 1, here + 1) if 0 <= there < count)
        words = sum(bool(token.stem) for token in tokenize(sentence))
        form = [np.log(1 + words), any(mark in sentence for mark in '"“”'), here == 0, here == count - 1]
        scores.append(own[here] @ story.own + near @ story.near + rest @ story.rest + form @ story.form + story.intercept)
    return np.array(scores)


def test_the_probabilities_are_those_of_the_formula(told):
    np.testing.assert_allclose(told.predict_story(STORY), softmax(by_hand(told, STORY)), atol=1e-9)


def test_what_stands_round_a_sentence_changes_it_and_a_sentence_by_itself_is_as_before(told):
    assert not np.allclose(told.predict_story(STORY), told.predict_proba(STORY), atol=0.01)
    np.testing.assert_array_equal(told.predict_story(STORY[:1]), told.predict_proba(STORY[:1]))
    assert told.predict_story([]).shape == (0, 4)
    with pytest.raises(TypeError):
        told.predict_story("One sentence.")


def test_contributions_of_features_neighbours_and_story_sum_to_the_log_odds(told):
    explained = told.explain_story(STORY)
    for found, row in zip(explained, told.predict_story(STORY), strict=True):
        assert found.intercept + sum(item.value for item in found.contributions) == pytest.approx(found.log_odds, abs=1e-9)
        first, second = np.sort(row)[::-1][:2]
        assert found.log_odds == pytest.approx(np.log(first / second), abs=1e-9)
        assert {item.feature for item in found.contributions} >= set(OUTSIDE)
    value = [{item.feature: item.value for item in found.contributions} for found in explained]
    assert value[0][BEFORE] == value[-1][AFTER] == 0
    assert all(value[2][name] != 0 for name in (BEFORE, AFTER, REST, FORM))


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(1, 12), min_size=1, max_size=12), start=st.integers(0, 3000))
def test_both_scorers_see_the_same_story(told, seed_texts, lengths, start):
    bounds = np.cumsum([0, *lengths])
    text = Strings.of(seed_texts[start : start + bounds[-1]])
    plain, kernel = Plain(told).score(text, bounds), Kernel(told).score(text, bounds)
    np.testing.assert_allclose(kernel.logits, plain.logits, atol=1e-9)
    np.testing.assert_array_equal(kernel.deciding, plain.deciding)
    stories = [told.predict_story(text.to_list()[a:b]) for a, b in pairwise(bounds)]
    np.testing.assert_allclose(softmax(kernel.logits), np.concatenate(stories), atol=1e-9)


def test_a_stated_prior_and_fewer_labels_hold_in_a_story(told):
    stated = told.with_prior({"none": 0.9}).predict_story(STORY)
    odds = stated / told.predict_story(STORY)
    # What is left is divided in the proportions that stories have.
    assumed = np.append(0.1 * told.story.prior[:3] / told.story.prior[:3].sum(), 0.9) / told.story.prior
    np.testing.assert_allclose(odds / odds[:, :1], np.tile(assumed / assumed[0], (len(STORY), 1)), rtol=1e-9)
    forced = told.only(told.labels[:3]).predict_story(STORY)
    assert (forced[:, 3] == 0).all()
    np.testing.assert_allclose(forced.sum(axis=1), 1)


def test_the_weights_travel_in_the_file(told, tmp_path):
    told.save(tmp_path / "told.safetensors")
    again = load_model(tmp_path / "told.safetensors")
    np.testing.assert_array_equal(again.story.rows, told.story.rows)
    assert again.story.threshold == 0.8
    np.testing.assert_allclose(again.predict_story(STORY), told.predict_story(STORY), atol=1e-12)


@pytest.mark.parametrize(
    "story",
    [
        [],
        {"rows": [], "threshold": 0.8},
        {"rows": [[0.0] * 4] * 20, "threshold": 0.8},
        {"rows": [[1e9] * 4] * 20, "threshold": 0.8},
        {"rows": [[0.1] * 4] * 19 + [[0.1] * 3], "threshold": 0.8},
        {"rows": [[0.1] * 4] * 19 + [[0.25] * 4], "threshold": 2.0},
        {"rows": [[0.1] * 4] * 19 + [["0.1"] * 4], "threshold": 0.8},
        {"rows": [[1e6] * 4] * 18 + [[5e-324] * 4, [0.25] * 4], "threshold": 0.8},
    ],
    ids=["a list", "no rows", "no mix", "too large", "ragged", "no threshold", "text", "a mix of nothing"],
)
def test_weights_that_were_tampered_with_are_one_sentence(told, tmp_path, story):
    from safetensors import safe_open
    from safetensors.numpy import save_file

    told.save(tmp_path / "told.safetensors")
    with safe_open(tmp_path / "told.safetensors", "numpy") as held:
        about = json.loads(held.metadata()["stance"])
        arrays = {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
    save_file(arrays, tmp_path / "bad.safetensors", {"stance": json.dumps(about | {"story": story})})
    with pytest.raises(Exception, match="is not a usable model") as raised:
        load_model(tmp_path / "bad.safetensors")
    assert type(raised.value).__name__ == "StanceError"


def test_score_and_batch_print_the_same_numbers_for_an_article(stance, told, tmp_path):
    told.save(tmp_path / "told.safetensors")
    (tmp_path / "a.txt").write_text("\n".join(STORY), encoding="utf-8")
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": "\n".join(STORY)}) + "\n", encoding="utf-8")
    one = stance("score", "a.txt", "--model", "told.safetensors", "--format", "jsonl")
    assert stance("batch", "a.jsonl", "-o", "b.jsonl", "--model", "told.safetensors").returncode == 0
    scored = [json.loads(line) for line in one.stdout.splitlines()]
    batch = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()]
    fields = ("text", "label", "uncertain", "p_escalation", "p_cooperation", "p_negotiation", "p_none", "because")
    assert [[row[field] for field in fields] for row in scored] == [[row[field] for field in fields] for row in batch]
    expected = told.predict_story([row["text"] for row in scored])
    np.testing.assert_allclose([row["p_escalation"] for row in scored], expected[:, 0], atol=1e-4)
