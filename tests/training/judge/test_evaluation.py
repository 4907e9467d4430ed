"""What `stance evaluate` finds, against scikit-learn, hand-computed values and simulated truth."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from test_report import Page

from classifier import score_article
from classifier.model.regression import Model
from classifier.text.articles import Article
from training.data.labelled import digest, read_labelled
from training.judge.compare import compare
from training.judge.evaluation import Assumptions, evaluate_file, judge
from training.judge.figures import reliability, score
from training.judge.page import write_page
from training.judge.text import as_json, print_evaluation

LABELS = ("a", "b", "c")
HOSTILE = (
    "</script><script>document.title='run'</script> <img src=x onerror=\"document.title='run'\"> [bold]{{ 7 * 7 }} \x1b[2J war"
)


def guesses(labels, sure=0.8, names=LABELS):
    """Probabilities with `sure` on the given labels."""
    shares = np.full((len(labels), len(names)), (1 - sure) / (len(names) - 1))
    shares[np.arange(len(labels)), [names.index(label) for label in labels]] = sure
    return shares


def noisy(truth, right, rng):
    """Labels that are right as often as `right` says."""
    return [label if rng.random() < right else rng.choice([other for other in LABELS if other != label]) for label in truth]


def word_model(words, metadata=None):
    """A model that knows one word for each label and goes by it."""
    size = len(words)
    return Model(
        labels=tuple(words),
        vocabulary={word: column for column, word in enumerate(words.values())},
        idf=np.ones(size, dtype=np.float32),
        coef=(3 * np.eye(size)).astype(np.float32),
        intercept=np.zeros(size),
        prior=np.full(size, 1 / size),
        threshold=0.5,
        metadata=metadata or {},
    )


WORDS = {"good": "peac", "bad": "war"}


def write(path, rows, columns=("text", "label")):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False)
    return path


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
    return write(tmp_path / "own.csv", rows, ("text", "label", "article"))


# --- figures ---------------------------------------------------------------------------------------------------------


def test_every_figure_is_that_of_scikit_learn():
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.ones(3), 400)
    truth = [LABELS[row.argmax()] if rng.random() < 0.6 else LABELS[rng.integers(3)] for row in probabilities]
    predicted = [LABELS[row.argmax()] for row in probabilities]
    found = score(truth, probabilities, LABELS)
    assert found.mcc.value == pytest.approx(metrics.matthews_corrcoef(truth, predicted))
    of_labels = [
        metrics.brier_score_loss(np.array(truth) == label, row) for label, row in zip(LABELS, probabilities.T, strict=True)
    ]
    assert found.brier.value == pytest.approx(sum(of_labels))
    assert found.recall["c"].value == pytest.approx(metrics.recall_score(truth, predicted, labels=["c"], average="macro"))
    assert found.accuracy.value == pytest.approx(metrics.accuracy_score(truth, predicted))
    for figure in (found.mcc, found.brier, found.calibration_error):
        assert figure.low <= figure.value <= figure.high
    bins = reliability(truth, probabilities, LABELS)
    assert sum(each.n for each in bins) == 400
    assert sum(each.n * abs(each.confidence - each.accuracy) for each in bins) / 400 == pytest.approx(
        found.calibration_error.value
    )


def test_figures_of_one_label_only_are_no_division_by_zero():
    found = score(["a"] * 9, guesses(["a"] * 9), LABELS)
    assert (found.accuracy.value, found.mcc.value, found.f1["b"].value) == (1, 0, 0)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(11)
    held = {"accuracy": 0, "calibration_error": 0, "brier": 0}
    brier = 0.7 * (0.2**2 + 2 * 0.1**2) + 0.3 * (0.8**2 + 0.9**2 + 0.1**2)
    for _ in range(60):
        truth = rng.choice(LABELS, 250).tolist()
        found = score(truth, guesses(noisy(truth, 0.7, rng)), LABELS)
        for name, true in (("accuracy", 0.7), ("calibration_error", 0.1), ("brier", brier)):
            figure = getattr(found, name)
            held[name] += figure.low <= true <= figure.high
    assert all(count >= 53 for count in held.values()), held
    assert held["accuracy"] < 60


def test_a_calibration_error_of_nothing_lies_in_its_interval():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(40):
        top = rng.uniform(0.5, 1, 300)
        truth = np.where(rng.random(300) < top, "a", "b")
        held += score(truth, np.stack([top, 1 - top], axis=1), ("a", "b")).calibration_error.low == 0
    assert held >= 34


def test_sentences_of_one_article_resemble_each_other_and_widen_the_interval():
    rng = np.random.default_rng(7)
    articles = np.repeat(np.arange(40), 10)
    truth = ["a"] * 400
    probabilities = guesses(np.where(rng.random(40) < 0.6, "a", "b")[articles].tolist())
    alone, together = (score(truth, probabilities, LABELS, clusters).accuracy for clusters in (None, articles))
    assert together.value == alone.value
    assert together.high - together.low > 2 * (alone.high - alone.low)


# --- comparison ------------------------------------------------------------------------------------------------------


def test_mcnemar_counts_the_sentences_that_only_one_gets_right():
    a, b = ["a"] * 20, ["a"] * 20
    a[:7], b[7:8] = ["b"] * 7, ["b"]  # 7 that only B gets right, 1 that only A does: 2 (1 + 8) / 2^8
    found = compare(["a"] * 20, guesses(a), guesses(b), LABELS)
    assert found.mcnemar_p == pytest.approx(18 / 256)
    assert found.accuracy_difference.value == pytest.approx(6 / 20)


def test_a_model_compared_with_itself_shows_no_difference():
    truth = ["a", "b", "c"] * 20
    same = guesses(noisy(truth, 0.7, np.random.default_rng(0)))
    found = compare(truth, same, same, LABELS)
    assert found.verdict == "no difference can be shown: B against A +0.0 points macro-F1 [0.0, 0.0]"
    assert found.mcnemar_p == 1
    alone = score(truth, same, LABELS)
    for each in (found.a, found.b):
        assert replace(each, brier=alone.brier) == alone
        assert asdict(each.brier) == pytest.approx(asdict(alone.brier))  # not every NumPy adds up in the same order


def test_the_better_model_is_named_whichever_side_it_stands_on():
    rng = np.random.default_rng(1)
    truth = rng.choice(LABELS, 500).tolist()
    worse, better = guesses(noisy(truth, 0.6, rng)), guesses(noisy(truth, 0.8, rng))
    first, second = compare(truth, worse, better, LABELS), compare(truth, better, worse, LABELS)
    assert re.fullmatch(r"B is better on this data: \+\d+\.\d points macro-F1 \[\d+\.\d, \d+\.\d\]", first.verdict)
    assert second.verdict == "A" + first.verdict[1:]
    assert first.macro_f1_difference.value == pytest.approx(first.b.macro_f1.value - first.a.macro_f1.value)


def test_two_models_that_mostly_agree_are_told_apart_by_pairing():
    rng = np.random.default_rng(4)
    truth = rng.choice(LABELS, 400).tolist()
    first = noisy(truth, 0.7, rng)
    second = [right if right != label and rng.random() < 0.1 else label for label, right in zip(first, truth, strict=True)]
    found = compare(truth, guesses(first), guesses(second), LABELS)
    assert found.a.macro_f1.high > found.b.macro_f1.low  # the two intervals overlap
    assert found.verdict.startswith("B is better")


def test_a_verdict_says_so_when_accuracy_favours_the_other_model():
    truth = ["a"] * 300 + ["b"] * 20
    often = guesses(["a"] * 320, names=("a", "b"))
    fair = guesses(["a"] * 240 + ["b"] * 80, names=("a", "b"))
    assert re.search(r"^B is better.*; but A has \+12\.5 points accuracy", compare(truth, often, fair, ("a", "b")).verdict)


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
    return write(tmp_path_factory.mktemp("gold") / "gold.csv", table.to_numpy(), table.columns)


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
        write(tmp_path / "many.csv", rows), str(tmp_path / "many.safetensors"), None, Assumptions({}, False, False), 3
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
    data = write(tmp_path / "one.csv", rows)
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


# --- hostile texts ---------------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path):
    names = {"<i>good</i>": "peac", "bad & [red]": "war"}
    word_model(names).save(tmp_path / "own.safetensors")
    rows = [(HOSTILE, "<i>good</i>"), ("They want peace.", "<i>good</i>"), ("They want war.", "bad & [red]")]
    data = write(tmp_path / "[b]data.csv", rows)
    return evaluate_file(
        data, str(tmp_path / "own.safetensors"), str(tmp_path / "own.safetensors"), Assumptions({}, False, False), 9
    )


def test_no_text_steers_the_terminal_or_the_json(hostile, capsys):
    print_evaluation(hostile)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[b]data.csv" in shown
    assert "[bold]{{ 7 * 7 }}" in re.sub(r"\s+", " ", shown)
    assert json.loads(as_json(hostile))["mistakes"][0]["text"] == HOSTILE


def test_the_page_shows_hostile_texts_as_text_and_loads_nothing(browser, hostile, tmp_path):
    path = Path(tmp_path / "page.html")
    write_page(hostile, path)
    page = Page(browser, path)
    assert page.all(".quote") == [HOSTILE]
    assert page.all(".quotes mark") == ["war"]
    assert page.run("return document.title").endswith("[b]data.csv: stance evaluation")
    assert page.run("return document.querySelectorAll('script, img, main i').length") == 0
    assert page.all(".confusion td.hit") == ["150 %", "1100 %"]
    assert page.run("return document.querySelectorAll('.reliability circle').length") == len(hostile.judgement.bins)
    assert page.run("return getComputedStyle(document.querySelector('.heat-10')).backgroundColor") not in ("", "rgba(0, 0, 0, 0)")
    assert page.errors() == []
    assert page.requests() == [path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(browser, hostile, tmp_path, scheme):
    write_page(hostile, tmp_path / "page.html")
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    try:
        page = Page(browser, tmp_path / "page.html")
        assert page.run("return document.documentElement.scrollWidth") <= 360
        paper = page.run("return getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
