"""The words of a sentence in, what they tell together out: an act that is taken back, people hurt with or without an attack.

Both turn the meaning of the words around them: "called off the strike" is no strike, "twelve died" alone is no attack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from classifier.model.objects import PARTICLES
from classifier.model.roles import roles
from classifier.model.tokens import Token

UNDONE_WITHIN = 5
"""Words in reach of a verb that takes back."""
ALONE = 1
"""The bit of ``reversing`` for a verb that takes back without a particle; those of the particles are above it."""


def scene_features(words: Sequence[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """The features ``undone:`` and ``toll:``; `words` are tokens without marks."""
    reach = waiting = 0
    casualty: Token | None = None
    attack: Token | None = None
    for word in words:
        with_particle = waiting & particle_bit(word.form)
        waiting = reversing(word.form)
        if waiting & ALONE or with_particle:
            reach = UNDONE_WITHIN
        elif reach:
            reach -= 1
            yield f"undone:{word.stem}", (word,)
        role = roles(word.form)
        casualty = casualty or (word if role.casualty else None)
        attack = attack or (word if role.attack else None)
    if casualty and attack:
        yield "toll:attack", (casualty, attack)
    elif casualty:
        yield "toll:bare", (casualty,)


def particle_bit(form: str) -> int:
    """The bit of a particle; 0 for other words."""
    return _BITS.get(form, 0)


@lru_cache(maxsize=1 << 16)
def reversing(form: str) -> int:
    """By which particles a verb takes something back, as their bits; ``ALONE`` when it does so by itself."""
    role = roles(form)
    return _REVERSING.get(role.main[0], 0) if role.verb else 0


_BITS = {particle: 2 << place for place, particle in enumerate(PARTICLES)}
_WITH_PARTICLE = {
    "call": "off",
    "walk": "away out back",
    "pull": "back out",
    "back": "down away off out",
    "climb": "down",
    "roll": "back",
    "scale": "back down",
    "stand": "down",
    "hold": "off back",
    "phase": "out",
    "wind": "down",
    "draw": "down",
    "put": "off",
    "break": "off",
    "step": "back",
    "dial": "back down",
    "turn": "down away",
    "keep": "out",
    "shut": "out down",
    "cut": "off",
    "throw": "out",
    "lay": "down",
    "give": "up",
    "let": "off",
    "bow": "out",
    "opt": "out",
    "drop": "out",
    "storm": "out",
    "shy": "away",
    "wave": "away off",
    "fend": "off",
    "stave": "off",
    "swear": "off",
    "vote": "down",
    "strike": "down",
    "lock": "out",
    "close": "down",
    "row": "back",
    "tone": "down",
    "water": "down",
    "ease": "off",
    "leave": "out",
    "wriggle": "out",
}
_BY_THEMSELVES = (
    "shelv scrap revers retract rescind postpon defer waiv spare avert shun cancel abandon repeal revok overturn annul "
    "nullifi forgo"
)
_REVERSING = dict.fromkeys(_BY_THEMSELVES.split(), ALONE) | {
    stem: sum(_BITS[particle] for particle in particles.split()) for stem, particles in _WITH_PARTICLE.items()
}
