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
    ["They will meet again in May.", "China will not attend.", '"We met in May. Then we left," she said.'],
    ["It cost $3.2 billion (approx. €3 billion).", "Art. 5 was cited vs. Art. 6 by Ms. Li, Ph.D., of Acme Inc. in Oslo."],
]


@pytest.mark.parametrize("sentences", CASES, ids=lambda sentences: sentences[0][:30])
def test_abbreviations_times_and_quotes_do_not_end_a_sentence(sentences):
    assert [sentence.text for sentence in split([" ".join(sentences)])] == sentences


STRAY = [
    ['The hall is 6" too low.', "It was built in 1931.", '"We will raise it," he said.', "Work begins in May."],
    ['He would go, he said."', "They stayed.", '"We wait. We hope," she said.', "Nobody came."],
    ["The envoy spoke of “a last chance.", "He left.", "“Never.”", "Talks end."],
    [
        '"We have waited. We have hoped," she said.',
        '"Now we act.',
        "Tomorrow they march.",
        'The crowd called it "a start."',
        "It rained.",
    ],
]


@pytest.mark.parametrize("sentences", STRAY, ids=lambda sentences: sentences[0][:30])
def test_a_quotation_mark_without_its_other_half_joins_no_sentences(sentences):
    """Marks that are paired in order are inside out from the first stray one to the end of the article."""
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
