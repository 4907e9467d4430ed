"""A page in Markdown or HTML in, its lines out, as a reader sees them, with the title, date and source that it names itself.

A module of its own since only here do the parsers decide; which of the lines are sentences is the same for every file.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, NamedTuple

from classifier.errors import StanceError

HTML_START = re.compile(r"\s*(?:<!doctype html|<html\b)", re.IGNORECASE)
HTML_TAG = re.compile(
    r"<(?:!doctype html|/?(?:html|body|div|p|br|span|a|article|section|strong|em|b|i))\b[^<>]{0,2000}>", re.IGNORECASE
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
    page: Any = None
    # What it makes of broken pages includes failed assertions; one of them must not end a run over a million cells.
    with suppress(Exception):
        page = trafilatura.bare_extraction(text, with_metadata=True, include_comments=False, include_tables=False)
    if page is None or page.body is None or not "".join(page.body.itertext()).strip():
        if _WHOLE_PAGE.search(text):
            raise StanceError(f"{name}: no article found in this page; save the page's text as .txt")
        return Page(_fragment_lines(text), title="")
    title = " ".join((page.title or "").split())
    for line_break in page.body.iter("lb", "br"):
        _break_behind(line_break)
    innermost = [element for element in page.body.iter("p", "item", "quote") if element.find(".//p") is None]
    lines = [line for element in innermost for line in "".join(element.itertext()).split("\n")]
    paragraphs = [" ".join(line.split()) for line in lines if line.strip()]
    return Page(([title] if title else []) + paragraphs, title, date=page.date or "", source=page.sitename or "")


def _markdown_text(kind: str, content: str) -> str:
    """What a reader sees of one inline token; a picture and raw HTML are no text of the article."""
    return {"text": content, "code_inline": content, "softbreak": " ", "hardbreak": "\n"}.get(kind, "")


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
_WHOLE_PAGE = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
