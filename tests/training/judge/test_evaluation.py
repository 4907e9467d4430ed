"""What ``stance evaluate`` finds of a model on a table, counted by hand."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from helpers import word_model, write_labelled
from sklearn import metrics

from classifier import score_article
from classifier.text.articles import Article
from training.data.labelled import digest, read_labelled
from training.judge.evaluation import Assumptions, evaluate_file, judge
from training.judge.figures import score
from training.judge.text import print_evaluation

WORDS = {"good": "peac", "bad": "war"}


@pytest.fixture
def own(tmp_path):
    """A model of two labels, and 100 labelled sentences of which it gets every fifth wrong."""
    word_model(WORDS).save(tmp_path / "own.safetensors")
    rows = [
        (
            f"They want {'peace' if (n % 2) != (n % 5 == 0) else 'war'} number{n} again.",
            ("bad", "good")[n % 2],
            f"article-{n // 4}",
        )
        for n in range(100)
    ]
    return write_labelled(tmp_path / "own.csv", rows, ("text", "label", "article"))


# --- a model on a table ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gold(tmp_path_factory, gold_articles):
    """The sample articles, labelled by hand and never trained on."""
    rows = [
        (text, label, f"{file}#{number}")
        for file, articles in gold_articles.items()
        for number, article in enumerate(articles)
        for label, text in article["sentences"]
    ]
    table = pd.DataFrame(rows, columns=["text", "label", "article"]).drop_duplicates("text")
    return write_labelled(tmp_path_factory.mktemp("gold") / "gold.csv", table.to_numpy(), table.columns)


def test_a_judgement_is_what_one_would_count_by_hand(model, gold):
    table = read_labelled(gold, to_train=False)
    found = judge(table, model, mistakes=5)
    truth, predicted = table["label"].tolist(), model.predict(table["text"].tolist())
    top = model.predict_proba(table["text"].tolist()).max(axis=1)
    assert found.confusion.tolist() == metrics.confusion_matrix(truth, predicted, labels=list(model.labels)).tolist()
    wrong = sorted(
        ((-p, text) for p, text, a, b in zip(top, table["text"], truth, predicted, strict=True) if a != b),
        key=lambda each: each[0],
    )
    assert [each.text for each in found.mistakes] == [text for _, text in wrong[:5]]
    assert all(each.because == tuple(each.text[a:b] for a, b in model.explain(each.text).words) for each in found.mistakes)
    true, counted = np.array(found.true_shares), np.array(found.found_shares[0].shares)
    assert true.tolist() == [truth.count(label) / len(truth) for label in model.labels]
    assert counted.tolist() == [predicted.count(label) / len(truth) for label in model.labels]
    assert found.found_shares[0].absolute_error == pytest.approx(metrics.mean_absolute_error(true, counted))


def test_uncertain_are_those_that_stance_score_marks(model, gold):
    table = read_labelled(gold, to_train=False)
    scored = [score_article(Article("", "", "", (text,)), model).sentences for text in table["text"]]
    whole = [len(sentences) == 1 for sentences in scored]
    found = judge(table[whole].reset_index(drop=True), model)
    marked = [sentences[0].uncertain for sentences in scored if len(sentences) == 1]
    assert found.uncertain == pytest.approx(np.mean(marked))
    assert 0 < found.uncertain < 1


def test_adapted_figures_are_those_of_adapted_probabilities(model, gold):
    table = pd.concat([read_labelled(gold, to_train=False)] * 2, ignore_index=True)
    raw = model.predict_proba(table["text"].tolist())
    plain, adapted = judge(table, model), judge(table, model, adapt=True)
    assert adapted.scores.brier.value == pytest.approx(score(table["label"], model.adapt(raw), model.labels).brier.value)
    assert adapted.scores.brier != plain.scores.brier
    assert plain.found_shares == adapted.found_shares
    ways = {each.way: each.shares for each in plain.found_shares}
    assert ways["estimated"] == pytest.approx(model.estimate_shares(raw))
    assert ways["counted with --adapt"] == pytest.approx(np.bincount(model.adapt(raw).argmax(axis=1), minlength=4) / len(raw))


def test_rows_that_the_model_was_trained_on_are_recognised(tmp_path, own):
    table = read_labelled(own)
    trained = word_model(WORDS, {"training": {"sha256": digest(table)}})
    assert "trained on these very rows" in judge(table, trained).warnings[0]
    assert not judge(table, word_model(WORDS, {"training": "nonsense"})).warnings
    trained.save(tmp_path / "trained.safetensors")
    assumptions = Assumptions({}, force=False, adapt=False)
    found = evaluate_file(own, str(tmp_path / "own.safetensors"), str(tmp_path / "trained.safetensors"), assumptions, 1)
    assert found.warnings == (
        f"{tmp_path / 'trained.safetensors'}: the model was trained on these very rows: "
        "no figure here says how right it is on other text",
    )


def test_few_articles_are_said_to_make_narrow_intervals(own):
    table = read_labelled(own)
    assert judge(table, word_model(WORDS)).warnings == ()
    for articles in (3, 19):
        few = table[table["group"] < articles]
        assert judge(few, word_model(WORDS)).warnings[-1] == (
            f"only {articles} articles, groups or sentences by themselves: the intervals are too narrow"
        )


def test_models_with_other_labels_are_compared_on_those_of_the_data(tmp_path, own):
    word_model({"ugly": "mud", **WORDS}).save(tmp_path / "more.safetensors")
    found = evaluate_file(
        own, str(tmp_path / "own.safetensors"), str(tmp_path / "more.safetensors"), Assumptions({}, force=False, adapt=False), 1
    )
    assert found.comparison.a.accuracy.value == found.comparison.b.accuracy.value == 0.8
    assert found.comparison.verdict.startswith("no difference")


def test_no_table_is_cut_off_however_many_labels_there_are(tmp_path, capsys):
    words = {f"a-label-of-one-s-own-{letter}": f"{letter}rk" for letter in "bcdfghjklmnpqrstvwxz"}
    word_model(words).save(tmp_path / "many.safetensors")
    rows = [(f"They say {word} {n}.", label) for label, word in words.items() for n in range(2)]
    found = evaluate_file(
        write_labelled(tmp_path / "many.csv", rows), str(tmp_path / "many.safetensors"), None, Assumptions({}, False, False), 3
    )
    print_evaluation(found)
    shown = capsys.readouterr().out
    assert "…" not in shown
    [row] = re.findall(r"^a-label-of-one-s-own-k +((?: *\d+){20})$", shown, re.M)
    assert row.split() == ["2" if label.endswith("k") else "0" for label in words]


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_figures_shares_and_mistakes(stance, gold):
    done = stance("evaluate", gold, "--mistakes", 3)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        f"{gold}: CSV, utf-8, delimiter comma, text = 'text', label = 'label', article = 'article'"
    ]
    scored = read_labelled(gold, to_train=False)
    assert done.stdout.startswith(f"{gold}: shipped model, {len(scored)} sentences\n")
    for part in (
        "macro-F1 ",
        "MCC ",
        "calibration error (ECE) ",
        "Brier score ",
        "Confusion",
        "Reliability",
        "mean absolute error",
    ):
        assert part in done.stdout
    assert len(re.findall(r"^ *\d+% +\w+ +not \w+", done.stdout, re.M)) == 3
    says = r"Marked uncertain: \d+\.\d% of sentences; labels of the others are right \d+\.\d% of the time\."
    assert re.search(says, " ".join(done.stdout.split()))


def test_json_and_page_hold_what_is_printed(stance, tmp_path, own):
    done = stance("evaluate", own, "--model", "own.safetensors", "--format", "json", "--html", "page.html")
    found = json.loads(done.stdout)
    assert found["accuracy"]["value"] == 0.8
    assert found["confusion"] == {"good": {"good": 40, "bad": 10}, "bad": {"good": 10, "bad": 40}}
    assert found["bootstrap_draws"] == 25
    assert {(each["predicted"], *each["because"]) for each in found["mistakes"]} == {("good", "peace"), ("bad", "war")}
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "0.800" in page
    assert "<mark>war</mark>" in page


@pytest.mark.parametrize("other", ["shipped", "own.safetensors"])
def test_another_model_is_judged_on_the_same_rows(stance, tmp_path, own, other):
    done = stance("evaluate", own, "--model", "own.safetensors", "--against", other, "--html", "page.html")
    if other == "shipped":
        assert done.returncode == 2
        assert "label 'bad' is none of those of the model (escalation, " in done.stderr
        assert not (tmp_path / "page.html").exists()
    else:
        assert done.returncode == 0
        assert "no difference can be shown" in done.stdout
        assert "no difference can be shown" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_labels_that_the_data_lack_are_named_and_never_left_out_in_silence(stance, tmp_path):
    rows = [(f"They {verb} number{n} of them.", "escalation") for n, verb in enumerate(["condemned", "attacked", "praised"])]
    data = write_labelled(tmp_path / "one.csv", rows)
    free, forced = stance("evaluate", data), stance("evaluate", data, "--force")
    assert free.returncode == forced.returncode == 0
    says = " ".join(free.stdout.split())
    assert "no row is labelled cooperation or negotiation or none: counts 0 in macro-F1" in says
    assert "--force chooses among the stances only" in says
    assert "no row is labelled cooperation or negotiation: counts 0" in forced.stdout
    assert not re.search("^none ", forced.stdout, re.M)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.csv"], "missing.csv: cannot be read"),
        (["own.csv"], "label 'bad'"),
        (["own.csv", "--model", "gone.safetensors"], "gone.safetensors: no model file here"),
        (["own.csv", "--model", "own.safetensors", "--against", "own.csv"], "own.csv: is not a usable model"),
        (["own.csv", "--model", "own.safetensors", "--adapt"], "200 sentences or more"),
        (["own.csv", "--model", "own.safetensors", "--prior", "ugly=0.5"], "unknown label 'ugly'"),
        (["own.csv", "--model", "own.safetensors", "--html", "own.csv"], "ends in .html"),
        (["own.csv", "--model", "own.safetensors", "--html", "no/such/page.html"], "cannot be written"),
        (["own.csv", "--model", "own.safetensors", "--mistakes", "0"], "--mistakes"),
        (["empty.csv"], "holds no row"),
        (["[red]bro[/ken].csv"], "no column 'label'"),
    ],
)
def test_what_cannot_be_judged_gets_one_sentence(stance, tmp_path, own, arguments, says):
    (tmp_path / "empty.csv").write_text("text,label\n")
    (tmp_path / "[red]bro[").mkdir()
    (tmp_path / "[red]bro[" / "ken].csv").write_text("text\nOne.\n")
    before = own.read_bytes()
    done = stance("evaluate", *arguments)
    assert done.returncode == 2
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert own.read_bytes() == before
