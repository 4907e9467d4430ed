"""``import stance``: the public names of ``classifier``, under the name that the tool is known by.

Examples
--------
>>> import stance
>>> stance.label_text("Seoul condemned the launch.").sentences[0].label
'escalation'
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

_found = find_spec("classifier")
if _found is None or _found.origin is None or Path(_found.origin).parents[1] != Path(__file__).parents[1]:
    raise ImportError(
        f"stance needs its package 'classifier', but {_found.origin if _found else None} comes first on sys.path; "
        "rename that, or start Python in another folder"
    )

import classifier  # noqa: E402
from classifier import __all__  # noqa: E402
from classifier import __version__ as __version__  # noqa: E402

if TYPE_CHECKING:
    from classifier import Article as Article
    from classifier import Model as Model
    from classifier import ScoredArticle as ScoredArticle
    from classifier import StanceError as StanceError
    from classifier import label_frame as label_frame
    from classifier import label_text as label_text
    from classifier import load_model as load_model
    from classifier import read_articles as read_articles
    from classifier import score_article as score_article


def __getattr__(name: str) -> Any:
    """As in ``classifier``: imported when first used."""
    if name not in __all__:
        raise AttributeError(f"module 'stance' has no attribute {name!r}")
    return getattr(classifier, name)


def __dir__() -> list[str]:
    """The public names, so that a notebook completes them."""
    return list(__all__)
