"""Words and pairs of words of many comments as hashed features, with NumPy alone and no loop over comments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 600
_SEPARATOR = 0
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)


def _character_classes() -> NDArray[np.uint8]:
    """0 between words, 1 in a word (letters, digits, apostrophe, every byte of other letters), 2 a word of its own."""
    table = np.zeros(256, np.uint8)
    table[[*range(ord("0"), ord("9") + 1), *range(ord("a"), ord("z") + 1), ord("'"), *range(128, 256)]] = 1
    table[[ord("!"), ord("?"), ord("%")]] = 2
    return table


_CLASSES = _character_classes()
_POWERS = np.cumprod(np.full(64, 0x100000001B3, np.uint64), dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class HashedComments:
    """Feature numbers of n comments one after another: those of comment i start at `starts[i]`, `counts[i]` of them."""

    features: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def hash_comments(texts: Sequence[str], bits: int) -> HashedComments:
    """Each comment's words and neighbouring pairs as numbers below 2**bits; case and accents' encoding matter not.

    A comment starts with a mark of its own, so that no comment is without features and the first word is known as such.
    """
    buffer = _buffer(texts)
    words, document = _words(buffer)
    first = np.flatnonzero(np.diff(document, prepend=-1))
    pairs = words[:-1] * _PAIR + words[1:]
    inside = np.flatnonzero(document[:-1] == document[1:])
    hashes = np.concatenate([words, pairs[inside]])
    owner = np.concatenate([document, document[inside]])
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=len(texts)).astype(np.int64)
    features = ((hashes[order] * _MIX) >> np.uint64(64 - bits)).astype(np.int64)
    assert len(first) == len(texts)
    return HashedComments(features, np.cumsum(counts) - counts, counts)


def _buffer(texts: Sequence[str]) -> NDArray[np.uint8]:
    cut = [text[:MAX_BYTES] for text in texts]
    joined = "\0".join(cut).lower()
    if joined.count("\0") != len(texts) - 1:
        joined = "\0".join(text.replace("\0", " ") for text in cut).lower()
    plain = joined.replace("\u2019", "'").replace("\u2018", "'")
    return np.frombuffer(plain.encode("utf-8", "replace"), np.uint8)


def _words(buffer: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash of each word and the comment it belongs to; each comment is led by a mark."""
    marked = np.concatenate([[np.uint8(_SEPARATOR)], buffer])
    kind = _CLASSES[marked].copy()
    kind[marked == _SEPARATOR] = 2
    before = np.concatenate([[np.uint8(0)], kind[:-1]])
    begins = (kind == 2) | ((kind == 1) & (before != 1))
    kept = kind > 0
    position = np.flatnonzero(kept)
    first = begins[kept]
    starts = np.flatnonzero(first)
    lengths = np.diff(np.append(starts, len(position)))
    offset = np.minimum(np.arange(len(position)) - np.repeat(starts, lengths), len(_POWERS) - 1)
    value = (marked[position].astype(np.uint64) + np.uint64(1)) * _POWERS[offset]
    words = np.add.reduceat(value, starts)
    document = np.cumsum(marked == _SEPARATOR)[position[starts]] - 1
    # The plain sum above is even for too many words; one multiplication and shift spread it.
    words ^= words >> np.uint64(29)
    return words * _MIX, document.astype(np.int64)
