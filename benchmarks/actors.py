"""How right the actors of a sentence are: which states and organisations it names that are none, and which it misses.

    python benchmarks/actors.py checked.csv

``checked.csv`` has the columns ``document, sentence_no, text, actors``: sentences of whole stories in order, with the codes that
a reader finds in each, between blanks. Intervals are 95 % Wilson intervals. Results are Markdown tables. It also says what a
sentence costs: the actors, and who acts on whom, each against the stems of its words.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.dyads import date_of, read_rows, share  # noqa: E402
from classifier.model.direction import directions  # noqa: E402
from classifier.model.tokens import tokenize  # noqa: E402
from classifier.text.actors import Reading, read_story  # noqa: E402
from classifier.text.leaders import Memory, leaders, leaders_in  # noqa: E402
from classifier.text.mentions import Sentence  # noqa: E402


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checked", type=Path)
    rows = read_rows(parser.parse_args().checked)
    stories = [[*story] for _, story in groupby(rows, lambda row: row["document"])]
    readings = [
        reading for story in stories for reading in read_story([row["text"] for row in story], date_of(story[0]["document"]))
    ]
    named(rows, readings)
    by_leaders(stories, readings)
    cost([row["text"] for row in rows])


def named(rows: Sequence[dict[str, str]], readings: Sequence[Reading]) -> None:
    """What is found and is none, and what is there and is not found."""
    truth, found = [row["actors"].split() for row in rows], [reading.actors for reading in readings]
    both = list(zip(truth, found, strict=True))
    given, there = sum(map(len, found)), sum(map(len, truth))
    right = sum(len(set(codes) & set(known)) for known, codes in both)
    print(f"{len(rows)} sentences of {len({row['document'] for row in rows})} stories\n\n| | |\n|---|---|")
    print(f"| actors that are found are there | {share(right, given)} |")
    print(f"| actors that are there are found | {share(right, there)} |")
    print(f"| sentences without a fault | {share(sum(set(known) == set(codes) for known, codes in both), len(rows))} |")


def by_leaders(stories: Sequence[Sequence[dict[str, str]]], readings: Sequence[Reading]) -> None:
    """How many sentences name an actor by a leader alone."""
    alone = of = 0
    numbered = iter(readings)
    for story in stories:
        memory = Memory(date_of(story[0]["document"]))
        for row in story:
            persons = {code for *_, codes in leaders_in(Sentence(row["text"]), memory) for code in codes}
            reading = next(numbered)
            by_name = {code for each in reading.named for code in each.codes if not _is_person(reading, each.start)}
            of += bool(persons)
            alone += bool(persons - by_name)
    table = {leader.name for group in leaders().full.values() for leader in group}
    print(f"\n{len(table):,} names of leaders; {of} sentences name one, and {alone} of them do not name the state besides.")


def _is_person(reading: Reading, start: int) -> bool:
    known = leaders()
    return reading.tokens[start] in known.full or reading.tokens[start] in known.by_surname


def cost(texts: Sequence[str]) -> None:
    """Time for a sentence, against ``tokenize``, which every sentence goes through."""
    readings = [*read_story(texts)]
    ways: dict[str, Callable[[], object]] = {
        "tokens": lambda: [tokenize(text) for text in texts],
        "actors": lambda: [*read_story(texts)],
        "who acts on whom": lambda: [*directions(readings)],
    }
    seconds = {}
    for name, way in ways.items():
        way()
        times = []
        for _ in range(5):
            begun = time.process_time()
            way()
            times.append(time.process_time() - begun)
        seconds[name] = min(times)
    print("\n| of a sentence | cost, tokens = 1 |\n|---|---|")
    for name, spent in seconds.items():
        print(f"| {name} | {spent / seconds['tokens']:.1f} |")


if __name__ == "__main__":
    main()
