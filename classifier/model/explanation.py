"""What the features of a sentence add for its label, and which words decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from classifier.model import labels as scheme
from classifier.model.probabilities import Array
from classifier.model.roles import is_content
from classifier.model.tokens import Token

MOST_DECIDING, LEAST_DECIDING = 3, 0.15
"""Words that are named as deciding, and the share of what speaks for the label that the second and third must carry."""
GRAIN = 1e9
"""Weights of words are compared as whole numbers of its inverse: equal ones stay equal, in whatever order they are added up."""


class Contribution(NamedTuple):
    """What one feature adds to the log-odds of the label against its rival, and where in the sentence it stands."""

    feature: str
    value: float
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Explanation:
    """Why a sentence got its label: ``intercept + sum(contribution.value) == log_odds``, exactly up to rounding.

    Attributes
    ----------
    label, rival : str
        The most probable label and the one after it.
    log_odds : float
        Natural logarithm of p(label) / p(rival).
    intercept : float
        What the label shares and the model's bias give before a word is read.
    contributions : tuple of Contribution
        Every known feature of the sentence, the largest value first.
    words : tuple of (int, int)
        Character spans of the words that decided, in reading order; at most three. What a word decides is the sum of its
        shares in the features that it is part of.
    known : float
        Share of the sentence's words that the model has met.
    logits : tuple of float
        The score of each label; the probabilities are their softmax.
    """

    label: str
    rival: str
    log_odds: float
    intercept: float
    contributions: tuple[Contribution, ...]
    words: tuple[tuple[int, int], ...]
    known: float
    logits: tuple[float, ...]


class Read(NamedTuple):
    """A sentence with its features.

    `places` has the tokens of each, `added` what each adds to each label's score (n_features, n_labels), `evidence` the sums;
    `known` is the share of the words that the model has met.
    """

    tokens: list[Token]
    places: dict[str, list[Token]]
    added: Array
    evidence: Array
    known: float


def explained(
    read: Read, labels: Sequence[str], logits: Array, direction: Array, outside: Sequence[Contribution], intercept: float
) -> Explanation:
    """Why the two highest of `logits`; `direction` is what each label's score counts for the first against the second."""
    label, rival = two_highest(logits)
    shares = (read.added @ direction).tolist()
    contributions = [
        Contribution(name, share, tuple((token.start, token.end) for token in words))
        for (name, words), share in zip(read.places.items(), shares, strict=True)
    ]
    telling = {(token.start, token.end) for token in read.tokens if is_content(token.stem)}
    takes_stance = scheme.describe(labels[label]).stance
    return Explanation(
        label=labels[label],
        rival=labels[rival],
        log_odds=float(logits[label] - logits[rival]),
        intercept=intercept,
        contributions=tuple(sorted([*contributions, *outside], key=lambda item: -item.value)),
        words=deciding_words(contributions, telling) if takes_stance else (),
        known=read.known,
        logits=tuple(logits.tolist()),
    )


def two_highest(logits: Array) -> tuple[int, int]:
    """The columns of the label and of its rival."""
    label, rival = np.argsort(-logits, kind="stable")[:2]
    return int(label), int(rival)


def deciding_words(contributions: Sequence[Contribution], telling: Container[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The spans that carry most of what speaks for the label; a feature of several words divides its value among them.

    Only words of content are named, whose spans are those in `telling`: "said", "both" or a number explain nothing.
    """
    weight: Counter[tuple[int, int]] = Counter()
    for item in contributions:
        for span in item.spans:
            weight[span] += item.value / len(item.spans)  # type: ignore[assignment]
    positive = [(span, whole) for span, value in weight.items() if span in telling and (whole := round(value * GRAIN)) > 0]
    total = sum(value for _, value in positive)
    strongest = sorted(positive, key=lambda item: (-item[1], item[0]))[:MOST_DECIDING]
    return tuple(sorted(span for place, (span, value) in enumerate(strongest) if place == 0 or value >= LEAST_DECIDING * total))
