"""Many strings in one run of UTF-8, as Arrow lays them out: what flows between reader, scorer and writer of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Strings:
    """Strings in one run of bytes, in any order, with or without gaps.

    Attributes
    ----------
    data : ndarray of uint8
    starts, ends : ndarray of int64 (n,)
        Where each string begins and ends in `data`.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @staticmethod
    def of(texts: Iterable[str]) -> Strings:
        """The strings `texts`.

        Raises
        ------
        UnicodeEncodeError
            When one holds a lone surrogate, which is no character.
        """
        encoded = [text.encode() for text in texts]
        offsets = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.int64, count=len(encoded) + 1)
        return Strings(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets[:-1], offsets[1:])

    @staticmethod
    def empty(count: int) -> Strings:
        """So many strings without a character."""
        nowhere = np.zeros(count, np.int64)
        return Strings(np.empty(0, np.uint8), nowhere, nowhere)

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: NDArray[Any]) -> Strings:
        """The strings with these numbers, or where this mask is true."""
        return Strings(self.data, self.starts[rows], self.ends[rows])

    def each(self) -> list[str]:
        """The same as `to_list`, where these are few of many."""
        return [self.data[a:b].tobytes().decode() for a, b in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]

    def to_list(self) -> list[str]:
        """As Python strings."""
        data = self.data.tobytes()
        return [data[start:end].decode() for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]


def together(parts: Sequence[Strings]) -> Strings:
    """The strings of all `parts`, one part after the other."""
    before = [0, *accumulate(len(part.data) for part in parts)]
    return Strings(
        np.concatenate([part.data for part in parts]),
        np.concatenate([part.starts + shift for part, shift in zip(parts, before, strict=False)]),
        np.concatenate([part.ends + shift for part, shift in zip(parts, before, strict=False)]),
    )
