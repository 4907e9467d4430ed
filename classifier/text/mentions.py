"""A sentence in, the names of the table that stand in it out, each with its neighbours; not yet whether one is an actor.

A module of its own, below the rules, since all of them ask the same of a name: what stands before it and after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from classifier.text.actor_table import TOKEN, Name, normal, table_of_names
from classifier.text.reading import as_read

OFFICES = frozenset(
    "President Prime King Queen Foreign Defence Defense Interior Finance Minister Ministry Parliament Government Army Armed Air "
    "Navy Embassy Ambassador Islamic Crown Royal "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September "
    "October November December".split()
)


def mentions(sentence: Sentence) -> Iterator[Mention]:
    """The longest names, from left to right; the longest has a dozen tokens, so time grows with the text and no faster."""
    tokens, (names, lengths) = sentence.tokens, sentence.table
    done = 0
    for start, token in enumerate(tokens):
        if token in lengths and start >= done:
            for length in lengths[token]:
                name = names.get(" ".join(tokens[start : start + length]))
                if name:
                    done = start + length
                    yield Mention(sentence, start, done, name)
                    break


class Sentence:
    """The tokens of a sentence and what must be known of it as a whole, found out once and only when asked for."""

    def __init__(self, text: str) -> None:
        text = normal(as_read(text))
        if dateline := _DATELINE.match(text):
            text = text[dateline.end() :]
        self.text = text
        self.capitals = text.isupper()
        self.table = table_of_names(self.capitals)
        self.tokens: list[str] = TOKEN.findall(text)

    @cached_property
    def words(self) -> frozenset[str]:
        """In lower case."""
        return frozenset(token.lower() for token in self.tokens)

    @cached_property
    def headline(self) -> bool:
        """Whether most longer words have a capital, so that a capital says nothing about names."""
        longer = [token for token in self.tokens if len(token) > 3 and token.isalpha() and token not in OFFICES]
        return len(longer) > 3 and sum(token[0].isupper() for token in longer) > 0.75 * len(longer)


class Mention(NamedTuple):
    """A name and the tokens of its sentence from `start` up to `end`."""

    sentence: Sentence
    start: int
    end: int
    name: Name

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


_DATELINE = re.compile(
    r"(?=[A-Z]{4}|[A-Z]{2,3} [A-Z]{3})[A-Z .'-]{4,40}(?:, [\w .,'-]{1,40})?(?: \([A-Za-z/ ]{2,20}\))? ?(?:--?|—) "
    r"|[A-Z][\w .'’-]{2,30}(?:, [A-Z][\w .'’-]{1,40})? CNN ?(?:--?|–|—) "
    r"|[A-Z][A-Z .'-]{2,40}, [A-Z][a-z]{2,8}\.? \d{1,2}\. /TASS/\. "
)
