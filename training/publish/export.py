"""A model in, a copy of it for scikit-learn or an ONNX runtime out, and what that copy needs and cannot do.

The features are Python code. A joblib or skops file names that code and so takes sentences; ONNX cannot express it, so an ONNX
file begins at the counts of features. All give the probabilities of ``Model.predict_proba`` to 1e-5.
"""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED

import numpy as np

import classifier
from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model import features
from classifier.model.persistence import describe
from classifier.model.pipeline import pipeline_of
from classifier.model.regression import Model

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_LEFT_BEHIND = "`uncertain`, --prior, --adapt and reasons need the model file itself, or a joblib copy opened with --trust-pickle"


def export(model: Model, form: str, path: str | os.PathLike[str]) -> str:
    """Write a copy of `model` to `path`, whole or not at all.

    Parameters
    ----------
    model : Model
    form : str
        ``joblib``, ``skops`` or ``onnx``.
    path : str or path
        Its suffix must be that of the format.

    Returns
    -------
    str
        How the copy is loaded, what it needs, and what it cannot do: a few lines for the user.

    Raises
    ------
    StanceError
        When the suffix is another, the extra is missing, or the file cannot be written.
    """
    target = Path(path)
    if target.suffix != f".{form}":
        raise StanceError(f"{target}: a copy in the {form} format must end in .{form}")
    data, notes = _WRITERS[form](model)
    write_whole(target, data)
    return f"{notes}\n{_LEFT_BEHIND}"


# --- scikit-learn ----------------------------------------------------------------------------------------------------


def _joblib(model: Model) -> tuple[bytes, str]:
    import joblib

    buffer = BytesIO()
    joblib.dump(_pipeline(model), buffer, compress=3)
    return buffer.getvalue(), (
        f"takes sentences: joblib.load(FILE).predict_proba(sentences)\n{_needs()}\n"
        "a pickle: loading it runs the code that is in it, so load only a file that you made or whose maker you trust"
    )


def _skops(model: Model) -> tuple[bytes, str]:
    try:
        from skops import io
    except ImportError:
        raise _missing("skops") from None
    data = io.dumps(_pipeline(model), compression=ZIP_DEFLATED)
    trusted = io.get_untrusted_types(data=data)
    return data, (
        f"takes sentences: skops.io.load(FILE, trusted={trusted}).predict_proba(sentences)\n{_needs()}\n"
        "runs no code but that of the types named as trusted; before you load a file, ask skops.io.get_untrusted_types(file=FILE)"
    )


def _pipeline(model: Model) -> Pipeline:
    """``Model.to_sklearn()``, and in its analyzer what a model can be made of again."""
    pipeline = pipeline_of(model, json.dumps(describe(model.contents()), sort_keys=True, ensure_ascii=False))
    # scikit-learn makes this dictionary again, at the first sentence, from the names that the analyzer gives.
    del pipeline["tfidf"].vocabulary_
    return pipeline


def _needs() -> str:
    import sklearn

    return (
        f"needs scikit-learn {sklearn.__version__} and diplomatic-stance {classifier.__version__}, whose code makes the "
        "features; other versions may refuse it"
    )


# --- ONNX ------------------------------------------------------------------------------------------------------------

# Operators of opset 13, so that any runtime since 2021 reads it. A sentence without a known feature has length 0: its divisor
# must not be.
_GRAPH = """
<ir_version: 7, opset_import: ["": 13]>
stance (int64[sentences, width] ids, float[sentences, width] counts) => (float[sentences, labels] probabilities)
<float[features] idf, float[features, labels] coef, float[labels] intercept>
{
    zero = Constant <value_float = 0.0> ()
    one = Constant <value_float = 1.0> ()
    least = Constant <value_float = 1e-30> ()
    along = Constant <value_ints = [1]> ()

    logs = Log (counts)
    damped = Add (logs, one)
    present = Greater (counts, zero)
    frequency = Where (present, damped, zero)
    rarity = Gather <axis = 0> (idf, ids)
    value = Mul (frequency, rarity)
    length = ReduceL2 <axes = [1], keepdims = 1> (value)
    divisor = Max (length, least)
    unit = Div (value, divisor)

    row = Unsqueeze (unit, along)
    weights = Gather <axis = 0> (coef, ids)
    product = MatMul (row, weights)
    sums = Squeeze (product, along)
    logits = Add (sums, intercept)
    probabilities = Softmax <axis = 1> (logits)
}
"""


def _onnx(model: Model) -> tuple[bytes, str]:
    """The scorer from counts to probabilities as an ONNX graph; vocabulary and labels stand in its metadata."""
    try:
        from onnx import checker, helper, numpy_helper, parser
    except ImportError:
        raise _missing("onnx") from None
    copy = parser.parse_model(_GRAPH)
    copy.producer_name, copy.producer_version = "diplomatic-stance", classifier.__version__
    # What the text above declares without a value gets its value here.
    del copy.graph.value_info[:]
    for name, array in {"idf": model.idf, "coef": model.coef.T, "intercept": model.intercept}.items():
        copy.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=np.float32), name))
    about: dict[str, Any] = {"labels": model.labels, "vocabulary": model.feature_names, "threshold": model.threshold}
    about |= {"prior": model.prior.tolist(), "features": features.fingerprint()}
    helper.set_model_props(copy, {key: json.dumps(value, ensure_ascii=False) for key, value in about.items()})
    checker.check_model(copy, full_check=True)
    return copy.SerializeToString(deterministic=True), (
        "takes counts of features, not sentences, since ONNX cannot express how the features are made: "
        "make them with classifier.model.features.extract\n"
        "ids (n, k) int64: columns of the vocabulary, each once a row; counts (n, k) float32: how often each occurs, 0 where a "
        "row is shorter\n"
        "labels, vocabulary, prior, threshold and the fingerprint of the features: in the file's metadata, as JSON"
    )


_WRITERS = {"joblib": _joblib, "skops": _skops, "onnx": _onnx}


def _missing(form: str) -> StanceError:
    return StanceError(f"writing {form} needs the extra: pip install 'diplomatic-stance[export]'")
