"""The one function that says which theme a text has: for the texts themes were found in, and for every later one.

A reading is projected onto the directions that set the found groups apart (Fisher's discriminants, the spread within
groups shrunk as by Ledoit and Wolf 2004); the group is the centre of the greatest cosine, or none when that is less
than the group's own texts have. A group that was too loose to be a theme belongs to the nearest one: it keeps its
centre, so that what people say there does not blur that theme.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.discovery.codes import Codes, Floats, Ints, directions, unit

NONE = -1
"""The place of no theme."""


@dataclass(frozen=True, slots=True, eq=False)
class ThemeSpace:
    """`origin` (dimensions,), `axes` (dimensions, kept), `centres` (groups, kept) of length one, `bars` (groups,).

    `themes` (groups,): the place of the theme each group belongs to, or NONE. Each theme's own group comes first, at
    its place.
    """

    origin: Floats
    axes: Floats
    centres: Floats
    bars: Floats
    themes: Ints

    def assign(self, codes: Codes) -> tuple[Ints, Floats]:
        """The theme's place of each reading, NONE where it abstains, and the cosine with that theme's centre.

        Where it abstains the cosine is that of the nearest group.
        """
        if not len(self.centres) or not len(codes):
            return np.full(len(codes), NONE, np.int64), np.zeros(len(codes))
        groups, near = self._groups(codes)
        places = np.where(groups != NONE, self.themes[groups], NONE)
        told = np.where(places != NONE, places, near.argmax(axis=1))
        return places, near[np.arange(len(near)), told]

    def groups(self, codes: Codes) -> Ints:
        """The group of each reading, NONE where it abstains."""
        return self._groups(codes)[0] if len(self.centres) and len(codes) else np.full(len(codes), NONE, np.int64)

    def _groups(self, codes: Codes) -> tuple[Ints, Floats]:
        near = unit((directions(codes) - self.origin) @ self.axes) @ self.centres.T
        best = near.argmax(axis=1)
        height = near[np.arange(len(near)), best]
        return np.where((height >= self.bars[best]) & codes.any(axis=1), best, NONE), near

    def arranged(self, groups: Sequence[int] | Ints, themes: Ints) -> "ThemeSpace":
        """The space with its groups in this order, belonging to these themes."""
        order = np.asarray(groups, np.int64)
        return ThemeSpace(self.origin, self.axes, self.centres[order], self.bars[order], themes)


def packed(space: ThemeSpace) -> bytes:
    """A space as bytes that say nothing of the moment they were written."""
    parts = (space.origin, space.axes, space.centres, space.bars, space.themes)
    shapes = np.array([len(space.origin), space.axes.shape[1], len(space.centres)], "<i8").tobytes()
    return shapes + b"".join(np.ascontiguousarray(part, "<f8").tobytes() for part in parts)


def unpacked(content: bytes) -> ThemeSpace:
    """The space again."""
    dimensions, kept, groups = (int(size) for size in np.frombuffer(content, "<i8", 3))
    values = np.frombuffer(content, "<f8", offset=24).astype(np.float64)
    ends = np.cumsum([dimensions, dimensions * kept, groups * kept, groups])
    origin, axes, centres, bars, themes = np.split(values, ends)
    return ThemeSpace(
        origin, axes.reshape(dimensions, kept), centres.reshape(groups, kept), bars, themes.astype(np.int64)
    )
