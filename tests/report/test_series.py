"""Tension by group and the change test, against formulas written out here a second time."""

import datetime
import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest

from classifier.errors import StanceError
from classifier.report.change import Change, changes, holm, permutation_p
from classifier.report.labelled_rows import read_labelled_rows, read_summary
from classifier.report.series import overall, pair_of, series, week_start

COLUMNS = ["id", "date", "source", "sentence_no", "paragraph", "start", "end", "text", "label", "uncertain"]
COLUMNS += ["p_escalation", "p_cooperation", "p_negotiation", "p_none", "actors", "because"]
ESCALATION, COOPERATION, NEGOTIATION, NONE = (
    (0.7, 0.1, 0.1, 0.1),
    (0.1, 0.7, 0.1, 0.1),
    (0.1, 0.2, 0.6, 0.1),
    (0.1, 0.05, 0.05, 0.8),
)
NAMES = {ESCALATION: "escalation", COOPERATION: "cooperation", NEGOTIATION: "negotiation", NONE: "none"}


def row(
    article, date, shares, source="Reuters", actors="RUS; UKR", text="Moscow condemned the move.", because="condemned", number=1
):
    return [article, date, source, number, 1, 0, len(text), text, NAMES[shares], "false", *shares, actors, because]


@pytest.fixture
def read(tmp_path):
    def read(rows, name="labelled.csv", **options):
        pd.DataFrame(rows, columns=COLUMNS).to_csv(tmp_path / name, index=False, **options)
        return read_labelled_rows(tmp_path / name)

    return read


WEEK = [
    row("a", "2024-01-01", ESCALATION),
    row("a", "2024-01-01", ESCALATION, number=2),
    row("a", "2024-01-01", NONE, actors="", number=3),
    row("b", "2024-01-03", COOPERATION, source="AFP", actors="UKR; RUS; USA"),
    row("b", "2024-01-03", NEGOTIATION, source="AFP", actors="UKR; UKR", number=2),
    row("c", "2024-01-08", COOPERATION, source="AFP", actors="CHN; USA"),
    row("d", "", ESCALATION, source="", actors="USA; CHN"),
]


def by_hand(rows):
    shares = [each[10:14] for each in rows]
    numerator = math.fsum(share[0] - share[1] for share in shares)
    return numerator / math.fsum(sum(share[:3]) for share in shares)


# --- groups


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


def test_the_pair_of_a_sentence_is_its_first_two_different_actors_in_either_order():
    assert pair_of("UKR; RUS; USA") == pair_of("RUS; RUS; UKR") == "RUS–UKR"
    assert pair_of("") == pair_of("UKR") == pair_of("UKR; UKR") == ""


def test_the_whole_holds_sentences_without_a_date_too(read):
    whole = overall(read(WEEK))
    assert (whole.value, whole.sentences, whole.articles) == (pytest.approx(by_hand(WEEK)), 7, 4)


# --- change


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


# --- reading


def test_the_apostrophe_of_the_spreadsheet_guard_is_removed_and_no_other(read):
    texts = ["'=1+1", "'-and then", "' @x", "'Tis over", "'\tx", "''=x"]
    rows = read([row("'=a", "2024-01-01", ESCALATION, text=text) for text in texts])
    assert rows["text"].tolist() == ["=1+1", "-and then", " @x", "'Tis over", "\tx", "'=x"]
    assert set(rows["id"]) == {"=a"}


def test_names_that_pandas_takes_for_missing_stay_names(read):
    rows = read([row("NA", "2024-01-01", ESCALATION, source="null", text="None", actors="NA; NaN")])
    assert rows[["id", "source", "text", "actors"]].iloc[0].tolist() == ["NA", "null", "None", "NA; NaN"]


def test_json_lines_say_the_same_as_csv(read, tmp_path):
    from_csv = read(WEEK)
    records = [dict(zip(COLUMNS, each, strict=True)) for each in WEEK]
    for record in records:
        record |= {
            "actors": [code for code in record["actors"].split("; ") if code],
            "because": [record["because"]],
            "uncertain": False,
        }
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    pd.testing.assert_frame_equal(read_labelled_rows(tmp_path / "rows.jsonl"), from_csv)


def test_parquet_says_the_same_as_csv(read, tmp_path):
    pytest.importorskip("pyarrow")
    from_csv = read(WEEK)
    frame = pd.DataFrame(WEEK, columns=COLUMNS)
    for name in ("actors", "because"):
        frame[name] = frame[name].map(lambda cell: [code for code in cell.split("; ") if code])
    frame.to_parquet(tmp_path / "rows.parquet")
    pd.testing.assert_frame_equal(read_labelled_rows(tmp_path / "rows.parquet"), from_csv)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"text\nx\n", "has no column id, label, p_escalation"),
        (b"id,text,label,p_none\n", "has no rows"),
        (b"id,text,label,p_none\na,x,none,high\n", "row 1 has no probability in p_none ('high')"),
        (b"id,text,label,p_none\na,x,none,1.5\n", "row 1 has no probability"),
        (b"id,text,label,p_none\na,x,none,1\na,x,war,1\n", "row 2 is labelled 'war'"),
        (b"id,text,label,p_none\n\xff\xfe,x,none,1\n", "is no table that can be read"),
        (b'id,text,label,p_none\n"a,x,none,1\n', "is no table that can be read"),
    ],
)
def test_an_unusable_file_gets_one_sentence(tmp_path, content, says):
    path = tmp_path / "labelled.csv"
    path.write_bytes(content)
    with pytest.raises(StanceError) as caught:
        read_labelled_rows(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_json_lines_and_files_that_are_not_there_get_one_sentence(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": 1}\n{"id": ')
    with pytest.raises(StanceError, match="is no table"):
        read_labelled_rows(tmp_path / "rows.jsonl")
    with pytest.raises(StanceError, match="cannot be read"):
        read_labelled_rows(tmp_path / "missing.csv")
    with pytest.raises(StanceError, match="cannot be read"):
        read_labelled_rows(tmp_path)


def test_a_date_that_is_no_day_counts_as_none(read):
    rows = read([row("a", day, ESCALATION) for day in ("2024-02-30", "soon", "2024-02-29T12:00:00Z", "")])
    assert rows["date"].isna().tolist() == [True, True, False, True]


def test_the_summary_is_used_if_it_is_there_and_refused_if_it_is_broken(tmp_path):
    path = tmp_path / "labelled.csv"
    assert read_summary(path) == {}
    beside = tmp_path / "labelled.csv.summary.json"
    beside.write_text('{"rows_in": 3}')
    assert read_summary(path) == {"rows_in": 3}
    for broken in ("{", "[1]"):
        beside.write_text(broken)
        with pytest.raises(StanceError, match="write it again"):
            read_summary(path)
