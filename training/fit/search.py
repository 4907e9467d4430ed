"""Settings to try in, how each fared on held-out rows out: log loss at its best temperature, and macro-F1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score

from classifier.model.probabilities import Array, softmax
from training.fit.crossval import Examine, Material, Split, held_out, progress


@dataclass(frozen=True, eq=False)
class Trial:
    """A setting and its held-out scores.

    Attributes
    ----------
    setting : float
        What was tried: a C, or a lambda.
    logits : ndarray (n_own, n_labels)
        Raw scores of the own rows, each from a model that never saw the row's group.
    losses : ndarray (n_judged,)
        Log loss of the judged rows at the temperature.
    temperature : float
        With the least mean loss.
    macro_f1 : float
        Of the judged rows, over the labels that they have.
    """

    setting: float
    logits: Array
    losses: Array
    temperature: float
    macro_f1: float

    @property
    def log_loss(self) -> float:
        """Mean over the judged rows."""
        return float(self.losses.mean())


def try_all(
    rows: Material,
    folds: Sequence[Split],
    settings: Sequence[float],
    examine: Examine,
    judged: NDArray[np.bool_] | None = None,
    jobs: int = -1,
) -> list[Trial]:
    """Cross-validate every setting.

    Parameters
    ----------
    rows : Material
    folds : sequence of Split
    settings : sequence of float
        In an order in which each is near the one before, since fits start from there.
    examine : Examine
        Makes and examines a model.
    judged : ndarray of bool (n_own,), optional
        The rows that losses and macro-F1 are taken from; by default all.
    jobs : int
        Worker processes.
    """
    progress(f"cross-validation of {rows.own.sum():,} rows: {', '.join(f'{setting:g}' for setting in settings)}")
    judged = np.ones(int(rows.own.sum()), dtype=bool) if judged is None else judged
    found = held_out(rows, folds, settings, examine, jobs)
    return [_judge(rows, setting, logits, judged) for setting, logits in zip(settings, found, strict=True)]


def best(trials: Sequence[Trial]) -> Trial:
    """The one with the least log loss."""
    return min(trials, key=lambda trial: trial.log_loss)


def most_regular(trials: Sequence[Trial]) -> Trial:
    """The first, most regularised, whose mean loss is within one standard error of the least.

    Hastie, Tibshirani & Friedman 2009, section 7.10. A corpus resembles itself more than it resembles other text, so its folds
    prefer too weak a regularisation.
    """
    least = best(trials)
    limit = least.log_loss + least.losses.std() / np.sqrt(len(least.losses))
    return next(trial for trial in trials if trial.log_loss <= limit)


def best_temperature(logits: Array, truth: NDArray[np.intp], shift: Array) -> tuple[Array, float]:
    """The log loss of each row at the temperature with the least mean (Guo, Pleiss, Sun & Weinberger 2017), and that temperature.

    Parameters
    ----------
    logits : ndarray (n, n_labels)
    truth : ndarray of int (n,)
        Columns of the true labels.
    shift : ndarray (n_labels,)
        Added after the division by the temperature: what moves the scores to the label mix of the rows.
    """

    def losses(temperature: float) -> Array:
        probability = softmax(logits / temperature + shift)[np.arange(len(truth)), truth]
        return np.asarray(-np.log(np.maximum(probability, 1e-12)))

    found = minimize_scalar(lambda temperature: losses(temperature).mean(), bounds=(0.2, 5.0), method="bounded")
    return losses(found.x), float(found.x)


def _judge(rows: Material, setting: float, logits: Array, judged: NDArray[np.bool_]) -> Trial:
    """The trial of a setting under the judged rows' own label mix."""
    truth = np.array([rows.labels.index(name) for name in rows.truth[rows.own][judged]])
    own = np.bincount(truth, minlength=len(rows.labels)) / len(truth)
    shift = np.log(np.maximum(own, 1e-9) / np.where(own > 0, rows.shares, 1.0))
    losses, temperature = best_temperature(logits[judged], truth, shift)
    predicted = (logits[judged] / temperature + shift).argmax(axis=1)
    macro_f1 = f1_score(truth, predicted, labels=np.unique(truth), average="macro", zero_division=0.0)
    trial = Trial(setting, logits, losses, temperature, float(macro_f1))
    progress(f"  {setting:g}: log loss {trial.log_loss:.4f}, macro-F1 {macro_f1:.3f}")
    return trial
