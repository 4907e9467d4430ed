"""No file that calls itself a model runs, loses or hides anything. The campaign of ``tests/attacks/models.py`` runs the same functions
on many more cases."""

import pickle
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from attacks import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import StanceError, load_model
from classifier.model import persistence
from training.publish.facts import facts


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
    with pytest.raises(StanceError, match=r"format 4, this version reads 2 and 3: it needs 'diplomatic-stance 7.1.0'"):
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
