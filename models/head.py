"""A team's own head: a linear classifier on what the encoder makes of a comment, run by NumPy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Sizes: mean and scale (d,), weights (d, 3), bias (3,). Features: the encoder's pooled output and its logits."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats


def head_logits(head: Head, features: Floats) -> Floats:
    """Logits (n, 3) of features (n, d).

    By einsum, so that a comment scores the same however many it comes with.
    """
    standard = (features - head.mean) / head.scale
    logits: Floats = np.einsum("nd,dk->nk", standard, head.weights) + head.bias
    return logits.astype(np.float32)


def features_of(embedding: Floats, logits: Floats) -> Floats:
    """The features (n, d) of comments: the pooled output (n, d - 3) beside the encoder's own logits (n, 3)."""
    return np.concatenate([embedding, logits], axis=1).astype(np.float32)
