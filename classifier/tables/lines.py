"""A table of text in, its lines out: files, URLs, pipes and packed files as a stream, and the encoding that the text is in."""

from __future__ import annotations

import codecs
import io
import os
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from classifier.errors import StanceError
from classifier.storage import open_file
from classifier.tables.gzipped import Unzipped, is_zipped
from classifier.tables.rows import Part

Share = Callable[[], float]
MAX_LINE = 16_000_000
MAX_LINE_BYTES = 4 * MAX_LINE
"""No fewer characters than ``MAX_LINE``."""
SAMPLE = 1_000_000
"""Bytes of the beginning by which a text is judged."""


def open_bytes(name: str) -> tuple[BinaryIO, bytes, Share]:
    """The stream, unzipped, what it begins with, and how far it is read."""
    try:
        file: Any = _standard_input() if name == "-" else open_file(name)
        if _is_device(file):
            raise StanceError(f"{name}: is a device, not a table; give a file, or - for standard input")
        file = file if file.seekable() else _spooled(file)
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        stream = io.BufferedReader(Unzipped(file) if is_zipped(name) else file, SAMPLE)
        sample = stream.read(SAMPLE)
        stream.seek(0)
        return stream, sample, lambda: 1.0 if file.closed or not size else file.tell() / size
    except (OSError, EOFError, zlib.error) as error:
        if reason := getattr(error, "strerror", None):
            raise StanceError(f"{name}: cannot be read ({reason}); check the path and its permissions") from None
        raise StanceError(f"{name}: is no gzip file, or a damaged one ({error}); get the file again") from None


def _is_device(file: BinaryIO) -> bool:
    """Whether `file` may give bytes for ever; a terminal ends, and the null device gives none."""
    try:
        found = os.fstat(file.fileno())
    except OSError:
        return False  # no file of this machine
    is_null = os.path.exists(os.devnull) and os.path.samestat(found, os.stat(os.devnull))
    return stat.S_ISBLK(found.st_mode) or (stat.S_ISCHR(found.st_mode) and not file.isatty() and not is_null)


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise StanceError("standard input is closed; give the table as a file")
    return sys.stdin.buffer


def _spooled(stream: BinaryIO) -> Any:
    """A pipe as a temporary file: its beginning must be seen whole, however slowly it comes, and then be read again."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
    shutil.copyfileobj(stream, file, SAMPLE)
    file.seek(0)
    return file


class _Window(io.RawIOBase):
    """Some bytes of a file, as if they were all."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._left = end - start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.read(min(len(buffer), self._left))
        buffer[: len(read)] = read
        self._left -= len(read)
        return len(read)


def window(name: str, part: Part) -> BinaryIO:
    """The bytes of a part."""
    return io.BufferedReader(_Window(open_file(name), part.start, part.end), SAMPLE)


def inside(encoding: str, part: Part) -> str:
    """The encoding of a part of a text: a byte-order mark stands at its beginning only."""
    return "utf-8" if part.start and encoding == "utf-8-sig" else encoding


def detect_encoding(sample: bytes) -> str:
    """The encoding of a text that begins with `sample`: by its byte-order mark, as UTF-8, else by charset-normalizer."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := _without_mark(sample):
        return wide
    # A character cut off at the end of the sample is no error, and neither are a few bytes that stray.
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8"
    text = sample.decode("utf-8", errors="surrogateescape")
    broken = sum("\udc80" <= char <= "\udcff" for char in text[:-4])
    if not broken or sum(char > "\x7f" for char in text) > 10 * broken:
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=["cp1252", "utf_16_le", "utf_16_be"]).best()
    return best.encoding if best else "cp1252"


def _without_mark(sample: bytes) -> str:
    """UTF-16 or UTF-32 without a byte-order mark, told by which of four bytes are NUL in most of its characters; else empty."""
    zeros = tuple(2 * sample[place::4].count(0) > len(sample[place::4]) for place in range(4))
    return _WIDE.get(zeros, "")


def is_binary(sample: bytes, encoding: str) -> bool:
    """Whether a text that begins with `sample` holds more NULs than one does."""
    return encoding in ("utf-8", "utf-8-sig") and 10 * sample.count(0) > len(sample)


_WIDE: dict[tuple[bool, ...], str] = {
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}


def known_encoding(encoding: str) -> str:
    """The usual name of an encoding of text.

    Raises
    ------
    StanceError
        When there is none of this name.
    """
    try:
        "".encode(encoding)  # raises for what is a codec, but none of text
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError):
        raise StanceError(f"--encoding: {encoding!r} is no encoding; try utf-8 or windows-1252") from None


def lines_of(stream: BinaryIO, encoding: str, name: str) -> Iterator[str]:
    """The lines of a text; a byte that the encoding does not allow becomes a lone surrogate, a line over the limit is cut."""
    with _text_of(stream, encoding, name) as text:
        while line := text.readline(MAX_LINE):
            while len(line) == MAX_LINE and not line.endswith(("\n", "\r")) and (rest := text.readline(MAX_LINE)):
                if len(rest) < MAX_LINE or rest.endswith(("\n", "\r")):
                    break
            yield line


def chunks_of(stream: BinaryIO, encoding: str, name: str, size: int) -> Iterator[str]:
    """The text in pieces of so many characters, as ``lines_of`` reads it, but whole whatever its lines."""
    with _text_of(stream, encoding, name) as text:
        while chunk := text.read(size):
            yield chunk


@contextmanager
def _text_of(stream: BinaryIO, encoding: str, name: str) -> Iterator[io.TextIOWrapper]:
    errors = "replace" if encoding.startswith(("utf-16", "utf_16", "utf-32", "utf_32")) else "surrogateescape"
    text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
    try:
        with broken_off(name):
            yield text
    finally:
        # The stream may be read again from its start.
        with suppress(ValueError):
            text.detach()


@contextmanager
def broken_off(name: str) -> Iterator[None]:
    """What goes wrong while a table is read, in one sentence."""
    try:
        yield
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise StanceError(f"{name}: broke off while being read ({reason}); get the file again") from None
