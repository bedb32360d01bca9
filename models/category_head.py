"""A head over kept vectors: which category a ticket is in, learned from those that people have put right.

Logistic regression with the class weights balanced, since corrections come as they come; plain arrays, so that it is
stored without code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from models.encoder import Vectors

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class CategoryHead:
    """Categories with weights (classes, dimensions) and biases (classes,)."""

    classes: tuple[str, ...]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    def probabilities(self, vectors: Vectors) -> NDArray[np.float64]:
        """(n, classes), rows adding up to one."""
        logits = vectors @ self.weights.T + self.biases
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def fit_head(vectors: Vectors, categories: Sequence[str]) -> CategoryHead:
    """Learn; at least two categories."""
    model = LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced").fit(vectors, list(categories))
    classes = tuple(str(name) for name in model.classes_)
    weights, biases = model.coef_, model.intercept_
    if len(classes) == 2:  # one row of weights stands for both
        weights, biases = np.vstack([-weights[0] / 2, weights[0] / 2]), np.array([-biases[0] / 2, biases[0] / 2])
    return CategoryHead(classes, np.asarray(weights, np.float64), np.asarray(biases, np.float64))


def cross_validated(vectors: Vectors, categories: Sequence[str]) -> list[str]:
    """What a head that has not seen a ticket says of it, for each; every category at least `FOLDS` times.

    Always the same for the same tickets in the same order.
    """
    names = np.array(categories)
    told = np.empty(len(names), dtype=names.dtype)
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(vectors, names):
        head = fit_head(vectors[train], names[train].tolist())
        told[test] = np.array(head.classes)[head.probabilities(vectors[test]).argmax(axis=1)]
    return [str(name) for name in told]


def surely_better(one: Sequence[bool], other: Sequence[bool], level: float = 0.05) -> bool:
    """Whether `one` is right more often than `other` on the same cases, by McNemar's exact test (one-sided).

    McNemar 1947: only the cases on which just one of the two is right tell them apart.
    """
    wins = sum(a and not b for a, b in zip(one, other, strict=True))
    losses = sum(b and not a for a, b in zip(one, other, strict=True))
    apart = wins + losses
    chance = sum(comb(apart, k) for k in range(wins, apart + 1)) / 2**apart
    return wins > losses and chance <= level
