"""From groups of texts to the space that assigns any text to one of them."""

import numpy as np
from sklearn.covariance import ledoit_wolf_shrinkage

from models.discovery.codes import Codes, Floats, Ints, directions, unit
from models.discovery.space import NONE, ThemeSpace
from models.discovery.tree import fixed_signs

_LEAST_SHRINKAGE = 0.1
# A text asked about alone is summed in another order than among others: its cosine may differ by this.
_ROUNDING = 1e-9


def fit_space(codes: Codes, groups: Ints) -> ThemeSpace:
    """A space in which each group is a theme and has a centre; rows of group NONE shape nothing.

    A group's bar is at the furthest of its texts.
    """
    known = groups != NONE
    rows, labels = directions(codes[known]), groups[known]
    count = int(labels.max()) + 1 if len(labels) else 0
    if count == 0:
        nothing = np.zeros(0)
        return ThemeSpace(
            np.zeros(codes.shape[1]), np.zeros((codes.shape[1], 0)), np.zeros((0, 0)), nothing, np.zeros(0, np.int64)
        )
    origin = rows.mean(axis=0)
    axes = _discriminants(rows, labels, count, origin)
    placed = unit((rows - origin) @ axes)
    centres = unit(_means(placed, labels, count))
    near = (placed * centres[labels]).sum(axis=1)
    bars = np.array([near[labels == at].min() for at in range(count)]) - _ROUNDING
    return ThemeSpace(origin, axes, centres, bars, np.arange(count))


def _means(rows: Floats, labels: Ints, count: int) -> Floats:
    sums = np.zeros((count, rows.shape[1]))
    np.add.at(sums, labels, rows)
    return sums / np.bincount(labels, minlength=count)[:, None]


def _discriminants(rows: Floats, labels: Ints, count: int, origin: Floats) -> Floats:
    """(dimensions, at most count) axes; a single group keeps every direction as it is."""
    if count < 2:
        return np.eye(rows.shape[1])
    means = _means(rows, labels, count)
    within = rows - means[labels]
    shrinkage = max(float(ledoit_wolf_shrinkage(within, assume_centered=True)), _LEAST_SHRINKAGE)
    spread = within.T @ within / len(rows)
    spread = (1 - shrinkage) * spread + shrinkage * np.trace(spread) / len(spread) * np.eye(len(spread))
    values, vectors = np.linalg.eigh(spread)
    whiten = vectors / np.sqrt(values)
    weights = np.sqrt(np.bincount(labels, minlength=count) / len(rows))[:, None]
    _, _, apart = np.linalg.svd((means - origin) * weights @ whiten, full_matrices=False)
    return fixed_signs(whiten @ apart[: count - 1].T)
