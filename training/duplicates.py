"""Texts in, pairs that are nearly the same out: for finding copies in labelled data, and for asking no question twice.

Similarity is the Jaccard index of the sets of three words in a row. Candidates come from a sparse product over the runs that few
texts share, so no pair above the limit is missed by chance, and a hundred thousand texts take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, triu
from sklearn.feature_extraction.text import CountVectorizer

NEAR = 0.5
_RUN = 3
_COMMON = 100
_CHUNK = 2000


class Pairs(NamedTuple):
    """Similar texts: ``left[k] < right[k]`` are positions, ``similarity[k]`` is in [``NEAR``, 1]."""

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    similarity: NDArray[np.float64]


def normal(text: str) -> str:
    """`text` as its words in lower case: what is equal here differs in punctuation, case or spacing only."""
    return " ".join(re.findall(r"\w+", text.lower())) or text


def near_pairs(texts: Sequence[str]) -> Pairs:
    """Pairs of `texts` that share at least half of their runs of three words.

    A run that stands in more than a hundred texts is a turn of phrase and proposes no pair, though it counts in the similarity of
    those proposed by others. For Jaccard similarity of word shingles see Broder 1997, On the resemblance and containment of
    documents.

    Parameters
    ----------
    texts : sequence of str, length n
        Best without exact copies: a hundred copies of one text make five thousand pairs.
    """
    runs = CountVectorizer(analyzer=_runs, binary=True, dtype=np.int32).fit_transform(texts)
    size = np.diff(runs.indptr)
    rare = runs[:, np.asarray(runs.sum(axis=0)).ravel() <= _COMMON]
    found = [_near(runs, rare, size, at) for at in range(0, len(texts), _CHUNK)]
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _near(runs: csr_matrix, rare: csr_matrix, size: NDArray[np.intp], at: int) -> Pairs:
    """The pairs whose left text is one of the ``_CHUNK`` from `at` on."""
    proposed = triu(rare[at : at + _CHUNK] @ rare.T, k=at + 1).tocoo()
    left, right = proposed.row + at, proposed.col
    shared = np.asarray(runs[left].multiply(runs[right]).sum(axis=1), dtype=np.float64).ravel()
    similarity = shared / (size[left] + size[right] - shared)
    near = similarity >= NEAR
    return Pairs(left[near].astype(np.intp), right[near].astype(np.intp), similarity[near])


def _runs(text: str) -> Iterator[str]:
    words = normal(text).split()
    return (" ".join(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1)))
