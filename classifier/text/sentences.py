"""Paragraphs in, sentences with exact offsets out.

Boundaries come from sentencex (Unicode TR29 plus abbreviation lists); what it breaks in English news prose is joined
again here: a clock time before its day, a list of initials, the number of a list, a boundary that leaves no letter on one side.
A text without capitals is given to it with one at each start that a full stop makes likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sentencex

from classifier.text.reading import BROKEN_WORD


@dataclass(frozen=True)
class Sentence:
    """One sentence; ``paragraphs[paragraph][start:end] == text`` holds always."""

    text: str
    paragraph: int
    start: int
    end: int


def split(paragraphs: Iterable[str]) -> list[Sentence]:
    """The sentences of `paragraphs`, in order; text without a letter or digit is no sentence."""
    return [
        Sentence(text[start:end], number, start, end) for number, text in enumerate(paragraphs) for start, end in _spans(text)
    ]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _boundaries(text):
        piece = text[start:end]
        if any(map(str.isalnum, piece)):
            left = start + len(piece) - len(piece.lstrip())
            yield left, start + len(piece.rstrip())
        start = end


def _boundaries(text: str) -> list[int]:
    """Where sentences end (exclusive), the end of the text last."""
    # Runs of quotation marks and of line breaks take sentencex quadratic time; marks end no sentence, and one break is enough.
    plain = _QUOTE_RUN.sub(lambda run: "x" * len(run.group()), text)
    if not text.isascii():
        # Half a character sentencex, in Rust, cannot be given; on white space of several bytes, such as U+00A0, it may break off.
        plain = _WIDE_SPACE.sub(" ", _HALF_CHARACTER.sub("x", _UNSEEN.sub(" ", plain)))
    lower = plain == plain.lower()
    if lower:
        plain = _LIKELY_START.sub(lambda start: start.group().upper() if start.group().isascii() else start.group(), plain)
    if "\n" in plain:
        plain = BROKEN_WORD.sub("xx", plain)
    plain = _BREAK_RUN.sub(lambda run: "\n\n" + " " * (len(run.group()) - 2), plain)
    ends: Iterable[int] = _ends(plain)
    if "May. " in text:
        ends = sorted({*ends} | {month.end() for month in _MAY.finditer(text) if _outside_quotes(text[: month.start()])})
    return [
        end
        for end in ends
        if end == len(text) or not (_runs_on(_before(plain, end), plain[end : end + 12], lower) or _CLOSING.fullmatch(text, end))
    ]


def _outside_quotes(before: str) -> bool:
    return before.count('"') % 2 == 0 and before.count("“") <= before.count("”")


def _without_stray_quotes(text: str) -> str:
    """`text`, as long as before, without the quotation marks that lack their other half.

    Sentencex pairs marks in order, so that one that stands alone (a quotation that goes on in the next paragraph or reach, the
    sign of inches) would turn all after it inside out and join their sentences.
    """
    stray: dict[int, str] = {}
    waiting: dict[str, int] = {}
    for mark in _QUOTE.finditer(text):
        straight, at = mark.group() == '"', mark.start()
        opens = _OPENS.match(text, at) is not None if straight else mark.group() == "“"
        family = '"' if straight else "“"
        before = waiting.pop(family, None)
        if opens:
            waiting[family] = at
            if before is not None:
                stray[before] = "X"
        elif before is None:
            stray[at] = " "
    if not stray and not waiting:
        return text
    letters = list(text)
    for at, letter in (stray | dict.fromkeys(waiting.values(), "X")).items():
        letters[at] = letter
    return "".join(letters)


def _ends(text: str) -> Iterator[int]:
    """Where sentencex ends sentences, asked for a reach of text at a time: where it finds few ends, it takes quadratic time."""
    start = 0
    while start < len(text):
        reach = text[start : start + _REACH]
        ends = [
            start + boundary["end_index"] for boundary in sentencex.get_sentence_boundaries("en", _without_stray_quotes(reach))
        ]
        last = start + len(reach) == len(text)
        if not last:
            ends = [end for end in ends if end < start + len(reach)]
        yield from ends
        start = ends[-1] if ends and not last else start + len(reach)


def _before(text: str, end: int) -> str:
    """A few characters before `end`, with a mark in front where the text begins."""
    return text[end - _NEAR : end] if end > _NEAR else _START + text[:end]


def _runs_on(left: str, right: str, lower: bool) -> bool:
    """Whether a boundary between `left` and `right` falls within a sentence, of a text in `lower` case or not."""
    if "\n" in left[len(left.rstrip()) :]:
        return False
    if left.rstrip().endswith(".") and right[:1].islower() and not lower:
        return True
    return any(before.search(left) and after.match(right) for before, after in _NO_BOUNDARY)


_NEAR, _START = 20, "\x02"
_REACH = 10_000
"""Characters; a paragraph of news has a tenth of it."""
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_WIDE_SPACE = re.compile(r"[^\S\0-\x7f]")
# Soft hyphens are left: they stand in the middle of words.
_UNSEEN = re.compile("(?<![^\\W_])[\u200b-\u200d\u2060\ufeff]|[\u200b-\u200d\u2060\ufeff](?![^\\W_])")
# Behind a word of four letters, so that "gen. smith" and "sept. 3" stay whole.
_LIKELY_START = re.compile(r"(?:(?<=[^\W\d_]{4}[.!?] )|(?<=[^\W\d_]{4}[.!?][\"”’] )|(?<=[\d)]\. )|(?<=[!?] ))[^\W\d_]")
_BREAK_RUN = re.compile(r"\n{9,}")
_MAY = re.compile(r"\bMay\.\s+(?=[A-Z\"“])")
"""Sentencex takes the month for a short form, as "Feb." is."""
_QUOTE = re.compile('["“”]')
_OPENS = re.compile(r"""(?<![^\s(\[{'‘\-–—/])"(?=\S)""")
"""A straight mark that opens a quotation: nothing before it that it could close, and something behind it."""
_QUOTE_RUN = re.compile("[\"'“”‘’«»`]{9,}")
# What is left behind the last full stop of 'he said: ‘No.’”'.
_CLOSING = re.compile(r"\s*[\"'”’»)\]]+\s*")
_OPENERS = (
    "The|An?|He|She|It|They|We|I|You|In|On|At|But|And|Or|So|Yet|For|From|This|That|These|Those|There|Here|Its|His|Her|Their|Our|My|Your"
    "|As|By|After|Before|Since|When|While|Where|Who|What|Why|How|If|Although|Though|Because|Until|Unless|During|Despite|To|With|Without"
    "|Under|Over|Some|Many|Most|Several|All|Each|Every|Another|Other|No|Not|Nor|Neither|Both|Meanwhile|However|Then|Now|Still|Instead"
    "|Once|Such|Even|Only|Just|Yes"
)
"""Words with which sentences begin and names do not."""
_NO_BOUNDARY = [
    (re.compile(before), re.compile(after))
    for before, after in (
        (
            r"\b[ap]\.m\.\s*$",
            r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Jan|Feb|Mar|Apr|May|June|July|Aug|Sep|Oct|Nov|Dec|[A-Z]{2,4}T\b|GMT|UTC|\(",
        ),
        (
            r"\b(?:Messrs|Mrs?|Ms|Drs?|Gen|Lt|Col|Capt|Cmdr|Adm|Maj|Sgt|Brig|Gov|Sen|Rep|Amb|Prof|Rev|Hon|St|Ft|Mt|Pt|Pvt|Cpl|Supt"
            r"|Insp|Pres|Sens|Reps|Gens)\.\s*$",
            r"[A-Z]",
        ),
        (r"\b(?:approx|ca|circa|about|max|min)\.\s*$", r"[\d$€£]"),
        (r"\b(?:[Vv]ols?|Nos?|nos?|Arts?|art|[Ss]ecs?|Ch|Figs?|fig|[Pp]aras?|pp?|Res|Rs|Sh|ed|eds)\.\s*$", r"[\dIVX(]"),
        # "Smith et al. (2015)" goes on, "by Smith et al. The ..." does not.
        (r"\bet al\.\s*$", rf"(?!(?:{_OPENERS})\b)[\w(\[]"),
        # "the U.S. Fifth Fleet" goes on, "in the U.S. The ..." does not.
        (r"\b(?:[A-Z]\.){2,}\s*$", rf"(?!(?:{_OPENERS})\b)[A-Z]"),
        # The number of a list is no sentence.
        (
            r"(?:\x02|[:;!?”\"]\s|[a-z)]{3}(?<![Ss]ept)(?<!\bart)(?<!para)(?<!\bvol)(?<!\bfig)(?<!prox)\.\s|\n)"
            r"\s*[(\[]?(?:\d{1,2}(?:\.\d{1,2})*|[ivx]{1,4}|[IVX]{1,4}|[a-zA-Z])[.)]+\s*$",
            r"\S",
        ),
        # Agencies of Moscow date their stories so: "MOSCOW, June 14. /TASS/. The ..."
        (r"\d\.\s*$", r"/[A-Z]{3,}/"),
        (r"/[A-Z]{3,}/\.\s*$", r"\S"),
    )
]
