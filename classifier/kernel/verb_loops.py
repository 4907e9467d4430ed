"""The tokens of a sentence in, its verbs out, and the columns of the features of the main one and of its frame.

What the rules are stands in ``model.verbs`` and ``model.frame``; here they are said again over bit flags.
"""

from __future__ import annotations

from typing import Any

from classifier.kernel.columns import add
from classifier.kernel.jit import compiled
from classifier.kernel.layout import KINDS, STRENGTH, SUBJECT, VERB, WORD
from classifier.kernel.object_loops import object_features, prepositions
from classifier.model.frame import MOST_VERBS, NO_SUBJECT
from classifier.model.verbs import AGENT_WITHIN, FIRST_COMPOUND, MOST_AUXILIARIES, MOST_BETWEEN, PASSIVE, TENSES

MOST_OF_FRAME = 7
"""Features of a frame, at most."""
_TO, _PAST, _DO, _PRES, _PROG, _PASS = range(FIRST_COMPOUND + 1)
_NEGATED = len(TENSES)
"""Where the rows of negated tenses begin."""


@compiled
def verb_features(
    token: Any,
    flag: Any,
    count: int,
    verbs: Any,
    words: Any,
    frames: Any,
    pairs: Any,
    found: int,
    column: Any,
    left: Any,
    right: Any,
) -> Any:
    """Columns of the features that the verbs give, behind the `found` others; how many there are now.

    `verbs` has room for a token and bit flags of each.
    """
    rows, senses, main_start, mains = words
    tenses, verb_counts, subjects, flags, _, _, _ = frames
    some = _find_verbs(flag, count, verbs)
    found = prepositions(token, flag, count, verbs, some, rows, pairs, found, column, left, right)
    main = _main_verb(verbs, some)
    if main < 0:
        found = add(verb_counts[0], -1, -1, found, column, left, right)
        return add(flags[0], -1, -1, found, column, left, right)
    at, used = verbs[main]
    found = add(verb_counts[min(some, MOST_VERBS)], at, -1, found, column, left, right)
    passive = used & VERB.passive != 0
    agent = _agent_of(flag, at, count) if passive else -1
    found = _main_features(token, at, used, agent, main_start, mains, found, column, left, right)
    before, some, strength, negated = _chain_before(token, flag, at, rows)
    tense = _tense_of(used, flag[at], some, strength, agent)
    full = tense + _NEGATED if negated or used & VERB.negated else tense
    actor = before if agent < 0 else _behind_determiners(flag, agent + 1, count)
    subject = rows[token[actor], SUBJECT] if 0 <= actor < count else NO_SUBJECT
    found = _frame_features(at, used, tense, full, subject, tenses, subjects, flags, found, column, left, right)
    return object_features(token, flag, count, at, before if passive else -1, rows, senses, pairs, found, column, left, right)


@compiled
def _main_features(
    token: Any,
    at: int,
    used: int,
    agent: int,
    main_start: Any,
    mains: Any,
    found: int,
    column: Any,
    left: Any,
    right: Any,
) -> Any:
    suffered = used & VERB.passive != 0 and agent < 0
    kind = (used & VERB.negated != 0) + 2 * suffered
    for prefix in (0, kind) if kind else (0, -1):
        if prefix >= 0:
            row = token[at] * len(KINDS) + prefix
            for place in range(main_start[row], main_start[row + 1]):
                found = add(mains[place], at, -1, found, column, left, right)
    return found


@compiled
def _frame_features(
    at: int,
    used: int,
    tense: int,
    full: int,
    subject: int,
    tenses: Any,
    subjects: Any,
    flags: Any,
    found: int,
    column: Any,
    left: Any,
    right: Any,
) -> Any:
    found = add(tenses[full, 0], at, -1, found, column, left, right)
    found = add(tenses[tense, 0], at, -1, found, column, left, right)
    found = add(subjects[subject], at, -1, found, column, left, right)
    found = add(tenses[full, 1 + subject], at, -1, found, column, left, right)
    if used & VERB.subordinate:
        found = add(flags[1], at, -1, found, column, left, right)
    if used & VERB.quoted:
        found = add(flags[2], at, -1, found, column, left, right)
    return found


# --- verbs and auxiliaries -----------------------------------------------------------------------------------------------


@compiled
def _main_verb(verbs: Any, count: int) -> int:
    """The row of the main verb, or -1."""
    best, best_rank = -1, 3
    for number in range(count):
        used = verbs[number, 1]
        act = used & VERB.finite != 0 and not used & VERB.speech
        rank = 0 if act and not used & VERB.subordinate else 1 if act else 2
        if rank < best_rank:
            best, best_rank = number, rank
    return best


@compiled
def _find_verbs(flag: Any, count: int, verbs: Any) -> int:
    """Fill `verbs` with the token and the bits of ``VERB`` of each; returns how many there are."""
    found = 0
    subordinate = quoted = False
    for number in range(count):
        flags = flag[number]
        if flags & WORD.subordinator:
            subordinate = True
        elif flags & WORD.clause_end:
            subordinate = False
        if flags & WORD.quote:
            quoted = not quoted
        if not flags & WORD.verb:
            continue
        before, negated = number - 1, False
        while before >= max(0, number - MOST_BETWEEN) and flag[before] & WORD.between:
            negated = negated or flag[before] & WORD.not_or_never != 0
            before -= 1
        previous = flag[before] if before >= 0 else 0
        negated = negated or previous & WORD.contracted_not != 0
        following = flag[number + 1] if number + 1 < count else 0
        is_verb, finite, passive = _verb_kind(flags, previous, following)
        if is_verb:
            used = finite * VERB.finite | passive * VERB.passive | negated * VERB.negated
            used |= subordinate * VERB.subordinate | quoted * VERB.quoted
            if flags & WORD.speech:
                used |= VERB.speech
            verbs[found, 0], verbs[found, 1] = number, used
            found += 1
    return found


@compiled
def _chain_before(token: Any, flag: Any, verb: int, rows: Any) -> tuple[int, bool, int, bool]:
    """The token before the auxiliaries of a verb, whether there are any, the strength of the strongest, and negation."""
    before, some, strength, negated = verb - 1, False, 0, False
    while before >= 0 and verb - before < MOST_AUXILIARIES:
        flags = flag[before]
        if not flags & (WORD.modal | WORD.be | WORD.have | WORD.between):
            break
        negated = negated or flags & (WORD.not_or_never | WORD.contracted_not) != 0
        if not flags & WORD.between:
            some, strength = True, max(strength, rows[token[before], STRENGTH])
        before -= 1
    return before, some, strength, negated


@compiled
def _tense_of(used: int, verb: int, some: bool, strength: int, agent: int) -> int:
    if not used & VERB.finite:
        return _TO
    passive = used & VERB.passive != 0
    if strength:
        return FIRST_COMPOUND + strength + (PASSIVE if passive and agent < 0 else 0)
    if passive:
        return _PASS if agent < 0 else _PAST
    if verb & WORD.gerund:
        return _PROG
    if verb & WORD.third_person:
        return _PRES
    return _DO if some else _PAST


@compiled
def _agent_of(flag: Any, verb: int, count: int) -> int:
    """The place of the "by" that names who acts, or -1."""
    for place in range(verb + 1, min(count, verb + 1 + AGENT_WITHIN)):
        if flag[place] & WORD.by:
            return place
        if flag[place] & WORD.clause_end:
            break
    return -1


@compiled
def _behind_determiners(flag: Any, place: int, count: int) -> int:
    while place < count and flag[place] & WORD.determiner:
        place += 1
    return place


@compiled
def _verb_kind(verb: int, previous: int, following: int) -> tuple[bool, bool, bool]:
    """Whether a form is a verb after `previous`, finite, and passive."""
    participle = verb & WORD.participle != 0
    if previous & WORD.modal:
        return verb & WORD.base != 0, not previous & WORD.to, False
    if previous & WORD.be:
        gerund = verb & WORD.gerund != 0
        return gerund or participle, True, not gerund
    if previous & WORD.have:
        return participle, True, False
    if previous & (WORD.determiner | WORD.preposition):
        return False, False, False
    if participle:
        return True, True, False
    placed = verb & WORD.third_person != 0 and previous & WORD.subject != 0
    return placed and (following & WORD.object != 0 or verb & WORD.often_noun == 0), True, False
