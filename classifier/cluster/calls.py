"""Calls in, results out as they finish, by the workers of a Dask cluster; its faults come out as sentences.

A bounded number of calls is under way at a time, so that a hundred thousand of them burden neither scheduler nor client.
"""

from __future__ import annotations

import logging
import re
import signal
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from classifier.errors import StanceError

_LOGS = {
    "distributed.client": logging.CRITICAL,
    "tornado.application": logging.CRITICAL,
    "distributed.nanny": logging.ERROR,
    "distributed.nanny.memory": logging.WARNING,
}
"""A scheduler that goes away, and a worker that is slow to end, need no more than our sentence; memory that runs out does."""
_UNDER_WAY = 1000
"""Enough for hundreds of cores, and for a cluster that grows by what waits."""
_SUSPECTS = 8
_RETRIES = 2
"""Of a call that fails for another reason than that its worker died: a store may be out of reach for a moment."""


@dataclass(frozen=True)
class Call:
    """A function to be called on a worker.

    Attributes
    ----------
    title : str
        What a message calls it.
    function : callable
    arguments : tuple
    item : object
        What its result belongs to.
    """

    title: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    item: Any


@contextmanager
def connected(scheduler: str, say: Callable[[str], None]) -> Iterator[Any]:
    """A client of the scheduler at ``tcp://HOST:PORT``, or of N workers of its own for ``local[N]``.

    Raises
    ------
    StanceError
        When no scheduler is there, or it goes away.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise StanceError("--scheduler needs the extra: pip install 'diplomatic-stance[distributed]'") from None
    local = re.fullmatch(r"local\[([1-9]\d*)\]", scheduler)
    if not local and "://" not in scheduler:
        raise StanceError(
            f"--scheduler: {scheduler!r} is none; give tcp://HOST:PORT, or local[2] for two workers on this machine"
        )
    for name, level in _LOGS.items():
        logging.getLogger(name).setLevel(level)
    with ExitStack() as stack:
        # Looking every hundredth of a second what a worker does would take one in fifteen.
        stack.enter_context(dask.config.set({"distributed.worker.profile.enabled": False}))
        try:
            # One thread a worker: scoring holds Python's lock, and a second would only wait. The port of the status page is free
            # to choose, so that two runs do not meet.
            cluster = (
                LocalCluster(n_workers=int(local[1]), threads_per_worker=1, dashboard_address="127.0.0.1:0") if local else None
            )
            client = stack.enter_context(Client(stack.enter_context(cluster) if cluster else scheduler))
        except (OSError, ValueError, RuntimeError, TypeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise StanceError(f"{scheduler}: no scheduler answers ({reason}); check the address") from None
        if local:
            client.register_plugin(_undisturbed())
        if not client.ncores():
            say(f"{scheduler} has no workers yet; the run waits for them")
        yield client


def _undisturbed() -> Any:
    """What makes workers of this process ignore Ctrl-C, which a terminal sends to them too; this process ends them, quietly."""
    from distributed import WorkerPlugin

    class Undisturbed(WorkerPlugin):
        def setup(self, worker: Any) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            logging.getLogger("distributed.worker").setLevel(logging.ERROR)

    return Undisturbed()


def shared(client: Any, data: bytes) -> Any:
    """`data` as an argument of many calls, sent to each worker once.

    It is a task's result and not scattered, so that the scheduler makes it again when the workers that hold it are gone.
    """
    return client.submit(bytes, data, key=f"stance-data-{uuid.uuid4().hex}")


def results(client: Any, calls: Iterable[Call]) -> Iterator[tuple[Any, Any]]:
    """The item of each call with its result, in the order in which they finish.

    Raises
    ------
    StanceError
        When a call fails again and again, or ends the workers that it runs on, or the scheduler goes away.
    """
    suspects: list[Call] = []
    yield from _results(client, calls, _UNDER_WAY, suspects)
    yield from _results(client, suspects, 1)


def _results(client: Any, calls: Iterable[Call], most: int, suspects: list[Call] | None = None) -> Iterator[tuple[Any, Any]]:
    """As ``results``, with `most` calls under way; those whose workers died again and again become `suspects`.

    Dask suspects all that a dead worker had before it, and cannot tell what ended it. Called alone, each shows what it does.
    """
    from distributed import KilledWorker, as_completed

    run = uuid.uuid4().hex
    keyed = ((f"stance-{run}-{number}", call) for number, call in enumerate(calls))
    under_way: dict[Any, Call] = {}
    finished = as_completed()

    def submit(count: int) -> None:
        for key, call in islice(keyed, count):
            future = client.submit(call.function, *call.arguments, key=key, retries=_RETRIES)
            under_way[future] = call
            finished.add(future)

    submit(most)
    try:
        for future in finished:
            call = under_way.pop(future)
            submit(1)
            try:
                result = future.result()
            except KilledWorker as error:
                if suspects is None or len(suspects) == _SUSPECTS:
                    raise _failed(call, error) from None
                suspects.append(call)
            except Exception as error:
                raise _failed(call, error) from None
            else:
                yield call.item, result
    finally:
        client.cancel([*under_way])


def _failed(call: Call, error: Exception) -> StanceError:
    """Why a call has no result."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    if isinstance(error, (CommClosedError, FutureCancelledError)):
        return StanceError("the scheduler went away; what is finished is kept, give the same command again when it is back")
    if isinstance(error, StanceError):
        return StanceError(f"{call.title}: {error}; what is finished is kept, give the same command again")
    if isinstance(error, KilledWorker):
        why = f"ended {error.allowed_failures + 1} workers one after the other (out of memory? see their logs)"
    else:
        why = f"failed on a worker ({type(error).__name__}: {' '.join(str(error).split())})"
    return StanceError(f"{call.title}: {why}; what is finished is kept, repair it and give the same command again")
