"""Tension by group, against formulas written out here a second time."""

import datetime

import pytest
from helpers import COOPERATION, ESCALATION, WEEK, by_hand, row

from classifier.report.series import direction_of, overall, pair_of, series, week_start


def test_a_week_is_the_ratio_of_sums_over_its_sentences(read):
    first, second = series(read(WEEK), "week")
    assert (first.key, first.n, first.sentences, first.articles) == ("2024-W01", 4, 5, 2)
    assert first.value == pytest.approx(by_hand(WEEK[:5]), abs=1e-12)
    assert (second.key, second.value, second.low, second.high, second.n) == ("2024-W02", None, None, None, 1)


def test_the_interval_comes_from_drawing_whole_articles(read):
    rows = [row("a", "2024-01-01", ESCALATION, number=n) for n in range(4)] + [
        row("b", "2024-01-01", COOPERATION, number=n) for n in range(4)
    ]
    [week] = series(read(rows), "week")
    # Two articles can be drawn as aa, ab, ba or bb: a quarter of the draws stands at either end.
    assert (week.low, week.value, week.high) == pytest.approx((-0.6 / 0.9, 0, 0.6 / 0.9), abs=1e-12)


def test_a_single_article_is_drawn_by_sentences(read):
    rows = [row("a", "2024-01-01", shares, number=n) for n, shares in enumerate([ESCALATION, COOPERATION] * 4)]
    [article] = series(read(rows), "article")
    assert article.low < article.value < article.high


def test_weeks_are_iso_weeks_across_the_new_year(read):
    rows = [row("a", day, ESCALATION, number=n) for day in ("2020-12-31", "2021-01-03", "2021-01-04") for n in range(3)]
    assert [(point.key, point.n) for point in series(read(rows), "week")] == [("2020-W53", 6), ("2021-W01", 3)]
    assert week_start("2020-W53") == datetime.date(2020, 12, 28)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("day", {"2024-01-01": 3, "2024-01-03": 2, "2024-01-08": 1}),
        ("month", {"2024-01": 6}),
        ("source", {"AFP": 3, "Reuters": 3}),
        ("article", {"a": 3, "b": 2, "c": 1, "d": 1}),
        ("pair", {"CHN–USA": 2, "RUS–UKR": 3}),
    ],
)
def test_every_sentence_is_in_its_group_and_those_without_one_in_none(read, by, expected):
    assert {point.key: point.sentences for point in series(read(WEEK), by)} == expected


def test_the_direction_of_a_sentence_is_its_first_source_and_target_that_act_for_themselves():
    assert direction_of("UKR; POL", "RUS; BLR") == "UKR>RUS"
    assert direction_of("UKR*; POL", "RUS") == "POL>RUS"
    assert direction_of("UKR", "") == direction_of("", "RUS") == direction_of("UKR", "UKR*") == direction_of("", "") == ""


def test_a_pair_is_a_direction_in_either_order():
    assert pair_of("UKR>RUS") == pair_of("RUS>UKR") == "RUS–UKR"
    assert pair_of("") == ""


def test_the_whole_holds_sentences_without_a_date_too(read):
    whole = overall(read(WEEK))
    assert (whole.value, whole.sentences, whole.articles) == (pytest.approx(by_hand(WEEK)), 7, 4)
