"""Which texts belong together: found anew, or as last time with what is new beside it.

Themes that people know should not come and go over a difference that is noise. So the last discovery's space says first
which theme each text has; a theme there was ends only when its evidence over discoveries does, and what is new must be
firm and stand beside the others. One function says how groups hold, and always of those that a space assigns: whoever
looks at the same texts again finds what was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.discovery.codes import Codes, Floats, Ints
from models.discovery.fitting import fit_space
from models.discovery.space import NONE, ThemeSpace
from models.discovery.stability import Held, Resampled, candidates, choose_number, held
from models.discovery.tree import TreeSettings, consolidated, nearest_mean

# With nothing changed, what the best groups tell moves by a quarter from one week of texts to the next.
_STAYS = 0.75
KEPT_A_WEEK = 0.75
"""How much a theme's stability of a week ago counts beside what this week's texts say."""


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """What makes a theme of a group.

    `themes`: at most so many; `subsets` judge number and stability (mean Jaccard over subsets). A theme has at least
    `least` texts and a stability of `floor`; one there was stays until it is below `dissolved`. A group that is no
    theme belongs to the nearest one. Below `bar` a theme is tentative (Hennig 2007: from .6 to .75 there is a pattern,
    but it is doubtful what belongs to it; at .5 it is dissolved).
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
    """The last discovery: its space, and the stability of the theme at each place.

    `weight`, in [0, 1]: how much what was counts beside what is; `KEPT_A_WEEK` to the power of the weeks since. So a
    theme ends when it holds no more, not when it once seemed so, and a month of weeks outweighs what was before.
    """

    space: ThemeSpace
    stability: Floats
    weight: float = KEPT_A_WEEK


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """`space` says the theme of each text, `stability` (themes,) how the theme's own group holds.

    `tells`: what the groups tell, in nats; `information`: the same by number of groups tried. `carried`: nothing began
    since the last discovery, and these places of it are the themes.
    """

    space: ThemeSpace
    stability: Floats
    tells: float
    information: Mapping[int, float] = field(default_factory=dict)
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
    best = choose_number({number: one.information for number, one in tried.items()})
    told = {number: float(one.information.mean()) for number, one in tried.items()}
    found = carried_on(trees, codes, tried[best], settings, before, settled) if before else None
    if found is None or found.tells < _STAYS * told[best]:
        found = begun(trees, codes, tried[best].groups, settings)
    return replace(found, information=told)


def begun(trees: Resampled, codes: Codes, groups: Ints, settings: GroupSettings) -> Grouped:
    """Themes of groups that nobody knew before."""
    space = fit_space(codes, groups)
    placed = space.groups(codes)
    stable, tells = judged(trees, placed, len(space.centres))
    theme = (_sizes(placed, len(stable)) >= settings.least) & (stable >= settings.floor)
    return _arranged(trees, space, placed, theme, np.full(len(theme), NONE), stable, tells)


def judged(trees: Resampled, placed: Ints, number: int) -> tuple[Floats, float]:
    """How each of `number` groups holds (0 for an empty one), and what they tell; texts of no group are of the nearest.

    What is compared with the subsets' groups is what k-means makes of these, as it makes them in the subsets.
    """
    rows = trees.whole.rows
    places, dense = np.unique(nearest_mean(rows, placed), return_inverse=True)
    found = held(trees, consolidated(rows, dense))
    stable = np.zeros(number)
    stable[places] = found.jaccards.mean(axis=0)
    return stable, float(found.information.mean())


def carried_on(
    trees: Resampled, codes: Codes, anew: Held, settings: GroupSettings, before: Former, settled: frozenset[int]
) -> Grouped | None:
    """The last discovery's themes among these texts, and what is new; None when there were or are not two.

    New is a group found anew that is firm, by itself and beside the others, and takes at most half of each theme.
    """
    if before.space.axes.shape[0] != codes.shape[1]:
        return None
    last, count = before.space.groups(codes), len(before.stability)
    if (_sizes(last, count)[:count] > 0).sum() < 2:
        return None
    fresh = _fresh(last, count, anew, settings)
    space, known, placed, stable, tells = _beside(trees, codes, before.space, last, anew.groups, fresh, settings.bar)
    was, new = known < count, known >= len(before.space.centres)
    stable[was] = (1 - before.weight) * stable[was] + before.weight * before.stability[known[was]]
    lives = was & (_sizes(placed, len(known)) >= settings.least) & (stable >= settings.dissolved)
    theme = lives | new | np.isin(known, list(settled))
    if theme.sum() < 2:
        return None
    found = _arranged(trees, space, placed, theme, _among(before.space.themes, known), stable, tells)
    return found if new.any() else replace(found, carried=tuple(known[theme].tolist()))


def _beside(
    trees: Resampled, codes: Codes, space: ThemeSpace, last: Ints, anew: Ints, fresh: Ints, bar: float
) -> tuple[ThemeSpace, Ints, Ints, Floats, float]:
    """A space of the groups there were and of fresh ones that are firm in it, which numbers they had, and the evidence.

    Where none is firm it is the space there was. Fresh ones have the numbers after all others.
    """
    count = len(space.centres)
    while fresh.size:
        place = np.full(int(anew.max()) + 1, NONE)
        place[fresh] = count + np.arange(len(fresh))
        groups = np.where(place[anew] != NONE, place[anew], last)
        known = np.unique(groups[groups != NONE])
        fitted = fit_space(codes, _among(groups, known))
        placed = fitted.groups(codes)
        stable, tells = judged(trees, placed, len(known))
        firm = stable[known >= count] >= bar
        if firm.all():
            return fitted, known, placed, stable, tells
        fresh = fresh[firm]
    return space, np.arange(count), last, *judged(trees, last, count)


def _among(groups: Ints, known: Ints) -> Ints:
    """The place among the `known` (sorted) of each group, NONE for others."""
    at = np.minimum(np.searchsorted(known, groups), len(known) - 1)
    return np.where(known[at] == groups, at, NONE)


def _fresh(last: Ints, count: int, anew: Held, settings: GroupSettings) -> Ints:
    """Which groups found anew are firm and would take at most half of each theme that there was."""
    known = (last != NONE) & (last < count)
    shared = np.zeros((count, int(anew.groups.max()) + 1))
    np.add.at(shared, (last[known], anew.groups[known]), 1)
    firm = (anew.jaccards.mean(axis=0) >= settings.bar) & (np.bincount(anew.groups) >= settings.least)
    return np.flatnonzero(firm & (2 * shared <= shared.sum(axis=1, keepdims=True)).all(axis=0))


def _arranged(
    trees: Resampled,
    space: ThemeSpace,
    placed: Ints,
    theme: NDArray[np.bool_],
    was: Ints,
    stable: Floats,
    tells: float,
) -> Grouped:
    """Groups as themes and what belongs to them; `was`: the group that each belonged to (NONE: to none)."""
    order = np.argsort(~theme, kind="stable")
    belongs = belonging(trees.whole.rows, placed, theme, was)
    return Grouped(space.arranged(order, belongs[order]), stable[theme], tells)


def belonging(rows: Floats, placed: Ints, theme: NDArray[np.bool_], was: Ints) -> Ints:
    """(groups,) the place of the theme each group belongs to: where it did, else where the nearest mean is.

    Where fewer than two are themes it belongs to none: whatever was said would be the one theme.
    """
    places = np.where(theme, np.cumsum(theme) - 1, NONE)
    if theme.sum() < 2:
        return places
    sizes = _sizes(placed, len(theme))
    named = np.flatnonzero(theme & (sizes > 0))  # a pinned theme may have no text now
    means = np.array([rows[placed == at].mean(axis=0) for at in named])
    for at in np.flatnonzero(~theme):
        if was[at] != NONE and theme[was[at]]:
            places[at] = places[was[at]]
        elif sizes[at] and len(named):
            places[at] = places[named[((means - rows[placed == at].mean(axis=0)) ** 2).sum(axis=1).argmin()]]
    return places


def _sizes(groups: Ints, number: int) -> Ints:
    return np.bincount(groups[groups != NONE], minlength=number)
