"""A model in, its card out: Markdown in the layout of the Hugging Face hub, from what the model's own file says.

The layout, front matter and headings, is that of https://huggingface.co/docs/hub/model-cards and of the annotated template there
(Mitchell et al. 2019, Model Cards for Model Reporting). A section of which nothing is known is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from classifier.errors import StanceError
from classifier.model.regression import Model, load_model, shipped_model
from training.publish.facts import facts, figure_name, one_line

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")


def card(model: Model, file: Path) -> str:
    """The model card of `model`; the same model under the same name gives the same text.

    Parameters
    ----------
    model : Model
    file : Path
        Where the model lies; the card calls it by that name.

    Raises
    ------
    StanceError
        When the model does not say how it was made and judged.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("training"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"plain": _plain, "quoted": _quoted, "shares": _shares, "figure_name": figure_name}
    about = facts(model, file)
    return environment.get_template("card.md").render(
        facts=about,
        file=one_line(file.name),
        on_seeds=file.absolute() == shipped_model().absolute() or about.sha256 == _digest_of_seeds(),
        labels=model.labels,
        n_features=len(model.vocabulary),
        prior=dict(zip(model.labels, model.prior.tolist(), strict=True)),
        threshold=model.threshold,
        sees_stories=model.story is not None,
        story_threshold=model.threshold_of(2),
        story_prior=dict(zip(model.labels, model.story.prior.tolist(), strict=True)) if model.story else {},
    )


def is_card(text: str) -> bool:
    """Whether `text` is a card of this program, with front matter or, as older versions wrote them, without."""
    front = text.split("\n---\n")[0] + "\n"
    return text.startswith("# Model card\n") or (front.startswith("---\n") and "\nlibrary_name: diplomatic-stance\n" in front)


def _digest_of_seeds() -> str:
    """That of the data whose licence and origin are known, those of the shipped model; empty where no such model can be read."""
    try:
        return str(load_model().metadata["training"]["sha256"])
    except StanceError:
        return ""


def _plain(text: str) -> str:
    """`text` with what Markdown would read as markup escaped."""
    return _MARKUP.sub(r"\\\1", text)


def _quoted(text: str) -> str:
    """`text` as a string of JSON, which YAML and Python read alike."""
    return json.dumps(text, ensure_ascii=False)


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{_plain(label)} {share:.2f}" for label, share in shares.items())
