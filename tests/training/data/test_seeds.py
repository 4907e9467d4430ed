"""The seeds are whole, follow the scheme, and hold nothing of the test data."""

import csv
import re
from pathlib import Path

import pytest
from conftest import ROOT

from classifier.model.labels import NAMES

SEEDS = ROOT / "seeds"
HELD_OUT = ROOT.parent / "shared" / "eval"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def normal(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def test_every_sentence_has_an_id_of_its_own_and_a_label():
    table = rows(SEEDS / "sentences.csv")
    assert list(table[0]) == ["id", "text", "label", "act", "slice"]
    assert len({row["id"] for row in table}) == len(table) == 13_932
    assert all(row["label"] in NAMES and row["text"].strip() and row["slice"] for row in table)


def test_articles_hold_every_sentence_in_order():
    table = rows(SEEDS / "articles.csv")
    assert list(table[0]) == ["article", "sentence_no", "text", "label"]
    expected = {}
    for row in table:
        expected[row["article"]] = expected.get(row["article"], 0) + 1
        assert int(row["sentence_no"]) == expected[row["article"]]
        assert row["label"] in NAMES
        assert row["text"].strip()
    assert (len(expected), len(table)) == (926, 14_186)


def test_no_text_stands_under_two_labels():
    label = {}
    for row in rows(SEEDS / "sentences.csv") + rows(SEEDS / "articles.csv"):
        assert label.setdefault(row["text"], row["label"]) == row["label"], row["text"]


TEXTS = (".csv", ".json", ".jsonl", ".txt", ".py", ".md", ".html")


@pytest.mark.skipif(not HELD_OUT.is_dir(), reason="the held-out sets are not part of the project")
def test_no_text_of_others_stands_anywhere_in_the_project():
    """Ten words in a row would tell: of every labelled sentence of others the first ten are looked for in every file."""

    def words(text):
        return re.findall(r"[a-z0-9]+", text.lower())

    theirs = {tuple(words(row["text"])[:10]) for path in HELD_OUT.glob("*.csv") for row in rows(path)}
    theirs = {run for run in theirs if len(run) == 10}
    assert len(theirs) > 10_000
    folders = ("seeds", "classifier", "training", "tests", "docs", "benchmarks", "models")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*") if file.suffix in TEXTS]
    for file in [*files, ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        held = words(file.read_text(encoding="utf-8", errors="replace"))
        found = [run for run in zip(*(held[place:] for place in range(10)), strict=False) if run in theirs]
        assert not found, (file, " ".join(found[0]))


@pytest.mark.skipif(not HELD_OUT.is_dir(), reason="the held-out sets are not part of the project")
def test_no_held_out_sentence_stands_in_the_seeds():
    seeds = {normal(row["text"]) for name in ("sentences.csv", "articles.csv") for row in rows(SEEDS / name)}
    samples = " ".join(normal(path.read_text(encoding="utf-8")) for path in (SEEDS / "articles").glob("*.txt"))
    for path in HELD_OUT.glob("*.csv"):
        for row in rows(path):
            # Very short sentences ("He declined to comment.") are anybody's.
            if len(normal(row["text"]).split()) > 5:
                assert normal(row["text"]) not in seeds
                assert normal(row["text"]) not in samples
