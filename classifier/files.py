"""Bytes in, a whole file out: what is written appears under its name complete, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from classifier.errors import StanceError


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a temporary name in the same folder and an atomic rename.

    Raises
    ------
    StanceError
        When the file cannot be written; what stood there before is untouched.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "is a directory")
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StanceError(f"{path}: cannot be written ({error.strerror or error}); check the folder") from None
