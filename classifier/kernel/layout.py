"""How what the kernel knows lies in memory: tables of numbers and of bit flags, which ``compiled.Kernel`` fills."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.model.roles import Roles
from classifier.model.tokens import Piece

PIECE_FLAGS = Piece._fields[3:]
PIECE_FIELDS = ("start", "size", "head", "may_be", "word", "lead", "length")
"""Where its text begins and how long it is, the first eight bytes, what it may be, its word or -1, where that stands in it."""
WORD_FIELDS = ("flags", "stem", "column", "no", "ending", "senses", "senses_end")
"""The parts it can play, its stem or -1, the columns of its features or -1, and where its classes begin and end in ``senses``."""
WORD_FLAGS = (*Roles._fields[3:], "word", "mask")
NAME = 0
"""The number of the word that all names become."""
OTHER, INSIDE, SPACE = 0, 1, 2
"""Classes of characters: a mark by itself, part of a piece, between pieces."""
KINDS = ("", "not-", "by-", "not-by-")
"""Prefixes of the features of a main verb; negated is bit 1, passive bit 2."""


class Pieces(NamedTuple):
    """What is known of each piece, a row a piece, its fields in the order of ``PIECE_FIELDS``.

    ``slots`` is a hash table: the upper half of a hash and the number of a piece, counted from 1.
    """

    slots: NDArray[np.int64]
    text: NDArray[np.uint8]
    rows: NDArray[np.int64]


class Words(NamedTuple):
    """What is known of each word, a row a word, its fields in the order of ``WORD_FIELDS``; columns are those of ``Weights``.

    The features of word w as a main verb of kind k are ``mains`` from ``main_start[len(KINDS) * w + k]`` to the next.
    """

    rows: NDArray[np.int64]
    senses: NDArray[np.int32]
    main_start: NDArray[np.int64]
    mains: NDArray[np.int32]


class Weights(NamedTuple):
    """The model: a row of ``rows`` is the idf of a feature and its coefficients.

    ``pairs`` is a hash table of two stems as one number, which is compared whole, -1 where there is none, and their column.
    ``unknown`` has the column for no known word of content, then those for one unknown word, two and so on. ``names_words`` tells
    of each label whether deciding words are named for it; ``story`` is ``Story.rows``, empty where there is none.
    """

    rows: NDArray[np.float32]
    intercept: NDArray[np.float64]
    unknown: NDArray[np.int32]
    pairs: NDArray[np.int64]
    names_words: NDArray[np.bool_]
    story: NDArray[np.float64]


class Output(NamedTuple):
    """What comes out, a row a sentence: logits, share of known words, bytes of the deciding words (-1 where there is none)."""

    logits: NDArray[np.float64]
    known: NDArray[np.float64]
    deciding: NDArray[np.int32]


def _bits(names: Sequence[str]) -> Any:
    kind: Any = namedtuple("Bits", names)  # type: ignore[misc]
    return kind(*(1 << place for place in range(len(names))))


START, SIZE, HEAD, MAY_BE, WORD_NUMBER, LEAD, LENGTH = range(len(PIECE_FIELDS))
FLAGS, STEM, COLUMN, NO, ENDING, SENSES, SENSES_END = range(len(WORD_FIELDS))
PIECE: Any = _bits(PIECE_FLAGS)
WORD: Any = _bits(WORD_FLAGS)
