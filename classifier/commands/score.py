"""``stance score``: articles in, their sentences with label, certainty and deciding words out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.commands.arguments import add_model_options, command, shares
from classifier.errors import StanceError
from classifier.wording import one_line

if TYPE_CHECKING:
    from classifier.commands.arguments import Commands
    from classifier.model.scoring import ScoredArticle
    from classifier.text.articles import Article


def declare(commands: Commands) -> None:
    """Declare the command and its arguments."""
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


def _score(options: argparse.Namespace) -> int:
    from classifier.files import same, write_whole
    from classifier.model.regression import load_model
    from classifier.model.scoring import adapt_to, force, score_article
    from classifier.text.articles import find_files
    from classifier.text.language import ENGLISH
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
    scored = [score_article(article, model, options.any_language) for article in articles]
    for each in scored:
        if each.language != ENGLISH and not options.any_language:
            print(
                f"stance: {one_line(each.article.name)}: is not in English ({each.language}), so it takes no stance; "
                "--any-language labels it all the same",
                file=sys.stderr,
            )
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
        print(f"stance: {one_line(str(unusable))}", file=sys.stderr)
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
