"""Both scorers name the same words."""

import subprocess
import sys

import pytest
from attacks import texts


def test_words_that_decide_equally_are_named_alike_by_both_scorers(model):
    """Sums of the same numbers in another order differ in the last digit, and named another one of two equal words."""
    pytest.importorskip("numba")
    from classifier.kernel.compiled import Kernel

    sentences = [
        "“bombed” &amp; “shelled” -- “bombed” 3 14:30 “shelled” &lt;",
        *(f"Talks {n}:{n} of 3 and {n} in 12 towns" for n in range(60)),
    ]
    assert len(model.explain(sentences[0]).words) == 3
    texts.compare(sentences, model, Kernel(model))


def test_loops_are_compiled_where_they_cannot_be_kept():
    """As in a home that is read-only: Numba then has no folder for what it compiles."""
    pytest.importorskip("numba")
    program = (
        "from numba.core import caching; caching.CacheImpl._locator_classes = []\n"
        "from classifier.kernel import jit, scorers\n"
        "assert jit.compiled(lambda a: a + 1)(1) == 2\n"
        "assert not jit.KEPT\n"
        "said = []\n"
        "with scorers.told_of_compiling(said.append): jit.compiled(lambda a: a + 2)(1)\n"
        "assert 'NUMBA_CACHE_DIR' in said[0], said\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
