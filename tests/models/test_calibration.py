import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.calibration import fit_temperature, negative_log_likelihood, sigmoid, softmax


@given(arrays(np.float64, (4, 3), elements=st.floats(-80, 80)), st.floats(0.2, 10))
def test_softmax_is_a_distribution_that_keeps_the_order(logits: np.ndarray, temperature: float) -> None:
    probabilities = softmax(logits, temperature)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.max(axis=1) >= np.take_along_axis(probabilities, logits.argmax(1)[:, None], 1)[:, 0]).all()


def test_a_higher_temperature_is_less_sure() -> None:
    logits = np.array([[2.0, 0.0, -1.0]])
    assert softmax(logits, 4.0).max() < softmax(logits).max() < softmax(logits, 0.5).max()


def test_sigmoid_does_not_overflow() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-1e4, 0.0, 1e4])), [0, 0.5, 1])


def test_the_temperature_that_made_overconfident_logits_is_found() -> None:
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 1.5, (6000, 3))
    labels = np.array([rng.choice(3, p=row / row.sum()) for row in softmax(honest).astype(np.float64)])
    assert fit_temperature(honest * 3.0, np.eye(3)[labels]) == pytest.approx(3.0, rel=0.06)


def test_the_fit_is_a_minimum() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (300, 3))
    targets = np.eye(3)[(logits + rng.normal(0, 1, (300, 3))).argmax(axis=1)]
    best = fit_temperature(logits, targets)
    loss = negative_log_likelihood(logits, targets, best)
    assert all(loss <= negative_log_likelihood(logits, targets, t) + 1e-9 for t in (best * 0.8, best * 1.2, 1.0))


def test_no_rows_cannot_be_calibrated() -> None:
    with pytest.raises(ValueError, match="held-out"):
        fit_temperature(np.zeros((0, 3)), np.zeros((0, 3)))
