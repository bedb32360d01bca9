"""One discovery: texts that no theme of the team's covers, to themes with words, stability and a space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.discovery.codes import Codes, Floats, Ints
from models.discovery.fitting import fit_space
from models.discovery.grouping import Former, Grouped, GroupSettings, group
from models.discovery.names import theme_names
from models.discovery.space import NONE, ThemeSpace
from models.discovery.stability import resample
from models.discovery.words import Words, words

FEWEST_TEXTS = 50
"""Texts below which themes are not looked for."""


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """What a discovery is asked for.

    `texts`: it looks at no more, those with the smallest digests, so that next week's are nearly the same.
    """

    texts: int = 10_000
    groups: GroupSettings = field(default_factory=GroupSettings)


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A theme of one discovery: texts it has, stability in [0, 1], heaviest terms first, a name made of them."""

    size: int
    stability: float
    tentative: bool
    terms: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """Themes by their place in `space`; `labels` are the places of the `digests` the discovery looked at.

    `information` is by number of groups tried (`grouping.Grouped`). `carried`: no theme began since the last discovery,
    and these places of its space are the themes; None where the space was fitted.
    """

    digests: tuple[str, ...]
    labels: Ints
    space: ThemeSpace
    themes: tuple[FoundTheme, ...]
    words: Words
    information: Mapping[int, float]
    carried: tuple[int, ...] | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same themes; numbers enter with six digits, past which processors may differ."""
        told = sha256("\n".join(self.digests).encode())
        told.update(self.labels.astype("<i4").tobytes())
        told.update(self.space.themes.astype("<i4").tobytes())
        for numbers in (self.space.centres, self.space.bars):
            told.update((np.round(numbers, 6) + 0.0).astype("<f8").tobytes())
        told.update(repr([(one.name, one.terms, round(one.stability, 6)) for one in self.themes]).encode())
        return told.hexdigest()


def chosen_texts(digests: Sequence[str], most: int) -> Ints:
    """Places of the distinct digests a discovery looks at, in the order of the digests: the smallest `most`."""
    unique, first = np.unique(np.array(digests, dtype=str), return_index=True)
    return np.asarray(first[: min(most, len(unique))], np.int64)


def discover(
    digests: Sequence[str],
    texts: Sequence[str],
    codes: Codes,
    settings: DiscoverySettings,
    *,
    before: Former | None = None,
    kept: Mapping[str, int] | None = None,
) -> Discovery:
    """Find themes; the order of the texts does not matter, nor do repeats.

    `before` is the last discovery (`grouping.group`). `kept` says of which digests the theme is settled: those of one
    number stay together, whatever is found beside them, and take the last places, in the order of the numbers; where
    nothing began since `before`, they stay in its order. Works on one thread, whatever else is allowed: a
    sum shared out among threads is another sum.
    """
    with threadpool_limits(1):
        return _discover(digests, texts, codes, settings, before, kept or {})


def _discover(
    digests: Sequence[str],
    texts: Sequence[str],
    codes: Codes,
    settings: DiscoverySettings,
    before: Former | None,
    kept: Mapping[str, int],
) -> Discovery:
    order = chosen_texts(digests, settings.texts)
    names, rows = [digests[at] for at in order], codes[order]
    settled = np.array([kept.get(name, NONE) for name in names], np.int64)
    if before is not None and not _as_before(before, rows, settled):
        before = None
    readable = np.asarray(rows.any(axis=1), bool)
    free = readable & (settled == NONE)
    # A pin changes nothing for other themes: settled texts are left out only where something begins.
    found = _grouped(names, rows, readable if before else free, settings.groups, before, kept)
    if found.carried is None and before and kept:
        found = _grouped(names, rows, free, settings.groups, before, kept)
    space, stable = found.space, found.stability
    if found.carried is not None:
        stable = np.where(np.isin(found.carried, settled), 1.0, stable)
    elif (settled != NONE).any():
        space, stable = _with_settled(rows, free, found, settled)
    assigned, _ = space.assign(rows)
    said = [texts[at] for at in order]
    told = words(said, assigned, len(stable))
    of_theme = [[said[row] for row in np.flatnonzero(assigned == at)] for at in range(len(stable))]
    themes = tuple(
        FoundTheme(len(mine), float(held), bool(held < settings.groups.bar), terms, name)
        for mine, held, terms, name in zip(
            of_theme, stable, told.of_theme, theme_names(told.of_theme, of_theme), strict=True
        )
    )
    return Discovery(tuple(names), assigned, space, themes, told, found.information, found.carried)


def _grouped(
    names: Sequence[str],
    rows: Codes,
    some: NDArray[np.bool_],
    settings: GroupSettings,
    before: Former | None,
    kept: Mapping[str, int],
) -> Grouped:
    """Groups of some of the texts; none where these are too few."""
    chosen = np.flatnonzero(some)
    if len(chosen) < FEWEST_TEXTS:
        return Grouped(fit_space(rows, np.full(len(rows), NONE)), np.zeros(0), 0.0)
    trees = resample(rows[chosen], [names[at] for at in chosen.tolist()], settings.subsets, settings.tree)
    return group(trees, rows[chosen], settings, before, frozenset(kept.values()))


def _as_before(before: Former, rows: Codes, settled: Ints) -> bool:
    """Whether the last space tells what is settled."""
    known = settled != NONE
    return bool(np.array_equal(before.space.assign(rows[known])[0], settled[known]))


def _with_settled(rows: Codes, free: NDArray[np.bool_], found: Grouped, settled: Ints) -> tuple[ThemeSpace, Floats]:
    """The themes found and, in the places after theirs, the settled ones; groups that belong to a theme come last."""
    themes = len(found.stability)
    known = settled != NONE
    numbers, place = np.unique(settled[known], return_inverse=True)
    labels = np.full(len(rows), NONE, np.int64)
    labels[free] = found.space.groups(rows[free])
    labels[labels >= themes] += len(numbers)
    labels[known] = themes + place
    belongs = np.concatenate([np.arange(themes + len(numbers)), found.space.themes[themes:]])
    there, dense = np.unique(labels[labels != NONE], return_inverse=True)
    labels[labels != NONE] = dense
    fitted = fit_space(rows, labels)
    return fitted.arranged(np.arange(len(there)), belongs[there]), np.append(found.stability, np.ones(len(numbers)))
