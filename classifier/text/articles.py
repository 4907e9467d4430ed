"""A file as a reader saved it in, ``Article``s out: title, date, source and the paragraphs that a person wrote.

News pages come with dirt: the headline printed again, captions and their credits, the agency's mark, subheads. What is no
sentence of the article is dropped here, so that nothing further on has to know about it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import dropwhile, groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from classifier.errors import StanceError
from classifier.files import foreign

SUFFIXES = (".txt", ".md", ".html", ".htm")
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
    """

    title: str
    date: str
    source: str
    paragraphs: tuple[str, ...]
    name: str = ""


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


def read_articles(name: str) -> list[Article]:
    """The articles in one file, in order; a text file may hold several, each under its own repeated headline.

    Parameters
    ----------
    name : str
        A path ending in .txt, .md, .html or .htm (anything else is read as plain text), or ``-`` for standard input.

    Raises
    ------
    StanceError
        When the file cannot be read, is not text, is too large for an article, or holds no sentence.
    """
    if Path(name.removesuffix(".gz")).suffix.lower() in _TABLES:
        raise StanceError(f"{name}: is a table, not an article; label it with: stance batch {name} -o OUT.csv")
    data = _read_bytes(name)
    # A name that is not valid UTF-8 must not break what it is printed in.
    name = "stdin" if name == "-" else os.fsencode(name).decode("utf-8", "replace")
    text = _decode(data, name)
    kind = Path(name).suffix.lower()
    is_page = kind in (".html", ".htm") or (kind != ".md" and bool(_HTML_START.match(text)))
    longest = max(map(len, text.split("\n")))
    # A page may well stand in one line; its paragraphs are marked.
    if longest > MAX_PARAGRAPH and not is_page:
        raise StanceError(
            f"{name}: a line of {longest:,} characters is no paragraph; put line breaks between paragraphs "
            f"(at most {MAX_PARAGRAPH:,} characters each)"
        )
    if is_page:
        articles = [_from_html(text, name)]
    elif kind == ".md":
        articles = [_from_markdown(text, name)]
    else:
        articles = list(_from_text(text, name))
    articles = [article for article in articles if article.paragraphs]
    if not articles:
        raise StanceError(f"{name}: holds no sentence; give a file with the text of an article")
    return articles


def article_from_text(text: str, name: str, date: str = "", source: str = "") -> Article:
    """The one article in `text`, plain or HTML, as a cell of a table holds it; it may have no paragraph at all."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _HTML_TAG.search(text):
        found = _from_html(text, name)
    else:
        lines = [*dropwhile(lambda line: not line, (line.strip() for line in text.split("\n")))]
        found = _from_block(_unwrap(lines), name)
    return replace(found, date=date or found.date, source=source or found.source)


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
_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_HTML_START = re.compile(r"\s*(?:<!doctype html|<html\b)", re.IGNORECASE)
_WHOLE_PAGE = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_HTML_TAG = re.compile(
    r"<(?:!doctype html|/?(?:html|body|div|p|br|span|a|article|section|strong|em|b|i))\b[^<>]{0,2000}>", re.IGNORECASE
)


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


def _unwrap(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs where a mail program or a PDF has broken them at a fixed width."""
    inner = [line for line, following in pairwise(lines) if line and following]
    if len(inner) < 4 or max(map(len, inner)) > 100 or median(map(len, inner)) < 45:
        return lines
    if sum(bool(_SENTENCE_END.search(line)) for line in inner) > len(inner) / 2:
        return lines
    return [" ".join(block) for _, block in groupby(lines, key=bool)]


def _stands_apart(following: str) -> bool:
    """Whether the line under a headline shows that the headline is one: nothing, a date or an agency's mark."""
    return not following or bool(_date(following) or _AGENCY.fullmatch(following))


def _is_headline(line: str) -> bool:
    if len(line) > _LONGEST_MARK:
        return False
    words = line.split()
    worded = 3 <= len(words) <= 30 and any(map(str.isalnum, line))
    return worded and not (_SENTENCE_END.search(line) or _credit(line) or _is_photo(line) or _is_furniture(line))


# --- markdown and HTML -----------------------------------------------------------------------------------------------


def _from_markdown(text: str, name: str) -> Article:
    from markdown_it import MarkdownIt

    title, inside = "", ""
    paragraphs: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(_FRONT_MATTER.sub("", text, count=1)):
        if token.type.endswith("_open"):
            inside = token.tag
        elif token.type == "inline":
            content = "".join(_markdown_text(child.type, child.content) for child in token.children or []).strip()
            if inside == "p":
                paragraphs.extend(line.strip() for line in content.split("\n") if line.strip())
            elif inside.startswith("h") and not title and not paragraphs:
                title = content
    return _article(([title] if title else []) + paragraphs, name, title=title)


def _markdown_text(kind: str, content: str) -> str:
    """What a reader sees of one inline token; a picture and raw HTML are no text of the article."""
    return {"text": content, "code_inline": content, "softbreak": " ", "hardbreak": "\n"}.get(kind, "")


def _from_html(text: str, name: str) -> Article:
    try:
        import trafilatura
    except ImportError:
        raise StanceError(f"{name}: reading HTML needs the extra: pip install 'diplomatic-stance[html]'") from None
    text = _NO_CHARACTER.sub(" ", text)
    page: Any = None
    # What it makes of broken pages includes failed assertions; one of them must not end a run over a million cells.
    with suppress(Exception):
        page = trafilatura.bare_extraction(text, with_metadata=True, include_comments=False, include_tables=False)
    if page is None or page.body is None or not "".join(page.body.itertext()).strip():
        if _WHOLE_PAGE.search(text):
            raise StanceError(f"{name}: no article found in this page; save the page's text as .txt")
        return _article(_fragment_lines(text), name, title="")
    title = " ".join((page.title or "").split())
    for line_break in page.body.iter("lb", "br"):
        _break_behind(line_break)
    innermost = [element for element in page.body.iter("p", "item", "quote") if element.find(".//p") is None]
    lines = [line for element in innermost for line in "".join(element.itertext()).split("\n")]
    paragraphs = [" ".join(line.split()) for line in lines if line.strip()]
    return _article(([title] if title else []) + paragraphs, name, title=title, date=page.date or "", source=page.sitename or "")


def _fragment_lines(text: str) -> list[str]:
    """The lines of a piece of HTML, as a cell of a table holds it: all of its text is the article."""
    from lxml import etree, html

    try:
        # Behind a tag of ours nothing in the text can be taken for the head of a document.
        tree = html.document_fromstring(f"<div>{text}</div>")
    except etree.ParserError:
        return []
    for element in list(tree.iter("script", "style", "template", "noscript")):
        element.drop_tree()
    for element in tree.iter("br", "p", "div", "li", "tr", "h1", "h2", "h3"):
        _break_behind(element)
    return [" ".join(line.split()) for line in tree.text_content().split("\n")]


def _break_behind(element: Any) -> None:
    """What follows begins a line. `&#11;` and the like stand in a tree, but cannot be put there."""
    element.tail = "\n" + _NO_CHARACTER.sub(" ", element.tail or "")


# Of no use in a page, and an error to lxml.
_NO_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


# --- what is a sentence of the article -------------------------------------------------------------------------------


def _article(lines: list[str], name: str, title: str, date: str = "", source: str = "") -> Article:
    """The article without its dirt; date and source are taken from the lines that name nothing else."""
    paragraphs: list[str] = []
    for number, line in enumerate(lines):
        if title and line == title:
            if not paragraphs:
                paragraphs.append(line)
        elif found := _date(line):
            date = date or found
        elif _AGENCY.fullmatch(line):
            source = source or (line if len(line) > 2 else "")
        elif (
            _is_furniture(line)
            or _is_subhead(line, alone=len(lines) == 1)
            or _is_caption(line, lines, last=number == len(lines) - 1)
        ):
            continue
        elif any(map(str.isalnum, line)):
            paragraphs.append(_without_credit(line))
    source = next(filter(None, [source, *map(dateline_agency, paragraphs)]), "")
    return Article(title, date, source, tuple(paragraphs), name)


def dateline_agency(paragraph: str) -> str:
    """The agency in the dateline that `paragraph` begins with, or nothing."""
    found = _DATELINE_AGENCY.match(paragraph)
    return found["agency"] if found else ""


def _is_caption(line: str, lines: list[str], last: bool) -> bool:
    """A line that ends in a photo credit; a bare agency in brackets also closes a story, so there it must not stand last."""
    return _is_photo(line) or (bool(_credit(line)) and (not last or lines.count(line) > 1))


def is_left_out(line: str) -> bool:
    """Whether a line is no sentence by the way it begins: the line of a picture, a byline, "Read more" and the like."""
    return _is_photo(line) or _is_furniture(line)


def _is_photo(line: str) -> bool:
    return bool(_PHOTO_CREDIT.search(line, max(0, len(line) - _LONGEST_CREDIT)) or _PHOTO_LINE.match(line))


def _credit(line: str) -> re.Match[str] | None:
    """The agency in brackets that follows the end of a sentence at the end of `line`."""
    return _CREDIT.search(line, max(0, len(line) - _LONGEST_CREDIT))


def _without_credit(line: str) -> str:
    found = _credit(line)
    return line[: found.start("credit")].rstrip() if found else line


def _is_furniture(line: str) -> bool:
    """Byline, "Read more" and the like: short lines that a site puts round an article."""
    return len(line) <= _LONGEST_MARK and bool(_FURNITURE.match(line))


def _is_subhead(line: str, alone: bool) -> bool:
    """Capitals throughout, no full stop, no longer than a line of a narrow column; of two words at most where it stands alone."""
    letters = [char for char in line if char.isalpha()]
    most = 2 if alone else 8
    return bool(letters) and line.isupper() and len(line.split()) <= most and not _SENTENCE_END.search(line)


def _date(line: str) -> str:
    """The date that a line of its own gives, as ISO 8601; empty when the line is anything else."""
    if len(line) > _LONGEST_DATE or not (match := _DATE_LINE.fullmatch(" ".join(line.split()))):
        return ""
    if match["iso"]:
        with suppress(ValueError):
            return date.fromisoformat(match["iso"]).isoformat()
        return ""
    day, month, year = match["day"] or match["day2"], match["month"] or match["month2"], match["year"] or match["year2"]
    try:
        return datetime.strptime(f"{day} {month[:3]} {year}", "%d %b %Y").date().isoformat()
    except ValueError:
        return ""


_SENTENCE_END = re.compile(r"[.!?…:;,][\"'”’)\]]*$")
_AGENCIES = r"AFP|AP|Reuters|REUTERS|dpa|DPA|EFE|ANSA|UPI|TASS|Xinhua|Kyodo|Yonhap|PTI|Anadolu|AA|EPA|Asharq Al-Awsat|Bloomberg"
_AGENCY = re.compile(rf"TT|[-–—(\[]?\s*(?:{_AGENCIES})\s*[)\]]?")
_LONGEST_MARK, _LONGEST_CREDIT, _LONGEST_DATE = 300, 120, 80
_CREDIT = re.compile(rf"[.!?][\"'”’]?\s{{1,3}}(?P<credit>\((?:{_AGENCIES})\))$")
_PHOTO_CREDIT = re.compile(
    rf"\((?:{_AGENCIES}|Pool|Handout|Courtesy|File)(?:[ /](?:Photo|photo|via|File|Handout|Pool)\b|/[A-Z])[^()]{{0,80}}\)\.?$"
    r"|\((?:[\w .]{1,40}/)?(?:Getty Images|File [Pp]hoto|Handout|Pool)[^()]{0,60}\)\.?$"
    r"|\([Pp]hoto(?: by|:| credit)[^()]{1,80}\)\.?$"
    r"|(?:REUTERS|AFP|EPA)/[A-Z][\w. -]{1,60}$|\b(?:Photo|Image|Credit): [^.]{2,60}$|/Getty Images$"
)
_PHOTO_LINE = re.compile(r"(?:Photo|Image|Picture|FILE PHOTO|File photo) ?[:–—] ?")
# What a site puts round an article.
_FURNITURE = re.compile(
    r"By [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2}(?:(?:,| and|, and) [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2})*(?:, [A-Z][\w ]+)?$"
    r"|\(?(?:Reporting|Additional reporting|Writing|Editing) by [A-Z][\w.'’-]+ [A-Z][^.!?]*$"
    r"|(?:Read (?:more|also)|Also read|Related|See also|Our Standards)\s?:"
    r"|(?:Sign up|Subscribe) (?:for|to) our\b|Follow us on\b|©|Copyright (?:©|\(c\)|\d{4})|All rights reserved|Advertisement$"
)
# How a line begins that the patterns above may take for something else than a sentence.
LINE_OPENERS = (
    *("By ", "Read ", "Also read", "Related", "See also", "Our Standards", "Sign up ", "Subscribe ", "Follow us ", "Copyright"),
    *("All rights reserved", "Advertisement", "Photo", "Image", "Picture", "FILE PHOTO", "File photo"),
    *("Reporting by ", "Additional reporting by ", "Writing by ", "Editing by "),
)
# How a date on a line of its own begins, if not with a digit.
DATE_OPENERS = tuple("pub upd pos dat mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec".split())
_DATELINE_AGENCY = re.compile(rf"[A-Z][^()]{{2,60}}\((?P<agency>{_AGENCIES})\)\s*[-–—]")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE_LINE = re.compile(
    r"(?:(?:Published|Updated|Posted|Date)\s*:?\s*)?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)(?:T\S*)?|(?P<day>\d{{1,2}})\s+(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})"
    rf"|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}}),?\s+(?P<year2>\d{{4}}))"
    r"(?:\s*[-–—|,]?\s*\d{1,2}:\d\d(?:\s*(?:[ap]\.?m\.?|(?:GMT|UTC)(?:[+-]\d{1,2})?))*)?(?:\s*[-–—|,]?\s*Updated .{1,40})?",
    re.IGNORECASE,
)
