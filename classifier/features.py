"""A sentence in, feature strings out: the only module that knows what a feature is.

What a classifier of stances must not learn is who acts; what it must learn is what is done, asserted or denied. So names and
numbers become masks, words become stems, and verbs and nouns bring their WordNet classes along, which lets a verb that was
never met in training act through its hypernyms. The main verb and what stands after a negator are features of their own.

===================  ==========================================================================================
``accus``            Snowball stem of a word; ``NAME``, ``NUMBER``, ``YEAR``, ``DAY`` and ``MONTH`` are masks
``refus NAME``       two neighbouring stems
``sense:kill.v.01``  a WordNet class of a verb (three senses, two levels up) or noun (one sense, two levels up)
``main:accus``       the main verb, and with ``main:sense:`` its classes; ``not-`` and ``by-`` mark negation and passive
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
from pathlib import Path
from typing import Any, NamedTuple

import snowballstemmer

from classifier.actors import TABLE

LEXICON = Path(__file__).parent / "data" / "wordnet.txt"

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
    words = [name for name, _ in located if name and is_word(name) and name not in _MASKS]
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
)
_DERIVED = re.compile("[ :]")
_UNKNOWN = "unknown:"


# --- tokens ----------------------------------------------------------------------------------------------------------


def tokenize(sentence: str) -> list[Token]:
    """Tokens with names, numbers and dates masked; a chain of names is one token, a dateline none."""
    dateline = _DATELINE.match(sentence)
    matches = list(_TOKEN.finditer(sentence, dateline.end() if dateline else 0))
    all_capitals = sentence.isupper()
    headline = all_capitals or (not sentence.rstrip().endswith(".") and _is_headline([match.group() for match in matches]))
    tokens: list[Token] = []
    for number, match in enumerate(matches):
        text, start, end = match.group(), match.start(), match.end()
        if not any(map(str.isalnum, text)):
            tokens.append(Token('"' if text in "“”" else text, "", start, end))
            continue
        start += len(text) - len(text.lstrip(_EDGE))
        text = text.strip(_EDGE)
        end = start + len(text)
        form = _word_form(text)
        first = number == 0 or matches[number - 1].group() in _OPENING
        following = matches[number + 1].group() if number + 1 < len(matches) else ""
        mask = _mask(text, form, first, headline, all_capitals, following)
        if mask == "NAME" and tokens and tokens[-1].stem == "NAME":
            tokens[-1] = tokens[-1]._replace(end=end)
        elif mask:
            tokens.append(Token(mask, mask, start, end))
        elif form:
            tokens.append(Token(form, _entry(form).stem, start, end))
    return tokens


def _word_form(text: str) -> str:
    """Lower case, straight apostrophes, without full stops and dashes at the ends and without a possessive."""
    return text.lower().replace("’", "'").strip(_EDGE).removesuffix("'s")


def _mask(text: str, form: str, first: bool, headline: bool, all_capitals: bool, following: str) -> str:
    """The mask that hides `text`, or nothing."""
    capital = text[0].isupper() and len(text) > 1
    if form in _DAYS:
        return "DAY"
    if capital and form in _MONTHS:
        return "MONTH"
    if text[0].isdigit():
        return "YEAR" if _YEAR.fullmatch(form) else "NUMBER"
    if not capital:
        return _mask_inside(text)
    if text == "US" or (text.isupper() and not all_capitals):
        return "NAME"
    if form in _NAME_OPENERS and following[:1].isupper() and not _is_common(_word_form(following)):
        return "NAME"
    if headline:
        return "" if _is_common(form) else "NAME"
    if first:
        opens_name = following[:1].isupper() and len(following) > 1 and following.lower() not in _DAYS
        return "NAME" if not _is_common(form) or (opens_name and form not in _FUNCTION_WORDS) else ""
    return "NAME"


def _mask_inside(text: str) -> str:
    """``pro-NAME`` for "pro-Russian", ``NAME`` for "al-Assad"; nothing when no part after a hyphen has a capital."""
    parts = text.split("-")
    if not any(part[:1].isupper() for part in parts[1:]):
        return ""
    hidden = ["NAME" if part[:1].isupper() else part.lower() for part in parts]
    return "NAME" if hidden[0] in _PARTICLES else "-".join(hidden)


def _is_headline(texts: list[str]) -> bool:
    """Most of the longer words have a capital, so that a capital says nothing about names."""
    words = [text for text in texts if text[0].isalpha()]
    longer = [word for word in words if len(word) > 3]
    return len(words) >= 3 and sum(word[0].isupper() for word in longer) > 0.6 * len(longer) > 0


def _is_common(form: str) -> bool:
    """Whether `form` is a word that is written in lower case; the name of a state or capital is none, whatever else it means."""
    if form in _place_names():
        return False
    entry = _entry(form)
    words = _lexicon().words
    return form in _FUNCTION_WORDS or bool(entry.verb or entry.noun) or form in words or form.removesuffix("ly") in words


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
_TOKEN = re.compile(r"[\w'’.-]+|[^\w\s]")
_DATELINE = re.compile(
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
_FUNCTION_WORDS = frozenset(
    "the a an this that these those he she it they we you i his her its their our my your him them us me who what which when "
    "where why how if in on at by for from to of with as after before during under over between among about against into "
    "through while since until although though because but and or nor so yet not no all some any each every most many much "
    "few several other another such both either neither more less there here then now only also just even still already once "
    "despite following amid according unlike like than per via two three four five six seven eight nine ten is are was were "
    "be been has have had do does did will would can could may might must shall should without within toward towards upon "
    "whether whose whom up out off down again too very".split()
)


# --- features --------------------------------------------------------------------------------------------------------


def _features(tokens: list[Token], known: Container[str]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    words = [token for token in tokens if token.stem]
    unknown = 0
    for word in words:
        yield word.stem, (word,)
        for sense in _entry(word.form).senses:
            yield sense, (word,)
        if word.stem not in known and unknown < 8:
            unknown += 1
            yield f"{_UNKNOWN}{unknown}", (word,)
    for left, right in pairwise(words):
        yield f"{left.stem} {right.stem}", (left, right)
    yield from _scopes(words)
    yield from _verb_features(tokens)


def _scopes(words: list[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """What stands within five words after a negator, or after a verb of lifting."""
    reach = {"no": 0, "ending": 0}
    for word, following in zip_longest(words, words[1:]):
        opened = ""
        if word.stem in _NEGATORS or word.form.endswith("n't") or (word.stem == "rule" and following and following.form == "out"):
            opened = "no"
        elif word.stem in _LIFTERS:
            opened = "ending"
        for scope in reach:
            if scope == opened:
                reach[scope] = 5
            elif reach[scope]:
                reach[scope] -= 1
                yield f"{scope}:{word.stem}", (word,)


def _verb_features(tokens: list[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    if (main := _main_verb(_verbs(tokens))) is None:
        return
    entry = _entry(main.token.form)
    kind = ("not-" if main.negated else "") + ("by-" if main.passive else "")
    for prefix in ("", kind) if kind else ("",):
        yield f"main:{prefix}{entry.verb_stem}", (main.token,)
        for sense in entry.verb_senses:
            yield f"main:{prefix}{sense}", (main.token,)


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
    for number, token in enumerate(tokens):
        if token.form in _SUBORDINATORS:
            subordinate = True
        elif token.form in _CLAUSE_ENDS:
            subordinate = False
        entry = _entry(token.form)
        if not entry.verb or token.form in _AUXILIARIES:
            continue
        before = number - 1
        negated = False
        while before >= max(0, number - _MOST_BETWEEN) and _stands_between(tokens[before].form):
            negated = negated or tokens[before].form in ("not", "never")
            before -= 1
        previous = tokens[before].form if before >= 0 else ""
        negated = negated or previous.endswith("n't")
        following = tokens[number + 1].form if number + 1 < len(tokens) else ""
        if (kind := _verb_kind(token.form, entry, previous, following)) is not None:
            speech = entry.verb in _SPEECH
            found.append(_Verb(token, kind != "infinitive", kind == "passive", negated, subordinate, speech))
    return found


def _stands_between(form: str) -> bool:
    """An adverb may stand between an auxiliary and its verb; "apply" is none."""
    return form in _BETWEEN or (form.endswith("ly") and not _entry(form).verb)


def _verb_kind(form: str, entry: _Entry, previous: str, following: str) -> str | None:
    """How a verb form is used after `previous`; None when it is no verb here."""
    participle = form.endswith("ed") or entry.irregular
    if previous in _MODALS or previous.endswith("n't"):
        return ("infinitive" if previous == "to" else "active") if form == entry.verb else None
    if previous in _BE:
        return "active" if form.endswith("ing") else "passive" if participle else None
    if previous in _HAVE:
        return "active" if participle else None
    if previous in _DETERMINERS or previous in _PREPOSITIONS:
        return None
    if participle:
        return "active"
    if form.endswith("s") and form != entry.verb:
        object_follows = following in _DETERMINERS or following in ("NAME", "NUMBER")
        subject = previous in ("NAME", "he", "she", "it", "who", "which", "that") or _entry(previous).noun == previous != ""
        return "active" if subject and (object_follows or not entry.often_noun) else None
    return None


_MOST_BETWEEN = 4
_NEGATORS = frozenset("not no never refus reject declin deni fail without nor neither cannot oppos".split())
_LIFTERS = frozenset("lift eas end stop halt drop suspend withdraw cancel scrap revok abandon".split())
_SUBORDINATORS = frozenset(
    "which who whose whom when while where after before since because although though if as whether until unless".split()
)
_CLAUSE_ENDS = frozenset(',;"')
_BE = frozenset("is are was were be been being".split())
_HAVE = frozenset("has have had having".split())
_MODALS = frozenset("will would can could may might shall should must to do does did".split())
_AUXILIARIES = _BE | _HAVE | _MODALS | {"am"}
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


# --- words -----------------------------------------------------------------------------------------------------------


class _Entry(NamedTuple):
    """What is known of a word form, whatever sentence it stands in."""

    stem: str
    verb: str
    """The verb that it is a form of, or empty."""
    verb_stem: str
    verb_senses: tuple[str, ...]
    noun: str
    """The noun that it is a form of, or empty."""
    senses: tuple[str, ...]
    """Of verb and noun together."""
    irregular: bool
    """An irregular form of a verb."""
    often_noun: bool
    """Its verb is met more often as a noun."""


def _entry(form: str) -> _Entry:
    # Nobody's word is that long; stemming takes quadratic time, and the cache would keep it.
    return _Entry(form, "", "", (), "", (), False, False) if len(form) > _LONGEST_WORD else _look_up(form)


@lru_cache(maxsize=1 << 16)
def _look_up(form: str) -> _Entry:
    if form in _MASKS or not form:
        return _Entry(form, "", "", (), "", (), False, False)
    lexicon = _lexicon()
    content = form not in _FUNCTION_WORDS
    verb = lexicon.lemma(form, "verb", _VERB_ENDINGS) if content or form in _AUXILIARIES else ""
    noun = lexicon.lemma(form, "noun", _NOUN_ENDINGS) if content else ""
    verb_senses = lexicon.senses(verb, "verb") if form not in _AUXILIARIES else ()
    return _Entry(
        stem=_stem(form),
        verb=verb,
        verb_stem=_stem(verb) if verb else "",
        verb_senses=verb_senses,
        noun=noun,
        senses=verb_senses + lexicon.senses(noun, "noun"),
        irregular=form in lexicon.irregular["verb"],
        often_noun=lexicon.often_noun(verb),
    )


def _stem(form: str) -> str:
    return str(_stemmer().stemWord(form))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")


class _Lexicon(NamedTuple):
    """The file that ``training.wordnet`` compiles; the fields of a word are read when it is met."""

    names: list[str]
    words: dict[str, str]
    irregular: dict[str, dict[str, str]]

    def lemma(self, form: str, part: str, endings: tuple[tuple[str, str], ...]) -> str:
        """The verb or noun that `form` is a form of, by the detachment rules of morphy(7WN)."""
        if form in self.irregular[part]:
            return self.irregular[part][form]
        if self._field(form, part):
            return form
        for ending, replacement in endings:
            if form.endswith(ending):
                lemma = form[: -len(ending)] + replacement
                if self._field(lemma, part):
                    return lemma
        doubled = re.fullmatch(r"(\w+(\w))\2(?:ed|ing)", form) if part == "verb" else None
        return doubled[1] if doubled and self._field(doubled[1], part) else ""

    def senses(self, lemma: str, part: str) -> tuple[str, ...]:
        """The classes of `lemma`: its first senses and what lies above them."""
        return tuple(f"sense:{self.names[int(number)]}" for number in self._field(lemma, part).split())

    def often_noun(self, lemma: str) -> bool:
        return self.words.get(lemma, "").endswith("\tn")

    def _field(self, lemma: str, part: str) -> str:
        fields = self.words.get(lemma, "").split("\t")
        at = 0 if part == "verb" else 1
        return fields[at] if at < len(fields) else ""


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    """Read from the package; line 1 holds the names of the classes, the last two the irregular forms."""
    names, *words, verbs, nouns = LEXICON.read_text(encoding="utf-8").splitlines()
    irregular = {part: _pairs(line) for part, line in (("verb", verbs), ("noun", nouns))}
    fields = {word: rest for word, _, rest in (line.partition("\t") for line in words)}
    return _Lexicon(names.split(), fields, irregular)


def _pairs(line: str) -> dict[str, str]:
    return {form: lemma for form, _, lemma in (pair.partition(":") for pair in line.split()[1:])}


_LONGEST_WORD = 40
_MASKS = frozenset(("NAME", "NUMBER", "YEAR", "DAY", "MONTH"))
_VERB_ENDINGS = (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""))
_NOUN_ENDINGS = (
    ("s", ""),
    ("ies", "y"),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
)
