"""A web archive (WARC, as crawlers write it) in, one row for each page that a server gave out, with its address, day and host.

Requests, pictures and all else that is no page are no rows. The archive is read record by record, so its size does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

from classifier.errors import StanceError
from classifier.storage import open_file
from classifier.tables.dates import parse_date
from classifier.tables.lines import SAMPLE, Share, detect_encoding, known_encoding
from classifier.tables.rows import WHOLE, Part, Reject, Row

MAX_PAGE = 4_000_000
"""Bytes; no page of news is as long."""
_SUFFIXES = (".warc", ".warc.gz")
# A packed archive packs each record by itself.
_START = re.compile(rb"\x1f\x8b\x08|(?<=\r\n\r\n)WARC/1\.")
_PAGES = ("text/html", "application/xhtml+xml")


def is_warc(name: str) -> bool:
    """Whether `name` is that of a web archive."""
    return name.lower().endswith(_SUFFIXES)


def open_warc(name: str, part: Part = WHOLE) -> tuple[Iterator[Row | Reject], Share]:
    """The rows of a web archive, and how much of it is read.

    Raises
    ------
    StanceError
        When the extra is missing, or the file cannot be read or is no web archive.
    """
    try:
        from fastwarc.warc import ArchiveIterator
    except ImportError:
        raise StanceError(f"{name}: reading WARC needs the extra: pip install 'diplomatic-stance[warc]'") from None
    try:
        file = open_file(name)
        size = file.seek(0, 2)
        file.seek(0)
        begin = file.read(10)
        file.seek(0)
    except OSError as error:
        raise StanceError(f"{name}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    if not begin.startswith((b"WARC/", b"\x1f\x8b")):
        raise StanceError(f"{name}: is no web archive; give a file as a crawler wrote it, or the suffix that fits")
    return _rows(file, ArchiveIterator, part), lambda: 1.0 if file.closed or not size else file.tell() / size


def _rows(file: Any, iterator: Callable[..., Iterator[Any]], part: Part) -> Iterator[Row | Reject]:
    """A row for each page and each record that cannot be read."""
    number = part.number
    with closing(file):
        for record in _records(file, iterator):
            number += 1
            try:
                row = Reject(number, f"a broken record ({record})", ()) if isinstance(record, str) else _row(record, number, part)
            except Exception as error:  # of the library, in whatever way a record is broken
                row = Reject(number, f"a broken record ({type(error).__name__})", ())
            if row is None:
                number -= 1
            else:
                yield row


def _records(file: Any, iterator: Callable[..., Iterator[Any]]) -> Iterator[Any]:
    """Each record in its turn; for one that is broken what is wrong, and behind it the reading begins anew."""
    start, told = 0, False
    while start >= 0:
        last = start
        file.seek(start)
        try:
            for record in iterator(file, parse_http=True, auto_decode="all", fsspec_args=False):
                last, told = start + int(record.stream_pos), False
                yield record
            return
        except Exception as error:  # of the library, in whatever way an archive is broken
            if not told:
                yield type(error).__name__
            told = True
        start = _next_start(file, last + 1)


def _next_start(file: Any, start: int) -> int:
    """Where from `start` on a record may begin; -1 for nowhere."""
    file.seek(start)
    before = b""
    while read := file.read(SAMPLE):
        data = before + read
        if found := _START.search(data):
            return start - len(before) + found.start()
        before, start = data[-16:], start + len(read)
    return -1


def _row(record: Any, number: int, part: Part) -> Row | Reject | None:
    """The page of a record; None where it holds none."""
    if str(record.record_type) == "unknown":
        return Reject(number, "a broken record (of no type)", ())
    length = record.content_length
    is_answer = str(record.record_type) == "response" and record.http_headers is not None
    if not is_answer or (record.http_content_type or "").strip().lower() not in _PAGES:
        _check_whole(record, length, record.reader.read(MAX_PAGE))
        return None
    address = record.headers.get("WARC-Target-URI", "").strip("<> ")
    day = parse_date(record.headers.get("WARC-Date", "")[:10]) or ""
    host = ""
    with suppress(ValueError):  # an address may be none; its page is one all the same
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    cells = (address, day, host)
    if record.http_headers.status_code != 200:
        return Reject(number, f"the server said {record.http_headers.status_code}, no page", cells)
    page = record.reader.read(MAX_PAGE + 1)
    if len(page) > MAX_PAGE:
        return Reject(number, f"a page is longer than {MAX_PAGE:,} bytes", cells)
    text = _text(page, record.http_charset)
    _check_whole(record, length, page)
    return Row(number, address or part.id_of(number), day, host, text, is_page=True)


def _check_whole(record: Any, length: int, read: bytes) -> None:
    """See that a record of `length` bytes does not end early, as the last one does in an archive that was cut off.

    Raises
    ------
    EOFError
        When it does.
    """
    packed = record.http_headers is not None and any(
        name in record.http_headers for name in ("Content-Encoding", "Transfer-Encoding")
    )
    if not packed and len(read) < min(length, MAX_PAGE):
        raise EOFError


def _text(page: bytes, charset: str | None) -> str:
    try:
        return page.decode(known_encoding(charset) if charset else "utf-8")
    except (UnicodeDecodeError, StanceError):
        return page.decode(detect_encoding(page[:SAMPLE]), "replace")
