"""Where the features of a sentence are gathered, and the hash table of those that stand on two words.

Below all loops that find features.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.kernel.jit import compiled


@compiled
def add(feature: int, one: int, other: int, found: int, column: Any, left: Any, right: Any) -> Any:
    """Add a feature that stands on the tokens `one` and `other`, or -1, to the `found`; how many there are now."""
    if feature < 0:
        return found
    column[found], left[found], right[found] = feature, one, other
    return found + 1


@compiled
def enter_pairs(keys: Any, columns: Any, pairs: Any) -> None:
    """Fill the hash table of pairs."""
    last = len(pairs) - 1
    for number in range(len(keys)):
        slot = _pair_slot(keys[number], last)
        while pairs[slot, 0] >= 0:
            slot = (slot + 1) & last
        pairs[slot, 0], pairs[slot, 1] = keys[number], columns[number]


@compiled
def _pair_slot(key: int, last: int) -> Any:
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(20)) & last


@compiled
def pair(left: Any, right: Any, pairs: Any) -> Any:
    """The column of two stems, or of a verb and a stem, by their numbers; -1 where there is none."""
    if left < 0 or right < 0:
        return -1
    key, last = left << 32 | right, len(pairs) - 1
    slot = _pair_slot(key, last)
    while pairs[slot, 0] >= 0:
        if pairs[slot, 0] == key:
            return pairs[slot, 1]
        slot = (slot + 1) & last
    return -1
