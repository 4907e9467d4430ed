"""``stance train`` on one's own labels: weights, the seeds beside them, the gate, and nothing examined on what it has read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import training.publish.build
from conftest import ROOT
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score

from classifier import StanceError, load_model
from classifier.model import features
from classifier.model.tokens import tokenize
from training.data.groups import join
from training.data.labelled import read_labelled, read_rows, without
from training.data.seeds import shipped_seeds
from training.fit.counts import count
from training.fit.crossval import material, regressions, splits
from training.fit.learning_curve import extrapolate
from training.fit.train import _on_base, train
from training.judge.evaluation import Assumptions, evaluate_file
from training.publish.build import Gate, Job, build


@pytest.fixture(scope="module")
def seeds():
    return read_rows(ROOT / "seeds")


@pytest.fixture(scope="module")
def base(seeds):
    """A corpus like the seeds, a sixtieth of their size."""
    return seeds[seeds["slice"].str.startswith(("predicates", "newswire"))].iloc[::15].reset_index(drop=True)


@pytest.fixture(scope="module")
def own(seeds, tmp_path_factory):
    """Rows of another kind than `base`, few of them, and as many to test on."""
    rows = seeds[seeds["slice"] == "united-nations/un"].sample(frac=1, random_state=0)
    folder = tmp_path_factory.mktemp("own")
    for name, part in (("data.csv", rows[:150]), ("test.csv", rows[150:])):
        part[["text", "label"]].to_csv(folder / name, index=False)
    return folder


def write(path, rows, columns=("text", "label")):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)
    return path


def flip(path, target):
    """The rows of a table under labels drawn at random: nothing can be learnt from them."""
    table = pd.read_csv(path)
    table["label"] = table["label"].sample(frac=1, random_state=1).to_numpy()
    table.to_csv(target, index=False)
    return target


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
    whole = _on_base(read_labelled(own / "data.csv"), pd.concat([base, copied], ignore_index=True))
    rows = material(whole, np.arange(len(whole)) < 150)
    examined = []
    for seen, unseen in splits(rows):
        assert not set(rows.group[seen]) & set(rows.group[unseen])
        assert rows.own[unseen].all()
        assert (~rows.own[seen]).sum() >= len(base) - 20
        examined += unseen.tolist()
    assert sorted(examined) == list(range(150))


def test_the_number_of_workers_changes_nothing(own):
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
    [weighted] = regressions(matrix, truth, [(5.0, weights)])
    [repeated] = regressions(matrix[again], truth[again], [(5.0, np.ones(len(again)))])
    [unweighted] = regressions(matrix, truth, [(5.0, np.ones(150))])
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


# --- the seeds beside one's own rows ---------------------------------------------------------------------------------


@pytest.fixture
def few_seeds(base, monkeypatch):
    monkeypatch.setattr(training.publish.build, "read_seeds", lambda: base)


def test_the_seeds_make_a_model_of_few_rows_better(few_seeds, own, tmp_path):
    job = Job(own / "data.csv", tmp_path / "m.safetensors", test=own / "test.csv")
    alone, extended = build(job), build(replace(job, extend=True))
    assert extended.test.scores.accuracy.value > alone.test.scores.accuracy.value + 0.05
    made = load_model(job.target).metadata["training"]
    assert made["own_rows"] == 150
    assert made["own_weight"] in (1, 2, 5, 10)
    tried = [trial.candidate.weight for trial in extended.trained.trials[:4]]
    assert tried == [1, 2, 5, 10]
    assert extended.trained.held_out.shape == (150, 4)


def test_a_label_that_only_the_seeds_have_keeps_its_share_of_whole_stories(own, base):
    table = read_labelled(own / "data.csv")
    table = table[table["label"] != "none"].reset_index(drop=True)
    trained = train(table, base=base)
    assert tuple(trained.scores.f1) == ("escalation", "cooperation", "negotiation")
    assert trained.held_out.shape[1] == len(trained.model.labels) == 4
    assert trained.model.prior[3] == pytest.approx(0.6)
    shares = table["label"].value_counts(normalize=True)
    assert trained.model.prior[0] == pytest.approx(0.4 * shares["escalation"])


def test_seeds_of_the_same_text_give_way_to_the_users_row(base):
    taken = pd.DataFrame({"text": [base["text"][3].upper()]})
    assert base["text"][3] not in set(without(base, taken)["text"])
    assert len(without(base, taken)) == len(base) - 1


def test_labels_of_ones_own_cannot_extend_the_seeds_without_a_mapping(few_seeds, tmp_path):
    rows = [(f"The {noun} wants {end}.", label) for noun in ("army", "bank", "court", "press", "union") for end, label in (("war", "hawkish"), ("peace", "dovish"))]  # fmt: skip
    file = write(tmp_path / "own.csv", rows)
    with pytest.raises(StanceError, match=r"own.csv line 3: the seeds have no label 'dovish'.*--map"):
        build(Job(file, tmp_path / "m.safetensors", extend=True))


def test_the_seeds_of_a_repository_are_found():
    assert sorted(path.name for path in shipped_seeds().glob("*.csv")) == ["articles.csv", "sentences.csv"]


# --- the gate --------------------------------------------------------------------------------------------------------


def test_a_worse_model_is_not_written_over_a_better_one(stance, own, tmp_path):
    good = tmp_path / "good.safetensors"
    assert stance("train", own / "data.csv", "-o", good).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    noise = flip(own / "data.csv", own / "noise.csv")
    done = stance("train", noise, "-o", good, "--gate", "0", "--against", good, "--test", own / "test.csv")
    assert done.returncode == 1
    assert "A is better on this data" in done.stdout
    assert done.stderr.splitlines()[-1] == f"stance: {good}: not written, the gate of 0 points stayed shut"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_better_model_passes_the_gate_and_is_written(own, tmp_path):
    noise = flip(own / "data.csv", tmp_path / "noise.csv")
    old, new = tmp_path / "old.safetensors", tmp_path / "new.safetensors"
    build(Job(noise, old))
    outcome = build(Job(own / "data.csv", new, test=own / "test.csv", gate=Gate(0.0, str(old))))
    assert outcome.written
    assert outcome.comparison.macro_f1_difference.low > 0
    assert load_model(new).labels == outcome.trained.model.labels
    high = build(Job(own / "data.csv", tmp_path / "high.safetensors", gate=Gate(90.0, str(old))))
    assert not high.written
    assert not (tmp_path / "high.safetensors").exists()


def test_the_figures_of_the_test_file_are_those_of_the_written_model(own, tmp_path):
    outcome = build(Job(own / "data.csv", tmp_path / "m.safetensors", test=own / "test.csv"))
    test = pd.read_csv(own / "test.csv")
    predicted = load_model(tmp_path / "m.safetensors").predict(test["text"].tolist())
    assert outcome.test.scores.n == len(test)
    assert outcome.test.scores.accuracy.value == pytest.approx(accuracy_score(test["label"], predicted))


def test_a_test_file_that_shares_a_text_is_refused_before_any_training(stance, own, tmp_path):
    done = stance("train", own / "data.csv", "-o", "m.safetensors", "--test", own / "data.csv")
    assert done.returncode == 2
    assert "stands in the test file, too" in done.stderr
    assert not any(tmp_path.iterdir())


def test_a_model_of_other_labels_cannot_be_the_gate(tmp_path):
    rows = [(f"The {noun} wants {end}.", label) for noun in ("army", "bank", "court", "press", "union") for end, label in (("war", "hawkish"), ("peace", "dovish"))]  # fmt: skip
    with pytest.raises(
        StanceError, match=r"own.csv line 2: label 'hawkish' is none of those of the model to be better than \(shipped\)"
    ):
        build(Job(write(tmp_path / "own.csv", rows), tmp_path / "m.safetensors", gate=Gate(0.0, "shipped")))


def test_the_gate_is_not_judged_by_rows_that_the_old_model_has_read(own, tmp_path):
    old = tmp_path / "old.safetensors"
    build(Job(own / "data.csv", old))
    with pytest.raises(StanceError, match=r"was trained on these very rows.*--test"):
        build(Job(own / "data.csv", tmp_path / "m.safetensors", gate=Gate(-5.0, str(old))))
    assert build(Job(own / "data.csv", tmp_path / "m.safetensors", test=own / "test.csv", gate=Gate(-90.0, str(old)))).written


def test_few_articles_open_no_gate_and_are_warned_of(stance, own, tmp_path):
    for name in ("data", "test"):
        table = pd.read_csv(own / f"{name}.csv")
        table.assign(article=np.arange(len(table)) % 5).to_csv(tmp_path / f"{name}.csv", index=False)
    done = stance("train", "data.csv", "-o", "m.safetensors", "--gate", "0")
    assert done.returncode == 2
    assert "--gate: needs 20 articles, groups or sentences by themselves to judge by, and there are " in done.stderr
    done = stance("train", "data.csv", "-o", "m.safetensors", "--test", "test.csv")
    assert done.stdout.count("the intervals are too narrow") == 2


def test_the_gate_and_the_test_figures_are_those_of_evaluate(own, tmp_path):
    test, new = tmp_path / "test.csv", tmp_path / "new.safetensors"
    rows = pd.read_csv(own / "test.csv")
    rows[rows["label"].isin(("escalation", "cooperation"))].to_csv(test, index=False)
    outcome = build(Job(own / "data.csv", new, test=test, gate=Gate(-100.0, "shipped")))
    found = evaluate_file(test, "shipped", str(new), Assumptions({}, False, False), 1)
    assert outcome.comparison == found.comparison
    assert outcome.test.scores == evaluate_file(test, str(new), None, Assumptions({}, False, False), 1).judgement.scores


# --- the learning curve ----------------------------------------------------------------------------------------------


def test_an_error_that_falls_as_a_power_is_carried_on():
    sizes = (100, 200, 400)
    assert extrapolate(sizes, [1 - 2 * size**-0.5 for size in sizes]) == pytest.approx(1 - 2 * 800**-0.5)
    assert extrapolate(sizes, [0.7, 0.7, 0.7]) == pytest.approx(0.7)
    assert extrapolate(sizes, [0.8, 0.75, 0.7]) == pytest.approx(0.7)


def test_more_rows_do_better_and_few_rows_give_no_curve(seeds, own):
    some = seeds[seeds["slice"] == "predicates/coop"]
    table = pd.concat([some, seeds[seeds["slice"] == "predicates/accuse"]], ignore_index=True)
    table = table[table["label"].isin(("escalation", "cooperation"))].reset_index(drop=True)
    curve = train(table.assign(group=join(table))).curve
    assert [rows / curve.rows[-1] for rows in curve.rows] == pytest.approx([0.25, 0.5, 1.0], abs=0.03)
    assert curve.macro_f1[0] < curve.macro_f1[-1] < curve.twice < 1
    assert train(read_labelled(own / "data.csv")).curve is None


# --- what must not be lost -------------------------------------------------------------------------------------------


def two_labels(words="war peace"):
    """Twenty rows of two labels that the verb tells apart."""
    nouns = "army bank court press union guild senate church farm mill".split()
    return [(f"The {noun} wants {end}.", end) for noun in nouns for end in words.split()]


def test_a_label_that_only_the_seeds_have_gets_a_dash_on_the_card(few_seeds, own, tmp_path, stance):
    rows = pd.read_csv(own / "data.csv")
    rows[rows["label"] != "none"].to_csv(tmp_path / "own.csv", index=False)
    outcome = build(Job(tmp_path / "own.csv", tmp_path / "m.safetensors", extend=True))
    assert "none" in outcome.trained.model.labels
    text = (tmp_path / "README.md").read_text()
    assert "| none | – | – | – |" in text
    made = outcome.trained.model.metadata["training"]
    assert f"{made['own_rows']} of them were added to the seeds" in text
    shown = stance("model", "show", "--model", "m.safetensors")
    assert f"{made['own_rows']} of them, weight {made['own_weight']:g}" in shown.stdout


def test_a_text_that_is_no_card_is_never_written_over(tmp_path):
    data = write(tmp_path / "own.csv", two_labels())
    (tmp_path / "README.md").mkdir()
    build(Job(data, tmp_path / "m.safetensors"))
    assert (tmp_path / "m.md").read_text().startswith("---\n")
    (tmp_path / "m.md").write_text("Notes of weeks.")
    with pytest.raises(StanceError, match=r"m\.safetensors: README\.md and m\.md beside it are no model cards"):
        build(Job(data, tmp_path / "m.safetensors"))
    assert (tmp_path / "m.md").read_text() == "Notes of weeks."


def test_a_directory_is_no_place_for_a_model(tmp_path):
    (tmp_path / "m.safetensors").mkdir()
    with pytest.raises(StanceError, match=r"m\.safetensors: is a directory"):
        build(Job(tmp_path / "not even read.csv", tmp_path / "m.safetensors"))


# --- data that cannot be judged --------------------------------------------------------------------------------------


def test_a_label_of_one_article_is_refused_unless_the_seeds_have_it_too(tmp_path, base):
    third = [(f"The {noun} wants rain.", "rain", "a1") for noun in "army bank court press union guild".split()]
    rows = [(*row, "") for row in two_labels()] + third
    table = read_labelled(write(tmp_path / "own.csv", rows, ("text", "label", "article")))
    with pytest.raises(StanceError, match="label 'rain' stands in one group or article only"):
        train(table)
    known = table.assign(label=table["label"].map({"war": "escalation", "peace": "cooperation", "rain": "none"}))
    assert train(known, base=base).model.labels[-1] == "none"


@pytest.mark.parametrize(
    ("rows", "says"), [([], "none of the texts holds a word"), (two_labels("a b"), "no word stands in two of the texts")]
)
def test_texts_of_marks_are_refused(tmp_path, rows, says):
    marks = [("?" * times, "ab"[times % 2], "") for times in range(1, 20)]
    file = write(tmp_path / "own.csv", marks + [(*row, "a1") for row in rows], ("text", "label", "article"))
    with pytest.raises(StanceError, match=says):
        train(read_labelled(file), jobs=1)


def test_groups_too_large_to_thin_give_no_curve(tmp_path, seeds):
    rows = [
        (text, label, f"{label}-{number % 4}")
        for label in ("escalation", "cooperation")
        for number, text in enumerate(seeds["text"][(seeds["label"] == label) & (seeds["article"] == "")].iloc[:120])
    ]
    assert train(read_labelled(write(tmp_path / "own.csv", rows, ("text", "label", "group")))).curve is None


def test_a_gate_of_no_number_is_refused(stance, tmp_path):
    done = stance("train", "own.csv", "-o", "m.safetensors", "--gate", "nan")
    assert done.returncode == 2
    assert "argument --gate: invalid finite value: 'nan'" in done.stderr


def test_a_file_name_steers_no_terminal(stance, tmp_path):
    write(tmp_path / "esc\x1b]0;owned\x07.csv", two_labels())
    done = stance("train", "esc\x1b]0;owned\x07.csv", "-o", "m\x1b[31m.safetensors")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
