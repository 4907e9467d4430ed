"""Somebody at a real terminal labels sentences: what is asked, what is kept, and what two of them agree on."""

import csv
import itertools
import os
import signal
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from classifier import StanceError
from training.data.labelled import read_labelled
from training.judge.agreement import agreement, nominal_alpha
from training.label.annotate import Answers, Question, in_order, most_useful, read_pool
from training.label.console import keys_of

pexpect = pytest.importorskip("pexpect", reason="needs a pseudo-terminal")

ARTICLE = "Moscow condemned the strike on Friday. Kyiv said nothing at all. Ministers will meet in Geneva to discuss a truce."
SINGLES = [
    "France and Germany signed a defence pact.",
    "The court rejected the appeal of the opposition.",
    "Protesters filled the square for a third night.",
    "Rain is expected in the north.",
]


def write_pool(path, texts):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "text"), *((f"a{number}", text) for number, text in enumerate(texts))])
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture
def annotate(tmp_path):
    """Start ``stance annotate`` in a pseudo-terminal and wait for its first question."""

    def start(pool, *more, wait="left"):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        arguments = ["-m", "classifier.cli", "annotate", str(pool), "-o", str(tmp_path / "data.csv"), *more]
        child = pexpect.spawn(sys.executable, arguments, env=environment, timeout=300, dimensions=(40, 120))
        child.seen = b""
        if wait:
            press(child, "", wait)
        return child

    return start


def press(child, key, wait="left"):
    """Press a key and wait for the next question and its line of keys."""
    child.send(key)
    for each in (wait, "quit") if wait else (pexpect.EOF,):
        child.expect(each)
        child.seen += child.before + (child.after if isinstance(child.after, bytes) else b"")


def end(child, key="q"):
    press(child, key, wait=None)
    child.close()
    return child.exitstatus


# --- at the terminal -------------------------------------------------------------------------------------------------


def test_an_answer_is_in_the_file_before_the_next_question_is_asked(annotate, tmp_path):
    child = annotate(write_pool(tmp_path / "pool.csv", [ARTICLE]), "--annotator", "Anna")
    press(child, "e")
    (row,) = rows_of(tmp_path / "data.csv")
    assert row["text"] in ARTICLE
    assert (row["label"], row["article"], row["annotator"]) == ("escalation", "a0", "Anna")
    assert end(child) == 0
    assert b"1 answer\r\n" in child.seen


def test_undo_takes_the_last_answer_out_of_the_file_and_asks_again(annotate, tmp_path):
    child = annotate(write_pool(tmp_path / "pool.csv", SINGLES))
    press(child, "e")
    press(child, "c")
    kept, taken_back = rows_of(tmp_path / "data.csv")
    press(child, "u")
    assert rows_of(tmp_path / "data.csv") == [kept]
    press(child, "n")
    assert rows_of(tmp_path / "data.csv")[1] == taken_back | {"label": "negotiation"}
    assert end(child) == 0


def test_what_is_skipped_is_not_written_and_comes_again_in_the_next_session(annotate, tmp_path):
    pool = write_pool(tmp_path / "pool.csv", SINGLES)
    child = annotate(pool)
    press(child, "s")
    press(child, "e")
    assert end(child) == 0
    assert len(rows_of(tmp_path / "data.csv")) == 1
    child = annotate(pool)
    assert b"3 left" in child.seen
    end(child)


def test_a_killed_session_loses_no_answer_and_goes_on_where_it_stopped(annotate, tmp_path):
    pool = write_pool(tmp_path / "pool.csv", SINGLES)
    child = annotate(pool)
    for key in "eco":
        press(child, key)
    child.kill(signal.SIGKILL)
    child.close()
    answered = rows_of(tmp_path / "data.csv")
    assert [row["label"] for row in answered] == ["escalation", "cooperation", "none"]
    child = annotate(pool)
    assert b"3 answers" in child.seen
    assert end(child, "n") == 0
    assert b"Nothing is left to ask" in child.seen
    assert sorted(row["text"] for row in rows_of(tmp_path / "data.csv")) == sorted(SINGLES)


def test_ctrl_c_exits_130_and_keeps_every_answer(annotate, tmp_path):
    child = annotate(write_pool(tmp_path / "pool.csv", SINGLES))
    press(child, "o")
    assert end(child, "\x03") == 130
    assert b"stance: interrupted" in child.seen
    assert len(rows_of(tmp_path / "data.csv")) == 1


def test_nothing_in_the_pool_or_its_header_steers_the_terminal(annotate, tmp_path):
    title, clear, colour, turned = "\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\u202e"
    with (tmp_path / "pool.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", f"text{clear}"), ("1", f"Moscow {title}condemned{clear} the {colour}strike{turned}.")])
    child = annotate(tmp_path / "pool.csv", "--text", f"text{clear}")
    assert end(child, "e") == 0
    for sequence in (title, clear, colour, turned):
        assert sequence.encode() not in child.seen
    (row,) = rows_of(tmp_path / "data.csv")
    assert not any(char in row["text"] for char in "\x1b\x07\x9b")


def test_without_a_terminal_one_sentence_says_so(stance, tmp_path):
    pool = write_pool(tmp_path / "pool.csv", SINGLES)
    done = stance("annotate", str(pool), "-o", "data.csv", input="e\n")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "at a terminal" in done.stderr
    assert not (tmp_path / "data.csv").exists()


def test_the_guess_is_shown_for_training_questions_and_hidden_for_test_questions(annotate, tmp_path):
    texts = [
        f"The {who} {verb} the {what}." for who in NOUNS[:6] for verb, what in (("condemned", "raid"), ("will seed", "lawn"))
    ]
    child = annotate(write_pool(tmp_path / "pool.csv", texts))
    shown = [child.seen]
    for _ in range(5):
        child.seen = b""
        press(child, "e")
        shown.append(child.seen)
    end(child)
    for number, screen in enumerate(shown, 1):
        assert (b"the model says" in screen) == (number != 5)
        assert (b"no guess is shown" in screen) == (number == 5)
    assert len(rows_of(tmp_path / "data.test.csv")) == 1


# --- what is asked ---------------------------------------------------------------------------------------------------

NOUNS = "senator banker surgeon farmer sailor poet judge miner teacher pilot nun chess-player".split()
THINGS = "railway vineyard harbour orchestra glacier parliament".split()
TRIPLES = list(itertools.product(NOUNS, THINGS, THINGS))[::7]


@pytest.fixture(scope="module")
def large_pool(tmp_path_factory):
    """A hundred whole articles."""
    table = pd.read_csv(ROOT / "seeds" / "articles.csv")
    texts = [" ".join(part["text"]) for _, part in itertools.islice(table.groupby("article"), 0, 500, 5)]
    return write_pool(tmp_path_factory.mktemp("pool") / "pool.csv", texts)


@pytest.fixture(scope="module")
def questions(large_pool):
    return read_pool(str(large_pool), {}).questions


def test_no_article_has_sentences_on_both_sides_and_about_one_in_five_is_for_the_test(questions):
    sides = {}
    for each in questions:
        sides.setdefault(each.article, set()).add(each.test)
    assert len(sides) == 100
    assert all(len(side) == 1 for side in sides.values())
    # Binomial with 100 draws of 0.2: outside these bounds once in a thousand.
    assert 8 <= sum(True in side for side in sides.values()) <= 34


def test_a_longer_pool_leaves_every_article_on_its_side(large_pool, questions, tmp_path):
    pd.read_csv(large_pool).head(30).to_csv(tmp_path / "part.csv", index=False)
    side = {each.text: each.test for each in questions}
    part = read_pool(str(tmp_path / "part.csv"), {}).questions
    assert len(part) > 300
    assert all(side.get(each.text, each.test) == each.test for each in part)


def test_rows_with_one_id_are_one_article(tmp_path):
    pool = pd.DataFrame({"id": [f"a{n // 6}" for n in range(48)], "text": [f"The {a} saw {b} {c}." for a, b, c in TRIPLES[:48]]})
    pool.to_csv(tmp_path / "pool.csv", index=False)
    sides = {}
    for each in read_pool(str(tmp_path / "pool.csv"), {}).questions:
        sides.setdefault(each.article, set()).add(each.test)
    assert len(sides) == 8
    assert all(len(side) == 1 for side in sides.values())
    assert {True} in sides.values()


def test_copies_and_near_copies_are_asked_once(tmp_path):
    base = "The envoys of both countries met in the old town hall for talks on the shared river"
    pool = write_pool(tmp_path / "pool.csv", [f"{base}.", f"{base}!", f"{base} again.", "Rain fell in the north."])
    assert len(read_pool(str(pool), {}).questions) == 2


def test_one_question_in_five_is_a_test_question_also_after_a_restart(questions):
    asked = [each.test for each in itertools.islice(in_order(questions, None, 0), 25)]
    assert asked == [False, False, False, False, True] * 5
    assert [each.test for each in itertools.islice(in_order(questions, None, 3), 3)] == [False, True, False]


def test_the_unsure_come_first_and_do_not_repeat_one_topic():
    topics = [f"{topic} {filler}" for topic in ("river dam water", "court judge appeal") for filler in "abcdefghij" * 20]
    unsure = np.array([[0.5 + number % 7 / 1000, 0.5 - number % 7 / 1000] for number in range(400)])
    sure = np.tile([0.99, 0.01], (600, 1))
    texts = topics + [f"sure thing {number}" for number in range(600)]
    order = list(most_useful(texts, np.concatenate([unsure, sure])))
    assert sorted(order) == list(range(1000))
    first = order[:20]
    assert all(number < 400 for number in first)
    assert 5 <= sum("river" in texts[number] for number in first) <= 15


def test_everything_is_asked_once_and_two_annotators_get_the_same_order(large_pool, questions, model):
    orders = []
    for each in (questions, read_pool(str(large_pool), {}).questions):
        probabilities = model.predict_proba([one.text for one in each])
        orders.append([one.text for one in in_order(each, probabilities, 0)])
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(each.text for each in questions)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=9, unique=True))
def test_every_label_gets_a_key_of_its_own_that_is_no_command(labels):
    keys = keys_of(labels)
    assert list(keys.values()) == labels
    assert not set(keys) & set("usq")
    assert all(len(key) == 1 for key in keys)


def test_keys_are_first_letters_where_they_can_be():
    assert keys_of(("escalation", "cooperation", "negotiation", "none")) == {
        "e": "escalation",
        "c": "cooperation",
        "n": "negotiation",
        "o": "none",
    }
    assert keys_of(("us", "1")) == {"1": "us", "2": "1"}
    with pytest.raises(StanceError, match="no key is left"):
        keys_of([f"{number}" for number in range(12)])


# --- what is kept ----------------------------------------------------------------------------------------------------


LABELS = ("x", "y")


def a_question(text, test=False, article=""):
    return Question(text, article, "", "", test)


def test_the_answers_train_a_model_as_they_are(tmp_path):
    answers = Answers(tmp_path / "data.csv", "anna", LABELS)
    for number, (noun, thing) in enumerate(itertools.product(NOUNS, THINGS)):
        answers.add(a_question(f"The {noun} saw a {thing}, number{number}."), ("hawkish", "dovish")[number % 2])
    table = read_labelled(tmp_path / "data.csv")
    assert table["label"].value_counts().to_dict() == {"hawkish": 36, "dovish": 36}


def test_test_answers_go_to_a_file_of_their_own(tmp_path):
    answers = Answers(tmp_path / "data.csv", "", LABELS)
    answers.add(a_question("One."), "x")
    answers.add(a_question("Two.", test=True), "y")
    assert [row["text"] for row in rows_of(tmp_path / "data.csv")] == ["One."]
    assert [row["text"] for row in rows_of(tmp_path / "data.test.csv")] == ["Two."]


def test_a_row_torn_by_a_power_cut_is_asked_again_and_the_file_stays_whole(tmp_path):
    Answers(tmp_path / "data.csv", "anna", LABELS).add(a_question("One."), "x")
    with (tmp_path / "data.csv").open("ab") as file:
        file.write(b'"Two, torn')
    answers = Answers(tmp_path / "data.csv", "anna", LABELS)
    answers.add(a_question("Three."), "y")
    assert [row["text"] for row in rows_of(tmp_path / "data.csv")] == ["One.", "Three."]


def test_a_file_changed_by_another_program_meanwhile_is_left_alone(tmp_path):
    answers = Answers(tmp_path / "data.csv", "", LABELS)
    answers.add(a_question("One."), "x")
    with (tmp_path / "data.csv").open("ab") as file:
        file.write(b"Two.,y,,\n")
    for change in (answers.undo, lambda: answers.add(a_question("Three."), "x")):
        with pytest.raises(StanceError, match="changed by another program"):
            change()
    assert len(rows_of(tmp_path / "data.csv")) == 2


def test_a_last_row_without_a_line_end_is_kept_when_it_is_whole(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"text,label,article,annotator\nOne.,x,,anna")
    Answers(tmp_path / "data.csv", "anna", LABELS).add(a_question("Two."), "y")
    assert [row["text"] for row in rows_of(tmp_path / "data.csv")] == ["One.", "Two."]


@pytest.mark.parametrize(
    "content",
    [
        b"text,label\nOne.,x",
        b"a note",
        b"\xff\xfe\n",
        b"text,label,article,annotator,more\n",
        b'text,label,article,annotator\n"a" b,c,d,e\n',
    ],
)
def test_a_file_of_another_kind_is_not_written_to(tmp_path, content):
    (tmp_path / "data.csv").write_bytes(content)
    with pytest.raises(StanceError, match="give -o another name"):
        Answers(tmp_path / "data.csv", "", LABELS)
    assert (tmp_path / "data.csv").read_bytes() == content


@pytest.mark.parametrize("name", ["data.jsonl", "nowhere/data.csv"])
def test_a_place_that_cannot_take_answers_is_named_before_the_first_question(tmp_path, name):
    with pytest.raises(StanceError, match=r"ends in \.csv, in a folder that exists"):
        Answers(tmp_path / name, "", LABELS)


def test_a_cell_that_a_spreadsheet_would_run_is_neutral_and_still_not_asked_again(tmp_path):
    formula = a_question('=HYPERLINK("http://example.org") was sent by the ministry.')
    Answers(tmp_path / "data.csv", "@anna", LABELS).add(formula, "x")
    (row,) = rows_of(tmp_path / "data.csv")
    assert row["text"] == f"'{formula.text}"
    assert row["annotator"] == "'@anna"
    assert Answers(tmp_path / "data.csv", "", LABELS).unanswered([formula]) == []


# --- agreement -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observers", "alpha"),
    [
        (["0100000010", "1110010000"], 0.095),
        (["aabbdcccedda", "babbbccceddd"], 0.692),
        (["123321412...", "1233224125.3", ".3332342251.", "12332441251."], 0.743),
    ],
)
def test_alpha_is_that_of_krippendorffs_worked_examples(observers, alpha):
    units = [[value for value in unit if value != "."] for unit in zip(*observers, strict=True)]
    assert nominal_alpha(units) == pytest.approx(alpha, abs=0.0005)


def test_alpha_is_no_number_where_everything_is_one_label():
    assert np.isnan(nominal_alpha([["a", "a"], ["a", "a"]]))


def test_two_files_are_compared_on_the_texts_that_they_share():
    one = pd.DataFrame({"text": ["A b.", "C d.", "E f.", "Only one."], "label": ["x", "y", "y", "x"]})
    other = pd.DataFrame({"text": ["a  B.", "E f.", "C d.", "Only other."], "label": ["x", "x", "y", "y"]})
    found = agreement(one, other)
    assert (found.n, found.disagreements) == (3, (("E f.", "y", "x"),))
    assert found.observed == pytest.approx(2 / 3)
    assert found.kappa == pytest.approx(cohen_kappa_score(["x", "y", "y"], ["x", "y", "x"]))


def test_the_command_prints_the_figures_and_where_they_differ(stance, tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(f"Text {n}.,{'xy'[n % 2]}\n" for n in range(8)))
    (tmp_path / "b.csv").write_text("text,label\n" + "".join(f"Text {n}.,{'xy'[n % 2 if n else 1]}\n" for n in range(8)))
    done = stance("annotate", "--agreement", "a.csv", "b.csv")
    assert done.returncode == 0
    assert "8 texts labelled by both, 87.5% alike; Krippendorff's alpha 0.762, Cohen's kappa 0.750" in done.stdout
    assert "x | y | Text 0." in done.stdout


def test_files_without_a_common_text_are_refused(stance, tmp_path):
    for name, text in (("a.csv", "One."), ("b.csv", "Two.")):
        (tmp_path / name).write_text(f"text,label\n{text},x\n")
    done = stance("annotate", "--agreement", "a.csv", "b.csv")
    assert done.returncode == 2
    assert "no text in common" in done.stderr


def test_answers_of_another_scheme_are_not_mixed_in(tmp_path):
    Answers(tmp_path / "data.csv", "", ("dove", "hawk")).add(a_question("One."), "hawk")
    before = (tmp_path / "data.csv").read_bytes()
    with pytest.raises(StanceError, match=r"has answers labelled 'hawk', which is none of x, y"):
        Answers(tmp_path / "data.csv", "", LABELS)
    assert (tmp_path / "data.csv").read_bytes() == before
