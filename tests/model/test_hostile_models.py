"""No file that calls itself a model runs, loses or hides anything; no text breaks the way to its scores; what is promised of
dependencies and of old models holds. The campaigns of ``tests/attacks`` run the same functions on many more cases."""

import json
import pickle
import random
import re
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import joblib
import numpy as np
import pytest
from attacks import models, texts
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import StanceError, load_model, score_article
from classifier.model import persistence
from classifier.text.articles import article_from_text
from classifier.text.sentences import split
from training.publish.export import export
from training.publish.facts import facts

SAMPLE = ROOT / "seeds" / "articles" / "01-iran-missile-test.txt"


# --- model files -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    return models.small_model()


def test_hundreds_of_broken_files_each_give_a_model_or_one_sentence():
    tally = models.attack(200, seed=2)
    assert tally.findings == []
    assert tally.count == 200
    assert tally.outcomes["refused"] > 100
    assert tally.outcomes["model"] > 15


def test_the_attack_finds_a_loader_that_runs_code_or_takes_too_much(small, tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    path.write_bytes(small)
    whole = models.load_model
    for harm, says in (
        (lambda: exec("pass"), "compile"),
        (lambda: (tmp_path / "new").write_text("x"), "open"),
        (lambda: pickle.loads(pickle.dumps(Path)), "pickle.find_class"),
        (lambda: __import__("antigravity_of_no_kind"), "import"),
    ):

        def harmful(file, harm=harm):
            with suppress(ImportError):
                harm()
            return whole(file)

        monkeypatch.setattr(models, "load_model", harmful)
        with pytest.raises(models.Finding, match=says):
            models.examine(path)
    models.tracemalloc.start()
    monkeypatch.setattr(models, "load_model", lambda file: (bytes(30_000_000), whole(file))[1])
    with pytest.raises(models.Finding, match="took"):
        models.examine(path)
    models.tracemalloc.stop()


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = ("format", "features", "created_by", "labels", "prior", "threshold", "training", "metrics", "c", "temperature")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(FIELDS), value=ANY)
def test_every_field_of_the_metadata_may_hold_anything(small, tmp_path, field, value):
    header, about, body = models.parts(small)
    path = tmp_path / "m.safetensors"
    path.write_bytes(models.joined(header, about | {field: value}, body))
    models.examine(path, thorough=False)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=st.sampled_from(["vocabulary", "idf", "coef", "intercept"]),
    field=st.sampled_from(["dtype", "shape", "data_offsets"]),
    value=ANY | st.lists(st.integers(-1, 2**65), max_size=3),
)
def test_every_field_of_the_header_may_hold_anything(small, tmp_path, array, field, value):
    header, about, body = models.parts(small)
    path = tmp_path / "m.safetensors"
    path.write_bytes(models.joined(header | {array: header[array] | {field: value}}, about, body))
    models.examine(path, thorough=False)


def changed(small, path, **fields):
    header, about, body = models.parts(small)
    path.write_bytes(models.joined(header, about | fields, body))
    return path


def test_a_file_of_a_later_version_says_which_version_it_needs(small, tmp_path):
    header, about, body = models.parts(small)
    header["weights"] = header.pop("idf")  # a later format may well have other arrays
    path = tmp_path / "m.safetensors"
    later = about | {"format": persistence.FORMAT + 1, "created_by": "diplomatic-stance 7.1.0"}
    path.write_bytes(models.joined(header, later, body))
    with pytest.raises(StanceError, match=r"format 3, this version reads 2: it needs 'diplomatic-stance 7.1.0'"):
        load_model(path)


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e30, -1e30])
def test_numbers_that_no_probability_can_be_worked_out_from_are_refused(model, tmp_path, value):
    for name in ("idf", "coef", "intercept"):
        array = np.array(getattr(model, name))
        array.flat[1] = value
        path = tmp_path / "m.safetensors"
        path.write_bytes(persistence.encode(model.contents()._replace(**{name: array})))
        with pytest.raises(StanceError, match=f"array '{name}'"):
            load_model(path)


def test_a_prior_too_small_to_divide_by_is_refused(small, tmp_path):
    with pytest.raises(StanceError, match="prior"):
        load_model(changed(small, tmp_path / "m.safetensors", prior=[1.0 - 1e-12, 5e-324, 5e-13, 5e-13]))


def test_figures_that_are_no_numbers_are_not_shown(small, tmp_path):
    about = models.parts(small)[1]
    about["training"]["shares"]["none"] = float("nan")
    path = changed(small, tmp_path / "m.safetensors", training=about["training"])
    with pytest.raises(StanceError, match="does not say how the model was made"):
        facts(load_model(path), path)


def test_what_a_damaged_header_says_of_itself_is_cut_short(small, tmp_path):
    header, about, body = models.parts(small)
    path = tmp_path / "m.safetensors"
    path.write_bytes(models.joined(header | {"idf": "x" * 50_000 + "\n\x1b[2J"}, about, body))
    with pytest.raises(StanceError) as told:
        load_model(path)
    assert len(str(told.value)) < 400
    assert str(told.value).isprintable()


# --- pickles ---------------------------------------------------------------------------------------------------------


class Trap:
    def __reduce__(self):
        return Path.mkdir, (Path("trap"),)


def test_a_joblib_copy_is_read_only_on_trust_and_says_so(stance, model, tmp_path):
    export(model, "joblib", tmp_path / "copy.joblib")
    refused = stance("score", SAMPLE, "--model", "copy.joblib", "--format", "csv")
    assert refused.returncode == 2
    assert "is not opened without --trust-pickle" in refused.stderr
    trusted = stance("score", SAMPLE, "--model", "copy.joblib", "--format", "csv", "--trust-pickle")
    assert trusted.stdout == stance("score", SAMPLE, "--format", "csv").stdout
    assert trusted.stderr.count("\n") == 1
    assert "runs whatever code is in it" in trusted.stderr
    shown = stance("model", "show", "--format", "json", "--model", "copy.joblib", "--trust-pickle")
    assert json.loads(shown.stdout)["threshold"] == model.threshold


def test_a_copy_of_two_labels_reads_back(model, tmp_path):
    few = model.only(["escalation", "cooperation"])
    two = persistence.Contents(
        few.labels[:2], few.feature_names, few.idf, few.coef[:2], few.intercept[:2], few.prior[:2], 0.5, few.metadata
    )
    path = tmp_path / "two.safetensors"
    path.write_bytes(persistence.encode(two))
    export(load_model(path), "joblib", tmp_path / "two.joblib")
    sentences = ["Seoul condemned the launch.", "They signed an agreement.", ""]
    again = load_model(tmp_path / "two.joblib", trust_pickle=True)
    np.testing.assert_allclose(again.predict_proba(sentences), load_model(path).predict_proba(sentences), atol=1e-6)


def test_pickles_of_any_name_are_not_opened_and_bombs_not_blown_up(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gzipped, zipped = models._bombs()
    for name, data in {
        "m.joblib": pickle.dumps(Trap()),
        "m.pkl": pickle.dumps(Trap()),
        "m.safetensors": pickle.dumps(Trap()),
        "gz.safetensors": gzipped,
        "zip.safetensors": zipped,
    }.items():
        Path(name).write_bytes(data)
        with pytest.raises(StanceError, match="is not a usable model"):
            load_model(name)
        # Trust is for files named as pickles; everything else is read as a model file.
        if name.endswith(".safetensors"):
            with pytest.raises(StanceError, match="is not a usable model"):
                load_model(name, trust_pickle=True)
    assert not Path("trap").exists()


@pytest.mark.parametrize("held", [None, 7, {"tfidf": 1}, "text"])
def test_a_pickle_that_is_no_copy_of_a_model_is_one_sentence(tmp_path, held):
    joblib.dump(held, tmp_path / "m.joblib")
    with pytest.raises(StanceError, match="is no copy of a model"):
        load_model(tmp_path / "m.joblib", trust_pickle=True)
    (tmp_path / "m.joblib").write_bytes(b"\x80\x04 nothing")
    with pytest.raises(StanceError, match="is no copy of a model"):
        load_model(tmp_path / "m.joblib", trust_pickle=True)


# --- models of every version -----------------------------------------------------------------------------------------


KEPT = sorted((ROOT / "tests" / "data" / "models").glob("*.safetensors"))
assert KEPT


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_a_model_that_an_earlier_version_saved_still_says_what_it_said(kept):
    """Whoever changes the features must keep the old ones for these: a model is good for ever."""
    said = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
    model = load_model(kept)
    assert list(model.labels) == said["labels"]
    assert len(said["predictions"]) >= 5
    np.testing.assert_allclose(
        model.predict_proba(list(said["predictions"])), list(said["predictions"].values()), atol=2e-6, rtol=0
    )


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_thousand_strange_texts_give_sound_sentences_scores_and_actors():
    sentences, findings = texts.attack(1_000, seed=2)
    assert findings == []
    assert sentences > 800


def test_the_attack_finds_wrong_offsets(model, monkeypatch):
    whole = texts.split
    moved = lambda parts: [replace(each, start=each.start + 1) for each in whole(parts)]  # noqa: E731
    monkeypatch.setattr(texts, "split", moved)
    with pytest.raises(texts.Finding, match="offsets"):
        texts.examine("Seoul condemned the launch.", model)


def test_words_that_decide_equally_are_named_alike_by_both_scorers(model):
    """Sums of the same numbers in another order differ in the last digit, and named another one of two equal words."""
    pytest.importorskip("numba")
    from classifier.kernel.compiled import Kernel

    sentences = [
        "14 of &amp; troops “peace” -- didn’t “peace” 3 14:30 &lt;",
        *(f"Talks {n}:{n} of 3 and {n} in 12 towns" for n in range(60)),
    ]
    assert len(model.explain(sentences[0]).words) == 3
    texts.compare(sentences, model, Kernel(model))


def test_white_space_of_several_bytes_breaks_nothing():
    """A no-break space beside an initial and a full stop ended the program."""
    for space in ("\xa0", "\x85", "\u2028", "\u202f", "\u3000"):
        for text in (f"U.S.{space}S{space}.A", f"H{space}.S.U", f"{space}a!{space}){space}a {space}S{space}.", f"A{space}.U1 S"):
            assert all(text[each.start : each.end] == each.text for each in split([text]))


def test_half_a_character_and_control_characters_break_nothing(model):
    for text in ("Half \ud800 a word. And \udfff", "<p>Talks\x01 resumed\0 today.</p> \ufffe \ud83d"):
        scored = score_article(article_from_text(text, "t"), model)
        assert scored.sentences


@pytest.mark.parametrize("kind", ["line breaks", "comments", "questions", "quotes", "closing marks", "short lines"])
def test_sentences_of_a_long_strange_text_are_found_at_once(kind):
    """100,000 line breaks took 51 seconds, and four times as long for twice as many."""
    begun = time.process_time()
    split([texts.line(kind, 200_000)])
    article_from_text(texts.line(kind, 200_000), "t")
    assert time.process_time() - begun < 8


def test_a_long_text_is_cut_into_the_sentences_that_it_has_in_pieces(seed_texts):
    draw = random.Random(0)
    sentences = [text for text in draw.sample(seed_texts, 600) if len(split([text])) == 1 and re.search(r"\w\.$", text)]
    text = " ".join(sentences)
    assert len(text) > 3 * 10_000
    found = [each.text for each in split([text])]
    assert len(found) > 0.9 * len(sentences)
    joined = [
        each.text for part in (sentences[at : at + 20] for at in range(0, len(sentences), 20)) for each in split([" ".join(part)])
    ]
    assert len(set(found) ^ set(joined)) <= 2 * len(sentences) / 20


# --- what it stands on -----------------------------------------------------------------------------------------------


def required():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"([a-zA-Z0-9-]+)>=([\d.]+)"', text.split("[project.scripts]")[0].split("[project]")[1])


def test_the_constraints_pin_every_requirement_at_or_above_its_bound_and_name_no_address():
    from packaging.requirements import Requirement
    from packaging.version import Version

    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", text, re.MULTILINE)
    pinned: dict[str, list[str]] = {}
    for line in text.splitlines():
        requirement = Requirement(line)
        (exact,) = requirement.specifier
        assert exact.operator == "=="
        pinned.setdefault(requirement.name.lower(), []).append(exact.version)
    assert len(required()) > 25
    for name, bound in required():
        assert all(Version(version) >= Version(bound) for version in pinned[name.lower()]), name


def test_the_bill_of_materials_names_every_core_dependency(tmp_path):
    pytest.importorskip("cyclonedx_py")
    out = tmp_path / "sbom.json"
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--no-validate",
        "--of",
        "JSON",
        "-o",
        str(out),
        sys.executable,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    bill = json.loads(out.read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    named = {each["name"].lower().replace("_", "-"): each["version"] for each in bill["components"]}
    core = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("dependencies = [")[1].split("]")[0]
    for name in re.findall(r'"([a-zA-Z0-9-]+)>=', core):
        assert named[name.lower()] == metadata.version(name)
