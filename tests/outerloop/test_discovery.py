import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from outerloop.discovery import benjamini_hochberg, hierarchical

tests = st.lists(st.tuples(st.one_of(st.floats(0, 1), st.just(np.nan)), st.integers(0, 4)), max_size=25)


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=1, max_size=30))
def test_adjusted_p_values_equal_scipys_and_skip_what_was_not_tested(values: list[float]) -> None:
    p = np.array(values)
    found = benjamini_hochberg(p)
    assert np.array_equal(np.isnan(found), np.isnan(p))
    known = ~np.isnan(p)
    if known.any():
        assert found[known] == pytest.approx(false_discovery_control(p[known]))


def by_definition(p: list[float], family: list[int], q: float) -> list[bool]:
    """Families first, then their tests at q times the share selected: Benjamini and Bogomolov, step by step."""
    known = sorted({one for one, value in zip(family, p, strict=True) if not np.isnan(value)})
    theirs = {one: [value for other, value in zip(family, p, strict=True) if other == one and not np.isnan(value)]
              for one in known}  # fmt: skip
    simes = [min(false_discovery_control(values)) for values in theirs.values()]
    chosen = {one for one, low in zip(known, false_discovery_control(simes) if simes else [], strict=True) if low <= q}
    level = q * len(chosen) / max(len(known), 1)
    found = []
    for value, one in zip(p, family, strict=True):
        adjusted = dict(
            zip(theirs.get(one, []), false_discovery_control(theirs[one]) if one in theirs else [], strict=True)
        )
        found.append(one in chosen and not np.isnan(value) and adjusted[value] <= level)
    return found


@settings(max_examples=200, deadline=None)
@given(tests, st.floats(0.01, 0.5))
def test_discoveries_at_q_are_those_of_the_two_steps(made: list[tuple[float, int]], q: float) -> None:
    p, family = [value for value, _ in made], [one for _, one in made]
    found = hierarchical(np.array(p), np.array(family, dtype=np.int64))
    clear = np.abs(found - q) > 1e-9  # rounding decides where they are equal
    assert (np.nan_to_num(found, nan=9.0) <= q)[clear].tolist() == np.array(by_definition(p, family, q), bool)[
        clear
    ].tolist()


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_families_of_one_are_benjamini_hochberg(p: list[float]) -> None:
    assert hierarchical(p, np.arange(len(p))) == pytest.approx(benjamini_hochberg(p))


def test_a_crowd_of_dull_tests_elsewhere_does_not_hide_a_family() -> None:
    p = np.concatenate([[0.001, 0.004, 0.6], np.linspace(0.05, 1, 300)])
    family = np.concatenate([np.zeros(3), np.repeat(np.arange(1, 11), 30)])
    assert (hierarchical(p, family)[:2] <= 0.1).all()
    assert benjamini_hochberg(p)[0] > 0.1


def test_nothing_tested_is_nothing_found() -> None:
    assert hierarchical([], []).size == 0
    assert np.isnan(hierarchical([np.nan, np.nan], [0, 1])).all()


def test_weights_move_q_within_a_family_and_alike_ones_change_nothing() -> None:
    p, family = np.array([0.02, 0.5, 0.6, 0.02, np.nan]), np.array([0, 0, 0, 1, 1])
    assert np.array_equal(hierarchical(p, family, 7.0), hierarchical(p, family), equal_nan=True)
    heavy, light = hierarchical(p, family, [4, 1, 1, 1, 9]), hierarchical(p, family, [1, 4, 1, 1, 9])
    assert heavy[0] == pytest.approx(0.03) and light[0] > hierarchical(p, family)[0]
    # With the first family in, the other need not stand alone.
    assert (heavy[3], hierarchical(p, family)[3]) == pytest.approx((0.03, 0.04))
