"""A page in Markdown or HTML in, its lines out, as a reader sees them, with the title, date and source that it names itself.

A module of its own since only here do the parsers decide; which of the lines are sentences is the same for every file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from classifier.errors import StanceError

_ELEMENTS = (
    "a abbr address article aside b blockquote body br button center cite code dd del details div dl dt em figcaption "
    "figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img ins li link main mark meta nav noscript "
    "ol p picture pre q s script section small span strike strong style sub summary sup svg table tbody td tfoot th "
    "thead time title tr u ul video"
).split()
HTML_TAG = re.compile(rf"<(?:!doctype html|/?(?:{'|'.join(_ELEMENTS)}))(?=[\s/>])[^<>]{{0,2000}}>", re.IGNORECASE)
HTML_START = re.compile(
    r"\ufeff?\s*(?:<\?xml\b[^<>]{0,1000}\?>\s*)?(?:<!--(?:(?!-->).){0,10000}-->\s*){0,20}(?:<!doctype\s+html|<html[\s>])",
    re.IGNORECASE | re.DOTALL,
)


class Page(NamedTuple):
    """What a page holds; its title, where it has one, is also the first of the lines."""

    lines: list[str]
    title: str
    date: str = ""
    source: str = ""


def from_markdown(text: str) -> Page:
    """The headline that `text` begins with, and its paragraphs."""
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
    return Page(([title] if title else []) + paragraphs, title)


def from_html(text: str, name: str) -> Page:
    """The article of the page `text`, or all text of a piece of HTML.

    Raises
    ------
    StanceError
        When the extra for HTML is missing, or a whole page holds no article.
    """
    try:
        import trafilatura
    except ImportError:
        raise StanceError(f"{name}: reading HTML needs the extra: pip install 'diplomatic-stance[html]'") from None
    text = _NO_CHARACTER.sub(" ", text)
    if not _WHOLE_PAGE.search(text):
        return _from_fragment(text)
    page: Any = None
    # What it makes of broken pages includes failed assertions; one of them must not end a run over a million cells.
    with suppress(Exception):
        page = trafilatura.bare_extraction(text, with_metadata=True, include_comments=False, include_tables=False)
    if page is None or page.body is None or not "".join(page.body.itertext()).strip():
        raise StanceError(f"{name}: no article found in this page; save the page's text as .txt")
    title = " ".join((page.title or "").split())
    for line_break in page.body.iter("lb", "br"):
        _break_behind(line_break)
    innermost = [element for element in page.body.iter("p", "item", "quote") if element.find(".//p") is None]
    lines = [line for element in innermost for line in "".join(element.itertext()).split("\n")]
    paragraphs = [" ".join(line.split()) for line in lines if line.strip()]
    if _LIST.search(text):
        paragraphs = [*_with_lists(text, paragraphs)]
    return Page(([title] if title else []) + paragraphs, title, date=page.date or "", source=page.sitename or "")


def _markdown_text(kind: str, content: str) -> str:
    """What a reader sees of one inline token; a picture and raw HTML are no text of the article."""
    return {"text": content, "code_inline": content, "softbreak": " ", "hardbreak": "\n"}.get(kind, "")


def _with_lists(text: str, paragraphs: list[str]) -> Iterator[str]:
    """`paragraphs` of the page `text`, and behind each the points of lists that stand beside it and were left out."""
    from lxml import etree, html

    known, behind, last = set(paragraphs), dict[str, list[str]](), ""
    with suppress(etree.ParserError, ValueError):
        for element in html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8")).iter("p", "li"):
            words = " ".join(element.text_content().split())
            if words in known:
                last = words
            elif last and element.tag == "li" and len(words.split()) > 2 and _is_text(element, words, known):
                behind.setdefault(last, []).append(words)
    for paragraph in paragraphs:
        yield paragraph
        yield from behind.pop(paragraph, [])


def _is_text(point: Any, words: str, known: set[str]) -> bool:
    """Whether a point of a list belongs to the article: its list stands beside a paragraph of it, and it is no mere link."""
    linked = sum(len(" ".join(link.text_content().split())) for link in point.iter("a"))
    parent = point.getparent().getparent() if point.getparent() is not None else None
    beside = parent is not None and any(" ".join(each.text_content().split()) in known for each in parent.iterchildren("p"))
    return beside and 2 * linked < len(words) and point.find(".//p") is None


def all_lines(text: str) -> list[str]:
    """All that a reader sees of a page or piece of HTML, line by line."""
    return _from_fragment(_NO_CHARACTER.sub(" ", text)).lines


def _from_fragment(text: str) -> Page:
    """A piece of HTML, as a cell of a table holds it: all of its text is the article, and a heading at its top the headline."""
    from lxml import etree, html

    try:
        # Behind a tag of ours nothing in the text can be taken for the head of a document.
        tree = html.document_fromstring(f"<div>{text}</div>")
    except etree.ParserError:
        return Page([], title="")
    for element in list(tree.iter(*_NO_TEXT)):
        element.drop_tree()
    # A line break is a blank, as in a page, but where nothing else parts the paragraphs.
    gap = _BLANK_LINE if next(tree.find(".//div").iterdescendants(*_BLOCKS), None) is not None else _LINE_BREAK
    seen = "".join(_seen(tree, gap))
    lines = [line for line in (" ".join(line.split()) for line in seen.split("\n")) if line]
    heading = next(tree.iter("h1"), None)
    headline = " ".join(heading.text_content().split()) if heading is not None else ""
    return Page(lines, title=headline if lines[:1] == [headline] else "")


def _seen(tree: Any, gap: re.Pattern[str]) -> Iterator[str]:
    """The text of `tree`, with a line break round each block and for each `gap` within a text."""
    from lxml import etree

    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        around = "\n" if element.tag in _BLOCKS else " " if element.tag in ("td", "th") else ""
        text = element.text if event == "start" else element.tail
        yield around
        yield "\n".join(" ".join(part.split("\n")) for part in gap.split(_NO_CHARACTER.sub(" ", text or "")))


def _break_behind(element: Any) -> None:
    """What follows begins a line. `&#11;` and the like stand in a tree, but cannot be put there."""
    element.tail = "\n" + _NO_CHARACTER.sub(" ", element.tail or "")


_BLANK_LINE, _LINE_BREAK = re.compile(r"\n[ \t\r]*\n\s*"), re.compile("\n")
_BLOCKS = frozenset(
    (
        "address article aside blockquote br center dd details div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr img li "
        "main nav ol p pre section summary table tbody tfoot thead tr ul"
    ).split()
)
_NO_TEXT = ("script", "style", "template", "noscript", "svg", "iframe", "figcaption", "button", "form", "head", "title")
_LIST = re.compile(r"<li\b", re.IGNORECASE)
# Of no use in a page, and an error to lxml.
_NO_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_WHOLE_PAGE = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
