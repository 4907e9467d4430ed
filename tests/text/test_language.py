"""The language of an article is told; what is not in English takes no stance, unless it is asked for."""

import csv
import json

import pytest

from classifier import score_article
from classifier.batch import run as batch
from classifier.batch.job import Job, summary_of
from classifier.kernel.scorers import is_compiled
from classifier.text.articles import article_from_text

FOREIGN = [
    ("fr", "L'Union européenne accuse Moscou."),
    ("de", "Russland verurteilt den Angriff auf Kiew. Die Regierung will nicht verhandeln."),
    ("es", "Estados Unidos condena el ataque con misiles de Irán."),
    ("ru", "Путин осудил удар. Переговоры не состоятся."),
    ("zh", "中国谴责美国"),
]
ENGLISH = [
    "Seoul condemned the launch.",
    "Hamas hails Hezbollah",
    "NATO meets Kyiv",
    "Kyiv, Ukraine",
    "IRAN CONDEMNS STRIKE",
    "Macron to visit Niamey",
]


@pytest.mark.parametrize(("language", "text"), FOREIGN)
def test_an_article_in_another_language_takes_no_stance(language, text, model):
    scored = score_article(article_from_text(text, "t"), model)
    assert scored.language == language
    assert {(each.label, each.uncertain, each.because) for each in scored.sentences} == {("none", True, ())}
    assert scored.tension.n == 0
    asked = score_article(article_from_text(text, "t"), model, any_language=True)
    assert asked.language == language
    assert max(each.probability for each in asked.sentences) < 1


@pytest.mark.parametrize("text", ENGLISH)
def test_short_english_is_english(text, model):
    assert score_article(article_from_text(text, "t"), model).language == "en"


def test_both_ways_of_a_batch_tell_the_same_and_count_it(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate([text for _, text in FOREIGN] + ENGLISH)])
    monkeypatch.setattr(batch, "_SMALL", 0)
    found = []
    for compiled in [False, *([True] if is_compiled() else [])]:
        monkeypatch.setattr(batch, "is_compiled", lambda compiled=compiled: compiled)
        output, articles = tmp_path / f"{compiled}.csv", tmp_path / f"{compiled}.articles.csv"
        batch.run(Job(str(path), output, articles=articles), False, lambda _: None, lambda *_: None)
        found.append((output.read_bytes(), articles.read_bytes()))
        assert json.loads(summary_of(output).read_text())["other_languages"] == dict.fromkeys(sorted(dict(FOREIGN)), 1)
    assert found[0] == found[-1]
    rows = list(csv.DictReader(found[0][1].decode().splitlines()))
    assert [row["language"] for row in rows] == [language for language, _ in FOREIGN] + ["en"] * len(ENGLISH)
    assert all(row["tension"] == "" for row in rows[: len(FOREIGN)])


def test_without_a_label_that_is_no_stance_the_labels_stay_and_are_uncertain(model):
    stances = model.only(["escalation", "cooperation", "negotiation"])
    scored = score_article(article_from_text(FOREIGN[0][1], "t"), stances)
    assert all(each.uncertain and each.label != "none" for each in scored.sentences)
