"""``Scores``: what every scorer, compiled or plain, says of many sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.model.probabilities import Array


@dataclass(frozen=True)
class Scores:
    """What a scorer says of n sentences.

    Attributes
    ----------
    logits : ndarray (n, n_labels)
        The probabilities are their softmax.
    known : ndarray (n,)
        Share of the words that the model has met.
    deciding : ndarray of int32 (n, 3, 2)
        Bytes, counted from the start of the sentence, of the words that decided, in reading order; -1 where there are fewer.
    """

    logits: Array
    known: Array
    deciding: NDArray[np.int32]
