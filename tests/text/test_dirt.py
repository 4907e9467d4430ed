"""What sites, agencies and archives leave in a text goes, and is counted; what only looks like it stays."""

import csv
import json

import numpy as np
import pytest
from attacks.texts import compare
from conftest import ROOT

from classifier import score_article
from classifier.batch import run as batch
from classifier.batch.job import Job, summary_of
from classifier.kernel.scorers import is_compiled
from classifier.text import furniture
from classifier.text.articles import article_from_text, read_articles
from classifier.text.reading import as_read, given, reading_of
from classifier.text.sentences import split

DIRT = ROOT / "tests" / "data" / "dirt"
EXPECTED = json.loads((DIRT / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_the_sentences_that_are_written_beside_it(name):
    if name.endswith(".html"):
        pytest.importorskip("trafilatura")
    if name.endswith(".csv"):
        with (DIRT / name).open(encoding="utf-8", newline="") as file:
            articles = [article_from_text(row["text"], row["id"]) for row in csv.DictReader(file)]
    else:
        articles = read_articles(str(DIRT / name))
    assert [sentence.text for article in articles for sentence in split(article.paragraphs)] == EXPECTED[name]["sentences"]
    assert [kind for article in articles for kind in article.cleaned] == EXPECTED[name]["cleaned"]


@pytest.mark.parametrize(
    ("given_text", "clean"),
    [
        ("The junta con\xaddem\xadned the ultimatum.", "The junta condemned the ultimatum."),
        ("The junta con\u200bdemned the ultimatum.", "The junta condemned the ultimatum."),
        ("The junta con-\ndemned the ultimatum.", "The junta condemned the ultimatum."),
        ("The junta \ufb01ercely rejected the \ufb02eet.", "The junta fiercely rejected the fleet."),
        ("The junta ended the short-\nterm truce.", "The junta ended the short-term truce."),
    ],
)
def test_a_word_that_is_written_in_pieces_counts_as_the_word(given_text, clean, model):
    one, other = (score_article(article_from_text(text, "t"), model).sentences[0] for text in (given_text, clean))
    assert one.probabilities == other.probabilities
    assert one.because == other.because
    assert one.sentence.text == given_text
    # Offsets point into the text as given.
    for start, end in one.explanation.words:
        assert as_read(given_text[start:end]) in clean
    assert model.predict_story([given_text, "It left."]).tolist() == model.predict_story([clean, "It left."]).tolist()


def test_both_scorers_read_the_same_words(model):
    if not is_compiled():
        pytest.skip("needs numba")
    from classifier.kernel.compiled import Kernel

    texts = [sentence for each in EXPECTED.values() for sentence in each["sentences"]]
    compare([*texts, "con-\n", "\xad", "-\nx", "a-\nb\xad", "é\u200b\ufb03-\nÉ"], model, Kernel(model))


def test_every_character_that_is_read_has_its_place():
    text = "\xadcon-\ndem\u200bn \ufb03x pro-\nBritish-\n"
    reading = reading_of(text)
    assert reading.text == as_read(text) == "condemn ffix pro-British-\n"
    assert len(reading.places) == len(reading.text) + 1
    assert [text[slice(*given(reading, at, at + 1))] for at in range(8, 11)] == ["\ufb03"] * 3
    assert reading_of("Plain words – and more.") is None


def test_what_went_is_counted_in_the_summary_by_kind(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    rows = [[n, (DIRT / "sign-offs.txt").read_text(encoding="utf-8")] for n in range(3)] + [
        [number, "The court asked them to stay. Jane Roe in Oslo contributed."] for number in range(3, 50)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *rows])
    monkeypatch.setattr(batch, "_SMALL", 0)
    found = []
    for compiled in [False, *([True] if is_compiled() else [])]:
        monkeypatch.setattr(batch, "is_compiled", lambda compiled=compiled: compiled)
        output = tmp_path / f"{compiled}.csv"
        batch.run(Job(str(path), output), False, lambda _: None, lambda *_: None)
        found.append((output.read_bytes(), json.loads(summary_of(output).read_text())["cleaned"]))
    assert found[0] == found[-1]
    assert found[0][1]["sign off"] == 3 * 3 + 47
    assert found[0][1]["caption"] == 6


@pytest.mark.parametrize("kind", ["link", "byline", "donation", "newsletter", "tags", "copyright", "notice", "advertisement"])
def test_every_kind_is_known_by_its_beginning(kind):
    """The compiled loops look at a line again only where it begins with one of these."""
    assert any(furniture.FURNITURE.match(line).lastgroup == kind for line in _EXAMPLES if furniture.FURNITURE.match(line))
    for line in _EXAMPLES:
        assert line.removeprefix("(").startswith(furniture.LINE_OPENERS), line
        assert article_from_text(f"The envoys met.\n{line}\nThey left.", "t").paragraphs == ("The envoys met.", "They left."), (
            line
        )


_EXAMPLES = [
    *("By Ada Holm", "BY ADA HOLM", "By Ada Holm and Ole Berg | The Wire | June 3, 2024", "Story by Ada Holm, CNN"),
    *("READ MORE: Court hails its judges", "Read also Court Hails Its Judges", "WATCH: The bench in Lagos", "Related stories: A"),
    *(
        "Subscribe to our newsletter",
        "Sign up for the free daily briefing",
        "Follow us on Facebook",
        "Get the news in your inbox",
    ),
    *("Donate today to keep our newsroom independent.", "Support our journalism and become one of our members."),
    *("Tags: Sahel", "Filed under: Africa", "© 2024 The Wire", "All rights reserved.", "ADVERTISEMENT", "Story continues below"),
    *(
        "This story was originally published by The Wire.",
        "(This article has been updated.)",
        "Editor’s note: A name was changed.",
    ),
    *("FILE PHOTO: The bench", "Image source, Getty", "In this photo released by the court, judges stand.", "FILE - The bench."),
]


def test_probabilities_are_numbers_for_texts_of_nothing_that_is_seen(model):
    assert np.isfinite(model.predict_proba(["\xad", "\u200b\u200b", "-\na"])).all()
