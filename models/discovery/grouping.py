"""Which texts belong together: found anew, or as last time with what is new beside it."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.discovery.codes import Codes, Floats, Ints
from models.discovery.space import NONE, ThemeSpace
from models.discovery.stability import Held, Resampled, candidates, choose_number, held
from models.discovery.tree import Tree, TreeSettings, consolidated, in_order, nearest_mean

_STAYS = 0.9


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """What makes a theme of a group.

    `themes`: at most so many; `subsets` judge number and stability (mean Jaccard over subsets). A theme has at least
    `least` texts and a stability of `floor`; one of last time stays until it is below `dissolved`. A group that is no
    theme joins the nearest one. Below `bar` a theme is tentative (Hennig 2007: from .6 to .75 there is a pattern, but
    it is doubtful what belongs to it; at .5 it is dissolved).
    """

    themes: int = 200
    subsets: int = 8
    least: int = 5
    floor: float = 0.6
    dissolved: float = 0.5
    bar: float = 0.75
    tree: TreeSettings = field(default_factory=TreeSettings)


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The group of each text (NONE: of none), each group's stability, and by number tried what it tells, in nats."""

    groups: Ints
    stability: Floats
    information: dict[int, float]


def group(trees: Resampled, codes: Codes, settings: GroupSettings, before: ThemeSpace | None) -> Grouped:
    """Group the texts of the trees.

    `before`: the last discovery's themes are carried on (`carried_on`) if they tell nine tenths of what the best groups
    found anew tell; themes should not come and go over a difference that is noise.
    """
    tried = {one: held(trees, trees.whole.groups(one)) for one in candidates(len(codes), settings.themes)}
    anew = tried[choose_number({number: one.information for number, one in tried.items()})]
    told = {number: float(one.information.mean()) for number, one in tried.items()}
    groups, stable = _themes(anew, settings.floor, trees, settings)
    last = carried_on(trees.whole, codes, anew, settings, before)
    if last is not None:
        carried, carried_stable = _themes(held(trees, last), settings.dissolved, trees, settings)
        if _tells(trees, carried) >= _STAYS * _tells(trees, groups):
            groups, stable = carried, carried_stable
    return Grouped(groups, stable, told)


def _tells(trees: Resampled, groups: Ints) -> float:
    return float(held(trees, groups).information.mean()) if groups.min(initial=0) >= 0 else 0.0


def _themes(found: Held, floor: float, trees: Resampled, settings: GroupSettings) -> tuple[Ints, Floats]:
    stable = found.jaccards.mean(axis=0)
    theme = (np.bincount(found.groups) >= settings.least) & (stable >= floor)
    return _without_dissolved(found.groups, theme, trees.whole.rows), stable[theme]


def carried_on(tree: Tree, codes: Codes, anew: Held, settings: GroupSettings, before: ThemeSpace | None) -> Ints | None:
    """The last discovery's groups among these texts, and what is new; None when there were not two.

    New is a group found anew that is firm and takes less than half of each group there was.
    """
    if before is None or before.axes.shape[0] != codes.shape[1]:
        return None
    last, _ = before.assign(codes)
    if len(np.unique(last[last != NONE])) < 2:
        return None
    last = in_order(nearest_mean(tree.rows, last))
    shared = np.zeros((int(last.max()) + 1, int(anew.groups.max()) + 1))
    np.add.at(shared, (last, anew.groups), 1)
    fresh = (anew.jaccards.mean(axis=0) >= settings.bar) & (shared < shared.sum(axis=1, keepdims=True) / 2).all(axis=0)
    last = np.where(fresh[anew.groups], len(shared) + anew.groups, last)
    return in_order(consolidated(tree.rows, in_order(last)))


def _without_dissolved(groups: Ints, theme: NDArray[np.bool_], rows: Floats) -> Ints:
    """The themes' groups renumbered; a group that is no theme joins the theme of the nearest mean.

    Where fewer than two are themes it joins none: whatever was said would be the one theme.
    """
    places = np.where(theme, np.cumsum(theme) - 1, NONE)
    if theme.sum() > 1:
        means = np.array([rows[groups == at].mean(axis=0) for at in range(len(theme))])
        apart = ((means[~theme, None] - means[None, theme]) ** 2).sum(axis=2)
        places[~theme] = apart.argmin(axis=1)
        return consolidated(rows, places[groups])
    return np.asarray(places[groups], np.int64)
