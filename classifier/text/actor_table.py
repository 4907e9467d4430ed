"""Nothing in, the table of names out: which tokens are the name of a state or organisation, and of which one.

A module of its own since it is data: the rows of ``data/actors.csv`` and what ISO 3166 calls the states, by their tokens.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parents[1] / "data" / "actors.csv"
TOKEN = re.compile(r"\w+|[^\w\s]")


class Name(NamedTuple):
    """A name as it is written, the actors that it means, and what kind of name it is (the rules go by that)."""

    text: str
    codes: tuple[str, ...]
    kind: str


class Table(NamedTuple):
    """The names, to be looked up by the tokens of a sentence."""

    names: dict[str, Name]
    """By tokens, joined with spaces."""
    lengths: dict[str, tuple[int, ...]]
    """First token of a name to the lengths, longest first, of the names that begin so."""


@lru_cache(maxsize=2)
def table_of_names(capitals: bool) -> Table:
    """Built once; for headlines in capitals with the names in capitals, less those that would be common words there."""
    names: dict[str, Name] = {}
    lengths: dict[str, set[int]] = {}
    for name in _names():
        if capitals and name.text in _WORDS_IN_CAPITALS:
            continue
        tokens = TOKEN.findall(normal(name.text.upper() if capitals else name.text))
        names.setdefault(" ".join(tokens), name)
        lengths.setdefault(tokens[0], set()).add(len(tokens))
    return Table(names, {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()})


def _names() -> Iterator[Name]:
    """The rows of our table, which go first, and then what ISO 3166 calls the states."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Name(row["name"], tuple(row["code"].split()), row["kind"])
    import pycountry  # three times as slow to import as all the rest of this module

    for country in pycountry.countries:
        for field in ("name", "official_name", "common_name"):
            for text in _spellings(getattr(country, field, "")):
                yield Name(text, (country.alpha_3,), "name")


def _spellings(official: str) -> Iterator[str]:
    """'Korea, Republic of' as one writes it, too, and without the article, what stands in brackets, and accents."""
    text = re.sub(r" \(.*?\)|^the ", "", official)
    if inverted := re.fullmatch(r"(.+), (?:The )?(.+ of(?: the)?)", text):
        text = f"{inverted[2]} {inverted[1]}"
    if text:
        yield text
        if text != "Réunion":
            yield "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


@lru_cache(maxsize=512)
def name_of(code: str) -> str:
    """What a reader calls an actor: ``Russia`` for ``RUS``, ``people in Russia`` for ``RUS*``; an organisation by its code."""
    if code.endswith("*"):
        return f"people in {name_of(code[:-1])}"
    import pycountry

    if code in _SHORT_NAMES or not (country := pycountry.countries.get(alpha_3=code)):
        return _SHORT_NAMES.get(code, code)
    name = str(getattr(country, "common_name", country.name))
    return re.sub(r",? [(].*|, .*", "", name)


def normal(text: str) -> str:
    """One code point a letter, one kind of apostrophe and hyphen."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_MARKS)


_SHORT_NAMES = {
    "RUS": "Russia",
    "USA": "United States",
    "GBR": "Britain",
    "KOR": "South Korea",
    "PRK": "North Korea",
    "COD": "DR Congo",
    "COG": "Congo",
    "PSE": "Palestine",
    "VAT": "Holy See",
    "BRN": "Brunei",
    "XKX": "Kosovo",
    "TUR": "Turkey",
    "SUN": "Soviet Union",
    "YUG": "Yugoslavia",
    "CSK": "Czechoslovakia",
    "VGB": "British Virgin Islands",
    "VIR": "US Virgin Islands",
    "WEST": "the West",
}
_MARKS = str.maketrans("’‘ʼ`‐‑–", "''''---")
_WORDS_IN_CAPITALS = frozenset(("WHO", "CAR", "Quad", "Male", "SADR", "Contras", "Unita", "ISI", "ROC"))
