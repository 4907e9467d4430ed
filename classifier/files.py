"""What a file is by its first bytes, its digest, and bytes in, a whole file out: it appears complete, or not at all."""

from __future__ import annotations

import glob
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from classifier.errors import StanceError

_KINDS = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive, as XLSX and DOCX are",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x1f\x8b": "gzip",
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PAR1\x15": "Parquet",
    b"ARROW1\0": "Arrow",
    b"SQLite format 3\0": "a database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "RTF",
}


def foreign(data: bytes) -> str:
    """What `data` is the beginning of, where that is a well-known format and no text; empty when it may be text."""
    return next((kind for mark, kind in _KINDS.items() if data.startswith(mark)), "")


def same(one: str | Path, other: str | Path) -> bool:
    """Whether both names lead to one place; also of links that lead nowhere."""
    return os.path.realpath(one) == os.path.realpath(other)


def followed(path: Path) -> Path:
    """`path`, or where it leads when it is a link: a link stays, and the file it names is written.

    Raises
    ------
    StanceError
        When the link leads nowhere but to itself.
    """
    if not path.is_symlink():
        return path
    end = Path(os.path.realpath(path))
    if end.is_symlink():
        raise StanceError(f"{path}: is a link that leads to itself; name a file to write")
    return end


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a temporary name in the same folder and an atomic rename; links are followed.

    Raises
    ------
    StanceError
        When the file cannot be written; what stood there before is untouched.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise StanceError(f"{path}: is not a regular file; name a file to write")
    target = followed(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        # One of a run that was killed; and what another user has put there must not be followed.
        partial.unlink(missing_ok=True)
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StanceError(f"{path}: cannot be written ({error.strerror or error}); check the folder") from None


def sweep(path: Path) -> None:
    """Remove what killed calls of `write_whole` have left beside `path`; for a caller that no other process writes it with."""
    for partial in path.parent.glob(f".{glob.escape(path.name)}.[0-9]*.partial"):
        with suppress(OSError):
            partial.unlink()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    StanceError
        When it cannot be read.
    """
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                hashed.update(block)
    except OSError as error:
        raise StanceError(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    return hashed.hexdigest()
