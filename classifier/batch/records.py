"""Scored articles in, plain records out, with the field names that every output of stance shares.

For many articles ``labelled`` has the same, a column a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import numpy as np

from classifier.batch import writers
from classifier.model.direction import Direction, directions
from classifier.model.explanation import Explanation
from classifier.model.scoring import Scored, ScoredArticle
from classifier.model.tension import Tension

Record = dict[str, Any]
SHARE_PLACES = 4
"""Decimal places of probabilities and tension."""


def sentence_fields(labels: Sequence[str]) -> list[str]:
    """The fields of a sentence, in order."""
    shares = [f"p_{label}" for label in labels]
    place = ["id", "date", "source", "sentence_no", "paragraph", "start", "end"]
    return [*place, "text", "label", "uncertain", *shares, "actors", "source_actor", "target_actor", "because", "language"]


def article_fields(labels: Sequence[str]) -> list[str]:
    """The fields of an article, in order."""
    counts = [f"n_{label}" for label in labels]
    return [
        "id",
        "date",
        "source",
        "title",
        "language",
        "sentences",
        *counts,
        "n_uncertain",
        "tension",
        "tension_low",
        "tension_high",
        "n",
        "pairs",
    ]


def of_sentences(scored: ScoredArticle, explain: bool = False) -> list[Record]:
    """One record for each sentence of an article."""
    article = scored.article
    place = {"id": article.name, "date": article.date, "source": article.source}
    return [place | record for record in _sentences(scored, explain)]


def write_json(scored: Iterable[ScoredArticle], out: TextIO, explain: bool) -> None:
    """One JSON array, an object for each article with its sentences inside."""
    json.dump([_whole(each, explain) for each in scored], out, ensure_ascii=False, indent=1)
    out.write("\n")


def write_jsonl(scored: Iterable[ScoredArticle], out: TextIO, explain: bool) -> None:
    """One line of JSON for each sentence."""
    for each in scored:
        out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in of_sentences(each, explain))


def write_csv(scored: Sequence[ScoredArticle], out: TextIO) -> None:
    """One row for each sentence; cells that a spreadsheet would run as a formula get an apostrophe in front."""
    fields = sentence_fields(scored[0].labels)
    out.write(writers.head("csv", fields).decode())
    for each in scored:
        records = of_sentences(each)
        out.write(writers.encode("csv", {field: [record[field] for record in records] for field in fields}).decode())


def _whole(scored: ScoredArticle, explain: bool) -> Record:
    article = scored.article
    return {
        "id": article.name,
        "title": article.title,
        "date": article.date,
        "source": article.source,
        "language": scored.language,
        "tension": _tension(scored.tension),
        "sentences": [*_sentences(scored, explain)],
    }


def _tension(tension: Tension) -> Record:
    return {"value": _short(tension.value), "low": _short(tension.low), "high": _short(tension.high), "n": tension.n}


def _sentences(scored: ScoredArticle, explain: bool) -> Iterator[Record]:
    story = [*scored.story]
    for number, (each, reading, ends) in enumerate(zip(scored.sentences, story, directions(story), strict=True), 1):
        yield _sentence(each, number, reading.actors, ends, scored, explain)


def _sentence(
    scored: Scored, number: int, actors: tuple[str, ...], ends: Direction, article: ScoredArticle, explain: bool
) -> Record:
    record: Record = {
        "sentence_no": number,
        "paragraph": scored.sentence.paragraph + 1,
        "start": scored.sentence.start,
        "end": scored.sentence.end,
        "text": scored.sentence.text,
        "label": scored.label,
        "uncertain": scored.uncertain,
        **{f"p_{label}": _short(share) for label, share in zip(article.labels, scored.probabilities, strict=True)},
        "actors": list(actors),
        "source_actor": list(ends.source),
        "target_actor": list(ends.target),
        "because": list(scored.because),
        "language": article.language,
    }
    return record | {"explanation": _explanation(scored.explanation)} if explain else record


def _explanation(explanation: Explanation) -> Record:
    return {
        "label": explanation.label,
        "rival": explanation.rival,
        "log_odds": explanation.log_odds,
        "intercept": explanation.intercept,
        "contributions": [
            {"feature": item.feature, "value": item.value, "spans": [list(span) for span in item.spans]}
            for item in explanation.contributions
        ],
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(np.round(value, SHARE_PLACES))
