"""``stance batch --scheduler`` as a user meets it."""

import pandas as pd
import pytest
from helpers import write_table

pytest.importorskip("distributed")
pytest.importorskip("pyarrow")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.csv", "b.csv", "-o", "out.csv"], "several tables need --scheduler"),
        (["a.csv", "-o", "out.csv", "--strict"], "go with --scheduler"),
        (["a.csv", "-o", "out", "--scheduler", "here"], "give tcp://HOST:PORT, or local"),
        (["a.csv", "-o", "out", "--scheduler", "local[2]", "--resume"], "a run goes on by itself"),
        (["a.csv", "-o", "out", "--scheduler", "local[2]", "--articles", "x.csv"], "does not go with --scheduler"),
        (["none.csv", "-o", "out", "--scheduler", "local[1]"], "none.csv: there is no table here"),
        (["nope://x/*.csv", "-o", "out", "--scheduler", "local[1]"], "nope://x/.*: cannot be reached"),
        (["a.csv", "-o", "out", "--scheduler", "local[1]", "--fields", "mood"], "there is no field 'mood'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_user_can_put_right_is_one_sentence(stance, tmp_path, arguments, says):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,text\n1,Seoul condemned the launch.\n")
    done = stance("batch", *arguments)
    assert done.returncode == 2
    assert pd.Series([done.stderr]).str.contains(says).all(), done.stderr
    assert done.stderr.splitlines()[-1].startswith("stance: ")
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]


def test_workers_of_its_own_end_with_the_run(stance, tmp_path):
    write_table(tmp_path / "articles.csv", 100)
    done = stance("batch", "articles.csv", "-o", "out", "--scheduler", "local[2]", "--partition", "5kB")
    assert done.returncode == 1, done.stderr
    assert "100 rows in = 98 articles + 2 rejected" in done.stdout
    assert "Traceback" not in done.stderr
    assert len(list((tmp_path / "out").glob("part-*"))) > 1
