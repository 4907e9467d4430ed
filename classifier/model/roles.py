"""A word form in, the parts that it can play in the rules of ``features`` out: its stem, its classes, and many a yes or no.

A module of its own, since the plain scorer and the compiled one both look a word up once and then work on what it may be.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from classifier.model.lexicon import AUXILIARIES, BE, FUNCTION_WORDS, HAVE, LONGEST_WORD, MODALS, entry

MASKS = ("NAME", "NUMBER", "YEAR", "DAY", "MONTH")
"""What names, numbers and dates become; a word in capitals, so that no text can imitate one."""


class Roles(NamedTuple):
    """The parts that a word form can play in the rules below; all but the first three fields are yes or no."""

    stem: str
    senses: tuple[str, ...]
    main: tuple[str, ...]
    """Stem and classes of the verb that it is a form of."""
    verb: bool
    """A form of a verb, and no auxiliary."""
    base: bool
    """The verb itself, without ending."""
    participle: bool
    gerund: bool
    third_person: bool
    often_noun: bool
    """Its verb is met more often as a noun."""
    speech: bool
    modal: bool
    to: bool
    be: bool
    have: bool
    determiner: bool
    preposition: bool
    subject: bool
    """May stand before a verb in the third person as its subject."""
    object: bool
    """May stand after a verb as the start of its object."""
    not_or_never: bool
    contracted_not: bool
    between: bool
    """May stand between an auxiliary and its verb; "apply" may not."""
    subordinator: bool
    clause_end: bool
    by: bool
    negator: bool
    lifter: bool
    rule: bool
    out: bool
    content: bool
    """Says something by itself: no mask, no function word, and not that something was said."""
    lexical: bool
    """No function word; a mask is one of these, and may be the object of a verb."""
    leads: bool
    """A preposition or particle, which gives the verb before it its direction."""
    quote: bool
    semicolon: bool
    casualty: bool
    """Tells of people killed or hurt."""
    attack: bool
    """Tells by what."""


def roles(form: str) -> Roles:
    """The parts that `form` can play."""
    return _roles(form) if len(form) <= LONGEST_WORD else _roles.__wrapped__(form)


def is_content(stem: str) -> bool:
    """Whether a stem says something by itself, as neither a mask, nor a function word, nor "said" does."""
    return bool(stem) and stem not in MASKS and "NAME" not in stem and stem not in _no_content()


@lru_cache(maxsize=1)
def _no_content() -> frozenset[str]:
    return frozenset(entry(form).stem for form in FUNCTION_WORDS | _SAYING)


@lru_cache(maxsize=1 << 16)
def _roles(form: str) -> Roles:
    known = entry(form)
    stem = form if form in MASKS or "NAME" in form else known.stem
    verb, contracted_not = known.verb, form.endswith("n't")
    return Roles(
        stem=stem,
        senses=known.senses,
        main=(known.verb_stem, *known.verb_senses),
        verb=bool(verb) and form not in AUXILIARIES,
        base=form == verb,
        participle=form.endswith("ed") or known.irregular,
        gerund=form.endswith("ing"),
        third_person=form.endswith("s") and form != verb,
        often_noun=known.often_noun,
        speech=verb in _SPEECH,
        modal=form in MODALS or contracted_not,
        to=form == "to",
        be=form in BE,
        have=form in HAVE,
        determiner=form in _DETERMINERS,
        preposition=form in _PREPOSITIONS,
        subject=form in _SUBJECTS or known.noun == form != "",
        object=form in _DETERMINERS or form in ("NAME", "NUMBER"),
        not_or_never=form in ("not", "never"),
        contracted_not=contracted_not,
        between=form in _BETWEEN or (form.endswith("ly") and not verb),
        subordinator=form in _SUBORDINATORS,
        clause_end=form in _CLAUSE_ENDS,
        by=form == "by",
        negator=not _NEGATORS.isdisjoint((stem, known.verb_stem)) or contracted_not,
        lifter=not _LIFTERS.isdisjoint((stem, known.verb_stem)),
        rule=stem == "rule",
        out=form == "out",
        content=is_content(stem),
        lexical=form not in FUNCTION_WORDS,
        leads=form in _LEADING,
        quote=form == '"',
        semicolon=form == ";",
        casualty=stem in _CASUALTIES,
        attack=stem in _ATTACKS,
    )


_NEGATORS = frozenset("not no never refus reject declin deni fail without nor neither cannot oppos".split())
_LIFTERS = frozenset(
    "lift eas end stop halt drop suspend withdraw cancel scrap revok abandon remov rescind abolish undo dissolv unfreez releas "
    "relax".split()
)
_SUBORDINATORS = frozenset(
    "which who whose whom when while where after before since because although though if as whether until unless".split()
)
_CLAUSE_ENDS = frozenset(',;"')
_BETWEEN = frozenset("not never also already still again now then once just even only soon".split())
_DETERMINERS = frozenset(
    "the a an this that these those his her its their our my your any some no every each all both several many few more most "
    "other another such own".split()
)
_PREPOSITIONS = frozenset(
    "of in on at by for from with into over under against between among about during through without across toward towards "
    "amid despite near".split()
)
_LEADING = _PREPOSITIONS | frozenset("to up out off down back away forward along as".split())
_CASUALTIES = frozenset("kill die dead death fatal wound injur injuri casualti slay slain maim".split())
_ATTACKS = frozenset(
    "strike struck airstrik air-strik shell attack raid missil drone gunfir bomb bombard rocket artilleri mortar blast "
    "ambush".split()
)
_SPEECH = frozenset("say tell add note quote report state declare announce write comment explain remark".split())
_SAYING = frozenset("say says said saying tell tells told telling mr mrs ms".split())
_SUBJECTS = frozenset("NAME he she it who which that".split())
