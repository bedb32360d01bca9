"""How far a theme's rate swings from period to period beyond chance, learnt from all rows at once. Arrays in and out.

A period's rate is the mean rate times a gamma factor of mean 1; its variance is the row's burst (0: none). Counts are
then negative binomial, with variance mean x (1 + burst x mean). From a dozen periods no row's burst can be told well;
what the rows have in common is learnt from all of them, and each row then has weights over the bursts it may have.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, digamma, expit, polygamma

from outerloop.rates import Floats

BURSTS = np.concatenate([[0.0], 0.01 * 2.0 ** np.arange(8)])
"""The bursts thought possible; 1.28 is a rate that may come down to nothing or threefold in any week."""
_ROUNDS = 100
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS /= _WEIGHTS.sum()
_VAGUE = 1.0
"""Rows' worth of evidence for every burst alike, so that few rows rule none out."""


def learnt(dispersion: Floats, freedom: Floats, mean: Floats) -> Floats:
    """Each row's weights over `BURSTS` (rows x bursts, rows sum to 1).

    `dispersion` is Pearson's chi-square of the past over its degrees of `freedom`, `mean` the mentions a period. How
    common each burst is among the rows is what makes their dispersions likeliest (J. Kiefer and J. Wolfowitz, Annals of
    Mathematical Statistics 27 (1956) 887-906, by expectation-maximisation), each a chi-square times what its burst
    leads to expect.
    """
    expected = 1 + mean[:, None] * BURSTS
    log_likelihood = -0.5 * freedom[:, None] * (np.log(expected) + dispersion[:, None] / expected)
    likelihood = np.exp(log_likelihood - log_likelihood.max(1, keepdims=True))
    common = np.full(BURSTS.size, 1 / BURSTS.size)
    for _ in range(_ROUNDS):
        weights = likelihood * common
        weights /= weights.sum(1, keepdims=True)
        common = (weights.sum(0) + _VAGUE / BURSTS.size) / (len(weights) + _VAGUE)
    found: Floats = weights
    return found


def excess(now: ArrayLike, before: ArrayLike, periods: ArrayLike, burst: ArrayLike = 0.0) -> Floats:
    """One-sided mid-p-value that the rate now is above that of the past, which is worth so many periods like now.

    Without a burst the first of two Poisson counts is binomial given their sum (J. Przyborowski and H. Wilenski,
    Biometrika 31 (1940) 313-323), or the second count negative binomial; half the probability of what was seen is left
    out (H. O. Lancaster, JASA 56 (1961) 223-234), since counts this small would reach a stated level too seldom. With a
    burst it is beta-binomial (M. D. Robinson and G. K. Smyth, Biostatistics 9 (2008) 321-332). Counts may be fractions.
    """
    given = np.broadcast_arrays(now, before, periods, burst)
    x, y, worth, swing = (np.asarray(values, np.float64) for values in given)
    at_least = np.where(x > 0, _tail(np.where(x > 0, x, 1.0), y + 1, worth, swing), 1.0)
    above = np.where(y > 0, _tail(x + 1, np.where(y > 0, y, 1.0), worth, swing), 0.0)
    found: Floats = (at_least + above) / 2
    return found


def _tail(x: Floats, size: Floats, worth: Floats, swing: Floats) -> Floats:
    """P(X >= x) of the count before the past's `size`-th.

    Its odds are a ratio of gammas, of shapes 1 and `worth` over the burst. Given the one below, the count is negative
    binomial; that one is averaged over by quadrature, its log taken for normal.
    """
    plain = betainc(x, size, 1 / (1 + worth))
    shape = 1 / np.where(swing > 0, swing, 1.0)
    middle = digamma(size) - digamma(shape * worth)
    width = np.sqrt(polygamma(1, size) + polygamma(1, shape * worth))
    odds = expit(middle[..., None] + width[..., None] * _NODES)
    wide = betainc(x[..., None], shape[..., None], odds) @ _WEIGHTS
    found: Floats = np.where(swing > 0, np.minimum(wide, 1.0), plain)
    return found
