"""How many themes there are, and which of them hold: what comes back when a part of the texts is left out.

Subsets are made of the digits of the texts' own digests, so no random number enters: each keeps five eighths, about
what a bootstrap sample keeps (Hennig 2007, cluster-wise assessment of cluster stability).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.discovery.codes import Codes, Floats, Ints, neighbours
from models.discovery.tree import Tree, TreeSettings, grow

_DISSOLVED, _ENOUGH, _NEAR = 0.5, 0.85, 0.2


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


def held_information(trees: Resampled, groups: int, held: Floats) -> float:
    """What the groups tell of a text, in nats, as far as they hold: each counts by how far it is from dissolved.

    `held` is what `holds` gives; a Jaccard of a half or less is a dissolved group (Hennig 2007).
    """
    shares = np.bincount(trees.whole.cut(groups), minlength=groups) / trees.whole.leaves
    return float(((np.clip(held, _DISSOLVED, 1) - _DISSOLVED).mean(axis=0) * -shares * np.log(shares)).sum())


def choose_number(information: Mapping[int, float], before: int | None = None) -> int:
    """The smallest number of groups that holds 85 % of the most information that any number holds.

    More themes always tell a little more; the limit was set on labelled questions (`python -m benchmarks.themes`).
    `before` is the number of the last discovery: of numbers as good within a fifth of it the nearest is taken, since
    themes should not come and go over a difference that is noise.
    """
    enough = [number for number, held in information.items() if held >= _ENOUGH * max(information.values())]
    near = [number for number in enough if before is not None and abs(number - before) <= _NEAR * before]
    return min(near, key=lambda number: (abs(number - (before or 0)), number)) if near else min(enough)


def jaccards(one: Ints, other: Ints, ones: int, others: int) -> Floats:
    """(ones, others) Jaccard of each pair of groups over the same rows; rows with a negative label are in no group."""
    both = (one >= 0) & (other >= 0)
    shared = np.zeros((ones, others))
    np.add.at(shared, (one[both], other[both]), 1)
    mine, theirs = np.bincount(one[one >= 0], minlength=ones), np.bincount(other[other >= 0], minlength=others)
    union = mine[:, None] + theirs - shared
    return shared / np.where(union > 0, union, 1)
