"""How far two annotators agree, against the worked examples of the literature."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from training.judge.agreement import agreement, nominal_alpha


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
