"""A sentence in, feature strings out: the only module that knows what a feature is.

What a classifier of stances must not learn is who acts; what it must learn is what is done, asserted or denied. So names and
numbers become masks, words become stems, and verbs and nouns bring their WordNet classes along, which lets a verb that was
never met in training act through its hypernyms. The main verb and what stands after a negator are features of their own.
How the main verb stands in its sentence, and how the sentence is written, tell an act from a report, a plan or a caption.

===================  ==========================================================================================
``accus``            Snowball stem of a word; ``NAME``, ``NUMBER``, ``YEAR``, ``DAY`` and ``MONTH`` are masks
``refus NAME``       two neighbouring stems
``sense:kill.v.01``  a WordNet class of a verb (three senses, two levels up) or noun (one sense, two levels up)
``main:accus``       the main verb, and with ``main:sense:`` its classes; ``not-`` marks negation, ``by-`` a passive without agent
``no:talk``          a stem within five words after a negator or refusal
``ending:sanction``  a stem within five words after a verb of lifting or stopping
``unknown:2``        the sentence has at least two words that the model has never met
``known:0``          it has no word of content that the model has met: names, numbers and function words alone
``frame:past``       tense of the main verb; ``frame:not-past`` negated, ``frame:past:name`` with the kind of its subject; a
                     passive that names its agent has the tense and subject of the active
``frame:subject:he``  kind of its subject; ``frame:subordinate``, ``frame:quoted`` its place; ``frame:verbs:2``, ``frame:no-verb``
``prep:agre on``     a verb and the first preposition or particle within four tokens
``object:sign pact`` the main verb, with its particle as ``call_off``, and a stem within eight tokens, before a passive, too
``object:sense:…``   a class of the main verb, without a particle, and one of the first three of these stems
``undone:strike``    a stem within five words after a verb that takes back, as "shelve" and "call off" do
``turn:end:hostile`` a hostile or friendly thing, or an answer, that is refused, ended, agreed on, called for or broken; several
                     at once with +; ``turn:end:other`` when no such thing follows
``toll:bare``        people killed or hurt; ``toll:attack`` when a word of attack stands in the sentence, too
``shape:words:3``    length in steps of four words, counts of names and marks, beginning and end, headline, dateline
===================  ==========================================================================================
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest

from classifier.model.frame import frame_features
from classifier.model.lexicon import LEXICON
from classifier.model.objects import object_features
from classifier.model.roles import Roles, is_content, roles
from classifier.model.scenes import scene_features
from classifier.model.shape import shape_features
from classifier.model.tokens import Token, Tokens, tokenize
from classifier.model.turns import turn_features
from classifier.model.verbs import Verb, agent_of, find_verbs, main_verb

Span = tuple[int, int]
REACH, MOST_UNKNOWN = 5, 8
"""Words in reach of a negator; unknown words that are counted."""


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
    """What a feature counts for against a word of the same rarity.

    Classes come several to a word, so each counts half; those of the main verb count whole. A turn changes the sense of all
    the words around it, so it counts three times.
    """
    return next((weight for family, weight in _WEIGHTS.items() if feature.startswith(family)), 1.0)


@lru_cache(maxsize=2)
def fingerprint(of_format_2: bool = False) -> str:
    """What tells these features from those of another version of the code, the lexicon or the stemmer.

    A model file of format 2 knows some of these features only, and scores as it did as long as those are what they were.
    """
    probes = [extract(sentence, ()) for sentence in (_PROBES if of_format_2 else (*_PROBES, *_PROBES_SINCE_FORMAT_3))]
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
_PROBES_SINCE_FORMAT_3 = (
    '"Will they ever have agreed (on 3 May) to new sanctions: never?" the minister asked; he had called off two raids.',
    "Fourteen miners were killed in a drone strike - 30 hurt when the truce, signed in 1999, collapsed",
    "She may not pull her troops back, rule out talks, call for a ceasefire or shelve the tariffs that are being lifted.",
)
_DERIVED = re.compile("[ :]")
_WEIGHTS = {"sense:": 0.5, "object:sense:": 0.5, "turn:": 3.0}
_UNKNOWN = "unknown:"
NOTHING_KNOWN = "known:0"
_SINCE_FORMAT_3 = ("known:", "frame:", "prep:", "object:", "undone:", "toll:", "turn:", "shape:")


# --- words and their scopes ---------------------------------------------------------------------------------------------


def features_of(tokens: Tokens, known: Container[str]) -> Iterator[tuple[str, tuple[Token, ...]]]:
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
    parts = [roles(token.form) for token in tokens]
    verbs = find_verbs(parts)
    main = main_verb(verbs)
    if main:
        yield from _main_features(tokens, parts, main)
    yield from frame_features(tokens, parts, verbs, main)
    yield from object_features(tokens, parts, verbs, main)
    yield from scene_features(words)
    yield from turn_features(words)
    yield from shape_features(tokens)


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


def _main_features(tokens: Sequence[Token], parts: Sequence[Roles], main: Verb) -> Iterator[tuple[str, tuple[Token, ...]]]:
    suffered = main.passive and agent_of(parts, main.at) < 0
    kind = ("not-" if main.negated else "") + ("by-" if suffered else "")
    for prefix in ("", kind) if kind else ("",):
        for name in parts[main.at].main:
            yield f"main:{prefix}{name}", (tokens[main.at],)
