"""Which texts belong together: found anew, or as last time with what is new beside it.

Themes that people know should not come and go over a difference that is noise. So the last discovery's space says first
which theme each text has; a theme there was ends only when its evidence over discoveries does, and what is new must be
firm and stand beside the others.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.discovery.codes import Codes, Floats, Ints
from models.discovery.space import NONE, ThemeSpace
from models.discovery.stability import Held, Resampled, candidates, choose_number, held
from models.discovery.tree import TreeSettings, consolidated, nearest_mean

# With nothing changed, what the best groups tell moves by a quarter from one week of texts to the next.
_STAYS = 0.75
_MEMORY = 0.75


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """What makes a theme of a group.

    `themes`: at most so many; `subsets` judge number and stability (mean Jaccard over subsets). A theme has at least
    `least` texts and a stability of `floor`; one there was stays until it is below `dissolved`. A group that is no
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
class Former:
    """The last discovery: its space, and the stability of the theme at each place."""

    space: ThemeSpace
    stability: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The group of each text (NONE: of none), each group's stability, and by number tried what it tells, in nats.

    `tells`: what these groups tell. `carried`: nothing began since the last discovery, and these places of it stay; the
    groups are its, those that ended included.
    """

    groups: Ints
    stability: Floats
    information: dict[int, float]
    tells: float = 0.0
    carried: tuple[int, ...] | None = None


def group(
    trees: Resampled,
    codes: Codes,
    settings: GroupSettings,
    before: Former | None,
    settled: frozenset[int] = frozenset(),
) -> Grouped:
    """Group the texts: as `before` where that tells three quarters of what the best groups found anew tell.

    Places of `before` that are `settled` stay, whether their texts are among these or not.
    """
    tried = {one: held(trees, trees.whole.groups(one)) for one in candidates(len(codes), settings.themes)}
    anew = tried[choose_number({number: one.information for number, one in tried.items()})]
    told = {number: float(one.information.mean()) for number, one in tried.items()}
    groups, stable = _themes(anew, settings, trees)
    carried = carried_on(trees, codes, anew, settings, before, settled) if before else None
    tells = float(held(trees, groups).information.mean()) if len(stable) else 0.0
    if carried is not None and carried.tells >= _STAYS * tells:
        return replace(carried, information=told)
    return Grouped(groups, stable, told, tells)


def _themes(found: Held, settings: GroupSettings, trees: Resampled) -> tuple[Ints, Floats]:
    stable = found.jaccards.mean(axis=0)
    theme = (np.bincount(found.groups) >= settings.least) & (stable >= settings.floor)
    groups = without_dissolved(found.groups, theme, trees.whole.rows)
    return (consolidated(trees.whole.rows, groups) if theme.sum() > 1 else groups), stable[theme]


def carried_on(
    trees: Resampled, codes: Codes, anew: Held, settings: GroupSettings, before: Former, settled: frozenset[int]
) -> Grouped | None:
    """The last discovery's groups among these texts, and what is new; None when there were not two.

    New is a group found anew that is firm, by itself and beside the others, and takes at most half of each. A group's
    stability is for three quarters what it was and for one what these texts say, so that a theme ends when it holds no
    more, not when it once seemed so: a month of discoveries, one a week, outweighs what was before.
    """
    if before.space.axes.shape[0] != codes.shape[1]:
        return None
    last, _ = before.space.assign(codes)
    count = len(before.stability)
    if len(np.unique(last[last != NONE])) < 2:
        return None
    fresh = _fresh(last, count, anew, settings)
    groups, stable, tells = _beside(trees, last, count, anew.groups, fresh)
    if (weak := fresh[stable[count:] < settings.bar]).size:
        fresh = np.setdiff1d(fresh, weak)
        groups, stable, tells = _beside(trees, last, count, anew.groups, fresh)
    stable[:count] = (1 - _MEMORY) * stable[:count] + _MEMORY * before.stability
    stays = np.isin(np.arange(len(stable)), list(settled))
    lives = (_sizes(groups, len(stable)) >= settings.least) & (stable >= settings.dissolved) & ~stays
    if not fresh.size and lives.sum() > 1:
        places = np.flatnonzero(lives | stays)
        return Grouped(last, stable[places], {}, tells, tuple(places.tolist()))
    return Grouped(without_dissolved(groups, lives, trees.whole.rows), stable[lives], {}, tells)


def _beside(trees: Resampled, last: Ints, count: int, anew: Ints, fresh: Ints) -> tuple[Ints, Floats, float]:
    """The groups there were with fresh ones put beside them, and their evidence."""
    place = np.full(int(anew.max()) + 1, NONE)
    place[fresh] = count + np.arange(len(fresh))
    groups = np.where(place[anew] != NONE, place[anew], last)
    return groups, *_evidence(trees, groups, count + len(fresh))


def _evidence(trees: Resampled, groups: Ints, number: int) -> tuple[Floats, float]:
    """How each of `number` groups holds (0 for an empty one), and what they tell.

    What is compared with the subsets' groups is what k-means makes of these, as it is for groups found anew.
    """
    rows = trees.whole.rows
    places, dense = np.unique(nearest_mean(rows, groups), return_inverse=True)
    found = held(trees, consolidated(rows, dense))
    stable = np.zeros(number)
    stable[places] = found.jaccards.mean(axis=0)
    return stable, float(found.information.mean())


def _sizes(groups: Ints, number: int) -> Ints:
    return np.bincount(groups[groups != NONE], minlength=number)


def _fresh(last: Ints, count: int, anew: Held, settings: GroupSettings) -> Ints:
    """Which groups found anew are firm and would take at most half of each that there was."""
    known = last != NONE
    shared = np.zeros((count, int(anew.groups.max()) + 1))
    np.add.at(shared, (last[known], anew.groups[known]), 1)
    firm = (anew.jaccards.mean(axis=0) >= settings.bar) & (np.bincount(anew.groups) >= settings.least)
    return np.flatnonzero(firm & (2 * shared <= shared.sum(axis=1, keepdims=True)).all(axis=0))


def without_dissolved(groups: Ints, theme: NDArray[np.bool_], rows: Floats) -> Ints:
    """The themes' groups renumbered; a group that is no theme joins the theme of the nearest mean.

    Where fewer than two are themes it joins none: whatever was said would be the one theme. Texts of no group stay so.
    """
    places = np.append(np.where(theme, np.cumsum(theme) - 1, NONE), NONE)
    ended = np.flatnonzero(~theme & (_sizes(groups, len(theme)) > 0))
    if theme.sum() > 1 and len(ended):
        means = np.array([rows[groups == at].mean(axis=0) for at in np.flatnonzero(theme)])
        for at in ended:
            places[at] = ((means - rows[groups == at].mean(axis=0)) ** 2).sum(axis=1).argmin()
    return np.asarray(places[groups], np.int64)
