"""Labelled data of many kinds becomes one table, and what is wrong with it is named by file, line and value."""

import json
import os

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import StanceError
from classifier.tables.reader import open_table
from training.data.labelled import check_apart, digest, read_labelled, read_rows
from training.data.mappings import TABLE, read_mapping

ROWS = [(f"The {noun} {verb} it.", label) for noun in ("army", "court", "bank", "union", "press") for verb, label in (("shelled", "hostile"), ("praised", "friendly"))]  # fmt: skip


def texts_and_labels(table):
    return list(zip(table["text"], table["label"], strict=True))


def write_csv(path, rows=ROWS, columns=("text", "label"), **options):
    pd.DataFrame(rows, columns=list(columns)).to_csv(path, index=False, **options)
    return path


def write_lines(path, items):
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


# --- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("rows.csv", write_csv),
        ("semicolons.csv", lambda path: write_csv(path, sep=";")),
        ("windows.csv", lambda path: write_csv(path, encoding="utf-16")),
        ("rows.tsv", lambda path: write_csv(path, sep="\t")),
        ("rows.parquet", lambda path: pd.DataFrame(ROWS, columns=["text", "label"]).to_parquet(path)),
        ("rows.jsonl", lambda path: write_lines(path, [{"text": text, "label": label} for text, label in ROWS])),
        ("rows.json", lambda path: path.write_text(json.dumps([{"label": label, "text": text} for text, label in ROWS]))),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    assert texts_and_labels(read_labelled(tmp_path / name)) == ROWS


def test_a_doccano_export_is_read_and_what_nobody_labelled_left_out(tmp_path):
    items = [{"id": n, "text": text, "label": [label], "Comments": []} for n, (text, label) in enumerate(ROWS)]
    said = []
    table = read_labelled(
        write_lines(tmp_path / "all.jsonl", [*items, {"id": 99, "text": "Not done.", "label": []}]), say=said.append
    )
    assert texts_and_labels(table) == ROWS
    assert "doccano" in said[0]
    assert "1 items without a label left out" in said[1]


def test_a_label_studio_export_is_read_with_its_cancelled_work_left_out(tmp_path):
    def task(number, text, choices, cancelled=False):
        result = [{"from_name": "stance", "to_name": "text", "type": "choices", "value": {"choices": choices}}]
        return {"id": number, "data": {"text": text}, "annotations": [{"was_cancelled": cancelled, "result": result}]}

    tasks = [task(n, text, [label]) for n, (text, label) in enumerate(ROWS)] + [task(98, "Cancelled.", ["hostile"], True)]
    (tmp_path / "project.json").write_text(json.dumps(tasks))
    assert texts_and_labels(read_labelled(tmp_path / "project.json")) == ROWS
    tasks[2]["annotations"].append(task(2, "", ["friendly"])["annotations"][0])
    (tmp_path / "project.json").write_text(json.dumps(tasks))
    with pytest.raises(StanceError, match="item 3 has 2 values of 'label'"):
        read_labelled(tmp_path / "project.json")


def test_a_prodigy_export_is_read_and_only_what_was_accepted(tmp_path):
    choice = [{"text": text, "accept": [label], "answer": "accept", "options": [{"id": "hostile"}]} for text, label in ROWS[:5]]
    binary = [{"text": text, "label": label, "answer": "accept", "_input_hash": 7} for text, label in ROWS[5:]]
    refused = [
        {"text": "Rejected.", "label": "hostile", "answer": "reject"},
        {"text": "Ignored.", "accept": [], "answer": "ignore"},
    ]
    assert texts_and_labels(read_labelled(write_lines(tmp_path / "p.jsonl", choice + binary + refused))) == ROWS


def test_columns_are_found_by_name_and_content_and_said(tmp_path):
    rows = [(n, "AFP", text, label, f"story-{n // 2}") for n, (text, label) in enumerate(ROWS)]
    said = []
    table = read_labelled(write_csv(tmp_path / "own.csv", rows, ("id", "agency", "Sentence", "Class", "doc_id")), say=said.append)
    assert texts_and_labels(table) == ROWS
    assert table["article"].tolist() == [f"story-{n // 2}" for n in range(10)]
    assert "text = 'Sentence', label = 'Class', article = 'doc_id'" in said[0]
    with pytest.raises(StanceError, match="no column 'nothing' for --label"):
        read_labelled(tmp_path / "own.csv", {"label": "nothing"})


def test_two_columns_that_could_be_the_label_are_not_guessed_between(tmp_path):
    rows = [(text, label, "left" if n < 5 else "right") for n, (text, label) in enumerate(ROWS)]
    file = write_csv(tmp_path / "own.csv", rows, ("text", "tone", "side"))
    with pytest.raises(StanceError, match="'tone' and 'side' could hold the labels; name the column with --label"):
        read_labelled(file)
    assert set(read_labelled(file, {"label": "side"})["label"]) == {"left", "right"}


def test_the_seeds_read_as_they_always_did():
    table = read_rows(ROOT / "seeds")
    assert len(table) == 28_118
    assert table["place"].iloc[0].endswith("articles.csv line 2")
    assert (table["weight"] == 1).all()


# --- mappings --------------------------------------------------------------------------------------------------------


def test_every_shipped_label_is_one_of_the_codebook_and_gives_its_reason():
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    assert set(table["label"]) == {"escalation", "cooperation", "negotiation", "none", ""}
    assert (table["why"].str.len() > 5).all()
    assert not table.duplicated(["mapping", "value"]).any()
    assert sorted(table["value"][table["mapping"] == "cameo"]) == [f"{code:02}" for code in range(1, 21)]


@pytest.mark.parametrize(
    ("mapping", "value", "label"),
    [
        ("plover", "CONSULT", "negotiation"),
        ("plover", "assault", "escalation"),
        ("plover", "NEUTRAL", ""),
        ("plover-quad", "4", "escalation"),
        ("plover-quad", "2.0", "cooperation"),
        ("plover-quad", "1", ""),
        ("cameo", "04", "negotiation"),
        ("cameo", "4", "negotiation"),
        ("cameo", "19", "escalation"),
        ("cameo", "010", "none"),
        ("cameo", "0311", "cooperation"),
        ("cameo", "190", "escalation"),
        ("cameo", "190.0", "escalation"),
        ("cameo", "20.0", "escalation"),
        ("cameo", "21", None),
        ("cameo", "1e1", None),
        ("plover-quad", "040", None),
        ("cameo-penta", "0", ""),
        ("goldstein", "-10.0", "escalation"),
        ("goldstein", "3.4", "cooperation"),
        ("goldstein", "0", "none"),
        ("goldstein", "much", None),
        ("a=x,b=", "A", "x"),
        ("a=x,b=", "b", ""),
        ("a=x,b=", "x", "x"),
        ("a=x,b=", "c", None),
        ("007=bond,7=seven", "007", "bond"),
        ("1e1=x", "10", None),
    ],
)
def test_a_value_is_mapped_as_the_codebook_or_the_user_says(mapping, value, label):
    assert read_mapping(mapping).label(value) == label


def test_a_mapping_renames_and_leaves_out_and_says_how_many(tmp_path):
    write_csv(tmp_path / "map.csv", [("hostile", "escalation"), ("friendly", "cooperation"), ("mixed", "")], ("value", "label"))
    file = write_csv(tmp_path / "own.csv", [*ROWS, ("Both at once.", "mixed")])
    said = []
    table = read_labelled(file, mapping=read_mapping(str(tmp_path / "map.csv")), say=said.append)
    assert table["label"].value_counts().to_dict() == {"escalation": 5, "cooperation": 5}
    assert "1 rows left out" in said[-1]
    with pytest.raises(StanceError, match=r"own.csv line 12: --map does not map the label 'mixed'"):
        read_labelled(file, mapping=read_mapping("hostile=escalation,friendly=cooperation"))


def test_the_column_of_a_scheme_is_found_by_its_values(tmp_path):
    rows = [
        (n, text, "ASSAULT" if label == "hostile" else "SUPPORT", 4 if label == "hostile" else 2)
        for n, (text, label) in enumerate(ROWS)
    ]
    file = write_csv(tmp_path / "own.csv", rows, ("id", "text", "root", "quad"))
    expected = ["escalation", "cooperation"] * 5
    assert read_labelled(file, mapping=read_mapping("plover"))["label"].tolist() == expected
    assert read_labelled(file, mapping=read_mapping("plover-quad"))["label"].tolist() == expected


@pytest.mark.parametrize(
    ("scheme", "column"),
    [("cameo", "EventRootCode"), ("cameo-penta", "QuadClass"), ("plover-quad", "QuadClass"), ("goldstein", "GoldsteinScale")],
)
def test_the_columns_of_gdelt_are_told_apart(tmp_path, scheme, column):
    columns = "GLOBALEVENTID IsRootEvent EventCode EventRootCode QuadClass GoldsteinScale sentence".split()
    rows = [
        (1000 + n, 1, *(("061", "06", 2, 6.4) if n % 2 else ("190", "19", 4, -10.0)), f"The minister number {n} said a thing.")
        for n in range(20)
    ]
    said = []
    table = read_rows(write_csv(tmp_path / "gdelt.csv", rows, columns), mapping=read_mapping(scheme), say=said.append)
    assert set(table["label"]) == {"escalation", "cooperation"}
    assert f"label = {column!r}" in said[0]


def test_rows_that_are_all_mapped_to_nothing_are_named(tmp_path):
    with pytest.raises(StanceError, match=r"own\.csv: every label in it is mapped to nothing by --map"):
        read_labelled(write_csv(tmp_path / "own.csv"), mapping=read_mapping("hostile=,friendly="))


@pytest.mark.parametrize(
    ("stated", "says"), [("nowhere.csv", "none of plover"), ("a=x,b", "cannot read 'b'"), ("a=x,A=y", "two labels")]
)
def test_a_mapping_that_cannot_be_read_is_named(stated, says):
    with pytest.raises(StanceError, match=says):
        read_mapping(stated)


# --- what is wrong is named ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("text,label\nOne.,x\n   ,y\n", "bad.csv line 3: has an empty text"),
        ("text,label\n\"Two\nlines.\",x\nOne.,\n", "bad.csv line 4: has an empty label"),
        ("text,label\nOne.,x\nTwo, and three.,y\n", "bad.csv: line 3 has 3 cells where the header has 2"),
        ('text,label\nOne.,x\n"Open,y\n', "bad.csv: line 3 cannot be read as CSV"),
        ("text,label,weight\nOne.,x,1\nTwo.,y,-1\n", "bad.csv line 3: the weight '-1' is no positive number"),
        ("text,label,weight\nOne.,x,much\n", "the weight 'much' is no positive number"),
        ("text,text\nOne.,x\n", "names the column 'text' twice"),
        ("text,label\nOne.,x\nTwo.,x\n", "every row has the label 'x'"),
        ("text,label\nSame.,x\nOther.,x\nSame.,y\n", "bad.csv line 4: the text 'Same.' stands under two labels, 'y' here and 'x' in .*bad.csv line 2"),
        ("text,label\n" + "".join(f"Text {n}.,x\n" for n in range(9)) + "Rare.,y\n", "line 11: label 'y' has 1 rows in all; give it at least 5"),
        ("", "holds no row"),
    ],
)  # fmt: skip
def test_the_line_and_the_value_are_named(tmp_path, content, says):
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(StanceError, match=says):
        read_labelled(tmp_path / "bad.csv")


def test_a_broken_line_of_json_and_bytes_of_no_encoding_are_named(tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"text": "a", "label": "x"}\n{"text": \n')
    with pytest.raises(StanceError, match=r"bad.jsonl: line 2 is no JSON"):
        read_labelled(tmp_path / "bad.jsonl")
    (tmp_path / "bad.csv").write_bytes(b"text,label\nOne two.,x\n" * 30 + b"\x81\x8d\x8f\xff\x00\n")
    with pytest.raises(StanceError, match=r"bad.csv"):
        read_labelled(tmp_path / "bad.csv")


def test_a_text_of_the_test_file_is_found_in_the_data_whatever_its_capitals(tmp_path):
    table = read_rows(write_csv(tmp_path / "data.csv"))
    test = read_rows(write_csv(tmp_path / "test.csv", [("New.", "hostile"), ("the ARMY  praised it.", "friendly")]))
    with pytest.raises(StanceError, match=r"data.csv line 3: .* stands in the test file, too \(.*test.csv line 3\)"):
        check_apart(table, test)


def test_a_column_of_parquet_that_cannot_be_read_harms_no_other(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pd.DataFrame(ROWS, columns=["text", "label"])
    far = arrow.array([300_000_000_000_000] * len(ROWS), arrow.timestamp("s"))
    parquet.write_table(arrow.table({"text": table["text"], "label": table["label"], "when": far}), tmp_path / "far.parquet")
    said = []
    assert len(read_labelled(tmp_path / "far.parquet", say=said.append)) == len(ROWS)
    assert "without 'when', whose values cannot be read" in said[0]
    assert len(list(open_table(str(tmp_path / "far.parquet"), {}).rows)) == len(ROWS)


def test_a_file_name_of_no_encoding_is_repaired(tmp_path):
    name = os.fsencode(tmp_path) + b"/bad\xff.csv"
    with open(name, "wb") as file:
        file.write(write_csv(tmp_path / "own.csv").read_bytes())
    table = read_labelled(os.fsdecode(name))
    assert set(table["slice"]) == {"bad\ufffd"}
    assert "\n".join(table["place"]).encode()


def test_exports_of_other_shapes_and_broken_characters_are_named(tmp_path):
    (tmp_path / "p.json").write_text(json.dumps([{"data": {"text": "a"}, "annotations": [{"result": [{"type": "choices"}]}]}]))
    with pytest.raises(StanceError, match=r"p.json: item 1 is not what a Label Studio export holds"):
        read_labelled(tmp_path / "p.json")
    (tmp_path / "half.jsonl").write_text('{"text": "Half \\ud800 of one.", "label": "x"}\n')
    with pytest.raises(StanceError, match=r"half.jsonl line 1: holds a character that cannot be printed"):
        read_labelled(tmp_path / "half.jsonl")
    (tmp_path / "bell.csv").write_text('text,label\nOne two.,"a\nb"\n')
    with pytest.raises(StanceError, match=r"bell.csv line 2: holds a character that cannot be printed"):
        read_labelled(tmp_path / "bell.csv")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".parquet"]))
def test_any_bytes_at_all_give_rows_or_one_sentence(tmp_path_factory, data, suffix):
    file = tmp_path_factory.mktemp("any") / f"any{suffix}"
    file.write_bytes(data)
    try:
        found = len(read_labelled(file))
    except StanceError as error:
        found = str(file) in str(error)
    assert found


# --- weights and groups ----------------------------------------------------------------------------------------------


def test_the_digest_knows_of_weights_only_where_they_differ_from_one(tmp_path):
    plain = digest(read_labelled(write_csv(tmp_path / "own.csv")))
    ones = write_csv(tmp_path / "ones.csv", [(*row, 1) for row in ROWS], ("text", "label", "weight"))
    some = write_csv(tmp_path / "some.csv", [(*row, 1 + n % 2) for n, row in enumerate(ROWS)], ("text", "label", "weight"))
    assert digest(read_labelled(ones)) == plain != digest(read_labelled(some))


def test_only_the_ratios_of_weights_count(tmp_path):
    some, more = (
        write_csv(
            tmp_path / f"{unit}.csv", [(*row, unit * (1 + n % 2)) for n, row in enumerate(ROWS)], ("text", "label", "weight")
        )
        for unit in (1, 64)
    )
    assert read_labelled(some)["weight"].mean() == pytest.approx(1)
    assert digest(read_labelled(some)) == digest(read_labelled(more))
