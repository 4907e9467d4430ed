"""A gzip file in, what it holds out, as long as it is no decompression bomb; the one limit that every packed table is held to."""

from __future__ import annotations

import gzip
import io
import os
from typing import Any, BinaryIO

from classifier.errors import StanceError

MAX_RATIO = 200
FREE_BYTES = 100_000_000
"""A table may unpack to this much, and beyond it to ``MAX_RATIO`` times its size: text comes nowhere near that."""


def is_zipped(name: str) -> bool:
    """Whether a file is gzip, by its name."""
    return name.lower().endswith(".gz")


def check_ratio(unpacked: int, packed: int) -> None:
    """See that what `packed` bytes became is no decompression bomb.

    Raises
    ------
    StanceError
        When it is.
    """
    if unpacked > FREE_BYTES + MAX_RATIO * packed:
        raise StanceError(
            f"the table unpacks to over {MAX_RATIO} times its size, as no text does; unpack it first if you trust it"
        )


class Unzipped(io.RawIOBase):
    """What a gzip file holds; reading on in a bomb raises ``StanceError``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inner = gzip.GzipFile(fileobj=io.BufferedReader(file, 1 << 16))  # type: ignore[type-var]

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes, at a price."""
        return True

    def seek(self, to: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte of what is unpacked."""
        return self._inner.seek(to, whence)

    def readinto(self, room: Any) -> int:
        """Unpack some more."""
        count = self._inner.readinto(room)
        check_ratio(self._inner.tell(), self._file.tell())
        return count
