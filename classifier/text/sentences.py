"""Paragraphs in, sentences with exact offsets out.

Boundaries come from sentencex (Unicode TR29 plus abbreviation lists); what it breaks in English news prose is joined
again here: a clock time before its day, a list of initials, a boundary that leaves no letter on one side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sentencex


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
        plain = _WIDE_SPACE.sub(" ", _HALF_CHARACTER.sub("x", plain))
    plain = _BREAK_RUN.sub(lambda run: "\n\n" + " " * (len(run.group()) - 2), plain)
    return [
        end
        for end in _ends(plain)
        if end == len(text) or not (_runs_on(text[max(0, end - 12) : end], text[end : end + 12]) or _CLOSING.fullmatch(text, end))
    ]


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


def _runs_on(left: str, right: str) -> bool:
    """Whether a boundary between `left` and `right` falls within a sentence."""
    if "\n" in left[len(left.rstrip()) :]:
        return False
    if left.rstrip().endswith(".") and right[:1].islower():
        return True
    return any(before.search(left) and after.match(right) for before, after in _NO_BOUNDARY)


_REACH = 10_000
"""Characters; a paragraph of news has a tenth of it."""
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_WIDE_SPACE = re.compile(r"[^\S\0-\x7f]")
_BREAK_RUN = re.compile(r"\n{9,}")
_QUOTE = re.compile('["“”]')
_OPENS = re.compile(r"""(?<![^\s(\[{'‘\-–—/])"(?=\S)""")
"""A straight mark that opens a quotation: nothing before it that it could close, and something behind it."""
_QUOTE_RUN = re.compile("[\"'“”‘’«»`]{9,}")
# What is left behind the last full stop of 'he said: ‘No.’”'.
_CLOSING = re.compile(r"\s*[\"'”’»)\]]+\s*")
_NO_BOUNDARY = [
    (re.compile(before), re.compile(after))
    for before, after in (
        (
            r"\b[ap]\.m\.\s*$",
            r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Jan|Feb|Mar|Apr|May|June|July|Aug|Sep|Oct|Nov|Dec|[A-Z]{2,4}T\b|GMT|UTC|\(",
        ),
        (r"\b(?:Messrs|Mrs?|Ms|Drs?|Gen|Lt|Col|Capt|Cmdr|Adm|Maj|Sgt|Brig|Gov|Sen|Rep|Amb|Prof|Rev|Hon|St)\.\s*$", r"[A-Z]"),
        (r"\b(?:approx|ca|circa|about|max|min)\.\s*$", r"[\d$€£]"),
        # "the U.S. Fifth Fleet" goes on, "in the U.S. The ..." does not.
        (
            r"\b(?:[A-Z]\.){2,}\s*$",
            r"(?!(?:The|An?|He|She|It|They|We|I|In|On|At|But|And|For|From|This|That|These|Those|There|Its|His|Her|Their|Our|As|By"
            r"|After|Before|When|While|If|To|With|Under|Some|Many|No|Not|Both|Meanwhile|However)\b)[A-Z]",
        ),
    )
]
