"""The learning curve says what more rows would bring, or nothing."""

import pandas as pd
import pytest
from conftest import ROOT
from helpers import own_folder, write_labelled

from training.data.groups import join
from training.data.labelled import read_labelled, read_rows
from training.fit.learning_curve import extrapolate
from training.fit.train import train


@pytest.fixture(scope="module")
def seeds():
    return read_rows(ROOT / "seeds")


@pytest.fixture(scope="module")
def own(seeds, tmp_path_factory):
    return own_folder(seeds, tmp_path_factory.mktemp("own"))


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


def test_groups_too_large_to_thin_give_no_curve(tmp_path, seeds):
    rows = [
        (text, label, f"{label}-{number % 4}")
        for label in ("escalation", "cooperation")
        for number, text in enumerate(seeds["text"][(seeds["label"] == label) & (seeds["article"] == "")].iloc[:120])
    ]
    assert train(read_labelled(write_labelled(tmp_path / "own.csv", rows, ("text", "label", "group")))).curve is None
