"""The bootstrap that drivers share: customers are resampled whole, since one customer's answers go together.

Everything estimated from answers here is a function of sums of products of columns (a regression, an NPS), so it is
those sums that are resampled, never the answers: their size does not depend on how many answers there are.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outerloop.rates import Floats

CHUNK = 4096
"""Customers drawn for at once: bounds the memory."""


def resampled_sums(
    columns: Floats, person: ArrayLike, generator: np.random.Generator, resamples: int
) -> tuple[Floats, Floats]:
    """Sums of products of the columns (answers x c): c x c as they are, and resamples x c x c.

    `person` names each answer's customer. In a resample each customer counts a Poisson(1) number of times: J. A. Hanley
    and B. MacGibbon, Comput. Methods Programs Biomed. 83 (2006) 57-62, for large samples the same as drawing with
    replacement, and possible piece by piece.
    """
    left, right = np.triu_indices(columns.shape[1])
    own, drawn = np.zeros(left.size), np.zeros((resamples, left.size))
    for sums in _by_person(columns, person, left, right):
        own += sums.sum(0)
        drawn += generator.poisson(1.0, (resamples, len(sums))) @ sums
    return _whole(own, columns.shape[1]), _whole(drawn, columns.shape[1])


def limits(resampled: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Percentiles of each column over the resamples in which it exists; NaN where it never does."""
    found = np.full((2, resampled.shape[1]), np.nan)
    tail = (1 - level) / 2
    for column in range(resampled.shape[1]):
        known = resampled[~np.isnan(resampled[:, column]), column]
        if known.size:
            found[:, column] = np.quantile(known, [tail, 1 - tail])
    return found[0], found[1]


def _by_person(columns: Floats, person: ArrayLike, left: NDArray[np.intp], right: NDArray[np.intp]) -> Iterator[Floats]:
    """Each customer's sums of products, some customers at a time."""
    number = np.unique(np.asarray(person), return_inverse=True)[1]
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    for first in range(0, starts.size, CHUNK):
        begins = starts[first : first + CHUNK]
        end = starts[first + CHUNK] if first + CHUNK < starts.size else order.size
        rows = columns[order[begins[0] : end]]
        yield np.add.reduceat(rows[:, left] * rows[:, right], begins - begins[0], axis=0)


def _whole(pairs: Floats, size: int) -> Floats:
    """Upper triangles as symmetric matrices."""
    found = np.zeros((*pairs.shape[:-1], size, size))
    left, right = np.triu_indices(size)
    found[..., left, right] = found[..., right, left] = pairs
    return found
