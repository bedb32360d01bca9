from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from outerloop.rates import Estimate, difference, nps, nps_impact, nps_interval, waiting_quantile, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_limits(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3."""
    found = wilson(successes, trials)
    assert found[0] == pytest.approx(low, abs=5e-5)
    assert found[1] == pytest.approx(high, abs=5e-5)


counted = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counted)
def test_wilson_equals_scipy(case: tuple[int, int]) -> None:
    oracle = binomtest(*case).proportion_ci(0.95, "wilson")
    low, high = wilson(*case)
    assert low == pytest.approx(oracle.low, abs=1e-9)
    assert high == pytest.approx(oracle.high, abs=1e-9)


@given(counted)
def test_wilson_contains_the_share_and_mirrors(case: tuple[int, int]) -> None:
    successes, trials = case
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    mirrored = wilson(trials - successes, trials)
    assert low == pytest.approx(1 - mirrored[1], abs=1e-12)


def test_nothing_tried_has_no_limits() -> None:
    low, high = wilson([0, 3], [0, 10])
    assert isnan(low[0]) and isnan(high[0]) and not isnan(low[1])


def test_nps_and_its_interval_by_hand() -> None:
    # 10 answers, 5 promoters, 2 detractors: n' = 13, p' = 5.75/13, d' = 2.75/13.
    p, d = 5.75 / 13, 2.75 / 13
    half = 1.959963984540054 * sqrt((p + d - (p - d) ** 2) / 13)
    assert nps(5, 2, 10) == pytest.approx(30)
    low, high = nps_interval(5, 2, 10)
    assert low == pytest.approx(100 * (p - d - half))
    assert high == pytest.approx(100 * (p - d + half))


def test_the_nps_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """The property Rocks (2016) chose it for, here at n = 30 with 50 % promoters and 20 % detractors."""
    draws = np.random.default_rng(1).multinomial(30, [0.5, 0.2, 0.3], 20_000)
    low, high = nps_interval(draws[:, 0], draws[:, 1], 30)
    assert np.mean((low <= 30) & (high >= 30)) == pytest.approx(0.95, abs=0.01)


answers = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300)).filter(lambda cell: sum(cell) > 0)


@given(answers)
def test_the_nps_interval_is_ordered_bounded_and_mirrors(cell: tuple[int, int, int]) -> None:
    promoters, detractors, _ = cell
    low, high = nps_interval(promoters, detractors, sum(cell))
    assert -100 <= low <= high <= 100
    flipped = nps_interval(detractors, promoters, sum(cell))
    assert low == pytest.approx(-flipped[1], abs=1e-9)


@given(answers)
def test_more_answers_of_the_same_mix_narrow_the_nps_interval(cell: tuple[int, int, int]) -> None:
    promoters, detractors, _ = cell
    low, high = nps_interval(promoters, detractors, sum(cell))
    more_low, more_high = nps_interval(10 * promoters, 10 * detractors, 10 * sum(cell))
    assert more_high - more_low < high - low


@given(answers, answers)
def test_impact_is_weight_times_gap(inside: tuple[int, int, int], outside: tuple[int, int, int]) -> None:
    n, m = sum(inside), sum(outside)
    whole = [a + b for a, b in zip(inside, outside, strict=True)]
    impact, low, high = nps_impact(inside[0], inside[1], n, whole[0], whole[1], n + m)
    gap = nps(inside[0], inside[1], n) - nps(outside[0], outside[1], m)
    assert impact == pytest.approx(n / (n + m) * gap, abs=1e-9)
    assert low <= impact + 1e-9 and impact <= high + 1e-9


def test_impact_limits_agree_with_a_bootstrap() -> None:
    draw = np.random.default_rng(3)
    named = draw.random(4000) < 0.12
    score = np.where(named, draw.choice([1, 0, -1], 4000, p=[0.15, 0.25, 0.6]), draw.choice([1, 0, -1], 4000))
    again = draw.integers(0, 4000, (2000, 4000))
    kept = ~named[again]
    boot = 100 * (score[again].mean(1) - (score[again] * kept).sum(1) / kept.sum(1))
    cells = [((score == 1) & part).sum() for part in (named, np.ones(4000, bool))]
    below = [((score == -1) & part).sum() for part in (named, np.ones(4000, bool))]
    _, low, high = nps_impact(cells[0], below[0], named.sum(), cells[1], below[1], 4000)
    assert low == pytest.approx(np.percentile(boot, 2.5), abs=0.25)
    assert high == pytest.approx(np.percentile(boot, 97.5), abs=0.25)


def test_impact_limits_allow_for_customers_who_answer_more_than_once() -> None:
    """Customers answer five times, always alike: the limits are those of resampling customers, not answers."""
    draw, people, each = np.random.default_rng(4), 600, 5
    named = np.repeat(draw.random(people) < 0.2, each)
    score = np.repeat(np.where(named[::each], draw.choice([1, 0, -1], people, p=[0.1, 0.3, 0.6]),
                               draw.choice([1, 0, -1], people)), each)  # fmt: skip
    ones = np.ones(len(score), bool)
    p, d, n, all_p, all_d, all_n = [
        float((part & side).sum()) for part in (named, ones) for side in (score == 1, score == -1, ones)
    ]
    told = np.stack([score, np.ones(len(score)), score * named, named]).reshape(4, people, each).sum(2)
    _, low, high = nps_impact(p, d, n, all_p, all_d, all_n, told @ told.T)
    again = draw.integers(0, people, (2000, people))
    mean = score[::each][again]
    kept = ~named[::each][again]
    boot = 100 * (mean.mean(1) - (mean * kept).sum(1) / kept.sum(1))
    assert low == pytest.approx(np.percentile(boot, 2.5), abs=0.6)
    assert high == pytest.approx(np.percentile(boot, 97.5), abs=0.6)
    _, naive_low, naive_high = nps_impact(p, d, n, all_p, all_d, all_n)
    assert high - low == pytest.approx((naive_high - naive_low) * 5**0.5, rel=1e-6)


def test_a_theme_everybody_or_nobody_names_has_no_impact() -> None:
    impact, low, high = nps_impact([5, 0], [2, 0], [10, 0], [5, 5], [2, 2], [10, 10])
    assert np.isnan(impact).all() and isnan(low[0]) and isnan(high[0])


def test_waiting_quantile_gives_the_published_median() -> None:
    """Remission of leukaemia, 6-MP arm of Freireich et al. (Blood 21, 1963): Kaplan-Meier median 23 weeks."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    running = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    flags = [True] * len(ended) + [False] * len(running)
    assert waiting_quantile(ended + running, flags, 0.5) == 23
    assert isnan(waiting_quantile(ended + running, flags, 0.9))


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_without_running_waits_it_is_the_order_statistic(durations: list[int], share: float) -> None:
    found = waiting_quantile(durations, [True] * len(durations), share)
    assert found == np.quantile(durations, share, method="inverted_cdf") or np.isclose(share * len(durations) % 1, 0)


def test_nothing_to_wait_for_has_no_quantile() -> None:
    assert isnan(waiting_quantile([], [], 0.5))


def test_a_difference_of_shares_has_newcombes_limits() -> None:
    # Newcombe 1998, table II, row (a): 56/70 against 48/80, method 10.
    now, before = (Estimate(k / n, *(float(limit) for limit in wilson(k, n))) for k, n in ((56, 70), (48, 80)))
    found = difference(now, before)
    assert found.value == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.clear and not difference(now, now).clear
