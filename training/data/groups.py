"""A labelled table in, one group number a row out: rows of one group never stand on both sides of a split.

The sentences of an article are a group, and so are rows that a person gave one group, the rows of a contrast slice, and
near-duplicates, which would let a model be examined on what it has read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from datasketch import MinHash, MinHashLSH
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from classifier.model.tokens import tokenize

ALIKE = 0.7
"""Two sentences with this Jaccard similarity of their stems are near-duplicates: of six stems one may differ, of twelve two."""
_RUN = 8
_BANDS = (32, 6)
"""Bands and rows of a band: finds 98 % of the pairs at ``ALIKE``, more above it, and few that are unlike."""
_PERMUTATIONS = 32 * 6


def join(table: pd.DataFrame) -> pd.Series:
    """One number for all rows that an article, a group, a contrast slice or a likeness of words connects.

    Parameters
    ----------
    table : DataFrame
        Columns ``text, article, group, slice``.
    """
    stems = stems_of(table["text"])
    rows = zip(stems, table["article"], table["group"], table["slice"], strict=True)
    first: dict[object, int] = {}
    pairs = [(first.setdefault(key, number), number) for number, row in enumerate(rows) for key in _keys(*row)]
    pairs += near_duplicates(stems)
    left, right = np.array(pairs, dtype=np.intp).T
    graph = coo_matrix((np.ones(len(pairs)), (left, right)), shape=(len(table), len(table)))
    return pd.Series(connected_components(graph, directed=False)[1], index=table.index)


def stems_of(texts: Iterable[str]) -> list[list[str]]:
    """The stems of each text, with names and numbers masked: what likeness is judged by."""
    return [[token.stem for token in tokenize(text) if token.stem] for text in texts]


def near_duplicates(stems: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Pairs of sentences (lower number first) whose sets of stems have a Jaccard similarity of ``ALIKE`` or more.

    Candidates come from MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman & Ullman 2020, chapter 3) and
    are checked exactly. Of sentences with the very same stems only the first is compared with others.
    """
    numbers = {stem: _hash(stem) for stem in sorted({stem for sentence in stems for stem in sentence})}
    index = MinHashLSH(num_perm=_PERMUTATIONS, params=_BANDS)
    first: dict[frozenset[str], int] = {}
    of_number: dict[int, frozenset[str]] = {}
    pairs: list[tuple[int, int]] = []
    sketches = MinHash.generator(map(set, stems), num_perm=_PERMUTATIONS, hashfunc=numbers.__getitem__)
    for number, (sentence, sketch) in enumerate(zip(map(frozenset, stems), sketches, strict=True)):
        if first.setdefault(sentence, number) != number:
            pairs.append((first[sentence], number))
            continue
        pairs += [(other, number) for other in index.query(sketch) if _alike(sentence, of_number[other])]
        of_number[number] = sentence
        index.insert(number, sketch)
    return pairs


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one & other)
    return both >= ALIKE * (len(one) + len(other) - both)


def _hash(stem: str) -> int:
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=4).digest(), "little")


def _keys(stems: Sequence[str], article: str, group: str, part: str) -> Iterator[object]:
    """What a row shares with the rows that it must stay with; a run of eight stems (names masked) is one such thing."""
    if article:
        yield "article", article
    if group:
        yield "group", group
    if part.startswith("contrast"):
        yield "slice", part
    for at in range(max(1, len(stems) - _RUN + 1)):
        yield " ".join(stems[at : at + _RUN])
