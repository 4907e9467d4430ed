"""A directory in, the texts in its files out: cells of tables, strings of JSON, stories of CoNLL, pages without tags; and
where their sentences may begin and end.

What is no text is skipped without a word: the directory is a download of other people's collections, and much else lies there.
"""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from classifier.files import foreign
from classifier.tables.csv_records import detect_dialect, records_of
from classifier.tables.lines import SAMPLE, detect_encoding
from classifier.tables.rows import MAX_CELL
from classifier.text.sentences import split

MAX_BYTES = 100_000_000
"""No file of the collections comes near."""
_SAMPLE_LINES = 200
_MOST_CONTROLS = 0.01


def find_files(directory: Path) -> tuple[list[Path], int]:
    """Every file below `directory` that is not hidden, sorted by path, and how many folders cannot be read.

    Links to folders are not followed, so a loop of them does no harm.
    """
    found: list[Path] = []
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(directory, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(folder, name) for name in files if not name.startswith("."))
    return sorted(found), len(unreadable)


def texts_of(file: Path) -> Iterator[str] | None:
    """The texts in `file`; None when it is no text, too large or cannot be read."""
    text = _read(file)
    if text is None:
        return None
    kind = file.suffix.lower()
    if kind in (".csv", ".tsv"):
        return _cells(text)
    if kind in (".json", ".jsonl", ".ndjson"):
        return _strings(text)
    if kind in _MARKED_UP or _MARKUP.match(text):
        return iter([_without_tags(text)])
    if _UD_TEXT.search(text):
        return iter(["\n".join(_UD_TEXT.findall(text))])
    lines = islice((line for line in text.split("\n") if line.strip()), _SAMPLE_LINES)
    if all(map(_TOKEN.fullmatch, lines)):
        return _stories(text)
    return iter([text])


def cuts_of(text: str) -> list[int]:
    """Where a sentence may begin or end: where the splitter says so, with lines joined and without, and behind full stops."""
    cuts = {0, len(text), *(found.end() for found in _PIECE_END.finditer(text))}
    start = 0
    for block in _BLOCK.split(text):
        start = text.index(block, start)
        cuts.update(start + sentence.start for sentence in split([block.replace("\n", " ")]))
        start += len(block)
    return sorted(cuts)


def shown(text: str, start: int, end: int) -> str:
    """The sentence in one line, with the quotation marks that are its own: the hash, and so the search, does not see them."""
    while start and text[start - 1] in _OPENING:
        start -= 1
    lines = map(str.strip, text[start:end].split("\n"))
    return _LEFT_OVER.sub("", " ".join(filter(None, lines)))


_OPENING = '"“‘«(['
_LEFT_OVER = re.compile(r"(?<=[.!?…\"”’)]) [\"“‘«(\[]{1,4}$")
_BLOCK = re.compile(r"\n\s*\n")
_PIECE_END = re.compile(
    r"\n\s*|[.!?…:;][\"'”’»)\]]{0,4}\s|(?<=[a-z][.!?…])(?=[A-Z“]|\"[A-Z])|(?<=\.\.\.)|(?<=[”\"] )|(?:--|[–—_]) "
)


def _read(file: Path) -> str | None:
    try:
        # A pipe would keep the reader waiting for ever.
        if not file.is_file() or file.stat().st_size > MAX_BYTES:
            return None
        data = file.read_bytes()
    except OSError:
        return None
    if foreign(data):
        return None
    encoding = detect_encoding(data[:SAMPLE])
    if "\0" in (text := data.decode(encoding, errors="replace")):
        return None
    sample = text[:SAMPLE]
    if len(_CONTROL.findall(sample)) > _MOST_CONTROLS * len(sample):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f\ufffd]")


# --- tables and JSON -------------------------------------------------------------------------------------------------


def _cells(text: str) -> Iterator[str]:
    csv.field_size_limit(MAX_CELL)
    dialect = detect_dialect(list(islice(io.StringIO(text), _SAMPLE_LINES)))
    for cells, _, _ in records_of(io.StringIO(text), dialect):
        yield from cells


def _strings(text: str) -> Iterator[str]:
    """The strings of a JSON document, or of one in each line; what is neither is a text itself."""
    try:
        documents = [json.loads(text)]
    except (ValueError, RecursionError):
        documents = [_document(line) for line in text.split("\n")]
    for document in documents:
        waiting = [document]
        while waiting:
            value: Any = waiting.pop()
            if isinstance(value, str):
                yield value.encode(errors="ignore").decode()  # half a character has no place in a table
            elif isinstance(value, (list, dict)):
                waiting.extend(reversed(list(value.values()) if isinstance(value, dict) else value))


def _document(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


# --- markup ----------------------------------------------------------------------------------------------------------


def _without_tags(text: str) -> str:
    """What a reader sees of HTML, XML or TimeML: a tag within a line leaves nothing behind, any other ends the line."""
    seen = "\n".join(_UNSEEN.split(piece, maxsplit=1)[0] for piece in _UNSEEN_END.split(text))
    return html.unescape(_TAG.sub(lambda tag: "" if tag["name"].lower() in _WITHIN else "\n", seen))


_MARKED_UP = (".html", ".htm", ".xhtml", ".xml", ".tml", ".sgml", ".sgm")
_MARKUP = re.compile(r"\s*<(?:\?xml|!doctype|html|TimeML)\b", re.IGNORECASE)
_UNSEEN = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_UNSEEN_END = re.compile(r"</(?:script|style)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[/!?]?(?P<name>[A-Za-z][\w:.-]*)[^<>]*>")
_WITHIN = frozenset(
    "a abbr b big cite code em font i mark q small span strong sub sup u event timex timex3 signal cardinal enamex numex".split()
)


# --- CoNLL -----------------------------------------------------------------------------------------------------------


def _stories(text: str) -> Iterator[str]:
    """The stories of CoNLL-2003, a sentence in each line; its columns are a token, and what the token is."""
    for story in text.split("-DOCSTART-"):
        sentences = (
            [line.split(maxsplit=1)[0] for line in sentence.split("\n") if _TOKEN.fullmatch(line)]
            for sentence in story.split("\n\n")
        )
        yield "\n".join(_joined(tokens) for tokens in sentences if tokens)


def _joined(tokens: list[str]) -> str:
    """The sentence as it was printed, more or less: the search ignores blanks, but a model is trained on it."""
    text = _BEFORE.sub(r"\1", _QUOTED.sub(r'"\1"', " ".join(tokens)))
    return _BEHIND.sub(r"\1", text)


_UD_TEXT = re.compile(r"^# text = (.*)$", re.MULTILINE)
_TOKEN = re.compile(r"\S+(?:[ \t]+\S+)*[ \t]+(?:O|[BI]-\w+)[ \t]*")
_QUOTED = re.compile(r'" ([^"]*) "')
_BEFORE = re.compile(r" ([.,;:!?%)\]]|n't\b|'(?:s|re|ve|ll|d|m)\b)", re.IGNORECASE)
_BEHIND = re.compile(r'([(\[$]|^") ')
