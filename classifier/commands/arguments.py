"""What the commands of ``stance`` have in common: how one is declared, which model it takes, how its values are read."""

from __future__ import annotations

import argparse
import math
import re
import sys
from typing import TYPE_CHECKING

from classifier.errors import StanceError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def command(commands: Commands, name: str, run: object, summary: str, examples: str) -> argparse.ArgumentParser:
    """Declare a command; `run` takes the parsed options and returns an exit code or nothing."""
    parser = _parser(commands, name, summary, examples)
    parser.set_defaults(run=run)
    return parser


def group(commands: Commands, name: str, summary: str, examples: str) -> Commands:
    """Declare a command that only has commands of its own, such as ``stance model``, and return what takes those."""
    return _parser(commands, name, summary, examples).add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Which model, and what it assumes: the same for every command that scores."""
    add_model_path(parser)
    parser.add_argument("--force", action="store_true", help="choose among the stances only, never none")
    parser.add_argument(
        "--any-language",
        action="store_true",
        help="label what is not in English, too (default: none, uncertain)",
    )
    parser.add_argument("--prior", metavar="LABEL=SHARE,...", help="label shares to assume, for example none=0.5")


def add_model_path(parser: argparse.ArgumentParser, what: str = "a trained model") -> None:
    """Which model, and whether a file that can run code may be one."""
    parser.add_argument("--model", metavar="PATH", help=f"{what} (default: the shipped one)")
    parser.add_argument(
        "--trust-pickle", action="store_true", help="open a .joblib copy as the model, which runs whatever code is in it"
    )


def positive(text: str) -> int:
    """A whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def byte_count(text: str) -> int:
    """A number of bytes such as 64MB or 500kB."""
    match = re.fullmatch(r"(\d+) ?([kmg]?)b?", text.lower())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give one such as 500kB, 64MB or 1GB")
    return int(match[1]) * {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}[match[2]]


def finite(text: str) -> float:
    """A number that is neither infinite nor none."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def shares(stated: str) -> dict[str, float]:
    """``none=0.5,escalation=0.2`` as numbers.

    Raises
    ------
    StanceError
        When a part is no label with a number, or a label stands twice.
    """
    found: dict[str, float] = {}
    for part in stated.split(","):
        label, equals, share = part.strip().partition("=")
        if label in found:
            raise StanceError(f"--prior: {label!r} stands twice")
        try:
            found[label] = float(share)
        except ValueError:
            equals = ""
        if not equals:
            raise StanceError(f"--prior: cannot read {part.strip()!r}; write label shares such as none=0.5,escalation=0.2")
    return found


def tell(message: str) -> None:
    """Print a message on standard output, whatever stands in the names that it holds."""
    from classifier.report.terminal import plain

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(plain(message))


def _parser(commands: Commands, name: str, summary: str, examples: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        allow_abbrev=False,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"examples:\n  {examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
