"""What annotators are asked, in which order, and which of it is for the test."""

import itertools

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from helpers import WHAT, WHO, write_pool

from training.label.annotate import Question, in_order, read_pool

TRIPLES = list(itertools.product(WHO, WHAT, WHAT))[::7]


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
    asked = [each.test for each in itertools.islice(in_order(questions, lambda: None, 0), 25)]
    assert asked == [False, False, False, False, True] * 5
    assert [each.test for each in itertools.islice(in_order(questions, lambda: None, 3), 3)] == [False, True, False]


def test_the_unsure_come_first_and_do_not_repeat_one_topic():
    topics = [f"{topic} {filler}" for topic in ("river dam water", "court judge appeal") for filler in "abcdefghij" * 20]
    unsure = np.array([[0.5 + number % 7 / 1000, 0.5 - number % 7 / 1000] for number in range(400)])
    sure = np.tile([0.99, 0.01], (600, 1))
    texts = topics + [f"sure thing {number}" for number in range(600)]
    questions = [Question(text, str(number), "", "", False) for number, text in enumerate(texts)]
    asked = in_order(questions, lambda: np.concatenate([unsure, sure]), 0)
    order = [int(question.article) for question in asked]
    assert sorted(order) == list(range(1000))
    first = order[:20]
    assert all(number < 400 for number in first)
    assert 5 <= sum("river" in texts[number] for number in first) <= 15


def test_the_order_follows_what_is_learnt_between_questions():
    """Two topics, each unsure in turn: what is asked next is of the one that is unsure now."""
    texts = [f"{topic} {number}" for topic in ("river", "court") for number in range(100)]
    questions = [Question(text, "", "", "", False) for text in texts]
    is_river = np.array(["river" in text for text in texts])
    unsure = {"river": True}

    def opinion():
        top = np.where(is_river == unsure["river"], 0.5, 0.99)
        return np.stack([top, 1 - top], axis=1)

    asked = in_order(questions, opinion, 0)
    first = [next(asked).text for _ in range(5)]
    unsure["river"] = False
    following = [next(asked).text for _ in range(5)]
    assert all("river" in text for text in first)
    assert all("court" in text for text in following)


def test_everything_is_asked_once_and_two_annotators_get_the_same_order(large_pool, questions, model):
    orders = []
    for each in (questions, read_pool(str(large_pool), {}).questions):
        probabilities = model.predict_proba([one.text for one in each])
        orders.append([one.text for one in in_order(each, lambda given=probabilities: given, 0)])
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(each.text for each in questions)
