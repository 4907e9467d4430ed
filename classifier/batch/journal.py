"""What a batch run is asked to do, its files, and how far they count.

A journal beside the output has one line for each finished block. A run that was killed is taken up at the last line: the files
are cut back to it, and what follows is written again. A lock keeps a second run away from the same output.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from classifier import __version__
from classifier.batch import records, writers
from classifier.errors import StanceError
from classifier.files import same, sha256_of, sweep, write_whole
from classifier.model.regression import shipped_model

REJECT_FIELDS = ("line", "reason", "cells")
MANIFEST = "_SUCCESS"
"""What a run on a cluster writes last, with its counts."""


@dataclass(frozen=True)
class Job:
    """What a batch run is asked to do; everything here but `jobs` decides the bytes that come out.

    Attributes
    ----------
    source : str
        The table, or ``-``.
    output : Path
        Where the labelled sentences go.
    articles : Path or None
        Where one row an article goes.
    columns : mapping of field to column
        Columns that the user names.
    encoding : str
        Of the table; empty to detect it.
    model : str or None
        A model file; None for the shipped one.
    trust_pickle : bool
        It may be a pickle.
    prior : mapping of label to share
        Empty for the model's own.
    force, raw : bool
        Stances only; leave formula cells as they are.
    fields : tuple of str
        Fields of a sentence to write, in this order; empty for all. What is not written is not worked out.
    jobs : int
        Worker processes.
    """

    source: str
    output: Path
    articles: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    model: str | None = None
    trust_pickle: bool = False
    prior: Mapping[str, float] = field(default_factory=dict)
    force: bool = False
    raw: bool = False
    fields: tuple[str, ...] = ()
    jobs: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """What besides input and model decides the rows, as JSON holds it."""
        return {
            "columns": dict(self.columns),
            "encoding": self.encoding,
            "prior": dict(self.prior),
            "force": self.force,
            "raw": self.raw,
            "fields": list(self.fields),
        }


@dataclass(frozen=True)
class Progress:
    """How far a run has come. Rows in are articles out and rejected rows together."""

    articles: int = 0
    rejected: int = 0
    sentences: int = 0
    uncertain: int = 0

    @property
    def rows(self) -> int:
        """Rows of the table that are done."""
        return self.articles + self.rejected

    def __add__(self, other: Progress) -> Progress:
        return Progress(
            self.articles + other.articles,
            self.rejected + other.rejected,
            self.sentences + other.sentences,
            self.uncertain + other.uncertain,
        )


def rejects_of(output: Path) -> Path:
    """Where the rows go that cannot be used."""
    return output.with_name(output.name + ".rejects.csv")


def summary_of(output: Path) -> Path:
    """Where the counts of a run are kept, for the report."""
    return output.with_name(output.name + ".summary.json")


def journal_of(output: Path) -> Path:
    """Where an unfinished run keeps how far it has come."""
    return output.with_name(output.name + ".journal")


def lock_of(output: Path) -> Path:
    """What a run holds while it writes."""
    return output.with_name(output.name + ".lock")


@dataclass(frozen=True)
class Result:
    """One block, scored and turned into bytes for each file."""

    progress: Progress
    pieces: dict[str, bytes]


def check_places(job: Job) -> None:
    """See that every file of a run can stand where it shall.

    Raises
    ------
    StanceError
        When a folder is missing, two files would be one, or something else than a file stands in the place of one.
    """
    targets = [job.output, *([job.articles] if job.articles else [])]
    for target in targets:
        _check_kind(target)
        writers.form_of(target)
        if not (folder := target.absolute().parent).is_dir():
            raise StanceError(f"{target}: there is no folder {folder}; make it first")
    beside = [of(job.output) for of in (rejects_of, summary_of, journal_of, lock_of)]
    partials = map(writers.partial_of, [*targets, rejects_of(job.output)])
    written = [*targets, *beside, *partials, *map(writers.whole_of, targets)]
    for path in written:
        _check_kind(path)
    if job.source != "-" and any(same(job.source, path) for path in written):
        raise StanceError(f"{job.source}: is the input and would be written over; give the output another name")
    if len({os.path.realpath(path) for path in written}) != len(written):
        raise StanceError(f"{job.articles}: is written for {job.output} already; give --articles a name of its own")


def _check_kind(path: Path) -> None:
    """Neither a pipe nor a device is to be replaced by a file, nor a link to be followed that was laid there by another user."""
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        what = "a link" if path.is_symlink() else "a directory" if path.is_dir() else "a pipe or device"
        raise StanceError(f"{path}: {what} stands where a file shall be written; move it, or name another file")


class Ledger:
    """The files of a run with its journal: appends results, and knows after a kill how far they count."""

    def __init__(self, job: Job, labels: tuple[str, ...], resume: bool) -> None:
        self.progress = Progress()
        self.complete = False
        self._job = job
        self._resume = resume
        self._targets = {"output": job.output, "rejects": rejects_of(job.output)}
        self._heads = {
            "output": writers.head(writers.form_of(job.output), job.fields or records.sentence_fields(labels)),
            "rejects": writers.head("csv", REJECT_FIELDS),
        }
        if job.articles:
            self._targets["articles"] = job.articles
            self._heads["articles"] = writers.head(writers.form_of(job.articles), records.article_fields(labels))
        self._journal_path = journal_of(job.output)
        self._identity = _identity(job)
        self._lengths: dict[str, int] | None = None
        self._files: dict[str, BinaryIO] = {}
        self._open = ExitStack()

    def __enter__(self) -> Ledger:
        with ExitStack() as opened:
            self._lock(opened)
            sweep(self._journal_path)
            sweep(summary_of(self._job.output))
            if self._resume:
                self._read_journal()
            elif self._journal_path.exists():
                raise StanceError(
                    f"{self._job.output}: an unfinished run stands here; go on with --resume, or delete {self._journal_path} "
                    "to start anew"
                )
            if not self.complete:
                for name, target in self._targets.items():
                    self._files[name] = opened.enter_context(self._partial(name, writers.partial_of(target)))
                if self._lengths is None:
                    write_whole(self._journal_path, (json.dumps(self._identity) + "\n").encode())
                self._journal = opened.enter_context(self._journal_path.open("a", encoding="utf-8"))
                self._note(self.progress)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _lock(self, opened: ExitStack) -> None:
        lock = lock_of(self._job.output)
        try:
            opened.enter_context(FileLock(lock, timeout=0))
        except Timeout:
            if not lock.exists():  # a folder in which no file can be made
                raise StanceError(f"{lock}: cannot be written; choose another folder") from None
            raise StanceError(f"{self._job.output}: another run is writing it; wait for it, or give another name") from None
        except OSError as error:
            raise StanceError(f"{lock}: cannot be written ({error.strerror or error}); choose another folder") from None
        opened.callback(_remove, lock)

    def _partial(self, name: str, partial: Path) -> BinaryIO:
        """The unfinished file of that name: begun, or cut back to what counts."""
        if self._lengths is None:
            file: BinaryIO = partial.open("wb")
            file.write(self._heads[name])
            file.flush()
            return file
        if not partial.exists() or partial.stat().st_size < self._lengths[name]:
            raise StanceError(f"{partial}: is shorter than the journal says; delete {self._journal_path} and start anew")
        file = partial.open("r+b")
        file.truncate(self._lengths[name])
        file.seek(0, os.SEEK_END)
        return file

    def append(self, result: Result) -> Progress:
        """Append the bytes of one block; they count from the moment that the journal says so."""
        for name, piece in result.pieces.items():
            self._files[name].write(piece)
            self._files[name].flush()
        self.progress += result.progress
        self._note(self.progress)
        return self.progress

    def finish(self, done: Progress) -> None:
        """Give every file its name, the labelled sentences last."""
        if not self.complete:
            for file in self._files.values():
                os.fsync(file.fileno())
                file.close()
            self._note(done, complete=True)
            self._journal.close()
        if not done.rejected:
            writers.partial_of(self._targets["rejects"]).unlink(missing_ok=True)
            self._targets["rejects"].unlink(missing_ok=True)
        writers.finish("csv", self._targets["rejects"])
        if self._job.articles:
            writers.finish(writers.form_of(self._job.articles), self._job.articles)
        write_whole(summary_of(self._job.output), json.dumps(self._summary(done), indent=1).encode())
        writers.finish(writers.form_of(self._job.output), self._job.output)
        self._journal_path.unlink(missing_ok=True)

    def _summary(self, done: Progress) -> dict[str, Any]:
        identity = self._identity
        return {
            "rows_in": done.rows,
            "articles": done.articles,
            "rejected": done.rejected,
            "sentences": done.sentences,
            "uncertain": done.uncertain,
            "model": Path(self._job.model or shipped_model()).name,
            "model_sha256": identity["model"],
            "created_by": f"diplomatic-stance {__version__}",
            "options": identity["options"],
        }

    def _note(self, progress: Progress, complete: bool = False) -> None:
        lengths = {name: writers.partial_of(target).stat().st_size for name, target in self._targets.items()}
        line = {**progress.__dict__, "lengths": lengths, "complete": complete}
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()

    def _read_journal(self) -> None:
        if not os.path.isfile(self._job.source):
            raise StanceError(
                "--resume: standard input and pipes cannot be read again from their start; give the table as a file"
            )
        if not self._journal_path.exists():
            raise StanceError(f"{self._job.output}: there is no unfinished run to resume; start it without --resume")
        try:
            begun, *lines = self._journal_path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
            before = dict(json.loads(begun))
        except (ValueError, TypeError):
            raise StanceError(f"{self._journal_path}: cannot be read; delete it and start anew") from None
        for what, now in self._identity.items():
            if before.get(what) != now:
                raise StanceError(
                    f"--resume: the {what} differs from that of the run begun; put it back, or delete {self._journal_path} "
                    "to start anew"
                )
        # A line that the kill cut off does not count.
        whole = [line for line in lines if line.endswith("\n")]
        if whole:
            try:
                last = json.loads(whole[-1])
                self._lengths, self.complete = last.pop("lengths"), last.pop("complete")
                self.progress = Progress(**last)
                numbers = [*self._lengths.values(), *last.values()]
                if set(self._lengths) != set(self._targets) or not all(isinstance(each, int) and each >= 0 for each in numbers):
                    raise ValueError
            except (ValueError, TypeError, KeyError, AttributeError):
                raise StanceError(f"{self._journal_path}: cannot be read; delete it and start anew") from None
            write_whole(self._journal_path, (begun + whole[-1]).encode())


def _identity(job: Job) -> dict[str, Any]:
    """What must be the same for a run to be taken up."""
    return {
        "input": sha256_of(Path(job.source)) if os.path.isfile(job.source) else "",
        "model": sha256_of(Path(job.model or shipped_model())),
        "options": {"articles": str(job.articles) if job.articles else "", **job.options},
        "version": __version__,
    }


def _remove(lock: Path) -> None:
    """Of no harm where it stays, as after a kill: a lock ends with its process."""
    with suppress(OSError):
        lock.unlink()
