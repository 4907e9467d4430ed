"""A model in, what scikit-learn knows of it out: the one module of ``model`` that needs scikit-learn, and only when called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model.analyzer import Analyzer

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from sklearn.utils import Tags

    from classifier.model.regression import Model

_STEPS = 1000
"""Most steps of a new fit of the copy: with scikit-learn's own 100 it stops short, and warns."""


def pipeline_of(model: Model, about: str = "{}") -> Pipeline:
    """A fitted Pipeline of TfidfVectorizer and LogisticRegression that gives the model's probabilities.

    Clones of it can be fitted: they keep the vocabulary and learn everything else. `about` is what its ``Analyzer`` is to know.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    analyzer = Analyzer(model.feature_names, about)
    # Features are not to be folded: masks are in capitals.
    vectorizer = TfidfVectorizer(analyzer=analyzer, lowercase=False, sublinear_tf=True, vocabulary=analyzer)
    vectorizer.idf_ = model.idf.astype(np.float64)
    logistic = LogisticRegression(max_iter=_STEPS)
    logistic.classes_ = np.array(model.labels)
    logistic.n_features_in_ = len(model.idf)
    coef, intercept = model.coef.astype(np.float64), model.intercept
    if len(model.labels) == 2:
        coef, intercept = coef[1:] - coef[:1], intercept[1:] - intercept[:1]
    logistic.coef_, logistic.intercept_ = coef, intercept
    return Pipeline([("tfidf", vectorizer), ("logistic", logistic)])


def tags() -> Tags:
    """What scikit-learn's tools ask of a classifier before they take it."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=True),
        classifier_tags=ClassifierTags(),
        input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
        requires_fit=False,
    )
