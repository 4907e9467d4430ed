"""A sentence in, feature strings out: the only module that knows what a feature is.

What a classifier of stances must not learn is who acts; what it must learn is what is done, asserted or denied. So names and
numbers become masks, words become stems, and verbs and nouns bring their WordNet classes along, which lets a verb that was
never met in training act through its hypernyms. The main verb and what stands after a negator are features of their own.

===================  ==========================================================================================
``accus``            Snowball stem of a word; ``NAME``, ``NUMBER``, ``YEAR``, ``DAY`` and ``MONTH`` are masks
``refus NAME``       two neighbouring stems
``sense:kill.v.01``  a WordNet class of a verb (three senses, two levels up) or noun (one sense, two levels up)
``main:accus``       the main verb, and with ``main:sense:`` its classes; ``not-`` marks negation, ``by-`` a passive without agent
``no:talk``          a stem within five words after a negator or refusal
``ending:sanction``  a stem within five words after a verb of lifting or stopping
``unknown:2``        the sentence has at least two words that the model has never met
===================  ==========================================================================================
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import NamedTuple

from classifier.model.lexicon import AUXILIARIES, BE, FUNCTION_WORDS, HAVE, LEXICON, LONGEST_WORD, MODALS, entry, is_listed
from classifier.text.actors import TABLE

Span = tuple[int, int]


class Token(NamedTuple):
    """A word, mask or punctuation mark and where it stands in the sentence."""

    form: str
    """Lower-case word, name of a mask, or the punctuation mark itself."""
    stem: str
    """Snowball stem or name of the mask; empty for punctuation."""
    start: int
    end: int


def extract(sentence: str, known: Container[str]) -> list[str]:
    """The features of `sentence`, repeated as often as they occur.

    Parameters
    ----------
    sentence : str
    known : container of str
        Features of the model: a word whose stem is not among them counts as unknown.
    """
    return [name for name, _ in _features(tokenize(sentence), known)]


def locate(sentence: str, known: Container[str]) -> list[tuple[str, list[Span]]]:
    """The features of `sentence` as ``extract`` gives them, each with the character spans of its words."""
    return [(name, [(token.start, token.end) for token in words]) for name, words in _features(tokenize(sentence), known)]


def known_share(located: Sequence[tuple[str, list[Span]]], known: Container[str]) -> float:
    """The share of a sentence's words, names and numbers not counted, that the model has met; 1 when there is none."""
    words = [name for name, _ in located if name and is_word(name) and name not in MASKS]
    return sum(word in known for word in words) / len(words) if words else 1.0


def is_word(feature: str) -> bool:
    """Whether a feature is the stem of a word, or a mask, and not derived from several words or from its class."""
    return not _DERIVED.search(feature)


def unknown_rank(feature: str) -> int:
    """For ``unknown:k`` the number k, how many unknown words a sentence must have to get it; 0 for every other feature."""
    return int(feature[len(_UNKNOWN) :]) if feature.startswith(_UNKNOWN) else 0


def weight(feature: str) -> float:
    """What a feature counts for against a word of the same rarity: classes come several to a word, so each counts half.

    Those of the main verb count whole.
    """
    return 0.5 if feature.startswith("sense:") else 1.0


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """What tells these features from those of another version of the code, the lexicon or the stemmer."""
    probes = [extract(sentence, ()) for sentence in _PROBES]
    return hashlib.sha256(LEXICON.read_bytes() + repr(probes).encode()).hexdigest()[:16]


_PROBES = (
    "NICOSIA, Cyprus (AP) - Turkey's envoys didn't attack Gen. Li's pro-Western militias, officials said on Friday 14 June 2024.",
    "US Warns North Korea Over Missile Tests as Talks Collapse",
    "‘Moscow ruled out lifting its sanctions,’ wrote al-Masri, who had repeatedly been refused generously relied-upon visas.",
    "The skies darkened; horses, ponies, geese and policemen were being carried to happier, easily controllable universities.",
    "Two towns were shelled by rebels after the army withdrew its guns and refused talks.",
)
_DERIVED = re.compile("[ :]")
_UNKNOWN = "unknown:"


# --- tokens ----------------------------------------------------------------------------------------------------------


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


def tokenize(sentence: str) -> list[Token]:
    """Tokens with names, numbers and dates masked; a chain of names is one token, a dateline none."""
    dateline = DATELINE.match(sentence)
    matches = list(PIECE.finditer(sentence, dateline.end() if dateline else 0))
    pieces = [piece(match.group()) for match in matches]
    all_capitals = any(each.upper for each in pieces) and not any(each.lower for each in pieces)
    headline = all_capitals or (bool(pieces) and not pieces[-1].stop and _is_headline(pieces))
    tokens: list[Token] = []
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


def piece(text: str) -> Piece:
    """What is known of `text`, a match of ``PIECE``."""
    return _piece(text) if len(text) <= LONGEST_WORD else _piece.__wrapped__(text)


@lru_cache(maxsize=1 << 16)
def _piece(text: str) -> Piece:
    mark = not any(map(str.isalnum, text))
    inner = text if mark else text.strip(_EDGE)
    form = _word_form(text)
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
    )


def _has_lower(char: str) -> bool:
    """Whether it is a letter in lower case, or one of two letters, as Dž, of which the second is."""
    return char.islower() or (char.istitle() and not char.isupper())


def _word_form(text: str) -> str:
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


# --- features --------------------------------------------------------------------------------------------------------


class Roles(NamedTuple):
    """The parts that a word form can play in the rules below; all but the first three fields are yes or no."""

    stem: str
    senses: tuple[str, ...]
    main: tuple[str, ...]
    """Stem and classes of the verb that it is a form of."""
    verb: bool
    """A form of a verb, and no auxiliary."""
    base: bool
    """The verb itself, without ending."""
    participle: bool
    gerund: bool
    third_person: bool
    often_noun: bool
    """Its verb is met more often as a noun."""
    speech: bool
    modal: bool
    to: bool
    be: bool
    have: bool
    determiner: bool
    preposition: bool
    subject: bool
    """May stand before a verb in the third person as its subject."""
    object: bool
    """May stand after a verb as the start of its object."""
    not_or_never: bool
    contracted_not: bool
    between: bool
    """May stand between an auxiliary and its verb; "apply" may not."""
    subordinator: bool
    clause_end: bool
    by: bool
    negator: bool
    lifter: bool
    rule: bool
    out: bool


def roles(form: str) -> Roles:
    """The parts that `form` can play."""
    return _roles(form) if len(form) <= LONGEST_WORD else _roles.__wrapped__(form)


@lru_cache(maxsize=1 << 16)
def _roles(form: str) -> Roles:
    known = entry(form)
    stem = form if form in MASKS or "NAME" in form else known.stem
    verb, contracted_not = known.verb, form.endswith("n't")
    return Roles(
        stem=stem,
        senses=known.senses,
        main=(known.verb_stem, *known.verb_senses),
        verb=bool(verb) and form not in AUXILIARIES,
        base=form == verb,
        participle=form.endswith("ed") or known.irregular,
        gerund=form.endswith("ing"),
        third_person=form.endswith("s") and form != verb,
        often_noun=known.often_noun,
        speech=verb in _SPEECH,
        modal=form in MODALS or contracted_not,
        to=form == "to",
        be=form in BE,
        have=form in HAVE,
        determiner=form in _DETERMINERS,
        preposition=form in _PREPOSITIONS,
        subject=form in _SUBJECTS or known.noun == form != "",
        object=form in _DETERMINERS or form in ("NAME", "NUMBER"),
        not_or_never=form in ("not", "never"),
        contracted_not=contracted_not,
        between=form in _BETWEEN or (form.endswith("ly") and not verb),
        subordinator=form in _SUBORDINATORS,
        clause_end=form in _CLAUSE_ENDS,
        by=form == "by",
        negator=not _NEGATORS.isdisjoint((stem, known.verb_stem)) or contracted_not,
        lifter=not _LIFTERS.isdisjoint((stem, known.verb_stem)),
        rule=stem == "rule",
        out=form == "out",
    )


def _features(tokens: list[Token], known: Container[str]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    words = [token for token in tokens if token.stem]
    unknown = 0
    for word in words:
        yield word.stem, (word,)
        for sense in roles(word.form).senses:
            yield sense, (word,)
        if word.stem not in known and unknown < MOST_UNKNOWN:
            unknown += 1
            yield f"{_UNKNOWN}{unknown}", (word,)
    for left, right in pairwise(words):
        yield f"{left.stem} {right.stem}", (left, right)
    yield from _scopes(words)
    yield from _verb_features(tokens)


def _scopes(words: list[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """What stands within five words after a negator, or after a verb of lifting."""
    reach = {"no": 0, "ending": 0}
    parts = [roles(word.form) for word in words]
    for word, role, following in zip_longest(words, parts, parts[1:]):
        opened = ""
        if role.negator or (role.rule and following and following.out):
            opened = "no"
        elif role.lifter:
            opened = "ending"
        for scope in reach:
            if scope == opened:
                reach[scope] = REACH
            elif reach[scope]:
                reach[scope] -= 1
                yield f"{scope}:{word.stem}", (word,)


def _verb_features(tokens: list[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    if (main := _main_verb(_verbs(tokens))) is None:
        return
    suffered = main.passive and not _names_its_agent(tokens, main.token)
    kind = ("not-" if main.negated else "") + ("by-" if suffered else "")
    for prefix in ("", kind) if kind else ("",):
        for name in roles(main.token.form).main:
            yield f"main:{prefix}{name}", (main.token,)


def _names_its_agent(tokens: list[Token], verb: Token) -> bool:
    """Whether a passive says in its clause by whom: "was shelled by the army" is an act, "was shelled" is a state of things."""
    for token in tokens[tokens.index(verb) + 1 :][:AGENT_WITHIN]:
        role = roles(token.form)
        if role.by or role.clause_end:
            return role.by
    return False


class _Verb(NamedTuple):
    token: Token
    finite: bool
    passive: bool
    negated: bool
    subordinate: bool
    speech: bool


def _main_verb(verbs: list[_Verb]) -> _Verb | None:
    """The first finite verb of the main clause; what was said counts, not that it was said."""
    acts = [verb for verb in verbs if verb.finite and not verb.speech]
    in_main_clause = [verb for verb in acts if not verb.subordinate]
    return next(iter(in_main_clause or acts or verbs), None)


def _verbs(tokens: list[Token]) -> list[_Verb]:
    """The verbs of a sentence as its word order shows them; auxiliaries are left out."""
    found: list[_Verb] = []
    subordinate = False
    parts = [roles(token.form) for token in tokens]
    for number, role in enumerate(parts):
        if role.subordinator:
            subordinate = True
        elif role.clause_end:
            subordinate = False
        if not role.verb:
            continue
        before = number - 1
        negated = False
        while before >= max(0, number - MOST_BETWEEN) and parts[before].between:
            negated = negated or parts[before].not_or_never
            before -= 1
        previous = parts[before] if before >= 0 else roles("")
        negated = negated or previous.contracted_not
        following = parts[number + 1] if number + 1 < len(parts) else roles("")
        if (kind := _verb_kind(role, previous, following)) is not None:
            found.append(_Verb(tokens[number], kind != "infinitive", kind == "passive", negated, subordinate, role.speech))
    return found


def _verb_kind(verb: Roles, previous: Roles, following: Roles) -> str | None:
    """How a verb form is used after `previous`; None when it is no verb here."""
    if previous.modal:
        return ("infinitive" if previous.to else "active") if verb.base else None
    if previous.be:
        return "active" if verb.gerund else "passive" if verb.participle else None
    if previous.have:
        return "active" if verb.participle else None
    if previous.determiner or previous.preposition:
        return None
    if verb.participle:
        return "active"
    if verb.third_person and previous.subject and (following.object or not verb.often_noun):
        return "active"
    return None


MOST_BETWEEN = 4
AGENT_WITHIN = 12
REACH = 5
MOST_UNKNOWN = 8
_NEGATORS = frozenset("not no never refus reject declin deni fail without nor neither cannot oppos".split())
_LIFTERS = frozenset(
    "lift eas end stop halt drop suspend withdraw cancel scrap revok abandon remov rescind abolish undo dissolv unfreez releas "
    "relax".split()
)
_SUBORDINATORS = frozenset(
    "which who whose whom when while where after before since because although though if as whether until unless".split()
)
_CLAUSE_ENDS = frozenset(',;"')
_BETWEEN = frozenset("not never also already still again now then once just even only soon".split())
_DETERMINERS = frozenset(
    "the a an this that these those his her its their our my your any some no every each all both several many few more most "
    "other another such own".split()
)
_PREPOSITIONS = frozenset(
    "of in on at by for from with into over under against between among about during through without across toward towards "
    "amid despite near".split()
)
_SPEECH = frozenset("say tell add note quote report state declare announce write comment explain remark".split())
_SUBJECTS = frozenset("NAME he she it who which that".split())
MASKS = ("NAME", "NUMBER", "YEAR", "DAY", "MONTH")
