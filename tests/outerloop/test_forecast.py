import numpy as np
import pytest

from outerloop.forecast import LEAST, backtest, forecast


def test_a_steady_series_is_forecast_at_its_level() -> None:
    found = forecast([10] * 20, 4)
    assert found.mean.tolist() == pytest.approx([10] * 4) and found.dispersion.tolist() == [1] * 4
    assert (found.low[0], found.high[0]) == (4, 17), "Poisson's limits"


def test_bursts_and_distance_widen_the_limits() -> None:
    calm = forecast(np.random.default_rng(1).poisson(20, 60), 4)
    bursts = forecast(np.random.default_rng(1).negative_binomial(4, 4 / 24, 60), 4)
    assert bursts.dispersion[0] > 3 and bursts.high[0] - bursts.low[0] > 1.5 * (calm.high[0] - calm.low[0])
    assert (np.diff(bursts.dispersion) >= 0).all()


def test_a_jump_is_followed() -> None:
    jumped = forecast([5] * 15 + [30] * 15, 2)
    assert jumped.mean[0] > 25 and jumped.alpha > 0.5


def test_nothing_is_still_a_count() -> None:
    found = forecast([0] * 12, 2)
    assert (found.mean[0], found.low[0], found.high[0]) == (0, 0, 0)


@pytest.mark.parametrize("bursty", [False, True])
def test_limits_cover_what_came_about_as_often_as_they_say(bursty: bool) -> None:
    draw = np.random.default_rng(3)
    found = [
        backtest(draw.negative_binomial(5, 0.25, 60) if bursty else draw.poisson(15, 60), 4, origins=12)
        for _ in range(12)
    ]
    assert 0.9 <= np.mean([one.coverage for one in found if one]) <= 0.99
    assert np.mean([one.error < one.naive_error for one in found if one]) > 0.8


def test_too_short_a_past_has_no_test() -> None:
    assert backtest([1] * LEAST, 3) is None
    tested = backtest([1] * (LEAST + 2), 3)
    assert tested is not None and tested.checked == 2 + 1


def yearly(draw: np.random.Generator, years: float, swing: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    weeks = np.arange(round(52 * years))
    return np.asarray(draw.poisson(20 * (1 + swing * np.sin(2 * np.pi * weeks / 52))))


def test_a_season_of_two_years_is_carried_on_and_beats_the_plain_forecast_and_the_naive_one() -> None:
    draw = np.random.default_rng(7)
    series = [yearly(draw, 3, 0.7) for _ in range(4)]
    assert all(forecast(one, 8, season=52).seasonal for one in series)
    ahead = forecast(series[0][:130], 13, season=52)  # half a year after the third began: from the middle to the trough
    assert ahead.mean[0] > 1.5 * ahead.mean[-1]
    with_it = [backtest(one, 8, origins=10, season=52) for one in series]
    without = [backtest(one, 8, origins=10) for one in series]
    for seasonal, plain in zip(with_it, without, strict=True):
        assert seasonal and plain and seasonal.error < plain.error and seasonal.error < seasonal.naive_error
    assert np.mean([one.coverage for one in with_it if one]) >= 0.9


def test_what_has_no_season_or_too_short_a_past_gets_none() -> None:
    draw = np.random.default_rng(8)
    assert sum(forecast(yearly(draw, 3, 0), 4, season=52).seasonal for _ in range(20)) <= 6
    short = yearly(draw, 1.9, 0.7)
    found, plain = forecast(short, 4, season=52), forecast(short, 4)
    assert not found.seasonal and found.mean.tolist() == plain.mean.tolist()
