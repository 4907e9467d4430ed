"""Logits to probabilities, and the label shares that probabilities assume: stated, completed, or estimated from a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.errors import StanceError

Array = NDArray[np.float64]
_EM_STEPS = 1000
_LEAST_SHARE = 1e-6


def softmax(logits: Array) -> Array:
    """Rows of `logits` as probabilities."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def complete_prior(stated: Mapping[str, float], labels: Sequence[str], base: Array) -> Array:
    """Shares for all `labels`: those stated as they are, the others dividing the rest as in `base`.

    Raises
    ------
    StanceError
        When a label is unknown, a share is not between 0 and 1, or they cannot sum to 1.
    """
    if unknown := sorted(set(stated) - set(labels)):
        raise StanceError(f"prior: unknown label {unknown[0]!r}; this model has {', '.join(labels)}")
    if not all(0.0 < share < 1.0 for share in stated.values()):
        raise StanceError("prior: every share must lie between 0 and 1, for example none=0.5")
    rest = 1.0 - sum(stated.values())
    left_out = [index for index, label in enumerate(labels) if label not in stated]
    open_labels = sum(base[index] for index in left_out) > 0
    if (open_labels and rest <= 1e-9) or (not open_labels and abs(rest) > 1e-6):
        raise StanceError("prior: the shares must sum to 1, or to less when labels are left out")
    scale = rest / sum(base[index] for index in left_out) if open_labels else 0.0
    shares = np.array([stated[label] if label in stated else base[index] * scale for index, label in enumerate(labels)])
    return np.asarray(shares / shares.sum())


def ratio(shares: Array, prior: Array, empty: float = 0.0) -> Array:
    """`shares` over `prior`; `empty` for a label that the prior rules out."""
    open_to = np.broadcast_to(prior > 0, np.shape(shares))
    return np.asarray(np.divide(shares, prior, out=np.full(np.shape(shares), empty), where=open_to))


def estimate_shares(given: Array, prior: Array) -> Array:
    """The label shares, array (n_labels,), of a collection whose probabilities `given` (n, n_labels) assume those of `prior`.

    By expectation-maximisation: Saerens, Latinne & Decaestecker 2002, Neural Computation 14:21-41.
    """
    shares = prior
    if not len(given):
        return shares
    against = ratio(given, prior)
    least = np.where(prior > 0, _LEAST_SHARE, 0.0)
    for _ in range(_EM_STEPS):
        member = against * shares
        updated = (member / member.sum(axis=1, keepdims=True)).mean(axis=0)
        # A share of zero could never grow again.
        updated = np.maximum(updated, least) / np.maximum(updated, least).sum()
        converged = np.abs(updated - shares).max() < 1e-9
        shares = updated
        if converged:
            break
    return shares
