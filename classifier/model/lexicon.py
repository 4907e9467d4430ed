"""A word form in, what is known of it whatever sentence it stands in out: its stem, the verb and noun that it is a form of,
and their WordNet classes.

A module of its own since it knows words and nothing of sentences or features.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import snowballstemmer

LEXICON = Path(__file__).parents[1] / "data" / "wordnet.txt"
LONGEST_WORD = 40
"""Nobody's word is longer; stemming takes quadratic time."""

BE = frozenset("is are was were be been being".split())
HAVE = frozenset("has have had having".split())
MODALS = frozenset("will would can could may might shall should must to do does did".split())
AUXILIARIES = BE | HAVE | MODALS | {"am"}
FUNCTION_WORDS = frozenset(
    "the a an this that these those he she it they we you i his her its their our my your him them us me who what which when "
    "where why how if in on at by for from to of with as after before during under over between among about against into "
    "through while since until although though because but and or nor so yet not no all some any each every most many much "
    "few several other another such both either neither more less there here then now only also just even still already once "
    "despite following amid according unlike like than per via two three four five six seven eight nine ten is are was were "
    "be been has have had do does did will would can could may might must shall should without within toward towards upon "
    "whether whose whom up out off down again too very".split()
)


class Entry(NamedTuple):
    """What is known of a word form."""

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


def entry(form: str) -> Entry:
    """What is known of `form`, a word in lower case."""
    return Entry(form, "", "", (), "", (), False, False) if len(form) > LONGEST_WORD else _look_up(form)


def is_listed(form: str) -> bool:
    """Whether `form` is a function word, or stands in the lexicon as a verb, noun, adjective or adverb."""
    found = entry(form)
    return bool(form in FUNCTION_WORDS or found.verb or found.noun or _line(form) or _line(form.removesuffix("ly")))


@lru_cache(maxsize=1 << 16)
def _look_up(form: str) -> Entry:
    content = form not in FUNCTION_WORDS
    verb = _lemma(form, "verb") if content or form in AUXILIARIES else ""
    noun = _lemma(form, "noun") if content else ""
    verb_senses = _senses(verb, "verb") if form not in AUXILIARIES else ()
    return Entry(
        stem=_stem(form),
        verb=verb,
        verb_stem=_stem(verb) if verb else "",
        verb_senses=verb_senses,
        noun=noun,
        senses=verb_senses + _senses(noun, "noun"),
        irregular=form in _lexicon().irregular["verb"],
        often_noun=_line(verb).endswith("\tn"),
    )


def _lemma(form: str, part: str) -> str:
    """The verb or noun that `form` is a form of, by the detachment rules of morphy(7WN)."""
    irregular = _lexicon().irregular[part]
    if form in irregular:
        return irregular[form]
    if _field(form, part):
        return form
    for ending, replacement in _ENDINGS[part]:
        if form.endswith(ending):
            lemma = form[: -len(ending)] + replacement
            if _field(lemma, part):
                return lemma
    doubled = re.fullmatch(r"(\w+(\w))\2(?:ed|ing)", form) if part == "verb" else None
    return doubled[1] if doubled and _field(doubled[1], part) else ""


def _senses(lemma: str, part: str) -> tuple[str, ...]:
    """The classes of `lemma`: its first senses and what lies above them."""
    names = _lexicon().senses
    return tuple([names[int(number)] for number in _field(lemma, part).split()])


def _field(lemma: str, part: str) -> str:
    fields = _line(lemma).split("\t")
    at = 1 if part == "verb" else 2
    return fields[at] if at < len(fields) else ""


@lru_cache(maxsize=1 << 16)
def _line(word: str) -> str:
    """The line of `word`, or nothing."""
    lines = _lexicon().lines
    place = bisect_left(lines, word) if word else len(lines)
    line = lines[place] if place < len(lines) else ""
    return line if line.partition("\t")[0] == word else ""


def _stem(form: str) -> str:
    try:
        return str(_stemmer().stemWord(form))
    except UnicodeEncodeError:  # half a character has no stem
        return form


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    """Snowball's, compiled where PyStemmer is installed: the same stems, sixty times as fast."""
    return snowballstemmer.stemmer("english")


class _Lexicon(NamedTuple):
    """The file that ``training.wordnet`` compiles: a line a word, sorted, so that words are found without reading the others."""

    senses: list[str]
    lines: list[str]
    irregular: dict[str, dict[str, str]]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    """Read from the package; line 1 holds the names of the classes, the last two the irregular forms."""
    names, *lines, verbs, nouns = LEXICON.read_text(encoding="utf-8").splitlines()
    irregular = {part: _pairs(line) for part, line in (("verb", verbs), ("noun", nouns))}
    return _Lexicon([f"sense:{name}" for name in names.split()], lines, irregular)


def _pairs(line: str) -> dict[str, str]:
    return {form: lemma for form, _, lemma in (pair.partition(":") for pair in line.split()[1:])}


_ENDINGS = {
    "verb": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "noun": (("s", ""), ("ies", "y"), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man")),
}
