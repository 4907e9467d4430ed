"""stance: labels every sentence of a news article as escalation, cooperation, negotiation or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifier.errors import StanceError
from classifier.moved import find_moved_modules

if TYPE_CHECKING:
    from classifier.frames.label import label_frame, label_text
    from classifier.model.regression import Model, load_model
    from classifier.model.scoring import ScoredArticle, score_article
    from classifier.text.articles import Article, read_articles

__version__ = "0.2.0"
__all__ = [
    "Article",
    "Model",
    "ScoredArticle",
    "StanceError",
    "__version__",
    "label_frame",
    "label_text",
    "load_model",
    "read_articles",
    "score_article",
]

_HOMES = {
    "Article": "classifier.text.articles",
    "Model": "classifier.model.regression",
    "ScoredArticle": "classifier.model.scoring",
    "label_frame": "classifier.frames.label",
    "label_text": "classifier.frames.label",
    "load_model": "classifier.model.regression",
    "read_articles": "classifier.text.articles",
    "score_article": "classifier.model.scoring",
}
find_moved_modules()


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used: ``stance --version`` needs no NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'classifier' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Names that were not used yet, too, so that a notebook completes them."""
    return sorted({*globals(), *__all__})
