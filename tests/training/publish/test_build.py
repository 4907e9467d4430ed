"""``stance train`` writes over nothing that must not be lost, and makes no model of data that cannot make one."""

import pytest
from helpers import rows_of_two_labels, write_labelled

from classifier import StanceError
from training.data.labelled import read_labelled
from training.fit.train import train
from training.publish.build import Job, build


def test_a_text_that_is_no_card_is_never_written_over(tmp_path):
    data = write_labelled(tmp_path / "own.csv", rows_of_two_labels())
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


@pytest.mark.parametrize(
    ("rows", "says"), [([], "none of the texts holds a word"), (rows_of_two_labels("a b"), "no word stands in two of the texts")]
)
def test_texts_of_marks_are_refused(tmp_path, rows, says):
    marks = [("?" * times, "ab"[times % 2], "") for times in range(1, 20)]
    file = write_labelled(tmp_path / "own.csv", marks + [(*row, "a1") for row in rows], ("text", "label", "article"))
    with pytest.raises(StanceError, match=says):
        train(read_labelled(file), jobs=1)


def test_a_file_name_steers_no_terminal(stance, tmp_path):
    write_labelled(tmp_path / "esc\x1b]0;owned\x07.csv", rows_of_two_labels())
    done = stance("train", "esc\x1b]0;owned\x07.csv", "-o", "m\x1b[31m.safetensors")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
