"""Fit a head on a team's labelled comments: logistic regression, strength and temperature set out of fold.

scikit-learn only; the encoder stays as it is, so a few hundred comments are enough to move the borders between classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.errors import ConfigError
from models.calibration import fit_temperature, negative_log_likelihood
from models.head import Head, head_logits
from models.metrics import Labels
from models.sentiment import CLASSES

FOLDS = 5
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
MIN_ROWS, MIN_PER_CLASS = 100, 10
# What a class that nobody labelled gets: as good as never.
_NEVER = -20.0


@dataclass(frozen=True, slots=True, eq=False)
class FittedHead:
    """A head with the temperature of its logits and the strength (scikit-learn's C) that the folds chose."""

    head: Head
    temperature: float
    strength: float


def fit_head(features: NDArray[np.float32], labels: Labels, groups: NDArray[np.int64]) -> FittedHead:
    """Fit on features (n, d); rows of one group stay on one side of every fold.

    The strength is the one with the least cross-entropy out of fold, and those out-of-fold logits set the temperature.
    Raises ConfigError for too few rows, or of a class.
    """
    _require_enough(labels, groups)
    truth = np.eye(len(CLASSES))[labels]
    tried = [(strength, _out_of_fold(features, labels, groups, strength)) for strength in STRENGTHS]
    losses = [negative_log_likelihood(logits, truth, fit_temperature(logits, truth)) for _, logits in tried]
    strength, logits = tried[int(np.argmin(losses))]
    return FittedHead(_fit(features, labels, strength), fit_temperature(logits, truth), strength)


def _require_enough(labels: Labels, groups: NDArray[np.int64]) -> None:
    counts = np.bincount(labels, minlength=len(CLASSES))
    present = counts[counts > 0]
    learnable = counts[0] > 0 and len(present) > 1 and present.min() >= MIN_PER_CLASS
    if not learnable or len(labels) < MIN_ROWS or len(set(groups.tolist())) < FOLDS:
        told = ", ".join(f"{count} {name}" for name, count in zip(CLASSES, counts.tolist(), strict=True))
        raise ConfigError(
            f"too few labelled comments to learn from: {told}",
            allowed=f"{MIN_ROWS} or more, {MIN_PER_CLASS} or more of each class that occurs, negative among them",
            next_step="label more comments, or merge labels with --map",
        )


def _out_of_fold(
    features: NDArray[np.float32], labels: Labels, groups: NDArray[np.int64], strength: float
) -> NDArray[np.float32]:
    from sklearn.model_selection import StratifiedGroupKFold

    logits = np.zeros((len(labels), len(CLASSES)), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(features, labels, groups):
        logits[test] = head_logits(_fit(features[train], labels[train], strength), features[test])
    return logits


def _fit(features: NDArray[np.float32], labels: Labels, strength: float) -> Head:
    from sklearn.linear_model import LogisticRegression

    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    model = LogisticRegression(C=strength, max_iter=2000).fit((features - mean) / scale, labels)
    weights = np.zeros((features.shape[1], len(CLASSES)), np.float32)
    bias = np.full(len(CLASSES), _NEVER, np.float32)
    present = model.classes_
    if len(present) == 2:
        # scikit-learn gives two classes one logit: that of the second against the first.
        bias[present] = 0.0
        weights[:, present[1]], bias[present[1]] = model.coef_[0], model.intercept_[0]
    else:
        weights[:, present], bias[present] = model.coef_.T, model.intercept_
    return Head(mean.astype(np.float32), scale.astype(np.float32), weights, bias)
