"""True labels and probabilities in, figures with intervals out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.model import Array
from classifier.tension import bootstrap_sums

_LEAST_CLUSTERS = 5


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % percentile bootstrap interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, sample: NDArray[np.float64]) -> Figure:
        """`value` with the interval that its bootstrap `sample` gives."""
        low, high = np.quantile(sample, (0.025, 0.975))
        return cls(float(value), float(low), float(high))

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Scores:
    """How well predictions agree with the truth.

    Attributes
    ----------
    n : int
        Sentences.
    accuracy, macro_f1 : Figure
        Macro-F1 is the plain mean over labels; a label that is neither true nor predicted counts 0.
    precision, recall, f1 : dict of label to Figure
    calibration_error : float
        Expected calibration error over ten equal-width bins of the top probability (Guo et al. 2017).
    """

    n: int
    accuracy: Figure
    macro_f1: Figure
    precision: dict[str, Figure]
    recall: dict[str, Figure]
    f1: dict[str, Figure]
    calibration_error: float

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, rounded to four places, for a JSON file."""
        return {key: _rounded(value) for key, value in asdict(self).items()}


def score(truth: Iterable[str], probabilities: Array, labels: Sequence[str], clusters: Iterable[object] | None = None) -> Scores:
    """Agreement of the most probable label with `truth`.

    Parameters
    ----------
    truth : iterable of str, length n
    probabilities : ndarray (n, n_labels)
    labels : sequence of str
        Names of the columns.
    clusters : iterable, optional
        What the bootstrap draws (articles, say); by default, and with fewer than five of them, single sentences.
    """
    true = np.array([labels.index(label) for label in truth])
    tables = confusion_tables(true, probabilities, drawn_together(clusters, len(true)))
    whole = agreement(tables.sum(axis=0, keepdims=True))
    resampled = agreement(bootstrap_sums(tables.reshape(len(tables), -1)).reshape(-1, len(labels), len(labels)))

    def figure(name: str, column: int | None = None) -> Figure:
        value, sample = whole[name][0], resampled[name]
        return Figure.of(value, sample) if column is None else Figure.of(value[column], sample[:, column])

    by_label = {
        name: {label: figure(name, column) for column, label in enumerate(labels)} for name in ("precision", "recall", "f1")
    }
    return Scores(
        len(true), figure("accuracy"), figure("macro_f1"), **by_label, calibration_error=_calibration_error(probabilities, true)
    )


def drawn_together(clusters: Iterable[object] | None, n: int) -> NDArray[np.intp]:
    """The number of the cluster that the bootstrap draws each of `n` sentences with, array (n,)."""
    if clusters is not None:
        names, member = np.unique(np.asarray(list(clusters)), return_inverse=True)
        if len(names) >= _LEAST_CLUSTERS:
            return np.asarray(member, dtype=np.intp)
    return np.arange(n)


def confusion_tables(true: NDArray[np.intp], probabilities: Array, member: NDArray[np.intp]) -> NDArray[np.float64]:
    """A confusion matrix for each cluster, array (n_clusters, true, predicted)."""
    tables = np.zeros((member.max() + 1, probabilities.shape[1], probabilities.shape[1]))
    np.add.at(tables, (member, true, probabilities.argmax(axis=1)), 1)
    return tables


def agreement(tables: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Figures of a stack of confusion matrices (n, true, predicted)."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    predicted, true = tables.sum(axis=1), tables.sum(axis=2)

    def ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)

    f1 = ratio(2 * hits, predicted + true)
    return {
        "accuracy": hits.sum(axis=1) / tables.sum(axis=(1, 2)),
        "macro_f1": f1.mean(axis=1),
        "precision": ratio(hits, predicted),
        "recall": ratio(hits, true),
        "f1": f1,
    }


def _calibration_error(probabilities: Array, true: NDArray[np.intp]) -> float:
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    bins = np.minimum((top * 10).astype(int), 9)
    gaps = [abs(top[bins == bin].sum() - right[bins == bin].sum()) for bin in range(10)]
    return float(sum(gaps) / len(true))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value
