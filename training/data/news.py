"""Labels of real news by hash and a directory of texts in, the labelled sentences found there out.

The news belongs to others, so the project holds only our labels, each under the hash of its sentence (``seeds/NEWS.md``). Who
has the texts joins both again here, whatever format the texts are in and wherever their sentences are thought to end.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model.labels import NAMES
from training.data.formats import read_sheet
from training.data.news_texts import cuts_of, find_files, shown, texts_of

COLUMNS = ("document", "sentence_no", "sha256", "label", "sure")
_TABLE = ["text", "label", "document", "sentence_no", "sure"]
_MOST_PIECES = 12
_SURE_LETTERS = 20


@dataclass(frozen=True)
class NewsFound:
    """The labelled sentences that a directory holds.

    Attributes
    ----------
    table : DataFrame
        Columns ``text, label, document, sentence_no, sure``, one row a sentence found, in the order of the labels.
    missing : DataFrame
        Columns ``document, sentence_no`` of the sentences not found.
    counts : dict of str to (int, int)
        Sentences found and sentences labelled, by collection: what stands before the first hyphen of ``document``.
    files, skipped : int
        Files read; files and folders that are no text, too large or unreadable.
    """

    table: pd.DataFrame
    missing: pd.DataFrame
    counts: dict[str, tuple[int, int]]
    files: int
    skipped: int


def read_news(labels: Path, directory: Path) -> NewsFound:
    """Find the labelled sentences in the texts below `directory`.

    CSV, TSV, JSON, CoNLL, TimeML, HTML and plain text are read; hidden files are not, and links to folders are not followed.
    A sentence that stands in several texts has the wording of the first, files taken in the order of their paths.

    Parameters
    ----------
    labels : path
        A file as `write_labels` writes it.
    directory : path
        What is no text in it is skipped and counted.

    Raises
    ------
    StanceError
        When the labels are broken, the directory is missing, or no labelled sentence is in it.
    """
    rows = _read_labels(labels)
    if not directory.is_dir():
        raise StanceError(f"{directory}: no such directory; give the one that holds the news, as seeds/NEWS.md describes it")
    files, skipped = find_files(directory)
    wanted = {row["sha256"] for row in rows}
    texts: dict[str, str] = {}
    read = 0
    for number, file in enumerate(files, 1):
        if sys.stderr.isatty():
            print(f"\r{number:,} of {len(files):,} files read", end="" if number < len(files) else "\n", file=sys.stderr)
        if (inside := texts_of(file)) is not None:
            read += 1
            for text in inside:
                _search(text, wanted, texts)
    # "Gaza" alone, or a row of dashes, stands in any text; it counts where a longer sentence of its story is found, too.
    known = {row["document"] for row in rows if len(_letters(texts.get(row["sha256"], ""))) >= _SURE_LETTERS}
    found = [row | {"text": texts[row["sha256"]]} for row in rows if row["sha256"] in texts and row["document"] in known]
    if not found:
        raise StanceError(
            f"{directory}: holds no labelled sentence ({read:,} files read, {skipped + len(files) - read:,} skipped); "
            "put the collections in it that seeds/NEWS.md names, unpacked"
        )
    there = {(row["document"], row["sentence_no"]) for row in found}
    places = [(row["document"], row["sentence_no"]) for row in rows]
    missing = pd.DataFrame([place for place in places if place not in there], columns=["document", "sentence_no"])
    hits, totals = (Counter(document.partition("-")[0] for document, _ in some) for some in (there, places))
    counts = {collection: (hits[collection], total) for collection, total in totals.items()}
    table = pd.DataFrame(found)[_TABLE].astype({"sentence_no": int})
    return NewsFound(table, missing.astype({"sentence_no": int}), counts, read, skipped + len(files) - read)


def stories_of(found: NewsFound) -> pd.DataFrame:
    """The sentences found as rows of ``training.data.labelled.read_rows``, the story as ``article``, with ``sure`` beside."""
    table = found.table
    place = table["document"] + " " + table["sentence_no"].astype(str)
    return table[["text", "label", "sure"]].assign(group="", slice="news", article=table["document"], weight=1.0, place=place)


def summary(found: NewsFound) -> str:
    """What was found, one line a collection, as a user reads it."""
    lines = [f"{name:<12}{hits:>7,} of {total:>6,}" for name, (hits, total) in found.counts.items()]
    lines.append(f"{'all':<12}{len(found.table):>7,} of {len(found.table) + len(found.missing):>6,}")
    if found.skipped:
        lines.append(f"{found.skipped:,} files or folders skipped: no text, too large, or unreadable")
    return "\n".join(lines)


def write_labels(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    """Write the labels of `rows` without their texts, sorted by document and sentence.

    Parameters
    ----------
    rows : iterable of mapping
        Keys ``document, sentence_no, text, label, sure``.
    path : path

    Raises
    ------
    StanceError
        When the file cannot be written.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda row: (str(row["document"]), int(str(row["sentence_no"])))):
        writer.writerow([row["document"], row["sentence_no"], hash_of(str(row["text"])), row["label"], row["sure"]])
    write_whole(path, out.getvalue().encode())


def hash_of(sentence: str) -> str:
    """The first 16 hexadecimal digits of SHA-256 over the letters and digits, in lower case and Unicode NFC.

    So blanks, punctuation, capitals and ways to encode a letter do not count.
    """
    return hashlib.sha256(_letters(sentence).encode(errors="replace")).hexdigest()[:16]


def _letters(text: str) -> str:
    r"""What `str.isalnum` takes for a letter or digit; `\W` is the rest but for the underscore."""
    return _NO_LETTER.sub("", (text if text.isascii() else unicodedata.normalize("NFC", text)).lower())


_NO_LETTER = re.compile(r"[\W_]+")


def _read_labels(path: Path) -> list[dict[str, str]]:
    sheet = read_sheet(path)
    if sheet.columns != COLUMNS or not sheet.rows:
        raise StanceError(f"{path}: needs the columns {', '.join(COLUMNS)} and rows; take seeds/news.csv of the project")
    seen: set[tuple[str, str]] = set()
    for place, cells, *_ in sheet.rows:
        for name, allowed in _CELLS.items():
            if not allowed.fullmatch(cells[name]):
                raise StanceError(f"{path}: {place} has {cells[name][:60]!r} as {name}; take seeds/news.csv of the project")
        if (story := (cells["document"], cells["sentence_no"])) in seen:
            raise StanceError(f"{path}: {place} labels sentence {story[1]} of {story[0]} again; delete one of the two")
        seen.add(story)
    return [row.cells for row in sheet.rows]


_CELLS = {
    "document": re.compile(r"[\w.]+-[\w.-]+"),
    "sentence_no": re.compile(r"[1-9][0-9]{0,8}"),
    "sha256": re.compile("[0-9a-f]{16}"),
    "label": re.compile("|".join(NAMES)),
    "sure": re.compile("[yn]"),
}


def _search(text: str, wanted: set[str], texts: dict[str, str]) -> None:
    """Add to `texts` the wanted sentences of `text`, by hash: all of it, or a run of its pieces."""
    whole = hash_of(text)
    if whole in wanted:
        texts.setdefault(whole, text.strip())
    if len(text.split(maxsplit=1)) < 2:
        return
    cuts = cuts_of(text)
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    letters = [_letters(piece).encode(errors="replace") for piece in pieces]
    for first, piece in enumerate(pieces):
        if not letters[first]:
            if piece.strip() and (digest := hash_of(piece)) in wanted:
                texts.setdefault(digest, piece.strip())
            continue
        hashed = hashlib.sha256()
        for last in range(first, min(first + _MOST_PIECES, len(pieces))):
            hashed.update(letters[last])
            if (digest := hashed.hexdigest()[:16]) in wanted:
                texts.setdefault(digest, shown(text, cuts[first], cuts[last + 1]))
