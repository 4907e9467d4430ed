"""The sentences of an article in, the language that they are written in out.

An identifier takes a third of a millisecond for a sentence and a second to load, so it is asked only about texts that a reader of
English would stumble over: of few words that the model has met, and few words that only English has.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

ENGLISH = "en"
SURELY_KNOWN = 0.75
"""Of an English article the model has met this share of words, but for one in a hundred."""
_LEAST_ENGLISH = 0.01
_LEAST_MARKED = 0.08
_MOST_READ = 2_000
"""Characters that are enough to tell a language."""


def language_of(sentences: Sequence[str], known: float) -> str:
    """The ISO 639-1 code of the language of an article.

    Parameters
    ----------
    sentences : sequence of str
    known : float
        The mean share of their words that the model has met.
    """
    if known >= SURELY_KNOWN:
        return ENGLISH
    text = " ".join(sentences)[:_MOST_READ]
    words = text.lower().split()
    if sum(word in _ONLY_ENGLISH for word in words) >= _LEAST_MARKED * len(words):
        return ENGLISH
    # In capitals the letters say something else to the identifier.
    ranked = _identifier().rank(text.lower() if text.isupper() else text)
    shares = {language: float(share) for language, share in ranked}
    return ENGLISH if shares[ENGLISH] >= _LEAST_ENGLISH else max(shares, key=lambda language: shares[language])


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES)
    return identifier


# Not Nigerian Pidgin, nor others that are written with the words of a larger one: short headlines would be taken for them.
_LANGUAGES = (
    "am ar az be bg bn bs ca cs da de el en es et fa fi fr gu he hi hr hu hy id is it ja ka kk km ko lo lt lv mk ml mn mr "
    "ms my ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
).split()
# In no other language that is written so are these words frequent.
_ONLY_ENGLISH = frozenset(
    "the and that with from said were been has would which their after its this not his they who than into about".split()
)
