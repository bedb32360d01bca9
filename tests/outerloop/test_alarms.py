from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from outerloop.alarms import AlarmRule, compare, rate_ratio

count, exposed = st.integers(0, 200), st.integers(1, 5000)


@settings(deadline=None)
@given(count, exposed, count, exposed)
def test_the_ratio_lies_within_its_limits_and_turns_over(now: int, asked: int, before: int, asked_before: int) -> None:
    ratio, low, high = rate_ratio(now, asked, before, asked_before)
    if now + before == 0:
        assert isnan(ratio)
        return
    assert low <= ratio * (1 + 1e-9) and ratio <= high * (1 + 1e-9)
    turned = rate_ratio(before, asked_before, now, asked)
    if low > 0:
        assert turned[2] == pytest.approx(1 / low, rel=1e-6)


@settings(deadline=None)
@given(st.integers(1, 200), exposed, st.integers(1, 200), exposed)
def test_the_limits_are_those_of_clopper_and_pearson(now: int, asked: int, before: int, asked_before: int) -> None:
    oracle = binomtest(now, now + before).proportion_ci(0.95, "exact")
    _, low, high = rate_ratio(now, asked, before, asked_before)
    scale = asked_before / asked
    assert low == pytest.approx(scale * oracle.low / (1 - oracle.low), rel=1e-6)
    assert high == pytest.approx(scale * oracle.high / (1 - oracle.high), rel=1e-6)


def test_a_theme_nobody_named_before_is_new_without_an_upper_limit() -> None:
    ratio, low, high = rate_ratio(6, 100, 0, 1200)
    assert float(ratio) == float(high) == inf and low > 1


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**31))
def test_twice_the_responses_at_the_same_rate_are_no_alarm(rate: int, seed: int) -> None:
    exposure = np.random.default_rng(seed).integers(1, 9, (1, 13)) * 100
    found = compare(exposure * rate / 100, exposure, AlarmRule())
    assert found.ratio[0] == pytest.approx(1) and not found.alarm[0]


def test_a_burst_among_quiet_themes_is_the_one_alarm() -> None:
    mentions = np.tile([4, 6, 5, 5, 4, 6, 5, 5, 4, 6, 5, 5, 5], (10, 1))
    mentions[3, -1] = 18
    found = compare(mentions, np.full((10, 13), 100), AlarmRule())
    assert np.flatnonzero(found.alarm).tolist() == [3]
    assert found.low[3] > 1


def test_the_same_rise_is_believed_less_where_the_past_was_bursty() -> None:
    exposure = np.full((2, 13), 100)
    mentions = np.array([[5] * 12 + [14], [0, 15, 0, 0, 15, 0, 0, 15, 0, 0, 15, 0, 14]])
    calm, bursty = compare(mentions, exposure, AlarmRule()).p
    assert calm < 0.01 < bursty


def test_an_outbreak_in_the_past_of_later_periods_does_not_weigh_on_earlier_ones() -> None:
    calm = np.tile([2, 3, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 2], (20, 1))
    calm[0, -1] = 9
    later = calm.copy()
    later[:, 5:9] = 30
    exposure, window = np.full((40, 13), 100), np.repeat([0, 1], 20)
    alone = compare(calm, exposure[:20], AlarmRule()).p
    assert compare(np.vstack([calm, later]), exposure, AlarmRule(), window=window).p[:20] == pytest.approx(alone)
    assert compare(np.vstack([calm, later]), exposure, AlarmRule()).p[0] > 1.2 * alone[0]


def test_rare_themes_and_segments_without_responses_are_not_tested() -> None:
    found = compare([[0, 0, 0, 0, 4], [3, 3, 3, 3, 0]], [[50] * 5, [50, 50, 50, 50, 0]], AlarmRule())
    assert np.isnan(found.p).all() and not found.alarm.any()


@pytest.mark.slow
def test_nothing_but_chance_gives_alarms_no_more_often_than_stated() -> None:
    draw, exposure = np.random.default_rng(5), np.full((40, 13), 90)
    rates = draw.uniform(0.01, 0.2, (40, 1))
    fired = [compare(draw.binomial(exposure, rates), exposure, AlarmRule(q=0.2)).alarm.any() for _ in range(400)]
    assert np.mean(fired) <= 0.2
