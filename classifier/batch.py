"""A table of articles in, labelled sentences out: chunk by chunk, on every core, in the order of the table.

Workers turn chunks into bytes; this process appends them, and ``ledger`` keeps account of how far they count.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, parent_process

from classifier import outputs, records
from classifier.columns import Columns, Labelled, article_columns, label_rows, sentence_columns
from classifier.errors import StanceError
from classifier.ledger import Job, Ledger, Progress, Result, check_places
from classifier.model import Model, load_model
from classifier.scorers import Scorer, fastest, is_compiled
from classifier.scoring import force
from classifier.tables import Reject, Row, open_table

_CHUNK_ROWS = 2048
_CHUNK_CHARS = 1_000_000


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
    check_places(job)
    worker = _worker(job)
    if not is_compiled():
        say("scoring without the compiled kernel, which is many times as fast: pip install 'diplomatic-stance[fast]'")
    table = open_table(job.source, job.columns, job.encoding)
    say(table.description)
    with ExitStack() as stack:
        try:
            ledger = stack.enter_context(Ledger(job, worker.model.labels, resume))
            done = ledger.progress
            tick(done, 0.0)
            if not ledger.complete:
                for result in _results(worker, _chunks(_skip(table.rows, done.rows)), stack):
                    done = ledger.append(result)
                    tick(done, table.share())
            ledger.finish(done)
        except OSError as error:
            raise StanceError(
                f"{error.filename or job.output}: {error.strerror or error}; what is finished is kept, make room or repair it "
                "and go on with --resume"
            ) from None
    return done


# --- scoring chunks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Worker:
    """What every chunk is scored with."""

    job: Job
    model: Model
    scorer: Scorer
    fields: tuple[str, ...]


def _worker(job: Job) -> _Worker:
    model = load_model(job.model)
    if job.prior:
        model = model.with_prior(job.prior)
    if job.force:
        model = force(model)
    known = records.sentence_fields(model.labels)
    if unknown := [field for field in job.fields if field not in known]:
        raise StanceError(f"--fields: there is no field {unknown[0]!r}; choose among {', '.join(known)}")
    return _Worker(job, model, fastest(model), job.fields or tuple(known))


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


def _results(worker: _Worker, chunks: Iterator[list[Row | Reject]], stack: ExitStack) -> Iterator[Result]:
    """The chunks' results in order, with no more of them under way than keep the workers busy."""
    jobs = worker.job.jobs
    if jobs == 1:
        yield from (_score(chunk, worker) for chunk in chunks)
        return
    pool = ProcessPoolExecutor(jobs, initializer=_start, initargs=(worker.job,))
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    under_way: deque[Future[Result]] = deque()
    try:
        for chunk in chunks:
            under_way.append(pool.submit(_score_in_pool, chunk))
            if len(under_way) > 2 * jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool:
        raise StanceError(
            "a worker process was ended from outside (out of memory?); what is finished is kept, go on with --resume, "
            "with fewer --jobs"
        ) from None


_own: _Worker | None = None
"""Of a process of the pool."""


def _start(job: Job) -> None:
    global _own
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _own = _worker(job)


def _end_with_parent() -> None:
    """A parent that was killed cannot end its pool; without it a worker would wait for ever."""
    parent = parent_process()
    if parent:
        connection.wait([parent.sentinel])
        os._exit(1)


def _score_in_pool(chunk: list[Row | Reject]) -> Result:
    assert _own is not None
    return _score(chunk, _own)


def _score(chunk: list[Row | Reject], worker: _Worker) -> Result:
    job = worker.job
    labelled = label_rows(chunk, worker.model, worker.scorer, explain="because" in worker.fields)
    pieces = {
        "output": outputs.encode(outputs.form_of(job.output), sentence_columns(labelled, worker.fields), job.raw),
        "rejects": outputs.encode("csv", _reject_columns(labelled), job.raw),
    }
    if job.articles:
        pieces["articles"] = outputs.encode(outputs.form_of(job.articles), article_columns(labelled), job.raw)
    articles, rejected, sentences = len(labelled.articles), len(labelled.rejects), len(labelled.sentences)
    return Result(Progress(articles, rejected, sentences, int(labelled.uncertain.sum())), pieces)


def _reject_columns(labelled: Labelled) -> Columns:
    """Line, reason, and the raw cells in one; what is no character of any text is written as an escape."""
    return {
        "line": [each.line for each in labelled.rejects],
        "reason": [each.reason for each in labelled.rejects],
        "cells": [
            json.dumps([cell.encode("utf-8", "backslashreplace").decode() for cell in each.cells], ensure_ascii=False)
            for each in labelled.rejects
        ],
    }
