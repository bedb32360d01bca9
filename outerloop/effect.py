"""Did a fix work: a theme's mentions as an interrupted time series, with themes it did not touch as controls."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from feedback.errors import NanniError
from outerloop.rates import Floats

LEAST_PERIODS, LEAST_MENTIONS = 4, 5.0
"""Periods needed on either side of the fix, and mentions a period before it, in the theme and in its controls."""

_CALM, _FORGETFUL = 0.4, 16.0
"""The prior probability that the theme does not drift at all, and how much more a drift without memory weighs."""
_DRIFTS = np.concatenate([[0.0], np.geomspace(0.12, 120, 40)])
"""Spreads of the drift, in standard deviations of the counting noise of a period."""
_RHOS = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.92, 0.96])
_WIDTHS = np.array([0.075, 0.15, 0.15, 0.15, 0.125, 0.1, 0.085, 0.06, 0.045, 0.04])
"""How much of the correlations each of `_RHOS` stands for."""


class TooLittleToMeasureError(NanniError):
    """There are too few periods or mentions for an effect with an interval."""


@dataclass(frozen=True, slots=True)
class Step:
    """The change at the fix on the log scale, as a mixture of normals: one for each (sigma, rho) and its weight.

    `sigma` is the spread of the theme's log rate beyond counting noise, `rho` its correlation from period to period,
    both averaged over the weights; without drift both are 0.
    """

    means: Floats
    deviations: Floats
    weights: Floats
    sigma: float
    rho: float

    def quantile(self, share: float) -> float:
        """The log ratio below which this share of the mixture lies (by bisection)."""
        low = float((self.means - 12 * self.deviations).min())
        high = float((self.means + 12 * self.deviations).max())
        for _ in range(60):
            middle = (low + high) / 2
            below = float(self.weights @ ndtr((middle - self.means) / self.deviations))
            low, high = (middle, high) if below < share else (low, middle)
        return (low + high) / 2

    def ratio(self, level: float = 0.95) -> tuple[float, float, float]:
        """The rate after the fix over what it would have been, with limits: 0.6 is a drop of 40 %."""
        tail = (1 - level) / 2
        middle, low, high = (float(np.exp(self.quantile(share))) for share in (0.5, tail, 1 - tail))
        return middle, low, high

    def draws(self, generator: np.random.Generator, count: int) -> Floats:
        """So many log ratios drawn from the mixture, for what is computed from the ratio."""
        chosen = generator.choice(self.means.size, count, p=self.weights)
        found: Floats = generator.normal(self.means[chosen], self.deviations[chosen])
        return found


def step(mentions: ArrayLike, controls: ArrayLike, exposure: ArrayLike, after: ArrayLike) -> Step:
    """The step in a theme's rate at the fix, relative to the controls' rate; one value a period, in order.

    `mentions` and `controls` are responses naming the theme and naming any untouched theme, out of `exposure`; `after`
    marks the periods after the fix. The difference of the two log rates is a level, a step, an AR(1) series (what
    drifts and bursts) and counting noise of known size (Poisson, delta method): a difference in differences as in S. L.
    Wagner et al., J. Clin. Pharm. Ther. 27 (2002) 299-309, and J. Lopez Bernal et al., Int. J. Epidemiol. 47 (2018)
    2082-2093. Level and step are integrated out (the restricted likelihood of D. A. Harville, JASA 72 (1977) 320-338)
    and the series' spread and correlation averaged over a grid (`_log_prior`), since a plug-in of either gives
    intervals that are too narrow in series this short. Assumes that without the fix theme and controls would have moved
    alike. Raises TooLittleToMeasureError.
    """
    said, others, asked = (np.asarray(values, np.float64) for values in (mentions, controls, exposure))
    later = np.asarray(after, bool)
    used = asked > 0
    said, others, asked, later = said[used], others[used], asked[used], later[used]
    _require_enough(said, others, later)
    gap = np.log((said + 0.5) / asked) - np.log((others + 0.5) / asked)
    noise = _counting_noise(said, asked, later) + _counting_noise(others, asked, later)
    design = np.column_stack([np.ones(later.size), later])
    return _averaged(gap, noise, design, np.flatnonzero(used))


def _require_enough(said: Floats, others: Floats, later: NDArray[np.bool_]) -> None:
    short = min(int(later.sum()), int((~later).sum()))
    if short < LEAST_PERIODS:
        raise TooLittleToMeasureError(
            f"only {short} whole periods lie on one side of the fix",
            where="initiative effect",
            allowed=f"at least {LEAST_PERIODS} on either side",
            next_step="wait, or ask by a shorter grain",
        )
    for what, counts in (("the initiative's themes", said), ("the untouched themes", others)):
        if (mean := float(counts[~later].mean())) < LEAST_MENTIONS:
            raise TooLittleToMeasureError(
                f"{what} had {mean:.1f} mentions a period before the fix",
                where="initiative effect",
                allowed=f"at least {LEAST_MENTIONS:.0f}",
                next_step="ask by a longer grain, or wait: so rare a theme does not tell what a fix brought",
            )


def _counting_noise(counts: Floats, asked: Floats, later: NDArray[np.bool_]) -> Floats:
    """Variance of a log count, from the mean rate of its side: from the count itself, low ones weigh too little."""
    noise = np.empty(counts.size)
    for side in (later, ~later):
        expected = asked[side] * (counts[side].sum() + 0.5) / asked[side].sum()
        noise[side] = 1 / np.maximum(expected, 0.5)
    return noise


def _averaged(gap: Floats, noise: Floats, design: Floats, at: NDArray[np.int64]) -> Step:
    """Generalised least squares at each (drift, rho) of the grid, weighed by restricted likelihood and prior.

    In the eigenvectors of the drift's covariance over the noise's, every spread of the drift has a diagonal covariance.
    """
    usual, root = float(noise.mean()), 1 / np.sqrt(noise)
    lag = np.abs(at[:, None] - at[None, :])
    drift = usual * _RHOS[:, None, None] ** lag * np.outer(root, root)
    values, vectors = np.linalg.eigh(drift)
    turned = vectors.transpose(0, 2, 1) @ (np.column_stack([design, gap]) * root[:, None])
    products = (turned[..., :, None] * turned[..., None, :]).reshape(*turned.shape[:2], 9)
    shrunk = 1 / (1 + _DRIFTS[None, :, None] ** 2 * np.maximum(values, 0)[:, None, :])
    level, both, level_gap, _, later, later_gap, _, _, square = np.moveaxis(shrunk @ products, -1, 0)
    determinant = level * later - both**2
    step_at = (level * later_gap - both * level_gap) / determinant
    rest = square - (level_gap * (level_gap - both * step_at) / level + later_gap * step_at)
    variance = level / determinant
    likelihood = 0.5 * (np.log(shrunk).sum(-1) - np.log(determinant) - rest)
    log_weight = likelihood + _log_prior(variance / variance[0, 0])
    weights = np.exp(log_weight - log_weight.max())
    weights /= weights.sum()
    sigma, rho = np.broadcast_arrays(_DRIFTS[None, :] * np.sqrt(usual), _RHOS[:, None])
    rho = np.where(sigma > 0, rho, 0.0)
    return Step(
        step_at.ravel(), np.sqrt(variance).ravel(), weights.ravel(),
        float((weights * sigma).sum()), float((weights * rho).sum()),
    )  # fmt: skip


def _log_prior(inflation: Floats) -> Floats:
    """Weights of the grid (rho x drift) before the series is seen; `inflation` of the step's variance by the drift.

    No drift at all has a weight of its own, and bursts without memory (correlation 0) have more than their share. For a
    drift of s noises and correlation r the density of (log s, r) is s^2.5 (1 + s^2)^-0.9 (1 - r)^-1.4 inflation^-0.8.
    It is made so that intervals hold as often as they say whatever s and r are, not only on average over them: a
    probability matching prior (B. L. Welch and H. W. Peers, JRSS B 25 (1963) 318-329; G. S. Datta and R. Mukerjee,
    Probability Matching Priors, 2004). No closed form is known here, so its numbers were found by simulating normal
    series of 25 to 74 periods with s from 0 to 5 and r to .75: as near to 95 % everywhere as could be, and among such
    priors one with short intervals. `benchmarks.effect` tries it on other series.
    """
    with np.errstate(divide="ignore"):
        spread = 2.5 * np.log(_DRIFTS) - 0.9 * np.log1p(_DRIFTS**2)
    memory = np.log(_WIDTHS) - 1.4 * np.log1p(-_RHOS)
    memory[0] += np.log(_FORGETFUL)
    found: Floats = spread[None, :] + memory[:, None] - 0.8 * np.log(inflation)
    found += np.log((1 - _CALM) / np.exp(found).sum())
    found[0, 0] = np.log(_CALM)
    return found


@dataclass(frozen=True, slots=True)
class Worth:
    """What a fix brings, each as (middle, low, high): NPS points, and tickets fewer a month."""

    nps: tuple[float, float, float] | None
    tickets: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Before:
    """Counts before the fix: of answers on an NPS scale (all, and those that name the theme), and tickets on it.

    `months` is how long that was, in months of 30.44 days.
    """

    promoters: int
    detractors: int
    answers: int
    all_promoters: int
    all_detractors: int
    all_answers: int
    tickets: int
    months: float


def worth(change: Step, before: Before, generator: np.random.Generator, count: int = 20_000) -> Worth:
    """What the change is worth, all of its uncertainty drawn together; `generator` decides the draws.

    NPS = share naming the theme before x (NPS of those - NPS of the rest) x (ratio - 1), the leave-theme-out impact
    that goes away; None where no answer names it or every one does. Tickets = a month's tickets on the theme before x
    (1 - ratio). Shares and rates are drawn from their Dirichlet and gamma posteriors with Jeffreys' priors. Assumes
    that those who no longer name the theme score like those who never did.
    """
    fewer = 1 - np.exp(change.draws(generator, count))
    monthly = generator.gamma(before.tickets + 0.5, 1 / before.months, count)
    tickets = _summary(monthly * fewer)
    if not 0 < before.answers < before.all_answers:
        return Worth(None, tickets)
    inside = (before.promoters, before.detractors, before.answers)
    whole = (before.all_promoters, before.all_detractors, before.all_answers)
    outside = tuple(all_of - part for all_of, part in zip(whole, inside, strict=True))
    share = generator.beta(inside[2] + 0.5, outside[2] + 0.5, count)
    gap = _nps_draws(generator, inside, count) - _nps_draws(generator, outside, count)
    return Worth(_summary(-share * gap * fewer), tickets)


def _nps_draws(generator: np.random.Generator, cell: tuple[int, ...], count: int) -> Floats:
    promoters, detractors, answers = cell
    parts = np.array([promoters, detractors, answers - promoters - detractors]) + 0.5
    drawn = generator.dirichlet(parts, count)
    found: Floats = 100 * (drawn[:, 0] - drawn[:, 1])
    return found


def _summary(values: Floats) -> tuple[float, float, float]:
    middle, low, high = np.quantile(values, [0.5, 0.025, 0.975])
    return float(middle), float(low), float(high)
