"""JSON in, rows out: one object a line, or a document that holds the rows somewhere, as programs and services write them.

Known are an array of objects, of rows or of texts; pages of a service such as ``{"status": ..., "articles": [...]}``, also
several behind each other; hits of Elasticsearch; and what pandas writes (``to_json``) in each of its orientations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from classifier.errors import StanceError
from classifier.tables.cells import cell_of, paths_of, value_at
from classifier.tables.columns import TEXTS, Layout, choose_columns, describe, fields_of, fold, is_text_name
from classifier.tables.dates import decide
from classifier.tables.lines import MAX_LINE, SAMPLE, Share, chunks_of, inside, lines_of, window
from classifier.tables.rows import Part, Reject, Row, row_of
from classifier.tables.table import Table

_SAMPLE_ROWS = 50
_READ = 1 << 18
_MOST = 256_000_000
"""Characters of one JSON value: it stands in memory as a whole."""


class Item(NamedTuple):
    """A row as JSON has it: the line that it begins on, and its value; None for what is no JSON, which then is `raw`."""

    line: int
    value: dict[str, Any] | None
    raw: str = ""


def open_json(name: str, stream: BinaryIO, columns: Mapping[str, str], encoding: str, share: Share, part: Part) -> Table:
    """Open JSON Lines, or a JSON document. Parameters, errors and result are those of ``reader.open_table``."""
    is_document = _is_document(stream, encoding, name)

    def items() -> Iterator[Item]:
        stream.seek(0)
        return _of_document(stream, encoding, name) if is_document else _of_lines(lines_of(stream, encoding, name), 1)

    head = list(_beginning(items()))
    objects = [item.value for item in head if item.value is not None]
    if not objects:
        raise StanceError(f"{name}: no line is a JSON object; give CSV, or JSON with an object for each article")
    names = list(dict.fromkeys(path for value in objects for path in paths_of(value)))
    sample = [_cells(value, names) for value in objects]
    judged = [
        ["" if _is_aside(path, value) else cell for path, cell in zip(names, row, strict=True)]
        for value, row in zip(objects, sample, strict=True)
    ]
    chosen = choose_columns(names, judged, columns, name)
    dated = [row[chosen["date"][0]] for row in sample] if "date" in chosen else []
    order = decide(dated, part.dates, lambda: _dates(items(), names[chosen["date"][0]]))
    read = items()
    layout = Layout(chosen, order.first)
    if part.end:
        read = _of_lines(lines_of(window(name, part), inside(encoding, part), name), part.line)
    kind = "JSON" if is_document else "JSON Lines"
    told = ", ".join(filter(None, [f"{name}: {kind}, {encoding}", describe(chosen, names, has_header=True), str(order)]))
    rows = _rows(read, names, layout, part)
    return Table(told, rows, share, encoding="" if is_document else encoding, dates=order.first)


def _is_aside(path: str, value: dict[str, Any]) -> bool:
    """Whether a path with no known name leads into an array of objects, as of pictures, beside a headline or summary."""
    key, dot, inner = path.partition(".")
    if not (dot and isinstance(value.get(key), list)) or fields_of(path) or "text" in fields_of(inner.rpartition(".")[2]):
        return False
    return not _fields(value).isdisjoint(TEXTS)


def _beginning(items: Iterator[Item]) -> Iterator[Item]:
    size = 0
    for item in islice(items, _SAMPLE_ROWS):
        yield item
        size += len(item.raw)
        if size > SAMPLE:
            return


def _dates(items: Iterable[Item], name: str) -> Iterator[str]:
    return (cell_of(value_at(item.value, name)) for item in items)


def _cells(value: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [cell_of(value.get(name) if "." not in name else value_at(value, name)) for name in names]


def _rows(items: Iterable[Item], names: Sequence[str], layout: Layout, part: Part) -> Iterator[Row | Reject]:
    texts = [names[place] for place in layout.chosen["text"]]
    number = part.number
    for item in items:
        number += 1
        if item.value is None:
            yield Reject(item.line, "not a JSON object", (item.raw,))
            continue
        cells = _cells(item.value, names)
        if any(isinstance(item.value.get(text), dict) for text in texts):
            yield Reject(item.line, "the text is a dictionary", tuple(cells))
        else:
            yield row_of(item.line, part.id_of(number), cells, layout)


# --- one object a line -----------------------------------------------------------------------------------------------


def _of_lines(lines: Iterable[str], first: int) -> Iterator[Item]:
    for number, line in enumerate(lines, first):
        if line.strip():
            value = _json(line)
            yield Item(number, _plain(value) if isinstance(value, dict) else None, line.rstrip("\r\n"))


def _json(line: str) -> Any:
    try:
        return json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """A row without the envelope of Elasticsearch."""
    source = value.get("_source")
    return {**{key: each for key, each in value.items() if key != "_source"}, **source} if isinstance(source, dict) else value


# --- documents -------------------------------------------------------------------------------------------------------


def _is_document(stream: BinaryIO, encoding: str, name: str) -> bool:
    """Whether the rows are not one a line: the first line is a part of a value, or holds several rows."""
    stream.seek(0)
    lines = (line for line in lines_of(stream, encoding, name) if line.strip())
    line, second = next(lines, ""), next(lines, "")
    first = _json(line)
    if isinstance(first, dict):
        return rows_within(first) is not None
    if isinstance(first, list) and second:
        return False
    stream.seek(0)
    head = [item.value is not None for item in islice(_of_document(stream, encoding, name), 2)]
    return any(head) if line.lstrip("\ufeff \t").startswith("[") else bool(head) and all(head)


def _of_document(stream: BinaryIO, encoding: str, name: str) -> Iterator[Item]:
    """The rows of the values of a document, which stand one behind the other; an array is read element by element."""
    text = _Text(stream, encoding, name)
    while (sign := text.sign()) and sign in "[{":
        if sign == "{":
            yield from _items(*text.value(_MOST, _NEXT_LINE))
            continue
        text.skip()
        while (sign := text.sign()) and sign != "]":
            if sign == ",":
                text.skip()
                continue
            yield from _items(*text.value(MAX_LINE, _NEXT_ELEMENT))
        text.skip()
    if sign:
        line, rest = text.rest()
        yield Item(line, None, rest)


def _items(line: int, value: Any, raw: str) -> Iterator[Item]:
    if isinstance(value, dict):
        rows = rows_within(value)
        yield from [Item(line, value)] if rows is None else (Item(line, row, raw if row is None else "") for row in rows)
    elif isinstance(value, list) and value and not isinstance(value[0], (dict, list)):
        yield Item(line, {f"column{number}": cell for number, cell in enumerate(value, 1)})
    elif isinstance(value, str):
        yield Item(line, {"text": value})
    else:
        yield Item(line, None, raw)


class _Text:
    """The text of a document, read as far as it is needed."""

    def __init__(self, stream: BinaryIO, encoding: str, name: str) -> None:
        self._chunks = chunks_of(stream, encoding, name, _READ)
        self._name = name
        self._held = ""
        self._at = 0
        self._line = 1
        self._decode = json.JSONDecoder().raw_decode

    def sign(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            match = _BLANKS.match(self._held, self._at)
            assert match is not None
            self._go(match.end())
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Go behind one character."""
        self._go(self._at + 1)

    def value(self, most: int, following: re.Pattern[str]) -> tuple[int, Any, str]:
        """The value that begins here, with its line and its text; of one that is broken, what stands up to the `following`.

        Raises
        ------
        StanceError
            When it is longer than `most` characters, and so may be the rest of the document.
        """
        line, start = self._line, self._at
        while True:
            try:
                value, end = self._decode(self._held, start)
                # A number may go on.
                if end < len(self._held) or not self._more():
                    raw = self._held[start:end] if not isinstance(value, (dict, str)) else ""
                    self._go(end)
                    return line, _plain(value) if isinstance(value, dict) else value, raw
            except (ValueError, RecursionError) as error:
                if len(self._held) - start > most:
                    raise StanceError(
                        f"{self._name}: one JSON value is longer than {most:,} characters; write one object a line, for example "
                        "with: jq -c '.articles[]'"
                    ) from None
                if not (_may_go_on(error, len(self._held)) and self._more(len(self._held) - start)):
                    return line, None, self._broken(following)
            start = self._at

    def rest(self) -> tuple[int, str]:
        """What is left, or the beginning of it, with its line."""
        line, start = self._line, self._at
        self._go(min(len(self._held), start + 1000))
        return line, self._held[start : self._at]

    def _broken(self, following: re.Pattern[str]) -> str:
        """Go on behind a value that is broken, where the next object begins; no more than the beginning of the value is kept."""
        raw = ""
        while True:
            match = following.search(self._held, self._at)
            # Not all of what parts two objects may be held.
            raw += self._until(match.end() - 1 if match else max(self._at, len(self._held) - _BETWEEN))
            raw = raw[:_READ]
            if match or not self._more():
                break
        if not match:
            raw += self._until(len(self._held))
        return raw.rstrip().rstrip(",")

    def _until(self, end: int) -> str:
        """What stands up to `end`; go on there."""
        start = self._at
        self._go(end)
        return self._held[start:end]

    def _go(self, to: int) -> None:
        self._line += self._held.count("\n", self._at, to)
        self._at = to

    def _more(self, least: int = 0) -> bool:
        """Read on: at least as much as is held of a value, so that no value is begun again too often."""
        read = []
        size = 0
        for chunk in self._chunks:
            read.append(chunk)
            size += len(chunk)
            if size >= least:
                break
        if read:
            self._held, self._at = self._held[self._at :] + "".join(read), 0
        return bool(read)


def _may_go_on(error: Exception, size: int) -> bool:
    """Whether a value may be broken only because not all of it is held."""
    return isinstance(error, json.JSONDecodeError) and (error.msg.startswith("Unterminated string") or error.pos >= size - 20)


_BLANKS = re.compile(r"[\s\ufeff]*")
_NEXT_ELEMENT = re.compile(r"\}\s*,\s*\{(?=\s*\")")
_NEXT_LINE = re.compile(r"[\r\n]\{")
_BETWEEN = 1000
"""Characters that may stand between two elements of an array, where one of them is broken."""


# --- where the rows stand --------------------------------------------------------------------------------------------


def rows_within(value: dict[str, Any]) -> Iterable[dict[str, Any] | None] | None:
    """The rows that an object holds, None for one that is none; None at all where the object is a row itself."""
    if isinstance(columns := value.get("columns"), list) and isinstance(data := value.get("data"), list):
        return [dict(zip(map(str, columns), row, strict=False)) if isinstance(row, list) else None for row in data]
    if (table := _table_within(value)) is not None:
        return table
    found = max(_arrays(value, 3), key=_weight, default=[])
    if not _is_page(_fields(value), [_fields(row) for row in found if isinstance(row, dict)]):
        return None
    return [_plain(row) if isinstance(row, dict) else None for row in found]


def _is_page(own: set[str], rows: Sequence[set[str]]) -> bool:
    """Whether an object with the fields `own` is no article, but holds those with the fields `rows`.

    An article may hold an array of comments, pictures or keywords; a page of articles may have a title and an address of its own.
    """
    if "text" in own or all(row.isdisjoint(TEXTS) for row in rows):
        return False
    if own.isdisjoint(TEXTS):
        return True
    if own.isdisjoint({"id", "date"}):
        return any(row & {"text", "title", "date"} for row in rows)
    return any(row >= {"title", "date"} for row in rows)


def _fields(value: dict[str, Any]) -> set[str]:
    """The fields that an object holds by its names: some words for those of a text, anything for the others."""
    return {
        field
        for key, each in _plain(value).items()
        for field in fields_of(key)
        if (any(" " in text for text in _strings(each)) if field in TEXTS else each)
    }


def _table_within(value: Mapping[str, Any]) -> list[dict[str, Any] | None] | None:
    """The rows of a table by columns or by rows, as pandas writes it: a dictionary of dictionaries with the same keys."""
    inner = [each for each in value.values() if isinstance(each, dict)]
    if not inner or len(inner) < len(value) or any(each.keys() != inner[0].keys() for each in inner):
        return None
    if any(isinstance(cell, dict) for each in inner for cell in each.values()):
        return None
    outer_names, inner_names = ({fold(key) for key in keys} for keys in (value, inner[0]))
    if any(map(is_text_name, outer_names)) or (not any(map(is_text_name, inner_names)) and all(map(str.isdigit, inner[0]))):
        return [{name: column[key] for name, column in value.items()} for key in inner[0]]
    if any(map(is_text_name, inner_names)) or (len(inner) > 1 and all(map(str.isdigit, value))):
        return [dict(each) for each in inner]
    return None


def _arrays(value: Any, depth: int) -> Iterator[list[Any]]:
    """Every array of objects in `value`."""
    for each in value.values() if isinstance(value, Mapping) else ():
        if isinstance(each, list) and any(isinstance(item, dict) for item in each):
            yield each
        elif isinstance(each, dict) and depth > 1:
            yield from _arrays(each, depth - 1)


def _weight(rows: Iterable[Any]) -> int:
    return sum(len(each) for row in rows for each in _strings(row))


def _strings(value: Any, depth: int = 6) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each, depth - 1)
