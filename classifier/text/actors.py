"""A sentence in, the states and organisations that it names out, as codes: ISO 3166 alpha-3, or capitals for organisations.

A module of its own since features hide exactly what is found here. The names stand in ``data/actors.csv``; the rules here say
when a name is none: a person, a sea, a language, a town in America.

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

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parents[1] / "data" / "actors.csv"


def find_actors(sentence: str) -> tuple[str, ...]:
    """Codes of the distinct states and organisations that `sentence` names, in the order of their first mention.

    Examples
    --------
    >>> find_actors("US-led talks between Moscow and the Ukrainians failed, NATO said.")
    ('USA', 'RUS', 'UKR', 'NATO')
    """
    whole = _Sentence(sentence)
    if whole.table.lengths.keys().isdisjoint(whole.tokens):
        return ()
    found = [(mention.name, _codes(mention)) for mention in _mentions(whole)]
    sure = {code for name, codes in found if name.text not in _WEAK for code in codes}
    return tuple(dict.fromkeys(code for name, codes in found for code in codes if name.text not in _WEAK or code in sure))


def pair(actors: Iterable[str]) -> tuple[str, str] | None:
    """The first two distinct actors, which is whom a sentence is mostly about; None when there are fewer."""
    first, second, *_ = (*dict.fromkeys(actors), "", "")
    return (first, second) if second else None


# --- the table -------------------------------------------------------------------------------------------------------


class _Name(NamedTuple):
    text: str
    codes: tuple[str, ...]
    kind: str


class _Table(NamedTuple):
    names: dict[str, _Name]
    """By tokens, joined with spaces."""
    lengths: dict[str, tuple[int, ...]]
    """First token of a name to the lengths, longest first, of the names that begin so."""


@lru_cache(maxsize=2)
def _table(capitals: bool) -> _Table:
    """Built once; for headlines in capitals with the names in capitals, less those that would be common words there."""
    names: dict[str, _Name] = {}
    lengths: dict[str, set[int]] = {}
    for name in _names():
        if capitals and name.text in _WORDS_IN_CAPITALS:
            continue
        tokens = _TOKEN.findall(_normal(name.text.upper() if capitals else name.text))
        names.setdefault(" ".join(tokens), name)
        lengths.setdefault(tokens[0], set()).add(len(tokens))
    return _Table(names, {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()})


def _names() -> Iterator[_Name]:
    """The rows of our table, which go first, and then what ISO 3166 calls the states."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield _Name(row["name"], tuple(row["code"].split()), row["kind"])
    import pycountry  # three times as slow to import as all the rest of this module

    for country in pycountry.countries:
        for field in ("name", "official_name", "common_name"):
            for text in _spellings(getattr(country, field, "")):
                yield _Name(text, (country.alpha_3,), "name")


def _spellings(official: str) -> Iterator[str]:
    """'Korea, Republic of' as one writes it, too, and without the article, what stands in brackets, and accents."""
    text = re.sub(r" \(.*?\)|^the ", "", official)
    if inverted := re.fullmatch(r"(.+), (?:The )?(.+ of(?: the)?)", text):
        text = f"{inverted[2]} {inverted[1]}"
    if text:
        yield text
        if text != "Réunion":
            yield "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


# --- mentions --------------------------------------------------------------------------------------------------------


class _Sentence:
    """The tokens of a sentence and what must be known of it as a whole, found out once and only when asked for."""

    def __init__(self, text: str) -> None:
        text = _normal(text)
        if dateline := _DATELINE.match(text):
            text = text[dateline.end() :]
        self.capitals = text.isupper()
        self.table = _table(self.capitals)
        self.tokens: list[str] = _TOKEN.findall(text)

    @cached_property
    def words(self) -> frozenset[str]:
        """In lower case."""
        return frozenset(token.lower() for token in self.tokens)

    @cached_property
    def headline(self) -> bool:
        """Whether most longer words have a capital, so that a capital says nothing about names."""
        longer = [token for token in self.tokens if len(token) > 3 and token.isalpha() and token not in _OFFICES]
        return len(longer) > 3 and sum(token[0].isupper() for token in longer) > 0.75 * len(longer)


class _Mention(NamedTuple):
    sentence: _Sentence
    start: int
    end: int
    name: _Name

    def before(self, steps: int = 1) -> str:
        """The token that stands so many steps before the name, or nothing."""
        return self.sentence.tokens[self.start - steps] if self.start >= steps else ""

    def after(self, steps: int = 1) -> str:
        """The token that stands so many steps after the name, or nothing."""
        at = self.end + steps - 1
        return self.sentence.tokens[at] if at < len(self.sentence.tokens) else ""

    def opens(self, steps: int = 1) -> bool:
        """Whether the token so many steps before the name is the first of a sentence or quotation."""
        return self.start <= steps or not self.before(steps + 1)[0].isalnum()


def _normal(text: str) -> str:
    """One code point a letter, one kind of apostrophe and hyphen."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_MARKS)


def _mentions(sentence: _Sentence) -> Iterator[_Mention]:
    """The longest names, from left to right; the longest has a dozen tokens, so time grows with the text and no faster."""
    tokens, (names, lengths) = sentence.tokens, sentence.table
    done = 0
    for start, token in enumerate(tokens):
        if token in lengths and start >= done:
            for length in lengths[token]:
                name = names.get(" ".join(tokens[start : start + length]))
                if name:
                    done = start + length
                    yield _Mention(sentence, start, done, name)
                    break


def _codes(mention: _Mention) -> tuple[str, ...]:
    """The actors that are meant; none when the name belongs to something else."""
    if any(hides(mention) for hides in _HIDING.get(mention.name.kind, ())):
        return ()
    decide = _DECIDING.get(mention.name.text)
    return decide(mention) if decide else mention.name.codes


_TOKEN = re.compile(r"\w+|[^\w\s]")
_MARKS = str.maketrans("’‘ʼ`‐‑–", "''''---")
_DATELINE = re.compile(
    r"(?=[A-Z]{4}|[A-Z]{2,3} [A-Z]{3})[A-Z .'-]{4,40}(?:, [\w .,'-]{1,40})?(?: \([A-Za-z/ ]{2,20}\))? ?(?:--?|—) "
)
_WORDS_IN_CAPITALS = frozenset(("WHO", "CAR", "Quad", "Male", "SADR", "Contras", "Unita", "ISI", "ROC"))
_WEAK = frozenset(f"{saint} {name}" for saint in ("St.", "St", "Saint") for name in ("John's", "George's")) | {
    "Victoria",
    "Hamilton",
    "San Jose",
    "Male",
}
"""Capitals whose name is mostly another town, a person or a word: they count when their state is named besides."""


# --- names that are no actors ----------------------------------------------------------------------------------------


def _is_water_or_land(mention: _Mention) -> bool:
    """Sea of Japan, Gulf of Oman, Lake Chad, Taiwan Strait, Jordan Valley, Panama Canal, Fort Washington."""
    if mention.before().lower() == "of" and mention.before(2).lower() in _WATERS_OF:
        return True
    after = mention.after()
    return mention.before() in _LANDFORMS_BEFORE or (after[:1].isupper() and after.lower() in _LANDFORMS_AFTER)


def _is_american_town(mention: _Mention) -> bool:
    """Lebanon, Pa.; Paris, Texas; but no list: Mexico, Texas and Utah; and no letterhead: Mission of Peru, New York."""
    if mention.after() != ",":
        return False
    state, following = mention.after(2), mention.after(3)
    if mention.sentence.capitals:
        state, following = state.title(), following.title()
    if following == "." and len(state) == 1:
        return state + mention.after(4) in _DOTTED_STATES
    if state in _TWO_WORD_STATES and not (state == "New" and mention.before() == "of"):
        return following in _TWO_WORD_STATES[state] and mention.after(4) not in _LISTING
    if state in ("Georgia", "Ga") and mention.name.text not in _TOWNS_IN_GEORGIA:
        return False
    known = state in _STATES or (state in _POSTAL_CODES and not mention.sentence.capitals)
    return known and following not in _LISTING


def _is_namesake(mention: _Mention) -> bool:
    """A person: the word before is a given name or a title; for some names a capital on either side is enough."""
    before = mention.before()
    if before in _GIVEN_NAMES or before in _HONORIFICS or (before == "." and _is_abbreviated(mention)):
        return True
    if mention.name.text not in _NAMESAKES or mention.sentence.headline or mention.sentence.capitals:
        return False
    return _begins_a_name(mention, mention.after()) or (not mention.opens() and _begins_a_name(mention, before))


def _is_abbreviated(mention: _Mention) -> bool:
    """Mr. Jordan and Booker T. Washington; not what follows U.S."""
    word = mention.before(2)
    return word in _HONORIFICS or (len(word) == 1 and word.isupper() and mention.before(3) not in ("", "."))


def _begins_a_name(mention: _Mention, word: str) -> bool:
    """A capital that is not that of an abbreviation, an office, a day or another actor."""
    capital = word[:1].isupper() and (len(word) == 1 or not word.isupper())
    return capital and word not in _OFFICES and word not in mention.sentence.table.names


def _is_document(mention: _Mention) -> bool:
    """Paris Agreement, Rome Statute, Cairo University; but a Belgrade-Pristina agreement is one between the two."""
    return mention.after().lower() in _NAMED_FOR_TOWNS and mention.before() != "-"


def _is_language(mention: _Mention) -> bool:
    """In French and Arabic; speaks Russian; Spanish-speaking; but not in French and Belgian ports."""
    if mention.after() == "-" and mention.after(2).lower() in ("language", "speaking", "speaker", "speakers"):
        return True
    if mention.name.text.endswith(("ns", "is", "men", "ts", "ks", "bs")):
        return False  # people, as in: let in Iranians who fled
    back, ahead, known = 1, 1, mention.sentence.table.names
    while back < 6 and (mention.before(back) in _JOINING or mention.before(back) in known):
        back += 1
    while ahead < 6 and (
        mention.after(ahead) in known or (mention.after(ahead) in _JOINING and mention.after(ahead + 1) in known)
    ):
        ahead += 1
    following = mention.after(ahead)
    return mention.before(back).lower() in _SPEAKING and (not following.isalpha() or following.lower() in _AFTER_LANGUAGES)


def _is_described(mention: _Mention) -> bool:
    """Ethnic Serbs and non-Iranians are others than the state's; prices in US dollars name no buyer."""
    if mention.before().lower() == "ethnic" or (mention.before() == "-" and mention.before(2).lower() in ("non", "ethnic")):
        return True
    return mention.after().lower() in _CURRENCIES


def _is_bygone(mention: _Mention) -> bool:
    """Former Yugoslavia, post-Soviet, Soviet-era, Soviet-made."""
    if mention.name.codes not in (("SUN",), ("YUG",), ("CSK",)):
        return False
    before = mention.before(2) if mention.before() == "-" else mention.before()
    return before.lower() in ("former", "ex", "post") or (mention.after() == "-" and mention.after(2).lower() in _BYGONE)


def _stands_alone(mention: _Mention) -> bool:
    """A prefix without the other half: Franco, the dictator, Indo-Pacific. Sino- is nothing but China."""
    whole = mention.name.text == "Sino" or mention.after(2) in mention.sentence.table.lengths
    return mention.after() != "-" or not whole


_HIDING: dict[str, tuple[Callable[[_Mention], bool], ...]] = {
    "name": (_is_water_or_land, _is_american_town, _is_namesake, _is_described, _is_bygone),
    "demonym": (_is_water_or_land, _is_namesake, _is_language, _is_described, _is_bygone),
    "capital": (_is_water_or_land, _is_american_town, _is_namesake, _is_document),
    "seat": (_is_namesake,),
    "abbreviation": (_is_described,),
    "organisation": (_is_namesake,),
    "prefix": (_stands_alone,),
}


# --- names that mean now one, now another ----------------------------------------------------------------------------


def _georgia(mention: _Mention) -> tuple[str, ...]:
    """The state in America: a town of it before, its offices after, its neighbours anywhere; the Caucasus outweighs those."""
    words = mention.sentence.words
    town = mention.before() == "," and mention.before(2).title() in _GEORGIAN_TOWNS
    office = mention.after().lower() in _GEORGIAN_OFFICES
    elected = mention.before().lower() in ("of", "from", "in") and not words.isdisjoint(_AMERICAN_OFFICES)
    neighbours = not words.isdisjoint(_GEORGIAN_NEIGHBOURS)
    american = town or (words.isdisjoint(_CAUCASUS) and (office or elected or neighbours))
    return () if american else mention.name.codes


def _washington(mention: _Mention) -> tuple[str, ...]:
    """The state in America: Washington state, state of Washington; Seattle, Washington."""
    state = mention.after().lower() == "state" or (mention.before() == "of" and mention.before(2).lower() == "state")
    town = mention.before() == "," and mention.before(2) in ("Seattle", "Spokane", "Tacoma", "Olympia", "Vancouver")
    return () if state or town else mention.name.codes


def _congo(mention: _Mention) -> tuple[str, ...]:
    words = mention.sentence.words
    return ("COG",) if "brazzaville" in words and "kinshasa" not in words else mention.name.codes


def _dominican(mention: _Mention) -> tuple[str, ...]:
    """Of the republic, unless only the island is named; or a friar."""
    words = mention.sentence.words
    if mention.after().lower() in ("friar", "friars", "monk", "monks", "nun", "nuns", "order", "priest", "priests", "sister"):
        return ()
    return ("DMA",) if "dominica" in words and "republic" not in words else mention.name.codes


def _turkey(mention: _Mention) -> tuple[str, ...]:
    """The bird, where a sentence or a headline begins with it."""
    bird = mention.after().lower() in _POULTRY or mention.before().lower() in ("roast", "roasted", "wild", "frozen")
    return () if bird or "thanksgiving" in mention.sentence.words else mention.name.codes


def _brussels(mention: _Mention) -> tuple[str, ...]:
    """The Union when it acts; a town when something takes place there."""
    place = mention.before().lower() in _PLACING or (mention.after() == "-" and mention.after(2).lower() == "based")
    town = place or mention.after().lower() in ("airport", "airlines", "police", "suburb", "region")
    return () if town or _is_document(mention) else mention.name.codes


def _georgetown(mention: _Mention) -> tuple[str, ...]:
    """The university's professors are quoted as often as Guyana's ministers."""
    return () if mention.before().lower() == "at" or mention.after() == "Law" else mention.name.codes


def _us(mention: _Mention) -> tuple[str, ...]:
    """Not in US$5; and in a headline in capitals it may be the pronoun."""
    price = mention.after() == "$" and mention.before().lower() != "the"
    pronoun = mention.sentence.capitals and mention.before() in ("LET", "GIVE", "TELL", "LEAVE", "SHOW")
    return () if price or pronoun else mention.name.codes


def _korean(mention: _Mention) -> tuple[str, ...]:
    return ("PRK", "KOR") if mention.before() == "-" and mention.before(2).lower() == "inter" else ()


def _of_the_nations(mention: _Mention) -> tuple[str, ...]:
    """Russia's Security Council and the Vermont General Assembly are other bodies, and so is the American Red Cross."""
    before = mention.before()
    named = before[:1].isupper() and (not mention.opens() or before in mention.sentence.table.names)
    return () if named or (before == "s" and mention.before(2) == "'") else mention.name.codes


def _unless(*words: str) -> Callable[[_Mention], tuple[str, ...]]:
    """For abbreviations of two bodies: one of `words` gives the other away."""
    return lambda mention: mention.name.codes if mention.sentence.words.isdisjoint(words) else ()


_DECIDING: dict[str, Callable[[_Mention], tuple[str, ...]]] = {
    "Georgia": _georgia,
    "Washington": _washington,
    "Congo": _congo,
    "Congolese": _congo,
    "Dominican": _dominican,
    "Dominicans": _dominican,
    "Turkey": _turkey,
    "Brussels": _brussels,
    "Georgetown": _georgetown,
    "US": _us,
    "Korean": _korean,
    "Security Council": _of_the_nations,
    "General Assembly": _of_the_nations,
    "Red Cross": _of_the_nations,
    "RSF": _unless("reporters", "press"),
    "SDF": _unless("japan", "japanese", "tokyo"),
    "IRA": _unless("inflation", "subsidies", "tax"),
}


# --- words that the rules look for -----------------------------------------------------------------------------------

_WATERS_OF = frozenset("sea gulf strait straits bay bight isthmus".split())
_LANDFORMS_BEFORE = frozenset("Lake Mount Fort Port River Camp LAKE MOUNT FORT RIVER".split())
_LANDFORMS_AFTER = frozenset("sea seas ocean strait straits river channel canal valley basin trench delta".split())
_NAMED_FOR_TOWNS = frozenset(
    "accord accords agreement agreements convention conventions protocol protocols statute treaty pact round process memorandum "
    "charter club declaration university olympics marathon mayor opera zoo bourse".split()
)
_SPEAKING = frozenset("in into speak speaks speaking spoke spoken translated fluent learn learns learned learning".split())
_AFTER_LANGUAGES = frozenset(
    "and or with by to at on that as but for when while before after the a an he she they it who which is was were".split()
)
_CURRENCIES = frozenset(
    "dollar dollars pounds francs roubles rubles rupees kroner kronor riyals rials dinars dirhams pesos reais yen yuan liras "
    "rand shillings marks hryvnias zlotys".split()
)
_BYGONE = frozenset("era made built designed style supplied age".split())
_PLACING = frozenset("in at near outside around central across through via".split())
_POULTRY = frozenset("sandwich sandwiches dinner dinners breast breasts meat farm farms farmer farmers leg eggs soup".split())
_LISTING = frozenset(("and", "or", "And", "Or", "&"))
_JOINING = frozenset((",", "and", "or"))

_NAMESAKES = frozenset(
    "Jordan Chad Paris London Washington Kingston Santiago Sofia Victoria Hamilton Wellington Wagner Holland Georgetown".split()
)
_OFFICES = frozenset(
    "President Prime King Queen Foreign Defence Defense Interior Finance Minister Ministry Parliament Government Army Armed Air "
    "Navy Embassy Ambassador Islamic Crown Royal "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September "
    "October November December".split()
)
_HONORIFICS = frozenset("Mr Mrs Ms Miss Dr Prof Rep Sen Gov Gen Col Capt Lt Sgt Sir Lady Lord Congressman Congresswoman".split())
_GIVEN_NAMES = frozenset(
    "Aaron Abdel Abdul Adam Adrian Alan Albert Alex Alexander Alice Amanda Amy Anatole Andrea Andrew Andy Angela Ann Anna Anne "
    "Anthony Arthur Barbara Ben Benjamin Bernard Beth Betty Bill Bob Bobby Brad Brandon Brenda Brian Bruce Bryan Carl Carol "
    "Caroline Catherine Cecil Charles Charlie Charlotte Chris Christine Christopher Claire Colin Craig Daniel Daphne "
    "Darren Dave David Dawn Deborah Dennis Denzel Derek Diana Diane Dinah Donald Donna Dorothy Doug Douglas Eddie "
    "Edgar Edmund Edward Eleanor Elizabeth Ellen Emily Emma Eric Ernest Ethan Eugene Evan Eva Evelyn Frances Fred Gareth "
    "Gary Geoffrey George Gerald Gilbert Glenn Gordon Graham Greg Gregory Harold Harriet Harry Harvey Heather Helen Henry "
    "Herbert Howard Hugh Ian Irving Isaiah Jack Jacob James Jamie Jane Janet Jason Jay Jeff Jeffrey Jennifer Jeremy Jerry Jesse "
    "Jessica Jim Jimmy Joan Joanna Joe John Johnny Jon Jonathan Joseph Josh Joshua Judith Judy Julia Julian Julie Justin Karen "
    "Kate Kathleen Kathy Keith Kelly Ken Kenneth Kerry Kevin Larry Laura Lauren Laurence Lawrence Lee Leonard Leroy Leslie "
    "Lewis Linda Lisa Louis Louise Lucy Luke Luther Marcus Margaret Maria Marion Martha Mary Matt Matthew Maurice Melissa "
    "Michael Michelle Mike Montell Nancy Natalie Nathan Neil Nicholas Nick Nicole Nigel Norman Oliver Oscar Patricia Patrick "
    "Paul Paula Peter Phil Philip Phillip Rachel Ralph Raymond Rebecca Richard Rick Robert Robin Roger Ronald Rosemary Roy "
    "Russell Ruth Ryan Sally Samuel Sandra Sarah Scott Sharon Sheila Shirley Simon Sophie Spencer Stanley Stephanie Stephen "
    "Steve Steven Stuart Susan Suzanne Sylvia Ted Teresa Terry Theresa Thomas Tim Timothy Todd Tom Tommy Tony Tracy Tyler "
    "Valerie Vernon Vincent Wallace Walter Warren Wayne Wendy Wilfred William Winston".split()
)

_STATES = frozenset(
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois Indiana Iowa "
    "Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio "
    "Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia Wisconsin Wyoming Ontario Alberta Manitoba Saskatchewan "
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md Me Mich Minn Miss Mo Mont Neb Nev Okla Ont Ore Pa Tenn "
    "Tex Va Vt Wis Wyo".split()
)
_POSTAL_CODES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD "
    "TN TX UT VT VA WA WV WI WY".split()
)
_DOTTED_STATES = frozenset("NY NJ NH NM NC ND SC SD RI WV".split())
_TWO_WORD_STATES = {
    "New": ("York", "Jersey", "Hampshire", "Mexico", "Brunswick"),
    "North": ("Carolina", "Dakota"),
    "South": ("Carolina", "Dakota"),
    "West": ("Virginia",),
    "Rhode": ("Island",),
    "Nova": ("Scotia",),
    "British": ("Columbia",),
}
_TOWNS_IN_GEORGIA = frozenset("Athens Rome Dublin Vienna Cairo Berlin Lisbon Manila".split())
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
