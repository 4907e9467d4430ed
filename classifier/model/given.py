"""What a user gives as texts in, texts out, or the sentence that says which row is none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from classifier.errors import StanceError

_SHOWN = 40


def texts_of(given: Iterable[str], taker: str) -> list[str]:
    """The texts of a list, an array, or a column of pandas or polars.

    Parameters
    ----------
    given : iterable of str
    taker : str
        The method that takes them, for the message.

    Raises
    ------
    StanceError
        When one of them is no text, or they are a table.
    TypeError
        When they are one string, whose characters would be taken for texts.
    """
    if isinstance(given, (str, bytes)):
        raise TypeError(f"{taker} takes a sequence of sentences, not one string")
    if hasattr(given, "columns"):
        raise StanceError(f"{taker}: takes one column of texts, not a table; give it as in frame['text']")
    texts = list(given)
    wrong = next((place for place, text in enumerate(texts) if not isinstance(text, str)), None)
    if wrong is not None:
        # A list has a method of this name, pandas the labels of its rows.
        index = getattr(given, "index", None)
        row = f"{wrong} (counted from 0)" if index is None or callable(index) else repr(index.tolist()[wrong])
        raise StanceError(f"{taker}: row {row} {no_text(texts[wrong])}; leave it out, or put a text in its place")
    return texts


def no_text(value: Any) -> str:
    """What a value that should be a text is instead."""
    if is_missing(value):
        return f"is {value}, no text"
    shown = repr(value)
    return f"is no text but {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'}, {type(value).__name__}"


def is_missing(value: Any) -> bool:
    """Whether `value` stands for nothing: None, NaN, or what pandas has for it."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value
