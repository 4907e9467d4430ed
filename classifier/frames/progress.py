"""How far a long call has come, on standard error: a bar in a terminal and in a notebook, nothing in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 2.0
"""Seconds after which somebody who waits wants to know how long."""


def is_watched() -> bool:
    """Whether somebody sees standard error as it is written."""
    return sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)


@contextmanager
def bar(rows: int) -> Iterator[Callable[[int], object]]:
    """What is to be told how many more of the `rows` are done."""
    from tqdm import tqdm

    with tqdm(total=rows, unit=" rows", unit_scale=True, delay=_PATIENCE, leave=False, disable=not is_watched()) as shown:
        yield shown.update
