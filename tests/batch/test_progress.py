"""The meter of a run hears of an interrupt that Python swallowed."""

import contextlib
import signal

import pytest

from classifier.batch.job import Progress
from classifier.batch.progress import Meter


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_swallows_ends_the_run_at_the_next_block():
    """What is raised in a destructor is printed and forgotten."""

    class Dying:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Meter() as meter:
            dying = Dying()
            del dying
            with pytest.raises(KeyboardInterrupt):
                meter.tick(Progress(), 0.5)
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_interrupt_that_a_compiled_loop_turns_into_another_error_stays_one():
    def interrupted():
        with Meter():
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            raise SystemError("returned a result with an exception set")

    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        signal.signal(signal.SIGINT, previous)
