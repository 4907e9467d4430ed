"""The change test, against formulas written out here a second time."""

import datetime
import itertools
import math

import numpy as np
import pytest
from helpers import COOPERATION, ESCALATION, NEGOTIATION, NONE, by_hand, row

from classifier.report.change import Change, changes, holm, permutation_p


def studentised(now, then):
    def ratio(side):
        d, w = sum(x for x, _ in side), sum(y for _, y in side)
        return d / w, len(side) / (len(side) - 1) * sum((x - d / w * y) ** 2 for x, y in side) / w**2

    (r, v), (s, u) = ratio(now), ratio(then)
    return abs(r - s) / math.sqrt(v + u + 1e-12)


def test_the_p_value_is_the_share_of_exchanges_that_are_as_extreme():
    now = np.array([[2.0, 3], [0.5, 1], [4, 5]])
    then = np.array([[0.1, 2], [-1, 4], [0.4, 1], [-0.2, 3], [1.5, 6]])
    both = [tuple(each) for each in np.concatenate([now, then])]
    seen = studentised(both[:3], both[3:])
    drawn = [set(chosen) for chosen in itertools.combinations(range(8), 3)]
    extreme = sum(
        studentised([both[i] for i in chosen], [both[i] for i in range(8) if i not in chosen]) >= seen - 1e-9 for chosen in drawn
    )
    assert permutation_p(now, then) == pytest.approx(extreme / len(drawn), abs=1e-12)


def test_p_values_are_uniform_where_nothing_changed_although_articles_differ_in_size():
    random = np.random.default_rng(7)
    found = []
    for _ in range(200):
        weight = random.lognormal(1, 0.8, 30)
        sums = np.column_stack([weight * np.clip(random.normal(0.1, 0.4, 30), -1, 1), weight])
        found.append(permutation_p(sums[:10], sums[10:]))
    # 200 tests at level 0.1: 20 expected, a binomial's 99.9 % range.
    assert 7 <= sum(p < 0.1 for p in found) <= 35


def test_holm_multiplies_by_the_tests_that_remain_and_never_decreases():
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


@pytest.fixture(scope="module")
def weeks():
    """Ten quiet weeks of eight articles, and an eleventh full of escalation."""
    rows = []
    for week, article in itertools.product(range(11), range(8)):
        day = (datetime.date(2024, 1, 1) + datetime.timedelta(days=7 * week + article % 7)).isoformat()
        quiet = [ESCALATION, COOPERATION, NEGOTIATION, NONE][: 2 + (week + article) % 3]
        rows += [
            row(f"{week}-{article}", day, shares, number=n) for n, shares in enumerate([ESCALATION] * 4 if week == 10 else quiet)
        ]
    return rows


def test_the_week_that_changed_is_found_and_no_other(read, weeks):
    found = changes(read(weeks))
    assert [change.week for change in found] == [f"2024-W{number:02}" for number in range(2, 12)]
    assert [change.week for change in found if change.clear] == ["2024-W11"]
    last = found[-1]
    assert (last.articles, last.articles_before) == (8, 64)
    assert last.value == pytest.approx(by_hand([each for each in weeks if each[0].startswith("10-")]))
    assert last.before == pytest.approx(by_hand([each for each in weeks if each[0][0] in "23456789"]))


def test_the_weeks_before_are_those_of_the_calendar_not_those_of_the_file(read, weeks):
    kept = [each for each in weeks if each[0].split("-")[0] in ("0", "10")]
    assert changes(read(kept)) == []


def test_the_same_rows_in_another_order_give_the_same_changes(read, weeks):
    forth, back = changes(read(weeks)), changes(read(weeks[::-1], "back.csv"))
    assert [(each.week, each.p) for each in forth] == [(each.week, each.p) for each in back]
    assert isinstance(forth[0], Change)


def test_two_articles_are_too_few_to_test(read, weeks):
    assert changes(read([each for each in weeks if each[0].split("-")[1] in "01"])) == []
