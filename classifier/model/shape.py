"""The tokens of a sentence in, its shape out: how long it is, what stands in it however often, how it begins and ends.

Headlines, captions, quotations and tables of results take stances less or more often than the sentences of a report.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifier.model.tokens import Token, Tokens

COUNTED = {"quotes": 4, "names": 8, "numbers": 4, "years": 3, "commas": 6, "weekday": 1, "brackets": 1, "colon": 1, "dash": 1}
"""What is counted in a sentence, and how far."""
WORDS_IN_STEP, MOST_STEPS, LONG, SHORT = 4, 12, 30, 6
"""Length in steps of so many words, and so many of these; more words make a long sentence, no more a short one."""
KINDS = (*COUNTED, "words", "long", "short", "headline", "dateline", "stop", "opens-quote", "opens-lower")
"""Kinds of features, each with its value; the last mark, which may be any, is one more."""


def shape_features(tokens: Tokens) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features ``shape:``, which stand on no tokens."""
    counts = [0] * len(COUNTED)
    words = 0
    for token in tokens:
        words += token.stem != ""
        if (place := counted_as(token.form)) >= 0:
            counts[place] += 1
    for (kind, most), count in zip(COUNTED.items(), counts, strict=True):
        yield f"shape:{kind}:{min(count, most)}", ()
    yield f"shape:words:{min(words // WORDS_IN_STEP, MOST_STEPS)}", ()
    yield f"shape:long:{int(words > LONG)}", ()
    if words <= SHORT:
        yield f"shape:short:{words}", ()
    for kind, flag in zip(KINDS[-5:], tokens.look, strict=True):
        yield f"shape:{kind}:{int(flag)}", ()
    if tokens:
        yield ending(tokens[-1].form, not tokens[-1].stem), ()


def counted_as(form: str) -> int:
    """The place in ``COUNTED`` of a token; -1 when it is not counted."""
    return _PLACES.get(form, -1)


def ending(form: str, mark: bool) -> str:
    """The feature of a sentence that ends in this token."""
    return f"shape:end:{form}" if mark else "shape:end:word"


_FORMS = ('"', "NAME", "NUMBER", "YEAR", ",", "DAY", "(", ":", "- – — --")
_PLACES = {form: place for place, forms in enumerate(_FORMS) for form in forms.split()}
