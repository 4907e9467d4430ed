"""The lines of docs/scale.md that score on Spark give what one machine gives.

    pip install pyspark && pytest tests/cluster/test_spark.py

needs Java; PySpark is 400 MB and no part of ``[dev]``, so that these tests are left out without it.
"""

import os
import re
import sys

import pandas as pd
import pytest
from conftest import ROOT
from helpers import write_table

pyspark = pytest.importorskip("pyspark")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    try:
        session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    except Exception as error:  # without Java
        pytest.skip(str(error))
    yield session
    session.stop()


def test_the_lines_of_the_documentation_give_the_rows_of_one_machine(stance, spark, tmp_path):
    table = write_table(tmp_path / "articles.csv", 400)
    pd.read_csv(table, keep_default_na=False).to_parquet(tmp_path / "articles.parquet")
    stance("batch", table, "-o", "one.parquet", "--fields", "id,sentence_no,text,label,p_escalation,p_cooperation,actors")
    code = re.search(r"<!-- spark -->\n+((?: {4}.*\n|\n)+)", (ROOT / "docs" / "scale.md").read_text(encoding="utf-8"))[1]
    lines = [line[4:] for line in code.splitlines()]
    exec(
        "\n".join(lines).replace("s3://archive", str(tmp_path)).replace("s3://labelled", str(tmp_path / "out")), {"spark": spark}
    )
    found = pd.read_parquet(tmp_path / "out").sort_values(["id", "sentence_no"], ignore_index=True)
    expected = pd.read_parquet(tmp_path / "one.parquet").sort_values(["id", "sentence_no"], ignore_index=True)
    for frame in (found, expected):
        frame["actors"] = frame["actors"].map(list)
    assert len(found) > 700
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
