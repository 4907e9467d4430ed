"""Features hide who acts and keep what is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snowballstemmer.english_stemmer import EnglishStemmer

from classifier.model import features


def extract(sentence, known=()):
    return [name for name in features.extract(sentence, known) if not name.startswith(("unknown:", "known:"))]


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
    plain = extract("Talks resumed.")
    for dateline in ("NICOSIA, Cyprus (AP) - ", "BRUSSELS (Reuters) — "):
        names = extract(f"{dateline}Talks resumed.")
        assert [name.replace("dateline:1", "dateline:0") for name in names] == plain


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


# --- frame, objects, scenes, shape ---------------------------------------------------------------------------------------


def family(sentence, *prefixes):
    return [name for name in extract(sentence) if name.startswith(prefixes)]


@pytest.mark.parametrize(
    ("sentence", "tense"),
    [
        ("The army shelled the port.", "past"),
        ("Norway condemns the raid.", "pres"),
        ("They are shelling the port.", "prog"),
        ("Two towns were shelled.", "pass"),
        ("They have shelled the port.", "perf"),
        ("They had shelled the port.", "had"),
        ("They will attack the port.", "will"),
        ("They would attack the port.", "mod"),
        ("The towns had been shelled.", "hadp"),
        ("The plan to attack.", "to"),
        ("They did attack the port.", "do"),
    ],
)
def test_the_frame_tells_when_the_main_verb_is_done(sentence, tense):
    assert family(sentence, f"frame:{tense}")[:2] == [f"frame:{tense}"] * 2
    assert "frame:verbs:1" in extract(sentence)


def test_the_frame_tells_negation_subject_clause_and_quotation():
    names = family("They will not have attacked the port.", "frame:")
    assert names == ["frame:verbs:1", "frame:not-will", "frame:will", "frame:subject:they", "frame:not-will:they"]
    assert "frame:not-do:name" in extract("Norway did not attack.")
    for sentence, subject in (
        ("Norway attacked.", "name"),
        ("We attacked.", "I"),
        ("She attacked.", "he"),
        ("Attacked again.", "none"),
        ("Rebels, attacked.", "mark"),
        ("Here attacked.", "function"),
        ("In 2014 attacked.", "number"),
        ("Rebels attacked.", "noun"),
    ):
        assert family(sentence, "frame:subject:") == [f"frame:subject:{subject}"]
    assert "frame:subordinate" in extract("Rebels who attacked the port.")
    assert "frame:subordinate" not in extract("Rebels attacked the port.")
    assert "frame:quoted" in extract("“Rebels attacked the port,” he said.")
    assert "frame:quoted" not in extract("“Never,” he shouted, and rebels attacked the port.")
    assert family("A port in Norway", "frame:") == ["frame:verbs:0", "frame:no-verb"]


def test_every_verb_stands_with_the_preposition_after_it_unless_a_mark_comes_first():
    assert family("They refused to agree on sanctions.", "prep:") == ["prep:refus to", "prep:agre on"]
    assert family("They refused, to agree.", "prep:") == []


def test_the_main_verb_and_its_classes_stand_with_what_follows():
    names = family("Norway signed a peace pact with Japan; rebels signed nothing.", "object:sign ")
    assert names == ["object:sign peac", "object:sign pact", "object:sign NAME"]
    classes = family("Norway bombarded ports, towns, villages and bridges.", "object:sense:attack.v.01")
    assert classes == [f"object:sense:attack.v.01 {stem}" for stem in ("port", "town", "villag")]
    assert features.weight(classes[0]) == 0.5
    assert features.weight("object:sign peac") == 1


def test_a_verb_with_a_particle_is_another_verb_and_takes_back_what_follows():
    names = extract("Israel called off the air strike.")
    assert [name for name in names if name.startswith("object:")] == ["object:call_off air", "object:call_off strike"]
    assert {"undone:air", "undone:strike"} <= set(names)
    assert "undone:strike" in extract("The cabinet shelved the strike.")
    assert "undone:troop" in extract("Norway pulled back its troops.")
    assert not family("Israel called for the air strike off Norway.", "undone:")
    assert not family("Norway walked out.", "undone:")
    words = ("walked back", "pulled out", "backed down", "stood down", "held off", "phased out", "wound down", "put off")
    for verb in (*words, "postponed", "waived", "rescinded", "averted", "spared", "retracted", "reversed", "scrapped", "shunned"):
        assert "undone:strike" in extract(f"Norway {verb} the strike."), verb


def test_a_passive_acts_on_its_subject_and_with_an_agent_has_the_frame_of_the_active():
    assert "object:shell port" in extract("The port in the north was shelled.")
    assert "object:shell port" not in extract("The port, where the tower was shelled, burned.")
    assert "object:call_off strike" in extract("The strike was called off.")
    assert family("Two towns were shelled by the army.", "frame:") == family("The army shelled two towns.", "frame:")
    assert family("Two towns will be shelled by Norway.", "frame:") == family("Norway will shell two towns.", "frame:")
    assert family("Two towns were not shelled by Norway.", "frame:not") == ["frame:not-past", "frame:not-past:name"]
    assert "frame:pass:noun" in extract("Two towns were shelled.")
    assert "frame:past:none" in extract("Two towns were shelled by")


@pytest.mark.parametrize(
    ("sentence", "turns"),
    [
        ("Norway agreed on tariffs.", ["agree:hostile"]),
        ("Norway agreed on a truce.", ["agree:friendly"]),
        ("Norway vowed a fitting riposte.", ["agree:answer"]),
        ("Norway did not respond.", ["not:answer"]),
        ("Norway called off the raid.", ["end:hostile"]),
        ("Norway threw out the accord.", ["end:friendly"]),
        ("Norway scrapped the carnival.", ["end:other"]),
        ("Norway called off the carnival.", ["end:other"]),
        ("Norway did not sing.", ["not:other"]),
        ("Norway never refused to sing.", []),
        ("Norway did not reject the truce.", ["not-not:friendly"]),
        ("The truce collapsed.", ["broken:friendly", "break:other"]),
        ("Norway has yet to agree on a truce.", ["agree+yet:friendly"]),
        ("Norway sings.", []),
    ],
)
def test_a_turn_tells_what_is_done_and_on_which_side_the_thing_is(sentence, turns):
    assert family(sentence, "turn:") == [f"turn:{turn}" for turn in turns]


def test_a_toll_is_bare_or_that_of_an_attack():
    assert family("Twelve people died in the storm.", "toll:") == ["toll:bare"]
    assert family("Twelve people were killed in an airstrike.", "toll:") == ["toll:attack"]
    assert family("The airstrike hit a port.", "toll:") == []
    located = dict(features.locate("Missiles killed twelve people.", ()))
    assert located["toll:attack"] == [(9, 15), (0, 8)]


def test_the_shape_counts_and_tells_how_a_sentence_is_written():
    shape = set(family("OSLO (AP) - “Norway, Japan and 12 others met on Friday,” he said.", "shape:"))
    assert shape == {
        *("shape:quotes:2", "shape:names:2", "shape:numbers:1", "shape:years:0", "shape:commas:2", "shape:weekday:1"),
        *("shape:brackets:0", "shape:colon:0", "shape:dash:0", "shape:words:2", "shape:long:0", "shape:headline:0"),
        *("shape:dateline:1", "shape:stop:1", "shape:opens-quote:1", "shape:opens-lower:0", "shape:end:word"),
    }
    headline = family("Ankara Rejects Peace Plan for Cyprus: Report", "shape:")
    assert {"shape:headline:1", "shape:stop:0", "shape:colon:1", "shape:end:word"} <= set(headline)
    assert {"shape:stop:1", 'shape:end:"'} <= set(extract("He said: “Rebels attacked.”"))
    assert {"shape:opens-lower:1", "shape:end:?", "shape:short:3"} <= set(extract("rebels attacked again?"))
    assert {"shape:long:1", "shape:words:12"} <= set(extract("word " * 100))
    assert all(not words for name, words in features.locate("Rebels attacked.", ()) if name.startswith("shape:"))


def test_new_features_are_no_words_and_none_could_be_taken_for_a_pair_of_stems(seed_texts):
    for text in seed_texts[::50]:
        for name in family(text, "frame:", "prep:", "object:", "undone:", "toll:", "shape:"):
            assert not features.is_word(name)
            assert name.count(" ") == name.startswith(("prep:", "object:"))


def test_files_of_format_2_still_know_their_features():
    assert features.fingerprint(of_format_2=True) == "d020ea0db749c241"
