"""The lines of a file in, the paragraphs that are sentences of its article out, with the date and the agency among the rest.

A module of its own since every kind of file leaves the same behind: captions, credits, bylines, agency marks, date lines. The
compiled loops take the openings of such lines from here, too.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple


class Kept(NamedTuple):
    """What is left of an article without its dirt."""

    paragraphs: tuple[str, ...]
    date: str
    source: str


def without_leftovers(lines: list[str], title: str, date: str = "", source: str = "") -> Kept:
    """The article without its dirt; date and source are taken from the lines that name nothing else."""
    paragraphs: list[str] = []
    for number, line in enumerate(lines):
        if title and line == title:
            if not paragraphs:
                paragraphs.append(line)
        elif found := date_of(line):
            date = date or found
        elif AGENCY.fullmatch(line):
            source = source or (line if len(line) > 2 else "")
        elif (
            _is_furniture(line)
            or _is_subhead(line, alone=len(lines) == 1)
            or _is_caption(line, lines, last=number == len(lines) - 1)
        ):
            continue
        elif any(map(str.isalnum, line)):
            paragraphs.append(_without_credit(line))
    source = next(filter(None, [source, *map(dateline_agency, paragraphs)]), "")
    return Kept(tuple(paragraphs), date, source)


def is_left_out(line: str) -> bool:
    """Whether a line is no sentence by the way it begins: the line of a picture, a byline, "Read more" and the like."""
    return _is_photo(line) or _is_furniture(line)


def dateline_agency(paragraph: str) -> str:
    """The agency in the dateline that `paragraph` begins with, or nothing."""
    found = _DATELINE_AGENCY.match(paragraph)
    return found["agency"] if found else ""


def date_of(line: str) -> str:
    """The date that a line of its own gives, as ISO 8601; empty when the line is anything else."""
    if len(line) > _LONGEST_DATE or not (match := _DATE_LINE.fullmatch(" ".join(line.split()))):
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
    return _CREDIT.search(line, max(0, len(line) - _LONGEST_CREDIT))


def _is_caption(line: str, lines: list[str], last: bool) -> bool:
    """A line that ends in a photo credit; a bare agency in brackets also closes a story, so there it must not stand last."""
    return _is_photo(line) or (bool(credit(line)) and (not last or lines.count(line) > 1))


def _is_photo(line: str) -> bool:
    return bool(_PHOTO_CREDIT.search(line, max(0, len(line) - _LONGEST_CREDIT)) or _PHOTO_LINE.match(line))


def _is_furniture(line: str) -> bool:
    """Byline, "Read more" and the like: short lines that a site puts round an article."""
    return len(line) <= LONGEST_MARK and bool(_FURNITURE.match(line))


def _is_subhead(line: str, alone: bool) -> bool:
    """Capitals throughout, no full stop, no longer than a line of a narrow column; of two words at most where it stands alone."""
    letters = [char for char in line if char.isalpha()]
    most = 2 if alone else 8
    return bool(letters) and line.isupper() and len(line.split()) <= most and not SENTENCE_END.search(line)


def _without_credit(line: str) -> str:
    found = credit(line)
    return line[: found.start("credit")].rstrip() if found else line


# --- what the lines look like ----------------------------------------------------------------------------------------

SENTENCE_END = re.compile(r"[.!?…:;,][\"'”’)\]]*$")
_AGENCIES = r"AFP|AP|Reuters|REUTERS|dpa|DPA|EFE|ANSA|UPI|TASS|Xinhua|Kyodo|Yonhap|PTI|Anadolu|AA|EPA|Asharq Al-Awsat|Bloomberg"
AGENCY = re.compile(rf"TT|[-–—(\[]?\s*(?:{_AGENCIES})\s*[)\]]?")
LONGEST_MARK, _LONGEST_CREDIT, _LONGEST_DATE = 300, 120, 80
_CREDIT = re.compile(rf"[.!?][\"'”’]?\s{{1,3}}(?P<credit>\((?:{_AGENCIES})\))$")
_PHOTO_CREDIT = re.compile(
    rf"\((?:{_AGENCIES}|Pool|Handout|Courtesy|File)(?:[ /](?:Photo|photo|via|File|Handout|Pool)\b|/[A-Z])[^()]{{0,80}}\)\.?$"
    r"|\((?:[\w .]{1,40}/)?(?:Getty Images|File [Pp]hoto|Handout|Pool)[^()]{0,60}\)\.?$"
    r"|\([Pp]hoto(?: by|:| credit)[^()]{1,80}\)\.?$"
    r"|(?:REUTERS|AFP|EPA)/[A-Z][\w. -]{1,60}$|\b(?:Photo|Image|Credit): [^.]{2,60}$|/Getty Images$"
)
_PHOTO_LINE = re.compile(r"(?:Photo|Image|Picture|FILE PHOTO|File photo) ?[:–—] ?")
# What a site puts round an article.
_FURNITURE = re.compile(
    r"By [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2}(?:(?:,| and|, and) [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2})*(?:, [A-Z][\w ]+)?$"
    r"|\(?(?:Reporting|Additional reporting|Writing|Editing) by [A-Z][\w.'’-]+ [A-Z][^.!?]*$"
    r"|(?:Read (?:more|also)|Also read|Related|See also|Our Standards)\s?:"
    r"|(?:Sign up|Subscribe) (?:for|to) our\b|Follow us on\b|©|Copyright (?:©|\(c\)|\d{4})|All rights reserved|Advertisement$"
)
# How a line begins that the patterns above may take for something else than a sentence.
LINE_OPENERS = (
    *("By ", "Read ", "Also read", "Related", "See also", "Our Standards", "Sign up ", "Subscribe ", "Follow us ", "Copyright"),
    *("All rights reserved", "Advertisement", "Photo", "Image", "Picture", "FILE PHOTO", "File photo"),
    *("Reporting by ", "Additional reporting by ", "Writing by ", "Editing by "),
)
# How a date on a line of its own begins, if not with a digit.
DATE_OPENERS = tuple("pub upd pos dat mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec".split())
_DATELINE_AGENCY = re.compile(rf"[A-Z][^()]{{2,60}}\((?P<agency>{_AGENCIES})\)\s*[-–—]")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE_LINE = re.compile(
    r"(?:(?:Published|Updated|Posted|Date)\s*:?\s*)?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)(?:T\S*)?|(?P<day>\d{{1,2}})\s+(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})"
    rf"|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}}),?\s+(?P<year2>\d{{4}}))"
    r"(?:\s*[-–—|,]?\s*\d{1,2}:\d\d(?:\s*(?:[ap]\.?m\.?|(?:GMT|UTC)(?:[+-]\d{1,2})?))*)?(?:\s*[-–—|,]?\s*Updated .{1,40})?",
    re.IGNORECASE,
)
