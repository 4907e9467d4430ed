"""What is to be explained and what is said of it already in, the moves of least loss out: the one regression of adaptation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from classifier.model.probabilities import Array, softmax

FREE = 0.01
"""How firmly intercepts are held by default, which is hardly: a label mix is found by few rows."""
_PRECISION: Any = {"maxiter": 100, "ftol": 1e-6, "gtol": 1e-3}


def least_loss(
    matrix: csr_matrix | Array,
    offset: Array,
    hot: NDArray[np.bool_],
    weight: Array,
    strength: float,
    begin: Array,
    of_intercepts: float = FREE,
) -> Array:
    """The moves with the least cross-entropy plus `strength` / 2 · ‖moves‖².

    One row for each column of `matrix` and a last one for the intercepts, array (n + 1, n_labels).

    Parameters
    ----------
    matrix : csr_matrix or ndarray (n_rows, n)
    offset : ndarray (n_rows, n_labels)
        The scores before any move.
    hot : ndarray of bool (n_rows, n_labels)
        True for the label of each row.
    weight : ndarray (n_rows,)
    strength : float
        Lambda.
    begin : ndarray (n + 1, n_labels)
        Where to look first.
    of_intercepts : float
        What lambda is for intercepts.
    """
    hold = np.append(np.full(matrix.shape[1], strength), of_intercepts)[:, None]
    transposed = matrix.T if isinstance(matrix, np.ndarray) else matrix.T.tocsr()

    def loss(flat: Array) -> tuple[float, Array]:
        move = flat.reshape(begin.shape)
        probability = softmax(offset + matrix @ move[:-1] + move[-1])
        error = (probability - hot) * weight[:, None]
        gradient = np.vstack([transposed @ error, error.sum(axis=0)]) + hold * move
        entropy = -weight @ np.log(np.maximum(probability[hot], 1e-12))
        return float(entropy + (hold * move**2).sum() / 2), gradient.ravel()

    # One thread: sums in another order would give other bytes on a machine with other cores.
    with threadpool_limits(1):
        found = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options=_PRECISION)
    return np.asarray(found.x.reshape(begin.shape))
