"""A label scheme's names in, the names to train on out: mappings that come with stance, or that a user states.

``mappings.csv`` decides every PLOVER root (Open Event Data Alliance 2018), CAMEO code (Schrodt 2012) and sign of the scale of
Goldstein (1992) under the codebook, with the reason. What the codebook cannot decide is mapped to nothing:
such rows are left out.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from classifier.errors import StanceError
from training.data.formats import read_sheet

TABLE = Path(__file__).parent / "mappings.csv"
_GOLDSTEIN, _CAMEO = "goldstein", "cameo"
_NUMBERED = (_CAMEO, "cameo-penta", "plover-quad")
_CODE = re.compile(r"([0-9]{1,4})(\.0+)?")


@dataclass(frozen=True)
class Mapping:
    """What each value of a scheme becomes.

    Attributes
    ----------
    name : str
        Of the scheme, or of the user's file.
    labels : dict of str to str
        Label of each value, in the spelling that ``_spelt`` gives it; empty where rows are to be left out.
    """

    name: str
    labels: dict[str, str]

    def label(self, value: str) -> str | None:
        """The label of `value`, empty when its rows are left out, None when the mapping does not know it.

        A value that is already one of the mapping's labels stays as it is.
        """
        found = self.labels.get(_sign(value) if self.name == _GOLDSTEIN else _spelt(self.name, value))
        return value if found is None and value in self.labels.values() else found


def read_mapping(stated: str) -> Mapping:
    """The mapping that a user names.

    Parameters
    ----------
    stated : str
        ``hostile=escalation,...``; or a shipped scheme: plover, plover-quad, cameo, cameo-penta, goldstein; or a file with the
        columns ``value`` and ``label``.

    Raises
    ------
    StanceError
        When it is none of these, or states a value twice.
    """
    if "=" in stated:
        pairs = [tuple(part.split("=", 1)) for part in stated.split(",")]
        if incomplete := [pair[0] for pair in pairs if len(pair) < 2 or not pair[0].strip()]:
            raise StanceError(
                f"--map: cannot read {incomplete[0]!r}; write pairs such as hostile=escalation,friendly=cooperation"
            )
        return _mapping("--map", [(pair[0], pair[1]) for pair in pairs])
    if stated in _shipped():
        return _shipped()[stated]
    if not Path(stated).is_file():
        raise StanceError(
            f"--map: {stated!r} is no file, no pairs such as hostile=escalation, and none of {', '.join(_shipped())}"
        )
    sheet = read_sheet(Path(stated))
    if missing := {"value", "label"} - set(sheet.columns):
        raise StanceError(f"{stated}: no column {sorted(missing)[0]!r}; a mapping needs the columns value and label")
    return _mapping(stated, [(row.cells["value"], row.cells["label"]) for row in sheet.rows])


def _mapping(name: str, pairs: list[tuple[str, str]]) -> Mapping:
    labels: dict[str, str] = {}
    for value, label in pairs:
        if labels.setdefault(_spelt(name, value), label.strip()) != label.strip():
            raise StanceError(f"{name}: {value.strip()!r} is mapped to two labels; keep one")
    return Mapping(name, labels)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Mapping]:
    pairs: dict[str, list[tuple[str, str]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pairs.setdefault(row["mapping"], []).append((row["value"], row["label"]))
    return {name: _mapping(name, some) for name, some in pairs.items()}


def _spelt(scheme: str, value: str) -> str:
    """Capitals do not count; in a scheme of numbers 04, 4 and 4.0 are one, and a longer code of CAMEO is its root: 0311 is 03."""
    number = _CODE.fullmatch(value.strip()) if scheme in _NUMBERED else None
    if number is None:
        return value.strip().casefold()
    code = number[1][:2] if scheme == _CAMEO else number[1]
    return code.lstrip("0") or "0"


def _sign(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return ""
    return "" if not math.isfinite(number) else "negative" if number < 0 else "positive" if number > 0 else "zero"
