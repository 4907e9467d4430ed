"""An audit finds what was planted, in order of certainty, and what a person corrects goes back into the data."""

import random

import pandas as pd
import pytest
from conftest import ROOT

from classifier import StanceError
from training.data.labelled import digest, read_labelled, read_rows
from training.label import audit as module
from training.label.audit import FIELDS, apply, audit

VERBS = {"escalation": "bombed threatened sued condemned".split(), "cooperation": "thanked forgave helped welcomed".split()}
NOUNS = (
    "lemon anvil curtain trumpet ladder walnut blanket button candle feather hammer kettle mirror needle orchard pepper senator "
    "banker surgeon farmer sailor poet judge miner teacher pilot harbour vineyard glacier concert bridge carpet pillow shovel "
    "basket lantern saddle whistle barrel chimney meadow garden kitchen library museum bakery stable tunnel castle island"
).split()


def clean_rows(count=320):
    """Unlike sentences that a model gets right, since two verbs say it all."""
    draw = random.Random(0)
    seen: list[set[str]] = []
    while len(seen) < count:
        nouns = {*draw.sample(NOUNS, 4)}
        if all(len(nouns & others) < 3 for others in seen):
            seen.append(nouns)
    rows = []
    for number, nouns in enumerate(seen):
        label = list(VERBS)[number % 2]
        one, *others = sorted(nouns)
        rows.append(
            {"text": f"The {one} {' and '.join(draw.sample(VERBS[label], 2))} the {', the '.join(others)}.", "label": label}
        )
    return rows


def other(label):
    return {"escalation": "cooperation", "cooperation": "escalation"}[label]


def write(path, rows):
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def found_in(path):
    return audit(read_rows(path, agree=False), jobs=1)


def test_flipped_labels_are_found_and_the_right_ones_suggested(tmp_path):
    rows = clean_rows()
    flipped = rows[::33]
    for row in flipped:
        row["label"] = other(row["label"])
    found = found_in(write(tmp_path / "data.csv", rows)).findings
    label = found[found["finding"] == "label"]
    assert set(label["text"]) == {row["text"] for row in flipped}
    assert (label["suggested"] == label["label"].map(other)).all()
    assert label["confidence"].is_monotonic_decreasing
    assert (label["confidence"] > 0.5).all()


def test_data_without_an_error_has_no_finding(tmp_path):
    found = found_in(write(tmp_path / "data.csv", clean_rows()))
    assert not len(found.findings)
    assert not found.thin
    assert not found.giveaways


def test_one_text_under_two_labels_stands_first_with_the_place_of_its_twin(tmp_path):
    rows = clean_rows()
    rows.append({"text": rows[0]["text"].upper().replace(".", " !"), "label": "cooperation"})
    found = found_in(write(tmp_path / "data.csv", rows)).findings
    assert set(found["finding"].head(2)) <= {"conflict", "conflict; label"}
    assert set(found["place"].head(2)) == {f"{tmp_path}/data.csv line 2", f"{tmp_path}/data.csv line 322"}
    twins = found.set_index("place")["twin"]
    assert twins[f"{tmp_path}/data.csv line 322"] == f"{tmp_path}/data.csv line 2 (escalation)"


def test_a_copy_with_the_same_label_is_a_copy(tmp_path):
    rows = clean_rows()
    found = found_in(write(tmp_path / "data.csv", [*rows, rows[5]])).findings
    assert found["finding"].tolist() == ["copy", "copy"]


def test_near_copies_are_told_apart_by_their_labels(tmp_path):
    base = "The envoys of both countries met in the old town hall for talks on the river"
    near = {f"{base}.": "escalation", f"{base} again.": "cooperation", f"{base} today.": "cooperation"}
    rows = [{"text": text, "label": label} for text, label in near.items()]
    found = found_in(write(tmp_path / "data.csv", clean_rows() + rows)).findings
    kinds = dict(zip(found["text"], found["finding"], strict=True))
    assert kinds.keys() == near.keys()
    assert all("near-conflict" in kind for kind in kinds.values())
    assert "near-copy" not in kinds[f"{base}."]
    assert "near-copy" in kinds[f"{base} today."]


@pytest.mark.parametrize(
    "text",
    [
        "Der Außenminister wies die Vorwürfe am Dienstag entschieden zurück.",
        "Le ministre a salué la reprise des pourparlers à Genève.",
        "La oposición exigió la renuncia inmediata del presidente.",
        "Президент осудил удар по городу.",
    ],
)
def test_a_sentence_in_another_language_is_found(tmp_path, text):
    found = found_in(write(tmp_path / "data.csv", [*clean_rows(), {"text": text, "label": "cooperation"}])).findings
    assert "language" in found.set_index("text")["finding"][text].split("; ")


def test_a_name_that_always_stands_under_one_label_is_named_and_a_balanced_one_is_not(tmp_path):
    rows = clean_rows()
    for number, row in enumerate(rows):
        if number % 16 < 2:
            row["text"] = row["text"].replace(" the ", " Ruritania and the ", 1)
        elif number % 16 == 2:
            row["text"] = row["text"].replace(" the ", " Russia and the ", 1)
    names = {each.name: each for each in found_in(write(tmp_path / "data.csv", rows)).giveaways}
    assert set(names) == {"Russia", "RUS"}
    assert (names["RUS"].label, names["RUS"].mentions, names["RUS"].share) == ("escalation", 20, 1.0)
    # 20 of 20 at even odds is 2 ** -20; three names and two labels make six tests, of which the name and its code rank first.
    assert names["RUS"].q == pytest.approx(6 / 2 * 2**-20)


def test_thin_labels_are_named_and_those_that_cannot_be_judged_are_left_out(tmp_path):
    rare = [{"text": f"{who} and {what}.", "label": "weather"} for who, what in zip(NOUNS[:4], NOUNS[4:], strict=False)]
    few = [{"text": f"{who} or {what}.", "label": "market"} for who, what in zip(NOUNS[:10], NOUNS[10:], strict=False)]
    found = found_in(write(tmp_path / "data.csv", [*clean_rows(), *rare, *few]))
    assert found.thin == {"weather": 4, "market": 10}
    assert "label 'weather' is thin: 4 independent rows; cannot be judged" in module.summary(found)


def test_labels_of_others_are_judged_from_500_rows_on_and_below_it_is_said_why_not(tmp_path):
    names = {"escalation": "hawkish", "cooperation": "dovish"}
    rows = [row | {"label": names[row["label"]]} for row in clean_rows(520)]
    flipped = rows[::40]
    for row in flipped:
        row["label"] = "dovish" if row["label"] == "hawkish" else "hawkish"
    many = found_in(write(tmp_path / "many.csv", rows))
    assert {row["text"] for row in flipped} <= set(many.findings["text"][many.findings["finding"] == "label"])
    few = found_in(write(tmp_path / "few.csv", rows[:320]))
    assert not few.findings["finding"].str.contains("label").any()
    assert not (few.findings["suggested"] != "").any()
    said = module.summary(few)
    assert (
        "labels not judged: the shipped model has others (escalation, cooperation, negotiation, none; --map renames yours)"
        in said
    )
    assert "320 rows are too few to learn these from; it takes 500" in said


def test_few_rows_are_judged_by_what_the_shipped_model_knows(tmp_path):
    """A model of forty rows alone would doubt right labels: words that it has met once say nothing to it."""
    rows = clean_rows(40)
    assert not len(found_in(write(tmp_path / "data.csv", rows)).findings)
    rows[7]["label"] = other(rows[7]["label"])
    found = found_in(write(tmp_path / "data.csv", rows)).findings
    assert (found["text"].tolist(), found["finding"].tolist()) == ([rows[7]["text"]], ["label"])


@pytest.mark.parametrize(
    "text",
    [
        "SÃO PAULO, Brazil (AP) — Lula da Silva met Sánchez.",
        "BOGOTÁ (Reuters) - Petro thanked Boric.",
        "Bundeskanzler Scholz met Macron in Straßburg.",
        "Łódź, Poland — Wałęsa greeted Havel.",
    ],
)
def test_a_dateline_or_a_name_of_a_foreign_place_is_no_other_language(text):
    assert not module.foreign([text])[0]


def test_data_with_one_label_to_judge_is_refused(tmp_path):
    rows = [row for row in clean_rows() if row["label"] == "cooperation"]
    with pytest.raises(StanceError, match="two labels or more"):
        found_in(write(tmp_path / "data.csv", rows))


# --- corrections -----------------------------------------------------------------------------------------------------


def articles(tmp_path):
    """Data with every optional column, which must survive."""
    rows = [
        row | {"article": f"a{number // 4}" if number % 3 else "", "slice": f"s{number % 2}", "weight": 1 + number % 2}
        for number, row in enumerate(clean_rows())
    ]
    return write(tmp_path / "data.csv", rows)


def findings_file(path, data, changes):
    """A findings file in which somebody has set the labels of some rows, by number."""
    rows = read_rows(data)
    found = rows.iloc[list(changes)][["place", "text"]].assign(label=list(changes.values()), finding="probably another label")
    found.to_csv(path, index=False)
    return path


def test_findings_without_a_correction_leave_data_that_train_the_same_model(tmp_path):
    data = articles(tmp_path)
    rows = read_rows(data, agree=False)
    same = findings_file(tmp_path / "findings.csv", data, dict(enumerate(rows["label"].head(9))))
    module.write(apply(rows, same), tmp_path / "corrected.csv")
    assert digest(read_labelled(tmp_path / "corrected.csv")) == digest(read_labelled(data))


def test_corrected_labels_are_taken_over_and_emptied_ones_drop_the_row(tmp_path):
    data = articles(tmp_path)
    before = read_rows(data)
    findings = findings_file(tmp_path / "findings.csv", data, {3: "cooperation", 7: " ", 9: before["label"][9]})
    after = apply(before, findings)
    assert after["label"][3] == "cooperation"
    assert 7 not in after.index
    assert len(after) == len(before) - 1
    untouched = before.index.difference([3, 7])
    assert (after["label"][untouched] == before["label"][untouched]).all()


def test_findings_saved_by_a_spreadsheet_with_semicolons_are_read(tmp_path):
    data = articles(tmp_path)
    findings = findings_file(tmp_path / "findings.csv", data, {3: "cooperation"})
    pd.read_csv(findings).to_csv(findings, sep=";", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    assert apply(read_rows(data), findings)["label"][3] == "cooperation"


def test_a_misspelt_label_is_named(tmp_path):
    data = articles(tmp_path)
    with pytest.raises(StanceError, match=r"findings\.csv: line 2 has the label 'cooperatoin'"):
        apply(read_rows(data), findings_file(tmp_path / "findings.csv", data, {3: "cooperatoin"}))


def test_findings_of_other_data_are_refused(tmp_path):
    data = articles(tmp_path)
    findings = findings_file(tmp_path / "findings.csv", data, {3: "cooperation"})
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(lines[:2] + lines[4:]))
    with pytest.raises(StanceError, match="audit the data again"):
        apply(read_rows(data), findings)


def test_a_file_that_holds_no_findings_is_refused(tmp_path):
    data = articles(tmp_path)
    with pytest.raises(StanceError, match="no column 'place'"):
        apply(read_rows(data), data)


def test_findings_fit_whatever_path_leads_to_the_data(tmp_path, monkeypatch):
    data = articles(tmp_path)
    findings = findings_file(tmp_path / "findings.csv", data, {2: "cooperation"})
    monkeypatch.chdir(tmp_path)
    assert apply(read_rows("data.csv"), findings)["label"][2] == "cooperation"


def test_labels_and_places_run_in_no_spreadsheet_and_still_apply(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        row | {"label": f"={other(row['label']) if number % 33 == 0 else row['label']}"}
        for number, row in enumerate(clean_rows(520))
    ]
    rows.append(rows[1])
    write(tmp_path / "=data.csv", rows)
    found = audit(read_rows("=data.csv", agree=False), jobs=1).findings
    assert len(found) >= 3
    for column in ("place", "label", "suggested", "twin"):
        assert found[column].str.match(r"'=|$").all()
    module.write(found, tmp_path / "findings.csv")
    after = apply(read_rows("=data.csv", agree=False), tmp_path / "findings.csv")
    assert set(after["label"]) == {"=escalation", "=cooperation"}


# --- the command -----------------------------------------------------------------------------------------------------


def with_conflict(tmp_path):
    """Data in which one text, and one that a spreadsheet would run, stands under two labels."""
    rows = clean_rows()
    rows += [{"text": f"=1+1 {rows[0]['text']}", "label": label} for label in VERBS]
    return write(tmp_path / "data.csv", rows)


def test_the_command_lists_corrects_and_ends_in_data_that_can_be_trained_on(stance, tmp_path):
    with_conflict(tmp_path)
    with pytest.raises(StanceError, match="under two labels"):
        read_labelled(tmp_path / "data.csv")
    done = stance("audit", "data.csv", "-o", "findings.csv")
    assert done.returncode == 0
    assert done.stderr == "data.csv: CSV, utf-8, delimiter comma, text = 'text', label = 'label'\n"
    assert "       2  the same text under different labels" in done.stdout
    found = pd.read_csv(tmp_path / "findings.csv", keep_default_na=False)
    assert tuple(found.columns) == FIELDS
    assert found["text"].str.startswith("'=1+1").sum() == 2
    found.loc[found["finding"].str.contains("conflict"), "label"] = ["escalation", ""]
    found.to_csv(tmp_path / "findings.csv", index=False)
    done = stance("audit", "data.csv", "--apply", "findings.csv", "-o", "corrected.csv")
    assert done.returncode == 0
    assert "322 rows, " in done.stdout
    assert "1 rows dropped" in done.stdout
    assert len(read_labelled(tmp_path / "corrected.csv")) == 321


@pytest.mark.parametrize("output", ["data.csv", "./data.csv", "findings.txt"])
def test_the_data_are_never_written_over(stance, tmp_path, output):
    before = with_conflict(tmp_path).read_bytes()
    assert stance("audit", "data.csv", "-o", output).returncode == 2
    assert (tmp_path / "data.csv").read_bytes() == before


def test_labels_corrected_by_hand_are_never_written_over(stance, tmp_path):
    data = articles(tmp_path)
    findings = findings_file(tmp_path / "findings.csv", data, {2: "cooperation", 4: ""})
    before = findings.read_bytes()
    done = stance("audit", "data.csv", "-o", "findings.csv")
    assert done.returncode == 2
    assert "findings.csv: line 2 has another label than the data, as if corrected" in done.stderr
    done = stance("audit", "data.csv", "--apply", "findings.csv", "-o", "./findings.csv")
    assert done.returncode == 2
    assert "holds the findings to apply" in done.stderr
    assert findings.read_bytes() == before


def test_findings_do_not_go_into_the_directory_that_is_audited(stance, tmp_path):
    (tmp_path / "data").mkdir()
    with_conflict(tmp_path / "data")
    done = stance("audit", "data", "-o", "data/findings.csv")
    assert done.returncode == 2
    assert "stands among the labelled data" in done.stderr


def test_without_the_extra_one_sentence_names_it(stance, tmp_path, monkeypatch):
    with_conflict(tmp_path)
    (tmp_path / "cleanlab.py").write_text("raise ImportError")
    done = stance("audit", "data.csv", env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""})
    assert done.returncode == 2
    assert "pip install 'diplomatic-stance[audit]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_findings_do_not_replace_another_file(stance, tmp_path):
    rows = "".join(f"Sentence number {number} is here.,{'a' if number % 2 else 'b'}\n" for number in range(40))
    for name in ("data.csv", "test.csv"):
        (tmp_path / name).write_text("text,label\n" + rows)
    done = stance("audit", "data.csv", "-o", "test.csv")
    assert (done.returncode, "exists and is no findings file" in done.stderr) == (2, True)
    assert (tmp_path / "test.csv").read_text() == "text,label\n" + rows
