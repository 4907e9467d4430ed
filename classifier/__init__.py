"""stance: labels every sentence of a news article as escalation, cooperation, negotiation or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifier.errors import StanceError
from classifier.moved import find_moved_modules

if TYPE_CHECKING:
    from classifier.model.regression import Model, load_model
    from classifier.model.scoring import score_article

__version__ = "0.1.0"
__all__ = ["Model", "StanceError", "__version__", "load_model", "score_article"]

_HOMES = {
    "Model": "classifier.model.regression",
    "load_model": "classifier.model.regression",
    "score_article": "classifier.model.scoring",
}
find_moved_modules()


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used: ``stance --version`` needs no NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'classifier' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
