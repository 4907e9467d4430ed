"""All that is wrong with data is told at once, exports mean what their tools mean, and labels spelt apart are one."""

import json
import re

import pandas as pd
import pytest

from classifier import StanceError
from training.data.labelled import check_apart, read_labelled, read_rows

ROWS = [(f"The {noun} {verb} it.", label) for noun in ("army", "court", "bank", "union", "press") for verb, label in (("shelled", "hostile"), ("praised", "friendly"))]  # fmt: skip


def write_lines(path, items):
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


def lines_of(error):
    return str(error.value).split("\n")


# --- faults ----------------------------------------------------------------------------------------------------------


def test_every_row_at_fault_is_counted_by_kind_and_the_first_ten_are_shown(tmp_path):
    good = "".join(f"{text},{label},1\n" for text, label in ROWS)
    bad = " ,x,1\n" * 7 + "Text.,,1\n" * 3 + "Two, three.,x,1\n" + "Heavy.,x,much\n" * 2
    (tmp_path / "own.csv").write_text(f"text,label,weight\n{good}{bad}")
    with pytest.raises(StanceError) as error:
        read_labelled(tmp_path / "own.csv")
    head, *shown, rest = lines_of(error)
    assert head.startswith("13 rows are at fault, nothing is done: ")
    for kind in ("7 with an empty text", "3 with an empty label", "2 with a weight that is no positive number", "1 with another number of cells"):  # fmt: skip
        assert kind in head
    assert len(shown) == 10
    assert rest == "... and 3 more"
    assert any(line.endswith("own.csv line 12: has an empty text; fill it or delete the row") for line in shown)


def test_faults_of_several_files_are_told_together_on_lines_of_their_own(stance, tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "data" / name).write_text("text,label\nOne.,x\n,y\n\x1b[31mRed.,\n")
    done = stance("train", "data", "-o", "m.safetensors")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("stance: "))
    assert lines[at] == "stance: 4 rows are at fault, nothing is done: 2 with an empty text, 2 with an empty label"
    assert [re.search(r"[ab]\.csv line \d", line)[0] for line in lines[at + 1 :]] == [
        *("a.csv line 3", "a.csv line 4", "b.csv line 3", "b.csv line 4")
    ]
    assert "\x1b" not in done.stderr


def test_every_text_under_two_labels_and_every_rare_label_is_told(tmp_path):
    rows = [*ROWS, (ROWS[0][0], "friendly"), (ROWS[1][0], "hostile")]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(StanceError, match="2 with a text that stands under another label elsewhere"):
        read_labelled(tmp_path / "own.csv")
    rows = [*ROWS, ("Rain.", "wet"), ("Sun.", "dry")]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(StanceError, match=r"(?s)label 'wet' has 1 rows.*label 'dry' has 1 rows"):
        read_labelled(tmp_path / "own.csv")


def test_every_text_of_the_test_file_is_told(tmp_path):
    pd.DataFrame(ROWS, columns=["text", "label"]).to_csv(tmp_path / "own.csv", index=False)
    table = read_rows(tmp_path / "own.csv")
    with pytest.raises(StanceError, match="10 with a text of the test file"):
        check_apart(table, table)


# --- labels spelt apart ----------------------------------------------------------------------------------------------


def test_labels_that_differ_in_capitals_or_blanks_alone_are_one_and_it_is_said(tmp_path):
    spelt = {"hostile": ["hostile", "Hostile", " HOSTILE "], "friendly": ["very  friendly", "very friendly", "very friendly"]}
    rows = [(text, spelt[label][number % 3]) for number, (text, label) in enumerate(ROWS)]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(tmp_path / "own.csv", index=False)
    said = []
    table = read_labelled(tmp_path / "own.csv", say=said.append)
    assert len(set(table["label"])) == 2
    assert "very friendly" in set(table["label"])
    assert sum("read as" in line for line in said) == 3


def test_a_label_of_the_codebook_is_known_however_it_is_spelt(tmp_path):
    names = {"hostile": "Escalation", "friendly": "COOPERATION"}
    pd.DataFrame([(text, names[label]) for text, label in ROWS], columns=["text", "label"]).to_csv(
        tmp_path / "own.csv", index=False
    )
    said = []
    assert set(read_labelled(tmp_path / "own.csv", say=said.append)["label"]) == {"escalation", "cooperation"}
    assert "5 labels 'Escalation' read as 'escalation'" in said


# --- exports of annotation tools -------------------------------------------------------------------------------------


def label_studio(text, label):
    choices = [{"type": "choices", "value": {"choices": [label]}}] if label else []
    return {"data": {"text": text}, "completions": [{"result": choices}] if label else []}


def argilla_2(text, label):
    given = {"stance": [{"value": label, "status": "submitted", "user_id": "u"}]} if label else {}
    return {"id": "1", "fields": {"text": text}, "metadata": {"a": {"b": 1}}, "responses": given, "suggestions": {}}


def argilla_2_flat(text, label):
    given = {"stance.responses": [label], "stance.responses.users": ["u"], "stance.responses.status": ["submitted"]}
    return {"text": text, **(given if label else {"stance.responses": None})}


EXPORTS = {
    "doccano label": lambda text, label: {"text": text, "label": [label] if label else [], "Comments": ["a", "b"]},
    "doccano annotations": lambda text, label: {"text": text, "annotations": [{"label": label, "user": 1}] if label else [], "meta": {}},
    "Label Studio completions": label_studio,
    "argilla 1": lambda text, label: {"text": text, "annotation": label, "prediction": [["hostile", 0.4]], "status": "Default", "metadata": {"x": 1}},
    "argilla 2": argilla_2,
    "argilla 2, flat": argilla_2_flat,
    "spaCy": lambda text, label: {"text": text, "cats": {name: float(name == label) for name in ("hostile", "friendly")}},
    "Prodigy": lambda text, label: {"text": text, "accept": [label] if label else [], "answer": "accept" if label else "ignore", "options": [{"id": "hostile"}]},
    "plain": lambda text, label: {"text": text, "label": label},
}  # fmt: skip


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_an_export_is_read_as_its_tool_means_it_and_what_nobody_labelled_left_out(tmp_path, export):
    items = [export(text, label) for text, label in ROWS] + [export(f"Not done {number}.", None) for number in range(3)]
    said = []
    table = read_labelled(write_lines(tmp_path / "export.jsonl", items), say=said.append)
    assert list(zip(table["text"], table["label"], strict=True)) == ROWS
    assert any("3 items without a label left out" in line for line in said)


@pytest.mark.parametrize(
    "strange",
    [
        {"text": "Two opinions.", "annotations": [{"label": "hostile"}, {"label": "friendly"}]},
        {"text": "A span.", "annotations": [{"label": "hostile", "start_offset": 0, "end_offset": 3}]},
        {"text": "Another.", "annotations": [{"unheard": "of"}]},
    ],
)
def test_what_is_no_label_of_a_sentence_is_refused(tmp_path, strange):
    items = [EXPORTS["doccano annotations"](*row) for row in ROWS]
    with pytest.raises(StanceError, match=r"export\.jsonl:? line 11"):
        read_labelled(write_lines(tmp_path / "export.jsonl", [*items, strange]))


def test_objects_are_never_labels(tmp_path):
    file = write_lines(tmp_path / "own.jsonl", [{"text": text, "opinion": {"says": label}} for text, label in ROWS])
    with pytest.raises(StanceError, match="'opinion' hold objects"):
        read_labelled(file)
    with pytest.raises(StanceError, match="'opinion' for --label holds objects, which are no labels"):
        read_labelled(file, {"label": "opinion"})
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    rows = {"text": [text for text, _ in ROWS], "label": [{"says": label} for _, label in ROWS]}
    parquet.write_table(arrow.table(rows), tmp_path / "own.parquet")
    with pytest.raises(StanceError, match="'label' hold objects"):
        read_labelled(tmp_path / "own.parquet")
