"""The lines of a delivery of Nexis Uni, LexisNexis or Factiva in, its articles out: title, date, source and text, line by line.

Such a file holds many articles, each between lines that say where it is from, by whom, how long and about what. These lines are
known by the layouts that the archives have kept for years, and are no text of the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from classifier.text.leftovers import date_of


class Delivered(NamedTuple):
    """One article of a delivery; `lines` are its text, perhaps broken at a fixed width; `left` lines said something about it."""

    title: str
    date: str
    source: str
    lines: list[str]
    left: int
    is_broken: bool = False


DELIVERY = re.compile(
    r"(?:^|>)[^\w\n]*(?:End of Document|(?:AN[ \t]+)?Document (?=\S*\d)[A-Za-z0-9]{15,40}|(?:Document )?\d+ of \d+ DOCUMENTS?)"
    r"[^\w\n]*(?:$|<)",
    re.MULTILINE | re.IGNORECASE,
)
"""What stands in every delivery, and hardly in another text."""


def delivered(lines: Sequence[str]) -> list[Delivered]:
    """The articles of a delivery; none where `lines`, without blanks round them, are something else."""
    for mark, read in ((_NEXIS_END, _nexis), (_LEXIS_BEGIN, _lexis), (_FACTIVA_END, _factiva)):
        parts = [(part, read(part)) for part in _parts(lines, mark)]
        if len(parts) > 1 and any(article for _, article in parts):
            return [article or _as_it_stands(part) for part, article in parts if article or _is_prose(part)]
    return []


def _parts(lines: Sequence[str], mark: re.Pattern[str]) -> list[list[str]]:
    """The lines between those that end an article or begin one."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if mark.fullmatch(line):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _as_it_stands(part: list[str]) -> Delivered:
    """An article in a layout that is not known: nothing of it is lost, and some of its fields are text."""
    return Delivered("", "", "", part, 0)


def _is_prose(part: list[str]) -> bool:
    """More than what stands on a cover or at the end of a delivery."""
    return sum(len(line) > 60 and line.endswith((".", ".”", '."')) for line in part) > 1


# --- Nexis Uni -------------------------------------------------------------------------------------------------------


def _nexis(lines: list[str]) -> Delivered | None:
    """Title, source, date; copyright and fields; ``Body``, the text, ``Classification`` or ``Load-Date``."""
    body = next((number for number, line in enumerate(lines) if line == "Body"), None)
    if body is None:
        fields = [number for number, line in enumerate(lines) if _NEXIS_FIELD.match(line)]
        early = [number for number in fields if not _NEXIS_TAIL.match(lines[number])]
        if not early:
            return None
        body = early[-1]
    head = lines[:body]
    dated = [number for number, line in enumerate(head) if _day(line)]
    if not dated:
        return None
    above = [line for line in head[: dated[-1]] if line and not _NEXIS_LINK.match(line)]
    end = next((number for number in range(body + 1, len(lines)) if _NEXIS_TAIL.match(lines[number])), len(lines))
    title, source = (above[-2] if len(above) > 1 else ""), (above[-1] if above else "")
    return _delivered(_NUMBERED.sub("", title), _day(head[dated[-1]]), source, lines, body + 1, end)


_NEXIS_END = re.compile("End of Document")
_NEXIS_FIELD = re.compile(r"(?:Section|Length|Byline|Dateline|Highlight|Series|Distribution|Copyright)\b\s?:?", re.IGNORECASE)
_NEXIS_TAIL = re.compile(r"(?:Classification|Graphic|Notes|Correction)$|Load-Date:|(?:Language|Publication-Type|Subject): [A-Z]")
_NEXIS_LINK = re.compile(r"Link to (?:PDF|Image)|Page \d+ of \d+|View the original", re.IGNORECASE)
_NUMBERED = re.compile(r"^\d{1,4}\.\s+")


# --- LexisNexis ------------------------------------------------------------------------------------------------------


def _lexis(lines: list[str]) -> Delivered | None:
    """Source, date, edition; title; fields in capitals; the text; more fields."""
    fields = [number for number, line in enumerate(lines) if _LEXIS_FIELD.match(line)]
    heads = [number for number in fields if not _LEXIS_TAIL.match(lines[number])]
    dated = next((number for number, line in enumerate(lines) if _day(line)), None)
    if not heads or dated is None or dated > heads[0]:
        return None
    above = [line for line in lines[:dated] if line and not _COPYRIGHT.match(line)]
    title = " ".join(_last_block(lines[dated + 1 : heads[0]]))
    last = heads[-1]
    # A field may go on for lines.
    while last + 1 < len(lines) and lines[last + 1]:
        last += 1
    end = next((number for number in range(last + 1, len(lines)) if _LEXIS_TAIL.match(lines[number])), len(lines))
    article = _delivered(title, _day(lines[dated]), above[-1] if above else "", lines, last + 1, end)
    return article._replace(is_broken=max(map(len, article.lines), default=0) < 100)


_LEXIS_BEGIN = re.compile(r"(?:Document )?\d+ of \d+(?: DOCUMENTS?)?", re.IGNORECASE)
_LEXIS_TAIL = re.compile(
    r"(?:URL|SUBJECT|LOAD-DATE|LANGUAGE|GRAPHIC|PUBLICATION-TYPE|PERSON|ORGANIZATION|COMPANY|GEOGRAPHIC|CITY|STATE|COUNTRY|TICKER"
    r"|INDUSTRY|DOCUMENT-TYPE|JOURNAL-CODE|NOTES|CORRECTION): |Copyright \d{4}|All Rights Reserved$"
)
_LEXIS_FIELD = re.compile(r"(?:BYLINE|SECTION|LENGTH|DATELINE|HIGHLIGHT|SERIES|DISTRIBUTION|TYPE): ")
_COPYRIGHT = re.compile(r"©|\(c\)|Copyright\b|All Rights Reserved", re.IGNORECASE)


# --- Factiva ---------------------------------------------------------------------------------------------------------


def _factiva(lines: list[str]) -> Delivered | None:
    return _with_codes(lines) or _without_codes(lines)


def _with_codes(lines: list[str]) -> Delivered | None:
    """Each field behind its code of two or three capitals: ``HD`` headline, ``PD`` day, ``SN`` source, ``LP`` and ``TD`` text."""
    held: dict[str, list[str]] = {}
    code = ""
    is_narrow = any(map(_NARROW.match, lines))
    for line in lines:
        found = _CODE.match(line)
        if found and not _opens(found, code, any(held.get(code, [])), is_narrow):
            found = None
        code = found["code"] if found else code
        if code:
            held.setdefault(code, []).append((found["rest"] or "") if found else line)
    if not {"HD", "PD"} <= held.keys() or not {"LP", "TD"} & held.keys():
        return None
    text = [*held.get("LP", []), "", *held.get("TD", [])]
    if not any(text):
        return None
    one = {code: " ".join(filter(None, parts)) for code, parts in held.items()}
    return Delivered(one["HD"], _day(one["PD"]), one.get("SN", ""), text, sum(map(bool, lines)) - sum(map(bool, text)))


def _opens(found: re.Match[str], within: str, has_text: bool, is_narrow: bool) -> bool:
    """Whether a field begins with this code; a headline or text may begin with IN or AN too, so there it has to look it."""
    if not (found["rest"] and (within in ("LP", "TD") or (within == "HD" and not has_text))):
        return True
    if is_narrow:
        return (within, found["code"]) == ("LP", "TD") or bool(_CLOSING.match(found[0]))
    return len(found["gap"].expandtabs()) > 1 or bool(_CLOSING.match(found[0]))


def _without_codes(lines: list[str]) -> Delivered | None:
    """Title, byline; so many words; day, time, source, code, language; copyright; the text."""
    counted = next((number for number, line in enumerate(lines) if _WORDS.fullmatch(line)), None)
    if counted is None:
        return None
    dated = next((number for number in range(counted + 1, min(counted + 6, len(lines))) if _day(lines[number])), None)
    if dated is None:
        return None
    above = [line for line in _last_block(lines[:counted]) if not _BYLINE.match(line)] or [
        line for line in lines[:counted] if line
    ]
    below = [
        number for number in range(dated + 1, min(dated + 14, len(lines))) if lines[number] and not _TIME.fullmatch(lines[number])
    ]
    owned = [number for number in below if _COPYRIGHT.match(lines[number])]
    if not below or not owned:
        return None
    return _delivered(above[0] if above else "", _day(lines[dated]), lines[below[0]], lines, owned[0] + 1, len(lines))


_FACTIVA_END = re.compile(r"(?:AN\s+)?Document (?=\S*\d)[A-Za-z0-9]{15,40}")
_CODE = re.compile(
    r"(?P<code>SE|HD|CR|BY|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|LP|TD|CT|RF|CO|IN|NS|RE|PUB|IPC|IPD|AN|ART|CLM|DLN|NGR|CX)"
    r"(?:(?P<gap>\s+)(?P<rest>.*)|$)"
)
_CLOSING = re.compile(r"(?:CO|IN|NS|RE)\s+\w+ : \S")
# Between its codes and their fields a delivery has one blank everywhere, or more.
_NARROW = re.compile(r"HD \S")
_WORDS = re.compile(r"[\d,.]+ words")
_TIME = re.compile(r"\d{1,2}:\d\d(?: [AP]M)?(?: [A-Z]{2,4})?")
_BYLINE = re.compile(r"(?:By|BY) [A-Z]")


# --- what they share -------------------------------------------------------------------------------------------------


def _delivered(title: str, date: str, source: str, lines: list[str], start: int, end: int) -> Delivered:
    text = lines[start:end]
    return Delivered(title, date, source, text, sum(map(bool, lines)) - sum(map(bool, text)))


def _day(line: str) -> str:
    """The day that a line begins with, as ISO 8601, whatever weekday or edition follows; empty for any other line."""
    found = _DAY.match(line)
    return date_of(found[0].strip(" ,")) if found else ""


def _last_block(lines: Sequence[str]) -> list[str]:
    """The last lines without a blank one between them."""
    block: list[str] = []
    for line in reversed(lines):
        if line:
            block.insert(0, line)
        elif block:
            break
    return block


_DAY = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?:[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|\d{1,2} [A-Z][a-z]{2,8}\.?,? \d{4}"
    r"|\d{4}-\d\d-\d\d)\b"
)
