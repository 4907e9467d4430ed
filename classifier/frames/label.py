"""``label_text`` and ``label_frame``: what a user of Python types first."""

from __future__ import annotations

import datetime
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain, count, islice
from typing import Any, Literal, TypeVar

import numpy as np

from classifier.batch.labelled import Columns, article_columns, label_block, sentence_columns
from classifier.batch.records import article_fields, sentence_fields
from classifier.batch.writers import kind_of
from classifier.errors import StanceError
from classifier.frames import native
from classifier.frames.progress import bar, is_watched
from classifier.kernel.scorers import is_compiled, scorer_of, told_of_compiling
from classifier.kernel.strings import Strings
from classifier.model import scoring
from classifier.model.given import is_missing, no_text
from classifier.model.regression import Model
from classifier.model.scoring import ScoredArticle, article_of, model_of, score_article
from classifier.tables.blocks import blocks
from classifier.tables.cells import cell_of
from classifier.tables.columns import Layout, check_unique, choose_columns
from classifier.tables.dates import decide, parse_date
from classifier.tables.rows import Reject, Row, row_of
from classifier.tables.table import Table

Frame = TypeVar("Frame")
"""A DataFrame of pandas or polars."""
AnyModel = Model | str | os.PathLike[str] | None
_SAMPLE = 50
"""Rows that are looked at to tell which column holds what."""
_SMALL = 100_000
"""Fewer characters are scored before the compiled loops would be loaded."""
_NAMED = 10
"""Rows that a message names."""


def label_text(
    text: str,
    *,
    date: str | datetime.date = "",
    source: str = "",
    model: AnyModel = None,
    prior: Mapping[str, float] | None = None,
    force: bool = False,
) -> ScoredArticle:
    """Label every sentence of one article.

    Parameters
    ----------
    text : str
        The article as a cell of a table holds it: a sentence, a paragraph, an article with its dirt, or HTML.
    date : str or date, optional
        Its day, in any usual form; otherwise the one that the text states.
    source : str, optional
        Agency or site.
    model : Model, or path of a model file, optional
        The shipped one by default.
    prior : mapping of label to share, optional
        Label shares to assume.
    force : bool
        Choose among the stances only.

    Returns
    -------
    ScoredArticle
        A notebook shows it as a page with coloured sentences.

    Raises
    ------
    StanceError
        When `text` is no text or holds no sentence, the date cannot be read, or the model cannot be used.

    Examples
    --------
    >>> from classifier import label_text
    >>> scored = label_text("Seoul condemned the launch. The ministers met for talks in Geneva.")
    >>> [sentence.label for sentence in scored.sentences]
    ['escalation', 'negotiation']
    """
    article = article_of(text)
    day = parse_date(str(date))
    if day is None:
        raise StanceError(f"label_text: the date {str(date)[:40]!r} cannot be read; give it as in 2024-06-14")
    article = replace(article, date=day or article.date, source=source or article.source)
    return score_article(article, _assuming(model, prior, force))


def label_frame(
    frame: Frame,
    text: str | None = None,
    *,
    id: str | None = None,
    date: str | None = None,
    source: str | None = None,
    by: Literal["sentence", "article"] = "sentence",
    fields: Iterable[str] = (),
    model: AnyModel = None,
    prior: Mapping[str, float] | None = None,
    force: bool = False,
    errors: Literal["raise", "skip"] = "raise",
) -> Frame:
    """Label every sentence of a frame of articles, as ``stance batch`` does with a table.

    With the extra ``fast`` long input is scored by compiled loops. What takes longer shows a bar in terminals and notebooks.

    Parameters
    ----------
    frame : DataFrame of pandas or polars
        A row an article; a text may be a sentence, a paragraph, an article with its dirt, or HTML.
    text, id, date, source : str, optional
        The columns with these; otherwise they are found by their names and by what stands in them, like a title or a summary. For
        the text there may be several, with commas between. Without an id the label of the row in the index is one, in polars its
        number from 0.
    by : {"sentence", "article"}
        What a row of the result is.
    fields : sequence of str, optional
        Its columns; by default all that ``stance batch`` writes. Of a sentence, what is left out is not worked out.
    model : Model, or path of a model file, optional
        The shipped one by default.
    prior : mapping of label to share, optional
        Label shares to assume.
    force : bool
        Choose among the stances only.
    errors : {"raise", "skip"}
        What becomes of a row that holds no article. Skipped rows are counted and named in a warning.

    Returns
    -------
    DataFrame
        Of the same library. In pandas a row has the index of its article, so that ``frame.join`` finds it.

    Raises
    ------
    StanceError
        When a row holds no article (None, NaN, no sentence); it names the rows. When a column, a field or a
        label is not there, or the model cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> from classifier import label_frame
    >>> news = pd.DataFrame({"content": ["Seoul condemned the launch. The ministers met for talks in Geneva."]})
    >>> label_frame(news, text="content")["label"].tolist()
    ['escalation', 'negotiation']
    >>> label_frame(news, text="content", by="article", fields=["sentences", "n_escalation"]).iloc[0].tolist()
    [2, 1]
    """
    native.check_frame(frame)
    if by not in ("sentence", "article") or errors not in ("raise", "skip"):
        raise StanceError("label_frame: by= is 'sentence' or 'article', errors= is 'raise' or 'skip'")
    by_sentence = by == "sentence"
    chosen = _columns(frame, {"text": text, "id": id, "date": date, "source": source})
    model = _assuming(model, prior, force)
    fields = _known(fields, sentence_fields(model.labels) if by_sentence else article_fields(model.labels))
    cells = {field: [native.column_of(frame, name) for name in names] for field, names in chosen.items()}
    labels = native.labels_of(frame)
    unusable = _Unusable(labels, errors)
    # A summary stands in for a text, where there is one.
    texts = [*zip(*cells["text"], *cells.get("summary", ()), strict=True)]
    unusable.add((place, no_text(values[0])) for place, values in enumerate(texts) if all(map(is_missing, values)))
    compiled = sum(len(value) for value in chain.from_iterable(texts) if isinstance(value, str)) >= _SMALL and is_compiled()
    parts: list[Columns] = []
    places = [np.empty(0, np.intp)]
    with ExitStack() as stack:
        if compiled:
            stack.enter_context(told_of_compiling(_say))
        scorer = scorer_of(model, compiled)
        told = stack.enter_context(bar(len(labels)))
        for block in blocks(Table("frame", _rows(cells, labels), lambda: 0.0), compiled=False):
            labelled = label_block(block, model, scorer, explain=by_sentence and "because" in fields)
            of = labelled.sentences
            lost = [reject.line - 1 for reject in of.rejects]
            unusable.add((reject.line - 1, reject.reason) for reject in of.rejects)
            articles = np.setdiff1d(np.arange(block.first, block.first + len(block)), lost)
            places.append(articles[of.owner] if by_sentence else articles)
            parts.append(sentence_columns(labelled, fields) if by_sentence else article_columns(labelled))
            told(len(block))
    unusable.warn()
    columns = {field: list(chain.from_iterable(_values(part[field]) for part in parts)) for field in fields}
    made: Frame = native.made_like(frame, columns, {field: kind_of(field) for field in fields}, np.concatenate(places))
    return made


def _assuming(given: AnyModel, prior: Mapping[str, float] | None, force: bool) -> Model:
    model = model_of(given)
    model = model.with_prior(prior) if prior else model
    return scoring.force(model) if force else model


def _known(asked: Iterable[str], fields: Sequence[str]) -> list[str]:
    """The fields that are asked for, in that order; all of them by default."""
    asked = [asked] if isinstance(asked, str) else list(asked)
    if unknown := [field for field in asked if field not in fields]:
        raise StanceError(f"label_frame: there is no field {unknown[0]!r}; choose among {', '.join(fields)}")
    return asked or list(fields)


# --- rows of the frame -----------------------------------------------------------------------------------------------


def _columns(frame: Any, stated: Mapping[str, str | None]) -> dict[str, list[Any]]:
    """The names of the columns of each field that there is."""
    names = native.names_of(frame)
    written = [str(name) for name in names]
    sample = [[_cell(value) for value in row] for row in native.rows_of(frame, _SAMPLE)]
    given = {field: str(name) for field, name in stated.items() if name is not None}
    try:
        chosen = choose_columns(written, sample, given, "frame")
        check_unique(written, chosen, "frame")
    except StanceError as error:
        # Tables speak of the options of a command.
        message = re.sub("--([a-z]+)", r"\1=", str(error))
        raise StanceError(f"label_frame: {message}") from None
    return {field: [names[place] for place in places] for field, places in chosen.items()}


def _rows(cells: Mapping[str, Sequence[Sequence[Any]]], labels: Sequence[Any]) -> Iterator[Row | Reject]:
    """The rows, numbered from 1; the whole column tells what comes first in its dates."""
    place = count()
    dates = [_cell(value) for column in cells.get("date", ()) for value in column]
    layout = Layout(
        {field: tuple(islice(place, len(columns))) for field, columns in cells.items()}, decide(dates, "", tuple).first
    )
    rows = zip(*chain.from_iterable(cells.values()), strict=True)
    for number, (label, row) in enumerate(zip(labels, rows, strict=True), 1):
        yield row_of(number, str(label), [_cell(value) for value in row], layout)


def _cell(value: Any) -> str:
    return "" if is_missing(value) else cell_of(value)


def _values(column: Any) -> Sequence[Any]:
    if isinstance(column, Strings):
        return column.to_list()
    return column.tolist() if isinstance(column, np.ndarray) else list(map(_plain, column))


def _plain(value: Any) -> Any:
    """Texts in one cell are a list, in either library."""
    return list(value) if isinstance(value, tuple) else value


def _say(message: str) -> None:
    if is_watched():
        print(message, file=sys.stderr)


class _Unusable:
    """Rows that hold no article: an error at once, or a warning at the end."""

    def __init__(self, labels: Sequence[Any], errors: str) -> None:
        self._labels = labels
        self._raises = errors == "raise"
        self._found: dict[int, str] = {}

    def add(self, found: Iterable[tuple[int, str]]) -> None:
        """Take note of rows, by place, and of what is wrong with them.

        Raises
        ------
        StanceError
            When there are any, and they are not to be skipped.
        """
        for place, reason in found:
            self._found.setdefault(place, reason)
        if self._found and self._raises:
            raise StanceError(f"label_frame: {self._told()}; leave them out, or give errors='skip'", self._named())

    def warn(self) -> None:
        """Say which rows were skipped."""
        if self._found:
            warnings.warn("\n".join([f"label_frame: {self._told()} and are left out", *self._named()]), stacklevel=3)

    def _told(self) -> str:
        return f"{len(self._found):,} of {len(self._labels):,} rows hold no article"

    def _named(self) -> list[str]:
        named = [f"row {self._labels[place]!r}: {reason}" for place, reason in list(self._found.items())[:_NAMED]]
        return named + ([f"and {len(self._found) - _NAMED:,} more"] if len(self._found) > _NAMED else [])
