"""Networks that answer by rule, so that what surrounds a network can be tested without one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.batching import PADDED_TOGETHER, Estimates, NetworkFault


class RuleNetwork:
    """Negative for texts with "bad", positive else; fails on every batch that holds "crash"; remembers its calls."""

    has_frustration, together = True, PADDED_TOGETHER

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str]]] = []

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        self.calls.append(list(zip(questions, texts, strict=True)))
        if any("crash" in text for text in texts):
            raise NetworkFault("no memory")
        rows = [[0.8, 0.1, 0.1] if "bad" in text else [0.1, 0.1, 0.8] for text in texts]
        for row, text in zip(rows, texts, strict=True):
            if "nan" in text:
                row[0] = float("nan")
        return Estimates(np.array(rows, np.float32), np.array([row[0] / 2 for row in rows], np.float32))

    @property
    def seen(self) -> list[str]:
        return [text for call in self.calls for _, text in call]


def labelled_sample(rng: np.random.Generator, rows: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and the probabilities of a model that is usually right."""
    labels = rng.choice(3, rows, p=[0.3, 0.2, 0.5])
    logits = rng.normal(0, 1, (rows, 3))
    logits[np.arange(rows), labels] += 2.0
    weights = np.exp(logits)
    return labels, weights / weights.sum(axis=1, keepdims=True)
