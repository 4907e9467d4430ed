"""Paths and URLs in, files out: what a run on a cluster reads and writes may lie in any store that fsspec knows."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from classifier.errors import StanceError

_TABLES = (
    ".csv",
    ".tsv",
    ".jsonl",
    ".ndjson",
    ".json",
    ".csv.gz",
    ".tsv.gz",
    ".jsonl.gz",
    ".ndjson.gz",
    ".json.gz",
    ".parquet",
    ".xlsx",
    ".warc",
    ".warc.gz",
)
_HIDDEN = ("_", ".")
_PARTIAL = ".partial"
# A file appears in these when it is whole, and a rename would copy it.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "memory"}
_READ = 1 << 20
_AHEAD = 4 << 20


@dataclass(frozen=True)
class Source:
    """A file to read.

    Attributes
    ----------
    name : str
        Path, or URL.
    size : int
        Bytes.
    mark : str
        What its store says of its content (an entity tag, or the time of the last change): another content has another mark.
    """

    name: str
    size: int
    mark: str


def open_file(name: str) -> BinaryIO:
    """Open a path or URL for reading.

    Raises
    ------
    OSError
        When a path cannot be opened.
    StanceError
        When a URL cannot.
    """
    if "://" not in name:
        return open(name, "rb", buffering=0)
    with _reached(name):
        file: BinaryIO = _fsspec(name).open(name, "rb", block_size=_AHEAD).open()
        return file


def source(name: str) -> Source:
    """The file `name` as it is now.

    Raises
    ------
    StanceError
        When it is not there.
    """
    store, path = _store(name)
    with _reached(name):
        return _source(store, store.info(path))


def find_tables(places: Sequence[str], apart: str) -> list[Source]:
    """The tables that `places` name, each once, in order of their names.

    Parameters
    ----------
    places : sequence of str
        Files, directories (their tables at any depth), globs; as paths or URLs. Hidden files, and such as begin with ``_``,
        are left out of directories and globs.
    apart : str
        A directory whose files are none of them.

    Raises
    ------
    StanceError
        When a place cannot be reached or holds no table.
    """
    found: dict[str, Source] = {}
    ours = _full(apart).rstrip("/") + "/"
    for place in places:
        here = {each.name: each for each in _tables_of(place) if not _full(each.name).startswith(ours)}
        if not here:
            raise StanceError(
                f"{place}: there is no table here; give a file, a directory of tables, or a glob such as 'in/*.csv'"
            )
        found |= here
    return [found[name] for name in sorted(found)]


class OutOfReach(StanceError):
    """A store that holds the output fails, perhaps for a moment only."""


class Folder:
    """A directory of a store that a run writes to; what is written appears under its name whole, or not at all.

    Its methods raise ``OutOfReach`` when the store fails.
    """

    def __init__(self, url: str) -> None:
        # Workers may have another working directory.
        self.url = url.rstrip("/") if "://" in url else os.path.abspath(url)

    def has(self, name: str) -> bool:
        """Whether a file stands in it."""
        store, path = _store(self.url)
        with _reached(self.url, OutOfReach):
            return bool(store.exists(f"{path}/{name}"))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, or None when there is none."""
        store, path = _store(self.url)
        with _reached(self.url, OutOfReach):
            try:
                return bytes(store.cat_file(f"{path}/{name}"))
            except (FileNotFoundError, NotADirectoryError):
                return None

    def digest(self, name: str) -> str:
        """SHA-256 of a file, empty when there is none."""
        store, path = _store(self.url)
        hashed = hashlib.sha256()
        with _reached(self.url, OutOfReach):
            try:
                with store.open(f"{path}/{name}", "rb", block_size=_AHEAD) as file:
                    while read := file.read(_READ):
                        hashed.update(read)
            except FileNotFoundError:
                return ""
        return hashed.hexdigest()

    def write(self, name: str, data: bytes) -> None:
        """Write `data` under a name."""
        self._place(name, lambda store, path: store.pipe_file(path, data))

    def put(self, name: str, file: Path) -> None:
        """Copy a local file under a name."""
        self._place(name, lambda store, path: store.put_file(str(file), path))

    def remove(self, name: str) -> None:
        """Remove a file, or a directory with all in it; nothing happens when there is none."""
        store, path = _store(self.url)
        with _reached(self.url, OutOfReach), suppress(FileNotFoundError):
            store.rm(f"{path}/{name}", recursive=True)

    def clear(self, *folders: str) -> None:
        """Remove what was not written whole, here and in these folders, by processes that were killed."""
        for folder in ("", *folders):
            inside = Folder(f"{self.url}/{folder}")
            for name in inside.names():
                if name.startswith(".") and name.endswith(_PARTIAL):
                    inside.remove(name)

    def names(self) -> list[str]:
        """What stands in the directory; nothing when there is none."""
        store, path = _store(self.url)
        with _reached(self.url, OutOfReach):
            store.invalidate_cache()
            try:
                if not store.isdir(path):
                    if store.exists(path):
                        raise StanceError(f"{self.url}: is a file; name a directory")
                    return []
                return sorted(str(each).rstrip("/").rsplit("/", 1)[-1] for each in store.ls(path, detail=False))
            except FileNotFoundError:
                return []

    def _place(self, name: str, write: Callable[[Any, str], None]) -> None:
        store, root = _store(self.url)
        target = f"{root}/{name}"
        folder, _, last = target.rpartition("/")
        with _reached(self.url, OutOfReach):
            if _protocols(store) & _OBJECT_STORES:
                write(store, target)
                return
            store.makedirs(folder, exist_ok=True)
            partial = f"{folder}/.{last}.{uuid.uuid4().hex}{_PARTIAL}"
            try:
                write(store, partial)
                store.mv(partial, target)
            except BaseException:
                with suppress(Exception):
                    store.rm_file(partial)
                raise


def _fsspec(name: str) -> Any:
    try:
        import fsspec
    except ImportError:
        raise StanceError(f"{name}: needs the extra: pip install 'diplomatic-stance[distributed]'") from None
    return fsspec


def _store(name: str) -> tuple[Any, str]:
    """The file system of a path or URL, and the path in it."""
    fsspec = _fsspec(name)
    with _reached(name):
        store, path = fsspec.core.url_to_fs(name)
        return store, str(path)


@contextmanager
def _reached(name: str, kind: type[StanceError] = StanceError) -> Iterator[None]:
    """What a store says when it fails, in one sentence; every store has exceptions of its own."""
    try:
        yield
    except StanceError:
        raise
    except Exception as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise kind(f"{name}: cannot be reached ({reason}); check the address, the rights to it and its room") from None


def _protocols(store: Any) -> set[str]:
    return {store.protocol} if isinstance(store.protocol, str) else set(store.protocol)


def _full(name: str) -> str:
    """A name with its protocol, and without links, so that two can be compared."""
    store, path = _store(name if "://" in name else os.path.realpath(name))
    return str(store.unstrip_protocol(path))


def _tables_of(place: str) -> list[Source]:
    store, path = _store(place)
    with _reached(place):
        if store.isfile(path):
            return [_source(store, store.info(path))]
        if store.isdir(path):
            inside = store.find(path, detail=True)
            kept = [each for name, each in inside.items() if name.lower().endswith(_TABLES) and not _is_hidden(name, path)]
        else:
            start = path[: min((path.find(sign) for sign in "*?[" if sign in path), default=len(path))].rpartition("/")[0]
            matched = store.glob(path, detail=True)
            kept = [each for name, each in matched.items() if each["type"] == "file" and not _is_hidden(name, start)]
        return [_source(store, each) for each in kept]


def _is_hidden(name: str, below: str) -> bool:
    return any(part.startswith(_HIDDEN) for part in name[len(below) :].split("/"))


def _source(store: Any, info: dict[str, Any]) -> Source:
    local = "file" in _protocols(store)
    name = info["name"] if local else store.unstrip_protocol(info["name"])
    # No mark but such as are the same in a listing and for the file alone.
    marks = (info.get(key) for key in ("ETag", "etag", "md5Hash", "mtime"))
    return Source(str(name), int(info["size"]), str(next((mark for mark in marks if mark), "")))
