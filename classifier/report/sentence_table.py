"""Labelled rows in, the table of all sentences out, as the script of the page reads it.

A module of its own because it is a format: whoever changes it changes ``templates/report.js`` with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from classifier.model import labels as scheme
from classifier.report.labelled_rows import label_names
from classifier.report.series import keys, probabilities, take_stance

MOST_ROWS = 200_000


def sentence_table(rows: pd.DataFrame, title: str) -> dict[str, Any]:
    """The rows by column, repeated cells by number: a third of the size, and quick to filter."""
    labels = label_names(rows)
    if len(rows) > MOST_ROWS:
        rows = rows.iloc[np.sort(np.argsort(~take_stance(rows), kind="stable")[:MOST_ROWS])]
    repeated = {name: rows[name] for name in ("id", "source", "actors", "source_actor", "target_actor", "language")}
    repeated["pair"] = keys(rows, "pair")
    repeated["date"] = rows["date"].dt.strftime("%Y-%m-%d").fillna("")
    data: dict[str, Any] = {"name": title, "labels": list(labels), "stance": [scheme.describe(name).stance for name in labels]}
    for name, cells in repeated.items():
        codes, values = pd.factorize(cells, sort=True)
        data[name] = {"values": [str(value) for value in values], "codes": codes.tolist()}
    data["label"] = [labels.index(name) for name in rows["label"]]
    data["uncertain"] = rows["uncertain"].astype(int).tolist()
    for name in ("sentence_no", "paragraph", "start", "end", "text", "because"):
        data[name] = rows[name].tolist()
    shares, _ = probabilities(rows)
    data["p"] = np.rint(shares * 10_000).astype(int).ravel().tolist()
    return data
