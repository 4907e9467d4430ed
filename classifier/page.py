"""Scored articles in, one self-contained HTML page out: coloured sentences, and the reasons on hover or focus."""

from __future__ import annotations

from collections.abc import Sequence

from classifier import labels as scheme
from classifier.scoring import Scored, ScoredArticle
from classifier.tension import describe


def render(scored: Sequence[ScoredArticle]) -> str:
    """The page; every text is escaped by the template engine, and nothing is loaded from anywhere."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("classifier"), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    labels = [scheme.describe(label) for label in scored[0].labels]
    return environment.get_template("article.html").render(
        title=scored[0].article.title or scored[0].article.name,
        labels=[
            {"name": label.name, "key": f"label-{number}", "light": label.light, "dark": label.dark}
            for number, label in enumerate(labels)
        ],
        articles=[_article(each) for each in scored],
    )


def _article(scored: ScoredArticle) -> dict[str, object]:
    article = scored.article
    paragraphs: list[list[dict[str, object]]] = [[] for _ in article.paragraphs]
    for sentence in scored.sentences:
        paragraphs[sentence.sentence.paragraph].append(_sentence(sentence, scored.labels))
    return {
        "title": article.title or article.name,
        "details": [part for part in (article.source, article.date) if part],
        "tension": describe(scored.tension),
        "counts": [(label, sum(each.label == label for each in scored.sentences)) for label in scored.labels],
        # The headline stands above the article already.
        "headline": paragraphs[0] if article.title else [],
        "paragraphs": paragraphs[1:] if article.title else paragraphs,
    }


def _sentence(scored: Scored, labels: tuple[str, ...]) -> dict[str, object]:
    explanation = scored.explanation
    shares = ", ".join(f"{label} {share:.0%}" for label, share in zip(labels, scored.probabilities, strict=True))
    strongest = ", ".join(f"{item.feature} {item.value:+.2f}" for item in explanation.contributions[:5])
    return {
        "key": f"label-{labels.index(scored.label)}",
        "label": scored.label,
        "stance": scheme.describe(scored.label).stance,
        "uncertain": scored.uncertain,
        "pieces": _pieces(scored.sentence.text, explanation.words),
        "shares": shares,
        "reasons": f"for {explanation.label} against {explanation.rival}: {strongest}",
    }


def _pieces(text: str, words: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is a deciding word."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in words:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]
