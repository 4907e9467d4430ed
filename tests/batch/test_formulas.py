"""No cell that a run writes is run by a spreadsheet, and what guards it can be taken away again."""

import csv
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.batch.writers import neutral, restored
from classifier.cli import main
from classifier.report.labelled_rows import read_labelled_rows


def test_formulas_are_neutralised_unless_raw_is_asked_for(stance, tmp_path):
    (tmp_path / "t.csv").write_text('id,text\n1,"=HYPERLINK(""x"") said so."\n2," ＝1+1 is two."\n3,-1 degree.\n')
    stance("batch", "t.csv", "-o", "safe.csv")
    stance("batch", "t.csv", "-o", "raw.csv", "--raw")
    assert [cell[0] for cell in pd.read_csv(tmp_path / "safe.csv")["text"]] == ["'", "'", "'"]
    assert [cell[0] for cell in pd.read_csv(tmp_path / "raw.csv")["text"]] == ["=", "＝", "-"]


SIGNS = "=+-@＝＋－＠﹢﹣﹦﹫"
UNSEEN = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\xa0",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u202e",
    "\x00",
    "\x1c",
    "\x7f",
    " \t ",
    "\u200b \t",
]
FORMULAS = [
    *(unseen + sign + "1+1" for unseen in UNSEEN for sign in SIGNS),
    *(
        "=cmd|' /C calc'!A0",
        "@SUM(1)*cmd|' /C calc'!A0",
        '+HYPERLINK("http://x")',
        "-2+3+cmd|' /C calc'!A0",
        "\tDDE(1)",
        "\r1",
        "\n1",
    ),
]


def runs(cell):
    """Whether a spreadsheet may run a cell: its first visible character is a sign, or a tab or line break leads on to one."""
    visible = cell.lstrip("".join(UNSEEN))
    return bool(visible) and (cell[0] in "\t\r\n" or visible[0] in SIGNS)


def test_no_cell_begins_as_a_formula_whatever_is_in_front_of_the_sign():
    for cell in FORMULAS:
        assert neutral(cell) == "'" + cell
    for cell in ("Seoul = Tokyo", "5 - 3", '"quoted"', "(-5)", "'tis so", "a@b.org", "|cmd", "", "'", "— he said"):
        assert neutral(cell) == cell


@given(st.text(st.sampled_from("'=＝+-@\t\r\n \u200bab\"") | st.characters(exclude_categories=["Cs"]), max_size=6))
def test_the_apostrophe_in_front_can_always_be_told_and_taken_away(cell):
    assert restored(neutral(cell)) == cell
    assert neutral(neutral(cell)) in (neutral(cell), "'" + neutral(cell))


@pytest.mark.parametrize("compiled", [True, False])
def test_every_text_field_of_every_csv_is_made_harmless(tmp_path, monkeypatch, compiled):
    """Text, id, source, title, reasons and cells of rejects: by the rule that no cell may begin as a formula."""
    if compiled:
        pytest.importorskip("numba")
    monkeypatch.setattr("classifier.batch.run._SMALL", 0)
    monkeypatch.setattr("classifier.batch.run.is_compiled", lambda: compiled)
    visible = [cell for cell in FORMULAS if "\0" not in cell]
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "date", "source", "text"])
        for number, cell in enumerate(visible):
            text = "" if number % 9 == 0 else f"{cell} said the minister of Seoul, who left."
            rows.writerow([cell, "", cell, text])
    assert (
        main(
            [
                "batch",
                str(tmp_path / "t.csv"),
                "-o",
                str(tmp_path / "o.csv"),
                "--articles",
                str(tmp_path / "a.csv"),
                "--jobs",
                "1",
            ]
        )
        == 1
    )
    seen = 0
    for name in ("o.csv", "a.csv", "o.csv.rejects.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for field, cell in row.items():
                    number = re.fullmatch(r"-?\d+(\.\d+)?", cell) and field not in ("id", "source", "text", "title")
                    assert number or not runs(cell), (name, field, cell)
                    seen += cell.startswith("'")
    assert seen > len(visible)
    assert main(["batch", str(tmp_path / "t.csv"), "-o", str(tmp_path / "raw.csv"), "--raw", "--jobs", "1"]) == 1
    with (tmp_path / "raw.csv").open(encoding="utf-8", newline="") as file:
        assert not any(row["id"].startswith("'") for row in csv.DictReader(file))


def test_a_report_reads_a_guarded_text_as_it_was(tmp_path):
    texts = ["=1+1 said Seoul.", "'=1+1 said Seoul.", "''＝1 said Seoul.", "'tis so, said Seoul."]
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(texts)])
    main(["batch", str(tmp_path / "t.csv"), "-o", str(tmp_path / "o.csv")])
    assert read_labelled_rows(tmp_path / "o.csv")["text"].tolist() == texts
