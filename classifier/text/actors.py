"""A sentence in, the states and organisations that it names out, as codes: ISO 3166 alpha-3, or capitals for organisations.

A module of its own since features hide exactly what is found here. The names stand in ``data/actors.csv``; ``namesakes`` says
when a name is none: a person, a sea, a language, a town in America. What single names mean now and then is decided here.

What needed a decision, and what was decided:

- A name counts wherever it stands, as actor or as place; a dateline does not count.
- A capital or palace stands for its state. Jerusalem does because Israel's government sits there, which says nothing of whose
  city it is. Brussels stands for the EU unless a preposition makes it a place; The Hague, seat of courts, stands for nothing.
- Former states keep their code of ISO 3166-3 (``SUN``, ``YUG``, ``CSK``), and both Germanies are ``DEU``; what is *former* or
  *Soviet-era* names no actor. Kosovo is ``XKX``, which ISO 3166 leaves to its users and the EU uses.
- Gaza and the West Bank are ``PSE``. Armed groups and states that few recognise have codes of their own.
- Bare *Congo* is Kinshasa, as in agency style, unless only Brazzaville is named; bare *Korea* and *Virgin Islands* are nothing.
- *English* is a language too often to count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from classifier.text.leaders import Memory, leaders_in
from classifier.text.mentions import Mention, Sentence, mentions
from classifier.text.namesakes import is_document, is_no_actor


class Named(NamedTuple):
    """A name that stands for actors, as tokens of its sentence from `start` up to `end`."""

    start: int
    end: int
    codes: tuple[str, ...]


class Reading(NamedTuple):
    """A sentence read as one of its story: its tokens, and the actors that they name from left to right."""

    text: str
    tokens: Sequence[str]
    named: Sequence[Named]

    @property
    def actors(self) -> tuple[str, ...]:
        """Distinct codes, in the order of their first mention."""
        return tuple(dict.fromkeys(code for each in self.named for code in each.codes))


def find_actors(sentence: str, date: str = "") -> tuple[str, ...]:
    """Codes of the distinct states and organisations that `sentence` names, in the order of their first mention.

    Leaders stand for their state; with the `date` of the text (``2024-03-05``, or its beginning) only those in office then.

    Examples
    --------
    >>> find_actors("US-led talks between Moscow and the Ukrainians failed, NATO said.")
    ('USA', 'RUS', 'UKR', 'NATO')
    >>> find_actors("President Xi met Vladimir Putin.", "2023-03-20")
    ('CHN', 'RUS')
    """
    return _read(sentence, Memory(date)).actors


def read_story(sentences: Iterable[str], date: str = "") -> Iterator[Reading]:
    """The sentences of one story with their actors; whom it has named in full it may name by surname from then on."""
    memory = Memory(date)
    return (_read(sentence, memory) for sentence in sentences)


def _read(text: str, memory: Memory) -> Reading:
    sentence = Sentence(text)
    persons = [Named(*found) for found in leaders_in(sentence, memory)]
    if sentence.table.lengths.keys().isdisjoint(sentence.tokens):
        return Reading(sentence.text, sentence.tokens, persons)
    taken = {place for person in persons for place in range(person.start, person.end)}
    found = [(mention, _codes(mention)) for mention in mentions(sentence) if mention.start not in taken]
    sure = {code for person in persons for code in person.codes}
    sure |= {code for mention, codes in found if mention.name.text not in _WEAK for code in codes}
    states = [
        Named(mention.start, mention.end, codes)
        for mention, codes in found
        if codes and (mention.name.text not in _WEAK or not sure.isdisjoint(codes))
    ]
    return Reading(sentence.text, sentence.tokens, sorted((*persons, *states)))


def _codes(mention: Mention) -> tuple[str, ...]:
    """The actors that are meant; none when the name belongs to something else."""
    if is_no_actor(mention):
        return ()
    decide = _DECIDING.get(mention.name.text)
    return decide(mention) if decide else mention.name.codes


_WEAK = frozenset(f"{saint} {name}" for saint in ("St.", "St", "Saint") for name in ("John's", "George's")) | {
    "Victoria",
    "Hamilton",
    "San Jose",
    "Male",
}
"""Capitals whose name is mostly another town, a person or a word: they count when their state is named besides."""


# --- names that mean now one, now another ----------------------------------------------------------------------------


def _georgia(mention: Mention) -> tuple[str, ...]:
    """The state in America: a town of it before, its offices after, its neighbours anywhere; the Caucasus outweighs those."""
    words = mention.sentence.words
    town = mention.before() == "," and mention.before(2).title() in _GEORGIAN_TOWNS
    office = mention.after().lower() in _GEORGIAN_OFFICES
    elected = mention.before().lower() in ("of", "from", "in") and not words.isdisjoint(_AMERICAN_OFFICES)
    neighbours = not words.isdisjoint(_GEORGIAN_NEIGHBOURS)
    american = town or (words.isdisjoint(_CAUCASUS) and (office or elected or neighbours))
    return () if american else mention.name.codes


def _washington(mention: Mention) -> tuple[str, ...]:
    """The state in America: Washington state, state of Washington; Seattle, Washington."""
    state = mention.after().lower() == "state" or (mention.before() == "of" and mention.before(2).lower() == "state")
    town = mention.before() == "," and mention.before(2) in ("Seattle", "Spokane", "Tacoma", "Olympia", "Vancouver")
    return () if state or town else mention.name.codes


def _congo(mention: Mention) -> tuple[str, ...]:
    words = mention.sentence.words
    return ("COG",) if "brazzaville" in words and "kinshasa" not in words else mention.name.codes


def _dominican(mention: Mention) -> tuple[str, ...]:
    """Of the republic, unless only the island is named; or a friar."""
    words = mention.sentence.words
    if mention.after().lower() in ("friar", "friars", "monk", "monks", "nun", "nuns", "order", "priest", "priests", "sister"):
        return ()
    return ("DMA",) if "dominica" in words and "republic" not in words else mention.name.codes


def _jordan(mention: Mention) -> tuple[str, ...]:
    """The player, where points are scored."""
    return mention.name.codes if len(mention.sentence.words & _BASKETBALL) < 2 else ()


def _turkey(mention: Mention) -> tuple[str, ...]:
    """The bird, where a sentence or a headline begins with it."""
    bird = mention.after().lower() in _POULTRY or mention.before().lower() in ("roast", "roasted", "wild", "frozen")
    return () if bird or "thanksgiving" in mention.sentence.words else mention.name.codes


def _brussels(mention: Mention) -> tuple[str, ...]:
    """The Union when it acts; a town when something takes place there."""
    place = mention.before().lower() in _PLACING or (mention.after() == "-" and mention.after(2).lower() == "based")
    town = place or mention.after().lower() in ("airport", "airlines", "police", "suburb", "region")
    return () if town or is_document(mention) else mention.name.codes


def _georgetown(mention: Mention) -> tuple[str, ...]:
    """The university's professors are quoted as often as Guyana's ministers."""
    return () if mention.before().lower() == "at" or mention.after() == "Law" else mention.name.codes


def _us(mention: Mention) -> tuple[str, ...]:
    """Not in US$5; and in a headline in capitals it may be the pronoun."""
    price = mention.after() == "$" and mention.before().lower() != "the"
    pronoun = mention.sentence.capitals and mention.before() in ("LET", "GIVE", "TELL", "LEAVE", "SHOW")
    return () if price or pronoun else mention.name.codes


def _korean(mention: Mention) -> tuple[str, ...]:
    return ("PRK", "KOR") if mention.before() == "-" and mention.before(2).lower() == "inter" else ()


def _of_the_nations(mention: Mention) -> tuple[str, ...]:
    """Russia's Security Council and the Vermont General Assembly are other bodies, and so is the American Red Cross."""
    before = mention.before()
    named = before[:1].isupper() and (not mention.opens() or before in mention.sentence.table.names)
    return () if named or (before == "s" and mention.before(2) == "'") else mention.name.codes


def _west(mention: Mention) -> tuple[str, ...]:
    """The West that acts; no direction, no West Coast, and nobody called West."""
    after = mention.after()
    acts = mention.before().lower() == "the" and not after[:1].isupper() and after.lower() not in ("-", "of", "side", "coast")
    return mention.name.codes if acts else ()


def _commonwealth(mention: Mention) -> tuple[str, ...]:
    """The one of nations; Pennsylvania and Puerto Rico are others."""
    return mention.name.codes if mention.before().lower() == "the" and mention.after() != "of" else ()


def _western(mention: Mention) -> tuple[str, ...]:
    """Western officials, Western sanctions; no place, as Western Sahara or the Western Cape, and no film."""
    after = mention.after()
    return mention.name.codes if after.islower() and after not in _PARTS_OF_A_COUNTRY else ()


def _unless(*words: str) -> Callable[[Mention], tuple[str, ...]]:
    """For abbreviations of two bodies: one of `words` gives the other away."""
    return lambda mention: mention.name.codes if mention.sentence.words.isdisjoint(words) else ()


_DECIDING: dict[str, Callable[[Mention], tuple[str, ...]]] = {
    "Georgia": _georgia,
    "Washington": _washington,
    "Congo": _congo,
    "Congolese": _congo,
    "Dominican": _dominican,
    "Dominicans": _dominican,
    "Turkey": _turkey,
    "Jordan": _jordan,
    "Brussels": _brussels,
    "Georgetown": _georgetown,
    "US": _us,
    "Korean": _korean,
    "Security Council": _of_the_nations,
    "General Assembly": _of_the_nations,
    "Red Cross": _of_the_nations,
    "Commonwealth": _commonwealth,
    "West": _west,
    "Western": _western,
    "RSF": _unless("reporters", "press"),
    "SDF": _unless("japan", "japanese", "tokyo"),
    "IRA": _unless("inflation", "subsidies", "tax"),
}


_GEORGIAN_TOWNS = frozenset(
    "Atlanta Savannah Augusta Macon Athens Columbus Albany Rome Marietta Decatur Valdosta Plains Brunswick Dalton Gainesville "
    "Roswell Brookhaven Dublin Cairo Vienna Alpharetta Waycross Warner Robins".split()
)
_GEORGIAN_OFFICES = frozenset(
    "senator senators sen gov republican republicans democrat democrats congressman congresswoman congressional legislature "
    "lawmaker state tech bulldogs southern runoff primary peach peaches power ports secretary statehouse electors".split()
)
_AMERICAN_OFFICES = frozenset("senator senators sen rep gov governor congressman congresswoman republican democrat".split())
_GEORGIAN_NEIGHBOURS = frozenset(
    "atlanta savannah alabama florida tennessee carolina arizona nevada michigan wisconsin pennsylvania texas ohio louisiana "
    "mississippi kentucky virginia raffensperger warnock ossoff kemp gubernatorial".split()
)
_CAUCASUS = frozenset(
    "tbilisi batumi gori poti abkhazia abkhaz abkhazian ossetia ossetian ossetians russia russian russians moscow kremlin putin "
    "caucasus armenia armenian azerbaijan azerbaijani georgian georgians saakashvili shevardnadze ivanishvili ukraine moldova "
    "turkey nato".split()
)
_PLACING = frozenset("in at near outside around central across through via".split())
_PARTS_OF_A_COUNTRY = frozenset(
    "part parts side coast region regions province city town half end edge suburb suburbs border area areas front "
    "hemisphere film films movie movies omelette of and or wall".split()
)
_BASKETBALL = frozenset("scored points rebounds assists dunk dunked nba bulls basketball playoffs court jersey".split())
_POULTRY = frozenset("sandwich sandwiches dinner dinners breast breasts meat farm farms farmer farmers leg eggs soup".split())
