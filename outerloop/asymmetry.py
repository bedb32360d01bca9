"""Penalty and reward: what a theme costs where it is named in anger, and brings where it is named with praise.

A basic theme only costs when it fails, an exciter only brings when it succeeds, a performance theme does both alike.
Arrays in and out; see `outerloop.drivers` for what they hold.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, hstack

from outerloop.rates import Floats
from outerloop.resampling import limits, resampled_sums

LEAST_NAMED = 10
"""Answers that must name a theme with a feeling before what goes with it is told."""


class Kind(StrEnum):
    """What a theme is to customers, after N. Kano; UNCLEAR where the data do not say."""

    BASIC = "basic"
    PERFORMANCE = "performance"
    EXCITER = "exciter"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """One value a theme, in NPS points against answers that do not name it; limits are 95 % percentiles.

    `penalty` goes with naming it negatively (below 0 where that costs), `reward` with naming it positively. `balance`
    is their sum: below 0 the penalty is the larger. NaN where fewer than `LEAST_NAMED` answers name the theme so.
    """

    penalty: Floats
    penalty_low: Floats
    penalty_high: Floats
    reward: Floats
    reward_low: Floats
    reward_high: Floats
    balance: Floats
    balance_low: Floats
    balance_high: Floats
    kinds: tuple[Kind, ...]


def asymmetry(
    negative: csr_array,
    positive: csr_array,
    band: ArrayLike,
    person: ArrayLike,
    generator: np.random.Generator,
    resamples: int = 1000,
) -> Asymmetry:
    """Penalty and reward of every theme, those of the others held fixed.

    Both arrays are answers x themes of 0 and 1, sparse.

    The regression of R. D. Brandt, Proc. Services Marketing Conf. (1988) 35-41, on two dummies a theme, with customers
    resampled whole. A scale on which most customers promote leaves more room below than above: there a theme looks
    basic sooner than it is.
    """
    y = 100 * np.asarray(band, np.float64)
    themes = negative.shape[1]
    if not len(y):
        nothing = np.full(themes, np.nan)
        span = (nothing, nothing, nothing)
        return Asymmetry(*span, *span, *span, (Kind.UNCLEAR,) * themes)
    columns = csr_array(hstack([y[:, None], np.ones((len(y), 1)), negative, positive]))
    found = resampled_sums(columns, person, generator, resamples)
    slopes = np.concatenate([slopes_of(found.as_they_are()[None]), found.each(slopes_of)])
    bad, good = negative.sum(axis=0), positive.sum(axis=0)
    penalty = np.where(bad < LEAST_NAMED, np.nan, slopes[:, :themes])
    reward = np.where(good < LEAST_NAMED, np.nan, slopes[:, themes:])
    spans = [_span(part) for part in (penalty, reward, penalty + reward)]
    kinds = tuple(_kind(*(tuple(part[theme] for part in span) for span in spans)) for theme in range(themes))
    return Asymmetry(*spans[0], *spans[1], *spans[2], kinds)


def slopes_of(sums: Floats) -> Floats:
    """Regression slopes (without the intercept) from sums of products of (outcome, one, predictors); a stack of them.

    NaN where a predictor is nowhere 1.
    """
    inverse = np.linalg.pinv(sums[:, 1:, 1:], rcond=1e-10, hermitian=True)
    slopes = np.einsum("bij,bj->bi", inverse, sums[:, 1:, 0])[:, 1:]
    return np.where(sums[:, 1, 2:] > 0, slopes, np.nan)


def _span(slopes: Floats) -> tuple[Floats, Floats, Floats]:
    """The first row with limits from the others."""
    low, high = limits(slopes[1:])
    return slopes[0], low, high


Span = tuple[float, ...]


def _kind(penalty: Span, reward: Span, balance: Span) -> Kind:
    """By the limits; comparisons with NaN hold nothing."""
    costs, brings = penalty[2] < 0, reward[1] > 0
    if costs and balance[2] < 0:
        return Kind.BASIC
    if brings and balance[1] > 0:
        return Kind.EXCITER
    return Kind.PERFORMANCE if costs and brings else Kind.UNCLEAR
