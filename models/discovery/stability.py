"""How many themes there are, and which of them hold: what comes back when a part of the texts is left out.

Subsets are made of the digits of the texts' own digests, so no random number enters: each keeps five eighths, about
what a bootstrap sample keeps (Hennig 2007, cluster-wise assessment of cluster stability).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.discovery.codes import Codes, Floats, Ints, neighbours
from models.discovery.tree import Tree, TreeSettings, grow

_DISSOLVED, _STEP = 0.5, 1.25


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
    """Numbers of themes to try, each about a quarter above the one before; at least eight texts a theme on average.

    Two are always tried.
    """
    found, number = [2], 3.0
    while number <= min(texts / 8, most):
        found.append(int(number))
        number = max(number * _STEP, number + 1)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Texts in so many groups: the group of each, and how these fared in the subsets.

    `jaccards` (subsets, groups): the greatest Jaccard of the group's part in a subset with a group of the subset's own.
    """

    groups: Ints
    jaccards: Floats

    @property
    def information(self) -> Floats:
        """(subsets,) what the groups tell of a text, in nats, as far as they hold.

        Each group counts by how far it is from dissolved, which is a Jaccard of a half or less (Hennig 2007).
        """
        shares = np.bincount(self.groups) / len(self.groups)
        kept = (np.clip(self.jaccards, _DISSOLVED, 1) - _DISSOLVED) / (1 - _DISSOLVED)
        return np.asarray((kept * -shares * np.log(shares)).sum(axis=1))


def held(trees: Resampled, whole: Ints) -> Held:
    """How these groups of all texts hold against as many of the subsets' own."""
    number = int(whole.max()) + 1
    found = [jaccards(whole[rows], tree.groups(number), number, number).max(axis=1) for rows, tree in trees.subsets]
    return Held(whole, np.array(found))


def choose_number(information: Mapping[int, Floats]) -> int:
    """The smallest number of groups that tells as much as the best, within one standard error of it.

    `information` is by number what the groups tell in each subset. Many groups tell much but do not hold, few hold but
    tell little; that the smallest within a standard error is taken is the rule of Breiman et al. (1984) for choices by
    resampling.
    """
    means = {number: float(told.mean()) for number, told in information.items()}
    best = max(means, key=lambda number: (means[number], -number))
    error = float(information[best].std(ddof=1)) / len(information[best]) ** 0.5 if len(information[best]) > 1 else 0.0
    return min(number for number, told in means.items() if told >= means[best] - error)


def jaccards(one: Ints, other: Ints, ones: int, others: int) -> Floats:
    """(ones, others) Jaccard of each pair of groups over the same rows; rows with a negative label are in no group."""
    both = (one >= 0) & (other >= 0)
    shared = np.zeros((ones, others))
    np.add.at(shared, (one[both], other[both]), 1)
    mine, theirs = np.bincount(one[one >= 0], minlength=ones), np.bincount(other[other >= 0], minlength=others)
    union = mine[:, None] + theirs - shared
    return shared / np.where(union > 0, union, 1)
