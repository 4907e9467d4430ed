"""The behavioural tests are sound, the shipped model takes them, and a model that has understood nothing fails them."""

import csv
import json

import numpy as np
import pytest
from conftest import ROOT

from classifier import Model, StanceError
from classifier.model.labels import NAMES
from classifier.model.tokens import tokenize
from training.judge.checklist import CAPABILITIES, as_markdown, read_capabilities, run

MASKED = ("actors", "agency", "dateline", "dates", "numbers", "weekdays")
RUN = 8


class Toy:
    """A model that gives the label which `say` finds for a text, with probability 0.7."""

    labels = NAMES

    def __init__(self, say):
        self.say = say

    def predict_proba(self, texts):
        return np.array([[0.7 if label == self.say(text) else 0.1 for label in NAMES] for text in texts])


@pytest.fixture(scope="module")
def capabilities():
    return {each.name: each for each in read_capabilities()}


@pytest.fixture(scope="module")
def rows():
    """The files as they stand, read without the module under test."""
    return {path.stem: list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in CAPABILITIES.glob("*.csv")}


@pytest.fixture(scope="module")
def shipped(model, capabilities):
    return {each.capability: each for each in run(model, capabilities.values())}


def write(folder, **files):
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_capabilities(folder)


def runs(text):
    stems = [token.stem for token in tokenize(text) if token.stem]
    return {tuple(stems[at : at + RUN]) for at in range(max(1, len(stems) - RUN + 1))}


# --- the sentences ---------------------------------------------------------------------------------------------------


def test_every_capability_has_forty_items_that_stand_once_and_follow_the_scheme(rows):
    texts = [row[column] for items in rows.values() for row in items for column in ("text", "other") if column in row]
    assert len(rows) == 18
    assert min(map(len, rows.values())) >= 40
    assert len(set(texts)) == len(texts)
    # A headline ends without a mark.
    assert all(text == text.strip() and (text[-1] in '."' or text[-1].isalnum()) for text in texts)
    for items in rows.values():
        assert {row["label"] for row in items} <= set(NAMES) >= {row.get("other_label", "none") for row in items}


def test_what_must_not_matter_is_changed_under_all_four_labels_and_a_turn_always_turns(capabilities):
    for each in capabilities.values():
        if each.kind == "direction":
            assert all(item.label != item.other_label for item in each.items)
        else:
            assert min(sum(item.label == name for item in each.items) for name in NAMES) >= 5


def test_no_model_has_seen_the_items(rows, seed_texts):
    seen = set().union(*(runs(text) for text in seed_texts))
    near = [row[column] for items in rows.values() for row in items for column in ("text", "other") if column in row]
    assert [text for text in near if runs(text) & seen] == []


# --- the shipped model -----------------------------------------------------------------------------------------------


def test_the_command_finds_the_failures_that_one_finds_by_hand(stance, model, rows):
    done = stance("evaluate", "--checklist", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = {each["capability"]: each for each in json.loads(done.stdout)}
    assert set(found) == set(rows)
    for name, items in rows.items():
        given = model.predict([row["text"] for row in items])
        other = model.predict([row.get("other", row["text"]) for row in items])
        wanted = [row.get("other_label", row["label"]) for row in items]
        if found[name]["kind"] == "invariance":
            wanted = given
        failed = [row["text"] for row, got, want in zip(items, other, wanted, strict=True) if got != want]
        assert [failure["text"] for failure in found[name]["failures"]] == failed
        assert (found[name]["n"], found[name]["failed"]) == (len(items), len(failed))


def test_the_table_has_a_line_for_each_capability_and_the_failures_below(stance, shipped):
    done = stance("evaluate", "--checklist", "--mistakes", "1")
    assert done.returncode == 0
    table, _, failures = done.stdout.partition("\n\n")
    assert [line.split()[0] for line in table.splitlines()[1:]] == sorted(shipped)
    assert len(failures.split("\n\n")) == sum(each.failed > 0 for each in shipped.values())
    assert shipped["negation"].failures[0].other in failures
    assert shipped["negation"].failures[1].other not in failures


def test_what_the_masks_hide_moves_nothing(shipped):
    for name in ("weekdays", "dates"):
        assert (shipped[name].failed, shipped[name].shift) == (0, pytest.approx(0, abs=1e-12))


def test_swapping_actors_moves_nothing_in_nine_pairs_of_ten(model, capabilities):
    items = capabilities["actors"].items
    moved = np.abs(model.predict_proba([item.text for item in items]) - model.predict_proba([item.other for item in items]))
    assert (moved.max(axis=1) < 1e-12).mean() >= 0.9


def test_who_when_and_how_many_change_fewer_than_one_label_in_ten(shipped):
    assert {name: shipped[name].rate.value for name in MASKED if shipped[name].rate.value >= 0.1} == {}


def test_plain_sentences_get_their_labels(shipped):
    assert shipped["plain"].rate.value < 0.1


def test_the_docs_publish_the_rates_of_the_shipped_model(shipped):
    page = (ROOT / "docs" / "checklist.md").read_text(encoding="utf-8")
    assert as_markdown(shipped.values()) in page
    negation = shipped["negation"]
    assert f"| negation | direction | {negation.n} | {negation.failed} | {negation.failed / negation.n:.1%} [" in page


# --- models that fail ------------------------------------------------------------------------------------------------


def test_a_model_that_goes_by_the_weekday_fails_weekdays_only(capabilities, rows):
    results = {each.capability: each for each in run(Toy(lambda text: NAMES["Monday" in text]), capabilities.values())}
    changed = sum(("Monday" in row["text"]) != ("Monday" in row["other"]) for row in rows["weekdays"])
    assert results["weekdays"].failed == changed > 10
    assert results["weekdays"].shift == pytest.approx(
        sum(
            0.6
            for row in rows["weekdays"]
            if ("Monday" in row["text"]) != ("Monday" in row["other"]) and row["label"] in NAMES[:2]
        )
        / len(rows["weekdays"])
    )
    assert results["numbers"].failed == 0


def test_a_model_deaf_to_negation_fails_every_turn(capabilities):
    known = {text: item.label for each in capabilities.values() for item in each.items for text in (item.text, item.other)}
    for each in run(Toy(known.get), capabilities.values()):
        assert each.failed == (each.n if each.kind == "direction" else 0)
        assert each.right == (0 if each.kind == "direction" else 1)


def test_a_model_that_always_says_none_is_invariant_but_not_right(capabilities):
    for each in run(Toy(lambda text: "none"), capabilities.values()):
        none = sum(item.other_label == "none" for item in capabilities[each.capability].items)
        assert each.failed == (0 if each.kind == "invariance" else each.n - none)
        if each.kind != "direction":
            assert each.right == pytest.approx(none / each.n)


# --- figures ---------------------------------------------------------------------------------------------------------


def test_figures_are_those_worked_out_by_hand(tmp_path):
    plain, same, turn = write(
        tmp_path,
        a_plain=["text,label", "war,escalation", "peace,cooperation", "tea,none", "chat,negotiation"],
        b_same=["text,other,label", "war,war again,escalation", "peace,war,cooperation", "tea,chat,none"],
        c_turn=["text,label,other,other_label", "war,escalation,peace,cooperation", "chat,negotiation,tea,escalation"],
    )
    said = {"war": "escalation", "war again": "none", "peace": "cooperation", "tea": "none", "chat": "none"}
    by_kind = run(Toy(said.get), [plain, same, turn])
    assert [each.kind for each in by_kind] == ["functionality", "invariance", "direction"]
    assert [(each.n, each.failed) for each in by_kind] == [(4, 1), (3, 2), (2, 1)]
    assert [each.right for each in by_kind] == [3 / 4, 1 / 3, 1 / 2]
    # |0.7 - 0.1|, |0.7 - 0.1| and |0.7 - 0.7| of the true label.
    assert [each.shift for each in by_kind] == [None, pytest.approx(0.4), None]
    for each in by_kind:
        share, z2 = each.failed / each.n, 1.959964**2
        middle = (share + z2 / (2 * each.n)) / (1 + z2 / each.n)
        half = (z2 * share * (1 - share) / each.n + z2**2 / (4 * each.n**2)) ** 0.5 / (1 + z2 / each.n)
        assert (each.rate.value, each.rate.low, each.rate.high) == pytest.approx((share, middle - half, middle + half), abs=1e-6)
    assert by_kind[2].failures[0].other == "tea"
    assert by_kind[2].failures[0].other_predicted == "none"


# --- wrong usage -----------------------------------------------------------------------------------------------------


def test_a_model_of_other_labels_is_refused_in_one_sentence(stance, tmp_path):
    own = Model(
        ("dovish", "hawkish"),
        {"war": 0},
        *(np.ones(shape, np.float32) for shape in (1, (2, 1))),
        np.zeros(2),
        np.full(2, 0.5),
        0.5,
        {},
    )
    with pytest.raises(StanceError, match="no 'cooperation'"):
        run(own, read_capabilities())
    own.save(tmp_path / "own.safetensors")
    done = stance("evaluate", "--checklist", "--model", "own.safetensors")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "no 'cooperation'" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["labelled.csv", "--checklist"], ["--checklist", "--prior", "none=0.5"], ["--checklist", "--against", "shipped"]],
)
def test_the_checklist_takes_no_other_data_and_no_other_assumptions(stance, arguments):
    done = stance("evaluate", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--checklist" in done.stderr


def test_without_data_evaluate_names_both_ways(stance):
    done = stance("evaluate")
    assert done.returncode == 2
    assert "--checklist" in done.stderr
