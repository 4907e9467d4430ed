"""No text breaks the way to its scores. The campaign of ``tests/attacks/texts.py`` runs the same functions on many more cases."""

import random
import re
import time
from dataclasses import replace

import pytest
from attacks import texts

from classifier import score_article
from classifier.text.articles import article_from_text
from classifier.text.sentences import split


def test_a_thousand_strange_texts_give_sound_sentences_scores_and_actors():
    sentences, findings = texts.attack(1_000, seed=2)
    assert findings == []
    assert sentences > 800


def test_the_attack_finds_wrong_offsets(model, monkeypatch):
    whole = texts.split
    moved = lambda parts: [replace(each, start=each.start + 1) for each in whole(parts)]  # noqa: E731
    monkeypatch.setattr(texts, "split", moved)
    with pytest.raises(texts.Finding, match="offsets"):
        texts.examine("Seoul condemned the launch.", model)


def test_white_space_of_several_bytes_breaks_nothing():
    """A no-break space beside an initial and a full stop ended the program."""
    for space in ("\xa0", "\x85", "\u2028", "\u202f", "\u3000"):
        for text in (f"U.S.{space}S{space}.A", f"H{space}.S.U", f"{space}a!{space}){space}a {space}S{space}.", f"A{space}.U1 S"):
            assert all(text[each.start : each.end] == each.text for each in split([text]))


def test_half_a_character_and_control_characters_break_nothing(model):
    for text in ("Half \ud800 a word. And \udfff", "<p>Talks\x01 resumed\0 today.</p> \ufffe \ud83d"):
        scored = score_article(article_from_text(text, "t"), model)
        assert scored.sentences


@pytest.mark.parametrize("kind", ["line breaks", "comments", "questions", "quotes", "closing marks", "short lines"])
def test_sentences_of_a_long_strange_text_are_found_at_once(kind):
    """100,000 line breaks took 51 seconds, and four times as long for twice as many."""
    begun = time.process_time()
    split([texts.line(kind, 200_000)])
    article_from_text(texts.line(kind, 200_000), "t")
    assert time.process_time() - begun < 8


def test_a_long_text_is_cut_into_the_sentences_that_it_has_in_pieces(seed_texts):
    draw = random.Random(0)
    sentences = [text for text in draw.sample(seed_texts, 600) if len(split([text])) == 1 and re.search(r"\w\.$", text)]
    text = " ".join(sentences)
    assert len(text) > 3 * 10_000
    found = [each.text for each in split([text])]
    assert len(found) > 0.9 * len(sentences)
    joined = [
        each.text for part in (sentences[at : at + 20] for at in range(0, len(sentences), 20)) for each in split([" ".join(part)])
    ]
    assert len(set(found) ^ set(joined)) <= 2 * len(sentences) / 20
