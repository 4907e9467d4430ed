"""``stance report``: labelled sentences in, one page to look at out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.commands.arguments import command, tell

if TYPE_CHECKING:
    from classifier.commands.arguments import Commands


def declare(commands: Commands) -> None:
    """Declare the command and its arguments."""
    report = command(
        commands,
        "report",
        _report,
        "turn labelled sentences into one page to look at",
        "stance report labelled.csv -o report.html\n  stance report labelled.parquet -o report.html",
    )
    report.add_argument("labelled", metavar="LABELLED", help="what stance batch wrote: .csv, .jsonl, .parquet or a directory")
    report.add_argument("-o", "--output", metavar="PAGE", required=True, help="the page; it holds all it needs")


def _report(options: argparse.Namespace) -> None:
    from classifier.report.page import write_report

    write_report(Path(options.labelled), Path(options.output))
    tell(options.output)
