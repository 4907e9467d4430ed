"""Features hide who acts and keep what is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snowballstemmer.english_stemmer import EnglishStemmer

from classifier.model import features


def extract(sentence, known=()):
    return [name for name in features.extract(sentence, known) if not name.startswith("unknown:")]


def test_swapping_the_states_changes_nothing():
    one = "On Friday Russia accused Ukraine of shelling 12 villages near Kharkiv."
    other = "On Monday Sudan accused South Africa of shelling 400 villages near Port Elizabeth."
    assert extract(one) == extract(other)


def test_a_state_that_is_also_a_common_word_is_hidden_at_the_start():
    plain = extract("Norway condemned the raid.")
    for state in ("China", "Turkey", "Japan", "Chad", "Chile"):
        assert extract(f"{state} condemned the raid.") == plain


def test_quotation_marks_and_hyphens_do_not_show_a_name():
    assert extract("'Russia will attack,' he said.") == extract("'Norway will attack,' he said.")
    assert extract("They met pro-Russian rebels.") == extract("They met pro-Western rebels.")
    assert extract("They met Bashar al-Assad.") == extract("They met Jonas Berg.")


def test_a_name_at_the_start_is_hidden_and_a_common_word_is_not():
    assert extract("Kigali protested.")[0] == "NAME"
    assert extract("Protesters marched.")[0] == "protest"
    assert extract("“Moscow refused,” he said.")[0] == "NAME"


def test_headlines_in_title_case_and_capitals_keep_their_verbs():
    plain = extract("Ankara rejects UN peace plan for Cyprus")
    for headline in ("Ankara Rejects UN Peace Plan for Cyprus", "ANKARA REJECTS UN PEACE PLAN FOR CYPRUS"):
        assert {"reject", "peac", "plan", "main:reject"} <= set(extract(headline)) & set(plain)


def test_us_is_a_name_in_capitals_and_a_pronoun_else():
    assert "us" not in extract("US Warns Rival Over Strait Drills")
    assert "us" in extract("They told us nothing.")
    assert extract("North Korea Tests Missile Again")[0] == "NAME"


def test_a_dateline_is_no_part_of_the_sentence():
    assert extract("NICOSIA, Cyprus (AP) - Talks resumed.") == extract("Talks resumed.")
    assert extract("BRUSSELS (Reuters) — Talks resumed.") == extract("Talks resumed.")


def test_the_main_verb_is_the_act_and_not_the_saying_nor_the_aside():
    sentence = "The ministry, which last year condemned the raid, agreed to pay, officials said."
    assert "main:agre" in extract(sentence)
    assert "main:condemn" not in extract(sentence)
    assert "main:say" not in extract(sentence)


def test_negation_passive_refusal_and_lifting_mark_what_they_turn():
    assert "main:not-condemn" in extract("The council did not condemn the raid.")
    assert "main:by-arrest" in extract("The editor was arrested.")
    assert "ending:gun" in extract("The army withdrew its guns.")
    assert "no:talk" in extract("The general ruled out talks.")
    assert "no:talk" in extract("The general wouldn't hold talks.")
    assert "ending:sanction" in extract("The bloc lifted its sanctions.")


def test_a_passive_that_names_its_agent_is_an_act_like_the_active():
    assert "main:by-shell" not in extract("Two towns were shelled on Friday by the army.")
    assert "main:shell" in extract("Two towns were shelled on Friday by the army.")
    assert "main:by-shell" in extract("Two towns were shelled, officials said, by the river.")


def test_a_verb_never_met_brings_its_wordnet_classes():
    assert "sense:attack.v.01" in extract("The jets bombarded the port.")


def test_unknown_words_are_counted_up_to_eight():
    known = set(extract("The envoys left."))
    assert not [name for name in features.extract("The envoys left.", known) if name.startswith("unknown:")]
    names = features.extract("The envoys frolicked undeterred.", known)
    assert [name for name in names if name.startswith("unknown:")] == ["unknown:1", "unknown:2"]
    many = features.extract(" ".join(f"word{chr(97 + n)}" for n in range(20)), known)
    assert sum(name.startswith("unknown:") for name in many) == 8


@given(st.text(max_size=300))
def test_any_text_gives_features_whose_spans_lie_in_it(text):
    located = features.locate(text, ())
    assert [name for name, _ in located] == features.extract(text, ())
    for name, spans in located:
        assert name
        for start, end in spans:
            assert 0 <= start < end <= len(text)


def test_spans_are_the_words_themselves():
    sentence = "Türkiye’s army refused to withdraw."
    located = dict(features.locate(sentence, ()))
    assert [sentence[start:end] for start, end in located["refus to"]] == ["refused", "to"]
    assert [sentence[start:end] for start, end in located["main:refus"]] == ["refused"]


def test_stems_are_the_same_with_and_without_the_compiled_stemmer(seed_texts):
    compiled = pytest.importorskip("Stemmer").Stemmer("english")
    plain = EnglishStemmer()
    forms = sorted({form.strip(".'’-") for text in seed_texts[::10] for form in text.lower().split()})
    assert [plain.stemWord(form) for form in forms] == compiled.stemWords(forms)


def test_half_a_character_is_scored(model):
    assert model.predict(["They met in Oslo \ud800."]) == model.predict(["They met in Oslo *."])
