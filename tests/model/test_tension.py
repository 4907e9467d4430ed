"""Tension is what the design says it is."""

from fractions import Fraction

import numpy as np
import pytest

from classifier.model.labels import NAMES
from classifier.model.tension import sums_of, tension


def test_the_figure_is_its_formula_and_lies_in_its_interval():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), size=50)
    found = tension(probabilities, NAMES)
    escalation, cooperation, negotiation, _ = probabilities.sum(axis=0)
    assert found.value == pytest.approx((escalation - cooperation) / (escalation + cooperation + negotiation))
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.n == (probabilities.argmax(axis=1) < 3).sum()


def test_sentences_without_a_stance_carry_no_weight():
    stances = np.tile([0.8, 0.1, 0.1, 0.0], (5, 1))
    with_none = np.vstack([stances, np.tile([0.0, 0.0, 0.0, 1.0], (100, 1))])
    assert tension(with_none, NAMES).value == pytest.approx(tension(stances, NAMES).value)
    assert tension(with_none, NAMES).n == 5


@pytest.mark.parametrize("count", [0, 2])
def test_too_little_evidence_gives_no_figure(count):
    found = tension(np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)), NAMES)
    assert (found.value, found.low, found.high, found.n) == (None, None, None, count)


def test_articles_that_agree_with_themselves_widen_the_interval():
    """Ten sentences in two opposed articles are two pieces of evidence, not ten."""
    probabilities = np.vstack([np.tile([0.9, 0.1, 0.0, 0.0], (5, 1)), np.tile([0.1, 0.9, 0.0, 0.0], (5, 1))])
    single, clustered = tension(probabilities, NAMES, range(10)), tension(probabilities, NAMES, ["a"] * 5 + ["b"] * 5)
    assert clustered.value == pytest.approx(single.value)
    assert clustered.high - clustered.low > single.high - single.low


def test_nine_articles_in_ten_and_more_have_the_tension_of_their_true_labels_in_the_interval():
    """Labels drawn from the very probabilities play the annotator."""
    rng, inside = np.random.default_rng(3), []
    for _ in range(300):
        probabilities = rng.dirichlet([0.6, 0.4, 0.3, 1.0], size=rng.integers(8, 40))
        true = np.array([rng.multinomial(1, row / row.sum()) for row in probabilities]).sum(axis=0)
        found = tension(probabilities, NAMES)
        if found.value is not None and true[:3].sum() > 2:
            inside.append(found.low <= (true[0] - true[1]) / true[:3].sum() <= found.high)
    assert 0.9 < np.mean(inside) < 0.99


def test_a_scheme_without_signs_has_no_tension():
    found = tension(np.tile([0.7, 0.3], (4, 1)), ("hawkish", "dovish"))
    assert (found.value, found.n) == (None, 4)


@pytest.mark.parametrize("places", [4, 17])
def test_sums_are_exact_and_divided_once(places):
    shares = np.random.default_rng(1).dirichlet(np.ones(4), 2000).round(places)
    shares[0] = [5e-324, 1e-300, 1.0, 0.0]
    escalation, cooperation, negotiation, _ = (sum(map(Fraction, column)) for column in shares.T.tolist())
    found = sums_of(shares, NAMES)
    assert Fraction(found.difference, 2**1080) == escalation - cooperation
    assert Fraction(found.weight, 2**1080) == escalation + cooperation + negotiation
    assert found.tension == float((escalation - cooperation) / (escalation + cooperation + negotiation))
