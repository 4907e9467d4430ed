"""The verbs of a sentence in, the columns of what they stand with out: prepositions, particles and objects.

What the rules are stands in ``model.objects``; here they are said again over numbers and bit flags.
"""

from __future__ import annotations

from typing import Any

from classifier.kernel.columns import add, pair
from classifier.kernel.jit import compiled
from classifier.kernel.layout import CLASSES, CLASSES_END, OBJECT, PARTICLE, PREP, STEM, WITH_PARTICLE, WORD
from classifier.model.objects import MOST_OF_CLASSES, OBJECTS_WITHIN, PREPOSITION_WITHIN


@compiled
def prepositions(
    token: Any,
    flag: Any,
    count: int,
    verbs: Any,
    some: int,
    rows: Any,
    pairs: Any,
    found: int,
    column: Any,
    left: Any,
    right: Any,
) -> Any:
    """Columns of the first `some` of the verbs with their prepositions or particles."""
    for number in range(some):
        verb = verbs[number, 0]
        for place in range(verb + 1, min(verb + 1 + PREPOSITION_WITHIN, count)):
            if not flag[place] & WORD.word:
                break
            if flag[place] & WORD.leads:
                feature = pair(rows[token[verb], PREP], rows[token[place], STEM], pairs)
                found = add(feature, verb, place, found, column, left, right)
                break
    return found


@compiled
def object_features(
    token: Any,
    flag: Any,
    count: int,
    verb: int,
    subject: int,
    rows: Any,
    senses: Any,
    pairs: Any,
    found: int,
    column: Any,
    left: Any,
    right: Any,
) -> Any:
    """Columns of the main verb, and of its classes, with what follows, and with a passive's `subject`, else -1."""
    word, first, last = token[verb], verb + 1, min(verb + 1 + OBJECTS_WITHIN, count)
    itself, classes, classes_end = rows[word, OBJECT], rows[word, CLASSES], rows[word, CLASSES_END]
    if first < last and rows[token[first], PARTICLE]:
        # With its particle it is another verb, to which the classes of this one do not belong.
        itself, classes_end = pair(rows[word, WITH_PARTICLE], rows[token[first], STEM], pairs), classes
        first += 1
    for start, stop, step, mark in (
        (first, last, 1, WORD.semicolon),
        (subject, max(-1, subject - OBJECTS_WITHIN), -1, WORD.clause_end),
    ):
        met = 0
        for place in range(start, stop, step):
            if flag[place] & mark:
                break
            if not flag[place] & WORD.word or not flag[place] & WORD.lexical:
                continue
            met += 1
            stem = rows[token[place], STEM]
            found = add(pair(itself, stem, pairs), verb, place, found, column, left, right)
            if met <= MOST_OF_CLASSES:
                for number in range(classes, classes_end):
                    found = add(pair(senses[number], stem, pairs), verb, place, found, column, left, right)
    return found
