"""Labelled data in, a model file and its card out: what ``stance train`` and ``python -m training`` do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from classifier.model import Model
from training.card import card
from training.data import read_labelled
from training.fit import train


def build(source: Path, target: Path, prior: Mapping[str, float] | None = None) -> Model:
    """Train on `source`, write the model to `target` and its card to README.md beside it.

    Raises
    ------
    StanceError
        When the data, the prior or the place to write to is unusable.
    """
    model, _ = train(read_labelled(source), prior)
    model.save(target)
    target.with_name("README.md").write_text(card(model), encoding="utf-8")
    return model
