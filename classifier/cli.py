"""The ``stance`` command: which commands there are, and what becomes of their errors.

Exit codes: 0 done, 1 done but for some articles or rows, 2 wrong usage or unusable input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from classifier import __version__
from classifier.errors import StanceError
from classifier.wording import one_line

COMMANDS = {
    "score": "classifier.commands.score",
    "batch": "classifier.commands.batch",
    "report": "classifier.commands.report",
    "train": "training.commands",
    "evaluate": "training.commands",
    "audit": "training.commands",
    "annotate": "training.commands",
    "model": "training.commands",
}
"""Each command and the module whose ``declare`` adds it. What is not asked for is not imported, so more commands cost no time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(given).parse_args(given)
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
        print(
            f"stance: {one_line(error.lines[0])}", *(f"  {one_line(line)}" for line in error.lines[1:]), sep="\n", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt:
        print("stance: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python must not complain about it again at exit.
        _mute()
    except OSError as error:
        place = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else "standard output"
        print(f"stance: {one_line(place)}: {error.strerror or error}; make room or choose another place", file=sys.stderr)
        _mute()
        return 2
    return code


def _mute() -> None:
    """What is left in the buffer of standard output goes nowhere at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that `arguments` begin with; of all where they name none."""
    parser = argparse.ArgumentParser(
        prog="stance",
        allow_abbrev=False,
        description="Labels every sentence of a news article as escalation, cooperation, negotiation or none.",
        epilog="examples:\n  stance score article.txt\n  stance train labelled.csv -o my.safetensors",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stance {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    named = [COMMANDS[name] for name in arguments[:1] if name in COMMANDS]
    for module in dict.fromkeys(named or COMMANDS.values()):
        import_module(module).declare(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
