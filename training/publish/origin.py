"""An adapted model and the one it was adapted from in, what the new file says of the old one out: its digest, and what moved."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from classifier.model.regression import Model
from training.fit.train import Trained

MOST = 40
"""Features that a file names as moved."""


def with_origin(trained: Trained, before: Model, file: Path) -> Trained:
    """`trained` with a model that says what it was adapted from: `before`, which lies in `file`."""
    after = trained.model
    origin = {
        "file_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "rows": before.metadata.get("training", {}).get("rows"),
        "features": len(before.idf),
        "moved": moved_most(before, after, after.metadata["temperature"]),
    }
    return replace(trained, model=replace(after, metadata=after.metadata | {"adapted_from": origin}))


def moved_most(before: Model, after: Model, temperature: float) -> list[list[str | float]]:
    """The features of `before` whose weight moved most for a label: feature, label, weight before and after, farthest first.

    Weights are coefficients times idf, as ``training.publish.facts.strongest`` gives them, at the temperature of `before`, by
    which all weights are alike divided and none is moved.
    """
    columns = len(before.idf)
    old = before.coef.astype(np.float64) * before.idf
    new = after.coef[: len(before.labels), :columns].astype(np.float64) * temperature * before.idf
    distance = np.abs(new - old)
    farthest = np.argsort(-distance, axis=None, kind="stable")[:MOST]
    rows, places = np.unravel_index(farthest, distance.shape)
    return [
        [before.feature_names[place], before.labels[row], round(float(old[row, place]), 3), round(float(new[row, place]), 3)]
        for row, place in zip(rows, places, strict=True)
        if distance[row, place] > 0
    ]
