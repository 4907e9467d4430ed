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
SIDES = ("hostile", "friendly")
NOT, NOT_NOT, END, CALL, BREAK = 0, 1, 2, 4, 5
HOSTILE, FRIENDLY, RULE, OUT = (1 << place for place in range(len(TURNS), len(TURNS) + 4))
TURN_WITHIN, PARTICLE_WITHIN = 7, 4
"""Words that a turn reaches, or from a thing to what breaks it; from a verb to its particle, "pulled its troops back"."""


def turn_features(words: Sequence[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features ``turn:``; `words` are tokens without marks."""
    reach = [0] * len(TURNS)
    thing: Token | None = None
    side = since = age = waiting = before = 0
    for word in words:
        bits, particle = turn_bits(word.form), particle_bit(word.form)
        since, age = since + 1, age + 1
        taken_back = bool(waiting & particle) and age <= PARTICLE_WITHIN
        if taken_back and thing and since < age:
            yield turn_name(1 << END, side), (thing,)
        if bits >> BREAK & 1 and thing and since <= TURN_WITHIN:
            yield f"turn:broken:{SIDES[side]}", (thing,)
        if bits & (HOSTILE | FRIENDLY):
            thing, side, since = word, int(bits & FRIENDLY > 0), 0
            if mask := sum(1 << turn for turn, left in enumerate(reach) if left):
                yield turn_name(mask, side), (word,)
        if any(reach):
            reach = [max(0, left - 1) for left in reach]
        if bits >> NOT & 1 or (bits & OUT and before & RULE):
            # Two negations make an assertion: "did not reject talks".
            twice = reach[NOT] > 0
            reach[NOT], reach[NOT_NOT] = (0, TURN_WITHIN) if twice else (TURN_WITHIN, 0)
        if taken_back and age == 1:
            # "Called off the strike" calls for none.
            reach[CALL] = 0
        if bits >> END & 1 or (taken_back and age == 1):
            reach[END] = TURN_WITHIN
        if bits:
            for turn in range(END + 1, len(TURNS)):
                if bits >> turn & 1:
                    reach[turn] = TURN_WITHIN
        before = bits
        if (verb := reversing(word.form)) & ~ALONE:
            waiting, age = verb, 0


def turn_name(mask: int, side: int) -> str:
    """The name of the feature of a thing on that side to which all turns in `mask` are done."""
    return f"turn:{'+'.join(turn for place, turn in enumerate(TURNS) if mask >> place & 1)}:{SIDES[side]}"


@lru_cache(maxsize=1 << 16)
def turn_bits(form: str) -> int:
    """What a word does to what follows it, and the side of the thing that it names, as bits."""
    role = roles(form)
    stems = {role.stem, role.main[0]} if role.verb else {role.stem}
    named = sum(1 << TURNS.index(turn) for turn, some in _verbs().items() if stems & some)
    sides = sum(bit for bit, some in zip((HOSTILE, FRIENDLY), _things(), strict=True) if stems & some)
    ends = role.lifter or reversing(form) & ALONE
    return named | sides | role.negator << NOT | bool(ends) << END | role.rule * RULE | role.out * OUT


@lru_cache(maxsize=1)
def _verbs() -> dict[str, frozenset[str]]:
    return {turn: _stems(words) for turn, words in _TURNING.items()}


@lru_cache(maxsize=1)
def _things() -> tuple[frozenset[str], frozenset[str]]:
    return _stems(_HOSTILE), _stems(_FRIENDLY)


def _stems(words: str) -> frozenset[str]:
    return frozenset(entry(word).stem for word in words.split())


_TURNING = {
    "end": (
        "recall sever cut quit freeze close shut withhold discontinue terminate cease pause curb dismantle disband "
        "defuse surrender avoid prevent deter"
    ),
    "agree": (
        "agree agreement approve vote pledge promise vow sign endorse adopt pass unite authorise authorize commit "
        "consent okay ratify accept"
    ),
    "call": "call urge demand seek propose press push appeal want plead request ask offer suggest invite",
    "break": ("violate violation breach break broke broken collapse shatter unravel crumble expire lapse lasted lasts falter"),
    "yet": "yet",
}
_HOSTILE = (
    "strike airstrike attack raid offensive assault invasion incursion bombardment bombing shelling sanction tariff "
    "duty embargo blockade ban boycott siege war threat ultimatum curfew crackdown expulsion retaliation reprisal "
    "revenge missile troop soldier warship tank weapon bomb drone penalty punishment lawsuit charge indictment "
    "warrant arrest detention execution restriction demolition annexation occupation quarrel feud hostility "
    "hostilities fighting clash protest escalation force retaliate punish impose bombard shell invade expel seize "
    "veto levy quota surcharge deployment mobilisation mobilization hang impeach jail imprison strip shoot kill "
    "execute evict jam seal storm torture deport condemn denounce criticise criticize accuse blame sue prosecute "
    "indict fine tax censor bar block hack threaten insult confiscate annex occupy deploy mobilise mobilize "
    "penalise penalize target destroy demolish raze burn detain restrict withhold besiege ambush abduct kidnap shut "
    "blacklist outlaw persecute silence overthrow topple oust intimidate blackmail undermine encircle intercept "
    "garrison checkpoint barricade roadblock spying surveillance jamming inspection drill warning gunboat gunfire "
    "rocket violence crime"
)
_FRIENDLY = (
    "talk negotiation dialogue deal agreement accord truce ceasefire cease-fire armistice peace pact treaty visit "
    "summit meeting aid loan grant cooperation partnership alliance tie relation friendship assistance relief "
    "support reconciliation amnesty pardon concession settlement compromise exchange ambassador embassy envoy "
    "consulate invitation handshake trade help donation membership recognition guarantee convoy corridor release "
    "thaw normalisation normalization reform election mediation recognise recognize welcome honour honor respect "
    "free unfreeze negotiate discuss cooperate fund lend donate supply host receive invite congratulate praise "
    "thank permit allow restore renew reopen resume train protect shelter hear mediate reconcile apologise "
    "apologize compensate comply disarm withdraw liberate hostage prisoner refugee inspector mediator observer "
    "monitor peacekeeper plan proposal offer hearing asylum immunity visa"
)
