"""Counts to come, with intervals: a level that follows the counts, and more than chance where they always had more.

Simple exponential smoothing: the forecast is one level for all periods ahead, so it knows no season and no trend. How
good it is on the series itself is measured by going through its past (`backtest`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import nbinom, poisson

from outerloop.rates import Floats

LEAST = 8
"""Whole periods a series needs."""
_ALPHAS = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Expected counts with limits, one a period ahead; `dispersion` is the variance over that of chance alone."""

    mean: Floats
    low: Floats
    high: Floats
    alpha: float
    dispersion: Floats


@dataclass(frozen=True, slots=True)
class Backtest:
    """How forecasts from the past fared: `checked` of them, the share within their limits, the mean absolute error.

    `naive_error` is that of saying the last count again.
    """

    checked: int
    coverage: float
    error: float
    naive_error: float


def forecast(counts: ArrayLike, ahead: int, level: float = 0.95) -> Forecast:
    """The next `ahead` counts; at least two are needed, and `LEAST` for the limits to mean much.

    The level follows by the share `alpha` of each error that would have erred least one step ahead. Limits are
    quantiles of a negative binomial whose variance is the level times a dispersion (Pearson's, at least 1) of the
    errors that the same level made at that distance in the past: what bursts and drifts widens them. For the smoothing
    see R. J. Hyndman et al., Forecasting with Exponential Smoothing, Springer 2008.
    """
    y = np.asarray(counts, np.float64)
    fitted = [(_levels(y, alpha), float(alpha)) for alpha in _ALPHAS]
    levels, alpha = min(fitted, key=lambda one: float(np.sum((y[1:] - one[0][:-1]) ** 2)))
    mean: Floats = np.full(ahead, max(float(levels[-1]), 0.0))
    spread = _dispersions(y, levels, ahead)
    low, high = (_quantile((1 + side * level) / 2, mean, spread) for side in (-1, 1))
    return Forecast(mean, low, high, alpha, spread)


def _dispersions(y: Floats, levels: Floats, ahead: int) -> Floats:
    """Mean squared error over the level by distance, never falling with it; the last known where the past ends."""
    found = np.ones(ahead)
    for place in range(ahead):
        errors = y[place + 1 :] - levels[: -place - 1]
        if len(errors) >= 4:
            found[place] = float(np.sum(errors**2 / np.maximum(levels[: -place - 1], 0.5)) / (len(errors) - 1))
    widest: Floats = np.maximum.accumulate(np.maximum(found, 1.0))
    return widest


def backtest(counts: ArrayLike, ahead: int, level: float = 0.95, origins: int = 26) -> Backtest | None:
    """Forecast from each of the last `origins` moments that have `LEAST` counts before them; None without any."""
    y = np.asarray(counts, np.float64)
    starts = range(max(LEAST, len(y) - origins), len(y))
    inside, errors, naive = list[bool](), list[float](), list[float]()
    for start in starts:
        came = y[start : start + ahead]
        said = forecast(y[:start], len(came), level)
        inside += ((came >= said.low) & (came <= said.high)).tolist()
        errors += np.abs(came - said.mean).tolist()
        naive += np.abs(came - y[start - 1]).tolist()
    if not inside:
        return None
    return Backtest(len(inside), float(np.mean(inside)), float(np.mean(errors)), float(np.mean(naive)))


def _levels(y: Floats, alpha: float) -> Floats:
    """The level after each count; it starts at the mean of the first few."""
    level, levels = float(y[:4].mean()), np.empty(len(y))
    for place, count in enumerate(y):
        level += alpha * (count - level)
        levels[place] = level
    return levels


def _quantile(share: float, mean: Floats, spread: Floats) -> Floats:
    """Quantiles of counts of this mean whose variance is `spread` times it; Poisson's where that is 1."""
    safe = np.maximum(mean, 1e-9)
    wide = np.maximum(spread, 1 + 1e-6)
    counts: Floats = np.where(
        spread > 1 + 1e-6, nbinom.ppf(share, safe / (wide - 1), 1 / wide), poisson.ppf(share, safe)
    )
    return counts
