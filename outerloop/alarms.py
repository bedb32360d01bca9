"""Alarms on themes: is the share in the latest period above its own past, over many themes at once? Arrays in and out.

A row is one theme in one segment, a column one period, the last column the period asked about. Exposure is responses,
never days: a week with twice the responses is no alarm.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from outerloop.baseline import Baseline, Season, constant, seasonal
from outerloop.bursts import BURSTS, excess, learnt
from outerloop.discovery import hierarchical
from outerloop.rates import Floats


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """What is called an alarm.

    `q` is the share of alarms that may be false, `baseline` the number of whole periods compared with when there is no
    season, `least` the mentions a row needs over all its periods to be tested at all. That floor looks at the sum only,
    which says nothing about when the mentions came, so it leaves the p-values valid.
    """

    q: float = 0.1
    baseline: int = 12
    least: int = 5


@dataclass(frozen=True, slots=True)
class Tested:
    """One value a row; `p` and `q` are NaN for rows that were not tested, which are never alarms.

    `expected` are the mentions the baseline leads to now, `ratio` the mentions over those (infinite when nobody named
    the theme before), `low` and `high` its 95 % limits, `dispersion` how much more such a count varies than chance
    alone (at least 1).
    """

    now: Floats
    before: Floats
    now_exposure: Floats
    before_exposure: Floats
    expected: Floats
    ratio: Floats
    low: Floats
    high: Floats
    dispersion: Floats
    p: Floats
    q: Floats
    alarm: NDArray[np.bool_]


def compare(
    mentions: ArrayLike,
    exposure: ArrayLike,
    rule: AlarmRule,
    family: ArrayLike | None = None,
    season: Season | None = None,
    window: ArrayLike = 0,
) -> Tested:
    """Test every row's last period against its earlier ones; both arrays are rows x periods.

    `family` groups the rows (all segments of a theme) for `outerloop.discovery.hierarchical`; without it every row is
    its own, which is Benjamini-Hochberg. Within a family rows weigh as much as they have responses. With `season` the
    past is that of this time of the year. How bursty a row is, is not known: its p-value is the mean of those of all
    bursts, weighed by what its past and the other rows say of them (an empirical partially Bayes p-value: N. Ignatiadis
    and B. Sen, Annals of Statistics 53 (2025) 1-36). Where rows are asked about several periods, `window` tells which:
    only rows of the same one are learnt from, so that an alarm is no past outbreak to the periods before it.
    """
    said, asked = np.asarray(mentions, np.float64), np.asarray(exposure, np.float64)
    now, now_exposure = said[:, -1], asked[:, -1]
    before, before_exposure = said[:, :-1].sum(1), asked[:, :-1].sum(1)
    past = baseline_of(said, asked, season)
    bursts = _bursts(past, np.broadcast_to(np.asarray(window), now.shape))
    over = (bursts * (1 + past.expected[:, None] * BURSTS)).sum(1)
    ratio, low, high = rate_ratio(now / over, 1.0, past.expected * past.periods / over, past.periods)
    enough = (now + before >= rule.least) & (now_exposure > 0) & (before_exposure > 0)
    p = np.full(now.size, np.nan)
    worth, few = past.periods[enough, None], (past.expected * past.periods)[enough, None]
    p[enough] = (bursts[enough] * excess(now[enough, None], few, worth, BURSTS)).sum(1)
    q = hierarchical(p, np.arange(len(p)) if family is None else family, now_exposure)
    return Tested(
        now, before, now_exposure, before_exposure, past.expected, ratio, low, high, over, p, q,
        np.nan_to_num(q, nan=1.0) <= rule.q,
    )  # fmt: skip


def _bursts(past: Baseline, window: NDArray[np.generic]) -> Floats:
    """Weights over `BURSTS` of each row, learnt within its window."""
    found = np.empty((window.size, BURSTS.size))
    for one in np.unique(window):
        rows = window == one
        found[rows] = learnt(past.dispersion[rows], past.freedom[rows], past.mean[rows])
    return found


def baseline_of(said: Floats, asked: Floats, season: Season | None) -> Baseline:
    """The past of rows x periods, whose last period is now."""
    earlier = (said[:, :-1], asked[:, :-1], asked[:, -1])
    return constant(*earlier) if season is None else seasonal(*earlier, season)


def rate_ratio(
    now: ArrayLike, now_exposure: ArrayLike, before: ArrayLike, before_exposure: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """The rate now over the rate before with exact two-sided limits; NaN without exposure or without any mention.

    Given the sum of two Poisson counts, the first is binomial with the exposure's share as its probability; the limits
    are those of Clopper and Pearson (Biometrika 26 (1934) 404-413) for it, turned into a ratio. The ratio is infinite,
    as is its upper limit, when there was no mention before.
    """
    x, y = np.asarray(now, np.float64), np.asarray(before, np.float64)
    share = np.where(x + y > 0, _share(now_exposure, before_exposure), np.nan)
    scale = (1 - share) / share
    tail = (1 - level) / 2
    low = np.where(x > 0, betaincinv(np.where(x > 0, x, 1.0), y + 1, tail), 0.0)
    high = np.where(y > 0, betaincinv(x + 1, np.where(y > 0, y, 1.0), 1 - tail), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return scale * x / y, scale * low / (1 - low), scale * high / (1 - high)


def _share(now_exposure: ArrayLike, before_exposure: ArrayLike) -> Floats:
    """The latest period's share of all exposure; NaN unless both sides have some."""
    now, before = np.broadcast_arrays(np.asarray(now_exposure, np.float64), np.asarray(before_exposure, np.float64))
    possible = (now > 0) & (before > 0)
    return np.where(possible, now / np.where(possible, now + before, 1.0), np.nan)
