"""``Model`` goes where scikit-learn's tools take a fitted classifier, and its copy where they take one to fit."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.metrics import accuracy_score, f1_score, get_scorer
from sklearn.model_selection import GridSearchCV

from classifier import StanceError
from training.publish.export import export

TEXTS = ["Seoul condemned the launch.", "The ministers met for talks.", "They signed a treaty.", "The island is large."] * 3
LABELS = ["escalation", "negotiation", "cooperation", "escalation"] * 3


def test_it_is_a_classifier_with_classes_and_a_score(model):
    assert is_classifier(model)
    assert model.classes_.tolist() == list(model.labels)
    assert model.score(TEXTS, LABELS) == accuracy_score(LABELS, model.predict(TEXTS))
    weight = np.arange(12)
    assert model.score(TEXTS, LABELS, weight) == pytest.approx(accuracy_score(LABELS, model.predict(TEXTS), sample_weight=weight))
    assert 0 < model.score(TEXTS, LABELS) < 1


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, iter])
def test_texts_come_in_any_column(model, kind):
    assert model.predict(kind(TEXTS)) == model.predict(TEXTS)
    np.testing.assert_array_equal(model.predict_story(kind(TEXTS)), model.predict_story(TEXTS))


def test_scorers_of_scikit_learn_take_it(model):
    assert get_scorer("accuracy")(model, TEXTS, LABELS) == model.score(TEXTS, LABELS)
    assert get_scorer("f1_macro")(model, TEXTS, LABELS) == f1_score(LABELS, model.predict(TEXTS), average="macro")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_story", "explain_story"])
@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, 3, ["nested"]])
def test_a_row_that_is_no_text_is_named(model, method, missing):
    with pytest.raises(StanceError, match="row 2 "):
        getattr(model, method)(["One sentence.", "Two.", missing])
    column = pd.Series(["One sentence.", missing], index=["x17", "y18"], dtype=object)
    with pytest.raises(StanceError, match="row 'y18'"):
        getattr(model, method)(column)


def test_a_table_and_labels_that_do_not_fit_are_told(model):
    with pytest.raises(StanceError, match="one column of texts"):
        model.predict(pd.DataFrame({"text": TEXTS}))
    with pytest.raises(StanceError, match="12 sentences and 3 labels"):
        model.score(TEXTS, LABELS[:3])
    with pytest.raises(StanceError):
        model.explain(None)


@pytest.mark.parametrize("exported", [False, True])
def test_a_copy_is_cloned_and_fitted_again_without_a_warning(model, tmp_path, exported):
    copy = model.to_sklearn()
    if exported:
        export(model, "joblib", str(tmp_path / "copy.joblib"))
        copy = joblib.load(tmp_path / "copy.joblib")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert clone(copy).fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0
        search = GridSearchCV(copy, {"logistic__C": [0.01, 100.0]}, cv=3).fit(TEXTS, LABELS)
        assert search.best_score_ == 1.0
        np.testing.assert_allclose(copy.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-6)
