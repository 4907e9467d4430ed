"""How right source and target of a sentence are: on sentences whose ends are known.

    python benchmarks/dyads.py dyads.csv --news news.csv

``dyads.csv`` has the columns ``document, sentence_no, text, label, source, target``: codes of actors, ``;`` between several,
``?`` where the sentence does not resolve an end, ``-`` where there is none, and a ``*`` behind the state of people who do not act
for it. ``--news`` has ``document, sentence_no, text``: with it every sentence is read in its story, too. Intervals are 95 %
Wilson intervals. Results are Markdown tables.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from classifier.model.direction import Direction, directions  # noqa: E402
from classifier.text.actors import read_story  # noqa: E402

Ends = tuple[frozenset[str], frozenset[str]]
_YEARS = {"conll": "1996", "me26": "2026", "ua14": "2014"}
"""Of collections whose documents have no date in their name."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dyads", type=Path)
    parser.add_argument("--news", type=Path, help="the stories that the sentences come from")
    parser.add_argument("--wrong", action="store_true", help="print what is wrong, to look into")
    options = parser.parse_args()
    rows = read_rows(options.dyads)
    ways = {"by itself": [_alone(row) for row in rows]}
    if options.news:
        ways["in its story"] = _in_stories(rows, read_rows(options.news))
    resolved = [number for number, row in enumerate(rows) if not {row["source"], row["target"]} & {"?", "-"}]
    for way, answers in ways.items():
        print(f"\n{len(resolved)} sentences of which both ends are known, each read {way}\n")
        print("| | right | of those with an answer |\n|---|---|---|")
        for name, judge in _JUDGES.items():
            right = [judge(_truth(rows[number]), _given(answers[number])) for number in resolved]
            answered = [judge_given(_given(answers[number]), name) for number in resolved]
            print(f"| {name} | {share(sum(right), len(right))} | {share(sum(right), sum(answered))} |")
        print(f"\nother {len(rows) - len(resolved)} sentences: {_silence(rows, answers)}")
    if options.wrong:
        for number in resolved:
            if not _both(_truth(rows[number]), _given(answers[number])):
                print(rows[number]["source"], rows[number]["target"], *answers[number], rows[number]["text"], sep=" | ")


def judge_given(given: Ends, name: str) -> bool:
    """Whether there is an answer to what is judged."""
    return bool(given[0]) if name.startswith("source") else bool(given[1]) if name.startswith("target") else all(given)


def _alone(row: dict[str, str]) -> Direction:
    return next(directions(read_story([row["text"]], date_of(row["document"]))))


def _in_stories(rows: Sequence[dict[str, str]], news: Sequence[dict[str, str]]) -> list[Direction]:
    wanted = {row["document"] for row in rows}
    stories: dict[str, list[dict[str, str]]] = {}
    for row in news:
        if row["document"] in wanted:
            stories.setdefault(row["document"], []).append(row)
    found: dict[tuple[str, str], Direction] = {}
    for document, story in stories.items():
        read = directions(read_story([row["text"] for row in story], date_of(document)))
        found |= {(document, row["sentence_no"]): each for row, each in zip(story, read, strict=True)}
    return [found[row["document"], row["sentence_no"]] for row in rows]


def date_of(document: str) -> str:
    """The year of a story, as far as the name of its document tells it."""
    written = re.search(r"(?<!\d)((?:19|20)\d\d)[01]\d[0-3]\d", document)
    return written[1] if written else _YEARS.get(document.partition("-")[0], "")


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _truth(row: dict[str, str]) -> Ends:
    return frozenset(row["source"].split(";")), frozenset(row["target"].split(";"))


def _given(answer: Direction) -> Ends:
    return frozenset(answer.source), frozenset(answer.target)


def _bare(end: frozenset[str]) -> frozenset[str]:
    return frozenset(code.rstrip("*") for code in end)


def _both(truth: Ends, given: Ends) -> bool:
    return all(_bare(one) == _bare(other) for one, other in zip(truth, given, strict=True))


_JUDGES: dict[str, Callable[[Ends, Ends], bool]] = {
    "both ends": _both,
    "source": lambda truth, given: _bare(truth[0]) == _bare(given[0]),
    "target": lambda truth, given: _bare(truth[1]) == _bare(given[1]),
    "both ends, one of several is enough": lambda truth, given: all(
        not _bare(one).isdisjoint(_bare(other)) for one, other in zip(truth, given, strict=True)
    ),
    "both ends, stars too": lambda truth, given: truth == given,
    "the pair, in either direction": lambda truth, given: _both(truth, given) or _both(truth, (given[1], given[0])),
}


def share(right: int, of: int) -> str:
    """A share with its interval."""
    if not of:
        return "-"
    share, z = right / of, 1.96
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return f"{share:.2f} [{middle - half:.2f}, {middle + half:.2f}] ({right} of {of})"


def _silence(rows: Sequence[dict[str, str]], answers: Sequence[Direction]) -> str:
    """How often an end is left empty that the sentence does not resolve, or that there is not."""
    parts = []
    for mark, meaning in (("?", "not resolved"), ("-", "none")):
        ends = [
            answer
            for row, given in zip(rows, answers, strict=True)
            for truth, answer in ((row["source"], given.source), (row["target"], given.target))
            if truth == mark
        ]
        parts.append(f"{sum(not end for end in ends)} of {len(ends)} ends that are {meaning} are left empty")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
