import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma

from outerloop.lift import lifts

tables = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_lifts_lie_between_what_was_seen_and_one(counts: list[list[int]]) -> None:
    found = lifts(counts)
    known = ~np.isnan(found.expected)
    raw, lift = found.raw[known], found.lift[known]
    assert (np.minimum(raw, 1) - 1e-9 <= lift).all() and (lift <= np.maximum(raw, 1) + 1e-9).all()
    assert (found.low[known] <= lift).all() and (lift <= found.high[known]).all()
    if known.any():
        assert np.nansum(found.expected) == pytest.approx(np.sum(counts))


def test_a_rare_pair_is_held_back_more_than_a_common_one() -> None:
    """Both pairs were seen some six times as often as expected, one of them twice, the other sixty times."""
    counts = np.array([[60, 40, 60], [20, 400, 300], [30, 300, 380], [2, 2, 0]])
    found = lifts(counts)
    rare, common = found.lift[3, 0] / found.raw[3, 0], found.lift[0, 0] / found.raw[0, 0]
    assert rare < 0.3 < 0.85 < common
    assert found.low[0, 0] > 1 > found.low[3, 0]


def test_chance_alone_is_held_back_to_one() -> None:
    draw = np.random.default_rng(1)
    found = lifts(draw.poisson(np.outer([5, 20, 40, 80], [0.2, 0.5, 1, 2])))
    assert found.shape > 50
    assert found.lift == pytest.approx(np.ones((4, 4)), abs=0.2)


def test_limits_are_those_of_the_posterior() -> None:
    found = lifts([[30, 5], [6, 40]])
    posterior = gamma(found.shape + 30, scale=1 / (found.shape + found.expected[0, 0]))
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx(posterior.ppf([0.025, 0.975]))
    assert found.lift[0, 0] == pytest.approx(posterior.mean())


def test_intervals_hold_lifts_drawn_from_the_prior() -> None:
    draw, held = np.random.default_rng(2), []
    for _ in range(60):
        margins = np.outer(draw.uniform(20, 200, 12), draw.dirichlet(np.ones(8)))
        rates = margins * draw.gamma(4, 1 / 4, margins.shape)
        for _ in range(50):  # the margins stay what they are, as they do for the estimate
            rates *= (margins.sum(1) / rates.sum(1))[:, None]
            rates *= margins.sum(0) / rates.sum(0)
        found, truth = lifts(draw.poisson(rates)), rates / margins
        known = ~np.isnan(found.expected)
        held.append(((found.low <= truth) & (truth <= found.high))[known].mean())
    assert 0.9 <= np.mean(held) <= 0.985


def test_nothing_is_no_lift() -> None:
    assert np.isnan(lifts(np.zeros((2, 2))).lift).all()
    assert lifts(np.zeros((0, 0))).lift.size == 0
