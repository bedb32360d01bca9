import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.doubt import sureness

PROBABILITIES = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3).map(lambda p: np.array(p, np.float32) / sum(p))


def test_a_comment_of_usual_length_is_as_sure_as_its_probability() -> None:
    found = sureness(np.array([[0.7, 0.0, 0.3]], np.float32), ["w" * 30], ["x" * 80])
    assert found[0] == pytest.approx(0.7)


def test_what_may_be_neutral_is_doubted_more() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [0.7, 0.1, 0.2], [0.1, 0.7, 0.2]], np.float32)
    found = sureness(rows, ["w" * 30] * 3, ["x" * 80] * 3)
    np.testing.assert_allclose(found, [1 - 0.35, 1 - 0.325, 0.7], atol=1e-6)


@given(PROBABILITIES, st.integers(0, 3000), st.integers(0, 3000))
def test_of_two_equal_doubts_the_dearer_comment_is_left_alone(row: NDArray[np.float32], short: int, more: int) -> None:
    one, other = sureness(np.stack([row, row]), ["Why?"] * 2, ["x" * short, "x" * (short + more)])
    assert one <= other <= 1.0


def test_a_guess_and_a_missing_answer_are_never_sure() -> None:
    rows = np.array([[0.35, 0.34, 0.31], [0.0, 0.0, 0.0]], np.float32)
    assert np.isneginf(sureness(rows, ["Why?"] * 2, ["x" * 2000] * 2)).all()
    assert sureness(np.zeros((0, 3), np.float32), [], []).shape == (0,)


def test_what_is_sure_does_not_depend_on_company() -> None:
    rng = np.random.default_rng(0)
    rows = rng.dirichlet([1, 1, 1], 50).astype(np.float32)
    texts = ["x" * int(n) for n in rng.integers(0, 900, 50)]
    whole = sureness(rows, ["Why?"] * 50, texts)
    alone = [sureness(rows[i : i + 1], ["Why?"], texts[i : i + 1])[0] for i in range(50)]
    np.testing.assert_array_equal(whole, alone)
