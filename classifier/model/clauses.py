"""The tokens of a sentence and its actors in, its words as units and its clauses out: each verb with who stands before it.

A module of its own, below the rules of direction, which only ask: who is the subject of this verb, and which actors follow it?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from classifier.model.roles import Roles, roles
from classifier.model.verbs import Verb, find_verbs
from classifier.text.actor_table import name_of
from classifier.text.actors import Named, Reading

Codes = tuple[str, ...]
MOST_TOKENS = 500
"""What is longer is no sentence, and looking at every verb with every actor would take quadratic time."""


class Unit(NamedTuple):
    """A word, mark or name; a chain of names is one unit, as "Israeli Foreign Minister Adar" is."""

    form: str
    role: Roles
    codes: Codes
    """The actors that it names."""


class Clause(NamedTuple):
    """A verb and the units between which its subject stands."""

    verb: Verb
    word: str
    """The verb itself, as "accuse"; its stem."""
    start: int
    """Where its subject may begin."""
    chain: int
    """Where its auxiliaries begin: one behind the subject."""
    shared: bool
    """It follows "and", so that its subject is that of the verb before."""
    obliged: bool
    """Should, must or has to."""
    infinitive: bool


def units_of(reading: Reading) -> list[Unit]:
    """The units of a sentence; actors whose name is only part of a word ("US-led", "pro-Russian") are left out."""
    text, tokens, named = reading
    units: list[Unit] = []
    starts = {each.start: each for each in named}
    place, count = _behind_a_place(reading), min(len(tokens), MOST_TOKENS)
    while place < count:
        token = tokens[place]
        each = starts.get(place)
        if each:
            place = each.end
            part = _part_of_a_word(text, tokens, each)
            if part > 0:
                place += 2
            _name(units, () if part else each.codes)
        elif plain := _plain(token):
            units.append(plain)
            place += 1
        elif token == "'" and place + 1 < count and tokens[place + 1] in _CLITICS:
            short = tokens[place + 1]
            if short == "t" and units:
                units[-1] = _word(units[-1].form + "'t")
            else:
                units.append(_word("'s" if short == "s" else _CLITICS[short]))
            place += 2
        elif token[0].isupper() and (units or _opens_a_name(tokens, place, starts)):
            _name(units, ())
            place += 1
        elif token == "-" and units and place + 1 < count and _joins(text, tokens, place):
            units[-1] = _word(f"{units[-1].form}-{tokens[place + 1]}") if units[-1].form != "NAME" else units[-1]
            place += 2
        else:
            units.append(_word(token))
            place += 1
    return [_starred(units, place) if unit.codes else unit for place, unit in enumerate(units)]


def _behind_a_place(reading: Reading) -> int:
    """Where a sentence begins that says first where it was written: "Kyiv: Russia struck a power station"."""
    tokens, named = reading.tokens, reading.named
    end = named[0].end if named and named[0].start == 0 else 0
    if not end or end >= len(tokens) or tokens[end] not in _BEHIND_PLACES:
        return 0
    name = " ".join(tokens[:end])
    # A state that stands so is the speaker ("Chad: Libya is to blame"); a town is where one writes.
    return 0 if name.isupper() or any(name == name_of(code) for code in named[0].codes) else end + 1


def clauses_of(units: Sequence[Unit]) -> list[Clause]:
    """The verbs of a sentence in order, each with the place of its subject."""
    found: list[Clause] = []
    done = 0
    for verb in _all_verbs(units):
        chain, obliged = verb.at, False
        while chain > done and _is_auxiliary(units[chain - 1].role):
            chain -= 1
            obliged |= units[chain].form in _OBLIGING
        if chain == done and chain and found:
            chain = verb.at
        before = units[chain - 1].form if chain else ""
        shared = bool(found) and (before in _JOINING or (before == "," and chain > done + 1)) and not found[-1].infinitive
        start = chain
        while start > done and not _ends_a_subject(units, start - 1, chain):
            start -= 1
        found.append(Clause(verb, _word_of(units[verb.at]), start, chain, shared, obliged, infinitive=not verb.finite))
        if verb.finite:
            done = verb.at + 1
    return found


def _all_verbs(units: Sequence[Unit]) -> list[Verb]:
    """The verbs that ``find_verbs`` knows, and "is" and "has" where no other verb follows them."""
    parts = [unit.role for unit in units]
    verbs = [verb for verb in find_verbs(parts) if not _is_no_verb(units, verb)] or _of_headline(units)
    taken = {verb.at for verb in verbs}
    auxiliaries: set[int] = set()
    for verb in verbs:
        at = verb.at - 1
        while at >= 0 and at not in taken and _is_auxiliary(parts[at]):
            auxiliaries.add(at)
            at -= 1
    subordinate = False
    for place, role in enumerate(parts):
        subordinate = role.subordinator or (subordinate and not role.clause_end)
        following = parts[place + 1] if place + 1 < len(parts) else roles("")
        alone = (role.be or role.have) and place not in auxiliaries and not (following.be or following.have)
        if alone:
            finite = not (place and parts[place - 1].to) and units[place].form not in ("being", "having")
            verbs.append(Verb(place, finite, False, False, subordinate, False, False))
    return sorted(verbs)


def _of_headline(units: Sequence[Unit]) -> list[Verb]:
    """The verb of "Chad, Mali reach agreement", which stands as the dictionary has it."""
    for place in range(1, len(units)):
        if units[place].role.base and units[place].role.verb and units[place - 1].codes:
            return [Verb(place, True, False, False, False, units[place].role.speech, False)]
    return []


def _word_of(unit: Unit) -> str:
    return "be" if unit.role.be else "have" if unit.role.have else unit.role.main[0]


def _name(units: list[Unit], codes: Codes) -> None:
    """Add a name; one behind another is the same unit, unless both are actors and not the same."""
    if units and units[-1].form == "NAME" and (not codes or not units[-1].codes or codes == units[-1].codes):
        codes = units.pop().codes or codes
    units.append(Unit("NAME", roles("NAME"), codes))


def _starred(units: Sequence[Unit], place: int) -> Unit:
    """A name with a star behind its codes where it only says whose people these are: Chad's opposition, the rebels in Mali."""
    unit = units[place]
    for after in units[place + 1 : place + 4]:
        if after.form in _OF_A_STATE:
            return unit._replace(codes=tuple(map(_inside, unit.codes)))
        if after.form != "'s" and (not after.role.lexical or not after.role.stem or after.form == "NAME" or _acts(after)):
            break
    before = [each.form for each in units[max(0, place - 4) : place]]
    led = next((at for at in range(len(before)) if before[at] in ("in", "of", "from")), 0)
    if led and before[led - 1] in _FIGHTERS:
        return unit._replace(codes=tuple(map(_inside, unit.codes)))
    return unit


def _acts(unit: Unit) -> bool:
    """A verb, or who acts for a state, so that what follows is another thing."""
    role = unit.role
    verb = role.verb and (role.participle or (role.third_person and not role.often_noun))
    return unit.form in _ACTING or (verb and unit.form != "armed")


def _inside(code: str) -> str:
    """The code with its star; organisations have none, since whoever is in them acts for them."""
    return code + INSIDE if len(code) == 3 and code not in _ORGANISATIONS else code


@lru_cache(maxsize=1 << 16)
def _plain(token: str) -> Unit | None:
    """The unit of a token that is a word or mark wherever it stands."""
    name = len(token) > 1 and token[0].isupper() and token not in _NO_NAMES
    return None if name or token in ("'", "-") else _word(token)


@lru_cache(maxsize=1 << 16)
def _word(token: str) -> Unit:
    """A word or mark that names nobody."""
    form = '"' if token in "“”" else token.lower()
    return Unit(form, roles(form), ())


def _part_of_a_word(text: str, tokens: Sequence[str], named: Named) -> int:
    """1 for the first part of "US-led", -1 for the last one of "pro-Russian", 0 for a word of its own."""
    before, after = tokens[named.start - 2 : named.start], tokens[named.end : named.end + 2]
    if len(after) == 2 and after[0] == "-" and after[1].islower() and f"{tokens[named.end - 1]}-{after[1]}" in text:
        return 1
    return -1 if len(before) == 2 and before[1] == "-" and before[0].lower() in _BEFORE_NAMES else 0


def _joins(text: str, tokens: Sequence[str], place: int) -> bool:
    """Whether a hyphen is one of a word, as in "cease-fire", and no dash."""
    left, right = tokens[place - 1], tokens[place + 1]
    return left[-1].isalpha() and right.islower() and f"{left}-{right}" in text


def _opens_a_name(tokens: Sequence[str], place: int, starts: dict[int, Named]) -> bool:
    """Whether the first word of a sentence is (part of) a name: another name follows, or it is no word that is known."""
    following = place + 1 < len(tokens) and tokens[place + 1][:1].isupper() and len(tokens[place + 1]) > 1
    known = roles(tokens[place].lower())
    return following or place + 1 in starts or not (known.verb or known.senses or not known.lexical)


def _is_no_verb(units: Sequence[Unit], verb: Verb) -> bool:
    """Words that look like a verb behind a noun: "weapons delivered by", "the two sides meeting in", and nouns of acts."""
    form = units[verb.at].form
    before = units[verb.at - 1].form if verb.at else ""
    return before == "'s" or (form in _OFTEN_NOUNS and before == "NAME" and not _takes_an_object(units, verb.at))


def _takes_an_object(units: Sequence[Unit], at: int) -> bool:
    return at + 1 < len(units) and (units[at + 1].role.object or units[at + 1].form in ("him", "her", "them", "it"))


def _is_auxiliary(role: Roles) -> bool:
    return role.modal or role.be or role.have or role.between


def _ends_a_subject(units: Sequence[Unit], place: int, chain: int) -> bool:
    """Whether the subject of a verb stands behind this unit."""
    unit = units[place]
    if unit.form == "that" and place + 1 < chain and not units[place + 1].role.verb:
        return True
    return unit.role.subordinator or unit.form in _BREAKS


def mentions_between(units: Sequence[Unit], start: int, end: int) -> Iterator[int]:
    """The places of the units that name actors."""
    return (place for place in range(start, min(end, len(units))) if units[place].codes)


_BEHIND_PLACES = frozenset((":", "-", "–", "—", "--"))
_ORGANISATIONS = frozenset(
    "WTO IMF ICC ICJ WHO ILO FAO IOM WFP PLO PKK PIJ YPG SDF RSF ETA IRA ELN AQI OAS OIC GCC CIS ECB SCO COE HRW".split()
)
INSIDE = "*"
"""Behind the code of a state: somebody inside it who does not act for it."""
INSIDERS = frozenset(
    "protesters protester demonstrators opposition students student journalists journalist reporters press newspaper newspapers "
    "workers strikers dissidents dissident activists activist rebels rebel insurgents separatists separatist militants "
    "guerrillas guerrilla prisoners detainees residents union unions opponents critics voters lawyers clerics villagers settlers "
    "militia militias university universities worshippers believers minority minorities".split()
)
_OF_A_STATE = INSIDERS | frozenset("citizens media company companies firm firms bank banks businessmen".split())
_ACTING = frozenset("government ministry minister president army police parliament court troops forces authorities".split())
_FIGHTERS = frozenset("rebels insurgents separatists opposition protesters demonstrators militants guerrillas activists".split())
_CLITICS = {"s": "'s", "t": "'t", "re": "are", "ve": "have", "ll": "will", "d": "would", "m": "am"}
_NO_NAMES = frozenset(
    "The A An In On At By For From With After Before As But And He She It They We I This That These Those His Her Its Their Our "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September "
    "October November December Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec".split()
)
_BEFORE_NAMES = frozenset("pro anti non post pre ex trans".split())
_JOINING = frozenset(("and", "but", "or", "then"))
_BREAKS = frozenset((";", ":", "?", "!"))
_OBLIGING = frozenset("should must ought".split())
_OFTEN_NOUNS = frozenset(
    "reports notes comments remarks questions bans protests fears hopes deals votes rules orders "
    "strikes talks attacks claims plans calls demands threats moves forces troops missiles rockets shells raids visits aims "
    "offers tests supports exports imports tariffs sanctions strike talk attack claim plan call demand move force visit offer "
    "test support export import raid".split()
)
