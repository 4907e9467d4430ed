"""True labels and probabilities in, figures with intervals out.

Every figure is a function of sums over sentences, so the bootstrap draws sums of whole clusters and never scores anything again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.model.probabilities import Array
from classifier.model.tension import bootstrap_sums

_LEAST_CLUSTERS = 5
_BINS = 10


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, sample: Array) -> Figure:
        """`value` with the percentile interval of its bootstrap `sample`."""
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
    mcc : Figure
        Matthews correlation for any number of labels (Gorodkin 2004); 0 where only one label is true or predicted.
    precision, recall, f1 : dict of label to Figure
    calibration_error : Figure
        Expected calibration error over ten equal-width bins of the top probability (Guo et al. 2017).
    brier : Figure
        Mean over sentences of the squared distance between probabilities and truth, summed over labels (Brier 1950): 0 is
        perfect, 2 the worst.
    """

    n: int
    accuracy: Figure
    macro_f1: Figure
    mcc: Figure
    precision: dict[str, Figure]
    recall: dict[str, Figure]
    f1: dict[str, Figure]
    calibration_error: Figure
    brier: Figure

    def as_dict(self) -> dict[str, Any]:
        """What a model's file says of it: plain numbers, the calibration error without its interval."""
        kept = ("n", "accuracy", "macro_f1", "precision", "recall", "f1")
        figures = plain(self)
        return {name: figures[name] for name in kept} | {"calibration_error": figures["calibration_error"]["value"]}


@dataclass(frozen=True)
class Bin:
    """Sentences whose top probability lies between `low` and `high`: how sure the model was of them, and how often right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


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
    sums = summands(true, probabilities, drawn_together(clusters, len(true)))
    return scores_of(sums.sum(axis=0), bootstrap_sums(sums), labels)


def reliability(truth: Iterable[str], probabilities: Array, labels: Sequence[str]) -> tuple[Bin, ...]:
    """The bins of the calibration error that hold a sentence, from unsure to sure."""
    right = np.array([labels.index(label) for label in truth]) == probabilities.argmax(axis=1)
    top, bins = probabilities.max(axis=1), _bins(probabilities)
    return tuple(
        Bin(at / _BINS, (at + 1) / _BINS, int((bins == at).sum()), float(top[bins == at].mean()), float(right[bins == at].mean()))
        for at in np.unique(bins)
    )


def plain(figures: Any) -> dict[str, Any]:
    """A dataclass of figures as plain numbers, rounded to four places, for a JSON file."""
    return dict(_rounded(asdict(figures)))


# --- sums and what they give -----------------------------------------------------------------------------------------


def drawn_together(clusters: Iterable[object] | None, n: int) -> NDArray[np.intp]:
    """The number of the cluster that the bootstrap draws each of `n` sentences with, array (n,)."""
    if clusters is not None:
        names, member = np.unique(np.asarray(list(clusters)), return_inverse=True)
        if len(names) >= _LEAST_CLUSTERS:
            return np.asarray(member, dtype=np.intp)
    return np.arange(n)


def summands(true: NDArray[np.intp], probabilities: Array, member: NDArray[np.intp]) -> Array:
    """What `scores_of` needs of each cluster, array (n_clusters, 3 n_labels + 11).

    Columns: sentences with each true label, with each predicted label, with each label hit; confidence less hits in each bin;
    squared distance.
    """
    predicted, labels = probabilities.argmax(axis=1), probabilities.shape[1]
    right = predicted == true
    sums = np.zeros((member.max() + 1, 3 * labels + _BINS + 1))
    np.add.at(sums, (member, true), 1)
    np.add.at(sums, (member, labels + predicted), 1)
    np.add.at(sums, (member[right], 2 * labels + true[right]), 1)
    np.add.at(sums, (member, 3 * labels + _bins(probabilities)), probabilities.max(axis=1) - right)
    sums[:, -1] = np.bincount(member, ((probabilities - np.eye(labels)[true]) ** 2).sum(axis=1))
    return sums


def scores_of(whole: Array, drawn: Array, labels: Sequence[str]) -> Scores:
    """The figures of all sentences, sums (columns,), with intervals from bootstrap samples of them, sums (n_samples, columns)."""
    values, samples = measures(whole[np.newaxis], len(labels)), measures(drawn, len(labels))

    def figure(name: str) -> Figure:
        return Figure.of(values[name][0], samples[name])

    def by_label(name: str) -> dict[str, Figure]:
        return {label: Figure.of(values[name][0, at], samples[name][:, at]) for at, label in enumerate(labels)}

    return Scores(
        n=int(whole[: len(labels)].sum()),
        accuracy=figure("accuracy"),
        macro_f1=figure("macro_f1"),
        mcc=figure("mcc"),
        precision=by_label("precision"),
        recall=by_label("recall"),
        f1=by_label("f1"),
        calibration_error=_calibration_error(values["gaps"][0], samples["gaps"]),
        brier=figure("brier"),
    )


def measures(sums: Array, labels: int) -> dict[str, Array]:
    """Figures of each row of `sums` (n, columns): arrays (n,), by label (n, n_labels), ``gaps`` (n, n_bins)."""
    true, predicted, hits, gaps, distance = np.split(sums, np.cumsum([labels, labels, labels, _BINS]), axis=1)
    n = true.sum(axis=1)

    def ratio(top: Array, bottom: Array) -> Array:
        return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)

    f1 = ratio(2 * hits, predicted + true)
    spread = (n**2 - (predicted**2).sum(axis=1)) * (n**2 - (true**2).sum(axis=1))
    return {
        "accuracy": hits.sum(axis=1) / n,
        "macro_f1": f1.mean(axis=1),
        "mcc": ratio(hits.sum(axis=1) * n - (predicted * true).sum(axis=1), np.sqrt(spread)),
        "precision": ratio(hits, predicted),
        "recall": ratio(hits, true),
        "f1": f1,
        "gaps": gaps / n[:, np.newaxis],
        "brier": distance[:, 0] / n,
    }


def _calibration_error(gaps: Array, drawn: Array) -> Figure:
    """The sum of the gaps' sizes; its interval holds the error of all gaps that lie as near to those found as 95 % of `drawn`.

    Not the percentile interval: resampling adds noise, noise adds to a sum of sizes and never takes from it, and so that
    interval lies too high; for a well calibrated model it misses the truth nearly always. This one covers at least 95 %.
    """
    value = np.abs(gaps).sum()
    reach = np.quantile(np.abs(drawn - gaps).sum(axis=1), 0.95)
    return Figure(float(value), float(max(0.0, value - reach)), float(min(1.0, value + reach)))


def _bins(probabilities: Array) -> NDArray[np.intp]:
    return np.minimum(np.asarray(probabilities.max(axis=1) * _BINS, dtype=np.intp), _BINS - 1)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value
