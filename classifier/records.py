"""Scored articles in, JSON, JSON Lines or CSV out, with the field names that every output of stance shares."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from classifier.model import Explanation
from classifier.scoring import Scored, ScoredArticle
from classifier.tension import Tension


def write_json(scored: Iterable[ScoredArticle], out: TextIO, explain: bool) -> None:
    """One JSON array, an object for each article with its sentences inside."""
    json.dump([_article(each, explain) for each in scored], out, ensure_ascii=False, indent=1)
    out.write("\n")


def write_jsonl(scored: Iterable[ScoredArticle], out: TextIO, explain: bool) -> None:
    """One line of JSON for each sentence."""
    for record in _records(scored, explain):
        out.write(json.dumps(record, ensure_ascii=False) + "\n")


def write_csv(scored: Iterable[ScoredArticle], out: TextIO) -> None:
    """One row for each sentence; cells that a spreadsheet would run as a formula get an apostrophe in front."""
    writer = None
    for record in _records(scored, explain=False):
        if writer is None:
            writer = csv.DictWriter(out, list(record), lineterminator="\n")
            writer.writeheader()
        cells = record | {"because": "; ".join(record["because"]), "uncertain": str(record["uncertain"]).lower()}
        writer.writerow({name: neutral(cell) if isinstance(cell, str) else cell for name, cell in cells.items()})


def neutral(cell: str) -> str:
    """`cell`, harmless in a spreadsheet (OWASP, CSV injection)."""
    return f"'{cell}" if cell.lstrip()[:1] in _FORMULA_STARTS or cell[:1] in "\t\r" else cell


_FORMULA_STARTS = tuple("=+-@＝＋－＠")


def _records(scored: Iterable[ScoredArticle], explain: bool) -> Iterator[dict[str, Any]]:
    for each in scored:
        for number, sentence in enumerate(each.sentences, 1):
            yield {"id": each.article.name, **_sentence(sentence, number, each.labels, explain)}


def _article(scored: ScoredArticle, explain: bool) -> dict[str, Any]:
    article = scored.article
    return {
        "id": article.name,
        "title": article.title,
        "date": article.date,
        "source": article.source,
        "tension": _tension(scored.tension),
        "sentences": [_sentence(each, number, scored.labels, explain) for number, each in enumerate(scored.sentences, 1)],
    }


def _tension(tension: Tension) -> dict[str, Any]:
    return {"value": _short(tension.value), "low": _short(tension.low), "high": _short(tension.high), "n": tension.n}


def _sentence(scored: Scored, number: int, labels: tuple[str, ...], explain: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "sentence_no": number,
        "paragraph": scored.sentence.paragraph + 1,
        "start": scored.sentence.start,
        "end": scored.sentence.end,
        "text": scored.sentence.text,
        "label": scored.label,
        "uncertain": scored.uncertain,
        **{f"p_{label}": _short(share) for label, share in zip(labels, scored.probabilities, strict=True)},
        "because": list(scored.because),
    }
    return record | {"explanation": _explanation(scored.explanation)} if explain else record


def _explanation(explanation: Explanation) -> dict[str, Any]:
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
    return None if value is None else round(value, 4)
