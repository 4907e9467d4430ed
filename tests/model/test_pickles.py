"""Pickles are opened only on trust, and bombs not blown up."""

import json
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from attacks import models
from conftest import ROOT

from classifier import StanceError, load_model
from classifier.model import persistence
from training.publish.export import export

SAMPLE = ROOT / "seeds" / "articles" / "01-iran-missile-test.txt"


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
