"""The labels of two annotators in, how far they agree out: Krippendorff's alpha, Cohen's kappa, and where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from sklearn.metrics import cohen_kappa_score

from classifier.errors import StanceError
from classifier.wording import count_of


@dataclass(frozen=True)
class Agreement:
    """How far two annotators agree.

    Attributes
    ----------
    n : int
        Texts that both labelled.
    observed : float
        Share of them with the same label.
    alpha, kappa : float
        1 for full agreement, 0 for that of chance; not a number when there is one label only.
    disagreements : tuple of (str, str, str)
        Text, label of the first, label of the second.
    """

    n: int
    observed: float
    alpha: float
    kappa: float
    disagreements: tuple[tuple[str, str, str], ...]


def agreement(one: pd.DataFrame, other: pd.DataFrame) -> Agreement:
    """Compare the labels of the texts that stand in both tables; capitals and blanks do not count.

    Parameters
    ----------
    one, other : DataFrame
        From ``training.data.labelled.read_rows``.

    Raises
    ------
    StanceError
        When they have no text in common.
    """
    labels = [dict(zip(map(_folded, table["text"]), table["label"], strict=True)) for table in (one, other)]
    shared = [text for text in one["text"].drop_duplicates() if _folded(text) in labels[0].keys() & labels[1].keys()]
    if not shared:
        raise StanceError("the two files have no text in common; give what two annotators made of one pool")
    pairs = [(labels[0][_folded(text)], labels[1][_folded(text)]) for text in shared]
    first, second = zip(*pairs, strict=True)
    return Agreement(
        n=len(pairs),
        observed=sum(left == right for left, right in pairs) / len(pairs),
        alpha=nominal_alpha(pairs),
        kappa=float(cohen_kappa_score(first, second)) if len({*first, *second}) > 1 else float("nan"),
        disagreements=tuple((text, left, right) for text, (left, right) in zip(shared, pairs, strict=True) if left != right),
    )


def summary(found: Agreement) -> str:
    """The figures, and one line for each text that was labelled differently, as lines of text."""
    lines = [
        f"{count_of(found.n, 'text')} labelled by both, {found.observed:.1%} alike; "
        f"Krippendorff's alpha {found.alpha:.3f}, Cohen's kappa {found.kappa:.3f}"
    ]
    lines += [f"{first} | {second} | {_one_line(text)}" for text, first, second in found.disagreements]
    return "\n".join(lines)


def nominal_alpha(units: Iterable[Sequence[str]]) -> float:
    """Krippendorff's alpha for nominal data, any number of annotators, and gaps.

    Krippendorff 2011, Computing Krippendorff's alpha-reliability, University of Pennsylvania, section C: one less the observed
    disagreement by the one that chance would give. Not a number when every value is the same.

    Parameters
    ----------
    units : iterable of sequence of str
        The values that each unit was given; units with fewer than two do not count.
    """
    paired = [Counter(unit) for unit in units if len(unit) > 1]
    totals = sum(paired, Counter())
    n = totals.total()
    expected = n * n - sum(count * count for count in totals.values())
    if not expected:
        return float("nan")
    observed = sum((unit.total() ** 2 - sum(count * count for count in unit.values())) / (unit.total() - 1) for unit in paired)
    return 1 - (n - 1) * observed / expected


def _folded(text: str) -> str:
    return _one_line(text.casefold())


def _one_line(text: str) -> str:
    return " ".join(text.split())
