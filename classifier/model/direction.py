"""A sentence read for its actors in, who acts on whom out: the source and the target of its act.

Rules over clauses, in the order in which a reader would ask: who is the subject of the verb that tells the act, whom does the
verb reach, and, where the sentence reports what somebody said, is it the speaker who acts. A passive turns both round. Pronouns
mean who acted last, in the sentence or in the one before it. Where verbs say nothing, nouns may ("Russia's attack on Ukraine").

An end that the sentence does not say stays empty. A star marks who is inside a state and does not act for it: ``TUR*`` for
Turkey's opposition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from classifier.model.clauses import INSIDE, INSIDERS, Clause, Codes, Unit, clauses_of, mentions_between, units_of
from classifier.model.subjects import LEADING_TO, PRONOUNS, STOPS, TOGETHER, behind, is_speech, led_by, listed, subjects_of
from classifier.text.actor_table import name_of
from classifier.text.actors import Reading


class Direction(NamedTuple):
    """Who acts on whom; each end holds the codes of one actor or of several, or nothing."""

    source: Codes = ()
    target: Codes = ()


def directions(story: Iterable[Reading]) -> Iterator[Direction]:
    """The direction of each sentence of a story, in order; pronouns mean who acted in the sentences before."""
    acted: Codes = ()
    for reading in story:
        found = direction(reading, acted)
        acted = found.source
        yield found


def direction(reading: Reading, acted: Codes = ()) -> Direction:
    """Who acts on whom in a sentence; `acted` is whom a pronoun may mean that has nobody before it in the sentence."""
    if not reading.named and not acted:
        return Direction()
    units = units_of(reading)
    if not any(unit.codes for unit in units):
        return Direction()
    source, target = _found(units, acted)
    return Direction(source, _without(target, source))


def pair(direction: Direction) -> tuple[str, str] | None:
    """The first source and the first target that act for a state or organisation; None when an end is missing."""
    source = next((code for code in direction.source if not code.endswith(INSIDE)), "")
    target = next((code for code in direction.target if not code.endswith(INSIDE)), "")
    return (source, target) if source and target and source != target else None


def describe(direction: Direction) -> str:
    """In words, for readers: ``Russia → Ukraine``; nothing where neither end is known."""
    ends = [", ".join(map(name_of, end)) or "?" for end in direction]
    return " → ".join(ends) if any(direction) else ""


# --- the act -------------------------------------------------------------------------------------------------------------


def _found(units: Sequence[Unit], acted: Codes) -> Direction:
    clauses = clauses_of(units)
    speaker, subjects = subjects_of(units, clauses, acted)
    units = _without_voices(units, clauses, subjects)
    acts = [number for number, clause in enumerate(clauses) if not is_speech(clause)]
    acts.sort(key=lambda number: (clauses[number].infinitive, clauses[number].verb.subordinate))
    best = Direction()
    for number in acts:
        source, target = _inside(units, clauses[number], _ends(units, clauses, number, subjects[number]))
        if source and target:
            judged = clauses[number].obliged or clauses[number].word == "be"
            demanded = speaker and judged and set(source).isdisjoint(speaker)
            return Direction(speaker, source) if demanded else Direction(source, target)
        if not (best.source or best.target):
            best = Direction(source, target)
    if speaker:
        if not (best.source or best.target):
            best = Direction((), _spoken_of(units, clauses, speaker))
        return _said(units, speaker, best)
    named = _by_nouns(units)
    agrees = best.source in ((), named.source) and best.target in ((), named.target)
    suffered = any(clauses[number].verb.passive and subjects[number] for number in acts)
    unnamed = not best.source and not suffered and not any(unit.form in PRONOUNS for unit in units)
    return named if named.source and (agrees or unnamed) else _completed(units, best)


def _without_voices(units: Sequence[Unit], clauses: Sequence[Clause], subjects: Sequence[Codes]) -> Sequence[Unit]:
    """The units with no actor in the place of a speaker, who is not whom the words reach."""
    if len(clauses) == 1:
        return units
    voices: set[int] = set()
    for clause, speaker in zip(clauses, subjects, strict=True):
        if is_speech(clause) and speaker:
            before = [at for at in range(clause.start, clause.chain) if units[at].codes and set(units[at].codes) <= set(speaker)]
            voices.update(before[-1:] or behind(units, clause))
    return [unit._replace(codes=()) if place in voices else unit for place, unit in enumerate(units)]


def _said(units: Sequence[Unit], speaker: Codes, of_content: Direction) -> Direction:
    """Who is spoken of is the target, unless the words tell an act that has both ends."""
    source, target = of_content
    if target and not source:
        return Direction(speaker, _without(target, speaker) or _first_other(units, speaker))
    if source and set(source).isdisjoint(speaker):
        return Direction(speaker, source)
    return Direction(speaker, target)


def _spoken_of(units: Sequence[Unit], clauses: Sequence[Clause], speaker: Codes) -> Codes:
    """Whom the verb of saying reaches itself: reiterated its claim to Gibraltar, said of Spain."""
    for clause in clauses:
        if is_speech(clause) and (found := _object(units, clause, len(units), speaker)):
            return found
    return ()


def _completed(units: Sequence[Unit], best: Direction) -> Direction:
    """A missing end is the other actor of the sentence, where there is exactly one other."""
    actors = list(dict.fromkeys(code for unit in units for code in unit.codes))
    if best.source and not best.target:
        return Direction(best.source, _first_other(units, best.source) if len(actors) == 2 else ())
    return best


def _first_other(units: Sequence[Unit], but: Codes) -> Codes:
    return next((rest for unit in units if (rest := _without(unit.codes, but))), ())


def _ends(units: Sequence[Unit], clauses: Sequence[Clause], number: int, subject: Codes) -> Direction:
    """The ends of the act that a verb tells."""
    clause = clauses[number]
    following = next((each.start for each in clauses[number + 1 :] if not each.infinitive), len(units))
    if clause.verb.passive and clause.word not in _RAISING:
        agent = _agent(units, clause.verb.at + 1)
        return Direction(agent, _without(subject, agent))
    if agent := _reduced_agent(units, clause):
        return Direction(agent, subject)
    if len(subject) > 1 and any(unit.form == "between" for unit in units[clause.start : clause.chain]):
        return Direction(subject[:1], subject[1:])
    target = _object(units, clause, following, subject) or _met_before(units, clause, subject)
    if not target and len(subject) > 1 and _is_mutual(units, clause):
        return Direction(subject[:1], subject[1:])
    if subject:
        return Direction(subject, target)
    nouns = _by_nouns(units[clause.start : clause.chain])
    if nouns.source and nouns.target:
        return nouns
    return Direction((), target or nouns.target)


def _is_mutual(units: Sequence[Unit], clause: Clause) -> bool:
    """Met, signed, are in contact: what several do to each other."""
    after = {unit.form for unit in units[clause.verb.at + 1 : clause.verb.at + 7]}
    return clause.word in TOGETHER or not _MUTUAL.isdisjoint(after)


def _met_before(units: Sequence[Unit], clause: Clause, subject: Codes) -> Codes:
    """With whom, where it stands first: in talks with Spain, Portugal offered ..."""
    for place in mentions_between(units, clause.start, clause.chain):
        if led_by(units, clause.start, place) in ("with", "against") and (found := _without(units[place].codes, subject)):
            return found
    return ()


def _agent(units: Sequence[Unit], start: int) -> Codes:
    """By whom: the actors of the phrase that "by" opens."""
    for place in range(start, len(units)):
        unit = units[place]
        if unit.form == "by":
            return next((listed(units, at) for at in mentions_between(units, place + 1, place + 9)), ())
        if unit.form in STOPS:
            break
    return ()


def _reduced_agent(units: Sequence[Unit], clause: Clause) -> Codes:
    """Weapons delivered by the West: a participle that nothing but "by" follows."""
    after = units[clause.verb.at + 1].form if clause.verb.at + 1 < len(units) else ""
    reduced = after == "by" and units[clause.verb.at].role.participle and clause.chain == clause.verb.at
    return _agent(units, clause.verb.at + 1) if reduced else ()


def _object(units: Sequence[Unit], clause: Clause, following: int, source: Codes) -> Codes:
    """Whom a verb reaches: its object before what a preposition leads to, that before a place, the near before the far."""
    best: tuple[float, int] | None = None
    for place in mentions_between(units, clause.verb.at + 1, len(units)):
        if not _without(units[place].codes, source):
            continue
        rank = _rank(units, clause, place)
        if rank >= _TOO_FAR or (rank >= _PLACE and (clause.word in _MEETING or not source)):
            continue
        rank += 1.5 if place >= following else 0
        if best is None or (rank, place) < best:
            best = rank, place
    return _without(listed(units, best[1]), source) if best else ()


def _rank(units: Sequence[Unit], clause: Clause, place: int) -> float:
    """How near to a verb an actor stands that follows it, by the word that leads to it."""
    for at in range(place - 1, clause.verb.at, -1):
        form = units[at].form
        if form == "with" and units[at - 1].form in _JOINTLY:
            return _TOO_FAR
        if form in LEADING_TO:
            rank = LEADING_TO[form]
            if clause.word in _BLAMING and form != "by" and _hostile_noun(units, clause.verb.at + 1, at):
                return rank + 3
            return rank
        if units[at].role.verb and units[at].role.gerund is False and units[at].role.base is False and at > clause.verb.at + 1:
            return 1.0
        if form in _FAR:
            return 4.0
    return 0.0


def _hostile_noun(units: Sequence[Unit], start: int, end: int) -> bool:
    return any(unit.role.attack or unit.form in _HOSTILE_NOUNS for unit in units[start:end])


# --- acts that nouns tell ------------------------------------------------------------------------------------------------


def _by_nouns(units: Sequence[Unit]) -> Direction:
    """Russia's attack on Ukraine, talks between Cuba and Spain, US-Iran talks, an attack on Mali by Niger."""
    places = list(mentions_between(units, 0, len(units)))
    for first, second in pairwise(places):
        one, other = units[first].codes, units[second].codes
        if set(one) & set(other):
            continue
        between = [unit.form for unit in units[first + 1 : second]]
        if between and any(form in LEADING_TO or form == "by" for form in between) and len(between) < 8:
            roles = [unit.role for unit in units[first + 1 : second]]
            if any(role.clause_end or role.be or role.have or (role.modal and not role.to) for role in roles):
                continue
            return Direction(other, one) if between[-1] == "by" or between[-2:-1] == ["by"] else Direction(one, other)
        between_both = between in (["and"], ["and", "the"]) and any(
            unit.form == "between" for unit in units[max(0, first - 5) : first]
        )
        if between_both or between in (["-"], ["–"]):
            return Direction(one, other)
    return Direction()


# --- people inside a state -----------------------------------------------------------------------------------------------


def _inside(units: Sequence[Unit], clause: Clause, ends: Direction) -> Direction:
    """What happens inside one state: its government against its opposition, or the other way round."""
    source, target = ends
    before = {unit.form for unit in units[clause.start : clause.chain]}
    after = {unit.form for unit in units[clause.verb.at + 1 : clause.verb.at + 9]}
    if clause.verb.passive:
        before, after = after, before
    if len(source) == 1 and not target:
        state = source[0].rstrip(INSIDE)
        if source[0] != state:
            return ends if _RULERS.isdisjoint(after) else Direction(source, (state,))
        both = "and" in before and not INSIDERS.isdisjoint(before) and clause.word in TOGETHER
        return Direction(source, (state + INSIDE,)) if both or not INSIDERS.isdisjoint(after) else ends
    states = {code.rstrip(INSIDE) for unit in units for code in unit.codes}
    if source or len(states) != 1 or any(unit.codes and not _is_setting(units, at) for at, unit in enumerate(units)):
        return ends
    [state] = states
    rules, suffers = not _RULERS.isdisjoint(before), not INSIDERS.isdisjoint(after)
    rises, faces = not INSIDERS.isdisjoint(before), not _RULERS.isdisjoint(after)
    if rises and faces:
        return Direction((state + INSIDE,), (state,))
    return Direction((state,), (state + INSIDE,)) if rules and suffers else ends


def _is_setting(units: Sequence[Unit], place: int) -> bool:
    """Whether an actor only says where, or whose people these are."""
    return units[place].codes[0].endswith(INSIDE) or led_by(units, 0, place) in ("in", "near", "across", "inside")


def _without(codes: Codes, but: Codes) -> Codes:
    return tuple(code for code in codes if code not in but)


# --- words that the rules look for ---------------------------------------------------------------------------------------

_FAR = frozenset("after before during since amid despite until when while as because if although though following".split())
_PLACE, _TOO_FAR = 2.5, 4.0
"""Ranks: what only says where, and what belongs to another act."""
_MEETING = frozenset("meet hold take discuss be talk begin start open say speak visit arriv sign conclud attend".split())
_RAISING = frozenset("expect set schedul believ prepar readi oblig suppos slate report concern interest involv base".split())
_JOINTLY = frozenset("cooperation coordination together along concert consultation line accordance conjunction".split())
_MUTUAL = frozenset(
    "contact touch talks dialogue agreement conflict war relations negotiations allies rivals partners "
    "cooperation exchanges ties contacts friendship partnership".split()
)
_BLAMING = frozenset("condemn denounc criticis critic blame deplor protest decri slam".split())
_HOSTILE_NOUNS = frozenset(
    "invasion occupation war aggression violence killing killings bombing bombardment shelling offensive annexation "
    "decision".split()
)
_RULERS = frozenset(
    "government police army authorities regime parliament ministry president court courts security military prosecutors judge "
    "soldiers troops minister ministers officials".split()
)
