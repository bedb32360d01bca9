"""Many tests at once: which may be called discoveries so that the share of false ones stays below a stated q."""

import numpy as np
from numpy.typing import ArrayLike

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


def hierarchical(p: ArrayLike, family: ArrayLike) -> Floats:
    """Adjusted p-values of tests that come in families, each at most q where the test is a discovery at q.

    First families are selected: Benjamini-Hochberg at q over the family's own p-values (Simes' combination of its
    tests). Then Benjamini-Hochberg at q times the share of families selected within each of them. A family in which
    nothing happens is not entered, however many tests it holds; where one stands out, its tests are judged among
    themselves. Among the families selected the mean share of false discoveries stays below q: Y. Benjamini and M.
    Bogomolov, JRSS B 76 (2014) 297-318. NaN stays NaN.
    """
    values = np.asarray(p, np.float64)
    _, place = np.unique(np.asarray(family), return_inverse=True)
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
