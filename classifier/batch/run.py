"""A table of articles in, labelled sentences out: block by block, on every core, in the order of the table.

Workers turn blocks into bytes; this process appends them, and ``journal`` keeps account of how far they count.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, parent_process

from classifier.batch import records, writers
from classifier.batch.job import Job, Progress, Result, check_places
from classifier.batch.journal import Ledger
from classifier.batch.labelled import Columns, Labelled, article_columns, label_block, sentence_columns
from classifier.errors import StanceError
from classifier.kernel.scorers import Scorer, is_compiled, scorer_of, told_of_compiling
from classifier.model.regression import Model, load_model
from classifier.model.scoring import force
from classifier.tables.blocks import Block, blocks
from classifier.tables.reader import open_table

_SMALL = 100_000
"""A table of fewer bytes is scored before the compiled loops would be loaded."""


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
        Told after each block how far the run is: counts, and the share of the input that is read (0 when unknown).

    Raises
    ------
    StanceError
        When the input, the model or the output is unusable; what is finished stays for ``--resume``.
    """
    check_places(job)
    with ExitStack() as stack:
        if _is_compiled(job):
            stack.enter_context(told_of_compiling(say))
        elif not _is_small(job.source):
            say("scoring without the compiled kernel, which is many times as fast: pip install 'diplomatic-stance[fast]'")
        worker = worker_of(job)
        table = open_table(job.source, job.columns, job.encoding, dates=job.dates)
        say(table.description)
        try:
            ledger = stack.enter_context(Ledger(job, worker.model.labels, resume))
            done = ledger.progress
            tick(done, 0.0)
            if not ledger.complete:
                for result in _results(worker, blocks(table, worker.compiled, done.rows), stack):
                    done = ledger.append(result)
                    tick(done, table.share())
            ledger.finish(done)
        except OSError as error:
            raise StanceError(
                f"{error.filename or job.output}: {error.strerror or error}; what is finished is kept, make room or repair it "
                "and go on with --resume"
            ) from None
    return done


# --- scoring blocks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worker:
    """What every block is scored with."""

    job: Job
    model: Model
    scorer: Scorer
    compiled: bool
    fields: tuple[str, ...]


def worker_of(job: Job) -> Worker:
    """What the blocks of `job` are scored with.

    Raises
    ------
    StanceError
        As ``model_of``.
    """
    # Lexicon, model and words are many objects that stay: looking for garbage among them took a quarter of the time of learning.
    gc.set_threshold(100_000, 20, 100)
    model = model_of(job)
    compiled = _is_compiled(job)
    return Worker(job, model, scorer_of(model, compiled), compiled, job.fields or tuple(records.sentence_fields(model.labels)))


def model_of(job: Job) -> Model:
    """The model of `job`, as it is to be used.

    Raises
    ------
    StanceError
        When the model cannot be used, and as ``assuming``.
    """
    return assuming(load_model(job.model, job.trust_pickle), job)


def assuming(model: Model, job: Job) -> Model:
    """`model` with the prior and the labels that `job` asks for.

    Raises
    ------
    StanceError
        When the job asks for labels or fields that it does not have.
    """
    if job.prior:
        model = model.with_prior(job.prior)
    if job.force:
        model = force(model)
    known = records.sentence_fields(model.labels)
    if unknown := [field for field in job.fields if field not in known]:
        raise StanceError(f"--fields: there is no field {unknown[0]!r}; choose among {', '.join(known)}")
    return model


def _is_compiled(job: Job) -> bool:
    return not _is_small(job.source) and is_compiled()


def _is_small(source: str) -> bool:
    return os.path.isfile(source) and os.path.getsize(source) < _SMALL


def _results(worker: Worker, waiting: Iterator[Block], stack: ExitStack) -> Iterator[Result]:
    """The blocks' results in order, with no more of them under way than keep the workers busy."""
    global _own
    jobs = worker.job.jobs
    # The first block is scored here, so that forked workers have the compiled loops, the model and many words already.
    yield from (_score(block, worker) for block in (waiting if jobs == 1 else islice(waiting, 1)))
    if jobs == 1:
        return
    _own = worker
    pool = ProcessPoolExecutor(jobs, initializer=_start, initargs=(worker.job,))
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    under_way: deque[Future[Result]] = deque()
    try:
        for block in waiting:
            with _no_signal_to_children():
                under_way.append(pool.submit(_score_in_pool, block))
            if len(under_way) > 2 * jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool:
        # These wait without end for a block that was on its way to a dead worker (CPython issue 94777).
        if sys.version_info < (3, 11, 5):
            pool._call_queue._reader.close()  # type: ignore[attr-defined]
        raise StanceError(
            "a worker process was ended from outside (out of memory?); what is finished is kept, go on with --resume, "
            "with fewer --jobs"
        ) from None


@contextmanager
def _no_signal_to_children() -> Iterator[None]:
    """A request to end that meets a worker while it is being started waits until the worker has its own way to take it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_ENDING = (signal.SIGINT, signal.SIGTERM)
_own: Worker | None = None
"""Of a process of the pool: that of the process which it was forked from, or its own."""


def _start(job: Job) -> None:
    global _own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _own = _own or worker_of(job)


def _end_with_parent() -> None:
    """A parent that was killed cannot end its pool; without it a worker would wait for ever."""
    parent = parent_process()
    if parent:
        connection.wait([parent.sentinel])
        os._exit(1)


def _score_in_pool(block: Block) -> Result:
    assert _own is not None
    return _score(block, _own)


def _score(block: Block, worker: Worker) -> Result:
    job = worker.job
    labelled = label_block(block, worker.model, worker.scorer, "because" in worker.fields, job.any_language)
    columns = sentence_columns(labelled, worker.fields)
    pieces = {
        "output": writers.encode(writers.form_of(job.output), columns, job.raw, worker.compiled),
        "rejects": writers.encode("csv", reject_columns(labelled), job.raw),
    }
    if job.articles:
        pieces["articles"] = writers.encode(writers.form_of(job.articles), article_columns(labelled), job.raw)
    return Result(progress_of(labelled), pieces)


def progress_of(labelled: Labelled) -> Progress:
    """The counts of a block."""
    of = labelled.sentences
    languages = Counter(labelled.foreign.values())
    return Progress(len(of.id), len(of.rejects), len(of.text), int(labelled.uncertain.sum()), of.cleaned, languages)


def reject_columns(labelled: Labelled) -> Columns:
    """Line, reason, and the raw cells in one."""
    rejects = labelled.sentences.rejects
    return {
        "line": [each.line for each in rejects],
        "reason": [each.reason for each in rejects],
        "cells": [each.cells_as_json() for each in rejects],
    }
