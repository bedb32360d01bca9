"""Turn logits into probabilities that mean what they say (temperature scaling, Guo et al. 2017)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]


def softmax(logits: Floats, temperature: float = 1.0) -> NDArray[np.float32]:
    """Probabilities (n, k) of logits (n, k) divided by `temperature`; a temperature above 1 makes them less sure."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    weights = np.exp(scaled)
    probabilities: NDArray[np.float32] = (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)
    return probabilities


def sigmoid(logits: Floats, temperature: float = 1.0) -> NDArray[np.float32]:
    """Probability of each logit, without overflow."""
    scaled = np.asarray(logits, np.float64) / temperature
    return (0.5 * (1.0 + np.tanh(0.5 * scaled))).astype(np.float32)


def negative_log_likelihood(logits: Floats, targets: Floats, temperature: float) -> float:
    """Mean cross-entropy of soft `targets` (n, k) under tempered logits (n, k), in nats."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    log_probabilities = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return float(-(np.asarray(targets) * log_probabilities).sum(axis=1).mean())


def fit_temperature(logits: Floats, targets: Floats, *, low: float = 0.2, high: float = 10.0) -> float:
    """The temperature with the least cross-entropy on held-out rows, by golden-section search.

    The loss is convex in 1/temperature, so the search runs there. Raises ValueError for no rows.
    """
    if len(logits) == 0:
        raise ValueError("temperature needs at least one held-out row")
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    left, right = 1.0 / high, 1.0 / low
    for _ in range(60):
        a, b = right - ratio * (right - left), left + ratio * (right - left)
        if negative_log_likelihood(logits, targets, 1.0 / a) <= negative_log_likelihood(logits, targets, 1.0 / b):
            right = b
        else:
            left = a
    return float(2.0 / (left + right))
