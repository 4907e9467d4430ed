"""``Analyzer``: what scikit-learn's vectorisers need to know of a model's features, in a form that files hold well.

A module of its own, since the copies that ``stance model export`` writes name it: who opens one needs this class.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from classifier.errors import StanceError
from classifier.model import features
from classifier.text.reading import as_read


class Analyzer:
    """The features of one model: called with a sentence, those of the sentence; iterated over, their names column by column.

    So it is both ``analyzer`` and ``vocabulary`` of a ``TfidfVectorizer``. Its state is strings: the names as JSON, since skops
    would write half a kilobyte for each entry of a dictionary, the fingerprint of the features that it was made for, and what
    else the model's file says, so that a model can be made of the copy again.

    Parameters
    ----------
    names : sequence of str
        The vocabulary in the order of its columns.
    about : str
        JSON: prior, threshold and all that a model file holds besides arrays.
    """

    def __init__(self, names: Sequence[str], about: str = "{}") -> None:
        self.about = about
        self._names = tuple(names)
        self._known = frozenset(self._names)

    def __call__(self, sentence: str) -> list[str]:
        """The features of `sentence`, repeated as often as they occur."""
        return features.extract(as_read(sentence), self._known)

    def __repr__(self) -> str:
        return f"Analyzer of {len(self._names):,} features"

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getstate__(self) -> dict[str, str]:
        return {"names": json.dumps(self._names, ensure_ascii=False), "features": features.fingerprint(), "about": self.about}

    def __setstate__(self, state: dict[str, str]) -> None:
        """Refuses, with a StanceError, to score wrongly without a sign of it."""
        if state["features"] not in (features.fingerprint(), features.fingerprint(of_format_2=True)):
            raise StanceError("this copy was made for other features, lexicon or stemmer than are installed; export it again")
        self.about = state.get("about", "{}")
        self._names = tuple(json.loads(state["names"]))
        self._known = frozenset(self._names)
