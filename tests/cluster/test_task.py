"""What a task says of the tables of its partition: whole, unreadable, changed meanwhile."""

import gzip
from pathlib import Path

import pandas as pd
import pytest
from cluster_runs import finished, out_of_reach
from helpers import write_table

from classifier.batch.job import Job
from classifier.cluster.partitions import together, whole
from classifier.cluster.task import Stopped, finish, record_of
from classifier.cluster.workers import read_model
from classifier.storage import source

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")


def test_a_table_that_changes_while_the_run_goes_on_stops_it(tmp_path):
    given = write_table(tmp_path / "articles.csv", 10)
    before = source(str(given))
    write_table(given, 11)
    outcome = finished([before], tmp_path / "out")
    assert isinstance(outcome, Stopped)
    assert "articles.csv: has changed since the run began" in outcome.reason


def test_of_a_table_that_breaks_off_after_thousands_of_rows_none_is_kept(tmp_path):
    good, broken = write_table(tmp_path / "good.csv", 100), tmp_path / "broken.csv.gz"
    packed = gzip.compress(write_table(tmp_path / "whole.csv", 20_000).read_bytes())
    broken.write_bytes(packed[: len(packed) * 9 // 10])
    tables = [source(str(each)) for each in (good, broken, good)]
    outcome = finished(tables, tmp_path / "out")
    record = outcome.record
    assert (record.articles, record.rejected) == (196, 4)
    assert [name for name, _ in record.unreadable] == [str(broken)]
    rows = pq.read_table(tmp_path / "out" / "part-000000.parquet")["id"].to_pylist()
    assert len(set(rows)) == 98
    rejects = pd.read_csv(tmp_path / "out" / "_rejects" / "part-000000.csv")
    assert list(rejects["file"]) == [str(good)] * 2 + [str(broken)] + [str(good)] * 2
    assert "broke off while being read" in rejects["reason"][2]
    assert isinstance(finished(tables, tmp_path / "strict", strict=True), Stopped)


def test_rejects_of_a_try_that_died_do_not_stay(tmp_path, monkeypatch):
    table = tmp_path / "a.csv"
    table.write_text("id,text\n1,Seoul condemned the launch.\n")
    with monkeypatch.context() as broken:
        out_of_reach(broken, "a.csv")
        assert finished([source(str(table))], tmp_path / "out").record.rejects_sha256
    for record in (tmp_path / "out" / "_records").iterdir():
        record.unlink()  # as if it had died before the record
    assert finished([source(str(table))], tmp_path / "out").record.rejects_sha256 == ""
    assert not any((tmp_path / "out" / "_rejects").iterdir())


def test_a_record_that_is_none_is_not_believed():
    whole = {"name": "part-000000", "articles": 1, "rejected": 0, "sentences": 1, "uncertain": 0, "size": 1}
    whole |= {"sha256": "a", "rejects_sha256": "", "unreadable": []}
    assert record_of(whole) is not None
    for broken in (
        None,
        [],
        {},
        whole | {"unreadable": None},
        whole | {"articles": "x"},
        whole | {"more": 1},
        whole | {"cleaned": 3},
    ):
        assert record_of(broken) is None


def test_a_worker_that_does_not_see_the_directory_stops_the_run(tmp_path):
    data, recipe = read_model(Job("", Path("part.parquet")))
    [partition] = together([whole(source(str(write_table(tmp_path / "a.csv", 10))), "")], 1000)
    outcome = finish(partition, None, recipe, data, str(tmp_path / "elsewhere"), False)
    assert "a worker does not see this directory" in outcome.reason
    assert not (tmp_path / "elsewhere").exists()
