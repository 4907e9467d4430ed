"""WordNet 3.0 in, the lexicon of ``classifier.model.lexicon`` out.

Run once for a new WordNet, never for scoring or training: ``python -m training.wordnet /usr/share/wordnet`` (on Debian the
package ``wordnet-base`` puts the files there). The formats are those of the manual pages wndb(5WN) and senseidx(5WN).
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from classifier.model.lexicon import LEXICON

VERB_SENSES, NOUN_SENSES, LEVELS_UP = 3, 1, 2
_WORD = re.compile(r"[a-z][a-z'-]*")
_PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_PART_OF_TYPE = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}

Hypernyms = dict[str, list[str]]


def main(wordnet: Path) -> None:
    """Compile the WordNet files in `wordnet` into the lexicon."""
    senses = {part: dict(_senses(wordnet / f"index.{part}")) for part in _PARTS}
    uses = _uses(wordnet / "cntlist.rev")
    lower_case = set().union(*(_lower_case(wordnet / f"data.{part}") for part in _PARTS))
    classes: dict[str, dict[str, set[str]]] = {}
    names: dict[tuple[str, str], str] = {}
    for part, most in (("verb", VERB_SENSES), ("noun", NOUN_SENSES)):
        hypernyms, first_lemma = _synsets(wordnet / f"data.{part}")
        classes[part] = {
            word: _closure(synsets[:most], hypernyms) for word, synsets in senses[part].items() if word in lower_case
        }
        for synset, lemma in first_lemma.items():
            number = senses[part].get(lemma.lower(), [synset]).index(synset) + 1
            names[part, synset] = f"{lemma}.{_PARTS[part]}.{number:02}"

    words = sorted(word for word in lower_case if _WORD.fullmatch(word))
    members = Counter((part, synset) for part in classes for word in words for synset in classes[part].get(word, ()))
    # A class of one word says no more than the word.
    used = sorted(key for key, count in members.items() if count > 1)
    index = {key: number for number, key in enumerate(used)}

    def numbers(part: str, word: str) -> str:
        return " ".join(str(index[part, synset]) for synset in sorted(classes[part].get(word, ())) if (part, synset) in index)

    lines = [" ".join(names[key] for key in used)]
    for word in words:
        often = "n" if uses[word, "noun"] > uses[word, "verb"] else ""
        lines.append(f"{word}\t{numbers('verb', word)}\t{numbers('noun', word)}\t{often}".rstrip("\t"))
    for part in ("verb", "noun"):
        known = classes[part]
        pairs = (line.split()[:2] for line in (wordnet / f"{part}.exc").read_text().splitlines())
        lines.append(f"={part} " + " ".join(f"{form}:{lemma}" for form, lemma in sorted(pairs) if lemma in known))
    LEXICON.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{LEXICON}: {len(words):,} words, {len(used):,} synsets, {LEXICON.stat().st_size:,} bytes")


def _records(file: Path) -> Iterator[list[str]]:
    """The fields of every line but the licence at the top; a gloss is cut off."""
    with file.open(encoding="latin-1") as lines:
        yield from (line.split("|")[0].split() for line in lines if not line.startswith(" "))


def _senses(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Each lemma with its synset offsets, the most used first."""
    for fields in _records(file):
        yield fields[0], fields[4 + int(fields[3]) + 2 :]


def _words(fields: list[str]) -> list[str]:
    count = int(fields[3], 16)
    return [word.split("(")[0] for word in fields[4 : 4 + 2 * count : 2]]


def _lower_case(file: Path) -> set[str]:
    return {word for fields in _records(file) for word in _words(fields) if word == word.lower()}


def _synsets(file: Path) -> tuple[Hypernyms, dict[str, str]]:
    """Hypernym offsets, and the first lemma, of each synset."""
    hypernyms: Hypernyms = {}
    first: dict[str, str] = {}
    for fields in _records(file):
        at = 4 + 2 * int(fields[3], 16)
        pointers = fields[at + 1 : at + 1 + 4 * int(fields[at])]
        hypernyms[fields[0]] = [
            target for symbol, target in zip(pointers[::4], pointers[1::4], strict=True) if symbol in ("@", "@i")
        ]
        first[fields[0]] = _words(fields)[0]
    return hypernyms, first


def _closure(synsets: list[str], hypernyms: Hypernyms) -> set[str]:
    """`synsets` with what lies up to ``LEVELS_UP`` levels above them."""
    found, level = set(synsets), set(synsets)
    for _ in range(LEVELS_UP):
        level = {above for synset in level for above in hypernyms[synset]}
        found |= level
    return found


def _uses(file: Path) -> Counter[tuple[str, str]]:
    """How often each lemma was met as each part of speech in the texts that WordNet's authors tagged."""
    uses: Counter[tuple[str, str]] = Counter()
    for line in file.read_text(encoding="latin-1").splitlines():
        key, _, count = line.split()
        lemma, sense = key.split("%")
        uses[lemma, _PART_OF_TYPE[sense[0]]] += int(count)
    return uses


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet"))
