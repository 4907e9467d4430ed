"""The scorer says what scikit-learn says, and explains itself exactly; shares of labels move odds as stated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import StanceError

LABELS = ("escalation", "cooperation", "negotiation", "none")


@pytest.fixture(scope="module")
def pipeline(model):
    return model.to_sklearn()


def test_probabilities_agree_with_scikit_learn_on_every_seed(model, seed_texts, probabilities_of_sklearn):
    assert len(seed_texts) == 28_118
    np.testing.assert_allclose(model.predict_proba(seed_texts), probabilities_of_sklearn, atol=1e-6, rtol=0)


@given(
    st.lists(
        st.text(max_size=120) | st.sampled_from(["İstanbul ß ﬁ", "e\u0301\u0301 😀 👩‍👩‍👧", "النار", "전쟁 협상", "a" * 5000]),
        max_size=5,
    )
)
def test_probabilities_agree_with_scikit_learn_on_any_text(model, pipeline, sentences):
    ours = model.predict_proba(sentences)
    assert ours.shape == (len(sentences), 4)
    if sentences:
        np.testing.assert_allclose(ours, pipeline.predict_proba(sentences), atol=1e-6, rtol=0)
        np.testing.assert_allclose(ours.sum(axis=1), 1)


def test_labels_come_in_the_documented_order(model):
    assert model.labels == LABELS


@pytest.mark.parametrize(
    ("sentence", "label"),
    [
        ("Moscow condemned the air strike and expelled three diplomats.", "escalation"),
        ("The two governments signed an agreement to share river data.", "cooperation"),
        ("The foreign ministers met in Geneva to discuss a ceasefire.", "negotiation"),
        ("The island has a population of about 40,000.", "none"),
    ],
)
def test_plain_cases_are_right(model, sentence, label):
    assert model.predict([sentence]) == [label]


def test_contributions_sum_to_the_log_odds_that_are_printed(model, gold_articles):
    sentences = [text for articles in gold_articles.values() for article in articles for _, text in article["sentences"]]
    for sentence, row in zip(sentences, model.predict_proba(sentences), strict=True):
        found = model.explain(sentence)
        assert found.label == model.labels[row.argmax()]
        log_odds = np.log(row[model.labels.index(found.label)] / row[model.labels.index(found.rival)])
        assert found.log_odds == pytest.approx(log_odds, abs=1e-6)
        assert found.intercept + sum(item.value for item in found.contributions) == pytest.approx(log_odds, abs=1e-6)


def test_a_contribution_is_what_its_feature_adds(model, pipeline):
    """Against scikit-learn: the feature's tf-idf value times the difference of the two coefficients."""
    sentence = "Tehran refused to release the crew."
    found = model.explain(sentence)
    row = pipeline["tfidf"].transform([sentence])
    coef = pipeline["logistic"].coef_
    difference = coef[LABELS.index(found.label)] - coef[LABELS.index(found.rival)]
    for item in found.contributions:
        column = model.vocabulary[item.feature]
        assert item.value == pytest.approx(row[0, column] * difference[column], abs=1e-9)


def test_the_deciding_words_are_words_of_the_sentence(model):
    sentence = "Seoul condemned the launch as a grave provocation."
    words = [sentence[start:end] for start, end in model.explain(sentence).words]
    assert "condemned" in words


def test_one_string_is_refused_instead_of_read_as_letters(model):
    with pytest.raises(TypeError):
        model.predict_proba("One sentence.")


def test_a_stated_prior_moves_the_odds_by_exactly_its_ratio(model):
    sentence = ["Officials spoke of the border."]
    before, after = model.predict_proba(sentence)[0], model.with_prior({"none": 0.3}).predict_proba(sentence)[0]
    ratio = model.with_prior({"none": 0.3}).prior / model.prior
    np.testing.assert_allclose(after / after[0], before / before[0] * ratio / ratio[0], rtol=1e-9)


def test_shares_left_out_keep_their_proportions(model):
    restated = model.with_prior({"none": 0.2}).prior
    assert restated.sum() == pytest.approx(1)
    np.testing.assert_allclose(restated[:3] / restated[:3].sum(), model.prior[:3] / model.prior[:3].sum())


@pytest.mark.parametrize(
    "prior", [{"nothing": 0.5}, {"none": 1.5}, {"none": 0.0}, {"none": 0.9, "escalation": 0.4}, dict.fromkeys(LABELS, 0.2)]
)
def test_impossible_priors_are_refused(model, prior):
    with pytest.raises(StanceError, match="prior"):
        model.with_prior(prior)


def test_only_leaves_no_probability_to_the_other_labels(model):
    sentences = ["The island has a population of about 40,000.", "Talks resumed."]
    forced, free = model.only(LABELS[:3]).predict_proba(sentences), model.predict_proba(sentences)
    np.testing.assert_array_equal(forced[:, 3], 0)
    np.testing.assert_allclose(forced[:, :3], free[:, :3] / free[:, :3].sum(axis=1, keepdims=True))


def test_only_takes_labels_of_the_model_and_is_not_saved(model, tmp_path):
    with pytest.raises(StanceError, match="unknown label 'peace'"):
        model.only(["peace"])
    forced = model.only(LABELS[:3])
    with pytest.raises(StanceError, match="ruled out"):
        forced.with_prior({"none": 0.5})
    np.testing.assert_allclose(forced.with_prior({"escalation": 0.5}).prior.sum(), 1)
    with pytest.raises(StanceError, match="not saved"):
        forced.save(tmp_path / "m.safetensors")


def test_adapt_finds_shares_that_differ_from_the_prior(model):
    """On data drawn so that the probabilities are right at the model's prior, EM must find the other shares it was drawn with."""
    rng = np.random.default_rng(1)
    true = np.array([0.6, 0.1, 0.1, 0.2])
    label = rng.choice(4, 20_000, p=true)
    likelihood = np.exp(rng.normal(size=(20_000, 4)) + 2.0 * np.eye(4)[label])
    posterior = likelihood**2.0 * model.prior
    posterior /= posterior.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.estimate_shares(posterior), true, atol=0.02)
    adapted = model.adapt(posterior)
    assert adapted.shape == posterior.shape
    np.testing.assert_allclose(adapted.sum(axis=1), 1)
    assert (adapted.argmax(axis=1) == label).mean() > (posterior.argmax(axis=1) == label).mean()


def test_adapt_equals_its_definition_step_by_step(model, seed_texts):
    given_ = model.predict_proba(seed_texts[:400])
    shares = model.prior
    for _ in range(3000):
        member = given_ / model.prior * shares
        shares = (member / member.sum(axis=1, keepdims=True)).mean(axis=0)
    expected = given_ / model.prior * shares
    np.testing.assert_allclose(model.adapt(given_), expected / expected.sum(axis=1, keepdims=True), atol=1e-6)
