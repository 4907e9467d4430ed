"""Where the labelled corpus lies that comes with stance: the written part of the rows of the shipped model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from classifier.errors import StanceError
from training.data.labelled import read_rows

SEEDS = ("sentences.csv", "articles.csv")
NEWS = "news.csv"
"""Labels of news that is not here (``training.data.news``)."""


def read_seeds() -> pd.DataFrame:
    """The rows of the corpus, as ``training.data.labelled.read_rows`` gives them.

    Raises
    ------
    StanceError
        When the corpus is not there.
    """
    if not (folder := shipped_seeds()).is_dir():
        raise StanceError(f"{folder}: the seeds are missing from this copy of stance; install it again")
    return pd.concat([read_rows(folder / name) for name in SEEDS], ignore_index=True)


def shipped_seeds() -> Path:
    """Inside the installed package, or in the repository beside it."""
    package = Path(__file__).parents[1]
    inside = package / "seeds"
    return inside if inside.exists() else package.parent / "seeds"
