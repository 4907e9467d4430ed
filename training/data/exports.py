"""A record of an annotation tool's JSON export in, the columns that it means out: doccano, Label Studio, Prodigy, argilla, spaCy.

What a tool calls a label lies at another place in each: a list, a list of opinions of annotators, a dictionary of choices or of
shares. All opinions about a sentence come out together, so that two of them show as two labels, and none as none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]
Converter = Callable[[Record], "dict[str, Any] | None"]
"""Turns a record into columns; None where the tool says that it counts for nothing."""

_RESPONSES = ".responses"
_NO_OPINION = ("discarded", "draft", "pending")


def converter_of(records: Iterable[Record]) -> tuple[str, Converter]:
    """The name of the tool that wrote `records`, empty for plain JSON, and what turns one of them into columns."""
    records = list(records)
    keys = {key for record in records for key in record}
    if "data" in keys and keys & {"annotations", "completions"}:
        return "Label Studio export", _label_studio
    if {"text", "answer"} <= keys:
        return "Prodigy export", _prodigy
    if {"fields", "responses"} <= keys or any(key.endswith(_RESPONSES) for key in keys):
        return "argilla export", _argilla
    if "annotation" in keys and keys & {"prediction", "inputs", "status"}:
        return "argilla export", _argilla_1
    if "cats" in keys:
        return "spaCy categories", _spacy
    if "annotations" in keys:
        return "doccano export", lambda record: _with_label(record, record["annotations"], "annotations")
    if any(isinstance(record.get("label"), list) for record in records):
        return "doccano export", lambda record: _with_label(record, record.get("label"), "label")
    return "", dict


def opinions(value: Any) -> list[Any]:
    """The labels in what a tool holds of them: a label, a list of them, an annotator's opinion, a dictionary of choices.

    Raises
    ------
    TypeError
        When it is none of these, such as a span of characters.
    """
    if value is None:
        return []
    if isinstance(value, str | int | float):
        return [value]
    if isinstance(value, list):
        if any(isinstance(each, list) for each in value):
            raise TypeError("spans of characters")
        return list(dict.fromkeys(label for each in value for label in opinions(each)))
    if str(value.get("status", "")).lower() in _NO_OPINION:
        return []
    if "start_offset" in value:
        raise TypeError("spans of characters")
    for key in ("choices", "value", "label"):
        if key in value:
            return opinions(value[key])
    raise TypeError("no label")


def _with_label(record: Record, found: Any, instead_of: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != instead_of} | {"label": opinions(found)}


def _label_studio(record: Record) -> dict[str, Any]:
    """A task: the choices of all annotators; ``completions`` before version 1.0."""
    results = [
        result
        for annotation in record.get("annotations") or record.get("completions") or []
        if not annotation.get("was_cancelled")
        for result in annotation.get("result") or []
        if result.get("type") == "choices"
    ]
    return {**record["data"], "label": opinions([{"choices": result["value"]["choices"]} for result in results])}


def _prodigy(record: Record) -> dict[str, Any] | None:
    """A task of Prodigy's ``textcat.manual`` (choices) or ``textcat.teach`` (one label, accepted or not)."""
    if record["answer"] != "accept":
        return None
    plain = {key: value for key, value in record.items() if isinstance(value, str | int | float)}
    return plain | {"label": opinions(record.get("accept", record.get("label")))}


def _argilla(record: Record) -> dict[str, Any] | None:
    """A record of version 2, as it is or flattened by ``to_dict``: a column for each field and each question."""
    if "fields" in record:
        answers = {question: opinions(given) for question, given in (record["responses"] or {}).items()}
        return {**record["fields"], **answers}
    found: dict[str, Any] = {key: value for key, value in record.items() if "." not in key}
    for key in [key for key in record if key.endswith(_RESPONSES)]:
        given = record[key] or []
        states = record.get(f"{key}.status") or ["submitted"] * len(given)
        found[key.removesuffix(_RESPONSES)] = opinions(
            [value for value, state in zip(given, states, strict=False) if state not in _NO_OPINION]
        )
    return found


def _argilla_1(record: Record) -> dict[str, Any] | None:
    """A record of version 1: ``annotation`` is what a person said, ``prediction`` what a model did."""
    if str(record.get("status", "")).lower() == "discarded":
        return None
    text = record.get("text") or (record.get("inputs") or {}).get("text")
    plain = {key: value for key, value in record.items() if isinstance(value, str | int | float) and key != "annotation"}
    return plain | {"text": text, "label": opinions(record["annotation"])}


def _spacy(record: Record) -> dict[str, Any]:
    """Training data of a text categoriser: a share for each category, 1 for the one that holds."""
    shares = record.get("cats") or {}
    plain = {key: value for key, value in record.items() if key != "cats"}
    return plain | {"label": [name for name, share in shares.items() if share >= 0.5]}
