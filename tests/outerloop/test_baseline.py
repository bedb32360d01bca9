import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outerloop.alarms import AlarmRule, compare
from outerloop.baseline import Season, constant, dispersion, seasonal
from outerloop.rates import Floats

WEEKS, MONTHS = Season(365.25 / 7, 1, 12), Season(12, 0, 5)
PAST = 120


def swelling(seed: int, height: float = 3.0, rows: int = 12, mentions: float = 15.0) -> tuple[Floats, Floats]:
    """Two years and some weeks of themes that are named more at this time of every year, now included."""
    draw = np.random.default_rng(seed)
    ago = np.arange(PAST, -1, -1)
    away = (ago + WEEKS.length / 2) % WEEKS.length - WEEKS.length / 2
    asked = draw.integers(300, 500, (rows, PAST + 1))
    rate = mentions / 400 * (1 + (height - 1) * np.exp(-(away**2) / 8))
    return draw.poisson(asked * rate).astype(np.float64), asked.astype(np.float64)


def test_dispersion_is_nothing_for_even_rates_and_grows_with_bursts() -> None:
    exposure = np.full((2, 6), 100)
    (even, bursts), freedom = dispersion([[5, 5, 5, 5, 5, 5], [0, 15, 0, 0, 15, 0]], exposure)
    assert even == 0 and freedom.tolist() == [5, 5]
    assert bursts == pytest.approx((4 * 5 + 2 * 20) / 5)


def test_levels_are_this_time_of_the_year_and_equal_parts_of_the_rest() -> None:
    assert MONTHS.level([0, 12, 24]).tolist() == [0, 0, 0]
    assert sorted(set(MONTHS.level(np.arange(1, 12)).tolist())) == [1, 2, 3, 4]
    assert WEEKS.level([0, 1, 2, 50, 51, 52, 53, 54, 104, 105]).tolist() == [0, 0, 11, 1, 1, 0, 0, 11, 0, 0]
    counts = np.bincount(WEEKS.level(np.arange(52)))
    assert counts.size == 12 and counts[1:].min() >= 4 and counts[1:].max() <= 5
    assert (WEEKS.least, MONTHS.least) == (54, 12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=5, max_size=9), st.integers(20, 400), st.integers(0, 5000))
def test_a_constant_past_is_the_mean_rate_at_the_exposure_of_now(said: list[int], asked_now: int, seed: int) -> None:
    asked = np.random.default_rng(seed).integers(10, 500, (1, len(said))).astype(np.float64)
    found = constant(np.array([said], float), asked, np.array([float(asked_now)]))
    assert found.expected[0] == pytest.approx(sum(said) / asked.sum() * asked_now)
    assert found.periods[0] == pytest.approx(asked.sum() / asked_now)


def test_what_swells_every_year_is_expected_to() -> None:
    said, asked = swelling(1)
    found = seasonal(said[:, :-1], asked[:, :-1], asked[:, -1], WEEKS)
    plain = constant(said[:, :-1], asked[:, :-1], asked[:, -1])
    assert np.mean(found.expected / asked[:, -1] * 400) == pytest.approx(45, rel=0.1)
    assert np.mean(plain.expected / asked[:, -1] * 400) < 25
    # Some seven weeks were like this one, but a trend may run through them.
    assert 2 < np.median(found.periods) < 8 < np.median(plain.periods)


@pytest.mark.parametrize("height", [1.0, 3.0])
def test_a_season_is_no_alarm_and_a_rise_on_top_of_it_is(height: float) -> None:
    said, asked = swelling(2, height)
    recent = slice(-13, None)
    assert not compare(said, asked, AlarmRule(), season=WEEKS).alarm.any()
    assert compare(said[:, recent], asked[:, recent], AlarmRule()).alarm.any() == (height > 1)
    said[4, -1] *= 3
    assert np.flatnonzero(compare(said, asked, AlarmRule(), season=WEEKS).alarm).tolist() == [4]


def test_a_past_outbreak_at_this_time_of_the_year_counts_less() -> None:
    said, asked = swelling(3, 1.0, mentions=30)
    said[0, PAST - 52] *= 5
    found = seasonal(said[:, :-1], asked[:, :-1], asked[:, -1], WEEKS)
    per_usual = found.expected[0] / asked[0, -1] * 400 / 30
    assert per_usual < 1.2 < (said[0, PAST - 53 : PAST - 50].sum() / asked[0, PAST - 53 : PAST - 50].sum()) * 400 / 30


def test_a_theme_hardly_ever_named_has_a_constant_past() -> None:
    said, asked = np.zeros((2, PAST + 1)), np.full((2, PAST + 1), 300.0)
    said[1, [3, 40]] = 1
    found = seasonal(said[:, :-1], asked[:, :-1], asked[:, -1], WEEKS)
    assert found.expected.tolist() == pytest.approx([0, 2 / PAST])
    assert compare(said, asked, AlarmRule(), season=WEEKS).p.tolist() == pytest.approx([np.nan] * 2, nan_ok=True)


@pytest.mark.slow
def test_p_values_of_the_season_are_valid() -> None:
    p = np.concatenate([compare(*swelling(seed, 2.0, rows=40), AlarmRule(), season=WEEKS).p for seed in range(25)])
    assert np.mean(p < 0.05) <= 0.065 and np.mean(p < 0.005) <= 0.012
