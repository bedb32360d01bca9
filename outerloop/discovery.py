"""Many tests at once: which may be called discoveries so that the share of false ones stays below a stated q."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outerloop.rates import Floats


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values: calling those at or below q discoveries keeps the expected share of false ones at q.

    NaN stays NaN and is not counted. Source: Y. Benjamini and Y. Hochberg, JRSS B 57 (1995) 289-300; it also holds for
    positively dependent tests: Y. Benjamini and D. Yekutieli, Annals of Statistics 29 (2001) 1165-1188.
    """
    values = np.asarray(p, np.float64)
    found = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        return found
    order = known[np.argsort(values[known], kind="stable")]
    scaled = values[order] * order.size / np.arange(1, order.size + 1)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return found


def hierarchical(p: ArrayLike, family: ArrayLike, weight: ArrayLike = 1.0) -> Floats:
    """Adjusted p-values of tests that come in families, each at most q where the test is a discovery at q.

    First families are selected: Benjamini-Hochberg at q over the family's own p-values (Simes' combination of its
    tests). Then Benjamini-Hochberg at q times the share of families selected within each of them. A family in which
    nothing happens is not entered, however many tests it holds; where one stands out, its tests are judged among
    themselves. Among the families selected the mean share of false discoveries stays below q: Y. Benjamini and M.
    Bogomolov, JRSS B 76 (2014) 297-318. NaN stays NaN.

    Within a family a test has a part of q by its `weight` (C. R. Genovese, K. Roeder and L. Wasserman, Biometrika 93
    (2006) 509-524), which must not have looked at what is tested. Families weigh alike.
    """
    _, place = np.unique(np.asarray(family), return_inverse=True)
    values = _weighed(np.asarray(p, np.float64), place, weight)
    within, combined = np.full(values.shape, np.nan), np.full(int(place.max(initial=-1)) + 1, np.nan)
    for one in range(combined.size):
        rows = np.flatnonzero(place == one)
        within[rows] = benjamini_hochberg(values[rows])
        # The least adjusted p-value is Simes' (Biometrika 73 (1986) 751-754).
        known = within[rows][~np.isnan(within[rows])]
        combined[one] = known.min() if known.size else np.nan
    selected = benjamini_hochberg(combined)
    levels = np.sort(selected[~np.isnan(selected)])
    found = np.full(values.shape, np.nan)
    rows = np.flatnonzero(~np.isnan(values))
    # With k families selected at least, q must reach the k-th of `levels` and `within` times families over k.
    shares = within[rows, None] * levels.size / np.arange(1, levels.size + 1)
    if rows.size:
        least = np.maximum(shares, levels[None, :]).min(1)
        found[rows] = np.minimum(np.maximum(least, selected[place[rows]]), 1.0)
    return found


def _weighed(p: Floats, place: NDArray[np.intp], weight: ArrayLike) -> Floats:
    """P-values over their weights, which are 1 on average over the tests of a family."""
    known = ~np.isnan(p)
    weights = np.where(known, np.broadcast_to(np.asarray(weight, np.float64), p.shape), 0.0)
    total = np.bincount(place, weights, minlength=1)[place]
    share = weights * np.bincount(place, known, minlength=1)[place] / np.where(total > 0, total, 1.0)
    found: Floats = np.where(known, np.minimum(p / np.where(share > 0, share, 1.0), 1.0), np.nan)
    return found
