"""How every loop is compiled: kept on disk for the next process, and without Python's lock, so that threads run side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
KEPT = True
"""Whether what is compiled stays for the next process; it does not where no folder for it can be written."""


def compiled(function: Function) -> Function:
    """`function`, compiled when it is first called."""
    global KEPT
    try:
        made: Any = njit(cache=True, nogil=True)(function)
    except RuntimeError as error:
        # "no locator available": neither the folder of the module nor that of the user can be written.
        if "locator" not in str(error):
            raise
        KEPT = False
        made = njit(nogil=True)(function)
    return cast(Function, made)
