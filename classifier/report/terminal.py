"""Scored articles in, tables on the terminal out."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.model import labels as scheme
from classifier.model.direction import describe as in_words
from classifier.model.direction import directions
from classifier.model.explanation import Explanation
from classifier.model.scoring import Scored, ScoredArticle
from classifier.model.story import OUTSIDE
from classifier.model.tension import describe

_SHOWN = 8
_PIPED_WIDTH = 120
_WHO_WIDTH = 30
# Characters that turn the direction of what follows.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def print_tables(scored: Iterable[ScoredArticle], explain: bool, console: Console | None = None) -> None:
    """One table for each article on standard output: label, probability, sentence with its deciding words underlined."""
    console = console or open_console()
    for number, each in enumerate(scored):
        if number:
            console.print()
        console.print(_heading(each))
        console.print(_table(each, explain, underline=console.is_terminal))


def open_console() -> Console:
    """Standard output as a console that shows text as it is; where it is no terminal, of one width everywhere."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH
    return Console(highlight=False, markup=False, emoji=False, width=width)


def _heading(scored: ScoredArticle) -> Text:
    article = scored.article
    heading = Text(plain(article.title or article.name), style="bold")
    details = [plain(part) for part in (article.source, article.date, article.name if article.title else "") if part]
    heading.append("\n" + " · ".join([describe(scored.tension), *details]), style="not bold dim")
    return heading


def _table(scored: ScoredArticle, explain: bool, underline: bool) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False, pad_edge=False)
    table.add_column(justify="right", style="dim")
    table.add_column(min_width=max(map(len, scored.labels)))
    table.add_column(justify="right")
    who = [in_words(ends) for ends in directions(scored.story)]
    if any(who):
        table.add_column(max_width=_WHO_WIDTH, style="dim")
    table.add_column(overflow="fold")
    for number, sentence in enumerate(scored.sentences, 1):
        style = scheme.describe(sentence.label).terminal
        certainty = f"{sentence.probability:.0%}" + ("?" if sentence.uncertain else " ")
        acts = [who[number - 1]] if any(who) else []
        label = Text(plain(sentence.label), style=style)
        table.add_row(str(number), label, certainty, *acts, _sentence(sentence, style, underline))
        if explain:
            table.add_row("", "", "", *("" for _ in acts), _reasons(sentence.explanation))
    mark = "underlined" if underline else "between _underscores_"
    table.caption = f"{mark}: the words that decided · ?: uncertain"
    table.caption_justify = "left"
    return table


def _sentence(scored: Scored, style: str, underline: bool) -> Text:
    quiet = not scheme.describe(scored.label).stance
    return marked(scored.sentence.text, scored.explanation.words, style, underline, base="dim" if quiet else "")


def marked(text: str, words: Iterable[tuple[int, int]], style: str, underline: bool, base: str = "") -> Text:
    """`text` with the spans of its deciding `words` underlined; where no line can be drawn, between two low lines."""
    shown = plain(text)
    found = Text(style=base)
    at = 0
    for start, end in words:
        found.append(shown[at:start])
        found.append(shown[start:end] if underline else f"_{shown[start:end]}_", style=f"underline {style} not dim")
        at = end
    return found.append(shown[at:])


def _reasons(explanation: Explanation) -> Text:
    """The strongest contributions, the sum of the others, and what stands round it: with the intercept exactly the log-odds."""
    own = [item for item in explanation.contributions if item.feature not in OUTSIDE]
    ranked = sorted(own, key=lambda item: -abs(item.value))
    lines = [f"{item.value:+.2f}  {plain(item.feature)}" for item in ranked[:_SHOWN]]
    if rest := ranked[_SHOWN:]:
        lines.append(f"{sum(item.value for item in rest):+.2f}  {len(rest)} more features")
    lines += [f"{item.value:+.2f}  {item.feature}" for item in explanation.contributions if item.feature in OUTSIDE]
    lines.append(f"{explanation.intercept:+.2f}  label shares and bias")
    lines.append(f"{explanation.log_odds:+.2f}  = log-odds of {plain(explanation.label)} against {plain(explanation.rival)}")
    return Text("\n".join(lines), style="dim")


def plain(text: str) -> str:
    """`text` of the same length without characters that would steer the terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(char) else char for char in text)


def _steers(char: str) -> bool:
    return char in _BIDI or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
