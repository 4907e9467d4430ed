"""A model file in, what is in it out, checked before it is used; and what a model holds in, the bytes of its file out.

A module of its own since nothing in a file is believed here: sizes are compared before anything is read, names are made only
when there are as many as there are numbers for them, and nothing but arrays and JSON is read, so that no code can come from it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from classifier.errors import StanceError
from classifier.model import features
from classifier.model.story import Story

FORMAT, READ = 3, (2, 3)
"""The format that is written, and those that are read: a file of format 2 has no weights for stories."""
PICKLES = (".joblib", ".pkl", ".pickle")
_LONGEST_HEADER = 256_000
"""Bytes; the shipped model's are 2,600. What JSON becomes in memory is twenty times as long."""
_LARGEST = 1e6
"""No idf, coefficient or intercept of a fitted model comes near it, and from larger ones no probability could be worked out."""
_LEAST_PRIOR = 1e-9
_TYPES = {"vocabulary": "U8", "idf": "F32", "coef": "F32", "intercept": "F64"}


class Contents(NamedTuple):
    """What a model file holds; the fields are those of ``Model``."""

    labels: tuple[str, ...]
    names: tuple[str, ...]
    """The vocabulary in the order of its columns."""
    idf: NDArray[np.float32]
    coef: NDArray[np.float32]
    intercept: NDArray[np.float64]
    prior: NDArray[np.float64]
    threshold: float
    metadata: dict[str, Any]
    story: Story | None = None


def encode(contents: Contents) -> bytes:
    """The bytes of a model file; the same contents give the same bytes."""
    from safetensors.numpy import save

    arrays: dict[str, NDArray[Any]] = {
        "vocabulary": np.frombuffer("\n".join(contents.names).encode(), dtype=np.uint8),
        "idf": contents.idf,
        "coef": contents.coef,
        "intercept": contents.intercept,
    }
    # One key only: the header's order of several would change from run to run.
    return save(arrays, {"stance": json.dumps(describe(contents), sort_keys=True, ensure_ascii=False)})


def describe(contents: Contents) -> dict[str, Any]:
    """All that is no array, as JSON can hold it."""
    return contents.metadata | {
        "format": FORMAT,
        "features": features.fingerprint(),
        "labels": contents.labels,
        "prior": contents.prior.tolist(),
        "threshold": contents.threshold,
        "story": _described(contents.story) if contents.story else None,
    }


def _described(story: Story) -> dict[str, Any]:
    return {"rows": story.rows.tolist(), "threshold": story.threshold}


def read(file: Path) -> Contents:
    """What is in a model file.

    Raises
    ------
    StanceError
        When it is damaged, of another kind, or made for another version.
    OSError
        When it cannot be read.
    """
    try:
        return _read(file)
    except _Damaged as fault:
        raise StanceError(f"{file}: is not a usable model ({fault}); get or train it again") from None
    except MemoryError:
        raise StanceError(f"{file}: is larger than the memory of this machine; train a model on fewer sentences") from None


def read_pickle(file: Path) -> Contents:
    """What is in a joblib copy that ``stance model export`` wrote. Reading it runs whatever code is in it.

    Raises
    ------
    StanceError
        When it cannot be loaded, holds something else, or was made for another version.
    """
    import joblib

    from classifier.model.analyzer import Analyzer

    try:
        pipeline = joblib.load(file)
        vectorizer, logistic = pipeline["tfidf"], pipeline["logistic"]
        if type(vectorizer.analyzer) is not Analyzer:
            raise TypeError("other features")
        names, metadata = tuple(vectorizer.analyzer), json.loads(vectorizer.analyzer.about)
        idf, coef = vectorizer.idf_.astype(np.float32), logistic.coef_.astype(np.float32)
        intercept = logistic.intercept_.astype(np.float64)
    except StanceError as error:
        raise StanceError(f"{file}: {error}") from None
    except Exception as error:  # its code may raise anything
        raise StanceError(
            f"{file}: is no copy of a model ({type(error).__name__}); give one that stance model export wrote, or a model file"
        ) from None
    # scikit-learn keeps one row for two labels, the difference of theirs.
    if len(coef) == 1:
        coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    try:
        labels, prior, threshold, story = _check_metadata(metadata)
        _check_shapes({"idf": idf.shape, "coef": coef.shape, "intercept": intercept.shape}, len(names), len(labels))
        _check_numbers(idf, coef, intercept)
    except _Damaged as fault:
        raise StanceError(f"{file}: is not a usable copy of a model ({fault}); export it again") from None
    return Contents(labels, names, idf, coef, intercept, prior, threshold, metadata, story)


# --- reading without trust -------------------------------------------------------------------------------------------


class _Damaged(Exception):
    """What is wrong with a model file."""


def _read(file: Path) -> Contents:
    from safetensors import SafetensorError, safe_open

    _check_start(file)
    try:
        archive: Any = safe_open(file, framework="numpy")
    except (SafetensorError, ValueError, TypeError) as error:
        raise _Damaged(f"its header does not parse: {_clipped(error)}") from None
    with archive:
        metadata = _metadata(archive.metadata())
        labels, prior, threshold, story = _check_metadata(metadata)
        _check_arrays(archive, len(labels))
        encoded, idf, coef, intercept = map(archive.get_tensor, _TYPES)
    _check_numbers(idf, coef, intercept)
    return Contents(labels, _vocabulary(encoded, len(idf)), idf, coef, intercept, prior, threshold, metadata, story)


def _check_start(file: Path) -> None:
    """The length of the header, with which a safetensors file begins; a file that begins otherwise is named for what it is."""
    with file.open("rb") as opened:
        start = opened.read(9)
    if file.suffix in PICKLES:
        raise StanceError(
            f"{file}: is not a usable model: a pickle is not opened without --trust-pickle, since it could run code"
        )
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        raise _Damaged("it is a compressed file, and not opened; a model is a safetensors file")
    if len(start) < 9 or int.from_bytes(start[:8], "little") > _LONGEST_HEADER:
        raise _Damaged("its header does not parse: it is none of a safetensors file, or far too long")


def _metadata(stated: dict[str, str] | None) -> dict[str, Any]:
    try:
        metadata = json.loads((stated or {}).get("stance", "null"))
    except (ValueError, RecursionError) as error:
        raise _Damaged(f"its metadata does not parse: {_clipped(error)}") from None
    if not isinstance(metadata, dict):
        raise _Damaged("it holds no stance metadata")
    return metadata


def _check_metadata(metadata: Any) -> tuple[tuple[str, ...], NDArray[np.float64], float, Story | None]:
    """Labels, prior, threshold and the weights for stories."""
    if not isinstance(metadata, dict):
        raise _Damaged("it holds no stance metadata")
    form, made_by = metadata.get("format"), _quoted(metadata.get("created_by"))
    if type(form) is not int or form not in READ:
        newer = f": it needs {made_by}, which made it, or a later version" if type(form) is int and form > FORMAT else ""
        raise _Damaged(f"file format {_quoted(form)}, this version reads {READ[0]} and {READ[-1]}{newer}")
    if metadata.get("features") not in (features.fingerprint(), features.fingerprint(of_format_2=True)):
        raise _Damaged(f"made by {made_by} with other features, lexicon or stemmer than are installed here")
    labels, prior, threshold = (metadata.get(name) for name in ("labels", "prior", "threshold"))
    if not (isinstance(labels, list) and len(labels) >= 2 and all(map(_is_name, labels))):
        raise _Damaged("its labels are not a list of two or more names")
    if len(set(labels)) != len(labels):
        raise _Damaged("a label stands twice")
    if not _is_shares(prior, len(labels)):
        raise _Damaged("its prior is not one positive share for each label")
    if not _is_share(threshold):
        raise _Damaged("its threshold is not between 0 and 1")
    return tuple(labels), np.array(prior, dtype=np.float64), float(threshold), _story(metadata.get("story"), len(labels))


def _story(stated: Any, labels: int) -> Story | None:
    """The weights for stories, of which there may be none."""
    if stated is None:
        return None
    if not isinstance(stated, dict) or not _is_share(stated.get("threshold")):
        raise _Damaged("its threshold for stories is not between 0 and 1")
    rows, count = stated.get("rows"), Story.rows_of(labels)
    if not (isinstance(rows, list) and len(rows) == count) or not all(
        isinstance(row, list) and len(row) == labels and all(map(_is_weight, row)) for row in rows
    ):
        raise _Damaged(f"its weights for stories are not {Story.rows_of(labels)} rows of {labels} numbers")
    story = Story.of_rows(np.array(rows, dtype=np.float64), stated["threshold"])
    if not all(_is_shares(shares.tolist(), labels) for shares in (story.mix, story.prior)):
        raise _Damaged("its label shares of stories are not one positive share for each label")
    return story


def _is_share(value: Any) -> TypeGuard[float]:
    return isinstance(value, float) and 0.0 <= value <= 1.0


def _is_weight(value: Any) -> bool:
    return isinstance(value, float) and abs(value) <= _LARGEST


def _check_arrays(archive: Any, labels: int) -> None:
    """Types and shapes, before anything of the arrays is read."""
    present = archive.keys()
    shapes: dict[str, tuple[int, ...]] = {}
    for name, kind in _TYPES.items():
        if name not in present:
            raise _Damaged(f"array {name!r} is missing")
        held = archive.get_slice(name)
        if held.get_dtype() != kind:
            raise _Damaged(f"array {name!r} has type {held.get_dtype()}, not {kind}")
        shapes[name] = tuple(held.get_shape())
    for name in ("vocabulary", "idf"):
        if len(shapes[name]) != 1:
            raise _Damaged(f"array {name!r} has shape {shapes[name]}, not one dimension")
    _check_shapes(shapes, shapes["idf"][0], labels)


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], names: int, labels: int) -> None:
    for name, shape in {"idf": (names,), "coef": (labels, names), "intercept": (labels,)}.items():
        if shapes[name] != shape:
            raise _Damaged(f"array {name!r} has shape {shapes[name]}, not {shape}")


def _check_numbers(idf: NDArray[Any], coef: NDArray[Any], intercept: NDArray[Any]) -> None:
    for name, rows in (("idf", [idf]), ("coef", coef), ("intercept", [intercept])):
        if not all((np.abs(row) <= _LARGEST).all() for row in rows):
            raise _Damaged(f"array {name!r} holds a value that is no number, or larger than any that is fitted")
    if not (idf > 0).all():
        raise _Damaged("an idf is not positive")


def _vocabulary(encoded: NDArray[np.uint8], count: int) -> tuple[str, ...]:
    """The features in the order of their columns; a newline, which no feature has, stands between them."""
    data = encoded.tobytes()
    if data.count(b"\n") + 1 != count:
        raise _Damaged(f"its vocabulary has {data.count(10) + 1:,} features, array 'idf' has shape {(count,)}")
    try:
        names = data.decode().split("\n")
    except UnicodeDecodeError:
        raise _Damaged("its vocabulary is not UTF-8") from None
    if not all(names):
        raise _Damaged("its vocabulary is empty, or a feature is")
    if len(set(names)) != len(names):
        raise _Damaged("a feature stands twice in its vocabulary")
    return tuple(names)


def _is_name(label: Any) -> bool:
    return isinstance(label, str) and bool(label) and label.isprintable()


def _is_shares(value: Any, count: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == count
        and all(isinstance(share, float) and _LEAST_PRIOR <= share < 1.0 for share in value)
        and math.isclose(sum(value), 1.0, abs_tol=1e-6)
    )


def _clipped(error: Exception) -> str:
    """What `error` says, of which the file's own words may be much."""
    said = "".join(char if char.isprintable() else " " for char in str(error))
    return said if len(said) <= 120 else said[:120] + " ..."


def _quoted(value: Any) -> str:
    """As much of `value`, whatever it is, as belongs in a sentence."""
    if isinstance(value, str):
        return repr(value[:60])
    return repr(value)[:60] if value is None or isinstance(value, int | float) else f"a {type(value).__name__}"
