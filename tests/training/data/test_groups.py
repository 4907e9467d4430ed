"""Sentences that nearly repeat each other are found."""

import random

from classifier.model.tokens import tokenize
from training.data.groups import ALIKE, near_duplicates


def test_an_edited_copy_of_a_short_sentence_is_a_near_duplicate():
    one, other, third = (
        "Kyiv rejected the latest ceasefire plan.",
        "Minsk rejected the new ceasefire plan.",
        "Kyiv praised its old friends in Minsk.",
    )
    stems = [[token.stem for token in tokenize(text) if token.stem] for text in (one, other, third)]
    assert near_duplicates(stems) == [(0, 1)]


def test_near_duplicates_are_those_of_a_search_through_all_pairs(seed_texts):
    draw = random.Random(5)
    texts = draw.sample(seed_texts, 300)
    stems = [[token.stem for token in tokenize(text) if token.stem] for text in texts]
    stems += [[stem for stem in sentence if draw.random() > 0.12] or sentence for sentence in stems]
    found = set(near_duplicates(stems))
    sets = list(map(set, stems))
    true = {(a, b) for b in range(len(sets)) for a in range(b) if len(sets[a] & sets[b]) >= ALIKE * len(sets[a] | sets[b])}
    assert len(true) > 150
    assert found <= true
    assert len(found) >= 0.97 * len(true)
