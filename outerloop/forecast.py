"""Counts to come, with intervals: a level that follows the counts, and more than chance where they always had more.

Simple exponential smoothing, and the time of the year where two years of the past carry it; it knows no trend. How good
it is on the series itself is measured by going through its past (`backtest`).
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
    """Expected counts with limits, one a period ahead; `dispersion` is the variance over that of chance alone.

    `seasonal`: the time of the year is in them.
    """

    mean: Floats
    low: Floats
    high: Floats
    alpha: float
    dispersion: Floats
    seasonal: bool = False


@dataclass(frozen=True, slots=True)
class Backtest:
    """How forecasts from the past fared: `checked` of them, the share within their limits, the mean absolute error.

    `naive_error` is that of saying the last count again.
    """

    checked: int
    coverage: float
    error: float
    naive_error: float


def forecast(counts: ArrayLike, ahead: int, level: float = 0.95, season: int = 0) -> Forecast:
    """The next `ahead` counts; at least two are needed, and `LEAST` for the limits to mean much.

    The level follows by the share `alpha` of each error that would have erred least one step ahead. Limits are
    quantiles of a negative binomial whose variance is the level times a dispersion (Pearson's, at least 1) of the
    errors that the same level made at that distance in the past: what bursts and drifts widens them. For the smoothing
    see R. J. Hyndman et al., Forecasting with Exponential Smoothing, Springer 2008.

    `season` is the number of periods in a year (0: none). With two years of counts each time of the year has a factor
    (`_factors`), which is used if the factors of the years before would have made the errors of the last year smaller.
    """
    y = np.asarray(counts, np.float64)
    plain, size = _Fit.of(y, np.ones(len(y) + ahead)), len(y)
    chosen, seasonal = plain, False
    if season and size >= 2 * season:
        earlier = _Fit.of(y, _factors(y[:-season], season, size + ahead))
        if earlier.error(size - season) < plain.error(size - season):
            chosen, seasonal = _Fit.of(y, _factors(y, season, size + ahead)), True
    mean = np.maximum(chosen.levels[-1] * chosen.factors[size:], 0.0)
    spread = chosen.dispersions(ahead)
    low, high = (_quantile((1 + side * level) / 2, mean, spread) for side in (-1, 1))
    return Forecast(mean, low, high, chosen.alpha, spread, seasonal)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Counts, the level after each without its season, and the factors of their times of the year and those ahead."""

    counts: Floats
    levels: Floats
    factors: Floats
    alpha: float

    @classmethod
    def of(cls, y: Floats, factors: Floats) -> "_Fit":
        calm = y / factors[: len(y)]
        fits = [cls(y, _levels(calm, alpha), factors, float(alpha)) for alpha in _ALPHAS]
        return min(fits, key=lambda one: one.error(1))

    def errors(self, distance: int) -> tuple[Floats, Floats]:
        """What was expected so many periods before, and by how much it was missed."""
        expected = self.levels[:-distance] * self.factors[distance : len(self.counts)]
        return expected, self.counts[distance:] - expected

    def error(self, start: int) -> float:
        """The sum of squared errors one step ahead, of the counts from a place on."""
        return float(np.sum(self.errors(1)[1][start - 1 :] ** 2))

    def dispersions(self, ahead: int) -> Floats:
        """Mean squared error over the level by distance, never falling with it; the last known where the past ends."""
        found = np.ones(ahead)
        for place in range(ahead):
            if len(self.counts) - place - 1 >= 4:
                expected, missed = self.errors(place + 1)
                found[place] = float(np.sum(missed**2 / np.maximum(expected, 0.5)) / (len(missed) - 1))
        widest: Floats = np.maximum.accumulate(np.maximum(found, 1.0))
        return widest


def _factors(y: Floats, season: int, length: int) -> Floats:
    """What each period's time of the year multiplies the level by, 1 on average, for `length` periods.

    Each count over the mean of its year (the last `season` counts are one), averaged over the years and over about a
    month of neighbours, and drawn towards 1 as if one more year had been even.
    """
    years = len(y) // season
    told = y[len(y) - years * season :].reshape(years, season)
    ratios = (told / np.maximum(told.mean(axis=1, keepdims=True), 0.5)).mean(axis=0)
    wide = max(round(season / 12) // 2, 0)
    smooth = np.mean([np.roll(ratios, shift) for shift in range(-wide, wide + 1)], axis=0)
    kept = np.maximum(1 + (smooth - 1) * years / (years + 1), 0.1)
    return np.asarray((kept / kept.mean())[(np.arange(length) - len(y)) % season])


def backtest(counts: ArrayLike, ahead: int, level: float = 0.95, origins: int = 26, season: int = 0) -> Backtest | None:
    """Forecast from each of the last `origins` moments that have `LEAST` counts before them; None without any."""
    y = np.asarray(counts, np.float64)
    starts = range(max(LEAST, len(y) - origins), len(y))
    inside, errors, naive = list[bool](), list[float](), list[float]()
    for start in starts:
        came = y[start : start + ahead]
        said = forecast(y[:start], len(came), level, season)
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
