"""A document of a word processor or a PDF in, its text out: a line a paragraph, of a PDF a line a line.

The formats are read by libraries (extra ``documents``); nothing in a document is run, and no link in it is followed.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median
from typing import Any

from classifier.errors import StanceError
from classifier.text.furniture import SENTENCE_END

MOST_BYTES = 100_000_000
FREE_BYTES = 10_000_000
MAX_RATIO = 20
"""A document may unpack to ``FREE_BYTES``, and beyond them to ``MAX_RATIO`` times its size: text comes nowhere near that."""
MOST_PARAGRAPHS = 500_000


def text_of(data: bytes, kind: str, name: str) -> str:
    """The text of a document.

    Parameters
    ----------
    data : bytes
    kind : str
        One of ``KINDS``.
    name : str
        Of the file, for messages.

    Raises
    ------
    StanceError
        When the extra is missing, or the document is broken, locked or without text.
    """
    try:
        text = KINDS[kind](data, name)
    except ImportError:
        raise StanceError(f"{name}: reading {kind} needs the extra: pip install 'diplomatic-stance[documents]'") from None
    except StanceError:
        raise
    except Exception:  # what these libraries make of broken files has no end
        raise StanceError(f"{name}: is a broken {kind} file; open it in its program and save its text as .txt") from None
    if not any(map(str.isalnum, text)):
        raise StanceError(f"{name}: holds no text, perhaps only pictures of it; run a text recognition over it first")
    return text


def _docx(data: bytes, name: str) -> str:
    import docx

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        _check_size(sum(item.file_size for item in packed.infolist()), data, name)
    document = docx.Document(io.BytesIO(data))
    heads = {style.style_id for style in document.styles if style.name in ("Title", "Heading 1")}
    lines = list(islice(_paragraphs(document.element.body, heads), MOST_PARAGRAPHS + 1))
    if len(lines) > MOST_PARAGRAPHS:
        raise StanceError(f"{name}: holds over {MOST_PARAGRAPHS:,} paragraphs, too many for a document; split it")
    return "\n".join(lines)


def _paragraphs(body: Any, heads: set[str]) -> Iterator[str]:
    """Each paragraph, wherever it stands, as it shows when all changes are accepted; an empty one below a headline."""
    from docx.oxml.ns import qn
    from lxml.etree import iterwalk

    paragraph, layout, pieces, unread = qn("w:p"), qn("w:pPr"), {*map(qn, _PIECES)}, {*map(qn, _UNREAD)}
    held: list[str] = []
    is_head = False
    walk = iterwalk(body, events=("start", "end"))
    for event, each in walk:
        if event == "end":
            if each.tag == paragraph:
                yield "".join(held)
                if is_head:
                    yield ""
                held, is_head = [], False
        elif each.tag == layout:
            style = each.find(qn("w:pStyle"))
            is_head = style is not None and style.get(qn("w:val")) in heads
            walk.skip_subtree()
        elif each.tag in unread or _is_prompt(each, qn):
            walk.skip_subtree()
        elif each.tag in pieces:
            held.append(str(each))


def _is_prompt(each: Any, qn: Callable[[str], str]) -> bool:
    """Whether a field of a form still shows what to fill in."""
    return each.tag == qn("w:sdt") and each.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}") is not None


def _rtf(data: bytes, name: str) -> str:
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise StanceError(f"{name}: is no RTF, whatever its suffix says; give it the one that fits")
    read: Callable[..., Any] = rtf_to_text
    return str(read(data.decode("latin-1"), errors="replace"))


def _pdf(data: bytes, name: str) -> str:
    import pypdf

    # What it thinks of a file's faults is of no use to a reader of the text.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise StanceError(f"{name}: is locked by a password; save a copy without one")
    pages: list[list[str]] = []
    characters = 0
    for page in reader.pages:
        text = page.extract_text()
        characters += len(text)
        _check_size(characters, data, name)
        pages.append([line.strip() for line in text.split("\n")])
    # Running heads stand on every page, and page numbers.
    heads = Counter(line for page in pages for line in {*page[:2], *page[-2:]} if line)
    often = {line for line, count in heads.items() if count > 2 and 2 * count > len(pages)}
    lines = [line for page in pages for line in page if line not in often and not _PAGE.fullmatch(line)]
    usual = median([len(line) for line in lines if line] or [0])
    # A short line with a full stop ends a paragraph.
    ends = [bool(SENTENCE_END.search(line)) and len(line) < 0.75 * usual for line in lines]
    return "\n".join(line + "\n" * end for line, end in zip(lines, ends, strict=True))


def _check_size(unpacked: int, data: bytes, name: str) -> None:
    """See that what a document became is no decompression bomb.

    Raises
    ------
    StanceError
        When it is.
    """
    if unpacked > min(MOST_BYTES, FREE_BYTES + MAX_RATIO * len(data)):
        raise StanceError(f"{name}: holds far more than a document of its size does; split it, or save its text as .txt")


KINDS: dict[str, Callable[[bytes, str], str]] = {".docx": _docx, ".rtf": _rtf, ".pdf": _pdf}
_PAGE = re.compile(r"(?:[Pp]age )?\d{1,4}(?: (?:of|/) \d{1,4})?|-+ ?\d{1,4} ?-+")
# What shows as characters; and what holds some that are no text of the paragraph: deleted or moved away, in a box that floats
# beside it, the same once more for old programs, or how it is pronounced.
_PIECES = ("w:t", "w:tab", "w:br", "w:cr", "w:noBreakHyphen", "w:ptab")
_UNREAD = ("w:del", "w:moveFrom", "w:txbxContent", "w:rt")
