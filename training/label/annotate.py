"""A pool of unlabelled text in, its sentences out in the order in which they are worth labelling; answers go to a file at once.

Articles are parted once and for all into those to learn from and those to test on, so that no test sentence has a neighbour in
the training data. Test sentences come at random, the others by what the model can learn from them.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import itertools
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.batch.writers import neutral
from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model.probabilities import Array
from classifier.tables.reader import open_table
from classifier.tables.rows import Row
from classifier.text.articles import article_from_text
from classifier.text.sentences import split
from training.data.groups import near_duplicates, stems_of

FIELDS = ("text", "label", "article", "annotator")
ONE_IN = 5
"""Of so many questions one is for the test file; of so many articles one is kept for it."""
MOST = 10_000
"""Sentences of a pool that are looked at: more than anybody labels, and read in seconds."""
_LEAST_ARTICLES = 5
_BATCH = 5
"""Asked before the order is thought over again."""
_WINDOW = 10


@dataclass(frozen=True)
class Question:
    """A sentence to label.

    Attributes
    ----------
    text : str
        On one line, without control characters.
    article : str
        The id of the row that it comes from; empty when nothing else has that id.
    before, after : str
        Its neighbours in the article; empty at the ends.
    test : bool
        Whether the answer goes to the test file.
    """

    text: str
    article: str
    before: str
    after: str
    test: bool


class Pool(NamedTuple):
    """What was detected in a table of text, for the user, and its sentences without copies and near-copies."""

    description: str
    questions: list[Question]


# --- the pool --------------------------------------------------------------------------------------------------------


def read_pool(name: str, columns: Mapping[str, str]) -> Pool:
    """Read the sentences to choose from.

    Parameters
    ----------
    name : str
        A table as ``stance batch`` reads it: CSV, TSV, JSON Lines or Parquet.
    columns : mapping of field to column
        Columns that the user names.

    Raises
    ------
    StanceError
        When the table cannot be read or holds no sentence.
    """
    if name == "-":
        raise StanceError("the pool cannot come from standard input, where the answers come from; give it as a file")
    table = open_table(name, columns)
    rows = heapq.nsmallest(MOST, (row for row in table.rows if isinstance(row, Row)), key=lambda row: _draw("row", row.text))
    rows_of = Counter(row.id for row in rows)
    questions: list[Question] = []
    for row in rows:
        texts = _sentences(row)
        neighbours = ["", *texts, ""]
        article = row.id if len(texts) > 1 or rows_of[row.id] > 1 else ""
        test = len(rows_of) >= _LEAST_ARTICLES and _draw("side", row.id) * ONE_IN < 1
        questions += [Question(text, article, neighbours[at], neighbours[at + 2], test) for at, text in enumerate(texts)]
        if len(questions) >= MOST:
            break
    if not questions:
        raise StanceError(f"{name}: holds no sentence to label; give a table with a column of text")
    return Pool(table.description, _without_copies(questions))


def parse_labels(stated: str) -> tuple[str, ...]:
    """The labels in ``hawkish,dovish``.

    Raises
    ------
    StanceError
        When there are fewer than two, or one cannot be printed.
    """
    labels = tuple(dict.fromkeys(part.strip() for part in stated.split(",") if part.strip()))
    if len(labels) < 2 or not all(label.isprintable() for label in labels):
        raise StanceError(f"--labels: cannot read {stated!r}; write two names or more, such as hawkish,dovish")
    return labels


def _sentences(row: Row) -> list[str]:
    """The sentences of a row; none where it is HTML and nothing is installed to read that."""
    try:
        paragraphs = article_from_text(row.text, row.id).paragraphs
    except StanceError:
        return []
    return [_one_line(sentence.text) for sentence in split(paragraphs)]


def _one_line(text: str) -> str:
    """`text` without what would break a line of a file or steer a terminal."""
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in text).split())


def _draw(purpose: str, text: str) -> float:
    """A number from 0 to 1 that is random, and the same for the same text in every run."""
    return int.from_bytes(hashlib.sha256(f"{purpose} {text}".encode()).digest()[:8], "big") / 2**64


def _without_copies(questions: Sequence[Question]) -> list[Question]:
    """The first of all that have nearly the same words, names not counted."""
    again = {later for _, later in near_duplicates(stems_of(question.text for question in questions))}
    return [question for number, question in enumerate(questions) if number not in again]


# --- the order -------------------------------------------------------------------------------------------------------


def in_order(questions: Sequence[Question], opinion: Callable[[], Array | None], answered: int) -> Iterator[Question]:
    """`questions` as they are to be asked: one in five at random from the test part, the others the most useful first.

    Parameters
    ----------
    questions : sequence of Question, length n
        Those that are still to be answered.
    opinion : callable
        Gives what the model says of each now, array (n, n_labels), or None; without one the next come at random.
    answered : int
        How many were answered before.
    """
    at_random = sorted(range(len(questions)), key=lambda number: _draw("question", questions[number].text))
    test = (questions[number] for number in at_random if questions[number].test)
    rest = [number for number in at_random if not questions[number].test]
    useful = (questions[number] for number in _most_useful_now(questions, rest, opinion))
    for number in itertools.count(answered + 1):
        first, second = (test, useful) if number % ONE_IN == 0 else (useful, test)
        if (question := next(first, None) or next(second, None)) is None:
            return
        yield question


def _most_useful_now(questions: Sequence[Question], left: list[int], opinion: Callable[[], Array | None]) -> Iterator[int]:
    """The numbers `left` in an order that follows what the model learns meanwhile."""
    vectors = vectors_of([question.text for question in questions])
    while left:
        if (probabilities := opinion()) is None:
            chosen = left[:1]
        else:
            chosen = [left[place] for place in most_useful(vectors[left], probabilities[left])]
        yield from chosen
        left = [number for number in left if number not in set(chosen)]


def vectors_of(texts: Sequence[str]) -> csr_matrix:
    """What likeness of questions is judged by: TF-IDF of words."""
    return (
        csr_matrix(TfidfVectorizer(token_pattern=r"\S+", sublinear_tf=True).fit_transform(texts)) if texts else csr_matrix((0, 0))
    )


def most_useful(vectors: csr_matrix, probabilities: Array) -> list[int]:
    """The positions of the next few texts: the model is unsure of them, and they differ from each other.

    Diverse mini-batch active learning (Zhdanov 2019, arXiv:1901.05954): the fifty texts with the least margin between the two
    most probable labels are parted into five groups by k-means on TF-IDF, weighted by the lack of margin, and the text nearest to
    the centre of each group is asked.

    Parameters
    ----------
    vectors : csr_matrix (n, n_words)
    probabilities : ndarray (n, n_labels)
    """
    ordered = np.sort(probabilities, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    window = np.argsort(margin, kind="stable")[: _BATCH * _WINDOW]
    if len(window) <= _BATCH:
        return list(window.tolist())
    # A margin of exactly 1 everywhere would leave nothing to weigh with.
    groups = KMeans(_BATCH, random_state=0, n_init=1).fit(vectors[window], sample_weight=1.001 - margin[window])
    nearest = np.unique(groups.transform(vectors[window]).argmin(axis=0))
    return list(window[nearest].tolist())


# --- the answers -----------------------------------------------------------------------------------------------------


def apart(data: Path) -> Path:
    """Where the answers to test questions go: ``DATA.test.csv`` beside ``DATA.csv``."""
    return data.with_name(f"{data.stem}.test{data.suffix}")


class Answers:
    """The answers in ``DATA.csv`` and ``DATA.test.csv``: each is on the disk when ``add`` returns.

    Attributes
    ----------
    earlier : dict of bool to list of (str, str)
        Texts and labels that stood in the files when the session began: those to train on, and (True) those to test on.
    train, test : int
        How many answers stand in either file now.

    Raises
    ------
    StanceError
        When a file is none that was written here, was changed by another program meanwhile, or cannot be written.
    """

    def __init__(self, data: Path, annotator: str, labels: Collection[str]) -> None:
        if data.suffix != ".csv" or not data.resolve().parent.is_dir():
            raise StanceError(f"{data}: answers need a name that ends in .csv, in a folder that exists")
        self._files = {False: data, True: apart(data)}
        self._annotator = neutral(_one_line(annotator))
        self._given: list[tuple[Question, int]] = []
        earlier = {test: _read_answers(file, labels) for test, file in self._files.items()}
        self._sizes = {test: file.stat().st_size if file.exists() else 0 for test, file in self._files.items()}
        self.earlier = earlier
        self.train, self.test = len(earlier[False]), len(earlier[True])
        self._texts = {text for some in earlier.values() for text, _ in some}

    def unanswered(self, questions: Sequence[Question]) -> list[Question]:
        """Those of `questions` whose text had no answer when the session began."""
        return [question for question in questions if neutral(question.text) not in self._texts]

    def counts(self) -> list[tuple[Path, int]]:
        """Each file that has answers, and how many."""
        both = ((self._files[False], self.train), (self._files[True], self.test))
        return [(file, count) for file, count in both if count]

    def add(self, question: Question, label: str) -> None:
        """Keep an answer."""
        size = self._sizes[question.test]
        row = _csv_row([neutral(question.text), label, question.article and neutral(question.article), self._annotator])
        self._change(question.test, size, (b"" if size else _csv_row(FIELDS)) + row)
        self._given.append((question, size))
        self._count(question, +1)

    def undo(self) -> Question | None:
        """Take back the last answer of this session; what it was about, or None when there is none."""
        if not self._given:
            return None
        question, size = self._given.pop()
        self._change(question.test, size, b"")
        self._count(question, -1)
        return question

    def _count(self, question: Question, by: int) -> None:
        if question.test:
            self.test += by
        else:
            self.train += by

    def _change(self, test: bool, keep: int, more: bytes) -> None:
        """Cut a file to its first `keep` bytes and append `more`; when that fails it is as it was, less what was cut."""
        file = self._files[test]
        if (file.stat().st_size if file.exists() else 0) != self._sizes[test]:
            raise StanceError(f"{file}: was changed by another program; start again, what was answered is kept")
        try:
            with file.open("ab") as out:
                out.truncate(keep)
                try:
                    out.write(more)
                    out.flush()
                    os.fsync(out.fileno())
                except OSError:
                    os.truncate(file, keep)
                    raise
        except OSError as error:
            raise StanceError(f"{file}: cannot be written ({error.strerror or error}); earlier answers are kept") from None
        self._sizes[test] = keep + len(more)


def _read_answers(file: Path, labels: Collection[str]) -> list[tuple[str, str]]:
    """The texts that were answered, each with its one of `labels`; a last row that a power cut tore is cut off."""
    if not os.path.lexists(file):
        return []
    if not file.is_file():
        raise StanceError(f"{file}: is not a regular file; give -o another name")
    try:
        data = file.read_bytes()
        whole = _mended(data)
        rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise StanceError(f"{file}: cannot be read as a file of answers ({reason}); give -o another name") from None
    if data and (not rows or tuple(rows[0]) != FIELDS):
        raise StanceError(f"{file}: is no file of answers, its columns are not {', '.join(FIELDS)}; give -o another name")
    if strange := [row[1] for row in rows[1:] if row and row[1] not in labels]:
        raise StanceError(
            f"{file}: has answers labelled {strange[0]!r}, which is none of {', '.join(labels)}; give -o another name, or with "
            "--labels those it was begun with"
        )
    if whole != data:
        write_whole(file, whole)
    return [(row[0], row[1]) for row in rows[1:] if row]


def _mended(data: bytes) -> bytes:
    """`data` with its last line ended where all cells are there, else cut off."""
    cut = data.rfind(b"\n") + 1
    try:
        last = list(csv.reader(io.StringIO(data[cut:].decode()), strict=True))
    except (UnicodeDecodeError, csv.Error):
        last = []
    if not data[cut:]:
        return data
    return data + b"\n" if last and len(last[0]) == len(FIELDS) else data[:cut]


def _csv_row(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()
