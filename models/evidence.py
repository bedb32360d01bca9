"""Which words moved a comment towards negative: leave them out and see (occlusion, Zeiler and Fergus 2014).

A short comment is tried word by word. A longer one is tried part by part first, then word by word inside the parts
that mattered most, so that a comment costs at most `MOST_TRIES` scorings however long it is. Where a cheaper model can
propose the words, the one that answered is asked about those alone.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.encoding import MAX_CHARACTERS
from models.sentiment import WordWeight

Span = tuple[int, int]
# Negative probability (n,) of each text, in the order asked.
NegativeOf = Callable[[Sequence[str]], NDArray[np.float32]]

WORD_LIMIT = 12
PARTS = 8
MOST_TRIES = 1 + PARTS + 2 * WORD_LIMIT
PROPOSALS = 6
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*|[^\w\s]{2,}|[\U0001F000-\U0001FAFF]")


def words_of(text: str) -> list[Span]:
    """Character spans [start, end) of the words of the first 2,000 characters."""
    return [match.span() for match in _WORD.finditer(text, 0, MAX_CHARACTERS)]


def word_weights(text: str, negative_of: NegativeOf) -> tuple[WordWeight, ...]:
    """How much each word (or part, where its words were not tried) raises the negative probability, in text order."""
    words = words_of(text)
    if not words:
        return ()
    if len(words) <= WORD_LIMIT:
        return _weights(text, words, negative_of)
    parts = [(words[part[0]][0], words[part[-1]][1]) for part in np.array_split(np.arange(len(words)), PARTS)]
    weighed = _weights(text, parts, negative_of)
    strongest = sorted(weighed, key=lambda part: -abs(part.weight))[:2]
    inside = [word for word in words if any(part.start <= word[0] < part.end for part in strongest)]
    if len(inside) > 2 * WORD_LIMIT:
        return weighed
    rest = [part for part in weighed if part not in strongest]
    return tuple(sorted([*rest, *_weights(text, inside, negative_of)], key=lambda weight: weight.start))


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
