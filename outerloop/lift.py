"""Which root causes go with which themes more than chance, with small counts held back. Arrays in and out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import gammaincinv, gammaln

from outerloop.rates import Floats

_WIDEST, _NARROWEST = 0.05, 1000.0
"""Between these shapes the prior is sought: lifts that differ by orders of magnitude, and lifts that are all 1."""


@dataclass(frozen=True, slots=True)
class Lifts:
    """One value a cell of themes x causes. `raw` is count over `expected`, `lift` the same held back towards 1.

    `low` and `high` are 95 % limits of the lift; NaN where nothing is expected. `shape` is the prior's: the higher, the
    more alike themes are.
    """

    expected: Floats
    raw: Floats
    lift: Floats
    low: Floats
    high: Floats
    shape: float


def lifts(counts: ArrayLike) -> Lifts:
    """The lift of every cell of themes x causes: its count over what the margins alone would give.

    A cell's true lift is drawn from a gamma distribution of mean 1 whose shape is fitted to all cells (maximum of the
    negative binomial likelihood), and the count is Poisson: the gamma-Poisson shrinker of W. DuMouchel, The American
    Statistician 53 (1999) 177-190, with one component. A pair seen twice where a fifth was expected is no discovery.
    """
    seen = np.asarray(counts, np.float64)
    total = seen.sum()
    expected = np.outer(seen.sum(1), seen.sum(0)) / total if total else np.zeros_like(seen)
    known = expected > 0
    shape = _fitted(seen[known], expected[known]) if known.any() else _NARROWEST
    scale = np.where(known, shape + expected, np.nan)
    low, high = (gammaincinv(shape + seen, share) / scale for share in (0.025, 0.975))
    raw = seen / np.where(known, expected, np.nan)
    return Lifts(np.where(known, expected, np.nan), raw, (shape + seen) / scale, low, high, shape)


def _fitted(seen: Floats, expected: Floats) -> float:
    """The shape that makes the counts most likely."""

    def unlikely(log_shape: float) -> float:
        shape = np.exp(log_shape)
        share = expected / (shape + expected)
        told = gammaln(shape + seen) - gammaln(shape) + shape * np.log1p(-share) + seen * np.log(share)
        return -float(told.sum())

    found = minimize_scalar(unlikely, bounds=(np.log(_WIDEST), np.log(_NARROWEST)), method="bounded")
    return float(np.exp(found.x))
