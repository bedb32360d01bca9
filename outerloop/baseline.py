"""What a theme's past says of now: a constant rate, or a season. Arrays in and out; rows are themes in segments.

Exposure is responses, never days. Dispersion is how much more the past varies than chance alone, 1 if it does not.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from outerloop.rates import Floats

_ROUNDS = 25
_OUTBREAK = 2.58
"""Standardised residuals above this are past outbreaks, which count less."""
_LEAST_MENTIONS = 5
"""With fewer past mentions a row has no season that could be seen, and is taken for constant."""


@dataclass(frozen=True, slots=True)
class Season:
    """A year of `length` periods in `levels`: the periods within `half` of now's time of the year, then equal parts.

    So this time of the year has a level of its own: A. Noufaily et al., Statistics in Medicine 32 (2013) 1206-1222, who
    take three weeks to either side and ten levels. Narrower, since the seasons of shops begin within days.
    """

    length: float
    half: float
    levels: int

    @property
    def least(self) -> int:
        """Periods before now that are needed: this time of the year must have been once before, whole."""
        return int(np.ceil(self.length + self.half))

    def level(self, ago: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """The level of the period so many periods before now; 0 for this time of the year."""
        phase = np.mod(-np.asarray(ago, np.float64), self.length)
        rest = (phase - self.half) / (self.length - 2 * self.half)
        others = 1 + np.clip((rest * (self.levels - 1)).astype(np.int64), 0, self.levels - 2)
        return np.where((phase <= self.half) | (phase >= self.length - self.half), 0, others)


@dataclass(frozen=True, slots=True)
class Baseline:
    """One value a row: mentions expected now, and how many such periods the past is worth.

    `dispersion` is Pearson's chi-square of the past over its degrees of `freedom`, `mean` the mentions a past
    period that has responses.
    """

    expected: Floats
    periods: Floats
    dispersion: Floats
    freedom: Floats
    mean: Floats


def constant(said: Floats, asked: Floats, asked_now: Floats) -> Baseline:
    """The mean rate of the past (rows x periods), at the exposure of now."""
    total = asked.sum(1)
    rate = said.sum(1) / np.where(total > 0, total, np.nan)
    worth = total / np.where(asked_now > 0, asked_now, np.nan)
    return Baseline(rate * asked_now, worth, *dispersion(said, asked), said.sum(1) / np.maximum((asked > 0).sum(1), 1))


def seasonal(said: Floats, asked: Floats, asked_now: Floats, season: Season) -> Baseline:
    """The rate at this time of the year, from a quasi-Poisson regression on season and, from two years on, trend.

    log mentions = log exposure + level + season's levels + trend, past outbreaks counting less: C. P. Farrington et
    al., JRSS A 159 (1996) 547-563, with the season of `Season`. Levels and trend are held towards none (standard
    deviation 1 on the log scale), so that a rare theme has an estimate too. What comes out, an expectation and how many
    periods it is worth, is tested by `outerloop.alarms` as a plain past is, instead of by their 2/3-power limit.
    """
    plain = constant(said, asked, asked_now)
    fit = np.flatnonzero((said.sum(1) >= _LEAST_MENTIONS) & (asked_now > 0))
    if not fit.size:
        return plain
    design, hold = _design(said.shape[1], season)
    x, now = design[:-1], design[-1]
    y, exposure = said[fit], asked[fit]
    counts = np.where(exposure > 0, 1.0, 0.0)
    weight = counts
    for _ in range(2):
        slope, spread = _regression(x, hold, y, exposure, weight)
        mean = exposure * np.exp(slope @ x.T)
        over, free = _spread(y, mean, weight, x.shape[1])
        leverage = weight * mean * (spread.reshape(len(y), -1) @ _squares(x).T)
        weight = _down_weighted(y, mean, np.maximum(over, 1), leverage, counts)
    expected = asked_now[fit] * np.exp(slope @ now)
    certain = 1 / (now @ spread @ now)
    found = (expected, certain / expected, over, free, mean.sum(1) / counts.sum(1))
    for field, fitted in zip(fields(plain), found, strict=True):
        getattr(plain, field.name)[fit] = fitted
    return plain


def dispersion(mentions: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    """Pearson's chi-square of each row's periods around its mean rate over its degrees of freedom, and those.

    P. McCullagh and J. A. Nelder, Generalized Linear Models (1989) 6.2.
    """
    said, asked = np.asarray(mentions, np.float64), np.asarray(exposure, np.float64)
    total = asked.sum(1, keepdims=True)
    expected = asked * said.sum(1, keepdims=True) / np.where(total > 0, total, 1.0)
    return _spread(said, expected, np.where(expected > 0, 1.0, 0.0), 1)


def _design(periods: int, season: Season) -> tuple[Floats, Floats]:
    """Columns of the past periods and of now (last), and how hard each is held towards 0."""
    ago = np.arange(periods, -1, -1)
    levels = (season.level(ago)[:, None] == np.arange(season.levels)).astype(np.float64)
    columns = [np.ones((periods + 1, 1)), levels]
    if periods >= 2 * season.length:
        columns.append((-ago / season.length)[:, None])
    design = np.hstack(columns)
    hold = np.ones(design.shape[1])
    hold[0] = 0.0
    return design, np.diag(hold)


def _regression(x: Floats, hold: Floats, y: Floats, exposure: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their covariance (before dispersion) of each row, by iterated weighted least squares."""
    offset = np.log(np.where(exposure > 0, exposure, 1.0))
    squares, slope = _squares(x), _flat(y, exposure, weight, x.shape[1])
    for _ in range(_ROUNDS):
        linear = slope @ x.T
        mean = np.exp(np.minimum(offset + linear, 50.0))
        working = weight * mean
        information = (working @ squares).reshape(len(y), *hold.shape) + hold
        target = (working * linear + weight * (y - mean)) @ x
        before, slope = slope, np.linalg.solve(information, target[..., None])[..., 0].astype(np.float64)
        moved = np.abs(slope - before).max()
        if moved < 1e-6:
            break
    return slope, np.linalg.inv(information).astype(np.float64)


def _flat(y: Floats, exposure: Floats, weight: Floats, columns: int) -> Floats:
    """Coefficients to begin with: the mean rate, and nothing else."""
    slope = np.zeros((len(y), columns))
    slope[:, 0] = np.log((weight * y).sum(1) / (weight * exposure).sum(1))
    return slope


def _squares(x: Floats) -> Floats:
    """Each row's products of two columns, so that a stack of weighted sums of them is one matrix product."""
    found: Floats = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return found


def _spread(y: Floats, mean: Floats, weight: Floats, used: int) -> tuple[Floats, Floats]:
    chi = np.where(mean > 0, weight * (y - mean) ** 2 / np.where(mean > 0, mean, 1.0), 0.0).sum(1)
    free = np.maximum((weight > 0).sum(1) - used, 1).astype(np.float64)
    return chi / free, free


def _down_weighted(y: Floats, mean: Floats, over: Floats, leverage: Floats, counts: Floats) -> Floats:
    """Weights by Anscombe residuals, which sum to the number of periods (Farrington et al. 3.6)."""
    room = np.sqrt(over[:, None] * np.maximum(1 - leverage, 0.05)) * np.maximum(mean, 1e-9) ** (1 / 6)
    residual = 1.5 * (y ** (2 / 3) - mean ** (2 / 3)) / room
    less = counts * np.where(residual > _OUTBREAK, np.maximum(residual, 1.0) ** -2, 1.0)
    found: Floats = less * counts.sum(1, keepdims=True) / less.sum(1, keepdims=True)
    return found
