import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outerloop.effect import Before, Step, TooLittleToMeasureError, step, worth
from outerloop.rates import Floats

BEFORE = Before(40, 110, 200, 800, 500, 2000, tickets=120, months=6.0)
LATER = np.arange(40) >= 28
CASES = [(0.0, 0.0), (0.0, 0.3), (0.7, 0.3)]


def drawn(seed: int, ratio: float, mean: float = 40.0) -> tuple[Floats, Floats, Floats]:
    draw = np.random.default_rng(seed)
    asked = draw.integers(800, 1200, 40)
    shared = np.exp(draw.normal(0, 0.3, 40))
    said = draw.poisson(mean / 1000 * asked * shared * np.where(LATER, ratio, 1))
    others = draw.poisson(0.2 * asked * shared)
    return said.astype(np.float64), others.astype(np.float64), asked.astype(np.float64)


def test_a_halved_rate_is_found_though_all_themes_swing_together() -> None:
    middle, low, high = step(*drawn(1, 0.5), LATER).ratio()
    assert low < 0.5 < high < 0.65 and low > 0.38
    assert low < middle < high


def test_a_change_that_the_controls_share_is_no_effect() -> None:
    said, others, asked = drawn(2, 1.0)
    both = np.where(LATER, 2, 1)
    _, low, high = step(said * both, others * both, asked, LATER).ratio()
    assert low < 1 < high


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_more_responses_at_the_same_rates_change_little(seed: int, times: int) -> None:
    """The exposure cancels: only the counts' own noise depends on it."""
    said, others, asked = drawn(seed, 0.7)
    assert step(said, others, asked * times, LATER).ratio() == pytest.approx(step(said, others, asked, LATER).ratio())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.5))
def test_limits_are_ordered_and_a_higher_level_is_wider(seed: int, ratio: float) -> None:
    found = step(*drawn(seed, ratio), LATER)
    middle, low, high = found.ratio()
    assert low < middle < high
    _, wider_low, wider_high = found.ratio(0.99)
    assert wider_low < low and high < wider_high
    assert found.weights.sum() == pytest.approx(1)


def test_drift_widens_the_interval() -> None:
    said, others, asked = drawn(3, 1.0)
    waves = np.exp(0.6 * np.sin(np.arange(40) / 3))
    calm, wavy = step(said, others, asked, LATER), step(np.round(said * waves), others, asked, LATER)
    assert wavy.quantile(0.975) - wavy.quantile(0.025) > 2 * (calm.quantile(0.975) - calm.quantile(0.025))
    assert wavy.sigma > 2 * calm.sigma and wavy.rho > calm.rho


def drifting(seed: int, rho: float, spread: float) -> tuple[Floats, Floats, Floats]:
    draw = np.random.default_rng(seed)
    drift = np.empty(40)
    drift[0] = draw.normal(0, spread)
    for now in range(1, 40):
        drift[now] = rho * drift[now - 1] + draw.normal(0, spread * np.sqrt(1 - rho**2))
    asked = np.full(40, 1000.0)
    said = draw.poisson(40 * np.exp(drift) * np.where(LATER, 0.7, 1))
    return said.astype(np.float64), draw.poisson(200 * np.ones(40)).astype(np.float64), asked


@pytest.mark.slow
@pytest.mark.parametrize(("rho", "spread"), CASES)
def test_the_interval_holds_the_truth_as_often_as_it_says_whether_the_theme_drifts_or_not(
    rho: float, spread: float
) -> None:
    found = [step(*drifting(seed, rho, spread), LATER).ratio() for seed in range(150)]
    assert 0.9 <= np.mean([low <= 0.7 <= high for _, low, high in found]) <= 0.99


def test_what_stays_open_is_weighed() -> None:
    calm, bursting, wandering = (step(*drifting(8, rho, spread), LATER) for rho, spread in CASES)
    assert calm.sigma < 0.05 < 0.2 < min(bursting.sigma, wandering.sigma)
    assert calm.rho < 0.15 and bursting.rho < 0.3 < wandering.rho


def test_quantiles_of_one_normal_are_the_normals() -> None:
    one = Step(np.array([-0.5]), np.array([0.1]), np.array([1.0]), 0.0, 0.0)
    assert one.quantile(0.5) == pytest.approx(-0.5)
    assert one.quantile(0.975) == pytest.approx(-0.5 + 1.959964 * 0.1)
    assert one.draws(np.random.default_rng(1), 20_000).std() == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(("later", "mean"), [(np.arange(40) >= 38, 40.0), (np.arange(40) >= 3, 40.0), (LATER, 0.5)])
def test_too_few_periods_or_mentions_are_refused(later: Floats, mean: float) -> None:
    with pytest.raises(TooLittleToMeasureError):
        step(*drawn(4, 1.0, mean), later)


def test_worth_is_the_share_times_the_gap_times_the_drop() -> None:
    halved = Step(np.array([np.log(0.5)]), np.array([1e-6]), np.array([1.0]), 0.0, 0.0)
    found = worth(halved, BEFORE, np.random.default_rng(1))
    # 10 % of answers name it, at NPS -35 against +20.56 for the rest: 5.56 points, half of which come back.
    assert found.nps is not None and found.nps[0] == pytest.approx(
        0.1 * (760 / 1800 - 390 / 1800 + 0.35) * 50, rel=0.05
    )
    assert found.tickets[0] == pytest.approx(10, rel=0.03)
    assert found.nps[1] < found.nps[0] < found.nps[2]
    assert found == worth(halved, BEFORE, np.random.default_rng(1))


def test_without_answers_on_an_nps_scale_only_tickets_are_told() -> None:
    halved = Step(np.array([np.log(0.5)]), np.array([0.1]), np.array([1.0]), 0.0, 0.0)
    assert worth(halved, Before(0, 0, 0, 0, 0, 0, 12, 3.0), np.random.default_rng(1)).nps is None
