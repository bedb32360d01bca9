"""Readings of texts as small whole numbers, and who is near whom among them.

A dot product of int8 codes is a whole number that float32 holds exactly in whatever order it is summed, so neighbours
do not depend on the processor or its threads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BLOCK = 1_000


def quantise(vectors: NDArray[np.float32]) -> Codes:
    """(n, dimensions) rows of any length as whole numbers from -127 to 127, the largest of each row at the limit."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    return np.asarray(np.rint(vectors / np.where(largest > 0, largest, 1) * 127), np.int8)


def directions(codes: Codes) -> Floats:
    """(n, dimensions) rows of length one; of a code of zeros zeros."""
    values = codes.astype(np.float64)
    return unit(values)


def unit(rows: Floats) -> Floats:
    """The rows at length one; zeros stay zeros."""
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return rows / np.where(lengths > 0, lengths, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each row the places of its nearest others, nearest first (-1: there are no more), and their cosines."""

    places: Ints
    cosines: NDArray[np.float32]

    def among(self, rows: Ints, count: int) -> "Neighbours":
        """The `count` nearest of these rows among these rows (sorted places), as far as they were looked up."""
        renumbered = np.full(len(self.places) + 1, -1, np.int64)  # the last stands for the place -1
        renumbered[rows] = np.arange(len(rows))
        places, cosines = renumbered[self.places[rows]], self.cosines[rows]
        order = np.argsort(places < 0, axis=1, kind="stable")[:, :count]
        return Neighbours(np.take_along_axis(places, order, 1), np.take_along_axis(cosines, order, 1))


def neighbours(codes: Codes, count: int) -> Neighbours:
    """The `count` nearest of each row by cosine (fewer where there are no more rows), itself left out."""
    rows = codes.astype(np.float32)
    lengths = np.sqrt((codes.astype(np.int32) ** 2).sum(axis=1)).astype(np.float32)
    lengths[lengths == 0] = 1
    count = min(count, len(codes) - 1)
    places, cosines = np.empty((len(codes), count), np.int64), np.empty((len(codes), count), np.float32)
    for at in range(0, len(codes), _BLOCK):
        here = np.arange(at, min(at + _BLOCK, len(codes)))
        near = rows[here] @ rows.T
        near /= lengths
        near /= lengths[here, None]
        near[np.arange(len(here)), here] = -2
        chosen = np.argpartition(near, -count, axis=1)[:, -count:]
        chosen.sort(axis=1)  # so that equals keep the order of the rows
        order = np.argsort(-np.take_along_axis(near, chosen, 1), axis=1, kind="stable")
        places[here] = np.take_along_axis(chosen, order, 1)
        cosines[here] = np.take_along_axis(near, places[here], 1)
    return Neighbours(places, cosines)
