"""Texts in, the counts of their features out, once; from them the TF-IDF matrix of any part of the texts, in a moment.

Cross-validation fits the same rows over and over. Reading a text takes most of the time and is the same for every fold; what
depends on the fold is which words are known to it, and so the ``unknown`` features, and idf.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from classifier.errors import StanceError
from classifier.model import features
from classifier.model.probabilities import Array
from classifier.model.roles import is_content

_MIN_DF = 2
_LEAST_DOCUMENTS = 3
"""A feature of fewer documents could tell of one of them, whose text must not stand in a model."""


class Tfidf(NamedTuple):
    """The features that some of the texts teach, and all texts in them.

    ``columns`` are positions in ``Counts.names``, ``idf`` has one value for each, ``matrix`` one row for each text.
    """

    columns: NDArray[np.intp]
    idf: Array
    matrix: csr_matrix


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each feature occurs in each text.

    Attributes
    ----------
    names : ndarray of str (n_features,)
        Features that occur in two texts or more, or that a model knows, in alphabetical order.
    matrix : csr_matrix (n_texts, n_features)
        Counts as if no word were known, so that every ``unknown`` feature stands in it that a fold may need.
    words : ndarray (n_texts,)
        How many words each text has.
    """

    names: NDArray[Any]
    matrix: csr_matrix
    words: Array

    def tfidf(self, seen: NDArray[np.intp], documents: NDArray[np.intp] | None = None) -> Tfidf:
        """Fit vocabulary and idf on the texts `seen` (row numbers), as ``TfidfVectorizer(sublinear_tf=True, min_df=2)`` does.

        The numbers are those of scikit-learn's vectoriser with ``features.extract`` as its analyser and the words known to
        `seen` as what it knows.

        With `documents`, the number of the document of each text, features stay that occur in three documents or more.

        Raises
        ------
        StanceError
            When no feature occurs in two of these texts.
        """
        least = _MIN_DF if documents is None else _LEAST_DOCUMENTS
        unit = np.arange(len(self.words)) if documents is None else documents
        matrix = self._knowing(_spread(self.matrix[seen], unit[seen]) >= least)
        columns = np.flatnonzero(_spread(matrix[seen], unit[seen]) >= least)
        if not self._is_word[columns].any():
            raise StanceError("no word stands in two of the texts, so there is nothing to learn; give longer texts, or more")
        transformer = self._transformer(matrix[seen][:, columns], columns)
        return Tfidf(columns, transformer.idf_, transformer.transform(matrix[:, columns], copy=False))

    def tfidf_beyond(self, place: NDArray[np.intp], idf: Array, seen: NDArray[np.intp]) -> Tfidf:
        """The same for a model that knows features already: those keep their `idf`, and what stands in two of `seen` joins them.

        `place` says where each feature of ``names`` stands in `idf`; -1 where it is new to the model.
        """
        learned = place >= 0
        matrix = self._knowing(learned | (_frequency(self.matrix[seen]) >= _MIN_DF))
        columns = np.flatnonzero(learned | (_frequency(matrix[seen]) >= _MIN_DF))
        # Without a row to learn from, every column has an idf already.
        transformer = self._transformer((matrix[seen] if len(seen) else matrix)[:, columns], columns)
        transformer.idf_ = np.where(learned[columns], idf[place[columns]], transformer.idf_)
        return Tfidf(columns, transformer.idf_, transformer.transform(matrix[:, columns], copy=False))

    def _transformer(self, seen: csr_matrix, columns: NDArray[np.intp]) -> TfidfTransformer:
        transformer = TfidfTransformer(sublinear_tf=True).fit(seen)
        transformer.idf_ = transformer.idf_ * self._weight[columns]
        return transformer

    @cached_property
    def _is_word(self) -> NDArray[np.bool_]:
        return np.array([features.is_word(name) for name in self.names], dtype=bool)

    @cached_property
    def _is_content(self) -> NDArray[np.bool_]:
        return np.array([is_content(name) for name in self.names], dtype=bool)

    @cached_property
    def _unknown_rank(self) -> NDArray[np.intp]:
        return np.array([features.unknown_rank(name) for name in self.names], dtype=np.intp)

    @cached_property
    def _weight(self) -> Array:
        return np.array([features.weight(name) for name in self.names])

    def _knowing(self, met: NDArray[np.bool_]) -> csr_matrix:
        """The counts when the features `met` are known, of which those that are words tell how many of a text's words are not."""
        known = self._is_word & met
        return self._with_unknown(self.words - self.matrix @ known, self.matrix @ (known & self._is_content))

    def _with_unknown(self, unknown: Array, known: Array) -> csr_matrix:
        """The counts when only so many words of each text are unknown, and so many of content are known."""
        matrix = self.matrix.copy()
        row = np.repeat(unknown, np.diff(matrix.indptr))
        matrix.data[self._unknown_rank[matrix.indices] > row] = 0
        nothing = self.names == features.NOTHING_KNOWN
        matrix.data[nothing[matrix.indices] & (np.repeat(known, np.diff(matrix.indptr)) > 0)] = 0
        matrix.eliminate_zeros()
        return matrix


def count(texts: Sequence[str], known: Collection[str] = ()) -> Counts:
    """Read every text; features `known` to a model are kept where one text has them.

    Raises
    ------
    StanceError
        When none of them holds a word.
    """
    vectorizer = CountVectorizer(analyzer=partial(features.extract, known=()), dtype=np.float64)
    matrix = vectorizer.fit_transform(texts)
    names = vectorizer.get_feature_names_out()
    words = matrix @ np.array([features.is_word(name) for name in names], dtype=np.float64)
    if not words.any():
        raise StanceError("none of the texts holds a word; give sentences in English")
    often = np.flatnonzero((_frequency(matrix) >= _MIN_DF) | [name in known for name in names])
    matrix = matrix[:, often]
    # Sums in the order of the names, as scikit-learn's vectoriser takes them: another order gives other last digits.
    matrix.sort_indices()
    return Counts(names[often], matrix, words)


def _spread(matrix: csr_matrix, unit: NDArray[np.intp]) -> NDArray[np.intp]:
    """In how many units, each of one row or more, each column occurs."""
    row = np.repeat(unit, np.diff(matrix.indptr))
    _, column = np.divmod(np.unique(row.astype(np.int64) * matrix.shape[1] + matrix.indices), matrix.shape[1])
    return np.bincount(column, minlength=matrix.shape[1])


def _frequency(matrix: csr_matrix) -> NDArray[np.intp]:
    """In how many rows each column occurs."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1])
