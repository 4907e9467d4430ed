"""Tables and pages from a grammar of everything that goes wrong in them, through both readers of ``stance batch``.

    python -m tests.attacks.tables --count 20000 --seed 1

Every row bears a marker. Whatever the damage, each marker that the file holds must come out once, in an article or a reject; both
readers must write the same bytes; and nothing but ``StanceError`` may be raised.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from classifier import StanceError
from classifier.batch import run as batch
from classifier.batch.job import Job
from classifier.kernel.scorers import is_compiled, scorer_of
from classifier.tables.blocks import blocks
from classifier.tables.reader import open_table
from classifier.text.articles import read_articles

Random = random.Random

_MARKER = re.compile(r"qx\d+z")
_COLUMNS = ("id", "date", "source", "text")
_WORDS = (
    *("Seoul condemned the launch.", "Talks resumed in Geneva.", "It rained", "U.S. envoys met on 5 p.m. Friday.", "«Non»"),
    *(
        "“Yes,” she said.",
        "Türkiye",
        "東京",
        "😀",
        "e\u0301",
        "=1+1",
        "＝1+1",
        "-5",
        "@x",
        "\t",
        " ",
        "\u2028",
        "\x85",
        "\x0b",
        "\x1c",
    ),
    *(
        "\0",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\ufffd",
        "\x1b[31m",
        "\x7f",
        "\xa0",
        "by, the way; or | not",
        '5" gun',
        '""',
        '"',
        "''",
    ),
    *(
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "<p>Seoul met <b>Tokyo</b>.</p>",
        "<script>x()</script>",
        "<p>",
        "</div>",
        "<!-- ",
        "]]>",
        "<a href='",
    ),
    *(
        "<?xml version='1.0' encoding='utf-16'?>",
        "<!doctype html>",
        "<html>",
        "<body>",
        "&amp;",
        "&#0;",
        "&#xd800;",
        "&#x110000;",
    ),
    *("<br>", "By Jan Berg", "(AFP)", "12 May 2024", "Photo: x", "NULL", "NaN", "\\N", "\\", "\\n", "{", "[1]", "#", "0" * 40),
    *("&quot;", "&amp;#39;", "&lt;p&gt;", "[Removed]", "[+12 chars]", "NA", "-", "sep=;", "AT&T;"),
)
_DATES = (
    "",
    "2024-06-14",
    "14 June 2024",
    "06/14/2024",
    "2024-13-45",
    "soon",
    "99999-01-01",
    "0000-00-00",
    "1e9",
    "\x00",
    "10:30",
    " ",
    "24/07/2025",
    "07/08/2025",
    "7.8.25",
    "1718323200",
    "2024-05",
    "NA",
)


# --- the grammar -----------------------------------------------------------------------------------------------------


def cell(chance: Random) -> str:
    """Words, marks and dirt."""
    return chance.choice(("", " ")).join(chance.choices(_WORDS, k=chance.choice((0, 1, 1, 2, 3, 6, 20))))


def rows_of(chance: Random) -> list[dict[str, str]]:
    """Rows that each bear a marker as their id."""
    count = chance.choice((0, 1, 2, 5, 12, 30))
    return [
        {
            "id": f"qx{number}z",
            "date": chance.choice(_DATES),
            "source": chance.choice(("AFP", "", cell(chance))),
            "text": cell(chance),
        }
        for number in range(count)
    ]


def as_csv(chance: Random) -> bytes:
    """CSV in some dialect and encoding, well formed or with its lines and bytes damaged."""
    delimiter, ending = chance.choice(",,,;\t|"), chance.choice(("\n", "\n", "\r\n", "\r"))
    always = chance.random() < 0.5
    lines = [delimiter.join(_COLUMNS)] if chance.random() < 0.9 else []
    if chance.random() < 0.1:
        lines.insert(0, chance.choice((f"sep={delimiter}", "# made by hand, today, twice", "Export", f"a{delimiter}b")))
    for row in rows_of(chance):
        lines.append(delimiter.join(_quoted(row[name], delimiter, always, chance) for name in _COLUMNS))
        if chance.random() < 0.1:
            lines.append(
                chance.choice(("", " ", delimiter, delimiter * 3, '"', '""', "x", delimiter.join(_COLUMNS), '"' + cell(chance)))
            )
    text = "".join(line + (ending if chance.random() < 0.98 else chance.choice(("\n", "\r", "\r\n", "\n\n"))) for line in lines)
    text = text if chance.random() < 0.8 else text.rstrip("\r\n")
    return damaged(_encoded(text, chance), chance)


def as_lines(chance: Random) -> bytes:
    """A table between tabs whose quotes are those of the texts: each line is a row."""
    rows = [[re.sub(r"[\t\n\r\0\ufffd]", " ", row[name]) for name in _COLUMNS] for row in rows_of(chance)]
    return "".join("\t".join(row) + "\n" for row in [[*_COLUMNS], *rows]).encode("utf-8", "replace")


def as_document(chance: Random) -> bytes:
    """JSON in one of the shapes in which services and programs write it, whole or damaged."""
    rows = rows_of(chance)
    for row in rows:
        row["text"] += chance.choice(("", " It rained."))
    value = chance.choice(
        (
            lambda: rows,
            lambda: {"status": "ok", "totalResults": len(rows), "articles": rows},
            lambda: {"hits": {"total": len(rows), "hits": [{"_index": "x", "_source": row} for row in rows]}},
            lambda: {name: {str(place): row[name] for place, row in enumerate(rows)} for name in _COLUMNS},
            lambda: {str(place): row for place, row in enumerate(rows)},
            lambda: {"columns": [*_COLUMNS], "data": [[row[name] for name in _COLUMNS] for row in rows]},
        )
    )()
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, None, 1)))
    return damaged(text.encode("utf-8", "surrogatepass"), chance)


def _quoted(text: str, delimiter: str, always: bool, chance: Random) -> str:
    if chance.random() < 0.03:
        return text
    needed = always or any(char in text for char in (delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if needed else text


def _encoded(text: str, chance: Random) -> bytes:
    encoding = chance.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"))
    return text.encode(encoding, errors="replace")


def as_jsonl(chance: Random) -> bytes:
    """JSON Lines, well formed or damaged."""
    lines = []
    for row in rows_of(chance):
        value: dict[str, Any] = dict(row)
        if chance.random() < 0.2:
            value[chance.choice(("text", "date", "source", "more"))] = chance.choice(
                (
                    None,
                    5,
                    1.5,
                    True,
                    [],
                    ["a"],
                    {"a": {"b": 1}},
                    float("nan"),
                    float("-inf"),
                    10**300,
                    "\ud800",
                    "\udfff\ud800",
                    "\0",
                )
            )
        line = json.dumps(value, ensure_ascii=chance.random() < 0.5)
        if chance.random() < 0.1:
            line = chance.choice(
                (line[: chance.randrange(len(line))], line + ",", "[" + line + "]", line + line, "[" * 5000, "", "null")
            )
        lines.append(line)
    return damaged("".join(line + chance.choice(("\n", "\n", "\r\n")) for line in lines).encode("utf-8", "surrogatepass"), chance)


def damaged(data: bytes, chance: Random) -> bytes:
    """`data` whole, cut off, or with bytes put in, taken out, changed and doubled."""
    if chance.random() < 0.5:
        return data
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 10))):
        at = chance.randrange(len(changed) + 1)
        what = chance.randrange(5)
        if what == 0:
            changed[at:at] = chance.choice(
                (b'"', b"\0", b"\n", b"\r", b",", b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x80" * 40)
            )
        elif what == 1:
            del changed[at : at + chance.choice((1, 1, 20))]
        elif what == 2 and at < len(changed):
            changed[at] = chance.randrange(256)
        elif what == 3:
            changed[at:at] = changed[at : at + 60]
        elif chance.random() < 0.2:
            del changed[at:]
    return bytes(changed)


def as_parquet(chance: Random) -> bytes:
    """Parquet with columns of any type, now and then with its bytes changed."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = rows_of(chance)
    texts = [row["text"] for row in rows]
    columns: dict[str, Any] = {
        "id": pa.array([row["id"] for row in rows], pa.string()),
        "text": chance.choice(
            (
                lambda: pa.array(texts, pa.string()),
                lambda: pa.array(texts, pa.large_string()),
                lambda: pa.array(texts, pa.string()).dictionary_encode(),
                lambda: pa.array([text.encode("utf-8") + b"\xff" * chance.randrange(2) for text in texts], pa.binary()),
                lambda: pa.array([[text] for text in texts], pa.list_(pa.string())),
                lambda: pa.array([{"a": text} for text in texts], pa.struct([("a", pa.string())])),
                lambda: pa.array([None if chance.random() < 0.5 else text for text in texts], pa.string()),
                lambda: pa.array(range(len(rows)), pa.int64()),
            )
        )(),
        "date": chance.choice(
            (
                lambda: pa.array([row["date"] for row in rows], pa.string()),
                lambda: pa.array([chance.randrange(-(2**31), 2**31) for _ in rows], pa.date32()),
                lambda: pa.array([chance.randrange(-(2**62), 2**62) for _ in rows], pa.timestamp("us")),
                lambda: pa.array([chance.randrange(10**9) for _ in rows], pa.timestamp("s", tz="Nowhere/Land")),
                lambda: pa.array([chance.randrange(2**40) for _ in rows], pa.duration("s")),
            )
        )(),
    }
    names = [*columns]
    if chance.random() < 0.1:
        names[chance.randrange(3)] = chance.choice(("text", "a.b", "", "id"))
    out = io.BytesIO()
    parquet.write_table(pa.table([*columns.values()], names=names), out, compression=chance.choice(("none", "snappy", "zstd")))
    return damaged(out.getvalue(), chance) if chance.random() < 0.5 else out.getvalue()


def as_page(chance: Random) -> bytes:
    """HTML that no one closed, in an encoding that it does not name."""
    charset = chance.choice(("utf-8", "utf-16", "x-unknown", "windows-1252", "utf-7"))
    head = chance.choice(
        ("", f"<meta charset={charset}>", f"<?xml version='1.0' encoding='{charset}'?>", "<title>A <b>title", "<frameset>")
    )
    body = " ".join(
        chance.choice(("<p>", "<div>", "", "<table><tr><td>", "<svg><p>", "<![CDATA[", "<li>")) + cell(chance) for _ in range(8)
    )
    depth = chance.choice((0, 0, 0, 300, 5000))
    text = f"{chance.choice(('<!doctype html>', '<html>', ' '))}{head}<body>{'<div>' * depth}{body}"
    return damaged(text.encode(chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")), errors="replace"), chance)


Grammar = Callable[[Random], bytes]
GRAMMARS: dict[str, tuple[str, Grammar, int]] = {
    "CSV": (".csv", as_csv, 12),
    "CSV, gzip": (".csv.gz", lambda chance: damaged(gzip.compress(as_csv(chance)), chance), 1),
    "lines": (".lines.csv", as_lines, 2),
    "JSON": (".json", as_document, 3),
    "JSON Lines": (".jsonl", as_jsonl, 4),
    "Parquet": (".parquet", as_parquet, 2),
    "HTML": (".html", as_page, 1),
}
"""Suffix, what makes a file, and how often it has its turn."""


# --- what must hold --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _worker(compiled: bool) -> Any:
    """What a batch scores with; the model is loaded once."""
    job = Job("table.csv", Path("out.csv"), articles=Path("articles.jsonl"))
    whole = batch.worker_of(job)
    return batch.Worker(job, whole.model, scorer_of(whole.model, compiled), compiled, whole.fields)


def written(path: Path, compiled: bool, columns: dict[str, str]) -> tuple[int, dict[str, bytes]]:
    """Rows read, and the bytes that a batch appends to its files for them."""
    worker = _worker(compiled)
    table = open_table(str(path), columns)
    rows = 0
    pieces: dict[str, list[bytes]] = {"output": [], "articles": [], "rejects": []}
    for block in blocks(table, compiled):
        result = batch._score(block, worker)
        rows += len(block)
        if result.progress.rows != len(block):
            raise AssertionError(f"{len(block)} rows in, {result.progress} out")
        for name, piece in result.pieces.items():
            pieces[name].append(piece)
    return rows, {name: b"".join(parts) for name, parts in pieces.items()}


def check_table(path: Path) -> str:
    """What is wrong with the way a table is read; empty when nothing is."""
    columns = {"id": "id", "text": "text"} if b"qx0z" in path.read_bytes() or path.name.endswith((".gz", ".parquet")) else {}
    found: list[tuple[int, dict[str, bytes]] | str] = []
    for compiled in (True, False) if is_compiled() and ".csv" in path.name else (False,):
        try:
            found.append(written(path, compiled, columns))
        except StanceError as error:
            found.append(str(error))
    if any(each != found[0] for each in found):
        return f"the readers differ: {found}"
    if isinstance(found[0], str):
        return "" if _is_sentence(found[0]) else f"no sentence: {found[0]!r}"
    rows, pieces = found[0]
    articles = [json.loads(line) for line in pieces["articles"].decode().split("\n") if line]
    rejects = list(csv.reader(io.StringIO(pieces["rejects"].decode(), newline="")))
    if rows != len(articles) + len(rejects):
        return f"{rows} rows in, {len(articles)} articles, {len(rejects)} rejected"
    if columns and path.suffix in (".csv", ".jsonl", ".json"):
        written_ids = " ".join([each["id"] for each in articles] + [row[2] for row in rejects])
        if path.suffix == ".json":
            return "" if not _is_json(path) or _is_each_in(path.read_text("utf-8"), written_ids) else f"lost: {written_ids}"
        table = path.read_bytes().decode("utf-8-sig", "surrogateescape")
        if ".lines." in path.name:
            return "" if _is_each_in(table, written_ids) else f"rows melted: {written_ids}"
        return lost_or_doubled(table, written_ids, pieces["output"].decode())
    return ""


def _is_each_in(table: str, ids: str) -> bool:
    """Whether each marker of a table that is whole stands among the ids, once."""
    return Counter(_MARKER.findall(table)) == Counter(_MARKER.findall(ids))


def _is_json(path: Path) -> bool:
    """Whether a document is whole, and every object in it has its keys once."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        json.loads(path.read_text("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return False
    return True


def lost_or_doubled(table: str, ids: str, sentences: str) -> str:
    """Which markers of a table stand neither among the ids nor, for damage may put them there, in a text; or twice."""
    # Of a JSON object that damage gave two ids counts the last. Of CSV what is behind the first line: a marker that damage has
    # put into the header is none of a row.
    rows = re.findall(r'"id": "(qx\d+z)"(?!.*"id": ")', table) or _MARKER.findall(
        re.split(r"[\r\n]", table.lstrip("\r\n"), maxsplit=1)[-1]
    )
    lost = Counter(rows) - Counter(_MARKER.findall(ids + sentences))
    doubled = Counter(_MARKER.findall(ids)) - Counter(_MARKER.findall(table))
    return f"lost {lost}, doubled {doubled}" if lost or doubled else ""


def check_page(path: Path) -> str:
    """What is wrong with the way a page is read."""
    try:
        articles = read_articles(str(path))
    except StanceError as error:
        return "" if _is_sentence(str(error)) else f"no sentence: {error!r}"
    return "" if all(article.paragraphs for article in articles) else "an article of nothing"


def _is_sentence(said: str) -> bool:
    """One line that says what to do: after a semicolon."""
    return ": " in said and ";" in said and "\n" not in said and len(said) < 2_000


def case(number: int, seed: int, folder: Path) -> tuple[str, str]:
    """Make the table of that number and read it; its kind and what was found."""
    chance = random.Random(f"{seed}/{number}")
    kind = chance.choices([*GRAMMARS], [often for *_, often in GRAMMARS.values()])[0]
    suffix, grammar, _ = GRAMMARS[kind]
    path = folder / f"table{suffix}"
    path.write_bytes(grammar(chance))
    try:
        return kind, (check_page if kind == "HTML" else check_table)(path)
    except Exception as error:
        return kind, f"{type(error).__name__}: {error}"


# --- campaign --------------------------------------------------------------------------------------------------------


def campaign(count: int, seed: int, first: int = 0) -> tuple[Counter[str], list[str]]:
    """How many files of each kind were read, and what was found."""
    kinds: Counter[str] = Counter()
    findings = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            kind, found = case(number, seed, Path(folder))
            kinds[kind] += 1
            if found:
                findings.append(f"seed {seed}, number {number}, {kind}: {found}")
            if (number + 1) % 1000 == 0:
                print(f"{number + 1:,} of {first + count:,}, {len(findings)} findings", file=sys.stderr, flush=True)
    return kinds, findings


def main() -> int:
    """The campaign of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    options = parser.parse_args()
    began = time.monotonic()
    kinds, findings = campaign(options.count, options.seed, options.first)
    shown = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
    print(
        f"| tables from a grammar ({shown}) | {options.count:,} | {len(findings)} findings | {time.monotonic() - began:,.0f} s |"
    )
    for finding in findings[:50]:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
