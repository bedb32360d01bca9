"""Years of themes that burst for no reason, week by week: whatever fires there is false."""

from typing import Any

import numpy as np

from benchmarks.alarms_planting import rate
from outerloop.alarms import AlarmRule, compare
from outerloop.rates import Floats

SURVEYS, THEMES, WEEKLY = 4, 30, 423
KINDS = {"some": (0.2, 0.16), "all": (1.0, 0.09)}
"""The share of themes that burst, and the variance of the gamma factor (mean 1) on a week's rate in all surveys."""


def run(rule: AlarmRule, years: int, seed: int) -> dict[str, Any]:
    """The share of years with any alarm, by kind; where all is false that is the false-discovery rate."""
    draw = np.random.default_rng(seed)
    family = np.tile(np.arange(THEMES), SURVEYS + 1)
    found: dict[str, Any] = {}
    for kind, (part, variance) in KINDS.items():
        years_drawn = (_year(draw, rule.baseline + 1, part, variance) for _ in range(years))
        fired = sum(bool(compare(*year, rule, family).alarm.any()) for year in years_drawn)
        found |= rate(f"{kind}_false_rate", fired, years)
    return found


def _year(draw: np.random.Generator, weeks: int, part: float, variance: float) -> tuple[Floats, Floats]:
    """Mentions and exposure: rows of all responses, then of each survey, themes inside."""
    asked = draw.poisson(WEEKLY / SURVEYS, (SURVEYS, 1, weeks))
    share = np.exp(draw.uniform(np.log(0.004), np.log(0.15), (THEMES, 1)))
    factor = draw.gamma(1 / variance, variance, (THEMES, weeks))
    bursty = draw.random((THEMES, 1)) < part
    said = draw.binomial(asked, np.minimum(share * np.where(bursty, factor, 1.0), 1.0))
    whole = [np.concatenate([values.sum(0, keepdims=True), values]) for values in (said, asked)]
    exposure = np.broadcast_to(whole[1], whole[0].shape)
    return whole[0].reshape(-1, weeks).astype(np.float64), exposure.reshape(-1, weeks).astype(np.float64)
