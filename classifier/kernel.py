"""``Kernel``: many sentences as one run of bytes in, what ``Model.predict_proba`` and ``Model.explain`` say of them out.

Each distinct piece of text (a word as it is written, a number, a mark) is understood once, in Python, by ``features.piece`` and
``features.roles``; the compiled loops then work on numbers. What was once understood is kept in tables, which are emptied when
they grow too large. Pieces and pairs of stems are told apart by all of their bytes, never by their hash alone.

Needs Numba (extra ``fast``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import compiled, features
from classifier.compiled import KINDS, Output, Pieces, Weights, Words
from classifier.model import MOST_DECIDING, Array, Model, softmax
from classifier.scorers import Scores
from classifier.strings import Strings

_MOST_PIECES, _MOST_TEXT = 500_000, 32_000_000
"""Pieces and bytes of them that the tables keep; above that they are emptied before the next call."""
_DATELINE_REACH = 600
"""More bytes than the longest dateline has."""


class Kernel:
    """A model made ready for many sentences.

    Examples
    --------
    >>> from classifier import load_model
    >>> Kernel(load_model()).predict_proba(["Seoul condemned the launch."]).argmax()
    0
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._stems: dict[str, int] = {}
        self._weights = self._weights_of(model)
        self._seed = np.uint64(int.from_bytes(os.urandom(8), "little") | 1)
        self._forget()

    def predict_proba(self, sentences: Sequence[str]) -> Array:
        """What ``Model.predict_proba`` gives, to 1e-6: array (n_sentences, n_labels).

        Raises
        ------
        UnicodeEncodeError
            When a sentence holds a lone surrogate.
        """
        return softmax(self.score(Strings.of(sentences), explain=False).logits)

    def score(self, text: Strings, explain: bool = True) -> Scores:
        """Score every sentence of `text`; without `explain` no deciding words are looked for."""
        if len(self._pieces.rows) > _MOST_PIECES or len(self._pieces.text) > _MOST_TEXT:
            self._forget()
        found, at, first = self._cut(text)
        count = len(text.starts)
        output = Output(
            np.empty((count, len(self._model.labels))),
            np.empty(count),
            np.full((count, MOST_DECIDING, 2), -1, dtype=np.int32),
        )
        compiled.score(found, at, first, text.starts, self._pieces, self._words, self._weights, explain, output)
        return Scores(*output)

    def _cut(self, text: Strings) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """The number and the first byte of each piece, and the first piece of each sentence."""
        begins = text.starts.copy()
        for number in np.flatnonzero(compiled.may_have_dateline(text.data, text.starts, text.ends, _DATELINE_REACH)):
            sentence = text.data[text.starts[number] : text.ends[number]].tobytes().decode()
            if dateline := features.DATELINE.match(sentence):
                begins[number] += len(dateline.group().encode())
        most = int((text.ends - begins).sum())
        found, at, till = np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.int64)
        first = np.empty(len(begins) + 1, np.int64)
        count = compiled.scan(text.data, begins, text.ends, _classes(), self._pieces, self._seed, found, at, till, first)
        new = np.flatnonzero(found[:count] < 0)
        if len(new):
            data = memoryview(text.data)  # type: ignore[arg-type]
            spans = zip(at[new].tolist(), till[new].tolist(), strict=True)
            found[new] = self._learn([bytes(data[start:end]) for start, end in spans])
        return found, at, first

    # --- the tables --------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        """Begin with empty tables, but for the word that names become."""
        fields = len(compiled.PIECE_FIELDS)
        self._pieces = Pieces(np.zeros(2, np.int64), np.empty(0, np.uint8), np.empty((0, fields), np.int64))
        starts, none = np.zeros(1, np.int64), np.empty(0, np.int32)
        self._words = Words(np.empty(0, np.int64), np.empty(0, np.int64), none, none, none, starts, none, starts, none)
        self._word_numbers: dict[tuple[str, bool], int] = {}
        self._add_words([("NAME", False)])

    def _learn(self, texts: list[bytes]) -> list[int]:
        """The number of each of `texts`, which are new to the tables but may stand there several times."""
        known = len(self._pieces.rows)
        numbers = {text: known + place for place, text in enumerate(dict.fromkeys(texts))}
        pieces = [(text, features.piece(text.decode())) for text in numbers]
        self._add_words([(piece.form, piece.mark) for _, piece in pieces if piece.form])
        starts = accumulate(map(len, numbers), initial=len(self._pieces.text))
        rows = [self._piece_row(start, text, piece) for start, (text, piece) in zip(starts, pieces, strict=False)]
        text = np.concatenate([self._pieces.text, np.frombuffer(b"".join(numbers), np.uint8)])
        count, slots, fresh = known + len(numbers), self._pieces.slots, known
        if 2 * count > len(slots):
            slots, fresh = np.zeros(1 << (4 * count).bit_length(), np.int64), 0
        self._pieces = Pieces(slots, text, np.concatenate([self._pieces.rows, np.array(rows, np.int64)]))
        compiled.enter(self._pieces, self._seed, fresh, count)
        return [numbers[text] for text in texts]

    def _piece_row(self, start: int, text: bytes, piece: features.Piece) -> tuple[int, ...]:
        written = text.decode()
        lead = len(written[: piece.lead].encode())
        length = len(written[piece.lead : piece.lead + piece.length].encode())
        word = self._word_numbers[piece.form, piece.mark] if piece.form else -1
        return start, len(text), 0, _packed(piece[3:]), word, lead, length

    def _add_words(self, forms: list[tuple[str, bool]]) -> None:
        """Enter the words, with whether they are marks, that are not in the tables yet."""
        new = [key for key in dict.fromkeys(forms) if key not in self._word_numbers]
        if not new:
            return
        self._word_numbers.update(zip(new, range(len(self._word_numbers), len(self._word_numbers) + len(new)), strict=True))
        rows = [self._word_row(form, mark) for form, mark in new]
        flags, stem, column, no, ending, senses, mains = zip(*rows, strict=True)
        old = self._words
        sense_start, all_senses = _grown_lists(old.sense_start, old.senses, senses)
        main_start, all_mains = _grown_lists(old.main_start, old.mains, [kind for kinds in mains for kind in kinds])
        self._words = Words(
            flags=_grown(old.flags, flags),
            stem=_grown(old.stem, stem),
            column=_grown(old.column, column),
            no=_grown(old.no, no),
            ending=_grown(old.ending, ending),
            sense_start=sense_start,
            senses=all_senses,
            main_start=main_start,
            mains=all_mains,
        )

    def _word_row(self, form: str, mark: bool) -> tuple[int, int, int, int, int, list[int], list[list[int]]]:
        roles, column = features.roles(form), self._model.vocabulary.get
        if mark:
            return _packed((*roles[3:], False, False)), -1, -1, -1, -1, [], [[] for _ in KINDS]
        stem = roles.stem
        mains = [[column(f"main:{kind}{name}", -1) for name in roles.main if roles.verb] for kind in KINDS]
        return (
            _packed((*roles[3:], bool(stem), stem in features.MASKS)),
            self._stems.get(stem, -1),
            column(stem, -1),
            column(f"no:{stem}", -1),
            column(f"ending:{stem}", -1),
            [place for sense in roles.senses if (place := column(sense, -1)) >= 0],
            [[place for place in kind if place >= 0] for kind in mains],
        )

    def _weights_of(self, model: Model) -> Weights:
        """The model as arrays; stems that stand in a pair get their numbers here."""
        pairs = {name: column for name, column in model.vocabulary.items() if " " in name}
        number = self._stems.setdefault
        stems = (name.split(" ", 1) for name in pairs)
        keys = [number(left, len(self._stems)) << 32 | number(right, len(self._stems)) for left, right in stems]
        size = 1 << (4 * len(pairs) + 1).bit_length()
        pair_keys, pair_columns = np.full(size, -1, np.int64), np.full(size, -1, np.int32)
        compiled.enter_pairs(np.array(keys, np.int64), np.array([*pairs.values()], np.int32), pair_keys, pair_columns)
        unknown = [model.vocabulary.get(f"unknown:{count}", -1) for count in range(1, features.MOST_UNKNOWN + 1)]
        rows = np.ascontiguousarray(np.vstack([model.idf, model.coef]).T, np.float32)
        return Weights(rows, model.intercept, np.array(unknown, np.int32), pair_keys, pair_columns)


def _packed(flags: Sequence[Any]) -> int:
    return sum([1 << place for place, flag in enumerate(flags) if flag])


def _grown(column: NDArray[Any], rows: Sequence[int]) -> NDArray[Any]:
    return np.concatenate([column, np.array(rows, column.dtype)])


def _grown_lists(
    starts: NDArray[np.int64], values: NDArray[np.int32], rows: Sequence[list[int]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Lists of different lengths laid end to end, and where each begins."""
    ends = list(accumulate(map(len, rows), initial=len(values)))[1:]
    return _grown(starts, ends), _grown(values, [value for row in rows for value in row])


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """The class of every character, as the patterns of ``features`` see it."""
    everything = np.arange(sys.maxunicode + 1, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    classes = np.full(len(everything), compiled.OTHER, np.uint8)
    for pattern, kind in ((rf"[{features.PIECE_CHARACTERS}]+", compiled.INSIDE), (r"\s+", compiled.SPACE)):
        for run in re.finditer(pattern, everything):
            classes[run.start() : run.end()] = kind
    return classes
