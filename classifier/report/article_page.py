"""Scored articles in, one self-contained HTML page out: coloured sentences, and the reasons on hover or focus."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from classifier.model import labels as scheme
from classifier.model.direction import Direction, directions
from classifier.model.direction import describe as in_words
from classifier.model.scoring import Scored, ScoredArticle
from classifier.model.tension import describe

if TYPE_CHECKING:
    from jinja2 import Environment


def render(scored: Sequence[ScoredArticle]) -> str:
    """The page; every text is escaped by the template engine, and nothing is loaded from anywhere."""
    labels = [scheme.describe(label) for label in scored[0].labels]
    return (
        templates()
        .get_template("article.html")
        .render(
            title=scored[0].article.title or scored[0].article.name,
            labels=[
                {"name": label.name, "key": f"label-{number}", "light": label.light, "dark": label.dark}
                for number, label in enumerate(labels)
            ],
            articles=[_article(each) for each in scored],
        )
    )


def in_notebook(scored: ScoredArticle) -> str:
    """The page as a piece of another page, in a frame: neither sees the other's styles, and no script would run in it."""
    lines = 8 + sum(len(paragraph) // 70 + 2 for paragraph in scored.article.paragraphs)
    style = f"width: 100%; height: {min(lines * 1.75, 42):.0f}rem; border: 0; resize: vertical"
    page = html.escape(render([scored]))
    return f'<iframe sandbox title="{html.escape(describe(scored.tension))}" style="{style}" srcdoc="{page}"></iframe>'


def templates(package: str = "classifier.report") -> Environment:
    """The templates of a package, and behind them those that every page shares; what they print is escaped."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    loader = ChoiceLoader([PackageLoader(package), PackageLoader("classifier.report")])
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)


def policy_hash(text: str) -> str:
    """As Content-Security-Policy names a style or script that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def pieces(text: str, words: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is a deciding word."""
    found: list[tuple[str, bool]] = []
    at = 0
    for start, end in words:
        found += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


def _article(scored: ScoredArticle) -> dict[str, object]:
    article = scored.article
    paragraphs: list[list[dict[str, object]]] = [[] for _ in article.paragraphs]
    for sentence, ends in zip(scored.sentences, directions(scored.story), strict=True):
        paragraphs[sentence.sentence.paragraph].append(_sentence(sentence, ends, scored.labels))
    return {
        "title": article.title or article.name,
        "details": [part for part in (article.source, article.date) if part],
        "tension": describe(scored.tension),
        "counts": [(label, sum(each.label == label for each in scored.sentences)) for label in scored.labels],
        # The headline stands above the article already.
        "headline": paragraphs[0] if article.title else [],
        "paragraphs": paragraphs[1:] if article.title else paragraphs,
    }


def _sentence(scored: Scored, ends: Direction, labels: tuple[str, ...]) -> dict[str, object]:
    explanation = scored.explanation
    shares = ", ".join(f"{label} {share:.0%}" for label, share in zip(labels, scored.probabilities, strict=True))
    strongest = ", ".join(f"{item.feature} {item.value:+.2f}" for item in explanation.contributions[:5])
    return {
        "key": f"label-{labels.index(scored.label)}",
        "label": scored.label,
        "stance": scheme.describe(scored.label).stance,
        "uncertain": scored.uncertain,
        "pieces": pieces(scored.sentence.text, explanation.words),
        "who": in_words(ends),
        "shares": shares,
        "reasons": f"for {explanation.label} against {explanation.rival}: {strongest}",
    }
