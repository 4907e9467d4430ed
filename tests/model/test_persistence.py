"""A model file gives back the model to the byte, is checked before use, and runs nothing."""

import json
import pickle
import struct

import joblib
import numpy as np
import pytest

from classifier import StanceError, load_model
from classifier.model.regression import shipped_model


def test_saved_and_loaded_is_the_same_to_the_byte(model, tmp_path):
    model.save(tmp_path / "copy.safetensors")
    assert (tmp_path / "copy.safetensors").read_bytes() == shipped_model().read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["copy.safetensors"]


def rewritten(tmp_path, change):
    """The shipped file with its metadata changed."""
    data = shipped_model().read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    metadata = json.loads(header["__metadata__"]["stance"])
    change(metadata)
    header["__metadata__"]["stance"] = json.dumps(metadata)
    encoded = json.dumps(header).encode()
    path = tmp_path / "changed.safetensors"
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + data[8 + size :])
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.update(format=99), "file format 99"),
        (lambda m: m.update(features="other"), "other features"),
        (lambda m: m.update(format=True), "file format True"),
        (lambda m: m.update(labels=["a\x1b[31m", "b", "c", "d"]), "labels"),
        (lambda m: m.update(labels=["a", "a", "b", "c"]), "twice"),
        (lambda m: m.update(labels=["a", "b"], prior=[0.5, 0.5], story=None), "shape"),
        (lambda m: m.update(labels=["a", "b"], prior=[0.5, 0.5]), "weights for stories"),
        (lambda m: m.update(labels="abcd"), "labels"),
        (lambda m: m.update(prior=[1.0, 0.0, 0.0, 0.0]), "prior"),
        (lambda m: m.update(prior=None), "prior"),
        (lambda m: m.update(threshold=7), "threshold"),
        (lambda m: m.clear(), "format None"),
    ],
)
def test_metadata_is_checked_before_use(tmp_path, change, says):
    with pytest.raises(StanceError, match=says):
        load_model(rewritten(tmp_path, change))


def test_damaged_files_are_refused_or_still_whole(tmp_path, model):
    """Bytes flipped and ends cut off: never anything but a model or one sentence."""
    data = bytearray(shipped_model().read_bytes())
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.safetensors"
    refused = 0
    spots = [*range(40), *rng.integers(0, 2500, 60), *rng.integers(0, len(data), 40)]
    for spot in spots:
        damaged = bytearray(data)
        damaged[spot] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            assert load_model(path).predict_proba(["Talks resumed."]).shape[0] == 1
        except StanceError:
            refused += 1
    assert refused > 40
    for length in (0, 7, 8, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(StanceError):
            load_model(path)


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('code from the model file ran')",)


def test_pickles_and_joblib_files_are_never_opened(tmp_path):
    path = tmp_path / "model.joblib"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(StanceError, match="could run code"):
        load_model(path)
    joblib.dump(Bomb(), path, compress=3)
    with pytest.raises(StanceError, match="could run code"):
        load_model(path)


def test_a_missing_model_says_how_to_get_one(tmp_path):
    with pytest.raises(StanceError, match="stance train"):
        load_model(tmp_path / "none.safetensors")
