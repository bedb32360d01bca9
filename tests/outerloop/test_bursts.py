import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binomtest

from outerloop.bursts import BURSTS, excess, learnt
from outerloop.rates import Floats

count, exposed = st.integers(0, 200), st.integers(1, 5000)


@settings(deadline=None)
@given(count, exposed, count, exposed)
def test_without_a_burst_it_is_the_binomial_mid_p(now: int, asked: int, before: int, asked_before: int) -> None:
    found = excess(now, before, asked_before / asked)
    share, both = asked / (asked + asked_before), now + before
    at_least = binomtest(now, both, share, "greater").pvalue if both else 1.0
    above = binomtest(now + 1, both, share, "greater").pvalue if now < both else 0.0
    assert found == pytest.approx((at_least + above) / 2, abs=1e-9)


@pytest.mark.parametrize("burst", BURSTS[[1, 4, 7]])
@pytest.mark.parametrize("mean", [3, 20, 100])
def test_with_a_burst_it_is_the_beta_binomial_mid_p(burst: float, mean: int) -> None:
    now = np.arange(mean, 4 * mean, mean // 3)
    exact = betabinom(now + 12 * mean, 1 / burst, 12 / burst)
    oracle = (exact.sf(now - 1) + exact.sf(now)) / 2
    asked = (oracle < 0.5) & (oracle > 1e-6)
    assert excess(now, 12 * mean, 12.0, burst)[asked] == pytest.approx(oracle[asked], rel=0.1)


@settings(deadline=None)
@given(st.integers(1, 100), st.integers(10, 1000), st.floats(4, 40))
def test_a_burstier_past_makes_a_rise_less_surprising(now: int, before: int, periods: float) -> None:
    p = excess(now, before, periods, np.array([0.0, 0.04, 0.3]))
    assert ((0 <= p) & (p <= 1)).all()
    if p[0] < 0.05:
        assert (np.diff(p) >= -1e-12).all()


def drawn(seed: int, burst: Floats, mean: float = 30.0, periods: int = 12) -> tuple[Floats, Floats, Floats]:
    """Dispersion, degrees of freedom and mean of rows with these bursts."""
    draw = np.random.default_rng(seed)
    shape = 1 / np.maximum(burst, 1e-6)[:, None]
    said = draw.poisson(mean * draw.gamma(shape, 1 / shape, (len(burst), periods)))
    middle = said.mean(1)
    return said.var(1, ddof=1) / middle, np.full(len(burst), periods - 1.0), middle


def test_calm_rows_are_learnt_to_be_calm_and_the_bursty_few_among_them_are_known() -> None:
    burst = np.where(np.arange(200) < 20, 0.64, 0.0)
    weights = learnt(*drawn(1, burst))
    assert weights.sum(1) == pytest.approx(np.ones(200))
    means = weights @ BURSTS
    assert np.median(means[20:]) < 0.005 and np.quantile(means[20:], 0.95) < 0.03 and means[:20].min() > 0.1
    alone = learnt(*(values[50:51] for values in drawn(1, burst)))
    assert alone @ BURSTS > means[50]


def test_when_all_burst_none_is_taken_for_calm() -> None:
    weights = learnt(*drawn(2, np.full(200, 0.16)))
    assert (weights @ BURSTS).mean() == pytest.approx(0.16, rel=0.25) and np.mean(weights[:, 0]) < 0.02
