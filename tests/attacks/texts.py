"""Strange texts in; through articles, sentences, features, scores and actors, nothing but sound results out.

    python -m tests.attacks.texts --count 200000 --seed 1
    python -m tests.attacks.texts --lengths

The second measures lines of one million and of two million characters of each kind: how long each stage takes, and whether that
grows with the text and no faster.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from classifier import Model, StanceError, load_model, score_article
from classifier.kernel.strings import Strings
from classifier.model import features
from classifier.model.tokens import tokenize
from classifier.text.actors import find_actors
from classifier.text.articles import article_from_text, read_articles
from classifier.text.sentences import split

CHUNK = 500
_WORDS = (
    "the Russia's U.S. will not be been lifted refused, ‘talks’ “peace” said: who ruled out on Monday 3 May 1990s pro-Western "
    "Turkey al-Assad n't didn’t 1,000 $5bn 14:30 p.m. Gen. No. Washington Georgia Jordan Sea of Japan Lebanon, Pa. NATO WHO US "
    "accused troops sanctions agreement signed met war unless which by The MOSCOW (AP) - SEOUL, South Korea -- (Reuters) By Photo: "
    "Updated 2024-06-14 14 June 2024 Getty Images © Read more: http://a.b/c?d=e&f=g <b>x</b> <br> &amp; &lt; a@b.c #x @y ... "
    "contributed to this report. reporting READ ALSO: Tags: newsletter Moscow CNN — et al. Vol. Ft. <ul> <li> <td> l'Union accuse"
).split(" ")
_MARKS = (
    *".,;:!?\"'()[]{}<>&/\\|-–—…“”‘’«»`~^*_=+#@%$€£\t\n\r\v\f\0\x1b\x7f\x85\xa0",
    *"\u200b\u200d\u202e\u2028\u2029\ufeff\ufffe\u0301\u0345\U0010ffff\ud800\udfff😀İıßẞﬁǅſ²½Ⅷ٣Å\u212b",
    *("👩\u200d👩\u200d👧", "🇺🇸", "한국", "中国", "النار", "ไทย", "𝔘𝔖", "\n\n", "\r\n", " \n ", "--", "...", "U.S."),
    *("’s", "n't", "(AP)", "A.", "e\u0301", "\xad", "\xad\n", "-\n", "con-\ndemned", "\u2060", "\ufb03", "1. ", "/TASS/. "),
)


class Finding(AssertionError):
    """A text that did what no text may."""


# --- texts -----------------------------------------------------------------------------------------------------------


def strange(seed: int, number: int) -> str:
    """A text; the same two numbers give the same one."""
    draw = random.Random(f"{seed}/{number}")
    kind = draw.randrange(6)
    if kind == 0:
        return "".join(draw.choice(_MARKS) for _ in range(draw.randrange(40)))
    if kind == 1:
        return "".join(chr(draw.randrange(draw.choice([128, 0x600, 0xFFFF, 0x110000]))) for _ in range(draw.randrange(40)))
    if kind == 2:
        return (draw.choice(_MARKS) * draw.choice([1, 2, 9, 50])).join(draw.choices(_WORDS, k=draw.randrange(1, 20)))
    if kind == 3:
        return " ".join(draw.choices(_WORDS, k=draw.randrange(40)))
    if kind == 4:
        return draw.choice([*_MARKS, *_WORDS]) * draw.choice([10, 41, 100, 400]) + draw.choice(_WORDS)
    text = draw.choice(_seeds())
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice([*_MARKS, *_WORDS]) + text[at + draw.randrange(3) :]
    return draw.choice([str, str.upper, str.title, str.swapcase])(text)


@lru_cache(maxsize=1)
def _seeds() -> list[str]:
    from training.data.seeds import read_seeds

    return list(read_seeds(Path(__file__).parents[2] / "seeds")["text"][::5])


# --- what must hold --------------------------------------------------------------------------------------------------


def examine(text: str, model: Model) -> list[str]:
    """The sentences of `text`, when all is sound.

    Raises
    ------
    Finding
        When an offset, a probability, a reason or an actor is wrong.
    """
    for number, part in enumerate(text.split("\n\n")):
        for sentence in split([part]):
            _hold(part[sentence.start : sentence.end] == sentence.text, f"part {number}: the offsets of a sentence are wrong")
    try:
        article = article_from_text(text, "attack")
    except StanceError:
        return []
    scored = score_article(article, model)
    end: tuple[int, int] = (0, 0)
    for each in scored.sentences:
        sentence = each.sentence
        paragraph = article.paragraphs[sentence.paragraph]
        _hold(paragraph[sentence.start : sentence.end] == sentence.text != "", "the offsets of a sentence are wrong")
        _hold(end <= (sentence.paragraph, sentence.start), "sentences overlap")
        end = (sentence.paragraph, sentence.end)
        _hold(bool(np.isfinite(each.probabilities).all()) and abs(sum(each.probabilities) - 1) < 1e-9, "no probabilities")
        _hold(0 <= each.explanation.known <= 1, "no share of known words")
        _hold(
            all(0 <= a < b <= len(sentence.text) for a, b in each.explanation.words), "the offsets of a deciding word are wrong"
        )
        total = each.explanation.intercept + sum(item.value for item in each.explanation.contributions)
        _hold(abs(total - each.explanation.log_odds) < 1e-6, "reasons do not sum to the log-odds")
        _hold(all(code.isalnum() for code in find_actors(sentence.text)), "no code of an actor")
        tokens = tokenize(sentence.text)
        _hold(all(0 <= token.start < token.end <= len(sentence.text) for token in tokens), "the offsets of a token are wrong")
        _hold(all(a.end <= b.start for a, b in pairwise(tokens)), "tokens overlap")
    return [each.sentence.text for each in scored.sentences]


def compare(sentences: list[str], model: Model, kernel: Any) -> None:
    """See that the compiled scorer says of `sentences` what the plain one says; a lone surrogate it refuses.

    Raises
    ------
    Finding
        When it says something else.
    """
    whole = [sentence for sentence in sentences if not any("\ud800" <= char <= "\udfff" for char in sentence)]
    scores = kernel.score(Strings.of(whole))
    for number, (sentence, logits, spans) in enumerate(zip(whole, scores.logits, scores.deciding, strict=True)):
        found = model.explain(sentence)
        _hold(bool(np.allclose(logits, found.logits, atol=1e-6)), f"sentence {number}: the compiled scorer says something else")
        words = tuple(tuple(len(sentence[:place].encode()) for place in span) for span in found.words)
        _hold(words == tuple(tuple(span) for span in spans.tolist() if span[0] >= 0), f"sentence {number}: other deciding words")


def _hold(true: bool, finding: str) -> None:
    if not true:
        raise Finding(finding)


def attack(count: int, seed: int, tell: Callable[[int], None] = lambda done: None) -> tuple[int, list[str]]:
    """Put `count` texts through; how many sentences they had, and the findings."""
    model, findings, total = load_model(), [], 0
    kernel = _kernel(model)
    for first in range(0, count, CHUNK):
        sentences: list[str] = []
        for number in range(first, min(first + CHUNK, count)):
            try:
                sentences += examine(strange(seed, number), model)
            except BaseException as error:  # a panic in Rust is none of Exception
                if isinstance(error, KeyboardInterrupt):
                    raise
                findings.append(f"seed {seed}, number {number}: {type(error).__name__}: {error}")
        try:
            if kernel:
                compare(sentences, model, kernel)
        except Exception as error:
            findings.append(f"seed {seed}, numbers {first} to {first + CHUNK}: {type(error).__name__}: {error}")
        total += len(sentences)
        tell(min(first + CHUNK, count))
    return total, findings


def _kernel(model: Model) -> Any:
    try:
        from classifier.kernel.compiled import Kernel
    except ImportError:
        return None
    return Kernel(model)


# --- lengths ---------------------------------------------------------------------------------------------------------

LINES = {
    "one token": "x",
    "digits": "1",
    "spaces": " ",
    "no-break spaces": "\xa0",
    "quotes": '"',
    "curly quotes": "“",
    "apostrophes": "’",
    "brackets": "(",
    "brackets closed": ")",
    "dots": ".",
    "letters and dots": "a.a.a.",
    "initials": "U.S. ",
    "titles": "Mr. ",
    "questions": "?-",
    "dashes": "—",
    "datelines": "MOSCOW, Russia (AP) - ",
    "names": "Moscow ",
    "capitals": "A",
    "combining marks": "\u0301",
    "zero width": "\u200b",
    "line breaks": "\n",
    "short lines": "Talks resumed.\n",
    "addresses": "http://a.b/c?d=e&f ",
    "less than": "<",
    "comments": "<!--",
    "ampersands": "&",
    "entities": "&#1",
    "commas and digits": "1,000,",
    "seas": "Sea of Japan, ",
    "hyphens": "a-B-",
    "credits": ". (AP)",
    "closing marks": ".” ",
    "short sentences": "No. ",
    "refusals": "refused to ",
    "Chinese": "中",
    "NUL": "\0",
}


def line(kind: str, length: int) -> str:
    """A text of `length` characters that is one thing again and again."""
    unit = LINES[kind]
    return (unit * (length // len(unit) + 1))[:length]


def refused(kind: str, folder: Path, length: int = 10_000_000) -> float:
    """Seconds until a file with a line of ten million characters is refused, or read where it has shorter lines in truth."""
    file = folder / "line.txt"
    file.write_text(line(kind, length), encoding="utf-8")
    begun = time.process_time()
    with suppress(StanceError):
        read_articles(str(file))
    return time.process_time() - begun


def measure(text: str, model: Model, kernel: Any) -> dict[str, float]:
    """Seconds of work that each stage takes, the lesser of two tries."""
    stages: dict[str, Callable[[], object]] = {
        "article": lambda: article_from_text(text, "attack"),
        "sentences": lambda: split([text]),
        "features": lambda: features.extract(text, model.vocabulary),
        "actors": lambda: find_actors(text),
        **({"compiled": lambda: kernel.score(Strings.of([text]))} if kernel else {}),
    }
    seconds = {}
    for name, run in stages.items():
        seconds[name] = min(_seconds(run) for _ in range(2))
    return seconds


def _seconds(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def lengths(size: int) -> list[str]:
    """Print a row for each kind of line; the stages that grow faster than the text."""
    model = load_model()
    kernel = _kernel(model)
    measure("Warm up.", model, kernel)
    findings = []
    folder = Path(tempfile.mkdtemp())
    for kind in LINES:
        at_ten = refused(kind, folder)
        once, twice = (measure(line(kind, length), model, kernel) for length in (size, 2 * size))
        tracemalloc.start()
        measure(line(kind, size // 10), model, None)
        memory = tracemalloc.get_traced_memory()[1] / (size // 10)
        tracemalloc.stop()
        print(
            f"{kind:18}",
            *(f"{name} {each:5.2f}" for name, each in twice.items()),
            f"memory {memory:4.0f} B a character; a line of ten million {at_ten:.2f}",
            flush=True,
        )
        if at_ten > 2 and "\n" not in LINES[kind]:
            findings.append(f"{kind}: a line of ten million characters takes {at_ten:.2f} s to be refused")
        findings += [
            f"{kind}: {name} takes {once[name]:.2f} s for {size:,} characters and {each:.2f} s for twice as many"
            for name, each in twice.items()
            if each > 3 * once[name] and each > 0.2
        ]
    shutil.rmtree(folder)
    return findings


def main() -> int:
    """Run a campaign and print its row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lengths", action="store_true", help="instead: seconds for long lines")
    parser.add_argument("--size", type=int, default=1_000_000, help="characters of those (default: 1,000,000)")
    options = parser.parse_args()
    begun = time.monotonic()
    if options.lengths:
        findings = lengths(options.size)
        row = f"lines of {options.size:,} and twice as many characters: {len(LINES)} kinds"
    else:
        tell = lambda done: None if done % 10_000 else print(f"{done:,} texts", file=sys.stderr)  # noqa: E731
        sentences, findings = attack(options.count, options.seed, tell)
        row = f"texts: {options.count:,}; {sentences:,} sentences"
    for finding in findings:
        print(finding)
    print(f"{row}; findings {len(findings):,}; {time.monotonic() - begun:.0f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
