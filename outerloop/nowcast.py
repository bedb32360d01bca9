"""What closed tickets will have said once all are closed: closed tickets are a late sample of those that were opened.

Only a closed ticket has a root cause, and the latest openings have had the least time to close, so every latest period
looks better than it was. The count seen is divided by the share of its tickets that should be closed by now
(N = n / F, F from the waits of open and closed tickets together).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import nbinom

from outerloop.rates import Floats

TOO_EARLY = 0.1
"""Where less than this share should be closed yet, nothing is reckoned from what is."""


@dataclass(frozen=True, slots=True, eq=False)
class ClosingCurve:
    """The share of tickets that are closed by each of `moments` after opening; both grow."""

    moments: Floats
    closed: Floats

    def by(self, waited: ArrayLike) -> Floats:
        """The share closed after waiting so long (in the unit of the moments); 0 before the first."""
        place = np.searchsorted(self.moments, np.asarray(waited, np.float64), side="right")
        return np.concatenate([[0.0], self.closed])[place]


def closing_curve(waits: ArrayLike, ended: ArrayLike) -> ClosingCurve:
    """The curve by the product-limit estimator: a ticket still open counts for as long as it has been.

    `waits` are times from opening to closing, or to now where not `ended`. Source: E. L. Kaplan and P. Meier, JASA 53
    (1958) 457-481.
    """
    time, over = np.asarray(waits, np.float64), np.asarray(ended, bool)
    moments, ends = np.unique(time[over], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), moments, side="left")
    closed: Floats = 1 - np.cumprod(1 - ends / np.maximum(at_risk, 1), dtype=np.float64)
    return ClosingCurve(moments, closed)


def nowcast(
    seen: ArrayLike, share: ArrayLike, most: ArrayLike = np.inf, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """How many there will have been, with limits, when `seen` are closed of which `share` should be; NaN if too early.

    The number still to come is negative binomial (`seen` + 1/2 successes at `share`): what is left after so many of a
    binomial sample of unknown size came in, by a prior of one over the root of that size. The share is taken as known.
    There can be no more than `most`: those seen and those still open.
    """
    n, f, room = np.broadcast_arrays(*(np.asarray(values, np.float64) for values in (seen, share, most)))
    known = np.where(f >= TOO_EARLY, f, np.nan)
    low, high = (n + nbinom.ppf(tail, n + 0.5, known) for tail in ((1 - level) / 2, (1 + level) / 2))
    return np.minimum(n / known, room), np.minimum(low, room), np.minimum(high, room)
