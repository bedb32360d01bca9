"""Drivers: what each theme moves the NPS by and how much of it is its own, with bootstrap intervals. Arrays in and out.

`named` is answers x themes, 1 where the answer names the theme; `band` is 1 for promoters, -1 for detractors, else 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from outerloop.rates import Floats


@dataclass(frozen=True, slots=True)
class Drivers:
    """One value a theme. `impact` is in NPS points, `weight` the theme's part of `explained`, the R squared.

    Limits are 95 % percentiles over resampled answers. An impact is NaN where no answer, or every one, names the theme.
    """

    impact: Floats
    low: Floats
    high: Floats
    weight: Floats
    weight_low: Floats
    weight_high: Floats
    explained: float


def drivers(named: ArrayLike, band: ArrayLike, generator: np.random.Generator, resamples: int = 1000) -> Drivers:
    """Leave-theme-out impact and relative weight of every theme; `generator` decides the resamples.

    Answers are resampled whole, as B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993) 13.3.
    """
    x, y = np.asarray(named, np.float64), np.asarray(band, np.float64)
    once = np.ones(len(y))
    if not len(y):
        nothing = np.full(x.shape[1], np.nan)
        return Drivers(nothing, nothing, nothing, nothing, nothing, nothing, float("nan"))
    impacts, weights = [], []
    for _ in range(resamples):
        times = np.bincount(generator.integers(0, len(y), len(y)), minlength=len(y)).astype(np.float64)
        impacts.append(leave_out_impact(x, y, times))
        weights.append(relative_weights(x, y, times))
    own = relative_weights(x, y, once)
    low, high = _limits(np.array(impacts))
    weight_low, weight_high = _limits(np.array(weights))
    return Drivers(leave_out_impact(x, y, once), low, high, own, weight_low, weight_high, float(own.sum()))


def leave_out_impact(named: Floats, band: Floats, times: Floats) -> Floats:
    """NPS of all answers minus that of those that do not name the theme, in points (facts d.7); `times` counts answers.

    Negative: the theme costs score. Impacts of themes that overlap do not add up.
    """
    total, score = times.sum(), times @ band
    outside, outside_score = total - times @ named, score - (times * band) @ named
    possible = (outside > 0) & (outside < total)
    rest = outside_score / np.where(possible, outside, 1.0)
    return np.where(possible, 100 * (score / total - rest), np.nan)


def relative_weights(named: Floats, band: Floats, times: Floats) -> Floats:
    """Each theme's part of the variance that all explain together, overlap shared out; never below 0.

    Source: J. W. Johnson, Multivariate Behavioral Research 35 (2000) 1-19: regress on the orthogonal variables nearest
    to the themes, and pass the explained variance back. The sum is the R squared of the regression on all themes. A
    theme that is always or never named has weight 0.
    """
    share = times / times.sum()
    x, y = named - share @ named, band - share @ band
    spread, y_spread = np.sqrt(share @ x**2), np.sqrt(share @ y**2)
    varies = spread > 1e-12
    found = np.zeros(named.shape[1])
    if y_spread <= 1e-12 or not varies.any():
        return found
    z, own = x[:, varies] / spread[varies], share * y / y_spread
    value, vector = np.linalg.eigh((z * share[:, None]).T @ z)
    real = value > 1e-10
    vector, root = vector[:, real], np.sqrt(value[real])
    nearest = (vector * root) @ vector.T
    slope = (vector / root) @ vector.T @ (own @ z)
    found[varies] = nearest**2 @ slope**2
    return found


def _limits(resampled: Floats) -> tuple[Floats, Floats]:
    """Percentiles of each column over the resamples in which it exists; NaN where it never does."""
    limits = np.full((2, resampled.shape[1]), np.nan)
    for column in range(resampled.shape[1]):
        known = resampled[~np.isnan(resampled[:, column]), column]
        if known.size:
            limits[:, column] = np.quantile(known, [0.025, 0.975])
    return limits[0], limits[1]
