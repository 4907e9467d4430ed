"""The verbs of a sentence in, its frame out: when and how the main act is done, by what kind of subject, and in which clause.

Nothing here says what is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifier.model.lexicon import FUNCTION_WORDS
from classifier.model.roles import Roles
from classifier.model.tokens import Token
from classifier.model.verbs import TENSES, Verb, agent_of, chain_before, tense_of

MOST_VERBS = 6
"""Verbs that are counted."""
SUBJECTS = ("none", "name", "number", "mark", "function", "noun", "I", "you", "he", "it", "they", "who", "that")
"""Kinds of the token before a verb and its auxiliaries, which is its subject more often than not; of a passive's agent."""
NO_SUBJECT = SUBJECTS.index("none")


def frame_features(
    tokens: Sequence[Token], parts: Sequence[Roles], verbs: Sequence[Verb], main: Verb | None
) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features ``frame:``, each with the main verb."""
    on = (tokens[main.at],) if main else ()
    yield f"frame:verbs:{min(len(verbs), MOST_VERBS)}", on
    if main is None:
        yield "frame:no-verb", ()
        return
    chain = chain_before(tokens, parts, main.at)
    agent = agent_of(parts, main.at) if main.passive else -1
    tense = TENSES[tense_of(main, parts[main.at], chain, agent)]
    full = f"not-{tense}" if main.negated or chain.negated else tense
    actor = chain.before if agent < 0 else _behind_determiners(parts, agent + 1)
    subject = SUBJECTS[subject_kind(tokens[actor].form, tokens[actor].stem) if 0 <= actor < len(tokens) else NO_SUBJECT]
    yield f"frame:{full}", on
    yield f"frame:{tense}", on
    yield f"frame:subject:{subject}", on
    yield f"frame:{full}:{subject}", on
    if main.subordinate:
        yield "frame:subordinate", on
    if main.quoted:
        yield "frame:quoted", on


def _behind_determiners(parts: Sequence[Roles], place: int) -> int:
    while place < len(parts) and parts[place].determiner:
        place += 1
    return place


def subject_kind(form: str, stem: str) -> int:
    """The place in ``SUBJECTS`` of a token."""
    if form in _KINDS:
        return _KINDS[form]
    return SUBJECTS.index("mark" if not stem else "function" if form in FUNCTION_WORDS else "noun")


_KINDS = {
    form: SUBJECTS.index(kind)
    for kind, forms in {
        "name": "NAME",
        "number": "NUMBER YEAR",
        "I": "i we",
        "you": "you",
        "he": "he she",
        "it": "it",
        "they": "they",
        "who": "who which",
        "that": "that",
    }.items()
    for form in forms.split()
}
