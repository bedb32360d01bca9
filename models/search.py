"""Finding the texts nearest to another, by meaning (an encoder's vectors) and by words (TF-IDF), added up.

`python -m benchmarks.help` measures each way by itself, both added up, and both fused by rank.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

Scores = NDArray[np.float32]


class Found(NamedTuple):
    """One text found: its place among those searched, the cosine by meaning and by words."""

    place: int
    meaning: float
    words: float


class WordIndex:
    """TF-IDF over words and pairs of words of the texts that are searched; no stop list, so it serves any language."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode")
        usable = any(any(letter.isalnum() for letter in text) for text in texts)
        self._count = len(texts)
        self._matrix: Any = None
        if usable:
            self._fit(texts)

    def scores(self, query: str) -> Scores:
        """(n,) cosines of a query with every text; zeros where no word is shared."""
        if self._matrix is None:
            return np.zeros(self._count, np.float32)
        wanted = self._vectorizer.transform([query])
        return np.asarray((self._matrix @ wanted.T).toarray()[:, 0], np.float32)

    def _fit(self, texts: Sequence[str]) -> None:
        with suppress(ValueError):  # nothing but single characters: there is no vocabulary
            self._matrix = self._vectorizer.fit_transform(texts)


def nearest(meaning: Scores, words: Scores, limit: int, least: float = 0.25) -> list[Found]:
    """The best of both together, at most `limit`; texts that mean less than `least` and share hardly a word are not."""
    both = summed(meaning, words)
    order = [int(at) for at in np.argsort(-both, kind="stable") if both[at] >= least]
    return [Found(at, float(meaning[at]), float(words[at])) for at in order[:limit]]


def summed(meaning: Scores, words: Scores) -> Scores:
    """Meaning plus half of words."""
    return np.asarray(meaning + np.float32(0.5) * words, np.float32)
