"""The clauses of a sentence in, the subject of each and who speaks out."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.model.clauses import Clause, Codes, Unit, mentions_between


def subjects_of(units: Sequence[Unit], clauses: Sequence[Clause], acted: Codes) -> tuple[Codes, list[Codes]]:
    """Who speaks, and the subject of each clause."""
    speaker = _according_to(units) or _before_a_colon(units)
    found: list[Codes] = []
    last = acted
    for clause in clauses:
        if is_speech(clause) and not clause.infinitive:
            said = _inverted(units, clause) if _follows_a_quote(units, clause) else _subject(units, clause, last, found)
            said = said or _inverted(units, clause)
            speaker = speaker or said
            found.append(said)
        else:
            found.append(_subject(units, clause, last, found))
        last = found[-1] or last
    if speaker:
        quoting = [_is_first_person(units, clause) for clause in clauses]
        found = [speaker if first else subject for first, subject in zip(quoting, found, strict=True)]
    return speaker, found


def _subject(units: Sequence[Unit], clause: Clause, last: Codes, before: Sequence[Codes]) -> Codes:
    """The actors that stand before a verb as its subject."""
    if clause.infinitive and before:
        return before[-1] or last
    quote = next((at for at in range(clause.chain - 1, clause.start, -1) if units[at].form == '"'), clause.start)
    start = _after_adverbials(units, quote if is_speech(clause) else clause.start, clause.chain)
    joined = clause.shared and (units[clause.chain - 1].form != "," or not any(mentions_between(units, start, clause.chain)))
    if joined and before:
        return before[-1]
    inserted = clause.start > 0 and units[clause.chain - 1].form == ","
    if inserted and any(unit.role.subordinator for unit in units[: clause.start]):
        return _interrupted(units, clause.chain)
    for place in mentions_between(units, start, clause.chain):
        lead = led_by(units, start, place)
        owned = next(mentions_between(units, place + 1, min(place + 4, clause.chain)), None)
        if owned and units[place + 1].form == "'s":
            return listed(units, owned)
        if not lead or lead == "of" or (lead in ("in", "from", "to") and _is_office(units, start, place)):
            return listed(units, place)
        if lead in LEADING_TO:
            return ()
    head = units[clause.chain - 1].form if clause.chain > start else ""
    if not {unit.form for unit in units[start : clause.chain]}.isdisjoint(("two", "both")):
        return _both_named(units, clause)
    if head in PRONOUNS or (start < clause.chain and units[start].form in _POSSESSIVES):
        return last
    if start == clause.chain and start and units[start - 1].form in ("who", "which", "that"):
        return next((units[at].codes for at in range(start - 2, max(-1, start - 7), -1) if units[at].codes), ())
    if start == clause.chain and start > 1 and units[start - 1].form == ",":
        return _interrupted(units, start)
    if not before and clause.chain > clause.start and units[clause.chain - 1].form in ("and", "but"):
        return _interrupted(units, clause.chain)
    return ()


def _both_named(units: Sequence[Unit], clause: Clause) -> Codes:
    """The two leaders, the two sides: the only two actors that the sentence names."""
    actors = tuple(dict.fromkeys(code for unit in units for code in unit.codes))
    return actors if len(actors) == 2 and clause.word in TOGETHER else ()


def _interrupted(units: Sequence[Unit], end: int) -> Codes:
    """The subject before an insertion: Chad, while its army mutinied, ..."""
    comma = next((at for at in range(end) if units[at].form == ","), end)
    start = _after_adverbials(units, 0, comma)
    return next((listed(units, at) for at in mentions_between(units, start, comma) if not led_by(units, start, at)), ())


def _after_adverbials(units: Sequence[Unit], start: int, end: int) -> int:
    """Where the subject begins behind "In Moscow on Monday," or "Speaking to reporters,"."""
    while start < end:
        first = units[start]
        if first.form in (",", "and", "but", "-", '"', "that"):
            start += 1
        elif first.role.preposition or first.role.gerund or first.form in _OPENING or first.role.subordinator:
            comma = next((at for at in range(start, end) if units[at].form == ","), None)
            if comma is None:
                break
            start = comma + 1
        else:
            break
    return start


def led_by(units: Sequence[Unit], start: int, place: int) -> str:
    """The preposition that leads to a name, or nothing."""
    for at in range(place - 1, max(start - 1, place - 5), -1):
        if units[at].role.preposition or units[at].form == "to":
            return units[at].form
        if units[at].form in (",", "and") or units[at].form in _TIMES or units[at].codes:
            return ""
    return ""


def _is_office(units: Sequence[Unit], start: int, place: int) -> bool:
    return any(unit.form in _PEOPLE for unit in units[start:place])


def listed(units: Sequence[Unit], place: int) -> Codes:
    """The actors of a list that begins here: Poland, Latvia and Estonia."""
    codes = units[place].codes
    at = place + 1
    while at + 1 < len(units) and units[at].form in (",", "and", "or", "&"):
        step = 2 if units[at].form == "," and units[at + 1].form in ("and", "or") else 1
        if at + step < len(units) and units[at + step].form == "the":
            step += 1
        if at + step >= len(units) or not units[at + step].codes:
            break
        codes += tuple(code for code in units[at + step].codes if code not in codes)
        at += step + 1
    return codes


def _inverted(units: Sequence[Unit], clause: Clause) -> Codes:
    """Said the minister of Chad: the speaker behind the verb."""
    return next((units[at].codes for at in behind(units, clause) if units[at].codes), ())


def _follows_a_quote(units: Sequence[Unit], clause: Clause) -> bool:
    """Whether what was said stands before the verb and who said it behind: "...," said the mayor."""
    after = units[clause.verb.at + 1] if clause.verb.at + 1 < len(units) else None
    closed = clause.chain == clause.verb.at > 0 and units[clause.chain - 1].form in (",", '"', "-")
    return closed and after is not None and after.role.object


def behind(units: Sequence[Unit], clause: Clause) -> range:
    """The places of what a verb of saying may have as its subject behind it."""
    first = clause.verb.at + 1
    end = min(first + 8, len(units))
    stop = next((at for at in range(first, end) if units[at].form in STOPS or units[at].form in ("that", ",")), end)
    told = clause.word in ("tell", "show", "know") or (first < end and units[first].form in ("that", "it", "he", "she", "they"))
    return range(first, first if told else stop)


def _according_to(units: Sequence[Unit]) -> Codes:
    for at in range(len(units) - 1):
        if units[at].form == "according" and units[at + 1].form == "to":
            end = next((place for place in range(at + 2, len(units)) if units[place].role.clause_end), len(units))
            return next((units[place].codes for place in mentions_between(units, at + 2, end)), ())
    return ()


def _before_a_colon(units: Sequence[Unit]) -> Codes:
    """Headlines: "Chad: Libya is to blame"."""
    return units[0].codes if len(units) > 2 and units[1].form == ":" else ()


def _is_first_person(units: Sequence[Unit], clause: Clause) -> bool:
    return clause.chain > clause.start and units[clause.chain - 1].form in ("we", "i")


def is_speech(clause: Clause) -> bool:
    """Whether somebody says something in it."""
    return (clause.verb.speech or clause.word in _SAYING) and not clause.verb.passive


# --- words that the rules look for ---------------------------------------------------------------------------------------

LEADING_TO = {
    "by": 0.5,
    "against": 1.0,
    "with": 1.0,
    "on": 1.0,
    "to": 1.0,
    "at": 1.0,
    "toward": 1.0,
    "towards": 1.0,
    "into": 1.0,
    "upon": 1.0,
    "over": 1.5,
    "for": 1.0,
    "from": 1.0,
    "of": 1.0,
    "between": 1.0,
    "inside": 2.0,
    "in": 2.5,
    "near": 2.5,
    "across": 2.5,
}
STOPS = frozenset((";", ":", '"'))
PRONOUNS = frozenset("he she it they we i".split())
TOGETHER = frozenset(
    "agre meet sign hold discuss negoti talk exchang resum reach begin start clash restor establish conduct have fight trade "
    "conclud share cooper resolv normalis normal sever cut open pledg".split()
)
_POSSESSIVES = frozenset("his her its their our".split())
_OPENING = frozenset("as when while if although though because since until unless despite amid following".split())
_TIMES = frozenset("weekend week day month year night morning evening afternoon today yesterday moment".split())
_PEOPLE = frozenset(
    "official officials spokesman spokeswoman spokesperson minister ministers president leader leaders government governments "
    "ambassador envoy diplomats diplomat authorities troops forces soldiers police rebels ministry embassy court courts "
    "parliament judge prosecutors prosecutor lawmakers protesters demonstrators separatists".split()
)
_SAYING = frozenset(
    "claim confirm reiter stress emphasis emphas insist believ argu think reveal acknowledg admit hope know mean indic estim "
    "maintain affirm assert conclud underlin underscor show".split()
)
