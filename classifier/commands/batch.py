"""``stance batch``: tables of articles in, labelled sentences out, on this machine or on a cluster."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.commands.arguments import add_model_options, byte_count, command, positive, shares, tell
from classifier.errors import StanceError

if TYPE_CHECKING:
    from classifier.batch.job import Job, Progress
    from classifier.commands.arguments import Commands


def declare(commands: Commands) -> None:
    """Declare the command and its arguments."""
    batch = command(
        commands,
        "batch",
        _batch,
        "label every sentence of a table of articles",
        "stance batch articles.csv -o labelled.csv\n"
        "  stance batch articles.csv.gz -o labelled.jsonl --articles tension.csv --text body\n"
        "  stance batch articles.csv -o labelled.csv --resume\n"
        "  stance batch archive/ -o labelled/ --scheduler local[2]\n"
        "  stance batch 's3://archive/2024/*.csv.gz' -o s3://labelled/2024 --scheduler tcp://10.0.0.1:8786",
    )
    batch.add_argument(
        "tables",
        nargs="+",
        metavar="TABLE|-",
        help=".csv, .tsv, .jsonl, .json, .warc (each also .gz), .parquet, .xlsx, or - for stdin; "
        "with --scheduler any number of files, directories, globs, URLs",
    )
    batch.add_argument(
        *("-o", "--output"),
        metavar="OUT",
        required=True,
        help="labelled sentences: .csv, .jsonl, .parquet or .xlsx; with --scheduler a directory or its URL",
    )
    batch.add_argument("--articles", metavar="OUT2", help="one row an article as well: counts, tension, pairs")
    batch.add_argument(
        "--dates",
        choices=("day", "month", "year"),
        default="",
        help="what comes first in 03/04/2024 (default: told by the column)",
    )
    for name, what in (
        ("text", "the text, or several columns with commas between"),
        ("id", "the id"),
        ("date", "the date"),
        ("source", "the source"),
    ):
        batch.add_argument(f"--{name}", metavar="COLUMN", help=f"the column that holds {what} (default: guessed and printed)")
    batch.add_argument("--encoding", metavar="NAME", default="", help="of the table (default: detected and printed)")
    add_model_options(batch)
    batch.add_argument("--raw", action="store_true", help="leave cells as they are that a spreadsheet would run as a formula")
    batch.add_argument("--fields", metavar="FIELD,...", help="fields of a sentence to write; fewer are faster (default: all)")
    batch.add_argument("--jobs", type=positive, metavar="N", help="worker processes (default: one a core)")
    batch.add_argument("--resume", action="store_true", help="take up a run that was broken off")
    batch.add_argument(
        "--scheduler", metavar="ADDRESS", help="score on a Dask cluster: tcp://HOST:PORT, or local[N] for N workers"
    )
    batch.add_argument("--partition", type=byte_count, metavar="SIZE", help="input of a task on the cluster (default: 64MB)")
    batch.add_argument("--strict", action="store_true", help="on the cluster: stop at the first table that cannot be read")


def _batch(options: argparse.Namespace) -> int:
    job = _job(options)
    if options.scheduler:
        return _batch_on_cluster(options, job)
    if len(options.tables) > 1:
        raise StanceError("several tables need --scheduler, for example --scheduler local[2]; or give them one by one")
    if options.strict or options.partition:
        raise StanceError(
            "--strict, --partition: go with --scheduler; without it a table that cannot be read always stops the run"
        )
    return _batch_here(options, job)


def _job(options: argparse.Namespace) -> Job:
    from classifier.batch.job import Job
    from classifier.files import followed

    return Job(
        source="" if options.scheduler else options.tables[0],
        output=Path("part.parquet") if options.scheduler else followed(Path(options.output)),
        articles=followed(Path(options.articles)) if options.articles else None,
        columns={name: getattr(options, name) for name in ("text", "id", "date", "source") if getattr(options, name)},
        encoding=options.encoding,
        dates=options.dates,
        model=options.model,
        trust_pickle=options.trust_pickle,
        prior=shares(options.prior) if options.prior else {},
        force=options.force,
        raw=options.raw,
        any_language=options.any_language,
        fields=tuple(dict.fromkeys(options.fields.split(","))) if options.fields else (),
        jobs=options.jobs or os.cpu_count() or 1,
    )


def _batch_here(options: argparse.Namespace, job: Job) -> int:
    from classifier.batch.job import journal_of, rejects_of
    from classifier.batch.progress import Meter
    from classifier.batch.run import run

    try:
        with Meter() as meter:
            done = run(job, options.resume, meter.say, meter.tick)
    except KeyboardInterrupt:
        if journal_of(job.output).exists() and os.path.isfile(job.source):
            print("stance: what is finished is kept; go on with the same command and --resume", file=sys.stderr)
        raise
    _print_counts(options.output, done)
    if done.rejected:
        tell(f"rejected rows with their reasons: {rejects_of(job.output)}")
    _print_next(options.output, job, done)
    return 1 if done.rejected else 0


def _batch_on_cluster(options: argparse.Namespace, job: Job) -> int:
    from classifier.batch.job import MANIFEST
    from classifier.batch.progress import Meter
    from classifier.cluster.run import PARTITION, Order, run
    from classifier.cluster.task import REJECTS

    for given, instead in (
        ("articles", "tension_frame adds up what is written"),
        ("jobs", "the cluster says how many workers there are"),
        ("resume", "a run goes on by itself when the same command is given again"),
    ):
        if getattr(options, given):
            raise StanceError(f"--{given}: does not go with --scheduler; {instead}")
    order = Order(tuple(options.tables), options.output, options.scheduler, job, options.partition or PARTITION, options.strict)
    try:
        with Meter() as meter:
            account = run(order, meter.say, meter.tick)
    except KeyboardInterrupt:
        print("stance: what is finished is kept; go on with the same command", file=sys.stderr)
        raise
    _print_counts(options.output, account.progress)
    if account.unreadable:
        tell(f"{len(account.unreadable):,} tables could not be read and were left out; they are named in {MANIFEST}")
    if account.progress.rejected or account.unreadable:
        tell(f"rejected rows with their reasons: {options.output.rstrip('/')}/{REJECTS}")
    _print_next(options.output, job, account.progress)
    return 1 if account.progress.rejected or account.unreadable else 0


def _print_counts(output: str, done: Progress) -> None:
    tell(
        f"{output}: {done.rows:,} rows in = {done.articles:,} articles + {done.rejected:,} rejected; {done.sentences:,} sentences"
    )
    for kind, count in done.cleaned.items():
        tell(f"cleaned: {count:,} {kind}")
    if done.languages:
        listed = ", ".join(f"{language} {count:,}" for language, count in done.languages.items())
        tell(f"{sum(done.languages.values()):,} articles are not in English: {listed}")


def _print_next(output: str, job: Job, done: Progress) -> None:
    """What to do with the output, where a report can be made of it."""
    whole = not job.fields or ({"id", "text", "label"} < {*job.fields} and any(field.startswith("p_") for field in job.fields))
    if done.sentences and whole and "://" not in output:
        page = f"{Path(output).with_suffix('') if Path(output).suffix else output.rstrip('/')}.html"
        tell(f"next: stance report {shlex.quote(output)} -o {shlex.quote(page)}")
