"""A head over kept vectors: which category a ticket is in, learned from those that people have put right.

Logistic regression with the class weights balanced, since corrections come as they come; plain arrays, so that it is
stored without code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from models.calibration import fit_temperature, negative_log_likelihood, softmax
from models.encoder import Vectors
from models.metrics import expected_calibration_error

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class CategoryHead:
    """Categories with weights (classes, dimensions) and biases (classes,)."""

    classes: tuple[str, ...]
    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    def probabilities(self, vectors: Vectors) -> NDArray[np.float32]:
        """(n, classes), rows adding up to one."""
        return softmax(self.logits(vectors))

    def logits(self, vectors: Vectors) -> NDArray[np.float64]:
        """(n, classes) before they are made probabilities."""
        return np.asarray(vectors @ self.weights.T + self.biases)

    def tempered(self, temperature: float) -> "CategoryHead":
        """The same head with the confidence that this temperature gives it."""
        return CategoryHead(self.classes, self.weights / temperature, self.biases / temperature)


class Unseen(NamedTuple):
    """What heads that had not seen a ticket say of each: (n, classes), with the category people gave it by place."""

    classes: tuple[str, ...]
    logits: NDArray[np.float64]
    labels: NDArray[np.int64]

    @property
    def told(self) -> list[str]:
        """The category that each ticket was thought to be in."""
        return [self.classes[at] for at in self.logits.argmax(axis=1)]


class Calibration(NamedTuple):
    """The temperature of a head, and what it brings.

    `error` is the expected calibration error of its confidence on tickets that neither the head nor the temperature
    had seen, `error_before` that of the head as it was fitted.
    """

    temperature: float
    error: float
    error_before: float


def fit_head(vectors: Vectors, categories: Sequence[str]) -> CategoryHead:
    """Learn; at least two categories."""
    model = LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced").fit(vectors, list(categories))
    classes = tuple(str(name) for name in model.classes_)
    weights, biases = model.coef_, model.intercept_
    if len(classes) == 2:  # one row of weights stands for both
        weights, biases = np.vstack([-weights[0] / 2, weights[0] / 2]), np.array([-biases[0] / 2, biases[0] / 2])
    return CategoryHead(classes, np.asarray(weights, np.float64), np.asarray(biases, np.float64))


def cross_validated(vectors: Vectors, categories: Sequence[str]) -> Unseen:
    """What a head that has not seen a ticket says of it, for each; every category at least `FOLDS` times.

    Always the same for the same tickets in the same order.
    """
    names = np.array(categories)
    classes, labels = np.unique(names, return_inverse=True)
    logits = np.empty((len(names), len(classes)))
    for train, test in _folds(labels):
        logits[test] = fit_head(vectors[train], names[train].tolist()).logits(vectors[test])
    return Unseen(tuple(classes.tolist()), logits, labels.astype(np.int64))


def calibrated(unseen: Unseen) -> Calibration:
    """The temperature (Guo et al. 2017) of a head, fitted to what it said of unseen tickets and tried on others again.

    It is 1, which changes nothing, unless it makes the unseen more probable (less cross-entropy).
    """
    truth = np.eye(len(unseen.classes))[unseen.labels]
    tempered = np.empty_like(unseen.logits)
    for train, test in _folds(unseen.labels):
        tempered[test] = unseen.logits[test] / fit_temperature(unseen.logits[train], truth[train])
    before, after = (expected_calibration_error(unseen.labels, softmax(logits)) for logits in (unseen.logits, tempered))
    if negative_log_likelihood(tempered, truth, 1.0) >= negative_log_likelihood(unseen.logits, truth, 1.0):
        return Calibration(1.0, before, before)
    return Calibration(fit_temperature(unseen.logits, truth), after, before)


def _folds(labels: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    yield from StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels)


def surely_better(one: Sequence[bool], other: Sequence[bool], level: float = 0.05) -> bool:
    """Whether `one` is right more often than `other` on the same cases, by McNemar's exact test (one-sided).

    McNemar 1947: only the cases on which just one of the two is right tell them apart.
    """
    wins = sum(a and not b for a, b in zip(one, other, strict=True))
    losses = sum(b and not a for a, b in zip(one, other, strict=True))
    apart = wins + losses
    chance = sum(comb(apart, k) for k in range(wins, apart + 1)) / 2**apart
    return wins > losses and chance <= level
