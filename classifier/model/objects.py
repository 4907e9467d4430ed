"""The verbs of a sentence in, what they act on and which way out: "prep:agre on", "object:call_off strike".

A verb with a particle is another verb: who calls off a strike does not call, and nothing of what "call" means holds of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from classifier.model.roles import Roles
from classifier.model.tokens import Token
from classifier.model.verbs import Verb, chain_before

PREPOSITION_WITHIN, OBJECTS_WITHIN, MOST_OF_CLASSES = 4, 8, 3
"""Tokens from a verb to its preposition, to its last object on either side; objects that stand with the classes of their verb."""
PARTICLES = ("off", "back", "down", "out", "up", "away", "over")


def object_features(
    tokens: Sequence[Token], parts: Sequence[Roles], verbs: Sequence[Verb], main: Verb | None
) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features ``prep:`` of every verb and ``object:`` of the main one, each with the two tokens that it stands on."""
    for verb in verbs:
        for place in range(verb.at + 1, min(verb.at + 1 + PREPOSITION_WITHIN, len(tokens))):
            if not tokens[place].stem:
                break
            if parts[place].leads:
                yield f"prep:{parts[verb.at].main[0]} {tokens[place].stem}", (tokens[verb.at], tokens[place])
                break
    if main:
        yield from _objects(tokens, parts, main)


def _objects(tokens: Sequence[Token], parts: Sequence[Roles], main: Verb) -> Iterator[tuple[str, tuple[Token, ...]]]:
    verb, (stem, *classes) = main.at, parts[main.at].main
    first, last = verb + 1, min(verb + 1 + OBJECTS_WITHIN, len(tokens))
    if first < last and tokens[first].form in PARTICLES:
        stem, classes = f"{stem}_{tokens[first].form}", []
        first += 1
    behind = takewhile(lambda place: not parts[place].semicolon, range(first, last))
    yield from _paired(tokens, parts, verb, stem, classes, behind)
    if main.passive:
        # Its subject is what the verb acts on: "the port was shelled" says so as "shelled the port" does.
        subject = chain_before(tokens, parts, verb).before
        before = takewhile(lambda place: not parts[place].clause_end, range(subject, max(-1, subject - OBJECTS_WITHIN), -1))
        yield from _paired(tokens, parts, verb, stem, classes, before)


def _paired(
    tokens: Sequence[Token], parts: Sequence[Roles], verb: int, stem: str, classes: Sequence[str], places: Iterable[int]
) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The verb with the words at `places`, its classes with the first of them."""
    met = 0
    for place in places:
        if not tokens[place].stem or not parts[place].lexical:
            continue
        on, met = (tokens[verb], tokens[place]), met + 1
        yield f"object:{stem} {tokens[place].stem}", on
        if met <= MOST_OF_CLASSES:
            for each in classes:
                yield f"object:{each} {tokens[place].stem}", on
