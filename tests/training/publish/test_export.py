"""``stance model export``: every copy gives the model's probabilities."""

import json
import re
import sys
import textwrap

import joblib
import numpy as np
import pytest
from conftest import ROOT
from helpers import relabelled

from classifier import StanceError
from classifier.model import features
from classifier.model.probabilities import softmax
from training.publish.export import export

FORMS = ("joblib", "skops", "onnx")
TRUSTED = ["classifier.model.analyzer.Analyzer"]


@pytest.fixture(scope="module")
def sentences(seed_texts):
    return [*seed_texts[:: len(seed_texts) // 499][:499], "", "...", "war " * 300, "İstanbul 😀 النار"]


@pytest.fixture(scope="module")
def two_labels(model):
    """A model of two labels, out of the arrays of the shipped one."""
    return relabelled(model, ("dovish", "hawkish"))


def example():
    """The example for ONNX in the docs, as it is printed there."""
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    return textwrap.dedent(re.search(r"^    import json, numpy, onnxruntime\n(?:(?:    .*)?\n)+", text, re.MULTILINE)[0])


def probabilities(file, sentences, folder):
    """What a copy says, loaded as the docs tell."""
    path = folder / file
    if path.suffix == ".joblib":
        return joblib.load(path).predict_proba(sentences)
    if path.suffix == ".skops":
        from skops import io

        return io.load(path, trusted=TRUSTED).predict_proba(sentences)
    names = {"sentences": sentences}
    exec(example().replace('"stance.onnx"', repr(str(path))), names)
    return names["probabilities"]


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_gives_the_probabilities_of_the_model(stance, tmp_path, model, sentences, form):
    assert len(sentences) > 500
    done = stance("model", "export", "--to", form, "-o", f"stance.{form}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "escalation, cooperation, negotiation, none, in this order" in done.stdout
    found = probabilities(f"stance.{form}", sentences, tmp_path)
    np.testing.assert_allclose(found, model.predict_proba(sentences), atol=1e-5, rtol=0)
    assert [path.name for path in tmp_path.iterdir()] == [f"stance.{form}"]


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_of_two_labels_keeps_their_columns(tmp_path, two_labels, sentences, form):
    export(two_labels, form, tmp_path / f"own.{form}")
    found = probabilities(f"own.{form}", sentences, tmp_path)
    assert found.shape == (len(sentences), 2)
    np.testing.assert_allclose(found, two_labels.predict_proba(sentences), atol=1e-5, rtol=0)


@pytest.mark.parametrize("form", ["joblib", "skops"])
def test_a_scikit_learn_copy_names_its_labels_in_the_order_of_the_model(tmp_path, model, two_labels, sentences, form):
    from skops import io

    for each in (model, two_labels):
        export(each, form, tmp_path / f"m.{form}")
        path = tmp_path / f"m.{form}"
        pipeline = joblib.load(path) if form == "joblib" else io.load(path, trusted=TRUSTED)
        assert tuple(pipeline.classes_) == each.labels
        assert pipeline.predict(sentences).tolist() == each.predict(sentences)
        assert tuple(pipeline["tfidf"].get_feature_names_out()[:50]) == each.feature_names[:50]


def test_the_types_to_trust_are_named_and_needed(model, tmp_path):
    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    assert f"trusted={TRUSTED}" in export(model, "skops", tmp_path / "stance.skops")
    assert io.get_untrusted_types(file=tmp_path / "stance.skops") == TRUSTED
    with pytest.raises(UntrustedTypesFoundException):
        io.load(tmp_path / "stance.skops")


def test_each_format_says_what_it_cannot_do(model, tmp_path):
    said = {form: export(model, form, tmp_path / f"m.{form}") for form in FORMS}
    assert "loading it runs the code that is in it" in said["joblib"]
    assert "takes counts of features, not sentences" in said["onnx"]
    assert all("need the model file itself" in text for text in said.values())
    assert all("diplomatic-stance" in said[form] for form in ("joblib", "skops"))


@pytest.mark.parametrize("form", ["joblib", "skops"])
def test_a_copy_made_for_other_features_is_refused(tmp_path, model, monkeypatch, form):
    export(model, form, tmp_path / f"m.{form}")
    monkeypatch.setattr(features, "fingerprint", lambda **_: "other")
    with pytest.raises(StanceError, match="export it again"):
        probabilities(f"m.{form}", [], tmp_path)


def test_an_onnx_file_made_for_other_features_can_be_told(tmp_path, model, monkeypatch):
    export(model, "onnx", tmp_path / "m.onnx")
    monkeypatch.setattr(features, "fingerprint", lambda **_: "other")
    with pytest.raises(AssertionError, match="other features"):
        probabilities("m.onnx", ["Talks resumed."], tmp_path)


def test_the_onnx_file_carries_all_that_its_columns_mean(tmp_path, model):
    import onnxruntime

    export(model, "onnx", tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    about = {key: json.loads(value) for key, value in session.get_modelmeta().custom_metadata_map.items()}
    assert tuple(about["labels"]) == model.labels
    assert {name: column for column, name in enumerate(about["vocabulary"])} == model.vocabulary
    assert (about["prior"], about["threshold"]) == (model.prior.tolist(), model.threshold)
    [nothing] = session.run(None, {"ids": np.empty((2, 0), np.int64), "counts": np.empty((2, 0), np.float32)})
    expected = softmax(np.tile(model.intercept, (2, 1)))
    np.testing.assert_allclose(nothing, expected, atol=1e-5)


def test_padding_of_onnx_rows_changes_nothing(tmp_path, model):
    import onnxruntime

    export(model, "onnx", tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    ids, counts = np.array([[5, 17, 900]]), np.array([[1, 2, 1]], dtype=np.float32)
    [bare] = session.run(None, {"ids": ids, "counts": counts})
    padding = {"ids": np.pad(ids, ((0, 0), (0, 4)), constant_values=5), "counts": np.pad(counts, ((0, 0), (0, 4)))}
    np.testing.assert_allclose(session.run(None, padding)[0], bare, atol=1e-7)


@pytest.mark.parametrize(("form", "package"), [("skops", "skops"), ("onnx", "onnx")])
def test_a_missing_extra_is_named(tmp_path, model, monkeypatch, form, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StanceError, match=r"pip install 'diplomatic-stance\[export\]'"):
        export(model, form, tmp_path / f"m.{form}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "--model", "none.safetensors"), "none.safetensors: no model file here"),
        (("card", "--model", "text.safetensors"), "text.safetensors: is not a usable model"),
        (("export", "--to", "onnx", "-o", "m.onnx", "--model", "none.safetensors"), "no model file here"),
        (("export", "--to", "onnx", "-o", "text.safetensors"), "text.safetensors: a copy in the onnx format must end in .onnx"),
        (("export", "--to", "joblib", "-o", "no/such/m.joblib"), "m.joblib: cannot be written"),
        (("card", "-o", "no/such/card.md"), "card.md: cannot be written"),
        (("card", "-o", "."), ".: is not a regular file"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(stance, tmp_path, arguments, says):
    (tmp_path / "text.safetensors").write_text("no model")
    done = stance("model", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stance: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "text.safetensors").read_text() == "no model"
    assert [path.name for path in tmp_path.iterdir()] == ["text.safetensors"]


@pytest.mark.parametrize("arguments", [(), ("export",), ("export", "--to", "pickle", "-o", "m.pickle"), ("show", "--top", "0")])
def test_wrong_usage_ends_with_2(stance, arguments):
    assert stance("model", *arguments).returncode == 2
