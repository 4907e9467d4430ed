"""The tokens of a sentence in, the leaders that it names out: heads of state and government, ministers, heads of organisations.

A module of its own since a person acts for a state for some years only, and since a surname says whom it means only after a
story has said so. The names stand in ``data/leaders.csv``.

A leader counts by the full name, or by the surname when

- the surname stands for one person wherever it is written (``alone`` in the table: "Putin"),
- a title of office stands before it ("President Xi", "Mr Putin"), or
- the story has named the leader so before.

With the year of an article only those count who were in office then, and half a year before and after cannot be told from
whole years, so the year of taking and of leaving office both count.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from classifier.text.actor_table import TOKEN
from classifier.text.mentions import OFFICES, Sentence
from classifier.text.namesakes import GIVEN_NAMES

TABLE = Path(__file__).parents[1] / "data" / "leaders.csv"

Codes = tuple[str, ...]


class Leader(NamedTuple):
    """A person, the state or organisation, and the years in office (both ends included)."""

    name: tuple[str, ...]
    """Tokens of the full name."""
    surname: tuple[str, ...]
    codes: Codes
    first: int
    last: int
    alone: bool
    """The surname by itself says who is meant."""


class Leaders(NamedTuple):
    """The table, to be looked up by first tokens."""

    full: dict[str, tuple[Leader, ...]]
    """By the first token of the full name."""
    by_surname: dict[str, tuple[Leader, ...]]
    """By the first token of the surname."""


class Memory:
    """What a story has made certain so far: which surname means whom."""

    def __init__(self, date: str = "") -> None:
        self.year = int(date[:4]) if date[:4].isdigit() else None
        self.certain: dict[tuple[str, ...], Codes] = {}

    def in_office(self, leader: Leader) -> bool:
        """At the date of the story; without a date, ever."""
        return self.year is None or leader.first <= self.year <= leader.last


def leaders_in(sentence: Sentence, memory: Memory) -> Iterator[tuple[int, int, Codes]]:
    """Start, end and codes of the leaders that `sentence` names, from left to right; `memory` learns whom it names."""
    table = leaders()
    tokens = _folded(sentence)
    if table.full.keys().isdisjoint(tokens) and table.by_surname.keys().isdisjoint(tokens):
        return
    done = 0
    for start, token in enumerate(tokens):
        if start < done:
            continue
        if token in table.full and (found := _full_name(tokens, start, table.full[token], memory)):
            done, codes, surname = found
            if _is_part_of_a_name(sentence, tokens, done):
                continue
            memory.certain[surname] = codes
            yield start, done, codes
        elif token in table.by_surname and (short := _surname(sentence, tokens, start, table.by_surname[token], memory)):
            done, codes = short
            yield start, done, codes


@lru_cache(maxsize=1)
def leaders() -> Leaders:
    """Read once, when the first sentence needs it."""
    full: dict[str, list[Leader]] = {}
    by_surname: dict[str, list[Leader]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, surname = (tuple(TOKEN.findall(row[field])) for field in ("name", "surname"))
            last = int(row["last"] or 9999)
            leader = Leader(name, surname, tuple(row["code"].split()), int(row["first"]), last, row["alone"] == "y")
            full.setdefault(name[0], []).append(leader)
            by_surname.setdefault(surname[0], []).append(leader)
    return Leaders({key: tuple(value) for key, value in full.items()}, {key: tuple(value) for key, value in by_surname.items()})


def _folded(sentence: Sentence) -> list[str]:
    """The tokens without accents; those of a headline in capitals as names are written."""
    tokens = [token.title() for token in sentence.tokens] if sentence.capitals else sentence.tokens
    return [token if token.isascii() else _plain(token) for token in tokens]


@lru_cache(maxsize=4096)
def _plain(token: str) -> str:
    parts = unicodedata.normalize("NFD", token)
    return "".join(char for char in parts if not unicodedata.combining(char)).translate(_LETTERS)


def _full_name(
    tokens: list[str], start: int, candidates: tuple[Leader, ...], memory: Memory
) -> tuple[int, Codes, tuple[str, ...]] | None:
    """End, codes and surname of the longest full name that begins here; of several offices the one taken last counts."""
    ends = [(_end_of(tokens, start, leader.name), leader.first, leader) for leader in candidates if memory.in_office(leader)]
    end, _, leader = max(ends, key=lambda found: found[:2], default=(0, 0, None))
    return (end, leader.codes, leader.surname) if end and leader else None


def _end_of(tokens: list[str], start: int, name: tuple[str, ...]) -> int:
    """Where the name ends that begins here, or 0; an initial may stand behind the first token, as in "Ban K. Moon"."""
    if len(name) == 1:
        return 0
    place = start + 1
    if tokens[start + 1 : start + 2] != [name[1]] and place < len(tokens) and len(tokens[place]) == 1 and tokens[place].isupper():
        place += 1 + (tokens[place + 1 : place + 2] == ["."])
    end = place + len(name) - 1
    return end if tuple(tokens[place:end]) == name[1:] else 0


def _surname(
    sentence: Sentence, tokens: list[str], start: int, candidates: tuple[Leader, ...], memory: Memory
) -> tuple[int, Codes] | None:
    """End and codes of a surname that stands here for a leader."""
    for leader in candidates:
        end = start + len(leader.surname)
        if tuple(tokens[start:end]) != leader.surname:
            continue
        if _is_part_of_a_name(sentence, tokens, end) or (titled := _titled(tokens, start, sentence)) is None:
            return None
        if leader.surname in memory.certain:
            return end, memory.certain[leader.surname]
        offices = sorted((each for each in candidates if memory.in_office(each)), key=lambda each: each.first)
        same = [*{each.name: each for each in offices if each.surname == leader.surname}.values()]
        sure = [each for each in same if each.alone or titled == "office" or (titled == "mr" and not _is_common(each))]
        if len(states := {each.codes for each in sure}) == 1 and (len({each.codes for each in same}) == 1 or sure[0].alone):
            codes = states.pop()
            if titled:
                memory.certain[leader.surname] = codes
            return end, codes
        return None
    return None


def _titled(tokens: list[str], start: int, sentence: Sentence) -> str | None:
    """What stands before a surname: "office" or "mr" for a title, nothing, or None for the given name of somebody else."""
    before = tokens[start - 1] if start else ""
    if before == "." and start > 1:
        before = tokens[start - 2]
    if before in _OFFICES:
        return "office"
    if before in _COURTESY:
        return "mr"
    given = before[:1].isupper() and start > 1 and not sentence.headline and not sentence.capitals
    if given and before not in OFFICES and before not in sentence.table.names and before not in _OPENERS:
        return None
    return None if before in GIVEN_NAMES or before in _RELATIVES else ""


def _is_part_of_a_name(sentence: Sentence, tokens: list[str], end: int) -> bool:
    """Trump Tower, Clinton Foundation, Assad Jr; a headline in capitals tells nothing."""
    after = tokens[end] if end < len(tokens) else ""
    if after in _PARTS:
        return True
    capital = len(after) > 1 and after[0].isupper() and not after.isupper()
    return (
        capital and not sentence.headline and not sentence.capitals and after not in OFFICES and after not in sentence.table.names
    )


def _is_common(leader: Leader) -> bool:
    """Whether many others have the surname, so that "Mr" says too little."""
    return " ".join(leader.surname) in _COMMON


_LETTERS = str.maketrans("øØłŁđĐıßæÆœ", "oOlLdDisaAo")
_OFFICES = frozenset(
    "President Premier Chancellor Minister Secretary King Queen Emperor Prince Sheikh Sheik Emir Sultan Pope Ayatollah "
    "General Gen Chairman Chairwoman Leader Commissioner Chief Taoiseach Marshal president premier chancellor minister "
    "leader secretary".split()
)
_COURTESY = frozenset("Mr Mrs Ms Dr".split())
_OPENERS = frozenset(
    "But And When While As If After Before Since Although Though Because Both With For In On At By From To Of That This Then "
    "Yet So Or Nor Like Unlike Against Between Under Over Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)
_RELATIVES = frozenset("Hunter Jill Melania Ivanka Barron Jeb Chelsea Asma Yair Sara Olena Cherie Carla Brigitte".split())
_PARTS = frozenset("Jr Sr Tower Towers Foundation Organization Airport Bridge Square Street Avenue University Hotel".split())
_COMMON = frozenset(
    "Brown Rice King Gates Howard Major Cook Powell Johnson Hague Lee Kim Khan Singh Baker Clark Clarke Campbell Carter "
    "Cameron Christopher Cohen Hammond Hunt May Straw Kelly Martin Smith Taylor Thomas Turnbull Abbott Evans Downer Gillard "
    "Fox Fallon Wallace Harper Baird Manley Graham Bolger Shipley Clinton Bush Ford Li Wang Chen Zhang Park Moon Han Chang "
    "Yang Nguyen Tran Sharma Gandhi Ali Ahmed Hassan Hussein Ibrahim Mohammed Silva Santos Perez Garcia Lopez Hernandez "
    "Gonzalez Rodriguez Ortega Castro Chavez Morales Fernandez Diaz Rojas Vargas Austin James Black Young Green White Hill "
    "Cooper Scott Robertson Williams Thompson Mitchell Peters English Key Little Hughes Moore Burke Long Barrow Arthur "
    "Charles Stuart Douglas Patterson Simpson Golding Holness Manning Bird Spencer Browne Anthony Lewis Kenny Cowen Ahern "
    "Bruton Reynolds Varadkar Harris".split()
)
