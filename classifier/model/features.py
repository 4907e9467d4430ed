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
``known:0``          it has no word of content that the model has met: names, numbers and function words alone
===================  ==========================================================================================
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import NamedTuple

from classifier.model.lexicon import LEXICON
from classifier.model.roles import Roles, is_content, roles
from classifier.model.tokens import Token, tokenize

Span = tuple[int, int]
MOST_BETWEEN, AGENT_WITHIN, REACH, MOST_UNKNOWN = 4, 12, 5, 8
"""Words between an auxiliary and its verb, from a passive to its agent, in reach of a negator; unknown words that are counted."""


def extract(sentence: str, known: Container[str]) -> list[str]:
    """The features of `sentence`, repeated as often as they occur.

    Parameters
    ----------
    sentence : str
    known : container of str
        Features of the model: a word whose stem is not among them counts as unknown.
    """
    return [name for name, _ in features_of(tokenize(sentence), known)]


def locate(sentence: str, known: Container[str]) -> list[tuple[str, list[Span]]]:
    """The features of `sentence` as ``extract`` gives them, each with the character spans of its words."""
    return [(name, [(token.start, token.end) for token in words]) for name, words in features_of(tokenize(sentence), known)]


def known_share(tokens: Sequence[Token], known: Container[str]) -> float:
    """The share of a sentence's words of content that the model has met; 0 when it has none."""
    words = [token.stem for token in tokens if is_content(token.stem)]
    return sum(word in known for word in words) / len(words) if words else 0.0


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


@lru_cache(maxsize=2)
def fingerprint(of_format_2: bool = False) -> str:
    """What tells these features from those of another version of the code, the lexicon or the stemmer.

    A model file of format 2 knows some of these features only, and scores as it did as long as those are what they were.
    """
    probes = [extract(sentence, ()) for sentence in _PROBES]
    if of_format_2:
        probes = [[name for name in probe if not name.startswith(_SINCE_FORMAT_3)] for probe in probes]
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
NOTHING_KNOWN = "known:0"
_SINCE_FORMAT_3 = ("known:",)


# --- words and their scopes ---------------------------------------------------------------------------------------------


def features_of(tokens: list[Token], known: Container[str]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features of a sentence's tokens, each with the tokens that it stands on."""
    words = [token for token in tokens if token.stem]
    unknown = 0
    if not any(word.stem in known and is_content(word.stem) for word in words):
        yield NOTHING_KNOWN, ()
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


# --- the main verb -----------------------------------------------------------------------------------------------------


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
