"""A mention in, out whether its name belongs to something else than an actor: a person, a sea, a language, a town in America.

A module of its own since these rules go by the kind of a name; what single names need is decided where the actors are.
"""

from __future__ import annotations

from collections.abc import Callable

from classifier.text.mentions import OFFICES, Mention


def is_no_actor(mention: Mention) -> bool:
    """Whether the name belongs to something else than an actor."""
    return any(hides(mention) for hides in _HIDING.get(mention.name.kind, ()))


def _is_water_or_land(mention: Mention) -> bool:
    """Sea of Japan, Gulf of Oman, Lake Chad, Taiwan Strait, Jordan Valley, Panama Canal, Fort Washington."""
    if mention.before().lower() == "of" and mention.before(2).lower() in _WATERS_OF:
        return True
    after = mention.after()
    return mention.before() in _LANDFORMS_BEFORE or (after[:1].isupper() and after.lower() in _LANDFORMS_AFTER)


def _is_american_town(mention: Mention) -> bool:
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


def _is_namesake(mention: Mention) -> bool:
    """A person: the word before is a given name or a title; for some names a capital on either side is enough."""
    before = mention.before()
    if before in GIVEN_NAMES or before in _HONORIFICS or (before == "." and _is_abbreviated(mention)):
        return True
    if mention.name.text not in _NAMESAKES or mention.sentence.headline or mention.sentence.capitals:
        return False
    return _begins_a_name(mention, mention.after()) or (not mention.opens() and _begins_a_name(mention, before))


def _is_abbreviated(mention: Mention) -> bool:
    """Mr. Jordan and Booker T. Washington; not what follows U.S."""
    word = mention.before(2)
    return word in _HONORIFICS or (len(word) == 1 and word.isupper() and mention.before(3) not in ("", "."))


def _begins_a_name(mention: Mention, word: str) -> bool:
    """A capital that is not that of an abbreviation, an office, a day or another actor."""
    capital = word[:1].isupper() and (len(word) == 1 or not word.isupper())
    return capital and word not in OFFICES and word not in mention.sentence.table.names


def _is_a_title(mention: Mention) -> bool:
    """The Washington Post, China Daily, British Airways, the French Open: a newspaper, a company, a contest."""
    return mention.after() in _TITLED_AFTER_STATES


def is_document(mention: Mention) -> bool:
    """Paris Agreement, Rome Statute, Cairo University; but a Belgrade-Pristina agreement is one between the two."""
    return mention.after().lower() in _NAMED_FOR_TOWNS and mention.before() != "-"


def _is_language(mention: Mention) -> bool:
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


def _is_described(mention: Mention) -> bool:
    """Ethnic Serbs and non-Iranians are others than the state's; prices in US dollars name no buyer."""
    if mention.before().lower() == "ethnic" or (mention.before() == "-" and mention.before(2).lower() in ("non", "ethnic")):
        return True
    return mention.after().lower() in _CURRENCIES


def _is_bygone(mention: Mention) -> bool:
    """Former Yugoslavia, post-Soviet, Soviet-era, Soviet-made."""
    if mention.name.codes not in (("SUN",), ("YUG",), ("CSK",)):
        return False
    before = mention.before(2) if mention.before() == "-" else mention.before()
    return before.lower() in ("former", "ex", "post") or (mention.after() == "-" and mention.after(2).lower() in _BYGONE)


def _stands_alone(mention: Mention) -> bool:
    """A prefix without the other half: Franco, the dictator, Indo-Pacific. Sino- is nothing but China."""
    whole = mention.name.text == "Sino" or mention.after(2) in mention.sentence.table.lengths
    return mention.after() != "-" or not whole


_HIDING: dict[str, tuple[Callable[[Mention], bool], ...]] = {
    "name": (_is_water_or_land, _is_american_town, _is_namesake, _is_a_title, _is_described, _is_bygone),
    "demonym": (_is_water_or_land, _is_namesake, _is_language, _is_a_title, _is_described, _is_bygone),
    "capital": (_is_water_or_land, _is_american_town, _is_namesake, _is_a_title, is_document),
    "place": (_is_water_or_land, _is_american_town, _is_namesake, is_document),
    "seat": (_is_namesake,),
    "abbreviation": (_is_described,),
    "organisation": (_is_namesake,),
    "prefix": (_stands_alone,),
}


# --- words that the rules look for -----------------------------------------------------------------------------------

_WATERS_OF = frozenset("sea gulf strait straits bay bight isthmus".split())
_LANDFORMS_BEFORE = frozenset("Lake Mount Fort Port River Camp LAKE MOUNT FORT RIVER".split())
_LANDFORMS_AFTER = frozenset("sea seas ocean strait straits river channel canal valley basin trench delta".split())
_NAMED_FOR_TOWNS = frozenset(
    "accord accords agreement agreements convention conventions protocol protocols statute treaty pact round process memorandum "
    "charter club declaration university olympics marathon mayor opera zoo bourse".split()
)
_TITLED_AFTER_STATES = frozenset(
    "Post Times Daily Herald Tribune Airlines Airways Aerospace Open Wizards Capitals Nationals Commanders Huskies Bulldogs "
    "Derby Masters".split()
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
_LISTING = frozenset(("and", "or", "And", "Or", "&"))
_JOINING = frozenset((",", "and", "or"))

_NAMESAKES = frozenset(
    "Jordan Chad Paris London Washington Kingston Santiago Sofia Victoria Hamilton Wellington Wagner Holland Georgetown".split()
)
_HONORIFICS = frozenset("Mr Mrs Ms Miss Dr Prof Rep Sen Gov Gen Col Capt Lt Sgt Sir Lady Lord Congressman Congresswoman".split())
GIVEN_NAMES = frozenset(
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
