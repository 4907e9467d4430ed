"""Bytes in, a whole file out: what is written appears under its name complete, or not at all. And digests of files."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from classifier.errors import StanceError


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a temporary name in the same folder and an atomic rename; links are followed.

    Raises
    ------
    StanceError
        When the file cannot be written; what stood there before is untouched.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise StanceError(f"{path}: is not a regular file; name a file to write")
    target = path.resolve()
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StanceError(f"{path}: cannot be written ({error.strerror or error}); check the folder") from None


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
