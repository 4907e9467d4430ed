"""A sentence in, tokens out: words, marks, and masks in the place of names, numbers and dates.

What is known of a run of characters by itself (``Piece``) is kept apart from what its neighbours decide (``tokenize``): the
compiled scorer looks the first up once and does the second over numbers.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from typing import NamedTuple

from classifier.model.lexicon import FUNCTION_WORDS, LONGEST_WORD, is_listed
from classifier.model.roles import roles
from classifier.text.actor_table import TABLE
from classifier.text.reading import given, reading_of


class Token(NamedTuple):
    """A word, mask or punctuation mark and where it stands in the sentence."""

    form: str
    """Lower-case word, name of a mask, or the punctuation mark itself."""
    stem: str
    """Snowball stem or name of the mask; empty for punctuation."""
    start: int
    end: int


class Look(NamedTuple):
    """How a sentence is written, which its tokens no longer show."""

    headline: bool
    """In capitals, or without a full stop and with a capital on most words."""
    dateline: bool
    stop: bool
    """Ends in a full stop, whatever closes behind it."""
    quote: bool
    """Opens with a quotation mark."""
    lower: bool
    """Opens in lower case."""


class Tokens(list[Token]):
    """The tokens of a sentence, and how it is written."""

    look = Look(False, False, False, False, False)


class Piece(NamedTuple):
    """What is known of a run of characters that ``PIECE`` finds, wherever it stands, for itself and for its neighbours.

    All but the first three fields are yes or no.
    """

    form: str
    """The form of its token where nothing around it decides otherwise: a word in lower case, a mask, a mark; or nothing."""
    lead: int
    """Characters at its start that are not part of the token."""
    length: int
    """Characters of the token."""
    mark: bool
    """Punctuation."""
    may_be_name: bool
    """A capital: the sentence decides whether it is a name."""
    us: bool
    acronym: bool
    common: bool
    """Also a word that is written in lower case."""
    function: bool
    opener: bool
    """North, New, United: opens names of more words."""
    opens_quote: bool
    capital: bool
    several: bool
    """More than one character."""
    longer: bool
    """More than three characters."""
    alphabetic: bool
    day: bool
    stop: bool
    """Ends in a full stop."""
    lower: bool
    """Has a letter in lower case."""
    upper: bool
    """Has a letter in upper case."""
    full_stop: bool
    """Ends in a full stop but for apostrophes."""
    quotes: bool
    """A quotation mark."""
    starts_quote: bool
    """Begins with a quotation mark or apostrophe."""
    starts_lower: bool
    """Begins in lower case."""


def tokenize(sentence: str) -> Tokens:
    """Tokens with names, numbers and dates masked; a chain of names is one token, a dateline none."""
    dateline = DATELINE.match(sentence)
    matches = list(PIECE.finditer(sentence, dateline.end() if dateline else 0))
    pieces = [piece(match.group()) for match in matches]
    all_capitals = any(each.upper for each in pieces) and not any(each.lower for each in pieces)
    headline = all_capitals or (bool(pieces) and not pieces[-1].stop and _is_headline(pieces))
    tokens = Tokens()
    tokens.look = _look(pieces, headline, dateline is not None)
    for match, each, before, after in zip(matches, pieces, (None, *pieces), (*pieces[1:], None), strict=False):
        start = match.start() + each.lead
        end = start + each.length
        if each.mark:
            tokens.append(Token(each.form, "", start, end))
        elif each.form == "NAME" or (each.may_be_name and _is_name(each, before, after, headline, all_capitals)):
            if tokens and tokens[-1].stem == "NAME":
                start = tokens.pop().start
            tokens.append(Token("NAME", "NAME", start, end))
        elif each.form:
            tokens.append(Token(each.form, roles(each.form).stem, start, end))
    return tokens


def read(sentence: str) -> Tokens:
    """The tokens of `sentence` as a reader sees it (``text.reading``), with their places in the sentence as given."""
    reading = reading_of(sentence)
    if reading is None:
        return tokenize(sentence)
    seen = tokenize(reading.text)
    tokens = Tokens(Token(each.form, each.stem, *given(reading, each.start, each.end)) for each in seen)
    tokens.look = seen.look
    return tokens


def _look(pieces: list[Piece], headline: bool, dateline: bool) -> Look:
    if not pieces:
        return Look(headline, dateline, False, False, False)
    closed = len(pieces) > 1 and pieces[-1].quotes and pieces[-2].full_stop
    return Look(headline, dateline, pieces[-1].full_stop or closed, pieces[0].starts_quote, pieces[0].starts_lower)


def piece(text: str) -> Piece:
    """What is known of `text`, a match of ``PIECE``."""
    return _piece(text) if len(text) <= LONGEST_WORD else _piece.__wrapped__(text)


@lru_cache(maxsize=1 << 16)
def _piece(text: str) -> Piece:
    mark = not any(map(str.isalnum, text))
    inner = text if mark else text.strip(_EDGE)
    form = word_form(text)
    mask = "" if mark else _mask(inner, form)
    mark_form = '"' if text in "“”" else text
    return Piece(
        form=mark_form if mark else mask or form,
        lead=0 if mark else len(text) - len(text.lstrip(_EDGE)),
        length=len(inner),
        mark=mark,
        may_be_name=not mark and not mask and inner[0].isupper() and len(inner) > 1,
        us=inner == "US",
        acronym=inner.isupper(),
        common=_is_common(form),
        function=form in FUNCTION_WORDS,
        opener=form in _NAME_OPENERS,
        opens_quote=text in _OPENING,
        capital=text[0].isupper(),
        several=len(text) > 1,
        longer=len(text) > 3,
        alphabetic=text[0].isalpha(),
        day=text.lower() in _DAYS,
        stop=text.endswith("."),
        lower=text != text.upper() if text.isascii() else any(map(_has_lower, text)),
        upper=text != text.lower() if text.isascii() else any(map(str.isupper, text)),
        full_stop=text.rstrip("'’").endswith("."),
        quotes=mark and mark_form == '"',
        starts_quote=text[0] in "\"“'‘",
        starts_lower=text[0].islower(),
    )


def _has_lower(char: str) -> bool:
    """Whether it is a letter in lower case, or one of two letters, as Dž, of which the second is."""
    return char.islower() or (char.istitle() and not char.isupper())


def word_form(text: str) -> str:
    """Lower case, straight apostrophes, without full stops and dashes at the ends and without a possessive."""
    return text.lower().replace("’", "'").strip(_EDGE).removesuffix("'s")


def _mask(text: str, form: str) -> str:
    """The mask that hides `text` in any sentence, or nothing."""
    capital = text[0].isupper() and len(text) > 1
    if form in _DAYS:
        return "DAY"
    if capital and form in _MONTHS:
        return "MONTH"
    if text[0].isdigit():
        return "YEAR" if _YEAR.fullmatch(form) else "NUMBER"
    return "" if capital else _mask_inside(text)


def _mask_inside(text: str) -> str:
    """``pro-NAME`` for "pro-Russian", ``NAME`` for "al-Assad"; nothing when no part after a hyphen has a capital."""
    parts = text.split("-")
    if not any(part[:1].isupper() for part in parts[1:]):
        return ""
    hidden = ["NAME" if part[:1].isupper() else part.lower() for part in parts]
    return "NAME" if hidden[0] in _PARTICLES else "-".join(hidden)


def _is_headline(pieces: list[Piece]) -> bool:
    """Most of the longer words have a capital, so that a capital says nothing about names."""
    words = [each for each in pieces if each.alphabetic]
    longer = [word for word in words if word.longer]
    return len(words) >= 3 and sum(word.capital for word in longer) > 0.6 * len(longer) > 0


def _is_name(word: Piece, before: Piece | None, after: Piece | None, headline: bool, all_capitals: bool) -> bool:
    """Whether a word with a capital is a name in its sentence."""
    if word.us or (word.acronym and not all_capitals):
        return True
    if word.opener and after and after.capital and not after.common:
        return True
    if headline:
        return not word.common
    if before is None or before.opens_quote:
        opens_name = after is not None and after.capital and after.several and not after.day
        return not word.common or (opens_name and not word.function)
    return True


def _is_common(form: str) -> bool:
    """Whether `form` is a word that is written in lower case; the name of a state or capital is none, whatever else it means."""
    return form not in _place_names() and is_listed(form)


@lru_cache(maxsize=1)
def _place_names() -> frozenset[str]:
    """States, their people and seats in one word: "Turkey" and "Polish" at the start of a sentence are names."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file) if row["kind"] in ("name", "demonym", "capital", "seat")}
    return frozenset(name.lower() for name in names if name.isalpha() and name.lower() not in _NO_PLACE_NAMES)


# Seats and peoples whose names begin too many sentences as common words.
_NO_PLACE_NAMES = frozenset("male congress parliament government".split())
_PARTICLES = frozenset("al el bin ibn abu de da di von van der ben ul".split())
_EDGE = ".'’-"
PIECE_CHARACTERS = r"\w'’.-"
PIECE = re.compile(rf"[{PIECE_CHARACTERS}]+|[^\w\s]")
DATELINE = re.compile(
    r"(?=[A-Z]{2})[A-Z][\w .'’-]{2,40}(?:, [A-Z][\w .,'’-]{1,40}?)?(?: \([A-Za-z/ ]{2,20}\))? ?(?:--|-|–|—) "
    r"|[A-Z][\w .'’-]{2,30}(?:, [A-Z][\w .,'’-]{1,40}?)? \([A-Z][A-Za-z/ ]{1,20}\) ?(?:--|-|–|—) "
    r"|[A-Z][\w .'’-]{2,30}(?:, [A-Z][\w .,'’-]{1,40}?)? CNN ?(?:--|-|–|—) "
    r"|[A-Z][A-Z .'’-]{2,40}, [A-Z][a-z]{2,8}\.? \d{1,2}\. /TASS/\. "
)
_YEAR = re.compile(r"(?:1\d|20)\d\ds?(?:-\d+)?")
_OPENING = frozenset("\"“'‘(")
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
# "North Korea" and "New Zealand", where capitals say nothing.
_NAME_OPENERS = frozenset("north south east west central new united saint great northern southern eastern western".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
