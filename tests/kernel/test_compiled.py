"""The compiled kernel gives the numbers of the plain scorer and of scikit-learn, whatever the text."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from classifier.kernel import columns, compiled, feature_loops, object_loops, pieces, sums, verb_loops
from classifier.kernel.compiled import Kernel
from classifier.kernel.scorers import Plain, told_of_compiling
from classifier.kernel.strings import Strings
from classifier.model import features
from classifier.model.roles import roles

RARE = [
    "Israel called off the air strike.",
    "“We will not have been beaten,” she said; the towns had been shelled.",
    "Norway hadn't been refused; Japan had been told to walk back its claim.",
    "OSLO (AP) - Two men died, the cabinet shelved the strike, and Norway (again) pulled out its troops: a first.",
    "Norway had been attacked.",
    "Ankara Rejects UN Peace Plan for Cyprus",
    "rebels will be attacked -- or so they would have it.'",
    "The raid was called off by the army.",
    "Norway promised a reply, scrapped the carnival and did not sing.",
    "Norway will be attacked by",
]


@pytest.fixture(scope="module")
def kernel(model):
    return Kernel(model)


@pytest.fixture(scope="module")
def all_features(model, seed_texts):
    """A model that knows every kind of feature, as it would be after training, but for weights drawn by lot."""
    counted = Counter(name for text in [*seed_texts[::6], *RARE * 2] for name in set(features.extract(text, ())))
    names = sorted(name for name, often in counted.items() if often > 1)
    draw = np.random.default_rng(0)
    return replace(
        model,
        vocabulary={name: column for column, name in enumerate(names)},
        idf=(1 + np.log(len(seed_texts) / 6 / np.array([counted[name] for name in names]))).astype(np.float32),
        coef=draw.normal(size=(len(model.labels), len(names))).astype(np.float32),
    )


@pytest.fixture(scope="module")
def kernel_of_all(all_features):
    return Kernel(all_features)


@pytest.fixture(scope="module")
def mixed(seed_texts):
    """20,000 texts: seeds, in capitals, in title case, shuffled, cut and glued, words of many, marks strewn in."""
    draw = random.Random(0)
    words = [word for text in seed_texts[::3] for word in text.split()]
    strange = [
        "\u0301",
        "\u200b",
        "😀",
        "ﬁ",
        "İ",
        "ß",
        "한국",
        "موسكو",
        "“",
        "’s",
        "--",
        "—",
        "NAME",
        "n't",
        "\n",
        "\xa0",
        "...",
        "U.S.",
    ]

    def one(number):
        text = seed_texts[number % len(seed_texts)]
        kind = number % 7
        if kind == 0:
            return text.upper()
        if kind == 1:
            return text.title()
        if kind == 2:
            return " ".join(draw.sample(text.split(), len(text.split())))
        if kind == 3:
            return text[draw.randrange(len(text)) :] + text[: draw.randrange(len(text))]
        if kind == 4:
            return " ".join(draw.choices(words, k=draw.randrange(40)))
        if kind == 5:
            return "".join(draw.choice(strange) + part for part in text.split(" "))
        return text

    return [one(number) for number in range(20_000)]


def differing(kernel, texts, reference):
    return np.abs(kernel.predict_proba(texts) - reference).max(initial=0)


def test_every_seed_gets_the_probabilities_of_scikit_learn(kernel, seed_texts, probabilities_of_sklearn):
    assert differing(kernel, seed_texts, probabilities_of_sklearn) < 1e-6


def test_mixed_texts_get_the_probabilities_of_the_plain_scorer(model, kernel, mixed):
    assert differing(kernel, mixed, model.predict_proba(mixed)) < 1e-6


def assert_same(kernel, model, texts):
    """Logits, shares of known words and deciding words are those of the plain scorer."""
    text = Strings.of(texts)
    plain, found = Plain(model).score(text), kernel.score(text)
    np.testing.assert_allclose(found.logits, plain.logits, atol=1e-9)
    np.testing.assert_allclose(found.known, plain.known)
    np.testing.assert_array_equal(found.deciding, plain.deciding)


def test_every_family_of_features_is_in_the_model_of_all(all_features):
    families = Counter(name.partition(":")[0] for name in all_features.vocabulary if ":" in name)
    assert {"known", "sense", "main", "no", "ending", "frame", "prep", "object", "undone", "toll", "turn", "shape"} <= set(
        families
    )
    assert {"object:call_off strike", "frame:not-willp", "frame:hadp:name"} <= set(all_features.vocabulary)


def test_every_seed_gets_the_scores_and_deciding_words_of_the_plain_scorer_from_all_features(
    all_features, kernel_of_all, seed_texts
):
    assert_same(kernel_of_all, all_features, [*RARE, *seed_texts])


def test_mixed_texts_get_the_scores_of_the_plain_scorer_from_all_features(all_features, kernel_of_all, mixed):
    assert_same(kernel_of_all, all_features, mixed)


def test_many_verbs_classes_and_objects_fit(all_features, kernel_of_all):
    """Nothing but words with as many features as there are, in the longest sentence of its call."""
    for words in (["shelled"], ["Strikes"], ["killed", "to", "strike", "back"], ["run", "off", "took"], ["a"], []):
        assert_same(kernel_of_all, all_features, [" ".join(words * 400)])


def test_a_feature_alone_gives_what_it_gives_the_plain_scorer(all_features, seed_texts):
    """One family at a time: nothing hides behind the others."""
    texts = [*RARE, *seed_texts[::60]]
    for family in ("known:", "frame:", "prep:", "object:", "undone:", "toll:", "turn:", "shape:"):
        names = [name for name in all_features.vocabulary if name.startswith(family)]
        columns_ = [all_features.vocabulary[name] for name in names]
        only = replace(
            all_features,
            vocabulary={name: column for column, name in enumerate(names)},
            idf=all_features.idf[columns_],
            coef=all_features.coef[:, columns_],
        )
        assert_same(Kernel(only), only, texts)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORDS = "The Russia's U.S. will not be been lifted refused, ‘talks’ “peace” said: who ruled out on Monday 3 May 1990s pro-Western".split()
OTHER_WORDS = (
    "had has have called off the strikes pulled back killed by a drone ; : ( ) - – .' .” it they not never would to sign".split()
)
PARTS = st.sampled_from(
    [
        *WORDS,
        *OTHER_WORDS,
        "",
        "\t",
        "al-Assad",
        "ISTANBUL (AP) - ",
        "Seoul -- ",
        "İ",
        "ß",
        "ǅ",
        "ª",
        "²",
        "_",
        "_'s",
        "e\u0301",
        "한국",
        "x" * 50,
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXT | st.lists(PARTS | TEXT).map(" ".join) | st.lists(PARTS).map("".join), max_size=8))
def test_any_text_gets_the_scores_and_the_share_of_known_words_of_the_plain_scorer(model, kernel, texts):
    assert differing(kernel, texts, model.predict_proba(texts)) < 1e-6
    known = kernel.score(Strings.of(texts)).known
    np.testing.assert_allclose(known, [model.explain(text).known for text in texts])


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXT | st.lists(PARTS | TEXT).map(" ".join) | st.lists(PARTS).map("".join), max_size=8))
def test_any_text_gets_the_scores_of_the_plain_scorer_from_all_features(all_features, kernel_of_all, texts):
    assert_same(kernel_of_all, all_features, texts)


def test_the_scorer_without_numba_says_the_same(model, kernel, seed_texts):
    text = Strings.of([*seed_texts[::100], "“Türkiye” refused — again, İzmir’s mayor said.", ""])
    plain, compiled_ = Plain(model).score(text), kernel.score(text)
    np.testing.assert_allclose(plain.logits, compiled_.logits, atol=1e-9)
    np.testing.assert_allclose(plain.known, compiled_.known)
    np.testing.assert_array_equal(plain.deciding, compiled_.deciding)


def test_the_deciding_words_are_those_of_the_explanation(model, kernel, seed_texts):
    texts = seed_texts[::40]
    for text, spans in zip(texts, kernel.score(Strings.of(texts)).deciding, strict=True):
        found = [text.encode()[start:end].decode() for start, end in spans if start >= 0]
        assert found == [text[start:end] for start, end in model.explain(text).words]


def test_a_model_of_two_labels_and_one_restricted_to_stances_score_alike(model, seed_texts):
    stances = model.only(["escalation", "cooperation", "negotiation"])
    texts = seed_texts[::100]
    assert differing(Kernel(stances), texts, stances.predict_proba(texts)) < 1e-6
    assert Kernel(stances).predict_proba(texts)[:, 3].max() == 0


def test_tables_that_grew_too_large_are_emptied_and_scores_stay(model, seed_texts, monkeypatch):
    monkeypatch.setattr("classifier.kernel.compiled._MOST_PIECES", 500)
    small = Kernel(model)
    for at in range(0, 2000, 100):
        texts = seed_texts[at : at + 100]
        assert differing(small, texts, model.predict_proba(texts)) < 1e-6
        assert len(small._pieces.rows) < 500 + 100 * 60


def test_pieces_of_one_hash_are_told_apart(all_features, seed_texts, monkeypatch):
    """Every piece and every pair falls into the same slot: slower, and not a bit different."""
    monkeypatch.setattr(pieces, "_hash", njit(lambda *_: np.uint64(0)))
    monkeypatch.setattr(columns, "_pair_slot", njit(lambda *_: np.int64(0)))
    for module, name in (
        *((pieces, name) for name in ("_find", "enter", "scan")),
        *((columns, name) for name in ("enter_pairs", "pair")),
        (feature_loops, "features"),
        *((object_loops, name) for name in ("prepositions", "object_features")),
        (verb_loops, "verb_features"),
        (sums, "score"),
    ):
        monkeypatch.setattr(module, name, njit(getattr(module, name).py_func))
        for importing in (feature_loops, object_loops, verb_loops, sums, compiled):
            if name in vars(importing):
                monkeypatch.setattr(importing, name, getattr(module, name))
    keep = {name: column for name, column in list(all_features.vocabulary.items()) if " " not in name or column % 80 == 0}
    few = replace(all_features, vocabulary=keep)
    texts, same = seed_texts[:60], Kernel(few)
    for _ in range(2):  # the second time every piece is looked up
        assert differing(same, texts, few.predict_proba(texts)) < 1e-6


def test_a_word_of_a_megabyte_costs_no_more_than_its_bytes(model, kernel):
    texts = ["x" * 1_000_000, "Ж" * 500_000 + " refused", "-" * 1_000_000, "1" * 1_000_000]
    assert differing(kernel, texts, model.predict_proba(texts)) < 1e-6


def test_lone_surrogates_are_refused(kernel):
    with pytest.raises(UnicodeEncodeError):
        kernel.predict_proba(["half a character \ud800"])


def test_no_sentence_and_empty_sentences_are_scored(model, kernel):
    assert kernel.predict_proba([]).shape == (0, len(model.labels))
    assert differing(kernel, ["", " \n", "."], model.predict_proba(["", " \n", "."])) < 1e-6


def test_development_sets_agree_where_they_are(model, kernel):
    folder = ROOT.parent / "shared" / "eval"
    if not folder.exists():
        pytest.skip("no development sets here")
    import pandas as pd

    for file in folder.glob("*.csv"):
        texts = pd.read_csv(file)["text"].tolist()
        assert differing(kernel, texts, model.predict_proba(texts)) < 1e-6


def test_words_that_were_half_learned_are_learned_again(model, monkeypatch):
    kernel, texts = Kernel(model), ["Seoul condemned the launch.", "Talks resumed in Geneva, and shelling stopped."]
    calls = iter(range(5))

    def broken_off(form):
        if next(calls, None) == 4:
            raise KeyboardInterrupt
        return roles(form)

    with monkeypatch.context() as broken:
        broken.setattr("classifier.kernel.compiled.roles", broken_off)
        with pytest.raises(KeyboardInterrupt):
            kernel.predict_proba(texts)
    assert kernel.predict_proba(texts) == pytest.approx(model.predict_proba(texts), abs=1e-6)


def test_a_first_run_says_once_that_it_compiles():
    from numba import njit

    said = []
    with told_of_compiling(said.append):
        assert [njit(lambda x: x + 1)(1), njit(lambda x: x + 2)(1)] == [2, 3]
    njit(lambda x: x + 3)(1)
    assert said == ["compiling loops for this machine, once for each kind of run; it takes up to half a minute"]
