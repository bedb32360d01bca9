"""The bootstrap that drivers share: customers are resampled whole, since one customer's answers go together.

Everything estimated from answers here is a function of sums of products of columns (a regression, an NPS), so it is
those sums that are resampled, never the answers: their size does not depend on how many answers there are. An answer
names few of many themes, so columns are sparse, and only pairs of columns that some answer has are kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, triu
from threadpoolctl import threadpool_limits

from outerloop.rates import Floats

CHUNK = 4096
"""Customers drawn for at once: bounds the memory."""
_BLOCK = 2**22
"""Numbers in the matrices made at once: bounds it too."""


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Sums of products of `size` columns, by pairs of columns: `own` as they are, `drawn` (pairs x resamples).

    A pair is `left * size + right`, left at most right; the sum of every other pair is 0.
    """

    size: int
    pairs: NDArray[np.int64]
    own: Floats
    drawn: Floats

    def as_they_are(self) -> Floats:
        """One matrix, size x size."""
        found: Floats = self._whole(self.own[None])[0]
        return found

    def each(self, told: Callable[[Floats], Floats]) -> Floats:
        """What a function tells of stacks of matrices (resamples x size x size), of all resamples in order.

        One thread does the algebra: matrices this small take several ones longer, most of all on a busy machine.
        """
        step = max(_BLOCK // self.size**2, 1)
        with threadpool_limits(limits=1):
            parts = [
                told(self._whole(self.drawn[:, first : first + step].T))
                for first in range(0, self.drawn.shape[1], step)
            ]
        return np.concatenate(parts)

    def _whole(self, sums: Floats) -> Floats:
        found = np.zeros((len(sums), self.size, self.size))
        left, right = np.divmod(self.pairs, self.size)
        found[:, left, right] = found[:, right, left] = sums
        return found


def resampled_sums(columns: csr_array, person: ArrayLike, generator: np.random.Generator, resamples: int) -> Resampled:
    """Sums of products of the columns (answers x columns), and the same of so many resamples.

    `person` names each answer's customer. In a resample each customer counts a Poisson(1) number of times: J. A. Hanley
    and B. MacGibbon, Comput. Methods Programs Biomed. 83 (2006) 57-62, for large samples the same as drawing with
    replacement, and possible piece by piece.
    """
    size = columns.shape[1]
    pairs = _pairs(columns)
    own, drawn = np.zeros(pairs.size), np.zeros((pairs.size, resamples))
    for sums in _by_person(columns, person, pairs):
        own += sums.sum(axis=0)
        times = generator.poisson(1.0, (resamples, sums.shape[0]))
        drawn += sums.T @ np.ascontiguousarray(times.T, np.float64)
    return Resampled(size, pairs, own, drawn)


def limits(resampled: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Percentiles of each column over the resamples in which it exists; NaN where it never does."""
    found = np.full((2, resampled.shape[1]), np.nan)
    tail = (1 - level) / 2
    for column in range(resampled.shape[1]):
        known = resampled[~np.isnan(resampled[:, column]), column]
        if known.size:
            found[:, column] = np.quantile(known, [tail, 1 - tail])
    return found[0], found[1]


def _pairs(columns: csr_array) -> NDArray[np.int64]:
    """The pairs of columns that some answer has, in order."""
    has = columns.astype(bool).astype(np.int64)
    left, right = triu(has.T @ has).nonzero()
    return np.sort(left.astype(np.int64) * columns.shape[1] + right)


def _by_person(columns: csr_array, person: ArrayLike, pairs: NDArray[np.int64]) -> Iterator[csr_array]:
    """Each customer's sums of products (customers x pairs), some customers at a time."""
    number = np.unique(np.asarray(person), return_inverse=True)[1]
    order = np.argsort(number, kind="stable")
    number, ordered = number[order], columns[order]
    ordered.eliminate_zeros()  # of pairs, too, only those are kept that some answer has
    starts = np.append(np.flatnonzero(np.diff(number, prepend=-1)), order.size)
    for first in range(0, starts.size - 1, CHUNK):
        ends = starts[first : first + CHUNK + 1]
        yield _summed(ordered[ends[0] : ends[-1]], np.diff(ends), pairs)


def _summed(rows: csr_array, answers: NDArray[np.int64], pairs: NDArray[np.int64]) -> csr_array:
    """Sums of products of rows that belong to customers with so many `answers` each, one after another."""
    rows.sort_indices()
    entries = np.diff(rows.indptr)
    partners = np.repeat(rows.indptr[1:], entries) - np.arange(rows.nnz)  # an entry's own and those after it in its row
    left = np.repeat(np.arange(rows.nnz), partners)
    right = left + np.arange(left.size) - np.repeat(np.cumsum(partners) - partners, partners)
    place = np.searchsorted(pairs, rows.indices[left].astype(np.int64) * rows.shape[1] + rows.indices[right])
    person = np.repeat(np.repeat(np.arange(answers.size), answers), entries)[left]
    return csr_array((rows.data[left] * rows.data[right], (person, place)), shape=(answers.size, pairs.size))
