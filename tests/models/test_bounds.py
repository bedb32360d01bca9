import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.bounds import clopper_pearson_lower, clopper_pearson_upper, sure_threshold


@given(st.integers(1, 400), st.data())
def test_bounds_are_scipys_exact_ones(trials: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, trials))
    exact = stats.binomtest(errors, trials).proportion_ci(0.90, "exact")
    assert clopper_pearson_upper(errors, trials) == pytest.approx(exact.high)
    assert clopper_pearson_lower(errors, trials) == pytest.approx(exact.low)


def test_no_trials_prove_nothing() -> None:
    assert clopper_pearson_upper(0, 0) == 1.0 and clopper_pearson_lower(0, 0) == 0.0


def test_the_threshold_accepts_as_much_as_the_bound_allows() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.4, 1, 20_000)
    wrong = rng.random(20_000) > confidence
    threshold = sure_threshold(confidence, wrong, 0.1)
    assert threshold is not None and threshold == pytest.approx(0.8, abs=0.02)
    accepted = confidence >= threshold
    assert clopper_pearson_upper(int(wrong[accepted].sum()), int(accepted.sum())) <= 0.1


def test_the_bound_is_kept_on_fresh_rows_about_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    broken = 0
    for _ in range(200):
        confidence = rng.uniform(0.4, 1, 2000)
        threshold = sure_threshold(confidence, rng.random(2000) > confidence, 0.1)
        # Above a threshold t the share of wrong answers is (1 - t) / 2.
        broken += threshold is not None and (1 - threshold) / 2 > 0.1
    assert broken <= 200 * 0.05 + 2.4 * (200 * 0.05 * 0.95) ** 0.5


def test_too_few_rows_choose_nothing() -> None:
    assert sure_threshold(np.array([0.99] * 20), np.zeros(20, bool), 0.05) is None
