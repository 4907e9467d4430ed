"""Bytes in, a whole file out: what is written appears under its name complete, or not at all."""

from __future__ import annotations

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
