"""Dask frames hold what ``stance batch`` writes and what ``series`` adds up, however they are partitioned."""

import hashlib
import random

import numpy as np
import pandas as pd
import pytest
from helpers import write_table

from classifier import StanceError
from classifier.batch.job import Job
from classifier.cluster import workers
from classifier.model.regression import shipped_model
from classifier.model.tension import sums_of
from classifier.report import series
from classifier.report.labelled_rows import typed

dd = pytest.importorskip("dask.dataframe")
pytest.importorskip("pyarrow")

from classifier.cluster.frames import reject_frame, score_frame, tension_frame  # noqa: E402


@pytest.fixture(scope="module")
def articles(tmp_path_factory):
    path = write_table(tmp_path_factory.mktemp("in") / "articles.csv", 300)
    frame = pd.read_csv(path, keep_default_na=False)
    # Who acts on whom, in each direction; what stood there before stays.
    acts = ["Norway condemned Peru.", "Peru condemned Norway.", "Norway agreed on a truce with Chad.", ""]
    told = [f"{text} {acts[number % len(acts)]}" if text else text for number, text in enumerate(frame["text"])]
    return frame.assign(text=told)


@pytest.fixture(scope="module")
def sentences(articles):
    return score_frame(dd.from_pandas(articles, npartitions=5)).compute()


def test_a_frame_is_scored_like_a_table(stance, articles, sentences, tmp_path):
    articles.to_csv(tmp_path / "articles.csv", index=False)
    stance("batch", "articles.csv", "-o", "out.parquet")
    expected = pd.read_parquet(tmp_path / "out.parquet")
    found = sentences.reset_index(drop=True)
    assert list(found) == list(expected)
    for column in ("actors", "source_actor", "target_actor", "because"):
        found[column], expected[column] = found[column].map(list), expected[column].map(list)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_sentences_keep_the_index_of_their_article(articles, sentences):
    assert list(articles.loc[sentences.index, "id"]) == list(sentences["id"])


def test_the_schema_is_known_without_computing_and_kept(articles, sentences):
    lazy = score_frame(dd.from_pandas(articles, npartitions=5))
    assert lazy.dtypes.equals(sentences.dtypes)
    assert lazy.npartitions == 5
    assert lazy.divisions == dd.from_pandas(articles, npartitions=5).divisions


def test_nothing_is_scored_before_it_is_asked_for_and_a_partition_is_a_task(articles, monkeypatch):
    scored = []
    monkeypatch.setattr(
        "classifier.cluster.frames.label", lambda block, worker: scored.append(len(block)) or workers.label(block, worker)
    )
    lazy = score_frame(dd.from_pandas(articles[["id", "text"]], npartitions=5))
    assert not scored
    lazy.compute(scheduler="sync")
    assert scored == [60] * 5


def test_the_model_is_loaded_once_a_process_and_its_digest_checked(articles, monkeypatch):
    made = []
    real = workers.worker_of
    monkeypatch.setattr(workers, "worker_of", lambda job: made.append(job) or real(job))
    monkeypatch.setattr(workers, "_kept", {})
    score_frame(dd.from_pandas(articles, npartitions=9)).compute(scheduler="threads", num_workers=3)
    assert len(made) == 1
    data, recipe = workers.read_model(Job("", "part.parquet"))
    assert recipe.digest == hashlib.sha256(shipped_model().read_bytes()).hexdigest()
    with pytest.raises(StanceError, match="its digest differs"):
        workers.worker_for(workers.Recipe(Job("", "part.parquet", force=True), recipe.digest), data[:-1] + b"x")
    with pytest.raises(StanceError, match="install the same"):
        workers.worker_for(workers.Recipe(Job("", "part.parquet"), recipe.digest, "0.0.1"), data)


def test_articles_and_rejects_are_the_rows(articles, sentences):
    articles = articles.astype({"text": object})
    articles.loc[7, "text"], articles.loc[8, "date"] = None, "nonsense"
    ddf = dd.from_pandas(articles, npartitions=5)
    rejects = reject_frame(ddf).compute()
    kept = set(score_frame(ddf).compute().index)
    assert kept | set(rejects.index) == set(articles.index)
    assert not kept & set(rejects.index)
    assert rejects.loc[7, "reason"] == "the text is empty"
    # A date that cannot be read costs the date alone.
    assert 8 in kept


def test_columns_model_and_labels_can_be_chosen(articles, sentences):
    renamed = dd.from_pandas(articles.rename(columns={"text": "body", "id": "key"}), npartitions=2)
    found = score_frame(renamed, "body", id="key", fields=("label", "id")).compute()
    assert found.equals(sentences[["label", "id"]])
    assert "none" not in set(score_frame(renamed, "body", force=True).compute()["label"])
    without = score_frame(dd.from_pandas(articles[["text"]], npartitions=2)).compute()
    assert list(without["id"]) == [str(label) for label in without.index]
    for wrong in ({"text": "title"}, {"fields": ("mood",)}, {"model": "missing.safetensors"}, {"prior": {"mood": 0.5}}):
        with pytest.raises(StanceError):
            score_frame(renamed, **{"text": "body"} | wrong)


@pytest.mark.parametrize("by", sorted(series.NEEDS))
def test_tension_is_that_of_one_machine_to_the_last_bit_however_partitioned(sentences, by):
    plain = sentences.reset_index(drop=True)
    rows = pd.concat([typed(plain), plain.filter(like="p_")], axis=1)
    expected = [(point.key, point.value, point.n, point.sentences) for point in series.series(rows, by)]
    assert expected
    for npartitions, seed in ((1, 0), (7, 1), (40, 2)):
        order = random.Random(seed).sample(range(len(plain)), len(plain))
        ddf = dd.from_pandas(plain.iloc[order].reset_index(drop=True), npartitions=npartitions)
        found = tension_frame(ddf, [by]).compute()
        assert [tuple(None if cell is pd.NA else cell for cell in row) for row in found.itertuples(index=False)] == expected


def test_tension_by_day_and_pair_is_that_of_the_day_in_the_sentences_of_the_pair(sentences):
    plain = sentences.reset_index(drop=True)
    lazy = tension_frame(dd.from_pandas(plain, npartitions=9))
    found = lazy.compute()
    assert found.dtypes.equals(lazy.dtypes)
    rows = pd.concat([typed(plain), plain.filter(like="p_")], axis=1)
    pairs = series.keys(rows, "pair")
    expected = {
        (point.key, pair): (point.value, point.n)
        for pair in set(pairs) - {""}
        for point in series.series(rows[pairs == pair], "day")
    }
    given = {(row.day, row.pair): (None if row.tension is pd.NA else row.tension, row.n) for row in found.itertuples()}
    assert given == expected
    assert any(value is not None for value, _ in given.values())
    assert list(found["day"]) == sorted(found["day"])


def test_a_pair_adds_up_its_two_directions(sentences):
    ddf = dd.from_pandas(sentences.reset_index(drop=True), npartitions=6)
    directed = tension_frame(ddf, ["direction"]).compute()
    both = {}
    for row in directed.itertuples():
        name = "–".join(sorted(row.direction.split(">")))
        before = both.get(name, (0, 0))
        both[name] = (before[0] + row.n, before[1] + row.sentences)
    pairs = tension_frame(ddf, ["pair"]).compute()
    assert {row.pair: (row.n, row.sentences) for row in pairs.itertuples()} == both
    assert all(direction.count(">") == 1 and "*" not in direction for direction in directed["direction"])


def test_sums_do_not_depend_on_order_where_floating_point_does():
    rng = np.random.default_rng(0)
    shares = np.round(rng.dirichlet(np.ones(4), 10_000), 4)
    labels = ("escalation", "cooperation", "negotiation", "none")
    whole = sums_of(shares, labels)
    for seed in range(5):
        cut = np.array_split(np.random.default_rng(seed).permutation(shares), 37)
        parts = [sums_of(part, labels) for part in cut]
        assert sum(parts[1:], parts[0]) == whole
    naive = {float(np.random.default_rng(seed).permutation(shares).cumsum(axis=0)[-1, 0]) for seed in range(5)}
    assert len(naive) > 1


@pytest.mark.parametrize("by", [(), ("mood",), ("day", "day")])
def test_a_group_that_is_none_is_told(sentences, by):
    with pytest.raises(StanceError, match="cannot group by"):
        tension_frame(dd.from_pandas(sentences.reset_index(drop=True), npartitions=1), by)


def test_a_missing_column_is_told(sentences):
    ddf = dd.from_pandas(sentences.reset_index(drop=True), npartitions=1)
    with pytest.raises(StanceError, match="no column 'date'"):
        tension_frame(ddf.drop(columns="date"))
    with pytest.raises(StanceError, match="no column 'p_none'"):
        tension_frame(ddf[["date", "source_actor", "target_actor"]])
    with pytest.raises(StanceError, match="no column 'target_actor'"):
        tension_frame(ddf.drop(columns="target_actor"), by=["direction"])


def test_bytes_are_text_and_half_a_character_costs_its_row_alone():
    frame = pd.DataFrame({"text": [b"Seoul condemned the launch.", "bad \ud800 half", None]})
    # Dask makes texts of what it reads itself, which neither would outlive.
    ddf = dd.from_pandas(pd.DataFrame({"n": [1]}), npartitions=1).map_partitions(lambda _: frame, meta=frame.iloc[:0])
    assert list(score_frame(ddf).compute()["text"]) == ["Seoul condemned the launch."]
    assert list(reject_frame(ddf).compute()["cells"]) == ['["bad \\\\ud800 half"]', '[""]']


def test_columns_that_cannot_be_told_apart_are_one_sentence():
    frame = pd.DataFrame([["One.", "Two."]], columns=["text", "text"])
    with pytest.raises(StanceError, match="two columns of the name 'text'"):
        score_frame(dd.from_pandas(frame, npartitions=1))
    with pytest.raises(StanceError, match="no column 'text'"):
        score_frame(dd.from_pandas(pd.DataFrame({0: ["One."]}), npartitions=1))


@pytest.mark.parametrize("share", [float("nan"), -0.3, 1.5])
def test_a_share_that_is_none_is_told(sentences, share):
    broken = sentences.astype({"p_none": float}).reset_index(drop=True)
    broken.loc[3, "p_none"] = share
    with pytest.raises(StanceError, match="missing or not between 0 and 1"):
        tension_frame(dd.from_pandas(broken, npartitions=2), by=["day"]).compute()
