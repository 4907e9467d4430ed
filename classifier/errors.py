"""The one exception for what a user can put right."""

from __future__ import annotations

from collections.abc import Sequence


class StanceError(Exception):
    """Wrong usage or unusable input: one sentence that says what is wrong, where, and what to do.

    The command line prints it and exits with 2. Every other exception is a bug.

    Attributes
    ----------
    lines : tuple of str
        The sentence; where it is about many things, a line about each follows.
    """

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__("\n".join((message, *details)))
        self.lines = (message, *details)
