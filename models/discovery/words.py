"""The words that set a theme apart, by class-based TF-IDF with counts that are frozen for one discovery.

A term weighs its share of the theme's terms times ln(1 + A / f): A is the mean number of terms a theme has, f how often
the term stands in all texts (Grootendorst 2022). Both are of the texts of the discovery, so merging two themes later
changes nobody else's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from models.discovery.codes import Ints

_TOKEN = r"(?u)\b[^\W\d_]{3,}\b"
# What is left of "don't" and its like once it is cut at the apostrophe.
_HALVES = frozenset("don didn doesn isn wasn hasn haven hadn won couldn wouldn shouldn aren weren ain".split())
_LEAST_TEXTS = 3
_IN_A_NAME = 3
_COMMON = 0.2


@dataclass(frozen=True, slots=True)
class Words:
    """`counts`: how often each term stands in all texts of the discovery; `mean`: terms of a theme on average."""

    counts: dict[str, int]
    mean: int
    of_theme: tuple[tuple[str, ...], ...]


def words(texts: Sequence[str], themes: Ints, count: int, most: int = 10) -> Words:
    """The `most` heaviest terms of each of `count` themes; texts of a negative theme are only counted.

    Terms in a fifth of a theme's texts or more come first, then the others, each heaviest first.

    Terms are words of three letters or more and pairs of them, without English stop words (but for a theme that has
    nothing else); a term in fewer than three texts is left out, so that a rare name is nobody's keyword.
    """
    if not texts:
        return Words({}, 0, ((),) * count)
    told = _told(texts, themes, count, most, sorted(ENGLISH_STOP_WORDS | _HALVES))
    nameless = [theme for theme, terms in enumerate(told.of_theme) if not terms]
    if not nameless:
        return told
    plain = _told(texts, themes, count, most, None).of_theme
    return replace(told, of_theme=tuple(terms or plain[theme] for theme, terms in enumerate(told.of_theme)))


def _told(texts: Sequence[str], themes: Ints, count: int, most: int, stop: list[str] | None) -> Words:
    reader = CountVectorizer(ngram_range=(1, 2), stop_words=stop, token_pattern=_TOKEN)
    try:
        table = reader.fit_transform(texts)
    except ValueError:  # nothing but stop words
        return Words({}, 0, ((),) * count)
    often = np.asarray((table > 0).sum(axis=0)).ravel() >= _LEAST_TEXTS
    terms, table = reader.get_feature_names_out()[often], table[:, often].tocsr()
    totals = np.asarray(table.sum(axis=0)).ravel()
    mean = int(totals.sum() / max(count, 1))
    idf = np.log1p(mean / np.maximum(totals, 1))
    found = []
    for theme in range(count):
        texts_of_it = table[themes == theme]
        mine = np.asarray(texts_of_it.sum(axis=0)).ravel()
        weights = mine / max(mine.sum(), 1) * idf
        common = np.asarray((texts_of_it > 0).sum(axis=0)).ravel() >= _COMMON * texts_of_it.shape[0]
        order = np.lexsort((terms, -weights, ~common))[:most]
        found.append(tuple(str(terms[at]) for at in order if weights[at] > 0))
    return Words({str(term): int(total) for term, total in zip(terms, totals, strict=True)}, mean, tuple(found))


def readable(terms: Sequence[str]) -> str:
    """A name of the heaviest terms, none of them said twice: "Top up, declined"; "Unnamed" without terms."""
    chosen: list[str] = []
    for term in terms:
        longer = next((at for at, one in enumerate(chosen) if f" {one} " in f" {term} "), None)
        if longer is not None:
            chosen[longer] = term  # "top up" says more than "top"
        elif not any(_stems(term) & _stems(one) for one in chosen):
            chosen.append(term)
        if len(chosen) == _IN_A_NAME:
            break
    name = ", ".join(dict.fromkeys(chosen))
    return name[:1].upper() + name[1:] or "Unnamed"


def _stems(term: str) -> set[str]:
    # Enough to see that "payment" and "payments" are one word.
    return {word[:5] for word in term.split()}
