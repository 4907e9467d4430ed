"""A block of a table in, its sentences out, as columns: plain rows by the compiled loops, every other row one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from classifier.articles import LINE_OPENERS, Article, article_from_text
from classifier.blocks import Block
from classifier.errors import StanceError
from classifier.sentences import Sentence, split
from classifier.strings import Strings, together
from classifier.tables import FIELDS, Reject, Row, parse_date

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Sentences:
    """The sentences of a block, before they are scored.

    Attributes
    ----------
    id, date, source, title : Strings (n_articles)
    owner : ndarray (n_sentences,)
        The article of each sentence, ascending.
    paragraph, start, end : ndarray (n_sentences,)
        Where it stands: characters of the paragraph, which are counted from 0.
    text : Strings (n_sentences)
    rejects : list of Reject
        Rows that hold no article.
    """

    id: Strings
    date: Strings
    source: Strings
    title: Strings
    owner: Numbers
    paragraph: Numbers
    start: Numbers
    end: Numbers
    text: Strings
    rejects: list[Reject]


def sentences_of(block: Block) -> Sentences:
    """The sentences of `block`: of its plain rows by the compiled loops, of the others one by one."""
    rows, plain = _plain_rows(block)
    others, articles, split_up, rejects = _other_rows(block, set(rows.tolist()))
    flat = list(chain.from_iterable(split_up))
    one_by_one = Sentences(
        id=Strings.of(article.name for article in articles),
        date=Strings.of(article.date for article in articles),
        source=Strings.of(article.source for article in articles),
        title=Strings.of(article.title for article in articles),
        owner=np.repeat(np.arange(len(articles)), [len(sentences) for sentences in split_up]),
        paragraph=np.array([sentence.paragraph for sentence in flat], np.int64),
        start=np.array([sentence.start for sentence in flat], np.int64),
        end=np.array([sentence.end for sentence in flat], np.int64),
        text=Strings.of(sentence.text for sentence in flat),
        rejects=rejects,
    )
    return one_by_one if plain is None else _in_order(plain, one_by_one, np.argsort([*rows.tolist(), *others], kind="stable"))


def _plain_rows(block: Block) -> tuple[NDArray[np.intp], Sentences | None]:
    """The rows that are one paragraph of one sentence for sure, and these sentences."""
    if block.file is None:
        return np.empty(0, np.intp), None
    from classifier import lanes

    cells = {field: np.ascontiguousarray(block.cells[:, place]) for place, field in enumerate(FIELDS)}
    good = lanes.one_sentence(block.data, cells["text"], _openers())
    good[[*block.odd]] = False
    for field in ("id", "source"):
        good &= lanes.trim(block.data, cells[field])
    if "id" in block.file.chosen:
        good &= cells["id"][:, 0] < cells["id"][:, 1]
    dates = _dates(block.data, cells["date"]) if "date" in block.file.chosen else [""] * len(block)
    good &= np.array([date is not None for date in dates])
    rows = np.flatnonzero(good)
    copied = {field: _copied(block.data, cells[field][rows]) for field in ("text", "id", "source")}
    text, characters = copied["text"]
    nothing = np.zeros(len(rows), np.int64)
    id_of = block.file.part.id_of
    numbers = Strings.of(id_of(block.first + row + 1) for row in rows.tolist()) if "id" not in block.file.chosen else None
    return rows, Sentences(
        id=numbers or copied["id"][0],
        date=Strings.of(dates[row] or "" for row in rows.tolist()),
        source=copied["source"][0],
        title=Strings.of("" for _ in range(len(rows))),
        owner=np.arange(len(rows)),
        paragraph=nothing,
        start=nothing,
        end=characters,
        text=text,
        rejects=[],
    )


def _dates(data: NDArray[np.uint8], cells: Numbers) -> list[str | None]:
    whole = data.tobytes()
    found = [whole[start:end] for start, end in cells.tolist()]
    read = {cell: None if b'"' in cell else parse_date(cell.decode()) for cell in set(found)}
    return [read[cell] for cell in found]


def _copied(data: NDArray[np.uint8], cells: Numbers) -> tuple[Strings, Numbers]:
    """Cells of a CSV as strings, and how many characters each has."""
    from classifier import lanes

    out = np.empty(int((cells[:, 1] - cells[:, 0]).sum()), np.uint8)
    starts, ends, characters = (np.empty(len(cells), np.int64) for _ in range(3))
    size = lanes.gather(data, cells, out, starts, ends, characters)
    return Strings(out[:size], starts, ends), characters


def _other_rows(block: Block, done: set[int]) -> tuple[list[int], list[Article], list[list[Sentence]], list[Reject]]:
    """The rows that hold an article, the articles, their sentences, and the rows that hold none."""
    rows: list[int] = []
    articles: list[Article] = []
    split_up: list[list[Sentence]] = []
    rejects: list[Reject] = []
    for number in range(len(block)):
        if number in done:
            continue
        row = block.row(number)
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        read = _article(row)
        if isinstance(read, Reject):
            rejects.append(read)
        else:
            rows.append(number)
            articles.append(read[0])
            split_up.append(read[1])
    return rows, articles, split_up, rejects


def _article(row: Row) -> tuple[Article, list[Sentence]] | Reject:
    try:
        article = article_from_text(row.text, row.id, row.date, row.source)
        sentences = split(article.paragraphs)
        reason = "no sentence in the text"
    except StanceError as error:
        sentences, reason = [], str(error)
    return (article, sentences) if sentences else Reject(row.line, reason, (row.id, row.date, row.source, row.text))


def _in_order(one: Sentences, other: Sentences, order: NDArray[np.intp]) -> Sentences:
    """The sentences of both, whose articles, one's before the other's, belong in `order`."""
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    owner = rank[np.concatenate([one.owner, other.owner + len(one.id)])]
    sentences = np.argsort(owner, kind="stable")

    def numbers(field: str) -> Numbers:
        return np.concatenate([getattr(one, field), getattr(other, field)])[sentences]

    return Sentences(
        id=together([one.id, other.id]).take(order),
        date=together([one.date, other.date]).take(order),
        source=together([one.source, other.source]).take(order),
        title=together([one.title, other.title]).take(order),
        owner=owner[sentences],
        paragraph=numbers("paragraph"),
        start=numbers("start"),
        end=numbers("end"),
        text=together([one.text, other.text]).take(sentences),
        rejects=other.rejects,
    )


def _openers() -> NDArray[np.uint8]:
    return np.frombuffer("".join(opener + "\n" for opener in LINE_OPENERS).encode(), np.uint8)
