"""What each word of a sentence may be in, its verbs out: which of them is the main one, and when and how it is said to be done.

``kernel.verb_loops`` says the same over bit flags.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from classifier.model.roles import Roles, roles
from classifier.model.tokens import Token

MOST_BETWEEN, MOST_AUXILIARIES, AGENT_WITHIN = 4, 7, 12
"""Words between an auxiliary and its verb; how far before its verb a chain of auxiliaries may begin; words from a passive to its
agent."""
TENSES = ("to", "past", "do", "pres", "prog", "pass", "perf", "had", "mod", "will", "perfp", "hadp", "modp", "willp")
"""To act, acted, did act, acts, is acting, was acted on, has acted, had acted, may act, will act; the last four also suffered."""
FIRST_COMPOUND, PASSIVE = 5, 4
"""An auxiliary of strength s makes the tense ``TENSES[FIRST_COMPOUND + s]``; suffered, it is the fourth after that."""


class Verb(NamedTuple):
    """A verb of a sentence."""

    at: int
    """The number of its token."""
    finite: bool
    passive: bool
    negated: bool
    subordinate: bool
    speech: bool
    quoted: bool
    """Stands between quotation marks."""


def main_verb(verbs: list[Verb]) -> Verb | None:
    """The first finite verb of the main clause; what was said counts, not that it was said."""
    acts = [verb for verb in verbs if verb.finite and not verb.speech]
    in_main_clause = [verb for verb in acts if not verb.subordinate]
    return next(iter(in_main_clause or acts or verbs), None)


def find_verbs(parts: Sequence[Roles]) -> list[Verb]:
    """The verbs of a sentence as its word order shows them; auxiliaries are left out."""
    found: list[Verb] = []
    subordinate = quoted = False
    for number, role in enumerate(parts):
        if role.subordinator:
            subordinate = True
        elif role.clause_end:
            subordinate = False
        quoted ^= role.quote
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
            found.append(Verb(number, kind != "infinitive", kind == "passive", negated, subordinate, role.speech, quoted))
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


def agent_of(parts: Sequence[Roles], verb: int) -> int:
    """The place of the "by" that says in the clause of a passive who acts, -1 where none does.

    "Was shelled by the army" is an act, "was shelled" is a state of things.
    """
    for place in range(verb + 1, min(verb + 1 + AGENT_WITHIN, len(parts))):
        if parts[place].by:
            return place
        if parts[place].clause_end:
            break
    return -1


class Chain(NamedTuple):
    """The auxiliaries before a verb."""

    before: int
    """The token before the first of them, -1 where they open the sentence."""
    any: bool
    strength: int
    """Of the strongest, from 1 for "has" to 4 for "will"; 0 where none says when."""
    negated: bool


def chain_before(tokens: Sequence[Token], parts: Sequence[Roles], verb: int) -> Chain:
    """The auxiliaries before token `verb`, with the adverbs between them."""
    before, some, strength, negated = verb - 1, False, 0, False
    while before >= 0 and verb - before < MOST_AUXILIARIES:
        role = parts[before]
        if not (role.modal or role.be or role.have or role.between):
            break
        negated |= role.not_or_never or role.contracted_not
        if not role.between:
            some, strength = True, max(strength, auxiliary_strength(tokens[before].form))
        before -= 1
    return Chain(before, some, strength, negated)


def tense_of(verb: Verb, role: Roles, chain: Chain, agent: int) -> int:
    """The place in ``TENSES`` of a verb; a passive with an agent has the tense of the active."""
    if not verb.finite:
        return TENSES.index("to")
    if chain.strength:
        return FIRST_COMPOUND + chain.strength + (PASSIVE if verb.passive and agent < 0 else 0)
    if verb.passive:
        return TENSES.index("pass" if agent < 0 else "past")
    if role.gerund:
        return TENSES.index("prog")
    if role.third_person:
        return TENSES.index("pres")
    return TENSES.index("do" if chain.any else "past")


def auxiliary_strength(form: str) -> int:
    """1 for "has", 2 for "had", 3 for "may", 4 for "will"; 0 for words that say nothing of the kind."""
    return _STRENGTHS.get(form, 0)


_AUXILIARIES = (
    "has have having",
    "had",
    "would should could may might can must can't wouldn't couldn't cannot shouldn't mustn't",
    "will shall won't to",
)
_STRENGTHS = {form: place + 1 for place, forms in enumerate(_AUXILIARIES) for form in forms.split()}
