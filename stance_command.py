"""What the ``stance`` command starts: it finds the packages of stance, whatever else lies where Python looks for modules.

A file of its own, of a name that nobody has: ``classifier`` and ``training`` are names that somebody's own folder may well hold,
and PYTHONPATH puts that folder before the installed packages.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

_PACKAGES = ("classifier", "training")


def main() -> int:
    """Run the command and return its exit code."""
    _look_here_first()
    from classifier.cli import main as run

    return run()


def _look_here_first() -> None:
    """Put the folders behind this one that hold something else under the names of our packages.

    They stay on the path, and so in the path that worker processes are given.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    hiding = [folder for folder in sys.path if os.path.realpath(folder) != os.path.realpath(here) and _holds_ours(folder)]
    sys.path[:] = [folder for folder in sys.path if folder not in hiding] + hiding


def _holds_ours(folder: str) -> bool:
    """Whether a module or package of the name of one of ours lies there; a folder without ``__init__.py`` hides nothing."""
    found = (PathFinder.find_spec(name, [folder]) for name in _PACKAGES)
    return any(spec is not None and spec.origin is not None for spec in found)


if __name__ == "__main__":
    sys.exit(main())
