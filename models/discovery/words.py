"""The words that set a theme apart, by class-based TF-IDF with counts that are frozen for one discovery.

A term weighs its share of the theme's terms times ln(1 + A / f): A is the mean number of terms a theme has, f how often
the term stands in all texts (Grootendorst 2022). Both are of the texts of the discovery, so merging two themes later
changes nobody else's words.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from models.discovery.codes import Ints

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LONGEST = 3
_SHORTEST_WORD = 3
_FILLERS = frozenset(
    "just really very got get gets getting did does doing done make makes made went going come came want wanted need "
    "needed use used using lot thing things way able yes okay etc via actually "
    "ive dont didnt doesnt cant couldnt wont wouldnt wasnt werent isnt arent hasnt havent hadnt youre theyre".split()
)
# Words of scikit-learn's list that say something of a product or a service.
_TELLING = frozenset(
    "amount bill bottom call computer cry detail empty fill fire front full interest mill move name serious side "
    "sincere system thick thin top".split()
)
_STOP = (ENGLISH_STOP_WORDS | _FILLERS) - _TELLING
# What a term may end with, though it says nothing alone: "top up", "signed off".
_PARTICLES = frozenset({"up", "off", "out"})
_LEAST_TEXTS = 3
_COMMON, _LEADS, _SUBJECT = 0.2, 0.06, 1 / 3
_NAMED, _INSIDE = 0.75, re.compile(r"(?<=[\w,;)’'\"-])[ \t]+([^\W\d_]+)")
SAYING = frozenset(
    "thank thanks think know feel felt say said told asked ask like true right extremely absolutely".split()
)
JUDGING = SAYING | frozenset(
    "good great better best excellent nice fine perfect brilliant amazing fantastic bad poor worst happy pleased "
    "satisfied".split()
)
"""Words that say how, not what: they name a theme only where it has no others."""


@dataclass(frozen=True, slots=True)
class Words:
    """`counts`: how often each term stands in all texts of the discovery; `mean`: terms of a theme on average."""

    counts: dict[str, int]
    mean: int
    of_theme: tuple[tuple[str, ...], ...]


def words(texts: Sequence[str], themes: Ints, count: int, most: int = 10) -> Words:
    """The `most` heaviest terms of each of `count` themes; texts of a negative theme are only counted.

    The first is the heaviest of several words that stands in six of a hundred of the theme's texts, in three at least,
    and says what they are about, if there is one; then come terms in a fifth of the texts or more, then the others,
    each heaviest first.
    None says again what one before it says.

    Terms are words of three letters or more and up to three words in a row that neither begin nor end with an English
    stop word; a theme that has nothing else has its stop words. A term in fewer than three texts is left out, so that
    a rare name is nobody's keyword. A term with a proper name (`proper_names`) is one only where a third of the theme's
    texts have it: then the theme is about it, else it is who was there.
    """
    told = _told(texts, themes, count, most, _terms)
    nameless = [theme for theme, terms in enumerate(told.of_theme) if not terms]
    if not nameless or not texts:
        return told
    plain = _told(texts, themes, count, most, _plain).of_theme
    return Words(told.counts, told.mean, tuple(terms or plain[at] for at, terms in enumerate(told.of_theme)))


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, contractions whole."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def proper_names(texts: Sequence[str]) -> frozenset[str]:
    """Words, in lower case, that have a capital within sentences three times of four, and twice at least.

    Texts that begin with a small letter are left out: who writes so may write everything so. Words in capitals
    throughout ("NHS") count for neither.
    """
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        if text[:1].islower():
            continue
        for word in _INSIDE.findall(text):
            if word.istitle():
                capital[word.lower()] += 1
            elif word.islower():
                small[word] += 1
    return frozenset(word for word, often in capital.items() if often > 1 and often >= _NAMED * (often + small[word]))


def stems(term: str) -> frozenset[str]:
    """Enough of each word to see that "payment" and "payments" are one."""
    return frozenset(word[:4] for word in term.split())


def _plain(text: str) -> list[str]:
    return [word for word in tokens(text) if len(word) >= _SHORTEST_WORD]


def _terms(text: str) -> Iterator[str]:
    said = tokens(text)
    for start, first in enumerate(said):
        if _empty(first):
            continue
        yield first
        for end in range(start + 2, min(start + _LONGEST, len(said)) + 1):
            last = said[end - 1]
            if last in _PARTICLES or not _empty(last):
                yield " ".join(said[start:end])


def _empty(word: str) -> bool:
    return len(word) < _SHORTEST_WORD or word in _STOP or "'" in word


def _told(texts: Sequence[str], themes: Ints, count: int, most: int, analyzer: object) -> Words:
    reader = CountVectorizer(analyzer=analyzer)
    try:
        table = reader.fit_transform(texts)
    except ValueError:  # nothing but stop words
        return Words({}, 0, ((),) * count)
    often = np.asarray((table > 0).sum(axis=0)).ravel() >= _LEAST_TEXTS
    terms, table = reader.get_feature_names_out()[often], table[:, often].tocsr()
    totals = np.asarray(table.sum(axis=0)).ravel()
    mean = int(totals.sum() / max(count, 1))
    idf = np.log1p(mean / np.maximum(totals, 1))
    people = proper_names(texts)
    named = np.array([not people.isdisjoint(term.split()) for term in terms], bool)
    found = []
    for theme in range(count):
        texts_of_it = table[themes == theme]
        mine = np.asarray(texts_of_it.sum(axis=0)).ravel()
        weights = mine / max(mine.sum(), 1) * idf
        said = np.asarray((texts_of_it > 0).sum(axis=0)).ravel()
        share = said / max(texts_of_it.shape[0], 1)
        weights[named & (share < _SUBJECT)] = 0
        leads = (share >= _LEADS) & (said >= _LEAST_TEXTS)
        order = [at for at in np.lexsort((terms, -weights, share < _COMMON)) if weights[at] > 0]
        phrases = [at for at in np.lexsort((terms, -weights)) if weights[at] > 0 and leads[at]]
        found.append(_said_once(_lead([str(terms[at]) for at in phrases]), [str(terms[at]) for at in order], most))
    return Words({str(term): int(total) for term, total in zip(terms, totals, strict=True)}, mean, tuple(found))


def _lead(ranked: Sequence[str]) -> str | None:
    """The first term of several words that says what the theme is about, not only how it was."""
    for term in ranked:
        said = term.split()
        inner = all(word == "of" or word in _PARTICLES or not _empty(word) for word in said)
        if len(said) > 1 and inner and not set(said) & JUDGING:
            return term
    return None


def _said_once(lead: str | None, ranked: Sequence[str], most: int) -> tuple[str, ...]:
    """The lead and then the terms, without those that say again what is said already."""
    chosen = [lead] if lead else []
    for term in ranked:
        if len(chosen) == most:
            break
        if not any(stems(term) <= stems(one) or stems(one) <= stems(term) for one in chosen):
            chosen.append(term)
    return tuple(chosen)
