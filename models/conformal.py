"""Which classes a comment may have, so that an ambiguous one is read by a person (class-conditional conformal sets).

Vovk (2012), "Conditional validity of inductive conformal predictors".
"""

from collections.abc import Mapping
from math import ceil

import numpy as np
from numpy.typing import NDArray

from models.metrics import Labels, Probabilities
from models.sentiment import CLASSES, Sentiment


def conformal_limits(labels: Labels, probabilities: Probabilities, alpha: float) -> dict[Sentiment, float]:
    """For each class the probability from which it belongs to a comment's set.

    The set of a new comment then lacks its true class in at most a share `alpha` of that class's comments. A class with
    too few rows for `alpha` gets 0 and is in every set.
    """
    limits = {}
    for column, name in enumerate(CLASSES):
        own = np.sort(1.0 - np.asarray(probabilities[labels == column, column], np.float64))
        rank = ceil((len(own) + 1) * (1 - alpha))
        limits[name] = 0.0 if rank > len(own) else float(1.0 - own[rank - 1])
    return limits


def conformal_sets(probabilities: Probabilities, limits: Mapping[Sentiment, float]) -> NDArray[np.bool_]:
    """Which classes each comment may have (n, 3); rows of NaN have none."""
    return np.asarray(probabilities) >= np.array([limits[name] for name in CLASSES])


def is_ambiguous(sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Comments (n,) that may be negative and may be something else: for review, not for a ticket by themselves."""
    return sets[:, 0] & sets[:, 1:].any(axis=1)
