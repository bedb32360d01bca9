"""Which theme of today is which of yesterday: births, deaths, splits and merges, each with its Jaccard.

Both discoveries' spaces say the theme of the same texts; pairs of greatest Jaccard are matched (Hungarian method). A
theme survives at half or more; what takes a quarter of an old theme besides the survivor is split off it; an old theme
of which a quarter of a new one consists has merged into that, if most of it went there, else it fell apart and died
(after MONIC, Spiliopoulou et al. 2006).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.optimize import linear_sum_assignment

from models.discovery.codes import Floats, Ints
from models.discovery.stability import jaccards

SURVIVES, HOLDS = 0.5, 0.25


class Fate(StrEnum):
    """What became of a theme in a discovery."""

    BORN = "born"
    KEPT = "kept"
    SPLIT = "split"
    MERGED = "merged"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Descent:
    """One theme's fate. A new theme has a `place` in the new space and no id yet when it is born or split off.

    `others`: for SPLIT the old theme it came off, `heirs` for MERGED
    and DIED the places of the themes that consist of its texts to a quarter or more.
    """

    fate: Fate
    theme: str | None
    place: int | None
    jaccard: float
    parents: tuple[str, ...] = ()
    heirs: tuple[int, ...] = ()


def descend(
    ids: Sequence[str], old: Ints, new: Ints, places: int, held: Sequence[tuple[str, int]] = ()
) -> list[Descent]:
    """The fates of old themes (`ids` by old place) and new ones (`places` of them), new ones first by place.

    `old` and `new` are the places of the same texts in either space, negative for none. `held` pairs are settled.
    """
    overlap = jaccards(old, new, len(ids), places)
    pairs = _matched(overlap, [(ids.index(theme), place) for theme, place in held])
    shared = _shared(old, new, len(ids), places)
    found = [_of_place(place, pairs, overlap, shared, ids) for place in range(places)]
    survivors = set(pairs.values())
    return found + [_ended(at, ids, overlap, shared) for at in range(len(ids)) if at not in survivors]


def _matched(overlap: Floats, held: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Old places by new place."""
    free = overlap.copy()
    for old, new in held:
        free[old, :] = 0
        free[:, new] = 0
    rows, columns = linear_sum_assignment(free, maximize=True)
    found = {int(new): int(old) for old, new in zip(rows, columns, strict=True) if free[old, new] >= SURVIVES}
    return found | {new: old for old, new in held}


def _shared(old: Ints, new: Ints, olds: int, news: int) -> Floats:
    both = (old >= 0) & (new >= 0)
    counts = np.zeros((olds, news))
    np.add.at(counts, (old[both], new[both]), 1)
    return counts


def _of_place(place: int, pairs: dict[int, int], overlap: Floats, shared: Floats, ids: Sequence[str]) -> Descent:
    if place in pairs:
        return Descent(Fate.KEPT, ids[pairs[place]], place, float(overlap[pairs[place], place]))
    of_old = shared.sum(axis=1)
    parents = [at for at in range(len(ids)) if of_old[at] and shared[at, place] / of_old[at] >= HOLDS]
    parents.sort(key=lambda at: (-shared[at, place], at))
    named = tuple(ids[at] for at in parents)
    best = max((float(overlap[at, place]) for at in parents), default=0.0)
    return Descent(Fate.SPLIT if parents else Fate.BORN, None, place, best, named)


def _ended(at: int, ids: Sequence[str], overlap: Floats, shared: Floats) -> Descent:
    of_new = shared.sum(axis=0)
    heirs = [place for place in range(len(of_new)) if of_new[place] and shared[at, place] / of_new[place] >= HOLDS]
    heirs.sort(key=lambda place: (-shared[at, place], place))
    best = max((float(overlap[at, place]) for place in heirs), default=0.0)
    merged = bool(heirs) and shared[at, heirs[0]] >= SURVIVES * shared[at].sum()
    return Descent(Fate.MERGED if merged else Fate.DIED, ids[at], None, best, heirs=tuple(heirs))
