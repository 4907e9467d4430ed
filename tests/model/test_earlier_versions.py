"""A model of every version loads for ever."""

import json

import numpy as np
import pytest
from conftest import ROOT

from classifier import load_model

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
