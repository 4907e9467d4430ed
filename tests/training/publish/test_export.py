"""``stance model``: what is shown is what the arrays say, the card parses, and every copy gives the model's probabilities."""

import dataclasses
import json
import re
import sys
import textwrap
from pathlib import Path

import joblib
import numpy as np
import pytest
import yaml
from conftest import ROOT
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from classifier import StanceError
from classifier.model import features
from classifier.model.regression import shipped_model
from training.publish.card import card, is_card
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


def relabelled(model, labels):
    """`model` with its first labels under other names, and what its metadata says of them."""
    count = len(labels)
    renamed = dict(zip(model.labels, labels, strict=False))
    metadata = json.loads(json.dumps(model.metadata))
    figures = metadata["metrics"]["cross_validation"]
    for holder, key in ((metadata["training"], "shares"), *((figures, name) for name in ("precision", "recall", "f1"))):
        holder[key] = {new: holder[key][old] for old, new in renamed.items()}
    prior = model.prior[:count] / model.prior[:count].sum()
    return dataclasses.replace(
        model, labels=labels, coef=model.coef[:count], intercept=model.intercept[:count], prior=prior, metadata=metadata
    )


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


# --- export ----------------------------------------------------------------------------------------------------------


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
    monkeypatch.setattr(features, "fingerprint", lambda: "other")
    with pytest.raises(StanceError, match="export it again"):
        probabilities(f"m.{form}", [], tmp_path)


def test_an_onnx_file_made_for_other_features_can_be_told(tmp_path, model, monkeypatch):
    export(model, "onnx", tmp_path / "m.onnx")
    monkeypatch.setattr(features, "fingerprint", lambda: "other")
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
    np.testing.assert_allclose(nothing, model.predict_proba(["", ""]), atol=1e-5)


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


# --- show ------------------------------------------------------------------------------------------------------------


def weights_in_the_file(label):
    """Coefficient times idf by feature, read without any of the project's code."""
    arrays = load_file(shipped_model())
    names = arrays["vocabulary"].tobytes().decode().split("\n")
    row = ("escalation", "cooperation", "negotiation", "none").index(label)
    return dict(zip(names, (arrays["coef"][row].astype(float) * arrays["idf"]).tolist(), strict=True))


def test_the_strongest_features_are_those_of_the_arrays(stance):
    shown = json.loads(stance("model", "show", "--format", "json", "--top", "7").stdout)["strongest"]
    assert list(shown) == ["escalation", "cooperation", "negotiation", "none"]
    for label, found in shown.items():
        weights = weights_in_the_file(label)
        ranked = sorted(weights, key=weights.__getitem__)
        assert [each["feature"] for each in found["for"]] == ranked[:-8:-1]
        assert [each["feature"] for each in found["against"]] == ranked[:7]
        for each in found["for"] + found["against"]:
            assert each["weight"] == pytest.approx(weights[each["feature"]])


def test_the_table_shows_what_the_json_holds(stance):
    table, held = stance("model", "show", "--top", "3").stdout, json.loads(stance("model", "show", "--format", "json").stdout)
    assert held["bytes"] == shipped_model().stat().st_size
    for text in (held["model"], held["created_by"], held["training"]["sha256"], f"{held['features']:,} features"):
        assert text in table
    assert "prior         escalation 0.20, cooperation 0.13, negotiation 0.07, none 0.60" in table
    for label, figure in held["cross_validation"]["recall"].items():
        assert re.search(rf"^{label} .* {figure['value']:.3f} \[{figure['low']:.3f}, {figure['high']:.3f}\]", table, re.MULTILINE)
    for label, found in held["strongest"].items():
        assert len(found["for"]) == 10
        [first] = re.findall(rf"^{label} +([+]\S+)  (.*?)  +(-\S+)  (.*?) *$", table, re.MULTILINE)
        assert first == (
            f"{found['for'][0]['weight']:+.1f}",
            found["for"][0]["feature"],
            f"{found['against'][0]['weight']:+.1f}",
            found["against"][0]["feature"],
        )


def test_a_model_cannot_steer_the_terminal_by_its_words(stance, tmp_path, model):
    names = list(model.feature_names)
    strongest = int((model.coef[0] * model.idf).argmax())
    names[strongest] = "\x1b]0;owned\x07none"
    metadata = model.metadata | {"created_by": "\x1b[31mred\x1b[0m"}
    vocabulary = {name: column for column, name in enumerate(names)}
    dataclasses.replace(model, vocabulary=vocabulary, metadata=metadata).save(tmp_path / "m.safetensors")
    done = stance("model", "show", "--model", "m.safetensors")
    assert done.returncode == 0
    assert "owned" in done.stdout
    assert not set(done.stdout) & {"\x1b", "\x07"}


# --- card ------------------------------------------------------------------------------------------------------------


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
