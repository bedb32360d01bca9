"""One discovery: texts that no theme of the team's covers, to themes with words, stability and a space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from threadpoolctl import threadpool_limits

from models.discovery.codes import Codes, Floats, Ints
from models.discovery.fitting import fit_space
from models.discovery.space import NONE, ThemeSpace
from models.discovery.stability import candidates, choose_number, held_information, holds, resample
from models.discovery.tree import TreeSettings
from models.discovery.words import Words, readable, words

FEWEST_TEXTS = 50
"""Texts below which themes are not looked for."""


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """What a discovery is asked for.

    `texts`: it looks at no more, those with the smallest digests, so that next week's are nearly the same. `themes`:
    at most so many. `subsets` judge number and stability. A theme has at least `least` texts; its space has the
    bar at the share `abstain` of them (0: at the furthest); below `bar` (mean Jaccard over subsets) it is tentative.
    """

    texts: int = 10_000
    themes: int = 200
    subsets: int = 8
    least: int = 5
    abstain: float = 0.0
    bar: float = 0.75
    tree: TreeSettings = field(default_factory=TreeSettings)


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

    `information` is by number of themes tried (`stability.held_information`).
    """

    digests: tuple[str, ...]
    labels: Ints
    space: ThemeSpace
    themes: tuple[FoundTheme, ...]
    words: Words
    information: Mapping[int, float]

    @property
    def fingerprint(self) -> str:
        """The same for the same themes; numbers enter with six digits, past which processors may differ."""
        told = sha256("\n".join(self.digests).encode())
        told.update(self.labels.astype("<i4").tobytes())
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
    before: int | None = None,
    kept: Mapping[str, int] | None = None,
) -> Discovery:
    """Find themes; the order of the texts does not matter, nor do repeats.

    `before` is the number of themes last time. `kept` says of which digests the theme is settled: those of one number
    stay together, whatever is found beside them, and take the last places, in the order of the numbers. Works on one
    thread, whatever else is allowed: a sum shared out among threads is another sum.
    """
    with threadpool_limits(1):
        return _discover(digests, texts, codes, settings, before, kept or {})


def _discover(
    digests: Sequence[str],
    texts: Sequence[str],
    codes: Codes,
    settings: DiscoverySettings,
    before: int | None,
    kept: Mapping[str, int],
) -> Discovery:
    order = chosen_texts(digests, settings.texts)
    names, rows = [digests[at] for at in order], codes[order]
    settled = np.array([kept.get(name, NONE) for name in names], np.int64)
    free = np.flatnonzero((settled == NONE) & rows.any(axis=1))
    groups, stable, tried = _groups([names[at] for at in free], rows[free], settings, before)
    labels = np.full(len(names), NONE, np.int64)
    labels[free] = groups
    labels, stable = _with_settled(labels, stable, settled)
    space = fit_space(rows, labels, settings.abstain)
    assigned, _ = space.assign(rows)
    told = words([texts[at] for at in order], assigned, len(stable))
    themes = tuple(
        FoundTheme(int((assigned == at).sum()), float(held), bool(held < settings.bar), terms, readable(terms))
        for at, (held, terms) in enumerate(zip(stable, told.of_theme, strict=True))
    )
    return Discovery(tuple(names), assigned, space, themes, told, tried)


def _groups(
    digests: Sequence[str], codes: Codes, settings: DiscoverySettings, before: int | None
) -> tuple[Ints, Floats, dict[int, float]]:
    """The group of each text (NONE: in one too small), the stability of each group, what each number tells."""
    if len(digests) < FEWEST_TEXTS:
        return np.full(len(digests), NONE, np.int64), np.zeros(0), {}
    trees = resample(codes, digests, settings.subsets, settings.tree)
    held = {number: holds(trees, number) for number in candidates(len(digests), settings.themes)}
    tried = {number: held_information(trees, number, found) for number, found in held.items()}
    number = choose_number(tried, before)
    groups, stable = trees.whole.cut(number), held[number].mean(axis=0)
    large = np.bincount(groups, minlength=number) >= settings.least
    renumbered = np.where(large, np.cumsum(large) - 1, NONE)
    return np.asarray(renumbered[groups], np.int64), stable[large], tried


def _with_settled(labels: Ints, stable: Floats, settled: Ints) -> tuple[Ints, Floats]:
    known = settled != NONE
    if not known.any():
        return labels, stable
    place = np.unique(settled[known], return_inverse=True)[1]
    labels[known] = len(stable) + place
    return labels, np.concatenate([stable, np.ones(int(place.max()) + 1)])
