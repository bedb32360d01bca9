"""Which words moved a comment towards negative: leave them out and see (occlusion, Zeiler and Fergus 2014).

A short comment is tried word by word. A longer one is tried part by part first, a very long one's strongest part in
parts again, then word by word inside the parts that mattered most, so that a comment costs at most `MOST_TRIES`
scorings however long it is. Where a cheaper model can
propose the words, the one that answered is asked about those alone.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.encoding import kept_parts
from models.sentiment import WordWeight

Span = tuple[int, int]
# Negative probability (n,) of each text, in the order asked.
NegativeOf = Callable[[Sequence[str]], NDArray[np.float32]]

WORD_LIMIT = 12
PARTS = 8
MOST_TRIES = 1 + PARTS + 2 * WORD_LIMIT
PROPOSALS = 6
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*|[^\w\s]{2,}|[\u2600-\u27BF\U0001F000-\U0001FAFF]")
# Between two letters they join or part what is drawn, and the word goes on.
_JOINERS = "\u200c\u200d"


def words_of(text: str) -> list[Span]:
    """Character spans [start, end) of the words, in a very long comment of the parts that the model is shown."""
    return [span for part in kept_parts(text) for span in _words(text, part)]


def _words(text: str, part: Span) -> list[Span]:
    plain = text[part[0] : part[1]]
    letters = plain if plain.isascii() else _marks_as_letters(plain)
    return [(part[0] + match.start(), part[0] + match.end()) for match in _WORD.finditer(letters)]


def _marks_as_letters(text: str) -> str:
    """The same length, accents and vowel signs written after a letter turned into letters: they end no word."""
    shown: list[str] = []
    for character in text:
        goes_on = character in _JOINERS or unicodedata.category(character).startswith("M")
        after_letter = bool(shown) and (shown[-1].isalnum() or shown[-1] == "_")
        shown.append("a" if goes_on and after_letter else character)
    return "".join(shown)


def word_weights(text: str, negative_of: NegativeOf) -> tuple[WordWeight, ...]:
    """How much each word (or part, where its words were not tried) raises the negative probability, in text order."""
    words = words_of(text)
    if not words:
        return ()
    if len(words) <= WORD_LIMIT:
        return _weights(text, words, negative_of)
    weighed = list(_weights(text, _parts(text, words), negative_of))
    chosen, most = _strongest(weighed, 2), 2 * WORD_LIMIT
    if len(_inside(words, chosen)) > most:
        # A very long comment: the strongest part is cut into parts once more before its words are tried.
        finer = _weights(text, _parts(text, _inside(words, chosen[:1])), negative_of)
        weighed = [part for part in weighed if part != chosen[0]] + list(finer)
        chosen, most = _strongest(finer, 2), MOST_TRIES - 2 * (1 + PARTS) - 1
        chosen = chosen if len(_inside(words, chosen)) <= most else chosen[:1]
    if len(_inside(words, chosen)) <= most:
        rest = [part for part in weighed if part not in chosen]
        weighed = [*rest, *_weights(text, _inside(words, chosen), negative_of)]
    return tuple(sorted(weighed, key=lambda weight: weight.start))


def _parts(text: str, words: Sequence[Span]) -> list[Span]:
    """At most `PARTS` runs of words, none across the middle that a very long comment loses."""
    edge = kept_parts(text)[0][1]
    before, after = [word for word in words if word[1] <= edge], [word for word in words if word[0] >= edge]
    later = max(1, PARTS * len(after) // len(words)) if after else 0
    runs = [*np.array_split(np.array(before), PARTS - later)] if before else []
    runs += [*np.array_split(np.array(after), later)] if after else []
    return [(int(run[0][0]), int(run[-1][1])) for run in runs if len(run)]


def _strongest(parts: Sequence[WordWeight], most: int) -> list[WordWeight]:
    return sorted(parts, key=lambda part: -abs(part.weight))[:most]


def _inside(words: Sequence[Span], parts: Sequence[WordWeight]) -> list[Span]:
    return [word for word in words if any(part.start <= word[0] < part.end for part in parts)]


def confirmed(
    text: str, proposed: Sequence[WordWeight], negative_of: NegativeOf, most: int = PROPOSALS
) -> tuple[WordWeight, ...]:
    """The strongest of the spans that another model proposed, weighed by this one, in text order."""
    strongest = sorted(proposed, key=lambda word: -word.weight)[:most]
    spans = sorted((word.start, word.end) for word in strongest if word.weight > 0)
    return _weights(text, spans, negative_of) if spans else ()


def top_words(weights: Sequence[WordWeight], most: int = 5, least: float = 0.02) -> tuple[WordWeight, ...]:
    """The spans that raise the negative probability by at least `least`, strongest first."""
    raising = [weight for weight in weights if weight.weight >= least]
    return tuple(sorted(raising, key=lambda weight: -weight.weight)[:most])


def _weights(text: str, spans: Sequence[Span], negative_of: NegativeOf) -> tuple[WordWeight, ...]:
    scores = negative_of([text, *(_without(text, span) for span in spans)])
    return tuple(
        WordWeight(start, end, float(scores[0] - score)) for (start, end), score in zip(spans, scores[1:], strict=True)
    )


def _without(text: str, span: Span) -> str:
    return text[: span[0]] + text[span[1] :]
