import numpy as np
import pytest
from scipy.sparse import csr_array

from outerloop.asymmetry import LEAST_NAMED, Asymmetry, Kind, asymmetry
from outerloop.rates import Floats

# Theme, what naming it badly costs and what naming it well brings, as the chance that an answer moves.
TRUTH = {"basic": (0.5, 0.0), "exciter": (0.0, 0.5), "performance": (0.4, 0.4), "nothing": (0.0, 0.0)}


def answers(seed: int, size: int = 6000) -> tuple[Floats, Floats, Floats]:
    """Answers that are passives but for what their themes do to them."""
    draw = np.random.default_rng(seed)
    bad = (draw.random((size, 4)) < 0.08).astype(np.float64)
    good = (draw.random((size, 4)) < 0.08) * (1 - bad)
    costs, brings = np.array(list(TRUTH.values())).T
    moved = (draw.random((size, 4)) < good * brings).sum(1) - (draw.random((size, 4)) < bad * costs).sum(1)
    return bad, good, np.clip(moved, -1, 1).astype(np.float64)


@pytest.fixture(scope="module")
def found() -> Asymmetry:
    bad, good, band = answers(1)
    return asymmetry(csr_array(bad), csr_array(good), band, np.arange(len(band)), np.random.default_rng(1), 300)


def test_what_was_planted_is_found(found: Asymmetry) -> None:
    assert found.penalty == pytest.approx([-50, 0, -40, 0], abs=6)
    assert found.reward == pytest.approx([0, 50, 40, 0], abs=6)
    assert found.kinds == (Kind.BASIC, Kind.EXCITER, Kind.PERFORMANCE, Kind.UNCLEAR)


def test_limits_hold_their_estimate_and_the_balance_is_the_sum(found: Asymmetry) -> None:
    for low, middle, high in (
        (found.penalty_low, found.penalty, found.penalty_high),
        (found.reward_low, found.reward, found.reward_high),
        (found.balance_low, found.balance, found.balance_high),
    ):
        assert (low < middle).all() and (middle < high).all()
    assert found.balance == pytest.approx(found.penalty + found.reward)


def test_slopes_are_those_of_least_squares(found: Asymmetry) -> None:
    bad, good, band = answers(1)
    design = np.column_stack([np.ones(len(band)), bad, good])
    slopes = np.linalg.lstsq(design, 100 * band, rcond=None)[0][1:]
    assert np.concatenate([found.penalty, found.reward]) == pytest.approx(slopes)


def test_too_few_who_name_it_so_say_nothing() -> None:
    bad, good, band = answers(2, 800)
    good[np.flatnonzero(good[:, 1])[LEAST_NAMED - 1 :], 1] = 0
    told = asymmetry(csr_array(bad), csr_array(good), band, np.arange(800), np.random.default_rng(1), 50)
    assert np.isnan([told.reward[1], told.reward_high[1], told.balance[1]]).all()
    assert not np.isnan(told.penalty).any() and told.kinds[1] is Kind.UNCLEAR


def test_no_answers_say_nothing() -> None:
    nothing = csr_array((0, 2))
    told = asymmetry(nothing, nothing, np.zeros(0), np.zeros(0), np.random.default_rng(1))
    assert np.isnan(told.penalty).all() and told.kinds == (Kind.UNCLEAR,) * 2
