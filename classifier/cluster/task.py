"""A partition in, its file of labelled sentences and its rejects out: what one task of a run on a cluster does.

It leaves a record of what it wrote, with digests. A task whose record and files are there has nothing to do.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from classifier.batch import writers
from classifier.batch.job import REJECT_FIELDS, Progress
from classifier.batch.labelled import sentence_columns
from classifier.batch.run import Worker, progress_of, reject_columns
from classifier.cluster.partitions import Partition, Piece
from classifier.cluster.workers import Recipe, label, worker_for
from classifier.errors import StanceError
from classifier.files import sha256_of
from classifier.storage import Folder, OutOfReach, source
from classifier.tables.blocks import blocks
from classifier.tables.reader import open_table

RUN, RECORDS, REJECTS = "_run.json", "_records", "_rejects"
BEFORE = f"{RECORDS}/before.json"
"""The manifest of a run that was complete, while the same command runs again."""


@dataclass(frozen=True)
class Record:
    """What a finished partition holds.

    Attributes
    ----------
    name : str
        Of its file.
    articles, rejected, sentences, uncertain : int
    cleaned, languages : mapping of kind to int
        As in ``job.Progress``.
    size : int
        Bytes of the file.
    sha256, rejects_sha256 : str
        Of the file, and of that of its rejects; empty where there is none.
    unreadable : tuple of (str, str)
        Tables that cannot be read, with the reason; none of their rows is in the file.
    """

    name: str
    articles: int
    rejected: int
    sentences: int
    uncertain: int
    size: int
    sha256: str
    rejects_sha256: str
    unreadable: tuple[tuple[str, str], ...]
    cleaned: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)

    @property
    def progress(self) -> Progress:
        """Its counts."""
        return Progress(self.articles, self.rejected, self.sentences, self.uncertain, self.cleaned, self.languages)

    def to_json(self) -> bytes:
        """As a line."""
        return (json.dumps(asdict(self)) + "\n").encode()


@dataclass(frozen=True)
class Finished:
    """What a task says: the record, whether it was there before, and whether the compiled kernel was used."""

    record: Record
    found: bool
    compiled: bool


@dataclass(frozen=True)
class Stopped:
    """What a task says when the whole run must stop: why."""

    reason: str


def record_of(plain: object) -> Record | None:
    """A record from what JSON held; None when that is none."""
    try:
        record = Record(**plain | {"unreadable": tuple((str(name), str(reason)) for name, reason in plain["unreadable"])})  # type: ignore[operator, index]
    except (TypeError, KeyError, ValueError):
        return None
    by_kind = (record.cleaned, record.languages)
    if not all(isinstance(each, Mapping) for each in by_kind):
        return None
    counts = [count for each in by_kind for count in each.values()]
    numbers = (record.articles, record.rejected, record.sentences, record.uncertain, *counts, record.size)
    texts = (record.name, record.sha256, record.rejects_sha256)
    right = all(type(each) is int for each in numbers) and all(type(each) is str for each in texts)
    return record if right else None


def finish(
    partition: Partition, known: Record | None, recipe: Recipe, model: bytes, output: str, strict: bool
) -> Finished | Stopped:
    """Score a partition and write its files, unless that is done.

    Parameters
    ----------
    partition : Partition
    known : Record or None
        Its record, where the run was complete before; one that a task left since counts more.
    recipe : Recipe
    model : bytes
        The model file.
    output : str
        The directory that is written to, a path or URL.
    strict : bool
        Stop at a table that cannot be read.

    Raises
    ------
    OutOfReach
        When the output fails, so that it is tried again.
    """
    folder = Folder(output)
    try:
        if not folder.has(RUN):
            raise StanceError(f"{output}: a worker does not see this directory; give one on storage that all of them share")
        record = _recorded(folder, partition.name) or known
        if record and not record.unreadable and _stands(folder, record):
            return Finished(record, found=True, compiled=True)
        worker = worker_for(recipe, model)
        made = _score(partition, worker, folder, strict)
        return Finished(made, found=False, compiled=worker.compiled)
    except OutOfReach:
        raise
    except StanceError as error:
        return Stopped(str(error))


def _recorded(folder: Folder, name: str) -> Record | None:
    try:
        return record_of(json.loads(folder.read(f"{RECORDS}/{name}.json") or b"null"))
    except ValueError:
        return None


def _stands(folder: Folder, record: Record) -> bool:
    rejects = folder.digest(_rejects_of(record)) if record.rejects_sha256 else ""
    return folder.digest(f"{record.name}.parquet") == record.sha256 and rejects == record.rejects_sha256


# --- scoring ---------------------------------------------------------------------------------------------------------


def _score(partition: Partition, worker: Worker, folder: Folder, strict: bool) -> Record:
    """Make the files on this machine, then place them whole; the record comes last."""
    with tempfile.TemporaryDirectory(prefix="stance-") as here:
        target, rejects = Path(here) / "part.parquet", Path(here) / "rejects.csv"
        with writers.partial_of(target).open("wb") as out, rejects.open("wb") as rejected:
            out.write(writers.head("parquet", worker.fields))
            rejected.write(writers.head("csv", ("file", *REJECT_FIELDS)))
            done, unreadable = _write(partition, worker, out, rejected, strict)
        writers.finish("parquet", target)
        has_rejects = bool(done.rejected or unreadable)
        record = Record(
            name=partition.name,
            **asdict(done),
            size=target.stat().st_size,
            sha256=sha256_of(target),
            rejects_sha256=sha256_of(rejects) if has_rejects else "",
            unreadable=tuple(unreadable.items()),
        )
        if has_rejects:
            folder.put(_rejects_of(record), rejects)
        else:
            # Those of a try that died before its record was written.
            folder.remove(_rejects_of(record))
        folder.put(f"{record.name}.parquet", target)
    folder.write(f"{RECORDS}/{record.name}.json", record.to_json())
    return record


def _write(
    partition: Partition, worker: Worker, out: BinaryIO, rejected: BinaryIO, strict: bool
) -> tuple[Progress, dict[str, str]]:
    """Append the rows of every piece; what was done, and which tables cannot be read and why."""
    done, unreadable = Progress(), {}
    for piece in partition.pieces:
        name = piece.source.name
        _check_unchanged(piece)
        begun = out.tell(), rejected.tell()
        try:
            done = sum(_score_piece(piece, worker, out, rejected), done)
        except StanceError as error:
            if strict:
                raise
            # What was written of it goes again: half a table must not look whole.
            for file, end in zip((out, rejected), begun, strict=True):
                file.seek(end)
                file.truncate()
            reason = unreadable[name] = str(error).removeprefix(f"{name}: ")
            row = {"file": [name], "line": [""], "reason": [reason], "cells": ["[]"]}
            rejected.write(writers.encode("csv", row, worker.job.raw))
        _check_unchanged(piece)
    return done, unreadable


def _check_unchanged(piece: Piece) -> None:
    name = piece.source.name
    if source(name) != piece.source:
        raise StanceError(f"{name}: has changed since the run began; put it back, or start anew in another directory")


def _score_piece(piece: Piece, worker: Worker, out: BinaryIO, rejected: BinaryIO) -> Iterator[Progress]:
    """Append the rows of a piece, block by block."""
    job = worker.job
    table = open_table(piece.source.name, job.columns, piece.encoding, piece.part, job.dates)
    for block in blocks(table, worker.compiled):
        labelled = label(block, worker)
        of = labelled.sentences
        out.write(writers.encode("parquet", sentence_columns(labelled, worker.fields)))
        rows = {"file": [piece.source.name] * len(of.rejects), **reject_columns(labelled)}
        rejected.write(writers.encode("csv", rows, job.raw))
        yield progress_of(labelled)


def _rejects_of(record: Record) -> str:
    return f"{REJECTS}/{record.name}.csv"
