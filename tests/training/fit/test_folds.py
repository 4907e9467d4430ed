"""Rows are counted once, weighted as stated, and nothing is examined on what it has read."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import own_folder
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.model import features
from classifier.model.tokens import tokenize
from training.data.labelled import grouped, read_labelled, read_rows
from training.fit.counts import count
from training.fit.crossval import material, regressions, splits
from training.fit.train import train


@pytest.fixture(scope="module")
def seeds():
    return read_rows(ROOT / "seeds")


@pytest.fixture(scope="module")
def base(seeds):
    """A corpus like the seeds, a sixtieth of their size."""
    return seeds[seeds["slice"].str.startswith(("predicates", "newswire"))].iloc[::15].reset_index(drop=True)


@pytest.fixture(scope="module")
def own(seeds, tmp_path_factory):
    return own_folder(seeds, tmp_path_factory.mktemp("own"))


# --- counts and folds ------------------------------------------------------------------------------------------------


def test_counted_once_the_matrix_is_that_of_scikit_learns_vectoriser(seed_texts):
    texts = seed_texts[:400] + seed_texts[-400:]
    seen = np.arange(0, 800, 2)
    found = count(texts).tfidf(seen)
    stems = pd.Series([{token.stem for token in tokenize(texts[row]) if token.stem} for row in seen]).explode()
    known = frozenset(stems.value_counts().loc[lambda times: times >= 2].index)
    vectorizer = TfidfVectorizer(analyzer=lambda text: features.extract(text, known), sublinear_tf=True, min_df=2)
    vectorizer.fit([texts[row] for row in seen])
    assert count(texts).names[found.columns].tolist() == vectorizer.get_feature_names_out().tolist()
    vectorizer.idf_ = vectorizer.idf_ * [features.weight(name) for name in vectorizer.get_feature_names_out()]
    np.testing.assert_allclose(found.matrix.toarray(), vectorizer.transform(texts).toarray(), atol=1e-12)


def test_no_group_stands_on_both_sides_and_the_base_is_never_examined(own, base):
    copies = pd.read_csv(own / "data.csv")["text"].iloc[:20].str.replace(".", " again.", regex=False)
    copied = base.iloc[:20].assign(text=copies.to_numpy(), slice="copies")
    whole = pd.concat([read_labelled(own / "data.csv"), base, copied], ignore_index=True)
    rows = material(grouped(whole.assign(group="")), np.arange(len(whole)) < 150)
    examined = []
    for seen, unseen in splits(rows):
        assert not set(rows.group[seen]) & set(rows.group[unseen])
        assert rows.own[unseen].all()
        assert (~rows.own[seen]).sum() >= len(base) - 20
        examined += unseen.tolist()
    assert sorted(examined) == list(range(150))


def test_the_number_of_workers_changes_nothing(own, monkeypatch):
    monkeypatch.setattr("training.fit.crossval.FEW", 0)
    table = read_labelled(own / "data.csv")
    one, two = train(table, jobs=1), train(table, jobs=2)
    assert (one.held_out == two.held_out).all()
    assert (one.model.coef == two.model.coef).all()


# --- weights ---------------------------------------------------------------------------------------------------------


def test_a_row_of_weight_three_counts_in_the_fit_as_three_rows(own):
    table = read_labelled(own / "data.csv")
    matrix, truth = count(table["text"].tolist()).tfidf(np.arange(150)).matrix, table["label"].to_numpy(dtype=str)
    weights = np.where(np.arange(150) % 4, 1.0, 3.0)
    again = np.repeat(np.arange(150), weights.astype(int))
    [weighted] = regressions(matrix, truth, weights, [5.0])
    [repeated] = regressions(matrix[again], truth[again], np.ones(len(again)), [5.0])
    [unweighted] = regressions(matrix, truth, np.ones(150), [5.0])
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=0.01)
    assert np.abs(weighted.coef_ - unweighted.coef_).max() > 0.2


def test_the_weight_column_of_a_file_reaches_the_model(tmp_path, own):
    table = pd.read_csv(own / "data.csv")
    heavy = table.assign(weight=np.where(table["label"] == "none", 1, 20))
    heavy.to_csv(tmp_path / "heavy.csv", index=False)
    plain, weighted = (train(read_labelled(file)).model for file in (own / "data.csv", tmp_path / "heavy.csv"))
    text = ["The weather was fine."]
    assert (
        weighted.predict_proba(text)[0, weighted.labels.index("none")] < plain.predict_proba(text)[0, plain.labels.index("none")]
    )
    assert weighted.metadata["training"]["sha256"] != plain.metadata["training"]["sha256"]
