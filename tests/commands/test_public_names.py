"""The names by which earlier documentation and exported copies call modules lead to what these modules hold now."""

import pickle
import subprocess
import sys
from importlib import import_module

import joblib
import pytest
from conftest import ROOT

from classifier import load_model
from classifier.model.analyzer import Analyzer
from classifier.moved import MOVED
from training.publish.export import export

NAMES = [
    *("classifier.series changes", "classifier.series series", "classifier.series read_labelled_rows"),
    *("classifier.articles read_articles", "classifier.features extract", "classifier.features fingerprint"),
    *("classifier.analyzer Analyzer", "training.compare compare"),
    *(f"classifier.distributed {name}" for name in ("score_frame", "reject_frame", "tension_frame", "prepared", "score_rows")),
]
HOMES = {
    "changes": "classifier.report.change",
    "series": "classifier.report.series",
    "read_labelled_rows": "classifier.report.labelled_rows",
    "read_articles": "classifier.text.articles",
    "extract": "classifier.model.features",
    "fingerprint": "classifier.model.features",
    "Analyzer": "classifier.model.analyzer",
    "compare": "training.judge.compare",
}


@pytest.mark.parametrize("called", NAMES)
def test_an_earlier_name_is_the_same_object_as_in_its_home(called):
    module, name = called.split()
    if module == "classifier.distributed":
        pytest.importorskip("distributed")
    held = getattr(import_module(module), name)
    assert held is getattr(import_module(HOMES.get(name, "classifier.cluster.frames")), name)


@pytest.mark.parametrize("called", NAMES)
def test_an_earlier_name_is_found_by_a_program_that_imports_nothing_else(called):
    """Here, other tests have imported the homes before."""
    module, name = called.split()
    if module == "classifier.distributed":
        pytest.importorskip("distributed")
    done = subprocess.run(
        [sys.executable, "-c", f"from {module} import {name}"], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_module_that_has_moved_is_tried_above_and_has_left_its_place():
    assert set(MOVED) < {called.split()[0] for called in NAMES}
    for name in MOVED:
        path = ROOT.joinpath(*name.split("."))
        assert not path.with_suffix(".py").exists()
        assert not path.exists()


def test_a_copy_whose_pickle_names_the_earlier_module_loads(model, tmp_path, monkeypatch):
    text = ["Seoul condemned the launch.", "Talks resumed in Geneva.", ""]
    with monkeypatch.context() as earlier:
        earlier.setattr(Analyzer, "__module__", "classifier.analyzer")
        export(model, "joblib", tmp_path / "copy.joblib")
        pickled = pickle.dumps(Analyzer(()))
    assert b"classifier.analyzer" in pickled
    assert b"classifier.model" not in pickled
    assert type(pickle.loads(pickled)) is Analyzer
    copy = tmp_path / "copy.joblib"
    expected = pytest.approx(model.predict_proba(text), abs=1e-5)
    assert joblib.load(copy).predict_proba(text) == expected
    assert load_model(copy, trust_pickle=True).predict_proba(text) == expected
