"""Labelled rows of any format are read back as they were, and what is none gets one sentence."""

import json

import pandas as pd
import pytest
from helpers import COLUMNS, ESCALATION, NONE, WEEK, row

from classifier.errors import StanceError
from classifier.report.labelled_rows import read_labelled_rows, read_summary
from classifier.report.series import series

ACTORS = ("actors", "source_actor", "target_actor")


def test_the_apostrophe_of_the_spreadsheet_guard_is_removed_and_no_other(read):
    texts = ["'=1+1", "'-and then", "' @x", "'Tis over", "'\tx", "''=x"]
    rows = read([row("'=a", "2024-01-01", ESCALATION, text=text, number=number) for number, text in enumerate(texts, 1)])
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
            **{name: [code for code in record[name].split("; ") if code] for name in ACTORS},
            "because": [record["because"]],
            "uncertain": False,
        }
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    pd.testing.assert_frame_equal(read_labelled_rows(tmp_path / "rows.jsonl"), from_csv)


def test_parquet_says_the_same_as_csv(read, tmp_path):
    pytest.importorskip("pyarrow")
    from_csv = read(WEEK)
    frame = pd.DataFrame(WEEK, columns=COLUMNS)
    for name in (*ACTORS, "because"):
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


def test_articles_that_share_an_id_are_told_apart(tmp_path):
    """As many articles as the batch counted, whatever their ids."""
    lines = [
        row("a", "2024-01-01", ESCALATION),
        row("a", "2024-01-01", NONE, number=2),
        row("a", "2024-01-02", NONE),
        row("b", "", NONE),
        row("a", "2024-01-03", NONE),
    ]
    pd.DataFrame(lines, columns=COLUMNS).to_csv(tmp_path / "t.csv", index=False)
    assert read_labelled_rows(tmp_path / "t.csv")["id"].tolist() == ["a", "a", "a#2", "b", "a#3"]


def test_a_month_without_a_day_is_in_the_series_of_months_alone(tmp_path):
    lines = [row("a", "2024-01-05", ESCALATION), row("b", "2024-01", NONE), row("c", "2023", NONE)]
    pd.DataFrame(lines, columns=COLUMNS).to_csv(tmp_path / "t.csv", index=False)
    rows = read_labelled_rows(tmp_path / "t.csv")
    assert [(point.key, point.articles) for point in series(rows, "month")] == [("2024-01", 2)]
    assert [(point.key, point.articles) for point in series(rows, "day")] == [("2024-01-05", 1)]
