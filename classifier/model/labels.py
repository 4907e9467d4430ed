"""The four labels: their order, their colour and their sign. Nothing else names them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """One label of the default scheme.

    Attributes
    ----------
    name : str
        As written in labelled data and in every output.
    sign : int
        What the label does to tension: +1 raises, -1 lowers, 0 leaves it.
    stance : bool
        False for the label of sentences that take no stance; such sentences carry no weight in a tension figure.
    light, dark : str
        Colours (hex) on a light and on a dark page; each pair reaches a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3).
    terminal : str
        Colour name that the terminal shows it in.
    """

    name: str
    sign: int
    stance: bool
    light: str
    dark: str
    terminal: str


DEFAULT = (
    Label("escalation", +1, True, "#b42318", "#ff8a7a", "red"),
    Label("cooperation", -1, True, "#067647", "#5fd39a", "green"),
    Label("negotiation", 0, True, "#175cd3", "#84b6ff", "blue"),
    Label("none", 0, False, "#5d6673", "#9aa4b2", "bright_black"),
)

NAMES = tuple(label.name for label in DEFAULT)

_BY_NAME = {label.name: label for label in DEFAULT}


def describe(name: str) -> Label:
    """The label called `name`; a label of a user's own scheme counts as a stance without sign."""
    return _BY_NAME.get(name) or Label(name, 0, True, "#6941c6", "#bba8ff", "magenta")
