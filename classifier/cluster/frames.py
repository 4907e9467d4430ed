"""Dask DataFrames in and out: articles in, labelled sentences out, and sentences in, tension out.

Everything is lazy. Who only wants files gives the command ``stance batch --scheduler``; this is for who has a pipeline already.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from classifier.batch import writers
from classifier.batch.job import Job
from classifier.batch.labelled import sentence_columns
from classifier.batch.sentences import sentences_of
from classifier.cluster.workers import Recipe, label, read_model, worker_for
from classifier.errors import StanceError
from classifier.model.tension import Sums, sums_of
from classifier.report import series
from classifier.report.labelled_rows import label_names, typed
from classifier.tables.blocks import Block, blocks
from classifier.tables.cells import cell_of
from classifier.tables.columns import Layout, check_unique, choose_columns
from classifier.tables.dates import USUAL
from classifier.tables.rows import row_of
from classifier.tables.table import Table

if TYPE_CHECKING:
    from dask.dataframe import DataFrame

_TREE = 16
"""Partitions whose sums are added up by one task of the tree."""


def score_frame(
    ddf: DataFrame,
    text: str = "text",
    *,
    id: str | None = None,
    date: str | None = None,
    source: str | None = None,
    dates: str = USUAL,
    model: str | None = None,
    prior: Mapping[str, float] | None = None,
    force: bool = False,
    fields: Sequence[str] = (),
) -> DataFrame:
    """Label every sentence of a frame of articles: lazily, a task a partition.

    The model travels as bytes in the graph, once; a worker reads it and checks its digest the first time that it needs it.

    Parameters
    ----------
    ddf : dask.dataframe.DataFrame
        A row an article; a text may be a sentence, a paragraph, an article with its dirt, or HTML.
    text : str
        The column with the text, or several with commas between.
    id, date, source : str, optional
        Columns with these; otherwise found by their names, as by ``stance batch``, like a title or a summary. Without an id the
        label of the index is one: see that it tells the articles of all partitions apart.
    dates : {"month", "day", "year"}
        What comes first in dates of numbers alone. No partition sees the dates of the others, so it is not told by them.
    model : str, optional
        A model file that this process sees; the shipped one by default.
    prior : mapping of label to share, optional
        Label shares to assume.
    force : bool
        Choose among the stances only.
    fields : sequence of str
        Fields of a sentence, as in ``stance batch --fields``; all by default.

    Returns
    -------
    dask.dataframe.DataFrame
        A row a sentence, in order, with the columns of ``stance batch`` in Arrow types and the index of its article. Rows that
        hold no article have no sentence; ``reject_frame`` has them with the reasons.

    Raises
    ------
    StanceError
        When a column, a label, a field or the model is not there.
    """
    from dask.delayed import delayed

    columns, recipe, data = prepared(
        list(ddf.columns),
        text,
        id=id,
        date=date,
        source=source,
        dates=dates,
        model=model,
        prior=prior,
        force=force,
        fields=fields,
    )
    meta = score_rows(ddf._meta.iloc[:0], columns, recipe, data)
    scored: DataFrame = ddf.map_partitions(score_rows, columns, recipe, delayed(bytes)(data), meta=meta, enforce_metadata=False)
    return scored


def prepared(
    names: Sequence[str],
    text: str = "text",
    *,
    id: str | None = None,
    date: str | None = None,
    source: str | None = None,
    dates: str = USUAL,
    model: str | None = None,
    prior: Mapping[str, float] | None = None,
    force: bool = False,
    fields: Sequence[str] = (),
) -> tuple[dict[str, tuple[str, ...]], Recipe, bytes]:
    """What ``score_rows`` needs beside the rows, for engines other than Dask; everything in it can be pickled.

    Parameters are those of ``score_frame``, but for `names`: those of the columns.
    """
    job = Job("", Path("part.parquet"), dates=dates, model=model, prior=prior or {}, force=force, fields=tuple(fields))
    data, recipe = read_model(job)
    return _columns(names, text, id, date, source), recipe, data


def score_rows(frame: pd.DataFrame, columns: Mapping[str, Sequence[str]], recipe: Recipe, model: bytes) -> pd.DataFrame:
    """The labelled sentences of some rows: a task of ``score_frame``, with what ``prepared`` gave."""
    worker = worker_for(recipe, model)
    batches, places = [], [np.empty(0, np.intp)]
    for block in _blocks(frame, columns, recipe.job.dates):
        labelled = label(block, worker)
        batches.append(writers.record_batch(sentence_columns(labelled, worker.fields)))
        lost = [reject.line - block.first - 1 for reject in labelled.sentences.rejects]
        articles = np.delete(np.arange(block.first, block.first + len(block)), lost)
        places.append(articles[labelled.sentences.owner])
    return _sentences(batches, worker.fields).set_index(frame.index[np.concatenate(places)])


def reject_frame(
    ddf: DataFrame, text: str = "text", *, id: str | None = None, date: str | None = None, source: str | None = None
) -> DataFrame:
    """The rows of a frame of articles that hold none: with the reason, and their cells as a JSON list.

    Parameters as for ``score_frame``; rows of the one and articles of the other are together the rows of `ddf`.
    """
    columns = _columns(list(ddf.columns), text, id, date, source)
    meta = _rejected(ddf._meta.iloc[:0], columns)
    rejected: DataFrame = ddf.map_partitions(_rejected, columns, meta=meta, enforce_metadata=False)
    return rejected


def tension_frame(sentences: DataFrame, by: Sequence[str] = ("day", "pair")) -> DataFrame:
    """The tension of each group of sentences, by a tree reduction.

    The figures are exactly those of one machine (``series.series``), however the sentences are partitioned and in whatever order
    partitions finish: probabilities are added up as whole numbers (``tension.Sums``), which no order can change, and divided
    once, at the end. Intervals are not given, since a bootstrap needs every article of a group in one place; take
    ``series.series`` on the groups that matter.

    Parameters
    ----------
    sentences : dask.dataframe.DataFrame
        What ``score_frame`` gives, or ``stance batch`` wrote as Parquet.
    by : sequence of {"article", "day", "week", "month", "source", "pair", "direction"}
        What a group has in common.

    Returns
    -------
    dask.dataframe.DataFrame
        In one partition and in order of the keys: a column for each of `by`; ``tension``, missing with fewer than three stances;
        ``n``, the sentences that take a stance; ``sentences``, all. Sentences without a key (no date, no pair) are left out.
        A direction is ``RUS>UKR``; a pair adds up its two directions.

    Raises
    ------
    StanceError
        When `by` names no such group, or the columns of a figure are missing.
    """
    by = list(by)
    if not by or not set(by) <= set(series.NEEDS) or len(set(by)) < len(by):
        raise StanceError(f"tension_frame: cannot group by {by}; choose among {', '.join(series.NEEDS)}")
    needed = {name for key in by for name in series.NEEDS[key]}
    columns = [name for name in sentences.columns if name in needed or name.startswith("p_")]
    if missing := sorted(needed - set(columns)) or ([] if label_names(sentences._meta) else ["p_none"]):
        raise StanceError(f"tension_frame: there is no column {missing[0]!r}; give sentences as score_frame returns them")
    arguments = {"by": by}
    figures: DataFrame = sentences[columns].reduction(
        _partition_sums,
        combine=_added,
        aggregate=_figures,
        split_every=_TREE,
        meta=_figures(_sums_frame({}, by), by),
        chunk_kwargs=arguments,
        combine_kwargs=arguments,
        aggregate_kwargs=arguments,
    )
    return figures


# --- articles and sentences ------------------------------------------------------------------------------------------


def _columns(names: Sequence[str], *stated: str | None) -> dict[str, tuple[str, ...]]:
    """The columns of each field that there is."""
    named = {field: name for field, name in zip(("text", "id", "date", "source"), stated, strict=True) if name}
    written = [str(name) for name in names]
    chosen = choose_columns(written, (), named, "frame")
    check_unique(written, chosen, "frame")
    return {field: tuple(names[place] for place in places) for field, places in chosen.items()}


def _sentences(batches: Sequence[Any], fields: Sequence[str]) -> pd.DataFrame:
    import pyarrow

    table = pyarrow.Table.from_batches(batches, writers.schema(fields))
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _rejected(frame: pd.DataFrame, chosen: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    found = [reject for block in _blocks(frame, chosen, USUAL) for reject in sentences_of(block).rejects]
    columns = {
        "reason": [reject.reason for reject in found],
        "cells": [reject.cells_as_json() for reject in found],
    }
    return pd.DataFrame(columns, dtype="string[pyarrow]").set_index(frame.index[[reject.line - 1 for reject in found]])


def _blocks(frame: pd.DataFrame, chosen: Mapping[str, Sequence[str]], dates: str) -> Iterator[Block]:
    """The rows of a partition, numbered from 1."""
    cells = zip(*([_cell(value) for value in frame[name]] for names in chosen.values() for name in names), strict=True)
    place = itertools.count()
    layout = Layout({field: tuple(next(place) for _ in names) for field, names in chosen.items()}, dates)
    rows = (row_of(number, str(name), row, layout) for number, (name, row) in enumerate(zip(frame.index, cells, strict=True), 1))
    return blocks(Table("frame", rows, lambda: 0.0), compiled=False)


def _cell(value: Any) -> str:
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else cell_of(value)


# --- sums ------------------------------------------------------------------------------------------------------------


def _partition_sums(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The sums of each group in a partition."""
    rows = typed(frame)
    keys = pd.DataFrame({key: series.keys(rows, key).astype(object) for key in by})
    shares, labels = series.probabilities(frame)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise StanceError("tension_frame: a probability is missing or not between 0 and 1; give what score_frame returns")
    codes, groups = pd.factorize(pd.MultiIndex.from_frame(keys))
    order = np.argsort(codes, kind="stable")
    # Rows without a key have the code -1 and stand before all others.
    members = np.split(order, np.searchsorted(codes[order], np.arange(len(groups))))[1:]
    totals = {group: sums_of(shares[rows], labels) for group, rows in zip(groups.tolist(), members, strict=True) if all(group)}
    return _sums_frame(totals, by)


def _added(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The sums of each group in several partitions."""
    totals: dict[tuple[str, ...], Sums] = {}
    for *key, sums in frame.itertuples(index=False):
        group = tuple(key)
        totals[group] = totals[group] + sums if group in totals else sums
    return _sums_frame(totals, by)


def _sums_frame(totals: Mapping[tuple[str, ...], Sums], by: list[str]) -> pd.DataFrame:
    keys = list(zip(*totals, strict=True)) or [()] * len(by)
    return pd.DataFrame(dict(zip(by, keys, strict=True)) | {"sums": [*totals.values()]}, dtype=object)


def _figures(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The figures of each group, in order of their keys."""
    import pyarrow as pa

    added = _added(frame, by).sort_values(by)
    sums = added["sums"].to_list()
    columns = {key: pa.array(added[key].to_list(), pa.string()) for key in by} | {
        "tension": pa.array([each.tension for each in sums], pa.float64()),
        "n": pa.array([each.n for each in sums], pa.int64()),
        "sentences": pa.array([each.sentences for each in sums], pa.int64()),
    }
    figures: pd.DataFrame = pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)
    return figures
