"""What `benchmarks.alarms` and `benchmarks.alarms_season` share: themes that are planted, alarms that are counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from outerloop.alarms import AlarmRule, compare
from outerloop.baseline import Season
from outerloop.discovery import hierarchical
from outerloop.rates import Floats, wilson

COUNTS, RISES = (5, 10, 20, 30, 50), (1.5, 2.0)
BESIDE = 3
"""Themes planted at once for the share of false alarms beside true ones."""


@dataclass(frozen=True, slots=True)
class Plant:
    """A planted theme: mentions a week before, rise in the last week, and rows of all responses, then each survey."""

    mentions: int
    rise: float
    everywhere: bool
    said: Floats
    asked: Floats


def planted(draw: np.random.Generator, surveys: Floats, season: Floats | float = 1.0) -> list[Plant]:
    """Plants of every size, then those that go beside each other; `surveys` are responses by survey and week.

    A theme cannot be named by more responses than there are: sizes for which there is no room are left out.
    """
    room = surveys.sum(0).mean() * 0.9 / np.max(season)
    sizes = [(n, rise, True) for rise in RISES for n in COUNTS if n * rise < room]
    sizes += [(20, 2.0, True)] * BESIDE + [(20, 2.0, False)] * BESIDE
    return [_plant(draw, surveys, season, *size) for size in sizes]


def _plant(
    draw: np.random.Generator, surveys: Floats, season: Floats | float, mentions: int, rise: float, everywhere: bool
) -> Plant:
    rates = np.ones(surveys.shape) * season * mentions / surveys.sum(0).mean()
    # One survey alone has the mentions that all have together, and three times the rise of its share.
    rates[slice(None) if everywhere else 0, -1] *= rise if everywhere else 1 + (rise - 1) * len(surveys)
    said = draw.binomial(surveys.astype(np.int64), np.minimum(rates, 1.0)).astype(np.float64)
    whole = [np.vstack([values.sum(0, keepdims=True), values]) for values in (said, surveys)]
    return Plant(mentions, rise, everywhere, whole[0], whole[1])


@dataclass(slots=True)
class Called:
    """Alarms over many years: `false` counts years with any, `mixed` sums shares of false ones, `hits` those found.

    `segment` sums the shares of themes planted in one survey that fired in that survey.
    """

    rule: AlarmRule
    season: Season | None = None
    rows: int = 0
    false: int = 0
    mixed: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})
    hits: dict[tuple[float, int], int] = field(default_factory=dict)
    segment: float = 0.0

    def note(self, mentions: Floats, exposure: Floats, family: Any, plants: Sequence[Plant]) -> None:
        """Count one year in which nothing happens but what is planted.

        How bursty rows are is learnt from the year and all plants at once; which are alarms, from those asked about.
        """
        self.rows, asked = len(mentions), exposure[:, -1]
        said = np.vstack([mentions, *(plant.said for plant in plants)])
        whole = np.vstack([exposure, *(plant.asked for plant in plants)])
        p, theirs = np.split(compare(said, whole, self.rule, season=self.season).p, [self.rows])
        planted_p, beside = theirs.reshape(len(plants), -1), len(plants) - BESIDE
        self.false += bool(self._alarms([p], [family], [asked]).any())
        for number, plant in enumerate(plants[: len(plants) - 2 * BESIDE]):
            one = (planted_p[number], np.full(len(plant.said), -1), plant.asked[:, -1])
            fired = self._alarms(*zip((p, family, asked), one, strict=True))[self.rows]
            key = (plant.rise, plant.mentions)
            self.hits[key] = self.hits.get(key, 0) + bool(fired)
        for everywhere, group in ((True, range(beside - BESIDE, beside)), (False, range(beside, len(plants)))):
            parts = [(planted_p[one], np.full(len(plants[one].said), -1 - one), plants[one].asked[:, -1])
                     for one in group]  # fmt: skip
            alarms = self._alarms(*zip((p, family, asked), *parts, strict=True))
            ours = alarms[self.rows :].reshape(BESIDE, -1)
            # In the theme of one survey, all responses and that survey rise; the other surveys do not.
            beyond = np.arange(ours.shape[1]) < (ours.shape[1] if everywhere else 2)
            self.mixed[everywhere] += (alarms[: self.rows].sum() + ours[:, ~beyond].sum()) / max(alarms.sum(), 1)
            self.segment += 0 if everywhere else float(ours[:, 1].mean())

    def _alarms(
        self, p: Sequence[Floats], family: Sequence[Any], asked: Sequence[Floats]
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        q = hierarchical(np.concatenate(p), np.concatenate(family), np.concatenate(asked))
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.nan_to_num(q, nan=1.0) <= self.rule.q
        return found


def scored(called: Called, years: int) -> dict[str, Any]:
    """The figures of so many years."""
    power = {
        f"+{rise - 1:.0%}": {n: round(called.hits[rise, n] / years, 3) for n in COUNTS if (rise, n) in called.hits}
        for rise in RISES
    }
    return {
        "rows": called.rows, **rate("false_rate", called.false, years),
        "mixed_fdr": round(called.mixed[True] / years, 4),
        "mixed_fdr_segment": round(called.mixed[False] / years, 4), "power": power,
        "power_segment": round(called.segment / years, 3),
    }  # fmt: skip


def rate(name: str, count: int, years: int) -> dict[str, Any]:
    """A rate with its 95 % limits."""
    low, high = wilson(count, years)
    return {name: round(count / years, 4), f"{name}_limits": [round(float(low), 4), round(float(high), 4)]}
