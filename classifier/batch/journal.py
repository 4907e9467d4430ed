"""``Ledger``: the files of a batch run, and how far they count.

A journal beside the output has one line for each finished block. A run that was killed is taken up at the last line: the files
are cut back to it, and what follows is written again. Locks keep a second run away from every file of the first.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from classifier import __version__
from classifier.batch import records, writers
from classifier.batch.job import REJECT_FIELDS, Job, Progress, Result, journal_of, lock_of, rejects_of, summary_of
from classifier.errors import StanceError
from classifier.files import sha256_of, sweep, write_whole
from classifier.model.regression import shipped_model

_END = 64
"""Last bytes of each file that the journal keeps, to see on resuming that they are those of its run."""


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
        self._ends: dict[str, bytes] = {}
        self._files: dict[str, BinaryIO] = {}
        self._open = ExitStack()

    def __enter__(self) -> Ledger:
        with ExitStack() as opened:
            self._lock(opened)
            sweep(self._journal_path)
            sweep(summary_of(self._job.output))
            if self._resume:
                self._check_input()
            # One command can be given again and again until it succeeds.
            if self._resume and self._journal_path.exists():
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
        """Hold every output: another run may share one of them. In one order, so that of two runs one goes on."""
        for target in sorted({self._job.output, *([self._job.articles] if self._job.articles else [])}, key=os.path.realpath):
            lock = lock_of(target)
            try:
                opened.enter_context(FileLock(lock, timeout=0))
            except Timeout:
                if not lock.exists():  # a folder in which no file can be made
                    raise StanceError(f"{lock}: cannot be written; choose another folder") from None
                raise StanceError(f"{target}: another run is writing it; wait for it, or give another name") from None
            except OSError as error:
                raise StanceError(f"{lock}: cannot be written ({error.strerror or error}); choose another folder") from None
            opened.callback(_remove, lock)

    def _partial(self, name: str, partial: Path) -> BinaryIO:
        """The unfinished file of that name: begun, or cut back to what counts."""
        if self._lengths is None:
            file: BinaryIO = partial.open("wb")
            file.write(self._heads[name])
            file.flush()
            self._ends[name] = self._heads[name][-_END:]
            return file
        if not partial.exists() or partial.stat().st_size < self._lengths[name]:
            raise StanceError(f"{partial}: is shorter than the journal says; delete {self._journal_path} and start anew")
        file = partial.open("r+b")
        file.seek(self._lengths[name] - len(self._ends[name]))
        if file.read(len(self._ends[name])) != self._ends[name]:
            file.close()
            raise StanceError(
                f"{partial}: another run has written to it since; delete {self._journal_path} and start anew, with another name"
            )
        file.truncate(self._lengths[name])
        file.seek(0, os.SEEK_END)
        return file

    def append(self, result: Result) -> Progress:
        """Append the bytes of one block; they count from the moment that the journal says so."""
        for name, piece in result.pieces.items():
            self._files[name].write(piece)
            self._files[name].flush()
            self._ends[name] = (self._ends[name] + piece[-_END:])[-_END:]
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
            "cleaned": dict(done.cleaned),
            "other_languages": dict(done.languages),
            "model": Path(self._job.model or shipped_model()).name,
            "model_sha256": identity["model"],
            "created_by": f"diplomatic-stance {__version__}",
            "options": identity["options"],
        }

    def _note(self, progress: Progress, complete: bool = False) -> None:
        lengths = {name: writers.partial_of(target).stat().st_size for name, target in self._targets.items()}
        ends = {name: end.hex() for name, end in self._ends.items()}
        line = {**progress.__dict__, "lengths": lengths, "ends": ends, "complete": complete}
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()

    def _check_input(self) -> None:
        if not os.path.isfile(self._job.source):
            raise StanceError(
                "--resume: standard input and pipes cannot be read again from their start; give the table as a file"
            )

    def _read_journal(self) -> None:
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
                self._ends = {name: bytes.fromhex(end) for name, end in last.pop("ends").items()}
                self.progress = Progress.from_json(last)
                if (
                    set(self._lengths) != set(self._targets)
                    or set(self._ends) != set(self._targets)
                    or not all(isinstance(each, int) and each >= 0 for each in self._lengths.values())
                ):
                    raise ValueError
                if any(len(end) > self._lengths[name] for name, end in self._ends.items()):
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
