"""The one function that says which theme a text has: for the texts themes were found in, and for every later one.

A reading is projected onto the directions that set the found groups apart (Fisher's discriminants, the spread within
groups shrunk as by Ledoit and Wolf 2004); the theme is the centre of the greatest cosine, or none when that is less
than the theme's own texts have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.discovery.codes import Codes, Floats, Ints, directions, unit

NONE = -1
"""The place of no theme."""


@dataclass(frozen=True, slots=True, eq=False)
class ThemeSpace:
    """`origin` (dimensions,), `axes` (dimensions, kept), `centres` (themes, kept) of length one, `bars` (themes,)."""

    origin: Floats
    axes: Floats
    centres: Floats
    bars: Floats

    def assign(self, codes: Codes) -> tuple[Ints, Floats]:
        """The theme's place of each reading, NONE where it abstains, and the cosine with the nearest theme's centre."""
        if not len(self.centres) or not len(codes):
            return np.full(len(codes), NONE, np.int64), np.zeros(len(codes))
        near = unit((directions(codes) - self.origin) @ self.axes) @ self.centres.T
        best = near.argmax(axis=1)
        height = near[np.arange(len(near)), best]
        return np.where((height >= self.bars[best]) & codes.any(axis=1), best, NONE), height

    def only(self, places: Sequence[int]) -> "ThemeSpace":
        """The space of some of its themes."""
        some = list(places)
        return ThemeSpace(self.origin, self.axes, self.centres[some], self.bars[some])


def packed(space: ThemeSpace) -> bytes:
    """A space as bytes that say nothing of the moment they were written."""
    parts = (space.origin, space.axes, space.centres, space.bars)
    shapes = np.array([len(space.origin), space.axes.shape[1], len(space.centres)], "<i8").tobytes()
    return shapes + b"".join(np.ascontiguousarray(part, "<f8").tobytes() for part in parts)


def unpacked(content: bytes) -> ThemeSpace:
    """The space again."""
    dimensions, kept, themes = (int(size) for size in np.frombuffer(content, "<i8", 3))
    values = np.frombuffer(content, "<f8", offset=24).astype(np.float64)
    ends = np.cumsum([dimensions, dimensions * kept, themes * kept, themes])
    origin, axes, centres, bars = np.split(values, ends[:-1])
    return ThemeSpace(origin, axes.reshape(dimensions, kept), centres.reshape(themes, kept), bars)
