"""The words of a sentence in, what is done to hostile and to friendly things out: refused, ended, agreed on, called for, broken.

"Agreed on sanctions" and "agreed on a truce" share a verb and differ in label; so do "lifted the siege" and "lifted the truce".
What such sentences have in common is the side that the thing is on, and that is what these features say, whatever its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from classifier.model.lexicon import entry
from classifier.model.roles import roles
from classifier.model.scenes import ALONE, particle_bit, reversing
from classifier.model.tokens import Token

TURNS = ("not", "not-not", "end", "agree", "call", "break", "yet")
"""What may be done to a thing, in the order of the bits of a mask."""
SIDES = ("hostile", "friendly", "answer", "other")
"""Of a thing; the last, when a turn meets no thing that is on a side."""
ON_HOSTILE, ON_FRIENDLY, ON_ANSWER, OTHER = range(len(SIDES))
NOT, NOT_NOT, END, CALL, BREAK = 0, 1, 2, 4, 5
HOSTILE, FRIENDLY, ANSWER, RULE, OUT = (1 << place for place in range(len(TURNS), len(TURNS) + 5))
BEGINNING = sum(1 << turn for turn in range(END, len(TURNS)))
"""The turns that one word begins; a negation has rules of its own."""
TURN_WITHIN, PARTICLE_WITHIN = 7, 4
"""Words that a turn reaches, or from a thing to what breaks it; from a verb to its particle, "pulled its troops back"."""


def turn_features(words: Sequence[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features ``turn:``; `words` are tokens without marks."""
    reach = [0] * len(TURNS)
    opener: list[Token | None] = [None] * len(TURNS)
    thing: Token | None = None
    side = since = age = waiting = before = met = 0
    for word in words:
        bits, particle = turn_bits(word.form), particle_bit(word.form)
        since, age = since + 1, age + 1
        taken_back = bool(waiting & particle) and age <= PARTICLE_WITHIN
        if taken_back and thing and since < age:
            yield turn_name(1 << END, side), (thing,)
        if bits >> BREAK & 1 and thing and since <= TURN_WITHIN:
            yield f"turn:broken:{SIDES[side]}", (thing,)
        if bits & (HOSTILE | FRIENDLY | ANSWER):
            thing, side, since = word, side_of(bits), 0
            if mask := sum(1 << turn for turn, left in enumerate(reach) if left):
                met |= mask
                yield turn_name(mask, side), (word,)
        if any(reach):
            reach = [max(0, left - 1) for left in reach]
        begun = bits & BEGINNING
        if taken_back and age == 1:
            # "Called off the strike" calls for none.
            begun, reach[CALL], opener[CALL] = begun | 1 << END, 0, None
        if bits >> NOT & 1 or (bits & OUT and before & RULE):
            begun |= 1 << NOT
            # Two negations make an assertion: "did not reject talks".
            twice = reach[NOT] > 0
            reach[NOT], reach[NOT_NOT] = (0, TURN_WITHIN) if twice else (TURN_WITHIN, 0)
            met |= twice << NOT
        for turn in range(len(TURNS) if begun else 0):
            if begun >> turn & 1:
                opener[turn] = opener[turn] or word
                reach[turn] = reach[turn] if turn == NOT else TURN_WITHIN
        before = bits
        if (verb := reversing(word.form)) & ~ALONE:
            waiting, age = verb, 0
    for turn, opened_by in enumerate(opener):
        if opened_by and not met >> turn & 1:
            yield turn_name(1 << turn, OTHER), (opened_by,)


def side_of(bits: int) -> int:
    """The place in ``SIDES`` of a thing with these bits."""
    return ON_FRIENDLY if bits & FRIENDLY else ON_HOSTILE if bits & HOSTILE else ON_ANSWER


def turn_name(mask: int, side: int) -> str:
    """The name of the feature of a thing on that side to which all turns in `mask` are done."""
    return f"turn:{'+'.join(turn for place, turn in enumerate(TURNS) if mask >> place & 1)}:{SIDES[side]}"


@lru_cache(maxsize=1 << 16)
def turn_bits(form: str) -> int:
    """What a word does to what follows it, and the side of the thing that it names, as bits."""
    role = roles(form)
    stems = {role.stem, role.main[0]} if role.verb else {role.stem}
    named = sum(1 << TURNS.index(turn) for turn, some in _verbs().items() if stems & some)
    sides = sum(bit for bit, some in zip((HOSTILE, FRIENDLY, ANSWER), _things(), strict=True) if stems & some)
    ends = role.lifter or reversing(form) & ALONE
    return named | sides | role.negator << NOT | bool(ends) << END | role.rule * RULE | role.out * OUT


@lru_cache(maxsize=1)
def _verbs() -> dict[str, frozenset[str]]:
    return {turn: _stems(words) for turn, words in _TURNING.items()}


@lru_cache(maxsize=1)
def _things() -> tuple[frozenset[str], ...]:
    return _stems(_HOSTILE), _stems(_FRIENDLY), _stems(_ANSWERS)


def _stems(words: str) -> frozenset[str]:
    return frozenset(entry(word).stem for word in words.split())


_TURNING = {
    "end": (
        "recall sever cut quit freeze close shut withhold discontinue terminate cease pause curb dismantle disband defuse "
        "surrender avoid prevent deter renege backtrack backpedal reconsider soften loosen trim slash reduce lower undo nix "
        "axe ditch quash void vacate commute overrule unwind disavow renounce forswear refrain abstain desist forbid prohibit "
        "spurn rebuff snub sink torpedo derail scupper stall block veto spare dodge narrow"
    ),
    "agree": (
        "agree agreement approve vote pledge promise vow sign endorse adopt pass unite authorise authorize commit consent "
        "okay ratify accept decide resolve opt support favour favor swear prepare plan intend ready unanimous unanimously "
        "greenlight"
    ),
    "call": "call urge demand seek propose press push appeal want plead request ask offer suggest invite",
    "break": "violate violation breach break broke broken collapse shatter unravel crumble expire lapse lasted lasts falter",
    "yet": "yet",
}
_HOSTILE = (
    "strike airstrike attack raid offensive assault invasion incursion bombardment bombing shelling sanction tariff duty "
    "embargo blockade ban boycott siege war threat ultimatum curfew crackdown expulsion retaliation reprisal revenge missile "
    "troop soldier warship tank weapon bomb drone penalty punishment lawsuit indictment warrant arrest execution restriction "
    "demolition annexation occupation quarrel feud hostility hostilities fighting clash protest escalation retaliate punish "
    "impose bombard shell invade expel seize veto levy quota surcharge deployment mobilisation mobilization hang impeach jail "
    "imprison strip shoot kill execute evict jam seal storm torture deport condemn denounce criticise criticize accuse blame "
    "sue prosecute indict fine tax censor bar block hack threaten insult confiscate annex occupy deploy mobilise mobilize "
    "penalise penalize target destroy demolish raze burn detain restrict withhold besiege ambush abduct kidnap shut blacklist "
    "outlaw persecute silence overthrow topple oust intimidate blackmail undermine encircle intercept garrison checkpoint "
    "barricade roadblock spying surveillance jamming drill warning gunboat gunfire rocket violence crime murder assassinate "
    "assassination massacre slaughter genocide rape stab rob loot torch behead lynch blast explosion detonate grenade mortar "
    "bullet artillery ammunition howitzer submarine battalion brigade regiment army arm arsenal warhead bomber warplane "
    "fighter militia sniper counteroffensive counterattack onslaught rampage terror terrorism aggression provocation provoke "
    "interference interfere meddle sabotage espionage spy wiretap cyberattack smear slander libel lambast deride mock taunt "
    "humiliate abuse harass harassment repression repress suppress muzzle gag purge picket walkout riot uprising rebellion "
    "coup plot revolt mutiny complaint suit prosecution trial conviction convict sentence verdict subpoena interrogate "
    "manhunt rebuke reprimand censure condemnation criticism accusation allegation denunciation recrimination suspension "
    "eviction deportation seizure confiscation capture forfeiture impoundment impound closure shutdown lockout dismissal "
    "layoff pressure coercion coerce extort extortion bully enmity dispute row vendetta rift fence wall minefield mine trench "
    "outpost encroach trespass intrude intrusion overflight violate flout cordon ransom poison vandalise desecrate bulldoze "
    "clampdown ceiling cap dump surtax antidumping countermeasure penal beating whip flog stone charge"
)
_FRIENDLY = (
    "talk negotiation dialogue deal agreement accord truce ceasefire cease-fire armistice peace pact treaty visit summit "
    "meeting aid loan grant cooperation partnership alliance tie relation friendship assistance relief support reconciliation "
    "amnesty pardon concession settlement compromise exchange ambassador embassy envoy consulate invitation handshake trade "
    "help donation membership recognition guarantee convoy corridor release thaw normalisation normalization reform election "
    "mediation recognise recognize welcome honour honor respect free unfreeze negotiate discuss cooperate fund lend donate "
    "supply host receive invite congratulate praise thank permit allow restore renew reopen resume train protect shelter hear "
    "mediate reconcile apologise apologize compensate comply disarm withdraw liberate hostage prisoner refugee inspector "
    "mediator observer monitor peacekeeper plan proposal offer hearing asylum immunity visa inspection extradite extradition "
    "hotline consultation consult contact conversation conciliation rapprochement detente gesture tribute gratitude sympathy "
    "solidarity condolence commitment pledge promise assurance funding finance credit forgiveness rescue evacuate evacuation "
    "repair rebuild reconstruction vaccine medicine flour fuel shipment delivery deliver passage scholarship investment "
    "invest contract purchase export import partner accession admit admission repatriate repatriation swap freedom "
    "parole bail acquit acquittal ratify ratification delegation verification safeguard stability restraint demilitarise "
    "demobilise disarmament cessation moratorium citizenship passport accept endorse endorsement assist share join attend "
    "attendance participate participation speak open let cede compliance extend extension renewal tolerate forgive meet "
    "broker negotiator delegate reunite reunification power-sharing coalition ally allied aid-worker nominee "
    "candidate candidacy bid plea appeal"
)
_ANSWERS = "reply response respond answer retort riposte consequence price lesson payback"
"""On no side by themselves, hostile when they are promised."""
