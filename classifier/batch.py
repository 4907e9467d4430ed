"""A table of articles in, labelled sentences out: chunk by chunk, on every core, in the order of the table.

Workers turn chunks into bytes; this process appends them and keeps a journal, one line a chunk, that says how far each file
reaches. A run that was killed is taken up at the last line of the journal: the files are cut back to it, the rows it counts are
passed over, and the end is the same to the byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from classifier import __version__, outputs, records
from classifier.articles import article_from_text
from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model import Model, load_model, shipped_model
from classifier.scoring import force, score_article
from classifier.tables import Reject, Row, open_table

_CHUNK_ROWS = 256
_CHUNK_CHARS = 400_000
REJECT_FIELDS = ("line", "reason", "cells")


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
    prior : mapping of label to share
        Empty for the model's own.
    force, raw : bool
        Stances only; leave formula cells as they are.
    jobs : int
        Worker processes.
    """

    source: str
    output: Path
    articles: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    model: str | None = None
    prior: Mapping[str, float] = field(default_factory=dict)
    force: bool = False
    raw: bool = False
    jobs: int = 1


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


def run(job: Job, resume: bool, say: Callable[[str], None], tick: Callable[[Progress, float], None]) -> Progress:
    """Score a table.

    Parameters
    ----------
    job : Job
    resume : bool
        Take up a run that was broken off.
    say : callable
        Told what was detected.
    tick : callable
        Told after each chunk how far the run is: counts, and the share of the input that is read (0 when unknown).

    Raises
    ------
    StanceError
        When the input, the model or the output is unusable; what is finished stays for ``--resume``.
    """
    _check_places(job)
    model = _model(job)
    table = open_table(job.source, job.columns, job.encoding)
    say(table.description)
    with ExitStack() as stack:
        try:
            ledger = stack.enter_context(_Ledger(job, model.labels, resume))
            done = ledger.progress
            tick(done, 0.0)
            if not ledger.complete:
                for result in _results(job, model, _chunks(_skip(table.rows, done.rows)), stack):
                    done = ledger.append(result)
                    tick(done, table.share())
            ledger.finish(done)
        except OSError as error:
            raise StanceError(
                f"{error.filename or job.output}: {error.strerror or error}; what is finished is kept, make room or repair it "
                "and go on with --resume"
            ) from None
    return done


def rejects_of(output: Path) -> Path:
    """Where the rows go that cannot be used."""
    return output.with_name(output.name + ".rejects.csv")


def summary_of(output: Path) -> Path:
    """Where the counts of a run are kept, for the report."""
    return output.with_name(output.name + ".summary.json")


def journal_of(output: Path) -> Path:
    """Where an unfinished run keeps how far it has come."""
    return output.with_name(output.name + ".journal")


def _check_places(job: Job) -> None:
    targets = [job.output, *([job.articles] if job.articles else [])]
    for target in targets:
        outputs.form_of(target)
        if not target.resolve().parent.is_dir():
            raise StanceError(f"{target}: there is no folder {target.resolve().parent}; make it first")
        if target.is_dir():
            raise StanceError(f"{target}: is a directory; name a file")
    beside = [rejects_of(job.output), summary_of(job.output), journal_of(job.output)]
    written = [*targets, *beside, *map(outputs.partial_of, [*targets, rejects_of(job.output)])]
    if job.source != "-" and Path(job.source).resolve() in [path.resolve() for path in written]:
        raise StanceError(f"{job.source}: is the input and would be written over; give the output another name")
    if len({path.resolve() for path in written}) != len(written):
        raise StanceError(f"{job.articles}: is written for {job.output} already; give --articles a name of its own")


def _model(job: Job) -> Model:
    model = load_model(job.model)
    if job.prior:
        model = model.with_prior(job.prior)
    return force(model) if job.force else model


# --- scoring chunks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Result:
    """One chunk, scored and turned into bytes for each file."""

    progress: Progress
    pieces: dict[str, bytes]


def _skip(rows: Iterable[Row | Reject], count: int) -> Iterator[Row | Reject]:
    iterator = iter(rows)
    next(islice(iterator, count, count), None)
    return iterator


def _chunks(rows: Iterator[Row | Reject]) -> Iterator[list[Row | Reject]]:
    """Rows in lists of even work; where they are cut depends on the rows alone."""
    chunk: list[Row | Reject] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.text) if isinstance(row, Row) else 0
        if len(chunk) == _CHUNK_ROWS or size > _CHUNK_CHARS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _results(job: Job, model: Model, chunks: Iterator[list[Row | Reject]], stack: ExitStack) -> Iterator[_Result]:
    """The chunks' results in order, with no more of them under way than keep the workers busy."""
    if job.jobs == 1:
        yield from (_score(chunk, job, model) for chunk in chunks)
        return
    pool = ProcessPoolExecutor(job.jobs, initializer=_start_worker, initargs=(job,))
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    under_way: deque[Future[_Result]] = deque()
    try:
        for chunk in chunks:
            under_way.append(pool.submit(_score_in_worker, chunk))
            if len(under_way) > 2 * job.jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool:
        raise StanceError(
            "a worker process was ended from outside (out of memory?); what is finished is kept, go on with --resume, "
            "with fewer --jobs"
        ) from None


_worker: tuple[Job, Model] | None = None


def _start_worker(job: Job) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = job, _model(job)


def _score_in_worker(chunk: list[Row | Reject]) -> _Result:
    assert _worker is not None
    return _score(chunk, *_worker)


def _score(chunk: list[Row | Reject], job: Job, model: Model) -> _Result:
    sentences: list[outputs.Record] = []
    articles: list[outputs.Record] = []
    rejects: list[Reject] = []
    for row in chunk:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        try:
            scored = score_article(article_from_text(row.text, row.id, row.date, row.source), model)
        except StanceError as error:
            rejects.append(Reject(row.line, str(error), (row.id, row.date, row.source, row.text)))
            continue
        if not scored.sentences:
            rejects.append(Reject(row.line, "no sentence in the text", (row.id, row.date, row.source, row.text)))
            continue
        sentences += records.of_sentences(scored)
        articles.append(records.of_article(scored))
    refused = [{"line": each.line, "reason": each.reason, "cells": _as_json(each.cells)} for each in rejects]
    pieces = {
        "output": outputs.encode(outputs.form_of(job.output), records.sentence_fields(model.labels), sentences, job.raw),
        "rejects": outputs.encode("csv", REJECT_FIELDS, refused, job.raw),
    }
    if job.articles:
        form = outputs.form_of(job.articles)
        pieces["articles"] = outputs.encode(form, records.article_fields(model.labels), articles, job.raw)
    uncertain = sum(record["uncertain"] for record in sentences)
    return _Result(Progress(len(articles), len(rejects), len(sentences), uncertain), pieces)


def _as_json(cells: tuple[str, ...]) -> str:
    """The raw cells in one; what is no character of any text is written as an escape."""
    return json.dumps([cell.encode("utf-8", "backslashreplace").decode() for cell in cells], ensure_ascii=False)


# --- the files and the journal ---------------------------------------------------------------------------------------


class _Ledger:
    """The files of a run with its journal: appends results, and knows after a kill how far they count."""

    def __init__(self, job: Job, labels: tuple[str, ...], resume: bool) -> None:
        self.progress = Progress()
        self.complete = False
        self._job = job
        self._targets = {"output": job.output, "rejects": rejects_of(job.output)}
        self._heads = {
            "output": outputs.head(outputs.form_of(job.output), records.sentence_fields(labels)),
            "rejects": outputs.head("csv", REJECT_FIELDS),
        }
        if job.articles:
            self._targets["articles"] = job.articles
            self._heads["articles"] = outputs.head(outputs.form_of(job.articles), records.article_fields(labels))
        self._journal_path = journal_of(job.output)
        self._identity = _identity(job)
        self._lengths: dict[str, int] | None = None
        if resume:
            self._read_journal()
        elif self._journal_path.exists():
            raise StanceError(
                f"{job.output}: an unfinished run stands here; go on with --resume, or delete {self._journal_path} to start anew"
            )
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> _Ledger:
        if self.complete:
            return self
        for name, target in self._targets.items():
            partial = outputs.partial_of(target)
            if self._lengths is None:
                self._files[name] = partial.open("wb")
                self._files[name].write(self._heads[name])
                self._files[name].flush()
            else:
                if not partial.exists() or partial.stat().st_size < self._lengths[name]:
                    raise StanceError(f"{partial}: is shorter than the journal says; delete {self._journal_path} and start anew")
                self._files[name] = partial.open("r+b")
                self._files[name].truncate(self._lengths[name])
                self._files[name].seek(0, os.SEEK_END)
        if self._lengths is None:
            write_whole(self._journal_path, (json.dumps(self._identity) + "\n").encode())
        self._journal = self._journal_path.open("a", encoding="utf-8")
        self._note(self.progress)
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def append(self, result: _Result) -> Progress:
        """Append the bytes of one chunk; they count from the moment that the journal says so."""
        for name, piece in result.pieces.items():
            self._files[name].write(piece)
            self._files[name].flush()
        before, new = self.progress, result.progress
        self.progress = Progress(
            before.articles + new.articles,
            before.rejected + new.rejected,
            before.sentences + new.sentences,
            before.uncertain + new.uncertain,
        )
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
            outputs.partial_of(self._targets["rejects"]).unlink(missing_ok=True)
            self._targets["rejects"].unlink(missing_ok=True)
        outputs.finish("csv", self._targets["rejects"])
        if self._job.articles:
            outputs.finish(outputs.form_of(self._job.articles), self._job.articles)
        write_whole(summary_of(self._job.output), json.dumps(self._summary(done), indent=1).encode())
        outputs.finish(outputs.form_of(self._job.output), self._job.output)
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
        lengths = {name: outputs.partial_of(target).stat().st_size for name, target in self._targets.items()}
        line = {**progress.__dict__, "lengths": lengths, "complete": complete}
        self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()

    def _read_journal(self) -> None:
        if self._job.source == "-":
            raise StanceError("--resume: standard input cannot be read again from its start; give the table as a file")
        if not self._journal_path.exists():
            raise StanceError(f"{self._job.output}: there is no unfinished run to resume; start it without --resume")
        begun, *lines = self._journal_path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
        try:
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
            last = json.loads(whole[-1])
            self._lengths, self.complete = last.pop("lengths"), last.pop("complete")
            self.progress = Progress(**last)
            write_whole(self._journal_path, (begun + whole[-1]).encode())


def _identity(job: Job) -> dict[str, Any]:
    """What must be the same for a run to be taken up."""
    options = {
        "articles": str(job.articles) if job.articles else "",
        "columns": dict(job.columns),
        "encoding": job.encoding,
        "prior": dict(job.prior),
        "force": job.force,
        "raw": job.raw,
    }
    return {
        "input": "" if job.source == "-" else _sha256(Path(job.source)),
        "model": _sha256(Path(job.model or shipped_model())),
        "options": options,
        "version": __version__,
    }


def _sha256(path: Path) -> str:
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                hashed.update(block)
    except OSError as error:
        raise StanceError(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions") from None
    return hashed.hexdigest()
