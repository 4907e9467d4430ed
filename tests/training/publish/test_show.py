"""``stance model show``: what is shown is what the arrays say."""

import dataclasses
import json
import re

import pytest
from safetensors.numpy import load_file

from classifier.model.regression import shipped_model


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
    assert "prior         escalation 0.31, cooperation 0.15, negotiation 0.08, none 0.45" in table
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
