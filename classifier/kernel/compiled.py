"""``Kernel``: many sentences as one run of bytes in, what ``Model.predict_proba`` and ``Model.explain`` say of them out.

Each distinct piece of text (a word as it is written, a number, a mark) is understood once, in Python, by ``tokens.piece`` and
``roles.roles``; the compiled loops then work on numbers. What was once understood is kept in tables, which are emptied when
they grow too large. Pieces and pairs of stems are told apart by all of their bytes, never by their hash alone.

Needs Numba (extra ``fast``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.kernel import layout, pieces, sums
from classifier.kernel.columns import enter_pairs
from classifier.kernel.layout import KINDS, Frames, Output, Pieces, Weights, Words
from classifier.kernel.scores import Scores
from classifier.kernel.strings import Strings, together
from classifier.model import labels as scheme
from classifier.model import tokens
from classifier.model.explanation import MOST_DECIDING
from classifier.model.features import MOST_UNKNOWN, NOTHING_KNOWN
from classifier.model.frame import MOST_VERBS, SUBJECTS, subject_kind
from classifier.model.objects import PARTICLES
from classifier.model.probabilities import Array, softmax
from classifier.model.regression import Model
from classifier.model.roles import MASKS, roles
from classifier.model.scenes import particle_bit, reversing
from classifier.model.shape import KINDS as KINDS_OF_SHAPE
from classifier.model.shape import MOST_STEPS, counted_as, ending
from classifier.model.turns import SIDES, TURNS, turn_bits, turn_name
from classifier.model.verbs import TENSES, auxiliary_strength
from classifier.text.reading import as_read, given, reading_of

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
        self._weights = self._weights_of()
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

    def score(self, text: Strings, stories: NDArray[np.int64] | None = None, explain: bool = True) -> Scores:
        """Score every sentence of `text` as ``Scorer.score`` says."""
        odd = np.flatnonzero(pieces.may_be_unseen(text.data, text.starts, text.ends))
        if len(odd):
            return self._score_as_read(text, odd, stories, explain)
        return self._score(text, stories, explain)

    def _score_as_read(self, text: Strings, odd: NDArray[np.intp], stories: NDArray[np.int64] | None, explain: bool) -> Scores:
        """Score `text`, of which the sentences `odd` may have to be read otherwise than they stand there."""
        given_texts = text.take(odd).to_list()
        order = np.arange(len(text))
        order[odd] = len(text) + np.arange(len(odd))
        scores = self._score(together([text, Strings.of(map(as_read, given_texts))]).take(order), stories, explain)
        for number, sentence in zip(odd.tolist(), given_texts, strict=True):
            if reading := reading_of(sentence):
                seen = reading.text.encode()
                for span in scores.deciding[number]:
                    if span[0] >= 0:
                        place = given(reading, *(len(seen[:end].decode()) for end in span.tolist()))
                        span[:] = [len(sentence[:end].encode()) for end in place]
        return scores

    def _score(self, text: Strings, stories: NDArray[np.int64] | None, explain: bool) -> Scores:
        if self._piece_rows.used > _MOST_PIECES or self._text.used > _MOST_TEXT:
            self._forget()
        found, at, first, begins = self._cut(text)
        count = len(text.starts)
        output = Output(
            np.empty((count, len(self._model.labels))),
            np.empty(count),
            np.full((count, MOST_DECIDING, 2), -1, dtype=np.int32),
        )
        bounds = np.arange(count + 1) if stories is None else stories
        tables = self._pieces, self._words, self._weights, self._most_columns
        sums.score(found, at, first, begins, text.starts, bounds, *tables, explain, output)
        return Scores(*output)

    def _cut(self, text: Strings) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The number and the first byte of each piece, the first piece of each sentence, and its first byte behind a dateline."""
        begins = text.starts.copy()
        for number in np.flatnonzero(pieces.may_have_dateline(text.data, text.starts, text.ends, _DATELINE_REACH)):
            sentence = text.data[text.starts[number] : text.ends[number]].tobytes().decode()
            if dateline := tokens.DATELINE.match(sentence):
                begins[number] += len(dateline.group().encode())
        most = int((text.ends - begins).sum())
        found, at, till = np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.int64)
        first = np.empty(len(begins) + 1, np.int64)
        count = pieces.scan(text.data, begins, text.ends, _classes(), self._pieces, self._seed, found, at, till, first)
        new = np.flatnonzero(found[:count] < 0)
        if len(new):
            data = memoryview(text.data)  # type: ignore[arg-type]
            spans = zip(at[new].tolist(), till[new].tolist(), strict=True)
            try:
                found[new] = self._learn([bytes(data[start:end]) for start, end in spans])
            except BaseException:
                # Half learned is wrong, and who retries would not see it.
                self._forget()
                raise
        return found, at, first, begins

    # --- the tables --------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        """Begin with empty tables, but for the word that names become."""
        self._slots = np.zeros(2, np.int64)
        self._text, self._piece_rows = _Growing(np.uint8), _Growing(np.int64, len(layout.PIECE_FIELDS))
        self._word_rows, self._senses = _Growing(np.int64, len(layout.WORD_FIELDS)), _Growing(np.int32)
        self._main_start, self._mains = _Growing(np.int64), _Growing(np.int32)
        self._main_start.extend([0])
        self._most_columns = 0
        self._word_numbers: dict[tuple[str, bool], int] = {}
        self._columns_of_main: dict[tuple[str, ...], list[list[int]]] = {(): [[] for _ in KINDS]}
        self._add_words([("NAME", False)])
        self._pieces = Pieces(self._slots, self._text.rows, self._piece_rows.rows)

    def _learn(self, texts: list[bytes]) -> list[int]:
        """The number of each of `texts`, which are new to the tables but may stand there several times."""
        known = self._piece_rows.used
        numbers = {text: known + place for place, text in enumerate(dict.fromkeys(texts))}
        understood = [(text, tokens.piece(text.decode())) for text in numbers]
        self._add_words([(piece.form, piece.mark) for _, piece in understood if piece.form])
        starts = accumulate(map(len, numbers), initial=self._text.used)
        rows = np.array([self._piece_row(start, text, piece) for start, (text, piece) in zip(starts, understood, strict=False)])
        rows[:, layout.PIECE_FIELDS.index("may_be")] = _packed([piece[3:] for _, piece in understood])
        self._text.extend(np.frombuffer(b"".join(numbers), np.uint8))
        self._piece_rows.extend(rows)
        count, fresh = known + len(numbers), known
        if 2 * count > len(self._slots):
            self._slots, fresh = np.zeros(1 << (4 * count).bit_length(), np.int64), 0
        self._pieces = Pieces(self._slots, self._text.rows, self._piece_rows.rows)
        pieces.enter(self._pieces, self._seed, fresh, count)
        return [numbers[text] for text in texts]

    def _piece_row(self, start: int, text: bytes, piece: tokens.Piece) -> tuple[int, ...]:
        """The fields of ``PIECE_FIELDS``, but for the head and what it may be."""
        word = self._word_numbers[piece.form, piece.mark] if piece.form else -1
        lead, length = piece.lead, piece.length
        if not text.isascii():
            written = text.decode()
            length = len(written[lead : lead + length].encode())
            lead = len(written[:lead].encode())
        return start, len(text), 0, 0, word, lead, length

    def _add_words(self, forms: list[tuple[str, bool]]) -> None:
        """Enter the words, with whether they are marks, that are not in the tables yet."""
        new = [key for key in dict.fromkeys(forms) if key not in self._word_numbers]
        if not new:
            return
        self._word_numbers.update(zip(new, range(len(self._word_numbers), len(self._word_numbers) + len(new)), strict=True))
        rows = [self._word_row(form, mark) for form, mark in new]
        flags, fields, senses, classes, mains = zip(*rows, strict=True)
        kinds = [*chain.from_iterable(mains)]
        self._most_columns = max(self._most_columns, *map(len, (*senses, *classes, *kinds)))
        ends = _ends([*chain.from_iterable(zip(senses, classes, strict=True))], self._senses.used)
        before, behind = np.array(fields, np.int64)[:, : layout.SENSES - 1], np.array(fields, np.int64)[:, layout.SENSES - 1 :]
        self._word_rows.extend(np.column_stack([_packed(flags), before, ends[:-1:2], ends[1::2], ends[2::2], behind]))
        self._senses.extend([*chain.from_iterable(chain.from_iterable(zip(senses, classes, strict=True)))])
        self._main_start.extend(_ends(kinds, self._mains.used)[1:])
        self._mains.extend([*chain.from_iterable(kinds)])
        self._words = Words(self._word_rows.rows, self._senses.rows, self._main_start.rows, self._mains.rows)

    def _word_row(self, form: str, mark: bool) -> _WordRow:
        """What the tables say of a word."""
        played, column, number = roles(form), self._model.vocabulary.get, self._stems.get
        stem = "" if mark else played.stem
        of_any = (column(ending(form, not stem), -1),)
        always = (
            *(particle_bit(form), reversing(form), subject_kind(form, stem)),
            *(auxiliary_strength(form), counted_as(form), turn_bits(form)),
        )
        if mark:
            fields = (-1, -1, -1, -1, -1, *of_any, -1, -1, -1, *always)
            return _WordRow((*played[3:], False, False), fields, [], [], self._columns_of_main[()])
        verb, *classes = played.main if played.verb else ("",)
        return _WordRow(
            (*played[3:], stem != "", stem in MASKS),
            (
                *(number(stem, -1), *(column(f"{scope}{stem}", -1) for scope in ("", "no:", "ending:", "undone:")), *of_any),
                *(number(f"{family}:{verb}", -1) for family in ("prep", "object", "particle")),
                *always,
            ),
            [place for sense in played.senses if (place := column(sense, -1)) >= 0],
            [left for each in classes if (left := number(f"object:{each}", -1)) >= 0],
            self._main_columns(played.main if played.verb else ()),
        )

    def _main_columns(self, names: tuple[str, ...]) -> list[list[int]]:
        """Columns of the features of a main verb, which has several forms, in each of ``KINDS``."""
        if names not in self._columns_of_main:
            column = self._model.vocabulary.get
            found = [[column(f"main:{kind}{name}", -1) for name in names] for kind in KINDS]
            self._columns_of_main[names] = [[place for place in kind if place >= 0] for kind in found]
        return self._columns_of_main[names]

    def _weights_of(self) -> Weights:
        """The model as arrays; what stands in a pair gets its number here."""
        model = self._model
        keys, values = self._pairs()
        table = np.full((1 << (4 * len(keys) + 1).bit_length(), 2), -1, np.int64)
        enter_pairs(np.array(keys, np.int64), np.array(values, np.int64), table)
        unknown = self._columns([NOTHING_KNOWN, *(f"unknown:{count}" for count in range(1, MOST_UNKNOWN + 1))])
        stances = np.array([scheme.describe(label).stance for label in model.labels])
        story = model.story.rows if model.story else np.empty((0, len(model.labels)))
        rows = np.ascontiguousarray(np.vstack([model.idf, model.coef]).T, np.float32)
        return Weights(rows, model.intercept, unknown, table, stances, story, self._frames())

    def _pairs(self) -> tuple[list[int], list[int]]:
        """Two numbers as one, and the column of them, or, for a verb and its particle, the number of both as a verb."""
        numbers = self._stems

        def key(left: str, right: str) -> int:
            return numbers.setdefault(left, len(numbers)) << 32 | numbers.setdefault(right, len(numbers))

        pairs = [(name.split(" ", 1), column) for name, column in self._model.vocabulary.items() if " " in name]
        found = {key(left, right): column for (left, right), column in pairs}
        for left in dict.fromkeys(left for (left, _), _ in pairs if left.startswith("object:")):
            verb, _, particle = left.removeprefix("object:").rpartition("_")
            if particle in PARTICLES:
                found[key(f"particle:{verb}", particle)] = numbers[left]
        return [*found], [*found.values()]

    def _frames(self) -> Frames:
        turns = [self._columns([turn_name(mask, side) for side in range(len(SIDES))]) for mask in range(1, 1 << len(TURNS))]
        tenses = [*TENSES, *(f"not-{tense}" for tense in TENSES)]
        return Frames(
            np.stack([self._columns([f"frame:{tense}", *(f"frame:{tense}:{kind}" for kind in SUBJECTS)]) for tense in tenses]),
            self._columns([f"frame:verbs:{count}" for count in range(MOST_VERBS + 1)]),
            self._columns([f"frame:subject:{kind}" for kind in SUBJECTS]),
            self._columns(["frame:no-verb", "frame:subordinate", "frame:quoted"]),
            self._columns(["toll:bare", "toll:attack"]),
            np.stack([self._columns([f"turn:broken:{side}" for side in SIDES]), *turns]),
            np.stack([self._columns([f"shape:{kind}:{value}" for value in range(MOST_STEPS + 1)]) for kind in KINDS_OF_SHAPE]),
        )

    def _columns(self, names: Sequence[str]) -> NDArray[np.int32]:
        return np.array([self._model.vocabulary.get(name, -1) for name in names], np.int32)


class _WordRow(NamedTuple):
    """Flags, the other fields of ``WORD_FIELDS`` but for the bounds of lists, and what stands in ``Words`` besides."""

    flags: tuple[Any, ...]
    fields: tuple[int, ...]
    senses: list[int]
    classes: list[int]
    mains: list[list[int]]


class _Growing:
    """Rows that are added to: ``rows`` has room behind those that are used, so that seldom one is copied."""

    def __init__(self, dtype: Any, *width: int) -> None:
        self.rows = np.zeros((64, *width), dtype)
        self.used = 0

    def extend(self, more: Any) -> None:
        """Add rows at the end."""
        end = self.used + len(more)
        if end > len(self.rows):
            rows = np.zeros((2 * end, *self.rows.shape[1:]), self.rows.dtype)
            rows[: self.used] = self.rows[: self.used]
            self.rows = rows
        self.rows[self.used : end] = more
        self.used = end


def _packed(flags: Sequence[tuple[Any, ...]]) -> NDArray[np.int64]:
    """Each row of yes and no as the bits of a number, the first the lowest."""
    bits = np.array(flags, dtype=bool)
    return np.asarray(bits @ (1 << np.arange(bits.shape[1])))


def _ends(lists: Sequence[Sequence[int]], before: int) -> NDArray[np.int64]:
    """Where each list ends when all are laid end to end behind `before` values, and first where the first begins."""
    return np.fromiter(accumulate(map(len, lists), initial=before), np.int64, len(lists) + 1)


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """The class of every character, as the patterns of ``tokens`` see it."""
    everything = np.arange(sys.maxunicode + 1, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    classes = np.full(len(everything), layout.OTHER, np.uint8)
    for pattern, kind in ((rf"[{tokens.PIECE_CHARACTERS}]+", layout.INSIDE), (r"\s+", layout.SPACE)):
        for run in re.finditer(pattern, everything):
            classes[run.start() : run.end()] = kind
    return classes
