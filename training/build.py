"""Labelled data in, a model file and its card out: what ``stance train`` and ``python -m training`` do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model import Model
from training.card import card, is_card
from training.data import read_labelled
from training.fit import train


def build(source: Path, target: Path, prior: Mapping[str, float] | None = None) -> Model:
    """Train on `source`, write the model to `target` and its card beside it.

    The card is the folder's README.md; where that is another text, it takes the model's name instead (``my.md``).

    Raises
    ------
    StanceError
        When the data, the prior or the place to write to is unusable.
    """
    if target.suffix != ".safetensors":
        raise StanceError(f"{target}: a model file must end in .safetensors")
    if not target.resolve().parent.is_dir():
        raise StanceError(f"{target}: there is no folder {target.resolve().parent}; make it first")
    model = train(read_labelled(source), prior)
    model.save(target)
    readme = target.with_name("README.md")
    free = not readme.exists() or is_card(readme.read_text(encoding="utf-8", errors="replace"))
    write_whole(readme if free else target.with_suffix(".md"), card(model, target).encode())
    return model
