"""Names by which earlier documentation and exported copies call modules that have moved: they can be imported as before."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

# importlib.abc takes longer to import than all the rest of ``stance --version``.
if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object

MOVED = {
    "classifier.analyzer": ("classifier.model.analyzer",),
    "classifier.articles": ("classifier.text.articles",),
    "classifier.features": ("classifier.model.features", "classifier.model.tokens"),
    "classifier.series": ("classifier.report.labelled_rows", "classifier.report.series", "classifier.report.change"),
    "training.compare": ("training.judge.compare",),
}
"""The earlier name, and the modules that now hold what it held."""


def find_moved_modules() -> None:
    """Let ``import`` find them; nothing is imported before somebody asks for it."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


class _Finder(Loader):
    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own way to make one."""

    def exec_module(self, module: ModuleType) -> None:
        for home in MOVED[module.__name__]:
            held = vars(import_module(home))
            vars(module).update({name: value for name, value in held.items() if not name.startswith("__")})
