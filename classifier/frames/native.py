"""What pandas and polars call the same things: columns, labels of rows, and how a frame is made."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.errors import StanceError


def check_frame(frame: Any) -> None:
    """See that `frame` is a DataFrame of pandas or polars.

    Raises
    ------
    StanceError
        When it is something else; the message says what to do for what is near.
    """
    if not (_is(frame, "pandas") or _is(frame, "polars")):
        kind = f"{type(frame).__module__.split('.')[0]} {type(frame).__name__}"
        raise StanceError(f"label_frame: takes a DataFrame of pandas or polars, not {kind}{_HINTS.get(kind, '')}")


_HINTS = {
    "pandas Series": "; give series.to_frame()",
    "polars Series": "; give series.to_frame()",
    "polars LazyFrame": "; give frame.collect()",
    "dask DataFrame": "; Dask's are for classifier.distributed.score_frame",
    "builtins str": "; one text is for label_text",
    "builtins list": "; give pandas.DataFrame({'text': texts})",
}


def _is(frame: Any, library: str) -> bool:
    """Whether it is a DataFrame of `library`, which then is imported already."""
    return library in sys.modules and isinstance(frame, getattr(sys.modules[library], "DataFrame", ()))


def names_of(frame: Any) -> list[Any]:
    """The names of its columns; those of pandas need not be strings."""
    return list(frame.columns)


def column_of(frame: Any, name: Any) -> list[Any]:
    """The values of a column."""
    return list(frame[name].to_list())


def rows_of(frame: Any, most: int) -> list[tuple[Any, ...]]:
    """Its first rows."""
    first = frame.head(most)
    return list(first.itertuples(index=False, name=None) if _is(frame, "pandas") else first.iter_rows())


def labels_of(frame: Any) -> list[Any]:
    """What a row is called: its label in the index of pandas; in polars, which has none, its number from 0."""
    return list(frame.index.tolist() if _is(frame, "pandas") else range(len(frame)))


def made_like(frame: Any, columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, type], rows: NDArray[np.intp]) -> Any:
    """A frame of the same library.

    Parameters
    ----------
    frame : DataFrame
    columns : mapping of name to values
    kinds : mapping of name to type
        bool, int, float, str, or list for lists of texts.
    rows : ndarray (n_rows,)
        The row of `frame` that each belongs to: with pandas it gets its label in the index.
    """
    if _is(frame, "polars"):
        return _polars(columns, kinds)
    import pandas as pd

    dtypes = {bool: "bool", int: "int64", float: "float64", list: "object", str: None}
    made = {name: pd.Series(values, dtype=dtypes[kinds[name]]) for name, values in columns.items()}
    # Without rows there are no values that say of what type they are.
    texts = {name: str for name, kind in kinds.items() if kind is str and not len(rows)}
    return pd.DataFrame(made, columns=list(columns)).astype(texts).set_axis(frame.index[rows])


def _polars(columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, type]) -> Any:
    import polars as pl

    types: dict[type, Any] = {bool: pl.Boolean, int: pl.Int64, float: pl.Float64, str: pl.String, list: pl.List(pl.String)}
    return pl.DataFrame(dict(columns), schema={name: types[kinds[name]] for name in columns})
