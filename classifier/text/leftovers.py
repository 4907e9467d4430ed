"""The lines of a file in, the paragraphs that are sentences of its article out, with the date and the agency among the rest.

A module of its own since every kind of file leaves the same behind: captions, credits, bylines, agency marks, date lines. What
they look like stands in ``furniture``; here is decided what a line is in its article, and what goes is counted by kind.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from itertools import dropwhile
from typing import NamedTuple

from classifier.text.furniture import (
    AGENCY,
    BESIDE_NAMES,
    CLOSERS,
    CREDIT,
    DATE_LINE,
    DATELINE_AGENCY,
    FURNITURE,
    LINE_OPENERS,
    LONGEST_CREDIT,
    LONGEST_DATE,
    LONGEST_MARK,
    PHOTO_CREDIT,
    PHOTO_LINE,
    SENTENCE_END,
    SIGN_OFF,
)
from classifier.text.sentences import split


class Kept(NamedTuple):
    """What is left of an article without its dirt; `cleaned` names the kind of each piece that went, in order."""

    paragraphs: tuple[str, ...]
    date: str
    source: str
    cleaned: tuple[str, ...] = ()


def without_leftovers(lines: list[str], title: str, date: str = "", source: str = "") -> Kept:
    """The article without its dirt; date and source are taken from the lines that name nothing else."""
    paragraphs: list[str] = []
    cleaned: list[str] = []
    subheads, captions = _subheads(lines), _captions(lines, title)
    for line in lines:
        if title and line == title:
            if not paragraphs:
                paragraphs.append(line)
            else:
                cleaned.append("headline again")
        elif found := date_of(line):
            date = date or found
            cleaned.append("date line")
        elif AGENCY.fullmatch(line):
            source = source or (line if len(line) > 2 else "")
            cleaned.append("agency mark")
        elif kind := _kind_of(line) or ("caption" if line in captions else "subhead" if line in subheads else ""):
            cleaned.append(kind)
        elif any(map(str.isalnum, line)):
            text, gone = _without_end(line)
            cleaned += gone
            paragraphs += [text] if any(map(str.isalnum, text)) else []
    source = next(filter(None, [source, *map(dateline_agency, paragraphs)]), "")
    return Kept(tuple(paragraphs), date, source, tuple(cleaned))


def is_left_out(line: str) -> bool:
    """Whether a line is no sentence by the way it begins: the line of a picture, a byline, "Read more" and the like."""
    return bool(_kind_of(line))


def is_touched(line: str) -> bool:
    """Whether a line is no sentence by the way it begins, or ends in one that is none."""
    return is_left_out(line) or _without_end(line)[0] != line


def dateline_agency(paragraph: str) -> str:
    """The agency in the dateline that `paragraph` begins with, or nothing."""
    found = DATELINE_AGENCY.match(paragraph)
    return (found["agency"] or found["bare"]) if found else ""


def date_of(line: str) -> str:
    """The date that a line of its own gives, as ISO 8601; empty when the line is anything else."""
    if len(line) > LONGEST_DATE or not (match := DATE_LINE.fullmatch(" ".join(line.split()))):
        return ""
    if match["iso"]:
        with suppress(ValueError):
            return date.fromisoformat(match["iso"]).isoformat()
        return ""
    day, month, year = match["day"] or match["day2"], match["month"] or match["month2"], match["year"] or match["year2"]
    try:
        return datetime.strptime(f"{day} {month[:3]} {year}", "%d %b %Y").date().isoformat()
    except ValueError:
        return ""


def credit(line: str) -> re.Match[str] | None:
    """The agency in brackets that follows the end of a sentence at the end of `line`."""
    return CREDIT.search(line, max(0, len(line) - LONGEST_CREDIT))


# --- what a line is --------------------------------------------------------------------------------------------------


def _kind_of(line: str) -> str:
    """What a line is by its looks alone, if it is no sentence; else nothing."""
    if PHOTO_CREDIT.search(line, max(0, len(line) - LONGEST_CREDIT)):
        return "caption"
    if line.removeprefix("(").startswith(LINE_OPENERS):
        if PHOTO_LINE.match(line):
            return "caption"
        found = FURNITURE.match(line) if len(line) <= LONGEST_MARK else None
        # A headline has no full stop: behind a long link with one stands a sentence, too.
        if found and not (found.lastgroup == "link" and len(line) > LONGEST_CREDIT and line.endswith((".", ".”", '."'))):
            return str(found.lastgroup).replace("_", " ")
    return "sign off" if "contributed" in line and len(line) <= 2 * LONGEST_MARK and _is_sign_off(line) else ""


def _is_sign_off(line: str) -> bool:
    """Whether a sentence says who else has worked on the text."""
    found = SIGN_OFF.search(line)
    if not found or len(split([line])) > 1:
        return False
    before = line[: found.start()].removeprefix("(").split()
    if not found["names"]:
        return line[:1] in "(“" or line[:1].isupper()
    first = before.index("in") if "in" in before else 0
    return first > 1 and all(word[0].isupper() or word in BESIDE_NAMES for word in before)


def _captions(lines: list[str], title: str) -> frozenset[str]:
    """The lines that end in a bare agency in brackets and are captions all the same.

    An agency in brackets closes a story: of a page of briefs, each of them. A caption has one when a site prints it twice, or
    when it stands right below the headline, the only one of its kind, above the text.
    """
    credited = Counter(line for line in lines if credit(line))
    twice = frozenset(line for line, count in credited.items() if count > 1)
    if len(credited) != 1 or twice or not title:
        return twice
    below = [*dropwhile(lambda line: line == title or bool(date_of(line)) or bool(_kind_of(line)), lines)]
    above_text = below[:1] == [*credited] and len(below) > 3 and all(map(SENTENCE_END.search, below[1:4]))
    return frozenset(credited) if above_text else twice


def _subheads(lines: list[str]) -> frozenset[str]:
    """Lines in capitals, no longer than one of a narrow column, that stand out of a text which is not in capitals itself."""
    worded = [line for line in lines if any(map(str.isalpha, line))]
    capitals = [line for line in worded if line.isupper()]
    if len(worded) > 1 and 2 * len(capitals) > len(worded):
        return frozenset()
    most = 2 if len(lines) == 1 else 8
    return frozenset(line for line in capitals if len(line.split()) <= most and not SENTENCE_END.search(line))


def _without_end(line: str) -> tuple[str, list[str]]:
    """A paragraph without the agency that closes it and the sentences behind its text that are none of it; the kinds of those."""
    gone: list[str] = []
    if found := credit(line):
        line = line[: found.start("credit")].rstrip()
    while any(mark in line[-2 * LONGEST_MARK :] for mark in CLOSERS):
        last = split([line])[-1:]
        kind = _kind_of(last[0].text) if last and last[0].start else ""
        if not kind or kind == "byline":
            break
        line = line[: last[0].start].rstrip()
        gone.append(kind)
    return line, gone
