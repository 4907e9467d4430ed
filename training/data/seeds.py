"""Where the labelled corpus lies that comes with stance: the written part of the rows of the shipped model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from classifier.errors import StanceError
from training.data.labelled import read_rows

SEEDS = ("sentences.csv", "articles.csv")
NEWS = "news.csv"
"""Labels of news that is not here (``training.data.news``)."""


def read_seeds(folder: Path) -> pd.DataFrame:
    """The rows of the corpus in `folder`, as ``training.data.labelled.read_rows`` gives them.

    Raises
    ------
    StanceError
        When the corpus is not there.
    """
    if not folder.is_dir():
        raise StanceError(f"{folder}: the seeds are missing; they stand in the repository of stance")
    return pd.concat([read_rows(folder / name) for name in SEEDS], ignore_index=True)


def shipped_seeds() -> Path:
    """In the repository; an installed copy has the model that was made of them, and needs no more."""
    return Path(__file__).parents[2] / "seeds"
