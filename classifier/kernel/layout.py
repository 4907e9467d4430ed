"""How what the kernel knows lies in memory: tables of numbers and of bit flags, which ``compiled.Kernel`` fills."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.model.roles import Roles
from classifier.model.tokens import Look, Piece
from classifier.model.verbs import Verb

PIECE_FLAGS = Piece._fields[3:]
PIECE_FIELDS = ("start", "size", "head", "may_be", "word", "lead", "length")
"""Where its text begins and how long it is, the first eight bytes, what it may be, its word or -1, where that stands in it."""
WORD_FIELDS = (
    *("flags", "stem", "column", "no", "ending", "undone", "end", "senses", "classes", "classes_end"),
    *("prep", "object", "with_particle", "particle", "reversing", "subject", "strength", "counted", "turn"),
)
"""What is known of a word, -1 where there is nothing.

The parts that it can play; its stem; the columns of its features, alone, in three scopes, and at the end of a sentence; where in
``senses`` the columns of its classes begin and, behind them, the numbers of its classes as those of a main verb; its numbers as a
verb with a preposition, with an object, with a particle; its bit as a particle, and the bits of those with which it takes back;
its kind as a subject; its strength as an auxiliary; as what it is counted; what it does to a thing, and the side that it is on.
"""
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


class Frames(NamedTuple):
    """The columns of features that stand on no word in particular, -1 where there is none.

    Attributes
    ----------
    tenses : ndarray (2 * len(TENSES), 1 + len(SUBJECTS))
        Of each tense, then of each negated: alone, and with each kind of subject.
    verbs : ndarray (MOST_VERBS + 1,)
        Of so many verbs.
    subjects : ndarray (len(SUBJECTS),)
    flags : ndarray (3,)
        Without a verb, with the main verb in a subordinate clause, in quotation marks.
    tolls : ndarray (2,)
        Bare, of an attack.
    turns : ndarray (2 ** len(TURNS), 2)
        Of all that is done to a thing at once, and the side of the thing; in row 0 of things that are broken.
    shape : ndarray (len(shape.KINDS), MOST_STEPS + 1)
        Of each kind and value.
    """

    tenses: NDArray[np.int32]
    verbs: NDArray[np.int32]
    subjects: NDArray[np.int32]
    flags: NDArray[np.int32]
    tolls: NDArray[np.int32]
    turns: NDArray[np.int32]
    shape: NDArray[np.int32]


class Weights(NamedTuple):
    """The model: a row of ``rows`` is the idf of a feature and its coefficients.

    ``pairs`` is a hash table of two numbers as one, which is compared whole, -1 where there is none, and their column: numbers of
    two stems, or of a verb or class and a stem. For a verb and its particle it has the number of both together as a verb.
    ``unknown`` has the column for no known word of content, then those for one unknown word, two and so on. ``names_words`` tells
    of each label whether deciding words are named for it; ``story`` is ``Story.rows``, empty where there is none.
    """

    rows: NDArray[np.float32]
    intercept: NDArray[np.float64]
    unknown: NDArray[np.int32]
    pairs: NDArray[np.int64]
    names_words: NDArray[np.bool_]
    story: NDArray[np.float64]
    frames: Frames


class Output(NamedTuple):
    """What comes out, a row a sentence: logits, share of known words, bytes of the deciding words (-1 where there is none)."""

    logits: NDArray[np.float64]
    known: NDArray[np.float64]
    deciding: NDArray[np.int32]


def _bits(names: Sequence[str]) -> Any:
    kind: Any = namedtuple("Bits", names)  # type: ignore[misc]
    return kind(*(1 << place for place in range(len(names))))


START, SIZE, HEAD, MAY_BE, WORD_NUMBER, LEAD, LENGTH = range(len(PIECE_FIELDS))
FLAGS, STEM, COLUMN, NO, ENDING, UNDONE, END, SENSES, CLASSES, CLASSES_END = range(10)
PREP, OBJECT, WITH_PARTICLE, PARTICLE, REVERSING, SUBJECT, STRENGTH, COUNTED, TURN = range(10, len(WORD_FIELDS))
PIECE: Any = _bits(PIECE_FLAGS)
WORD: Any = _bits(WORD_FLAGS)
LOOK: Any = _bits(Look._fields)
VERB: Any = _bits(Verb._fields[1:])
