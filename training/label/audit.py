"""A labelled table in, what is probably wrong with it out; and, once a person has judged the findings, the table put right.

Nothing is changed by the audit itself: it lists rows for somebody to look at, the surest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom, false_discovery_control

from classifier.batch.writers import neutral
from classifier.errors import StanceError
from classifier.files import write_whole
from classifier.model.probabilities import Array
from classifier.model.tokens import tokenize
from classifier.text.actors import find_actors
from classifier.wording import count_of, p_value
from training.data.formats import Row, read_sheet
from training.data.groups import join, near_duplicates, stems_of
from training.fit.crossval import progress
from training.label.judge import LEAST_GROUPS, judge

FIELDS = ("place", "text", "label", "finding", "suggested", "confidence", "twin")
FINDINGS = {
    "conflict": "the same text under different labels",
    "label": "probably another label",
    "near-conflict": "nearly the same text under different labels",
    "language": "not English, it seems",
    "copy": "the same text again",
    "near-copy": "nearly the same text again",
}
"""What can be found about a row, the gravest first."""
FEW_GROUPS = 30
SECONDS_A_ROW = 3.4e-3
"""Of many rows (``benchmarks/audit.py``)."""
_LEAST_MENTIONS = 10
_NEARLY_ALWAYS = 0.9
_FALSE_DISCOVERIES = 0.01
_LEAST_ENGLISH, _LEAST_OF_REST, _LEAST_REST = 0.01, 0.1, 8
"""Probabilities of a text and of what is left without names; of a rest of fewer characters nobody can say the language."""


@dataclass(frozen=True)
class Giveaway:
    """A name that stands under one label nearly always.

    Attributes
    ----------
    name : str
        A capitalised word, or the code of an actor however it is named.
    label : str
    mentions : int
        Articles, groups and single rows that name it, each counted once.
    share, base : float
        How many of these have the label, and how many of all rows.
    q : float
        The p value of the binomial test, adjusted for the number of names (Benjamini & Hochberg 1995).
    """

    name: str
    label: str
    mentions: int
    share: float
    base: float
    q: float


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes
    ----------
    rows : int
        Rows that were looked at.
    findings : DataFrame
        Columns ``FIELDS``, one row for each row of the data that something was found about, the gravest and surest first.
        ``finding`` holds keys of ``FINDINGS``; ``confidence`` is the probability, from a model that never saw the row, that the
        label is wrong; ``suggested`` what that model would say instead; ``twin`` where the similar text stands.
    judged_by : str
        By what the labels were judged, or why they were not.
    thin : dict of str to int
        Labels of too few articles, groups and single rows (under ``FEW_GROUPS``), and of how many.
    giveaways : tuple of Giveaway
        The surest first.
    """

    rows: int
    findings: pd.DataFrame
    judged_by: str
    thin: dict[str, int]
    giveaways: tuple[Giveaway, ...]


def audit(rows: pd.DataFrame, jobs: int = -1) -> Audit:
    """Look for what is probably wrong in labelled rows.

    By what labels are judged, ``training.label.judge`` says.

    Parameters
    ----------
    rows : DataFrame
        From ``training.data.labelled.read_rows``, whether or not their labels agree.
    jobs : int
        Worker processes; -1 takes every core.

    Raises
    ------
    StanceError
        When an extra is missing, or the rows are too few or too alike to be cross-validated.
    """
    progress(f"{len(rows):,} rows, judged by models that have not seen them; then copies, languages, names")
    table = rows.assign(group=join(rows))
    groups = table.groupby("label")["group"].nunique()
    judged = judge(table, table["label"].isin(groups.index[groups >= LEAST_GROUPS]).to_numpy(), jobs)
    found: dict[str, NDArray[np.bool_]] = {"label": judged.flagged, "language": foreign(table["text"].tolist())}
    twin = np.full(len(table), -1)
    for name, left, right in _copies(table):
        found[name] = np.zeros(len(table), dtype=bool)
        found[name][left] = found[name][right] = True
        twin[left], twin[right] = np.where(twin[left] < 0, right, twin[left]), np.where(twin[right] < 0, left, twin[right])
    return Audit(
        rows=len(table),
        findings=_findings(table, found, judged.wrong, judged.suggested, twin),
        judged_by=judged.says,
        thin={str(label): int(count) for label, count in groups.items() if count < FEW_GROUPS},
        giveaways=tuple(sorted(_giveaways(table), key=lambda each: (each.q, each.name))),
    )


def summary(found: Audit) -> str:
    """The findings in numbers, as lines of text."""
    lines = [f"{count_of(found.rows, 'row')}, of them with findings: {len(found.findings):,}", found.judged_by]
    kinds = found.findings["finding"].str.split("; ").explode().value_counts()
    lines += [f"{kinds.get(kind, 0):>8,}  {what}" for kind, what in FINDINGS.items()]
    for label, count in found.thin.items():
        use = "cannot be judged or trained on" if count < LEAST_GROUPS else "its figures will be unsure"
        lines.append(f"label {label!r} is thin: {count_of(count, 'independent row')}; {use}")
    for each in found.giveaways[:_SHOWN]:
        lines.append(
            f"{each.name!r} gives away {each.label!r}: {each.share:.0%} of {each.mentions} mentions, of all rows {each.base:.0%} "
            f"(q {p_value(each.q)})"
        )
    if (rest := len(found.giveaways) - _SHOWN) > 0:
        lines.append(f"... and {count_of(rest, 'more such name')}")
    return "\n".join(lines)


def apply(rows: pd.DataFrame, corrected: Path) -> pd.DataFrame:
    """`rows` with the labels of a findings file that somebody has gone through; a row whose label was emptied is dropped.

    Parameters
    ----------
    rows : DataFrame
        From ``training.data.labelled.read_rows``, of the data that was audited.
    corrected : path
        The findings, with the columns ``place, text, label`` at least.

    Returns
    -------
    DataFrame
        As `rows`, without ``place``.

    Raises
    ------
    StanceError
        When the file is no findings file, belongs to other data, or has a label that the data does not know.
    """
    at = {_line(neutral(place)): row for row, place in enumerate(rows["place"])}
    known = {"": ""} | {spelt: label for label in rows["label"] for spelt in (label, neutral(label))}
    labels = rows["label"].to_list()
    for place, cells, *_ in _read_findings(corrected):
        row, label = at.get(_line(cells["place"])), cells["label"].strip()
        if row is None or _folded(neutral(rows["text"].iloc[row])) != _folded(cells["text"]):
            raise StanceError(f"{corrected}: {place} is not what stands in {cells['place']!r} now; audit the data again")
        if label not in known:
            raise StanceError(f"{corrected}: {place} has the label {label!r}, which no row of the data has")
        labels[row] = known[label]
    put_right = rows.assign(label=labels).drop(columns="place")
    return put_right[put_right["label"] != ""]


def foreign(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each text is in another language than English, to py3langid with a probability over 99 %, with its names or not."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    def english(text: str) -> float:
        return float(dict(identifier.rank(text))["en"])

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Nigerian Pidgin is written with English words: short headlines about Africa would be taken for it.
    identifier.set_languages([language for language in identifier.nb_classes if language != "pcm"])
    rests = map(_without_names, texts)
    return np.array(
        [
            english(text) < _LEAST_ENGLISH and len(rest) >= _LEAST_REST and english(rest) < _LEAST_OF_REST
            for text, rest in zip(texts, rests, strict=True)
        ],
        dtype=bool,
    )


def _without_names(text: str) -> str:
    """What is left of a sentence without names and datelines, which may be of any country: empty where it is nothing else."""
    return " ".join(text[token.start : token.end] for token in tokenize(text) if token.stem not in ("", "NAME"))


def check_output(output: Path, data: Path, corrected: Path | None = None) -> None:
    """See that what is written to `output` replaces neither the data nor the `corrected` findings, nor will be read as data.

    Raises
    ------
    StanceError
        When it would.
    """
    if output.suffix != ".csv":
        raise StanceError(f"{output}: the name must end in .csv")
    if data.resolve() in (output.resolve(), output.resolve().parent):
        raise StanceError(f"{output}: stands among the labelled data; write it elsewhere")
    if corrected and corrected.resolve() == output.resolve():
        raise StanceError(f"{output}: holds the findings to apply; write the corrected data elsewhere")


def check_uncorrected(output: Path, rows: pd.DataFrame) -> None:
    """See that no findings file stands at `output` in which somebody has already corrected labels of `rows`.

    Raises
    ------
    StanceError
        When one does.
    """
    if not output.is_file():
        return
    sheet = read_sheet(output)
    if not {"place", "label", "finding"} <= set(sheet.columns):
        raise StanceError(f"{output}: exists and is no findings file; give -o another name")
    labels = {_line(neutral(place)): neutral(label) for place, label in zip(rows["place"], rows["label"], strict=True)}
    for row in sheet.rows:
        if labels.get(_line(row.cells["place"])) != row.cells["label"].strip():
            raise StanceError(
                f"{output}: {row.place} has another label than the data, as if corrected; use it with --apply, or write elsewhere"
            )


def write(table: pd.DataFrame, output: Path | None) -> None:
    """Write findings or corrected rows as CSV, whole or not at all; nowhere when `output` is None."""
    if output:
        write_whole(output, table.to_csv(index=False, lineterminator="\n").encode())


# --- copies --------------------------------------------------------------------------------------------


def _copies(table: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp]]]:
    """The kind of finding, and pairs of rows that it is about."""
    text, label = table["text"].map(_words), table["label"].to_numpy()
    order = np.arange(len(table))
    first = text.map(dict(zip(text[::-1], order[::-1], strict=True))).to_numpy()
    again = order[first != order]
    mixed = table["label"].groupby(text).transform("nunique").to_numpy()[again] > 1
    yield "conflict", first[again][mixed], again[mixed]
    yield "copy", first[again][~mixed], again[~mixed]
    once = order[first == order]
    near = near_duplicates(stems_of(table["text"].iloc[once]))
    left, right = once[np.array(near, dtype=np.intp).reshape(-1, 2)].T
    differs = label[left] != label[right]
    yield "near-conflict", left[differs], right[differs]
    yield "near-copy", left[~differs], right[~differs]


# --- names -----------------------------------------------------------------------------------------------------------


def _giveaways(table: pd.DataFrame) -> Iterator[Giveaway]:
    """Names under one label in nine of ten articles, groups and single rows that have them, and not by chance."""
    mentions = pd.DataFrame(
        [
            (name, row.group, row.label)
            for row in table.itertuples(index=False)
            for name in {*_names(str(row.text)), *find_actors(str(row.text))}
        ],
        columns=["name", "group", "label"],
    ).drop_duplicates(["name", "group"])
    counts = pd.crosstab(mentions["name"], mentions["label"])
    counts = counts[counts.sum(axis=1) >= _LEAST_MENTIONS]
    if not len(counts):
        return
    total = counts.sum(axis=1).to_numpy()[:, None]
    base = table["label"].value_counts(normalize=True).reindex(counts.columns).to_numpy()
    p = np.asarray(binom.sf(counts.to_numpy() - 1, total, base))
    q = np.reshape(false_discovery_control(p, axis=None), p.shape)
    share = counts.to_numpy() / total
    for row, column in np.argwhere((q < _FALSE_DISCOVERIES) & (share >= _NEARLY_ALWAYS)):
        yield Giveaway(
            name=str(counts.index[row]),
            label=str(counts.columns[column]),
            mentions=int(total[row, 0]),
            share=float(share[row, column]),
            base=float(base[column]),
            q=float(q[row, column]),
        )


def _names(text: str) -> Iterator[str]:
    """The words of `text` that the features hide as names."""
    for token in tokenize(text):
        if token.stem == "NAME":
            yield from _WORD.findall(text[token.start : token.end])


_WORD = re.compile(r"[^\W\d_][\w-]+")
_SHOWN = 20


# --- the findings file -----------------------------------------------------------------------------------------------


def _findings(
    table: pd.DataFrame,
    found: dict[str, NDArray[np.bool_]],
    wrong: Array,
    suggested: NDArray[np.object_],
    twin: NDArray[np.intp],
) -> pd.DataFrame:
    kinds = [[kind for kind in FINDINGS if found[kind][row]] for row in range(len(table))]
    where = [f"{place} ({label})" for place, label in zip(table["place"], table["label"], strict=True)]
    whole = table.assign(
        text=table["text"].map(neutral),
        label=table["label"].map(neutral),
        place=table["place"].map(neutral),
        finding=["; ".join(some) for some in kinds],
        suggested=[neutral(str(other)) for other in np.where(suggested == table["label"], "", suggested)],
        confidence=wrong.round(4),
        twin=[neutral(where[other]) if other >= 0 else "" for other in twin],
        gravity=[list(FINDINGS).index(some[0]) if some else -1 for some in kinds],
    )
    ranked = whole[whole["gravity"] >= 0].sort_values(["gravity", "confidence"], ascending=[True, False], kind="stable")
    return ranked[list(FIELDS)].reset_index(drop=True)


def _read_findings(file: Path) -> tuple[Row, ...]:
    sheet = read_sheet(file)
    if missing := [column for column in ("place", "text", "label") if column not in sheet.columns]:
        raise StanceError(f"{file}: no column {missing[0]!r}; give what stance audit DATA -o wrote, with its labels corrected")
    return sheet.rows


def _line(place: str) -> str:
    """The file's name and the line of a place, by whatever path the file was reached."""
    return Path(place).name


def _folded(text: str) -> str:
    """Without what a spreadsheet changes: spaces and line ends."""
    return " ".join(text.split())


def _words(text: str) -> str:
    """What is equal here differs in punctuation, capitals or spaces only."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text
