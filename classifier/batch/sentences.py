"""A block of a table in, its sentences out, as columns: plain rows by the compiled loops, every other row one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from classifier.errors import StanceError
from classifier.kernel.strings import Strings, together
from classifier.tables.blocks import Block
from classifier.tables.cells import LONGEST_NOTHING, filled
from classifier.tables.columns import FIELDS
from classifier.tables.dates import parse_date
from classifier.tables.rows import Reject, Row
from classifier.text.articles import Article, article_from_text
from classifier.text.furniture import CLOSERS, DATE_OPENERS, LINE_OPENERS
from classifier.text.leftovers import dateline_agency, is_touched
from classifier.text.sentences import Sentence, split

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
    cleaned : mapping of kind to count
        What was left out or put right in the cells (``tables.cells``), and pieces of articles that were no sentences.
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
    cleaned: Mapping[str, int]


def sentences_of(block: Block) -> Sentences:
    """The sentences of `block`: of its plain rows by the compiled loops, of the others one by one."""
    rows, plain = _plain_rows(block)
    left = np.ones(len(block), np.bool_)
    left[rows] = False
    others, articles, split_up, rejects, cleaned = _other_rows(block, np.flatnonzero(left))
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
        cleaned=cleaned + Counter(kind for article in articles for kind in article.cleaned),
    )
    if plain is None:
        return one_by_one
    return _in_order(plain, one_by_one, np.argsort(np.concatenate([rows, np.array(others, np.intp)]), kind="stable"))


def _plain_rows(block: Block) -> tuple[NDArray[np.intp], Sentences | None]:
    """The rows that are one paragraph for sure, and their sentences."""
    if block.file is None:
        return np.empty(0, np.intp), None
    from classifier.tables import compiled_cells

    cells = {field: np.ascontiguousarray(block.cells[:, place]) for place, field in enumerate(FIELDS)}
    kinds, opens, bracket = compiled_cells.paragraphs(block.data, cells["text"], *_tables())
    good = kinds != compiled_cells.NOT_PLAIN
    good[[*block.odd]] = False
    for number in np.flatnonzero(good & opens).tolist():
        start, end = cells["text"][number].tolist()
        good[number] = not is_touched(block.data[start:end].tobytes().decode().replace('""', '"'))
    layout = block.file.layout
    for field in ("id", "source", "title"):
        good &= compiled_cells.trim(block.data, cells[field])
    good &= cells["title"][:, 0] == cells["title"][:, 1]
    for number in np.flatnonzero(good & _may_be_nothing(block.data, cells["id"], cells["source"])).tolist():
        named = (
            block.data[start:end].tobytes().decode() for start, end in (cells[each][number].tolist() for each in ("id", "source"))
        )
        good[number] = all(filled(name) or not name for name in named)
    if "source" in layout.chosen:
        good &= ~compiled_cells.holds(block.data, cells["source"], ord("&"))
    if "id" in layout.chosen:
        good &= cells["id"][:, 0] < cells["id"][:, 1]
    if "date" in layout.chosen:
        dates = _dates(block.data, cells["date"], layout.dates)
        good &= np.array([date is not None for date in dates])
    rows = np.flatnonzero(good)
    copied = {field: _copied(block.data, cells[field][rows]) for field in ("text", "id", "source")}
    paragraphs, characters = copied["text"]
    source = copied["source"][0]
    id_of = block.file.part.id_of
    numbers = Strings.of(id_of(block.first + row + 1) for row in rows.tolist()) if "id" not in layout.chosen else None
    owner, start, end, text = _split(paragraphs, characters, kinds[rows] == compiled_cells.PARAGRAPH)
    return rows, Sentences(
        id=numbers or copied["id"][0],
        date=Strings.of(dates[row] or "" for row in rows.tolist()) if "date" in layout.chosen else Strings.empty(len(rows)),
        source=_with_agencies(source, paragraphs, np.flatnonzero(bracket[rows] & (source.starts == source.ends))),
        title=Strings.empty(len(rows)),
        owner=owner,
        paragraph=np.zeros(len(owner), np.int64),
        start=start,
        end=end,
        text=text,
        rejects=[],
        cleaned={},
    )


def _split(paragraphs: Strings, characters: Numbers, several: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers, Strings]:
    """The sentences of paragraphs of so many characters: owner, first and last character, text.

    Paragraphs that are not marked in `several` are one sentence each.
    """
    texts = paragraphs.take(several).to_list()
    split_up = [split([text]) for text in texts]
    found = [(text, sentence) for text, sentences in zip(texts, split_up, strict=True) for sentence in sentences]
    counts = np.ones(len(paragraphs), np.int64)
    counts[several] = [len(sentences) for sentences in split_up]
    owner = np.repeat(np.arange(len(paragraphs)), counts)
    start, end = np.zeros(len(owner), np.int64), characters[owner]
    first, last = paragraphs.starts[owner], paragraphs.ends[owner]
    parts = several[owner]
    start[parts] = [sentence.start for _, sentence in found]
    end[parts] = [sentence.end for _, sentence in found]
    first[parts] += np.array([len(text[: sentence.start].encode()) for text, sentence in found], np.int64)
    last[parts] = first[parts] + np.array([len(sentence.text.encode()) for _, sentence in found], np.int64)
    return owner, start, end, Strings(paragraphs.data, first, last)


def _with_agencies(source: Strings, paragraphs: Strings, rows: NDArray[np.intp]) -> Strings:
    """`source` with the agencies in the datelines of these rows, which have none."""
    agencies = Strings.of(dateline_agency(text) for text in paragraphs.take(rows).to_list())
    order = np.arange(len(source))
    order[rows] = len(source) + np.arange(len(rows))
    return together([source, agencies]).take(order)


def _may_be_nothing(data: NDArray[np.uint8], *columns: Numbers) -> NDArray[np.bool_]:
    """Which rows hold a cell, trimmed, that may be a word for nothing: it is short and begins as one."""
    found = np.zeros(len(columns[0]), np.bool_)
    for cells in columns:
        lengths = cells[:, 1] - cells[:, 0]
        short = np.flatnonzero((lengths > 0) & (lengths < LONGEST_NOTHING))
        found[short] |= _OPENS_NOTHING[data[cells[short, 0]]]
    return found


_OPENS_NOTHING = np.array([chr(byte) in "NnUu\\#-<([{" for byte in range(256)])
"""First bytes of the words for nothing; those that are not ASCII are no plain cells."""


def _dates(data: NDArray[np.uint8], cells: Numbers, first: str) -> list[str | None]:
    whole = data.tobytes()
    found = [whole[start:end] for start, end in cells.tolist()]
    read = {cell: None if b'"' in cell else parse_date(cell.decode(), first) for cell in set(found)}
    return [read[cell] for cell in found]


def _copied(data: NDArray[np.uint8], cells: Numbers) -> tuple[Strings, Numbers]:
    """Cells of a CSV as strings, and how many characters each has."""
    from classifier.tables import compiled_cells

    out = np.empty(int((cells[:, 1] - cells[:, 0]).sum()), np.uint8)
    starts, ends, characters = (np.empty(len(cells), np.int64) for _ in range(3))
    size = compiled_cells.gather(data, cells, out, starts, ends, characters)
    return Strings(out[:size], starts, ends), characters


def _other_rows(
    block: Block, numbers: NDArray[np.intp]
) -> tuple[list[int], list[Article], list[list[Sentence]], list[Reject], Counter[str]]:
    """Of rows with these numbers those that hold an article, the articles, their sentences, the rows that hold none, and what
    was cleaned away in the others.
    """
    rows: list[int] = []
    articles: list[Article] = []
    split_up: list[list[Sentence]] = []
    rejects: list[Reject] = []
    cleaned: Counter[str] = Counter()
    for number in numbers.tolist():
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
            cleaned.update(row.cleaned)
    return rows, articles, split_up, rejects, cleaned


def _article(row: Row) -> tuple[Article, list[Sentence]] | Reject:
    try:
        article = article_from_text(row.text, row.id, row.date, row.source, row.title)
        sentences = split(article.paragraphs)
        reason = "no sentence in the text"
    except StanceError as error:
        sentences, reason = [], str(error)
    if sentences:
        return article, sentences
    return Reject(row.line, reason, (row.id, row.date, row.source, *([] if row.is_page else [row.text])))


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
        cleaned=other.cleaned,
    )


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint8], ...]:
    """What ``compiled_cells`` must know of texts: bytes that need a look, and how lines begin and end that may be no sentence."""
    marks = np.array([not (chr(byte).isalpha() or chr(byte) in " ,;-") or byte > 127 for byte in range(256)], np.uint8)
    return marks, _padded(LINE_OPENERS), _padded(CLOSERS), _padded(DATE_OPENERS)


def _padded(openers: Sequence[str]) -> NDArray[np.uint8]:
    """Each in a row, with at least one zero behind it."""
    encoded = [opener.encode() for opener in openers]
    width = 1 + max(map(len, encoded))
    return np.array([list(opener.ljust(width, b"\0")) for opener in encoded], np.uint8)
