"""How far a long run has come, on standard error: a bar on a terminal, a line every ten seconds in a log."""

from __future__ import annotations

import signal
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.batch.job import Progress

_EVERY = 10.0


class Meter:
    """Told what is going on by ``say`` and how far by ``tick``.

    Where Ctrl-C and SIGTERM interrupt, they do so for sure: Python swallows what is raised in a destructor, so the next ``tick``
    says it again.
    """

    def __init__(self) -> None:
        self._began = self._spoke = time.monotonic()
        self._first: int | None = None
        self._bar: Any = None
        self._ended = False
        self._signals = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) is signal.default_int_handler]
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=1.0)

    def __enter__(self) -> Meter:
        for each in self._signals:
            signal.signal(each, self._end)
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()
        for each in self._signals:
            signal.signal(each, signal.default_int_handler)
        # What interrupts the call of a compiled loop may come out of it as a SystemError.
        if self._ended and isinstance(error, SystemError):
            raise KeyboardInterrupt from error

    def say(self, message: str) -> None:
        """Print one line."""
        self._bar.console.print(message, markup=False, highlight=False) if self._bar else print(message, file=sys.stderr)

    def tick(self, done: Progress, share: float) -> None:
        """Show counts and speed; `share` of the input is read."""
        if self._ended:
            raise KeyboardInterrupt
        now = time.monotonic()
        if self._first is None:
            # Rows of the run before, when it is resumed, are no speed of this one.
            self._first = done.rows
        elapsed = max(now - self._began, 1e-6)
        state = f"{done.rows:,} rows, {(done.rows - self._first) / elapsed:,.0f} rows/s, {done.rejected:,} rejected"
        if self._bar:
            self._bar.update(self._task, completed=share, description=state)
        elif now - self._spoke >= _EVERY:
            left = f", about {elapsed * (1 - share) / share:,.0f} s left" if share > 0 else ""
            print(state + left, file=sys.stderr, flush=True)
            self._spoke = now

    def _end(self, *_: object) -> None:
        self._ended = True
        raise KeyboardInterrupt
