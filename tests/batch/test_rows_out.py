"""A batch run loses no row, and writes what other programs read."""

import csv
import json

import pandas as pd
import pytest
from helpers import write_table

from classifier.batch.job import rejects_of


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path / "articles.csv", 400)


def test_rows_in_are_rows_out_and_rejected(stance, table, tmp_path):
    done = stance("batch", table, "-o", "out.csv", "--articles", "articles.out.csv")
    assert done.returncode == 1
    assert "400 rows in = 392 articles + 8 rejected" in done.stdout
    sentences, articles = pd.read_csv(tmp_path / "out.csv"), pd.read_csv(tmp_path / "articles.out.csv")
    rejects = pd.read_csv(rejects_of(tmp_path / "out.csv"))
    assert len(articles) == 392
    assert list(rejects["reason"]) == ["the text is empty"] * 8
    assert [json.loads(cells)[0] for cells in rejects["cells"]] == [f"a{n}" for n in range(0, 400, 50)]
    assert list(articles["id"]) == [f"a{n}" for n in range(400) if n % 50]
    assert list(sentences["id"].unique()) == list(articles["id"])
    assert sentences["id"].value_counts().to_dict() == articles.set_index("id")["sentences"].to_dict()
    summary = json.loads((tmp_path / "out.csv.summary.json").read_text())
    assert (summary["rows_in"], summary["articles"], summary["rejected"], summary["sentences"]) == (400, 392, 8, len(sentences))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("articles.csv", "articles.out.csv", "out.csv", "out.csv.rejects.csv", "out.csv.summary.json")
    ]


def test_a_clean_table_exits_with_0_and_leaves_no_rejects(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,Seoul condemned the launch.\n")
    rejects_of(tmp_path / "out.csv").write_text("of an earlier run")
    assert stance("batch", "t.csv", "-o", "out.csv").returncode == 0
    assert not rejects_of(tmp_path / "out.csv").exists()


def test_one_worker_and_many_write_the_same_bytes(stance, table, tmp_path):
    for jobs in ("1", "3"):
        stance("batch", table, "-o", f"out{jobs}.csv", "--jobs", jobs)
    assert (tmp_path / "out1.csv").read_bytes() == (tmp_path / "out3.csv").read_bytes()


def test_csv_jsonl_and_parquet_hold_the_same(stance, table, tmp_path):
    pytest.importorskip("pyarrow")
    for suffix in ("csv", "jsonl", "parquet"):
        stance("batch", table, "-o", f"out.{suffix}", "--articles", f"art.{suffix}")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
    columns = pd.read_parquet(tmp_path / "out.parquet").to_dict("records")
    assert len(lines) == len(rows) == len(columns) > 800
    for line, row, column in zip(lines, rows, columns, strict=True):
        assert list(line) == list(row) == list(column)
        assert line["text"] == column["text"] == (row["text"][1:] if row["text"].startswith("'=") else row["text"])
        for name in ("actors", "source_actor", "target_actor"):
            assert line[name] == list(column[name]) == [code for code in row[name].split("; ") if code]
        assert line["p_none"] == float(row["p_none"]) == column["p_none"]
        assert str(line["uncertain"]).lower() == row["uncertain"] == str(bool(column["uncertain"])).lower()


def test_pandas_duckdb_and_a_spreadsheet_read_the_csv_back_unchanged(stance, table, tmp_path):
    stance("batch", table, "-o", "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        expected = [[row["id"], row["text"], row["because"]] for row in csv.DictReader(file)]
    columns = ["id", "text", "because"]
    by_pandas = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert by_pandas[columns].to_numpy().tolist() == expected
    pytest.importorskip("openpyxl")
    by_pandas[columns].to_excel(tmp_path / "out.xlsx", index=False)
    by_excel = pd.read_excel(tmp_path / "out.xlsx", dtype=str, keep_default_na=False)
    assert by_excel.to_numpy().tolist() == expected
    duckdb = pytest.importorskip("duckdb")
    query = f"select id, text, coalesce(because, '') from read_csv('{tmp_path / 'out.csv'}', all_varchar=true)"
    assert [list(row) for row in duckdb.sql(query).fetchall()] == expected


def test_fields_are_chosen_and_ordered(stance, table, tmp_path):
    stance("batch", table, "-o", "all.csv")
    assert stance("batch", table, "-o", "few.csv", "--fields", "label,id,p_none").returncode == 1
    every, few = pd.read_csv(tmp_path / "all.csv"), pd.read_csv(tmp_path / "few.csv")
    assert list(few) == ["label", "id", "p_none"]
    pd.testing.assert_frame_equal(few, every[["label", "id", "p_none"]])
    done = stance("batch", table, "-o", "none.csv", "--fields", "label,mood")
    assert (done.returncode, "there is no field 'mood'" in done.stderr) == (2, True)


def test_a_cell_of_nothing_but_a_declaration_costs_its_row_alone(stance, tmp_path):
    (tmp_path / "t.csv").write_text("id,text\n1,<!doctype html>\n2,Seoul condemned the launch.\n")
    assert stance("batch", "t.csv", "-o", "out.csv").returncode == 1
    assert list(pd.read_csv(tmp_path / "out.csv")["id"]) == [2]
