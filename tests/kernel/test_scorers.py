"""Both scorers name the same words."""

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
