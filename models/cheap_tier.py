"""The first tier of the cascade: hashed words into a small network, distilled from the encoder, run by NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from models.calibration import sigmoid, softmax
from models.word_hashing import hash_comments

Floats = NDArray[np.float32]
# Comments are pooled in slices of this many features, so that memory does not grow with the batch.
SLICE_FEATURES = 200_000
# Nouns without a sentiment of their own: what they mean is what the question makes of them.
PROBES = ("the staff", "the price", "the app", "communication")


class Intent(IntEnum):
    """What a bare answer to a question means: blame after "what could we do better?", praise after "what was good?"."""

    BLAME = 0
    OPEN = 1
    PRAISE = 2
    NO_QUESTION = 3


@dataclass(frozen=True, slots=True, eq=False)
class CheapWeights:
    """Sizes: table (2**bits, d), hidden (d, h), intent (4, h), length (h,), output (h, 4), bias (4,).

    The four outputs are the logits of the three classes and of frustration.
    """

    table: Floats
    hidden: Floats
    intent: Floats
    length: Floats
    output: Floats
    bias: Floats
    sentiment_temperature: float
    frustration_temperature: float

    @property
    def bits(self) -> int:
        """Features are numbers below 2**bits."""
        return int(self.table.shape[0]).bit_length() - 1


@dataclass(frozen=True, slots=True, eq=False)
class CheapAnswer:
    """Calibrated probabilities (n, 3) and frustration (n,), for every comment, sure or not."""

    probabilities: Floats
    frustration: Floats


def answer(weights: CheapWeights, texts: Sequence[str], intents: NDArray[np.int64]) -> CheapAnswer:
    """Score comments, each with the intent of its question, in the order asked."""
    logits = forward(weights, *pool(weights, texts), intents)
    return CheapAnswer(
        softmax(logits[:, :3], weights.sentiment_temperature),
        sigmoid(logits[:, 3], weights.frustration_temperature),
    )


def pool(weights: CheapWeights, texts: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum of each comment's feature vectors over the root of their number (n, d), and the log of that number (n,)."""
    hashed = hash_comments(texts, weights.bits)
    sums = np.empty((len(texts), weights.table.shape[1]), np.float32)
    limits = np.searchsorted(hashed.starts, np.arange(0, len(hashed.features), SLICE_FEATURES))
    for begin, end in zip(limits, [*limits[1:], len(texts)], strict=True):
        if begin == end:
            continue
        first, last = hashed.starts[begin], hashed.starts[end - 1] + hashed.counts[end - 1]
        vectors = weights.table[hashed.features[first:last]]
        sums[begin:end] = np.add.reduceat(vectors, hashed.starts[begin:end] - first, axis=0)
    counts: Floats = hashed.counts.astype(np.float32)
    pooled: Floats = (sums / np.sqrt(counts)[:, None]).astype(np.float32)
    lengths: Floats = np.log(counts)
    return pooled, lengths


def forward(weights: CheapWeights, pooled: Floats, lengths: Floats, intents: NDArray[np.int64]) -> Floats:
    """Logits (n, 4) of pooled comments.

    By einsum, for a matrix product rounds a row by how many rows it comes with, and the same comment must score the
    same in every batch.
    """
    hidden = np.einsum("nd,dh->nh", pooled, weights.hidden) + weights.intent[intents]
    hidden = np.maximum(hidden + lengths[:, None] * weights.length, 0)
    logits: Floats = np.einsum("nh,hk->nk", hidden, weights.output) + weights.bias
    return logits


def intent_of(probabilities: Floats) -> Intent:
    """What a question means by the encoder's answers (n, 3) to bare nouns ("the staff", "the price") after it."""
    return Intent(int(probabilities.mean(axis=0).argmax()))
