"""What tests of runs on a cluster share."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from classifier import StanceError
from classifier.batch.job import Job, rejects_of, summary_of
from classifier.cluster import run as scale
from classifier.cluster.partitions import together, whole
from classifier.cluster.task import RUN, finish
from classifier.cluster.workers import read_model
from classifier.storage import Folder
from classifier.tables.reader import open_table

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")
ds = pytest.importorskip("pyarrow.dataset")


def order(cluster, places, output, size=20_000, strict=False, **job):
    address = cluster if isinstance(cluster, str) else cluster.scheduler.address
    job = Job("", Path("part.parquet"), **job)
    return scale.Order(tuple(map(str, places)), str(output), address, job, size, strict)


def run(*arguments, said=None, **options):
    return scale.run(order(*arguments, **options), (said if said is not None else []).append, lambda *_: None)


def command(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "classifier.cli", "batch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def one_machine(table, folder, *options):
    """What ``stance batch`` writes without a cluster."""
    done = command(table, "-o", folder / "one.parquet", *options)
    done.communicate(timeout=300)
    assert done.returncode == 1
    return folder / "one.parquet"


def assert_as_one_machine(table, output, one):
    """Rows, order, types and rejects are those of ``stance batch`` on the one table."""
    assert ds.dataset(output).to_table().equals(pq.read_table(one))
    assert all(len(pq.read_table(part)) for part in output.glob("part-*.parquet"))
    rejects = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in sorted(output.glob("_rejects/*"))]
    found = pd.concat(rejects, ignore_index=True)
    assert set(found.pop("file")) == {str(table)}
    pd.testing.assert_frame_equal(found, pd.read_csv(rejects_of(one), dtype=str, keep_default_na=False))
    manifest = json.loads((output / "_SUCCESS").read_text())
    summary = json.loads(summary_of(one).read_text())
    for count in ("rows_in", "articles", "rejected", "sentences", "uncertain", "model_sha256"):
        assert manifest[count] == summary[count]
    assert manifest["rows_in"] == manifest["articles"] + manifest["rejected"]
    for part in manifest["parts"]:
        assert part["sha256"] == hashlib.sha256((output / f"{part['name']}.parquet").read_bytes()).hexdigest()


def workers_of(cluster):
    cluster.wait_for_workers(3, timeout=300)
    return cluster.run(os.getpid)


def finished(tables, output, strict=False, known=None):
    """What the task says that scores these tables."""
    data, recipe = read_model(Job("", Path("part.parquet")))
    Folder(str(output)).write(RUN, b"{}")
    [partition] = together([whole(each, "") for each in tables], 10**9)
    return finish(partition, known, recipe, data, str(output), strict)


def out_of_reach(monkeypatch, *names):
    """Let tables of these names fail to open."""

    def opened(given, *rest):
        if given.endswith(names):
            raise StanceError(f"{given}: out of reach")
        return open_table(given, *rest)

    monkeypatch.setattr("classifier.cluster.task.open_table", opened)
