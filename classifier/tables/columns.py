"""The names and some rows of a table in; which column holds what out: as stated, else by name and content.

A name says what a column may hold, its cells say whether it does: ``article`` may be a text or a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.errors import StanceError
from classifier.tables.cells import filled
from classifier.tables.dates import parse_date

FIELDS = ("text", "id", "date", "source", "title", "summary")
"""What a table may give of an article. A summary stands in where the text is empty."""
TEXTS = {"text", "title", "summary"}
"""The fields that hold a text, or what may stand in its place."""
Chosen = Mapping[str, tuple[int, ...]]
"""The columns of each field that there is; the text may have several, which then follow each other."""


@dataclass(frozen=True)
class Layout:
    """What the cells of a table mean.

    Attributes
    ----------
    chosen : mapping of field to places
    dates : str
        What comes first in a date of numbers alone: ``day``, ``month`` or ``year``.
    """

    chosen: Chosen
    dates: str = "month"


def choose_columns(
    names: Sequence[str], sample: Sequence[Sequence[str]], stated: Mapping[str, str], table: str = "table"
) -> dict[str, tuple[int, ...]]:
    """Which columns hold which field: as stated, else by name and by what stands in them.

    Raises
    ------
    StanceError
        When a stated column does not exist, or none can be the text.
    """
    chosen = {field: _stated(names, field, columns, table) for field, columns in stated.items()}
    whole = [[filled(cell) for cell in row] for row in sample if len(row) == len(names)]
    cells = [list(filter(None, column)) for column in zip(*whole, strict=True)] or [[] for _ in names]

    def named(field: str) -> list[int]:
        """The columns that may hold it by their names, the likeliest first."""
        taken = {place for places in chosen.values() for place in places}
        return [place for name in _USUAL_NAMES[field] for place in _places(names, name) if place not in taken]

    if "text" not in chosen:
        chosen["text"] = (
            _text_column(names, cells, named("text"), {each for places in chosen.values() for each in places}, table),
        )
    for field, fits in (("title", _is_short), ("summary", _is_any), ("id", _is_any), ("source", _is_short)):
        likely = named(field) if field not in chosen else []
        if found := [place for place in likely if cells[place] and fits(cells[place])] or [each for each in likely if not whole]:
            chosen[field] = (found[0],)
    if "date" not in chosen and (place := _date_column(cells, named("date"), chosen)) is not None:
        chosen["date"] = (place,)
    return {field: chosen[field] for field in FIELDS if field in chosen}


def _stated(names: Sequence[str], field: str, columns: str, table: str) -> tuple[int, ...]:
    """The columns that the user names for a field; for the text there may be several, with commas between."""
    parts = [columns] if columns in names or field != "text" else [part.strip() for part in columns.split(",")]
    for part in parts:
        if part not in names:
            if within := [name for name in names if name.startswith(f"{part}.")]:
                raise StanceError(f"{table}: {part!r} for --{field} is a dictionary; name one of its fields: {_listed(within)}")
            raise StanceError(f"{table}: no column {part!r} for --{field}; it has {_listed(names)}")
    return tuple(dict.fromkeys(list(names).index(part) for part in parts))


def _text_column(names: Sequence[str], cells: Sequence[Sequence[str]], named: Sequence[int], taken: set[int], table: str) -> int:
    """The first of the `named` columns that holds text; else the longest of any that does."""
    for place in named:
        if cells[place] and _reads_as_text(cells[place]):
            return place
    free = [place for place in range(len(cells)) if place not in taken and _is_wordy(cells[place])]
    if free:
        return max(free, key=lambda place: sum(map(len, cells[place])))
    # A name that says text, of a table that is empty or odd.
    for place in named:
        if fold(names[place]) not in _AMBIGUOUS:
            return place
    raise StanceError(f"{table}: no column looks like text; name it with --text, it has {_listed(names)}")


def _date_column(cells: Sequence[Sequence[str]], named: Sequence[int], chosen: Chosen) -> int | None:
    for place in named:
        if cells[place] and _share_of_dates(cells[place]) >= 0.5:
            return place
    taken = {place for places in chosen.values() for place in places}
    dated = [place for place in range(len(cells)) if place not in taken and _looks_dated(cells[place])]
    return next(iter([*dated, *named]), None)


def _reads_as_text(cells: Sequence[str]) -> bool:
    """Whether most of the cells are more than a number, a code, a URL or a date."""
    return sum(bool(_CODE.fullmatch(cell)) or _is_date(cell) for cell in cells) * 2 <= len(cells)


def _is_wordy(cells: Sequence[str]) -> bool:
    return bool(cells) and sum(" " in cell for cell in cells) * 2 >= len(cells) and _reads_as_text(cells)


def _is_short(cells: Sequence[str]) -> bool:
    """Whether the cells are names or headlines rather than articles."""
    return sum(len(cell) <= _LONGEST_NAME for cell in cells) * 2 > len(cells)


def _is_any(cells: Sequence[str]) -> bool:
    return True


def _share_of_dates(cells: Sequence[str]) -> float:
    return sum(bool(parse_date(cell)) for cell in cells) / len(cells)


def _looks_dated(cells: Sequence[str]) -> bool:
    """Whether a column holds dates, whatever its name; numbers alone may count anything."""
    return bool(cells) and sum(map(_is_date, cells)) >= 0.8 * len(cells)


def _is_date(cell: str) -> bool:
    return 8 <= len(cell) <= _LONGEST_DATE and not cell.isdigit() and bool(parse_date(cell))


def check_unique(names: Sequence[str], chosen: Chosen, table: str) -> None:
    """See that no chosen column shares its name with another, where columns are read by name.

    Raises
    ------
    StanceError
        When one does.
    """
    if twice := [names[place] for places in chosen.values() for place in places if names.count(names[place]) > 1]:
        raise StanceError(f"{table}: has two columns of the name {_shown(twice[0])}; rename one")


# --- names -----------------------------------------------------------------------------------------------------------


def fold(name: str) -> str:
    """A name without capitals, accents and marks: ``publishedAt`` and ``Published_at`` are one."""
    return re.sub(r"[^0-9a-z]+", "", unicodedata.normalize("NFKD", name.lower()))


def _places(names: Sequence[str], folded: str) -> list[int]:
    return [place for place, name in enumerate(names) if fold(name) == folded]


def fields_of(name: str) -> set[str]:
    """The fields that a column of this name may hold."""
    return {field for field, names in _USUAL_NAMES.items() if fold(name) in names}


def is_text_name(name: str) -> bool:
    """Whether a column of this name may hold a text, or a headline or summary in its place."""
    return not fields_of(name).isdisjoint(TEXTS)


def looks_like_header(cells: Sequence[str], stated: Mapping[str, str] | None = None) -> bool:
    """Whether `cells` name columns; `stated` are names that the user gave."""
    if any(_is_date(cell.strip()) or cell.count(" ") > _LONGEST_HEADER for cell in cells):
        return False
    if _known(cells, stated or {}):
        return True
    return all(cell and len(cell) < 40 and cell[0].isalpha() and " " not in cell.strip() for cell in cells)


def header_of(records: Sequence[Sequence[str]], stated: Mapping[str, str]) -> int | None:
    """Which of the first records of a file names its columns; None where none does.

    Exports put titles and remarks above the header, with or without the delimiter in them.
    """
    widths = [len(cells) for cells in records]
    usual = max(set(widths), key=widths.count)
    known = [_known(cells, stated) if looks_like_header(cells, stated) else 0 for cells in records[:_REMARKS]]
    first = next((place for place, width in enumerate(widths) if width > 1 or usual == 1 or known[place : place + 1] > [0]), 0)
    below = [
        place
        for place in range(first + 1, len(known))
        # A word of a row may be the name of a column, too; two of them above all rows are a header.
        if widths[place] == usual and known[place] > known[first] and (known[place] > 1 or usual not in widths[first:place])
    ]
    if below:
        return max(below, key=lambda place: known[place])
    return first if looks_like_header(records[first], stated) else None


def _known(cells: Sequence[str], stated: Mapping[str, str]) -> int:
    """How many of the cells are names of columns that are known."""
    told = {part for names in stated.values() for part in (names, *names.split(","))}
    return sum(cell in told or fold(cell) in _EVERY_NAME for cell in cells)


def describe(chosen: Chosen, names: Sequence[str], has_header: bool) -> str:
    """Which column was chosen for what, for the user."""
    columns = ", ".join(f"{field} = {' + '.join(_shown(names[each]) for each in places)}" for field, places in chosen.items())
    return f"{columns}{'' if has_header else ' (no header)'}"


def _listed(names: Sequence[str]) -> str:
    """Columns as a sentence has room for them."""
    return ", ".join(map(_shown, names[:20])) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else f"{name[:40]}...")


_LONGEST_NAME, _LONGEST_DATE, _LONGEST_HEADER = 300, 60, 8
_REMARKS = 20
"""Lines above a header."""
_CODE = re.compile(r"[-+\d.,:/ ]+|https?://\S+|(?=\S*\d)[\w.:#/-]+")
_AMBIGUOUS = {"article", "story"}
_USUAL_NAMES = {
    "text": (
        *("text", "body", "content", "articletext", "articlebody", "fulltext", "maintext", "bodytext", "rawtext", "cleantext"),
        *(
            "contenttext",
            "contentvalue",
            "contentcontent",
            "contenthtml",
            "summarycontent",
            "transcript",
            "sentence",
            "paragraph",
        ),
        *("paragraphs", "contenu", "texte", "inhalt", "volltext", "contenido", "texto", "article", "story"),
    ),
    "title": (
        *("title", "headline", "articletitle", "webtitle", "titlerendered", "headlinemain", "hed", "heading", "subject"),
        *("titre", "titel", "uberschrift", "titulo", "titular", "titolo"),
    ),
    "summary": (
        *("description", "summary", "abstract", "snippet", "excerpt", "teaser", "standfirst", "subtitle", "trailtext"),
        *("summarycontent", "excerptrendered", "leadparagraph", "lead", "dek"),
    ),
    "id": (
        *("id", "articleid", "docid", "documentid", "storyid", "storiesid", "newsid", "recordid", "gkgrecordid", "globaleventid"),
        *("nr", "identifiant"),
        *("uuid", "guid", "url", "link", "weburl", "permalink", "canonicalurl", "documentidentifier", "uri", "article", "story"),
    ),
    "date": (
        *("date", "published", "pubdate", "publishedat", "publicationdate", "publishdate", "datepublish", "datepublished"),
        *("publisheddate", "publishedon", "datepublication", "webpublicationdate", "firstpublished", "firstpublicationdate"),
        *("datedepublication", "datum", "fecha"),
        *("isodate", "articledate", "issued", "issuedate", "day", "datetime", "timestamp", "createdat", "created", "createdutc"),
        *("dategmt", "posted", "postedat", "postdate", "seendate", "sqldate", "time", "month", "year", "dateadded"),
        *("indexeddate", "crawldate", "crawledat", "fetchedat", "scrapedat", "datedownload", "updatedat", "updated", "modified"),
    ),
    "source": (
        *("source", "sourcename", "publisher", "publishername", "publication", "outlet", "medianame", "medium", "media"),
        *("agency", "newspaper", "sitename", "site", "sourcecommonname", "sourcetitle", "origintitle", "feedtitle", "feed"),
        *("zeitung", "quelle", "journal", "fuente", "medio"),
        *("feedname", "domain", "sourcedomain", "host", "hostname", "website", "channel"),
    ),
}
_EVERY_NAME = frozenset(name for names in _USUAL_NAMES.values() for name in names)
