from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from outerloop.driver_reports import theme_drivers
from outerloop.drivers import columns_of, drivers, leave_out_impact, relative_weights
from outerloop.rates import Floats, nps_impact
from tests.outerloop.builders import THEMES, ListedFacts, response
from tests.outerloop.test_reports import warehouse


def answers(seed: int, size: int = 400, themes: int = 4) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    common = draw.random((size, 1)) < 0.3
    named = ((draw.random((size, themes)) < 0.2) | (common & (draw.random((size, themes)) < 0.5))).astype(np.float64)
    mood = draw.normal(0.4, 0.8, size) - named @ np.linspace(0.9, 0.0, themes)
    return named, np.where(mood > 0.5, 1.0, np.where(mood < -0.3, -1.0, 0.0))


def sums(named: Floats, band: Floats, times: Floats | float = 1.0) -> Floats:
    columns = columns_of(csr_array(named), band).toarray()
    found: Floats = (columns.T * times) @ columns
    return found


def explained(named: Floats, band: Floats) -> float:
    design = np.column_stack([np.ones(len(band)), named])
    rest = band - design @ np.linalg.lstsq(design, band, rcond=None)[0]
    return float(1 - rest.var() / band.var())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_are_parts_of_what_the_regression_explains(seed: int) -> None:
    named, band = answers(seed)
    found = relative_weights(sums(named, band))
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(explained(named, band))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_are_close_to_the_mean_gain_over_all_orders(seed: int) -> None:
    """The Shapley (LMG) decomposition of R squared, which needs every subset; Johnson's weights approximate it."""
    named, band = answers(seed)
    k, shapley = 4, np.zeros(4)
    for theme in range(k):
        others = [other for other in range(k) if other != theme]
        for size in range(k):
            part = factorial(size) * factorial(k - size - 1) / factorial(k)
            for chosen in combinations(others, size):
                with_it, without = named[:, [*chosen, theme]], named[:, list(chosen)]
                shapley[theme] += part * (explained(with_it, band) - explained(without, band))
    assert relative_weights(sums(named, band)) == pytest.approx(shapley, abs=0.015)


def test_twins_share_their_weight_and_themes_that_never_vary_have_none() -> None:
    named, band = answers(3)
    named = np.column_stack([named[:, 0], named[:, 0], np.zeros(len(band)), np.ones(len(band))])
    found = relative_weights(sums(named, band))
    assert found[0] == pytest.approx(found[1]) and found[0] > 0
    assert found[2] == found[3] == 0
    assert not relative_weights(sums(named, np.ones(len(band)))).any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_counting_an_answer_twice_is_having_it_twice(seed: int) -> None:
    named, band = answers(seed, size=60)
    times = np.random.default_rng(seed).integers(0, 4, 60).astype(np.float64)
    rows = np.repeat(np.arange(60), times.astype(int))
    weighted, repeated = sums(named, band, times), sums(named[rows], band[rows])
    assert leave_out_impact(weighted) == pytest.approx(leave_out_impact(repeated), nan_ok=True)
    assert relative_weights(weighted) == pytest.approx(relative_weights(repeated))


def test_bootstrap_limits_agree_with_the_delta_method() -> None:
    named, band = answers(5, size=3000)
    found = drivers(csr_array(named), band, np.arange(len(band)), np.random.default_rng(1), 500)
    inside = [((band == side)[:, None] * named).sum(0) for side in (1, -1)]
    impact, low, high = nps_impact(inside[0], inside[1], named.sum(0), (band == 1).sum(), (band == -1).sum(), len(band))
    assert found.impact == pytest.approx(impact)
    assert found.low == pytest.approx(low, abs=0.4) and found.high == pytest.approx(high, abs=0.4)
    assert (found.weight_low <= found.weight).all() and (found.weight <= found.weight_high * 1.1).all()


def test_customers_who_answer_alike_many_times_are_one_voice() -> None:
    named, band = answers(7, size=500)
    alone = drivers(csr_array(named), band, np.arange(500), np.random.default_rng(1), 300)
    again = (csr_array(np.repeat(named, 4, axis=0)), np.repeat(band, 4))
    together = drivers(*again, np.repeat(np.arange(500), 4), np.random.default_rng(1), 300)
    apart = drivers(*again, np.arange(2000), np.random.default_rng(1), 300)
    width = alone.high - alone.low
    assert together.impact == pytest.approx(alone.impact)
    assert together.high - together.low == pytest.approx(width)
    assert apart.high - apart.low == pytest.approx(width / 2, rel=0.25)


def test_the_seed_decides_and_nothing_gives_nothing() -> None:
    named, band = answers(6, size=100)
    one, same, other = (
        drivers(csr_array(named), band, np.arange(100), np.random.default_rng(seed), 50) for seed in (1, 1, 2)
    )
    assert one.low.tolist() == same.low.tolist() != other.low.tolist()
    assert np.isnan(drivers(csr_array((0, 2)), np.zeros(0), np.zeros(0), np.random.default_rng(1)).impact).all()


def test_drivers_of_a_warehouse(tmp_path: Path) -> None:
    rows = [
        response(n, score=2.0 if n % 4 == 0 else 10.0,
                 themes=("delivery.late",) if n % 4 == 0 else ("staff",) if n % 3 == 0 else ())
        for n in range(1, 121)
    ]  # fmt: skip
    rows += [response(200, score=None, themes=("price",)), response(201, status="test", themes=("billing",))]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows)) as reader:
        found = theme_drivers(reader, seed=1, resamples=100)
        empty = theme_drivers(reader, seed=1, survey="nowhere", resamples=100)
    assert found.theme.tolist() == ["delivery", "staff"] and found.answers.tolist() == [30, 30]
    # Three in four promote, the rest detract and all name delivery: NPS 50, and 100 without them.
    assert found.impact[0] == pytest.approx(-50) and found.high[0] < 0
    assert found.weight[0] > 0.8 and found.attrs["explained"] == pytest.approx(1)
    assert empty.empty and list(empty.columns) == list(found.columns)
