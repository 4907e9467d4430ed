"""A file as a reader saved it in, ``Article``s out: title, date, source and the paragraphs that a person wrote.

News pages come with dirt: the headline printed again, captions and their credits, the agency's mark, subheads. What is no
sentence of the article is dropped here (``leftovers`` knows it), so that nothing further on has to know about it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, groupby, pairwise
from pathlib import Path
from statistics import median

from classifier.errors import StanceError
from classifier.files import foreign
from classifier.text.deliveries import DELIVERY, delivered
from classifier.text.documents import KINDS, text_of
from classifier.text.furniture import AGENCY, LONGEST_MARK, SENTENCE_END
from classifier.text.leftovers import credit, date_of, is_left_out, without_leftovers
from classifier.text.markup import HTML_START, HTML_TAG, Page, all_lines, from_html, from_markdown
from classifier.text.reading import is_broken

SUFFIXES = (".txt", ".md", ".html", ".htm", ".docx", ".rtf", ".pdf")
MAX_BYTES = 32_000_000
MAX_PARAGRAPH = 1_000_000


@dataclass(frozen=True)
class Article:
    """One article.

    Attributes
    ----------
    title : str
        The headline, empty when the text has none. A headline is also the first of the paragraphs.
    date : str
        ISO 8601 (``2024-06-14``), empty when unknown.
    source : str
        Agency or site, empty when unknown.
    paragraphs : tuple of str
        The text, one paragraph each, without line breaks at their ends.
    name : str
        Where it came from: a path, or ``stdin``; with ``#2`` for the second of several articles in a file.
    cleaned : tuple of str
        The kind of each piece that was no sentence of the article and went: "byline", "caption" and the like.
    """

    title: str
    date: str
    source: str
    paragraphs: tuple[str, ...]
    name: str = ""
    cleaned: tuple[str, ...] = ()


def find_files(arguments: list[str]) -> list[str]:
    """The files that `arguments` name: a directory stands for the articles in it, ``-`` for standard input.

    Raises
    ------
    StanceError
        When a path does not exist or a directory holds no article.
    """
    found: list[str] = []
    for argument in arguments:
        path = Path(argument)
        # A named pipe is what a shell makes of <(command).
        if argument == "-" or os.path.isfile(argument) or path.is_fifo():
            found.append(argument)
        elif os.path.isdir(argument):
            inside = sorted(
                str(file)
                for file in path.rglob("*")
                if file.suffix.lower() in SUFFIXES and file.is_file() and not file.name.startswith(".")
            )
            if not inside:
                raise StanceError(f"{argument}: no article in this directory; it needs files ending in {', '.join(SUFFIXES)}")
            found.extend(inside)
        elif os.path.exists(argument):
            raise StanceError(f"{argument}: not a regular file; give a text file, a directory, or - for standard input")
        else:
            raise StanceError(f"{argument}: no such file; check the path, or give - to read standard input")
    return found


def read_articles(path: str | os.PathLike[str]) -> list[Article]:
    """The articles in one file, in order: several in a delivery of an archive, or each under its repeated headline.

    Parameters
    ----------
    path : str or path
        Ends in one of ``SUFFIXES`` (anything else is read as plain text); or ``-`` for standard input.

    Raises
    ------
    StanceError
        When the file cannot be read, is not text, is too large for an article, or holds no sentence.

    Examples
    --------
    >>> from classifier import read_articles
    >>> [article] = read_articles("seeds/articles/01-iran-missile-test.txt")
    >>> article.date
    '2021-10-09'
    """
    name = os.fspath(path)
    if Path(name.removesuffix(".gz")).suffix.lower() in _TABLES:
        raise StanceError(f"{name}: is a table, not an article; label it with: stance batch {name} -o OUT.csv")
    data = _read_bytes(name)
    # A name that is not valid UTF-8 must not break what it is printed in.
    name = "stdin" if name == "-" else os.fsencode(name).decode("utf-8", "replace")
    kind = Path(name).suffix.lower()
    text = text_of(data, kind, name) if kind in KINDS else _decode(data, name)
    is_page = kind in (".html", ".htm") or (kind != ".md" and bool(HTML_START.match(text)))
    longest = max(map(len, text.split("\n")))
    # A page may well stand in one line; its paragraphs are marked.
    if longest > MAX_PARAGRAPH and not is_page:
        raise StanceError(
            f"{name}: a line of {longest:,} characters is no paragraph; put line breaks between paragraphs "
            f"(at most {MAX_PARAGRAPH:,} characters each)"
        )
    if (articles := _from_delivery(text, name, is_page)) or kind == ".md":
        articles = articles or [_from_page(from_markdown(text), name)]
    elif is_page:
        articles = [_from_page(from_html(text, name), name)]
    else:
        articles = list(_from_text(text, name))
    articles = [article for article in articles if article.paragraphs]
    if not articles:
        raise StanceError(f"{name}: holds no sentence; give a file with the text of an article")
    return articles


def article_from_text(text: str, name: str, date: str = "", source: str = "", title: str = "") -> Article:
    """The one article in `text`, plain or HTML, as a cell of a table holds it; it may have no paragraph at all.

    A `title` that another cell holds is its headline, once, whether or not the text begins with it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if HTML_TAG.search(text):
        page = from_html(text, name)
        found = _from_page(_headed(page, title) if title else page, name)
    else:
        lines = _unwrap([*dropwhile(lambda line: not line, (line.strip() for line in text.split("\n")))])
        whole = Page([line for line in lines if line], title="")
        found = _from_page(_headed(whole, title), name) if title else _from_block(lines, name)
    return replace(found, date=date or found.date, source=source or found.source)


def _headed(page: Page, title: str) -> Page:
    """`page` under this headline."""
    lines = page.lines[bool(page.title) :]
    repeated = lines and lines[0].casefold() == title.casefold()
    return page._replace(lines=[title, *lines[bool(repeated) :]], title=title)


# --- bytes to text ---------------------------------------------------------------------------------------------------


def _read_bytes(name: str) -> bytes:
    try:
        if name == "-":
            if sys.stdin is None:
                raise StanceError("standard input is closed; give a file")
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with open(name, "rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StanceError(f"{name}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    if len(data) > MAX_BYTES:
        raise StanceError(f"{name}: larger than {MAX_BYTES // 1_000_000} MB, too much for an article; split it into files")
    if not data.strip():
        raise StanceError(f"{name}: is empty; give a file with the text of an article")
    return data


def _decode(data: bytes, name: str) -> str:
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    if foreign(data) or data.startswith(_UTF_32) or (encoding == "utf-8" and b"\0" in data):
        raise StanceError(f"{name}: is a binary file, not text; save the article as .txt, .md or .html")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise StanceError(
            f"{name}: is not valid {encoding.upper()} (byte {error.start}); save it as UTF-8, "
            "for example with: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".warc")


# --- deliveries of archives --------------------------------------------------------------------------------------------


def _from_delivery(text: str, name: str, is_page: bool) -> list[Article]:
    """The articles of a delivery of an archive; none where the text is something else."""
    if not DELIVERY.search(text):
        return []
    lines = all_lines(text) if is_page else [line.strip() for line in text.split("\n")]
    found = delivered(lines)
    articles = []
    for number, each in enumerate(found, 1):
        text_lines = [line for line in _unwrap(each.lines, each.is_broken) if line]
        kept = without_leftovers([each.title, *text_lines] if each.title else text_lines, each.title, each.date, each.source)
        own = f"{name}#{number}" if len(found) > 1 else name
        cleaned = ("field of an archive",) * each.left + kept.cleaned
        articles.append(Article(each.title, each.date, each.source, kept.paragraphs, own, cleaned))
    return articles


# --- plain text ------------------------------------------------------------------------------------------------------


def _from_text(text: str, name: str) -> Iterator[Article]:
    lines = [line.strip() for line in text.split("\n")]
    blocks = list(_blocks(lines))
    for number, block in enumerate(blocks, 1):
        yield _from_block(_unwrap(block), f"{name}#{number}" if len(blocks) > 1 else name)


def _from_block(block: list[str], name: str) -> Article:
    headed = len(block) > 1 and _is_headline(block[0]) and (_stands_apart(block[1]) or block.count(block[0]) > 1)
    return _article([line for line in block if line], name, title=block[0] if headed else "")


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """One list of lines for each article: a headline that is printed again below itself opens the next one."""
    start = 0
    while start < len(lines) and not lines[start]:
        start += 1
    seen: set[str] = set()
    for number, line in enumerate(lines[start:], start):
        opens = number > start and not lines[number - 1] and line not in seen and line in lines[number + 1 : number + 13]
        if opens and _is_headline(line):
            yield lines[start:number]
            start, seen = number, set()
        seen.add(line)
    yield lines[start:]


def _unwrap(lines: list[str], broken: bool = False) -> list[str]:
    """Lines joined to paragraphs where a mail program or a PDF has broken them at a fixed width: as they show, or if `broken`."""
    blocks = [[*block] for _, block in groupby(lines, key=bool)]
    return ["".join(_joined(block)) for block in blocks] if broken or _is_wrapped(lines) else _with_whole_words(lines)


def _is_wrapped(lines: list[str]) -> bool:
    inner = [line for line, following in pairwise(lines) if line and following]
    if len(inner) < 4 or max(map(len, inner)) > 100 or median(map(len, inner)) < 45:
        return False
    return sum(bool(SENTENCE_END.search(line) or credit(line)) for line in inner) <= len(inner) / 2


def _joined(lines: list[str]) -> Iterator[str]:
    """The lines of a paragraph and what joins them: a line break where it breaks a word, else a blank."""
    for line, following in pairwise([*lines, ""]):
        yield line + ("\n" if is_broken(line, following) else " ")[: bool(following)]


def _with_whole_words(lines: list[str]) -> list[str]:
    """Lines of which none ends within a word."""
    whole: list[str] = []
    for line in lines:
        if whole and is_broken(whole[-1], line):
            whole[-1] += "\n" + line
        else:
            whole.append(line)
    return whole


def _stands_apart(following: str) -> bool:
    """Whether the line under a headline shows that the headline is one: nothing, a date or an agency's mark."""
    return not following or bool(date_of(following) or AGENCY.fullmatch(following))


def _is_headline(line: str) -> bool:
    if len(line) > LONGEST_MARK:
        return False
    words = line.split()
    worded = 3 <= len(words) <= 30 and any(map(str.isalnum, line))
    return worded and not (SENTENCE_END.search(line) or credit(line) or is_left_out(line))


# --- lines to an article ---------------------------------------------------------------------------------------------


def _from_page(page: Page, name: str) -> Article:
    return _article(page.lines, name, page.title, page.date, page.source)


def _article(lines: list[str], name: str, title: str, date: str = "", source: str = "") -> Article:
    kept = without_leftovers(lines, title, date, source)
    return Article(title, kept.date, kept.source, kept.paragraphs, name, kept.cleaned)
