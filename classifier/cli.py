"""The ``stance`` command: arguments, progress and exit codes; what the commands do lives in the modules they call.

Exit codes: 0 done, 1 done but for some articles or rows, 2 wrong usage or unusable input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from classifier import __version__
from classifier.commands.arguments import add_model_options, byte_count, command, positive, shares
from classifier.errors import StanceError
from training.commands import add_training_commands

if TYPE_CHECKING:
    from classifier.batch.journal import Job, Progress
    from classifier.model.scoring import ScoredArticle
    from classifier.text.articles import Article


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = 0
    try:
        if sys.stdout is None:
            raise StanceError("standard output is closed; send it to a file or to /dev/null")
        if getattr(options, "trust_pickle", False):
            print("stance: --trust-pickle: a .joblib file runs whatever code is in it; open only what you made", file=sys.stderr)
        code = options.run(options) or 0
        sys.stdout.flush()
    except StanceError as error:
        print(f"stance: {_one_line(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stance: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python must not complain about it again at exit.
        _mute()
    except OSError as error:
        place = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else "standard output"
        print(f"stance: {_one_line(place)}: {error.strerror or error}; make room or choose another place", file=sys.stderr)
        _mute()
        return 2
    return code


def _mute() -> None:
    """What is left in the buffer of standard output goes nowhere at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- score -----------------------------------------------------------------------------------------------------------


def _score(options: argparse.Namespace) -> int:
    from classifier.files import same, write_whole
    from classifier.model.regression import load_model
    from classifier.model.scoring import adapt_to, force, score_article
    from classifier.text.articles import find_files
    from classifier.text.sentences import split

    if options.explain and (options.html or options.format == "csv"):
        raise StanceError("--explain: goes with --format table, json or jsonl; a page explains itself")
    files = find_files(options.files)
    if options.html and any(same(options.html, file) for file in files):
        raise StanceError(f"{options.html}: is one of the articles; give another name to --html")
    model = load_model(options.model, options.trust_pickle)
    if options.prior:
        model = model.with_prior(shares(options.prior))
    articles, unusable = _read(files)
    if options.force:
        model = force(model)
    if options.adapt:
        model = adapt_to([sentence.text for article in articles for sentence in split(article.paragraphs)], model)
    scored = [score_article(article, model) for article in articles]
    if options.html:
        from classifier.report.article_page import render

        write_whole(Path(options.html), render(scored).encode())
    else:
        _write(scored, options.format, options.explain)
    return 1 if unusable else 0


def _read(files: list[str]) -> tuple[list[Article], int]:
    """The articles of all files, and how many files hold none; those are named on standard error."""
    from classifier.text.articles import read_articles

    articles: list[Article] = []
    errors: list[StanceError] = []
    for file in files:
        try:
            articles += read_articles(file)
        except StanceError as error:
            errors.append(error)
    if not articles:
        raise errors[0]
    for unusable in errors:
        print(f"stance: {_one_line(str(unusable))}", file=sys.stderr)
    return articles, len(errors)


def _write(scored: list[ScoredArticle], form: str, explain: bool) -> None:
    if form == "table":
        from classifier.report.terminal import print_tables

        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        print_tables(scored, explain)
        return
    from classifier.batch import records

    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    if form == "csv":
        records.write_csv(scored, sys.stdout)
    elif form == "json":
        records.write_json(scored, sys.stdout, explain)
    else:
        records.write_jsonl(scored, sys.stdout, explain)


# --- batch -----------------------------------------------------------------------------------------------------------


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
    from classifier.batch.journal import Job
    from classifier.files import followed

    return Job(
        source="" if options.scheduler else options.tables[0],
        output=Path("part.parquet") if options.scheduler else followed(Path(options.output)),
        articles=followed(Path(options.articles)) if options.articles else None,
        columns={name: getattr(options, name) for name in ("text", "id", "date", "source") if getattr(options, name)},
        encoding=options.encoding,
        model=options.model,
        trust_pickle=options.trust_pickle,
        prior=shares(options.prior) if options.prior else {},
        force=options.force,
        raw=options.raw,
        fields=tuple(dict.fromkeys(options.fields.split(","))) if options.fields else (),
        jobs=options.jobs or os.cpu_count() or 1,
    )


def _batch_here(options: argparse.Namespace, job: Job) -> int:
    from classifier.batch import run as batch
    from classifier.batch.journal import journal_of, rejects_of
    from classifier.batch.progress import Meter

    try:
        with Meter() as meter:
            done = batch.run(job, options.resume, meter.say, meter.tick)
    except KeyboardInterrupt:
        if journal_of(job.output).exists() and os.path.isfile(job.source):
            print("stance: what is finished is kept; go on with the same command and --resume", file=sys.stderr)
        raise
    _print_counts(options.output, done)
    if done.rejected:
        _print(f"rejected rows with their reasons: {rejects_of(job.output)}")
    return 1 if done.rejected else 0


def _batch_on_cluster(options: argparse.Namespace, job: Job) -> int:
    from classifier.batch.journal import MANIFEST
    from classifier.batch.progress import Meter
    from classifier.cluster import run as scale
    from classifier.cluster.task import REJECTS

    for given, instead in (
        ("articles", "tension_frame adds up what is written"),
        ("jobs", "the cluster says how many workers there are"),
        ("resume", "a run goes on by itself when the same command is given again"),
    ):
        if getattr(options, given):
            raise StanceError(f"--{given}: does not go with --scheduler; {instead}")
    order = scale.Order(
        tuple(options.tables), options.output, options.scheduler, job, options.partition or scale.PARTITION, options.strict
    )
    try:
        with Meter() as meter:
            account = scale.run(order, meter.say, meter.tick)
    except KeyboardInterrupt:
        print("stance: what is finished is kept; go on with the same command", file=sys.stderr)
        raise
    _print_counts(options.output, account.progress)
    if account.unreadable:
        _print(f"{len(account.unreadable):,} tables could not be read and were left out; they are named in {MANIFEST}")
    if account.progress.rejected or account.unreadable:
        _print(f"rejected rows with their reasons: {options.output.rstrip('/')}/{REJECTS}")
    return 1 if account.progress.rejected or account.unreadable else 0


def _print_counts(output: str, done: Progress) -> None:
    _print(
        f"{output}: {done.rows:,} rows in = {done.articles:,} articles + {done.rejected:,} rejected; {done.sentences:,} sentences"
    )


# --- report ----------------------------------------------------------------------------------------------------------


def _report(options: argparse.Namespace) -> None:
    from classifier.report.build import write_report

    write_report(Path(options.labelled), Path(options.output))
    _print(options.output)


# --- arguments -------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stance",
        allow_abbrev=False,
        description="Labels every sentence of a news article as escalation, cooperation, negotiation or none.",
        epilog="examples:\n  stance score article.txt\n  stance train labelled.csv -o my.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stance {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    score = command(
        commands,
        "score",
        _score,
        "label every sentence of articles",
        "stance score article.txt\n  cat article.txt | stance score - --format jsonl\n  stance score articles/ --html page.html",
    )
    score.add_argument(
        "files", nargs="+", metavar="FILE|DIR|-", help=".txt, .md or .html files, directories of them, or - for stdin"
    )
    add_model_options(score)
    score.add_argument("--explain", action="store_true", help="add what every feature contributes (table, json, jsonl)")
    score.add_argument(
        "--adapt", action="store_true", help="estimate the label shares from these articles (200 sentences or more)"
    )
    shape = score.add_mutually_exclusive_group()
    shape.add_argument("--format", choices=("table", "json", "jsonl", "csv"), default="table", help="default: table")
    shape.add_argument("--html", metavar="PAGE", help="write the articles as a page with coloured sentences instead")

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
        help=".csv, .tsv, .jsonl (each also .gz), .parquet, or - for stdin; "
        "with --scheduler any number of files, directories, globs, URLs",
    )
    batch.add_argument(
        *("-o", "--output"),
        metavar="OUT",
        required=True,
        help="labelled sentences: .csv, .jsonl or .parquet; with --scheduler a directory or its URL",
    )
    batch.add_argument("--articles", metavar="OUT2", help="one row an article as well: counts, tension, pairs")
    for name, what in (("text", "the text"), ("id", "the id"), ("date", "the date"), ("source", "the source")):
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

    report = command(
        commands,
        "report",
        _report,
        "turn labelled sentences into one page to look at",
        "stance report labelled.csv -o report.html\n  stance report labelled.parquet -o report.html",
    )
    report.add_argument("labelled", metavar="LABELLED", help="what stance batch wrote: .csv, .jsonl, .parquet or a directory")
    report.add_argument("-o", "--output", metavar="PAGE", required=True, help="the page; it holds all it needs")

    add_training_commands(commands)
    return parser


def _print(message: str) -> None:
    """Print a message whatever stands in the names that it holds."""
    from classifier.report.terminal import plain

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(plain(message))


def _one_line(message: str) -> str:
    return "".join(char if char.isprintable() else " " for char in message)


if __name__ == "__main__":
    sys.exit(main())
