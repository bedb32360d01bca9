"""Drivers: what each theme moves the NPS by and how much of it is its own, with bootstrap intervals. Arrays in and out.

`named` is answers x themes, sparse, 1 where the answer names the theme; `band` is 1 for promoters, -1 for detractors,
else 0; `person` tells whose answer it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, hstack

from outerloop.rates import Floats
from outerloop.resampling import limits, resampled_sums


@dataclass(frozen=True, slots=True)
class Drivers:
    """One value a theme. `impact` is in NPS points, `weight` the theme's part of `explained`, the R squared.

    Limits are 95 % percentiles over resampled customers. An impact is NaN where no answer, or every one, names the
    theme.
    """

    impact: Floats
    low: Floats
    high: Floats
    weight: Floats
    weight_low: Floats
    weight_high: Floats
    explained: float


def drivers(
    named: csr_array, band: ArrayLike, person: ArrayLike, generator: np.random.Generator, resamples: int = 1000
) -> Drivers:
    """Leave-theme-out impact and relative weight of every theme; `generator` decides the resamples."""
    y = np.asarray(band, np.float64)
    if not len(y):
        nothing = np.full(named.shape[1], np.nan)
        return Drivers(nothing, nothing, nothing, nothing, nothing, nothing, float("nan"))
    found = resampled_sums(columns_of(named, y), person, generator, resamples)
    low, high = limits(found.each(lambda block: np.array([leave_out_impact(sums) for sums in block])))
    weight_low, weight_high = limits(found.each(lambda block: np.array([relative_weights(sums) for sums in block])))
    own = found.as_they_are()
    weight = relative_weights(own)
    return Drivers(leave_out_impact(own), low, high, weight, weight_low, weight_high, float(weight.sum()))


def columns_of(named: csr_array, band: Floats) -> csr_array:
    """What is summed: a one, the band, then the themes."""
    return csr_array(hstack([np.ones((len(band), 1)), band[:, None], named]))


def leave_out_impact(sums: Floats) -> Floats:
    """NPS of all answers minus that of those that do not name it, in points (facts d.7), of each theme.

    `sums` are those of the products of `columns_of`. Negative: the theme costs score. Impacts of themes that overlap do
    not add up.
    """
    total, score = sums[0, 0], sums[0, 1]
    outside, outside_score = total - sums[0, 2:], score - sums[1, 2:]
    possible = (outside > 0) & (outside < total)
    rest = outside_score / np.where(possible, outside, 1.0)
    return np.where(possible, 100 * (score / max(total, 1.0) - rest), np.nan)


def relative_weights(sums: Floats) -> Floats:
    """Each theme's part of the variance that all explain together, overlap shared out; never below 0.

    `sums` are those of the products of `columns_of`. Source: J. W. Johnson, Multivariate Behavioral Research 35 (2000)
    1-19: regress on the orthogonal variables nearest to the themes, and pass the explained variance back. The sum is
    the R squared of the regression on all themes. A theme that is always or never named has weight 0.
    """
    mean = sums[0, 1:] / max(sums[0, 0], 1.0)
    spread = sums[1:, 1:] / max(sums[0, 0], 1.0) - np.outer(mean, mean)
    deviation = np.sqrt(np.maximum(np.diagonal(spread), 0.0))
    varies = deviation[1:] > 1e-8
    found = np.zeros(len(mean) - 1)
    if deviation[0] <= 1e-8 or not varies.any():
        return found
    chosen = 1 + np.flatnonzero(varies)
    correlation = spread[np.ix_(chosen, chosen)] / np.outer(deviation[chosen], deviation[chosen])
    own = spread[chosen, 0] / (deviation[chosen] * deviation[0])
    value, vector = np.linalg.eigh(correlation)
    real = value > 1e-10
    vector, root = vector[:, real], np.sqrt(value[real])
    nearest = (vector * root) @ vector.T
    slope = (vector / root) @ vector.T @ own
    found[varies] = nearest**2 @ slope**2
    return found
