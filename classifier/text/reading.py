"""A text as it is given in, the words that a reader sees out, with the place of each character in the text as given.

Soft hyphens and characters without width are not seen, a ligature is its letters, and a word that is broken at the end of a line
is one word. Sentences keep all of these, so that their offsets hold; what looks words up goes through here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Reading(NamedTuple):
    """What is read, and for each of its characters, and for its end, the place in the text as given."""

    text: str
    places: tuple[int, ...]


def as_read(text: str) -> str:
    """`text` as a reader sees it."""
    if text.isascii() and "-\n" not in text:
        return text
    return _UNSEEN.sub(_seen, text)


def reading_of(text: str) -> Reading | None:
    """How `text` is read, or None where it is read as it stands."""
    if (text.isascii() and "-\n" not in text) or not _UNSEEN.search(text):
        return None
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for found in _UNSEEN.finditer(text):
        seen = _seen(found)
        parts += [text[at : found.start()], seen]
        places += [*range(at, found.start()), *[found.start()] * len(seen)]
        at = found.end()
    return Reading("".join([*parts, text[at:]]), (*places, *range(at, len(text) + 1)))


def given(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """Where in the text as given stands what `reading` has from `start` up to `end`."""
    return reading.places[start], reading.places[end - 1] + 1


def is_broken(line: str, following: str) -> bool:
    """Whether a word is broken between two lines."""
    return line.endswith(("-", "\xad")) and line[-2:-1].isalpha() and following[:1].isalpha()


def _seen(found: re.Match[str]) -> str:
    unseen = found.group()
    if unseen in _LIGATURES:
        return unicodedata.normalize("NFKC", unseen)
    if not unseen.endswith("-\n"):
        return ""
    before, following = unseen[:-2], found.string[found.end()]
    return f"{before}-" if following.isupper() or before.lower() in _HYPHENATED else before


_LIGATURES = "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
# Characters without width and marks of direction; a soft hyphen with the line that ends at it; a word before a broken line.
_UNSEEN = re.compile(
    rf"\xad\n?|[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|[{_LIGATURES}]"
    r"|(?<![^\W_])[^\W\d_]{1,40}-\n(?=[^\W\d_])|(?<=[^\W_])-\n(?=[^\W\d_])"
)
BROKEN_WORD = re.compile(r"[-\xad]\n(?=[^\W\d_])")
# First parts of words that keep their hyphen, whatever the line.
_HYPHENATED = frozenset(
    "all anti arms cease co counter cross ex far first hard half high ill inter left long low mid most multi nation non "
    "north old one post pre pro quasi re right second self semi short so south state third three two ultra war well year".split()
)
