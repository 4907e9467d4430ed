"""What is wrong with the rows of labelled data in, one refusal out that counts it by kind and shows the first ten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from classifier.errors import StanceError
from classifier.wording import count_of

SHOWN = 10


class Fault(NamedTuple):
    """What is wrong with a row: its kind, as it is counted ("an empty text"), and a sentence with the place and what to do."""

    kind: str
    says: str


def refuse(faults: Sequence[Fault], of: str = "row") -> None:
    """See that there are no faults; `of` is what may have one.

    Raises
    ------
    StanceError
        When there are. One is told as it is; of several the first ten, after how many there are of each kind.
    """
    if not faults:
        return
    if len(faults) == 1:
        raise StanceError(faults[0].says)
    kinds = ", ".join(f"{count:,} with {kind}" for kind, count in Counter(fault.kind for fault in faults).most_common())
    rest = [f"... and {len(faults) - SHOWN:,} more"] if len(faults) > SHOWN else []
    raise StanceError(
        f"{count_of(len(faults), of)} are at fault, nothing is done: {kinds}",
        [*(fault.says for fault in faults[:SHOWN]), *rest],
    )
