"""A hierarchy of texts, from each by itself to all in one, that can be cut into any number of groups.

Each reading is first drawn towards its neighbours' (symmetric normalised diffusion on the graph of nearest neighbours,
as in simplified graph convolutions, Wu et al. 2019), which is what makes the groups of short texts hold together; the
largest principal directions are kept, each with its sign fixed; then Ward's criterion joins neighbours (Ward 1963). A
cut is then consolidated: k-means that starts from its groups (as in hierarchical clustering on principal components,
Husson et al. 2010), since what was joined early for want of anything nearer may fit better elsewhere.
Nothing is random: the same rows in the same order give the same tree.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, eye
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import ward_tree

from models.discovery.codes import Codes, Floats, Ints, Neighbours, directions, unit

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """How many neighbours draw a reading, how often, and how many principal directions are kept."""

    neighbours: int = 30
    steps: int = 4
    directions: int = 64


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """`merges` (leaves - 1, 2): the two nodes each merge joins, in order; its own node is `leaves` + its place.

    `rows` (leaves, directions): the drawn readings that were joined.
    """

    leaves: int
    merges: Ints
    rows: Floats

    def groups(self, number: int) -> Ints:
        """(leaves,) the group of each leaf after consolidation, numbered from 0 by first appearance."""
        return in_order(consolidated(self.rows, self.cut(number)))

    def cut(self, groups: int) -> Ints:
        """(leaves,) the group of each leaf in the hierarchy, numbered from 0 by first appearance."""
        done = max(self.leaves - groups, 0)
        parents = np.repeat(self.leaves + np.arange(done), 2)
        joined = csr_matrix(
            (np.ones(2 * done, np.int8), (parents, self.merges[:done].ravel())), shape=(2 * self.leaves,) * 2
        )
        labels = connected_components(joined, directed=False)[1][: self.leaves]
        return in_order(labels)


def in_order(labels: Ints) -> Ints:
    """The same groups, numbered from 0 by first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], np.int64)


def grow(codes: Codes, near: Neighbours, settings: TreeSettings) -> Tree:
    """The hierarchy of these readings, at least two of them, with their neighbours."""
    graph = _graph(near)
    drawn = principal(_diffused(directions(codes), graph, settings.steps), settings.directions)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the number of connected components")  # it then joins them itself
        merges, _, leaves, _ = ward_tree(drawn, connectivity=graph)
    return Tree(int(leaves), np.asarray(merges, np.int64), drawn)


def consolidated(rows: Floats, groups: Ints) -> Ints:
    """The groups after at most ten rounds in which each row goes to the nearest mean; none of them is lost."""
    for _ in range(_ROUNDS):
        nearest = _nearest(rows, rows, groups)
        if len(np.unique(nearest)) <= groups.max() or np.array_equal(nearest, groups):
            break
        groups = nearest
    return groups


def nearest_mean(rows: Floats, groups: Ints) -> Ints:
    """The groups; a row of none (a negative one) is in that of the nearest mean."""
    known = groups >= 0
    numbers, mine = np.unique(groups[known], return_inverse=True)
    found = groups.copy()
    found[~known] = numbers[_nearest(rows[~known], rows[known], mine)]
    return found


def _nearest(rows: Floats, others: Floats, groups: Ints) -> Ints:
    means = np.zeros((int(groups.max()) + 1, rows.shape[1]))
    np.add.at(means, groups, others)
    means /= np.bincount(groups)[:, None]
    return np.asarray((rows @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1), np.int64)


def principal(rows: Floats, count: int) -> Floats:
    """(n, at most count) coordinates along the largest principal directions, the largest weight of each positive."""
    centred = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ fixed_signs(axes[:, ::-1][:, : min(count, len(rows))]))


def fixed_signs(axes: Floats) -> Floats:
    """The columns, turned so that the largest entry of each is positive."""
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return np.asarray(axes * np.where(largest < 0, -1.0, 1.0))


def _graph(near: Neighbours) -> Any:
    size = len(near.places)
    known = near.places >= 0
    weights = np.clip(near.cosines[known], 0, 1).astype(np.float64) ** 2
    one_way = csr_matrix((weights, (np.nonzero(known)[0], near.places[known])), shape=(size, size))
    return one_way.maximum(one_way.T) + eye(size)


def _diffused(rows: Floats, graph: Any, steps: int) -> Floats:
    scale = diags(1 / np.sqrt(np.asarray(graph.sum(axis=1)).ravel()))
    walk = (scale @ graph @ scale).tocsr()
    for _ in range(steps):
        rows = walk @ rows
    return unit(rows)
