"""Many sentences as one run of bytes in, logits and deciding words out, by the fastest scorer that the machine has.

With the extra ``fast`` that is the compiled ``compiled.Kernel``; without it ``Plain`` gives the same numbers, more slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.kernel.scores import Scores
from classifier.kernel.strings import Strings
from classifier.model.explanation import MOST_DECIDING
from classifier.model.regression import Model


class Scorer(Protocol):
    """What scores sentences by the thousand."""

    def score(self, text: Strings, stories: NDArray[np.int64] | None = None, explain: bool = True) -> Scores:
        """Score every sentence of `text`.

        Parameters
        ----------
        text : Strings
        stories : ndarray (n_stories + 1,), optional
            The first sentence of each story, and their number: each is seen in its story. Otherwise each stands by itself.
        explain : bool
            Look for the deciding words.
        """


class Plain:
    """The scorer that needs nothing: ``Model.explain_story``, story by story."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def score(self, text: Strings, stories: NDArray[np.int64] | None = None, explain: bool = True) -> Scores:
        """Score every sentence of `text` as ``Scorer.score`` says; `explain` costs nothing more here."""
        sentences = text.to_list()
        bounds = range(len(sentences) + 1) if stories is None else stories.tolist()
        explanations = [each for start, end in pairwise(bounds) for each in self._model.explain_story(sentences[start:end])]
        deciding = np.full((len(sentences), MOST_DECIDING, 2), -1, dtype=np.int32)
        for row, sentence, explanation in zip(deciding, sentences, explanations, strict=True):
            for place, span in enumerate(explanation.words):
                row[place] = [len(sentence[:end].encode()) for end in span]
        return Scores(
            np.array([explanation.logits for explanation in explanations]).reshape(-1, len(self._model.labels)),
            np.array([explanation.known for explanation in explanations]),
            deciding,
        )


@lru_cache(maxsize=1)
def is_compiled() -> bool:
    """Whether the compiled loops load; not without Numba, or with one that does not fit."""
    try:
        import_module("classifier.kernel.compiled")
    except (ImportError, RuntimeError, OSError, AttributeError):
        return False
    return True


_NOT_KEPT = (
    "in each run anew, since there is no folder to keep them in; make that of the environment variable NUMBA_CACHE_DIR writable"
)


@contextmanager
def told_of_compiling(say: Callable[[str], None]) -> Iterator[None]:
    """Let `say` be told, once, when loops are compiled that this machine has not kept from an earlier run."""
    from numba.core import event

    from classifier.kernel import jit

    class Told(event.Listener):
        said = False

        def on_start(self, event: Any) -> None:
            if not self.said:
                often = "once for each kind of run" if jit.KEPT else _NOT_KEPT
                say(f"compiling loops for this machine, {often}; it takes up to half a minute")
            self.said = True

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Told()):
        yield


def scorer_of(model: Model, compiled: bool) -> Scorer:
    """The compiled scorer of `model`, or the plain one."""
    if not compiled:
        return Plain(model)
    from classifier.kernel.compiled import Kernel

    return Kernel(model)
