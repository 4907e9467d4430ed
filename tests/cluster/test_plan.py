"""What stands in the directory of a run is believed only where it is whole and of this run. No cluster is needed for it."""

import hashlib
import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from cluster_runs import content, out_of_reach, run
from helpers import write_table

from classifier import StanceError
from classifier.cluster import run as scale
from classifier.storage import find_tables
from classifier.tables.reader import open_table

pytest.importorskip("distributed")


def test_the_output_is_no_input_though_a_link_leads_to_it(tmp_path):
    (tmp_path / "real" / "labelled").mkdir(parents=True)
    write_table(tmp_path / "real" / "a.csv", 10)
    (tmp_path / "real" / "labelled" / "part-000000.parquet").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    found = find_tables([str(tmp_path / "link")], str(tmp_path / "real" / "labelled"))
    assert [Path(each.name).name for each in found] == ["a.csv"]


def in_this_process(monkeypatch, break_at=None):
    """Let runs call what they call in this process, and let the client die before a call of this number."""

    def called(client, calls):
        for number, call in enumerate(calls):
            if number == break_at:
                raise KeyboardInterrupt
            yield call.item, call.function(*call.arguments)

    monkeypatch.setattr(scale, "connected", lambda *_: nullcontext())
    monkeypatch.setattr(scale, "shared", lambda client, data: data)
    monkeypatch.setattr(scale, "results", called)


def test_a_run_that_dies_while_it_tries_tables_again_leaves_no_directory_that_passes_as_whole(tmp_path, monkeypatch):
    tables = [write_table(tmp_path / f"{name}.csv", 10) for name in "abcd"]
    with monkeypatch.context() as broken:
        in_this_process(broken)
        out_of_reach(broken, "a.csv", "d.csv")
        run("here", tables, tmp_path / "out", size=2000)
    out_of_reach(monkeypatch, "d.csv")
    in_this_process(monkeypatch, break_at=2)
    with pytest.raises(KeyboardInterrupt):
        run("here", tables, tmp_path / "out", size=2000)
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    in_this_process(monkeypatch)
    monkeypatch.setattr("classifier.cluster.task.open_table", open_table)
    said = []
    account = run("here", tables, tmp_path / "out", size=2000, said=said)
    assert "3 partitions were finished before" in said
    assert (account.unreadable, account.progress.rows) == ({}, 40)
    manifest = json.loads((tmp_path / "out" / "_SUCCESS").read_text())
    digests = [hashlib.sha256(part.read_bytes()).hexdigest() for part in sorted((tmp_path / "out").glob("part-*"))]
    assert [part["sha256"] for part in manifest["parts"]] == digests
    assert not (tmp_path / "out" / "_records").exists()


@pytest.mark.parametrize(
    ("name", "damaged"),
    [("part-000001.parquet", b"PAR1"), *(("_SUCCESS", manifest) for manifest in (b"{", b"", b"[]", b'{"parts": 3}'))],
)
def test_a_directory_that_was_damaged_does_not_pass_as_whole_until_it_is(tmp_path, monkeypatch, name, damaged):
    tables = [write_table(tmp_path / f"{letter}.csv", 10) for letter in "ab"]
    with monkeypatch.context() as whole_run:
        in_this_process(whole_run)
        run("here", tables, tmp_path / "out", size=2000)
    before = content(tmp_path / "out")
    (tmp_path / "out" / name).write_bytes(damaged)
    with monkeypatch.context() as broken:
        in_this_process(broken, break_at=1)
        with pytest.raises(KeyboardInterrupt):
            run("here", tables, tmp_path / "out", size=2000)
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    in_this_process(monkeypatch)
    run("here", tables, tmp_path / "out", size=2000)
    assert content(tmp_path / "out") == before


def test_a_slip_in_the_command_can_be_put_right(tmp_path, monkeypatch):
    in_this_process(monkeypatch)
    table = write_table(tmp_path / "a.csv", 10)
    with pytest.raises(StanceError, match="--encoding: 'utf8x' is no encoding"):
        run("here", [table], tmp_path / "out", encoding="utf8x")
    with pytest.raises(StanceError, match="none of the 1 tables can be read"):
        run("here", [table], tmp_path / "out", columns={"text": "txet"})
    assert run("here", [table], tmp_path / "out").progress.rows == 10


@pytest.mark.parametrize("content", ['{"identity": [], "tables": [], "partitions": []}', "[]", "{", '{"identity": {}}'])
def test_a_plan_that_is_damaged_is_one_sentence(tmp_path, monkeypatch, content):
    in_this_process(monkeypatch)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "_run.json").write_text(content)
    with pytest.raises(StanceError, match=r"cannot be read|holds another run"):
        run("here", [write_table(tmp_path / "a.csv", 10)], tmp_path / "out")
