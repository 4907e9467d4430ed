"""Sentences end where a reader ends them, and their offsets are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.sentences import split

CASES = [
    ["Gen. Sani Abacha met U.N. envoys on Sept. 1.", "He left."],
    ["The talks start at 5 p.m. Tuesday in Rome.", "They end at 9 a.m. GMT on Friday."],
    ["He spoke in the U.S.", "The crowd cheered."],
    ['"We waited. We got nothing. Now it is over," she said.', "Nobody answered."],
    ["Mr. Smith of St. Petersburg paid approx. 30 dollars to Lt. Col. Ivan for No. 4.", "“Never.”", "He left."],
    ["It cost $3.2 billion (approx. €3 billion).", "Art. 5 was cited vs. Art. 6 by Ms. Li, Ph.D., of Acme Inc. in Oslo."],
]


@pytest.mark.parametrize("sentences", CASES, ids=lambda sentences: sentences[0][:30])
def test_abbreviations_times_and_quotes_do_not_end_a_sentence(sentences):
    assert [sentence.text for sentence in split([" ".join(sentences)])] == sentences


@given(st.lists(st.text(max_size=200), max_size=4))
def test_offsets_point_into_the_paragraph_and_lose_no_word(paragraphs):
    found = split(paragraphs)
    for sentence in found:
        assert paragraphs[sentence.paragraph][sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip() == sentence.text != ""
    for number, text in enumerate(paragraphs):
        kept = "".join(sentence.text for sentence in found if sentence.paragraph == number)
        assert [char for char in kept if char.isalnum()] == [char for char in text if char.isalnum()]
    assert found == sorted(found, key=lambda sentence: (sentence.paragraph, sentence.start))
