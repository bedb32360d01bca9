"""Estimates with intervals, as array functions: rates, NPS, a theme's NPS impact, waiting times. No interval, no claim.

All intervals are two-sided at 95 % unless `z` says otherwise; where there is nothing to estimate from, limits are NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure with its 95 % limits, all in the unit of what is estimated; NaN where there is nothing to go by."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def wilson(successes: ArrayLike, trials: ArrayLike, z: float = Z95) -> tuple[Floats, Floats]:
    """Limits of a proportion, each in [0, 1], by the score interval.

    Source: E. B. Wilson, JASA 22 (1927) 209-212; recommended by L. D. Brown, T. T. Cai and A. DasGupta, Statistical
    Science 16 (2001) 101-133.
    """
    k, n = np.asarray(successes, np.float64), _positive(trials)
    share, spread = k / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # At 0 and n successes the limit is exact; rounding would leave it a hair outside.
    low = np.where(k == 0, np.where(np.isnan(n), np.nan, 0.0), np.clip(centre - half, 0, 1))
    high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
    return low, high


def nps(promoters: ArrayLike, detractors: ArrayLike, answers: ArrayLike) -> Floats:
    """Net Promoter Score in points, -100 … 100; NaN without answers."""
    p, d, n = np.asarray(promoters, np.float64), np.asarray(detractors, np.float64), _positive(answers)
    score: Floats = 100 * (p - d) / n
    return score


def nps_interval(
    promoters: ArrayLike, detractors: ArrayLike, answers: ArrayLike, z: float = Z95
) -> tuple[Floats, Floats]:
    """Limits of an NPS in points by the adjusted-Wald interval: three answers are added, 3/4 of one to either side.

    Source: B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016) 365-372, the
    best of those tested there. With few answers its centre is nearer to 0 than the score is.
    """
    answered = _positive(answers)
    n = answered + 3
    p = (np.asarray(promoters, np.float64) + 0.75) / n
    d = (np.asarray(detractors, np.float64) + 0.75) / n
    half = z * np.sqrt((p + d - (p - d) ** 2) / n)
    return 100 * np.clip(p - d - half, -1, 1), 100 * np.clip(p - d + half, -1, 1)


def nps_impact(
    promoters: ArrayLike,
    detractors: ArrayLike,
    answers: ArrayLike,
    all_promoters: ArrayLike,
    all_detractors: ArrayLike,
    all_answers: ArrayLike,
    moments: ArrayLike | None = None,
    z: float = Z95,
) -> tuple[Floats, Floats, Floats]:
    """What a theme moves the NPS by, with limits: NPS of all minus NPS of the answers that do not name it, in points.

    That difference equals w * (S_theme - S_rest) with w the theme's share of answers (facts d.7): negative means that
    the theme costs score. The limits are by the delta method on the influence of one customer, whose answers may go
    together: `moments` (themes x 4 x 4) sums over customers the products of (score, answers, score of answers that name
    the theme, how many those are), where a score counts promoters less detractors; without it every answer is taken for
    a customer of its own. Impacts of themes that overlap do not add up. NaN where every answer, or none, names it.
    """
    given = np.broadcast_arrays(promoters, detractors, answers, all_promoters, all_detractors, all_answers)
    cells = np.stack(given).astype(np.float64)
    inside, whole = cells[:3], cells[3:]
    outside = whole - inside
    n, m = _positive(whole[2]), _positive(outside[2])
    everyone, rest = (whole[0] - whole[1]) / n, (outside[0] - outside[1]) / m
    impact = np.where(inside[2] > 0, everyone - rest, np.nan)
    # The influence of a customer's answers on the impact is a weighted sum of the four figures in `moments`.
    weight = n / m
    pull = np.stack([1 - weight, weight * rest - everyone, weight, -weight * rest], axis=-1)
    products = _each_alone(inside, whole) if moments is None else np.asarray(moments, np.float64)
    spread = np.einsum("...i,...ij,...j->...", pull, products, pull)
    half = z * np.sqrt(np.maximum(spread, 0)) / n
    return 100 * impact, 100 * (impact - half), 100 * (impact + half)


def _each_alone(inside: Floats, whole: Floats) -> Floats:
    """The moments of `nps_impact` when no customer answers twice."""
    whole_square, whole_score, answers = whole[0] + whole[1], whole[0] - whole[1], whole[2]
    square, score, naming = inside[0] + inside[1], inside[0] - inside[1], inside[2]
    rows = (
        (whole_square, whole_score, square, score),
        (whole_score, answers, score, naming),
        (square, score, square, score),
        (score, naming, score, naming),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def difference(now: Estimate, before: Estimate) -> Estimate:
    """Now minus before, of two independent estimates with limits, which keep their own skewness.

    The limits are recovered from those of the two (MOVER): G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008)
    1693-1702; for two Wilson intervals it is method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890.
    """
    gap = now.value - before.value
    below = np.hypot(now.value - now.low, before.high - before.value)
    above = np.hypot(now.high - now.value, before.value - before.low)
    return Estimate(float(gap), float(gap - below), float(gap + above))


def waiting_quantile(durations: ArrayLike, ended: ArrayLike, share: float) -> float:
    """The time by which `share` of all waits are over, counting those that still run; NaN when it is not reached yet.

    Leaving running waits out makes the latest tickets look quick; here they count for as long as they have lasted.
    Source: E. L. Kaplan and P. Meier, JASA 53 (1958) 457-481 (the first time at which survival is at most 1 - share).
    """
    time, over = np.asarray(durations, np.float64), np.asarray(ended, bool)
    moments, ends = np.unique(time[over], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), moments, side="left")
    survival = np.cumprod(1 - ends / np.maximum(at_risk, 1))
    reached = np.flatnonzero(survival <= 1 - share + 1e-12)
    return float(moments[reached[0]]) if reached.size else float("nan")


def _positive(counts: ArrayLike) -> Floats:
    """The counts with NaN for 0, so that what is divided by them is NaN without a warning."""
    values = np.asarray(counts, np.float64)
    return np.where(values > 0, values, np.nan)
