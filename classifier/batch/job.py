"""What a batch run is asked to do (``Job``), where its files go, and how far it has come (``Progress``)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.batch import writers
from classifier.errors import StanceError
from classifier.files import same

REJECT_FIELDS = ("line", "reason", "cells")
MANIFEST = "_SUCCESS"
"""What a run on a cluster writes last, with its counts."""


@dataclass(frozen=True)
class Job:
    """What a batch run is asked to do; everything here but `jobs` decides the bytes that come out.

    Attributes
    ----------
    source : str
        The table, or ``-``.
    output : Path
        Where the labelled sentences go.
    articles : Path or None
        Where one row an article goes.
    columns : mapping of field to column
        Columns that the user names.
    encoding : str
        Of the table; empty to detect it.
    dates : str
        What comes first in dates of numbers alone: ``day``, ``month`` or ``year``; empty to let the column tell.
    model : str or None
        A model file; None for the shipped one.
    trust_pickle : bool
        It may be a pickle.
    prior : mapping of label to share
        Empty for the model's own.
    force, raw, any_language : bool
        Stances only; leave formula cells as they are; label articles in other languages than English, too.
    fields : tuple of str
        Fields of a sentence to write, in this order; empty for all. What is not written is not worked out.
    jobs : int
        Worker processes.
    """

    source: str
    output: Path
    articles: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    dates: str = ""
    model: str | None = None
    trust_pickle: bool = False
    prior: Mapping[str, float] = field(default_factory=dict)
    force: bool = False
    raw: bool = False
    any_language: bool = False
    fields: tuple[str, ...] = ()
    jobs: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """What besides input and model decides the rows, as JSON holds it."""
        return {
            "columns": dict(self.columns),
            "encoding": self.encoding,
            "dates": self.dates,
            "prior": dict(self.prior),
            "force": self.force,
            "raw": self.raw,
            "any_language": self.any_language,
            "fields": list(self.fields),
        }


@dataclass(frozen=True)
class Progress:
    """How far a run has come. Rows in are articles out and rejected rows together.

    `cleaned` says of how many articles what was left out or put right, by kind (``tables.cells``).
    """

    articles: int = 0
    rejected: int = 0
    sentences: int = 0
    uncertain: int = 0
    cleaned: Mapping[str, int] = field(default_factory=dict)
    """What was cleaned away or put right, by kind."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Articles in other languages than English, by language."""

    @property
    def rows(self) -> int:
        """Rows of the table that are done."""
        return self.articles + self.rejected

    def __add__(self, other: Progress) -> Progress:
        return Progress(
            self.articles + other.articles,
            self.rejected + other.rejected,
            self.sentences + other.sentences,
            self.uncertain + other.uncertain,
            _sum(self.cleaned, other.cleaned),
            _sum(self.languages, other.languages),
        )

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Progress:
        """What ``asdict`` made, as JSON holds it.

        Raises
        ------
        TypeError, ValueError
            When it is no progress.
        """
        progress = Progress(**plain)
        numbers = [*{**plain, "cleaned": 0, "languages": 0}.values(), *progress.cleaned.values(), *progress.languages.values()]
        if not all(type(each) is int and each >= 0 for each in numbers):
            raise ValueError("counts are whole numbers")
        return progress


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(one) + Counter(other)).items()))


def rejects_of(output: Path) -> Path:
    """Where the rows go that cannot be used."""
    return output.with_name(output.name + ".rejects.csv")


def summary_of(output: Path) -> Path:
    """Where the counts of a run are kept, for the report."""
    return output.with_name(output.name + ".summary.json")


def journal_of(output: Path) -> Path:
    """Where an unfinished run keeps how far it has come."""
    return output.with_name(output.name + ".journal")


def lock_of(output: Path) -> Path:
    """What a run holds while it writes."""
    return output.with_name(output.name + ".lock")


@dataclass(frozen=True)
class Result:
    """One block, scored and turned into bytes for each file."""

    progress: Progress
    pieces: dict[str, bytes]


def check_places(job: Job) -> None:
    """See that every file of a run can stand where it shall.

    Raises
    ------
    StanceError
        When a folder is missing, two files would be one, or something else than a file stands in the place of one.
    """
    targets = [job.output, *([job.articles] if job.articles else [])]
    locks = [lock_of(target) for target in targets[1:]]
    for target in targets:
        _check_kind(target)
        writers.form_of(target)
        if not (folder := target.absolute().parent).is_dir():
            raise StanceError(f"{target}: there is no folder {folder}; make it first")
    beside = [of(job.output) for of in (rejects_of, summary_of, journal_of, lock_of)]
    partials = map(writers.partial_of, [*targets, rejects_of(job.output)])
    written = [*targets, *beside, *locks, *partials, *map(writers.whole_of, targets)]
    for path in written:
        _check_kind(path)
    if job.source != "-" and any(same(job.source, path) for path in written):
        raise StanceError(f"{job.source}: is the input and would be written over; give the output another name")
    if len({os.path.realpath(path) for path in written}) != len(written):
        raise StanceError(f"{job.articles}: is written for {job.output} already; give --articles a name of its own")


def _check_kind(path: Path) -> None:
    """Neither a pipe nor a device is to be replaced by a file, nor a link to be followed that was laid there by another user."""
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        what = "a link" if path.is_symlink() else "a directory" if path.is_dir() else "a pipe or device"
        raise StanceError(f"{path}: {what} stands where a file shall be written; move it, or name another file")
