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
from statistics import median
from typing import Any

from classifier.errors import StanceError
from classifier.text.furniture import SENTENCE_END

MOST_UNPACKED = 300_000_000
"""Bytes; a document of 32 MB that unpacks to more is no document."""


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
    from docx.table import Table

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(item.file_size for item in packed.infolist()) > MOST_UNPACKED:
            raise StanceError(f"{name}: unpacks to over {MOST_UNPACKED // 1_000_000} MB, too much for a document; split it")

    def lines(part: Any) -> Iterator[str]:
        for each in part.iter_inner_content():
            if isinstance(each, Table):
                for cell in dict.fromkeys(cell for row in each.rows for cell in row.cells):
                    yield from lines(cell)
            else:
                yield each.text
                if each.style is not None and str(each.style.name) in ("Title", "Heading 1"):
                    yield ""

    return "\n".join(lines(docx.Document(io.BytesIO(data))))


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
    pages = [[line.strip() for line in page.extract_text().split("\n")] for page in reader.pages]
    # Running heads stand on every page, and page numbers.
    heads = Counter(line for page in pages for line in {*page[:2], *page[-2:]} if line)
    often = {line for line, count in heads.items() if count > 2 and 2 * count > len(pages)}
    lines = [line for page in pages for line in page if line not in often and not _PAGE.fullmatch(line)]
    usual = median([len(line) for line in lines if line] or [0])
    # A short line with a full stop ends a paragraph.
    ends = [bool(SENTENCE_END.search(line)) and len(line) < 0.75 * usual for line in lines]
    return "\n".join(line + "\n" * end for line, end in zip(lines, ends, strict=True))


KINDS: dict[str, Callable[[bytes, str], str]] = {".docx": _docx, ".rtf": _rtf, ".pdf": _pdf}
_PAGE = re.compile(r"(?:[Pp]age )?\d{1,4}(?: (?:of|/) \d{1,4})?|-+ ?\d{1,4} ?-+")
