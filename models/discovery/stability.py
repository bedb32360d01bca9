"""How many themes there are, and which of them hold: what comes back when a part of the texts is left out.

Subsets are made of the digits of the texts' own digests, so no random number enters: each keeps five eighths, about
what a bootstrap sample keeps (Hennig 2007, cluster-wise assessment of cluster stability).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.discovery.codes import Codes, Floats, Ints, neighbours
from models.discovery.tree import Tree, TreeSettings, grow

_NEAR = 0.2
"""How far from the last number, as a share of it, a number is near."""


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """The tree of all texts, and of each subset: the places of its texts and their tree."""

    whole: Tree
    subsets: tuple[tuple[Ints, Tree], ...]


def resample(codes: Codes, digests: Sequence[str], count: int, settings: TreeSettings) -> Resampled:
    """Grow the trees. `digests` are hexadecimal, at least 8 + `count` digits of them."""
    # Not the first digits: texts may be those with the smallest digests.
    digits = np.array([[int(one, 16) for one in digest[8 : 8 + count]] for digest in digests])
    # A subset keeps five eighths: among four times as many neighbours there are nearly always enough that it keeps.
    near = neighbours(codes, 4 * settings.neighbours)
    chosen = [np.flatnonzero(digits[:, at] % 8 < 5) for at in range(count)]
    everybody = np.arange(len(codes))
    whole, *parts = [
        (rows, grow(codes[rows], near.among(rows, settings.neighbours), settings))
        for rows in (everybody, *(rows for rows in chosen if len(rows) > 1))
    ]
    return Resampled(whole[1], tuple(parts))


def candidates(texts: int, most: int) -> list[int]:
    """Numbers of themes to try, each about an eighth above the one before; at least eight texts a theme on average."""
    found: list[int] = []
    number = 2.0
    while number <= min(texts / 8, most):
        if not found or int(number) > found[-1]:
            found.append(int(number))
        number = max(number * 1.125, number + 1)
    return found


def holds(trees: Resampled, groups: int) -> Floats:
    """(subsets, groups) of each group's part in a subset: its greatest Jaccard with a group of the subset's own."""
    whole = trees.whole.cut(groups)
    return np.array(
        [jaccards(whole[rows], tree.cut(groups), groups, groups).max(axis=1) for rows, tree in trees.subsets]
    )


def choose_number(gains: Mapping[int, Floats], before: int | None = None) -> int:
    """The number of the greatest mean gain, the smallest of equals.

    A number's gain, in each subset, is by how much its groups together hold above the bar: one group more pays only
    when it holds better than the bar. `before` is the number of the last discovery: one near it that is as good, up to
    a standard error, is taken, since themes should not come and go over a difference that is noise.
    """
    means = {number: float(found.mean()) for number, found in gains.items()}
    best = max(means, key=lambda number: (means[number], -number))
    error = float(gains[best].std(ddof=1) / np.sqrt(len(gains[best]))) if len(gains[best]) > 1 else 0.0
    near = [
        number
        for number, mean in means.items()
        if before is not None and mean >= means[best] - error and abs(number - before) <= _NEAR * before
    ]
    return min(near, key=lambda number: (abs(number - (before or 0)), number)) if near else best


def jaccards(one: Ints, other: Ints, ones: int, others: int) -> Floats:
    """(ones, others) Jaccard of each pair of groups over the same rows; rows with a negative label are in no group."""
    both = (one >= 0) & (other >= 0)
    shared = np.zeros((ones, others))
    np.add.at(shared, (one[both], other[both]), 1)
    mine, theirs = np.bincount(one[one >= 0], minlength=ones), np.bincount(other[other >= 0], minlength=others)
    union = mine[:, None] + theirs - shared
    return shared / np.where(union > 0, union, 1)
