"""Somebody at a real terminal labels sentences."""

import csv
import os
import signal
import sys

import pytest
from conftest import ROOT
from helpers import WHO, csv_rows, write_pool
from hypothesis import given
from hypothesis import strategies as st

from classifier import StanceError
from training.label.console import keys_of

pexpect = pytest.importorskip("pexpect", reason="needs a pseudo-terminal")
ARTICLE = "Moscow condemned the strike on Friday. Kyiv said nothing at all. Ministers will meet in Geneva to discuss a truce."
SINGLES = [
    "France and Germany signed a defence pact.",
    "The court rejected the appeal of the opposition.",
    "Protesters filled the square for a third night.",
    "Rain is expected in the north.",
]


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
    child.wait()  # close() alone would hang up on a process that needs more than a moment to end
    child.close()
    return child.exitstatus


def test_an_answer_is_in_the_file_before_the_next_question_is_asked(annotate, tmp_path):
    child = annotate(write_pool(tmp_path / "pool.csv", [ARTICLE]), "--annotator", "Anna")
    press(child, "e")
    (row,) = csv_rows(tmp_path / "data.csv")
    assert row["text"] in ARTICLE
    assert (row["label"], row["article"], row["annotator"]) == ("escalation", "a0", "Anna")
    assert end(child) == 0
    assert b"1 answer\r\n" in child.seen


def test_undo_takes_the_last_answer_out_of_the_file_and_asks_again(annotate, tmp_path):
    child = annotate(write_pool(tmp_path / "pool.csv", SINGLES))
    press(child, "e")
    press(child, "c")
    kept, taken_back = csv_rows(tmp_path / "data.csv")
    press(child, "u")
    assert csv_rows(tmp_path / "data.csv") == [kept]
    press(child, "n")
    assert csv_rows(tmp_path / "data.csv")[1] == taken_back | {"label": "negotiation"}
    assert end(child) == 0


def test_what_is_skipped_is_not_written_and_comes_again_in_the_next_session(annotate, tmp_path):
    pool = write_pool(tmp_path / "pool.csv", SINGLES)
    child = annotate(pool)
    press(child, "s")
    press(child, "e")
    assert end(child) == 0
    assert len(csv_rows(tmp_path / "data.csv")) == 1
    child = annotate(pool)
    assert b"3 left" in child.seen
    end(child)


def test_a_killed_session_loses_no_answer_and_goes_on_where_it_stopped(annotate, tmp_path):
    pool = write_pool(tmp_path / "pool.csv", SINGLES)
    child = annotate(pool)
    for key in "eco":
        press(child, key)
    child.kill(signal.SIGKILL)
    child.wait()
    child.close()
    answered = csv_rows(tmp_path / "data.csv")
    assert [row["label"] for row in answered] == ["escalation", "cooperation", "none"]
    child = annotate(pool)
    assert b"3 answers" in child.seen
    assert end(child, "n") == 0
    assert b"Nothing is left to ask" in child.seen
    assert sorted(row["text"] for row in csv_rows(tmp_path / "data.csv")) == sorted(SINGLES)


def test_ctrl_c_exits_130_and_keeps_every_answer(annotate, tmp_path):
    child = annotate(write_pool(tmp_path / "pool.csv", SINGLES))
    press(child, "o")
    assert end(child, "\x03") == 130
    assert b"stance: interrupted" in child.seen
    assert len(csv_rows(tmp_path / "data.csv")) == 1


def test_nothing_in_the_pool_or_its_header_steers_the_terminal(annotate, tmp_path):
    title, clear, colour, turned = "\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\u202e"
    with (tmp_path / "pool.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", f"text{clear}"), ("1", f"Moscow {title}condemned{clear} the {colour}strike{turned}.")])
    child = annotate(tmp_path / "pool.csv", "--text", f"text{clear}")
    assert end(child, "e") == 0
    for sequence in (title, clear, colour, turned):
        assert sequence.encode() not in child.seen
    (row,) = csv_rows(tmp_path / "data.csv")
    assert not any(char in row["text"] for char in "\x1b\x07\x9b")


def test_without_a_terminal_one_sentence_says_so(stance, tmp_path):
    pool = write_pool(tmp_path / "pool.csv", SINGLES)
    done = stance("annotate", str(pool), "-o", "data.csv", input="e\n")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "at a terminal" in done.stderr
    assert not (tmp_path / "data.csv").exists()


def test_the_guess_is_shown_for_training_questions_and_hidden_for_test_questions(annotate, tmp_path):
    texts = [f"The {who} {verb} the {what}." for who in WHO[:6] for verb, what in (("condemned", "raid"), ("will seed", "lawn"))]
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
    assert len(csv_rows(tmp_path / "data.test.csv")) == 1


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
