"""What annotators answer is kept whole, whatever happens to the file."""

import itertools

import pytest
from helpers import WHAT, WHO, csv_rows

from classifier import StanceError
from training.data.labelled import read_labelled
from training.label.annotate import Answers, Question

LABELS = ("x", "y")


def a_question(text, test=False, article=""):
    return Question(text, article, "", "", test)


def test_the_answers_train_a_model_as_they_are(tmp_path):
    answers = Answers(tmp_path / "data.csv", "anna", LABELS)
    for number, (noun, thing) in enumerate(itertools.product(WHO, WHAT)):
        answers.add(a_question(f"The {noun} saw a {thing}, number{number}."), ("hawkish", "dovish")[number % 2])
    table = read_labelled(tmp_path / "data.csv")
    assert table["label"].value_counts().to_dict() == {"hawkish": 36, "dovish": 36}


def test_test_answers_go_to_a_file_of_their_own(tmp_path):
    answers = Answers(tmp_path / "data.csv", "", LABELS)
    answers.add(a_question("One."), "x")
    answers.add(a_question("Two.", test=True), "y")
    assert [row["text"] for row in csv_rows(tmp_path / "data.csv")] == ["One."]
    assert [row["text"] for row in csv_rows(tmp_path / "data.test.csv")] == ["Two."]


def test_a_row_torn_by_a_power_cut_is_asked_again_and_the_file_stays_whole(tmp_path):
    Answers(tmp_path / "data.csv", "anna", LABELS).add(a_question("One."), "x")
    with (tmp_path / "data.csv").open("ab") as file:
        file.write(b'"Two, torn')
    answers = Answers(tmp_path / "data.csv", "anna", LABELS)
    answers.add(a_question("Three."), "y")
    assert [row["text"] for row in csv_rows(tmp_path / "data.csv")] == ["One.", "Three."]


def test_a_file_changed_by_another_program_meanwhile_is_left_alone(tmp_path):
    answers = Answers(tmp_path / "data.csv", "", LABELS)
    answers.add(a_question("One."), "x")
    with (tmp_path / "data.csv").open("ab") as file:
        file.write(b"Two.,y,,\n")
    for change in (answers.undo, lambda: answers.add(a_question("Three."), "x")):
        with pytest.raises(StanceError, match="changed by another program"):
            change()
    assert len(csv_rows(tmp_path / "data.csv")) == 2


def test_a_last_row_without_a_line_end_is_kept_when_it_is_whole(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"text,label,article,annotator\nOne.,x,,anna")
    Answers(tmp_path / "data.csv", "anna", LABELS).add(a_question("Two."), "y")
    assert [row["text"] for row in csv_rows(tmp_path / "data.csv")] == ["One.", "Two."]


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
    (row,) = csv_rows(tmp_path / "data.csv")
    assert row["text"] == f"'{formula.text}"
    assert row["annotator"] == "'@anna"
    assert Answers(tmp_path / "data.csv", "", LABELS).unanswered([formula]) == []


def test_answers_of_another_scheme_are_not_mixed_in(tmp_path):
    Answers(tmp_path / "data.csv", "", ("dove", "hawk")).add(a_question("One."), "hawk")
    before = (tmp_path / "data.csv").read_bytes()
    with pytest.raises(StanceError, match=r"has answers labelled 'hawk', which is none of x, y"):
        Answers(tmp_path / "data.csv", "", LABELS)
    assert (tmp_path / "data.csv").read_bytes() == before
