import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from models.metrics import (
    area_under_curve,
    bootstrap_macro_f1,
    brier_score,
    calibration_noise,
    class_scores,
    confusion_matrix,
    evaluate,
    expected_calibration_error,
    macro_f1,
    wilson,
)
from models.sentiment import Sentiment

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@given(ROWS)
def test_scores_agree_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    labels, predicted = np.array(rows, np.int64).T
    np.testing.assert_array_equal(
        confusion_matrix(labels, predicted), reference.confusion_matrix(labels, predicted, labels=[0, 1, 2])
    )
    precision, recall, f1, support = reference.precision_recall_fscore_support(
        labels, predicted, labels=[0, 1, 2], zero_division=0.0
    )
    scores = class_scores(confusion_matrix(labels, predicted)).values()
    np.testing.assert_allclose([s.precision for s in scores], precision)
    np.testing.assert_allclose([s.recall for s in scores], recall)
    np.testing.assert_allclose([s.f1 for s in scores], f1)
    assert [s.support for s in scores] == support.tolist()
    assert macro_f1(labels, predicted) == pytest.approx(f1[support > 0].mean())


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=60))
def test_the_area_under_the_curve_agrees_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    positive, score = np.array([row[0] for row in rows]), np.array([row[1] / 5 for row in rows])
    area = area_under_curve(positive, score)
    if positive.all() or not positive.any():
        assert np.isnan(area)
    else:
        assert area == pytest.approx(reference.roc_auc_score(positive, score))


def test_calibration_error_of_known_bins() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0]] * 10 + [[0.6, 0.4, 0.0]] * 10)
    labels = np.array([0] * 9 + [1] + [0] * 4 + [1] * 6)
    assert expected_calibration_error(labels, probabilities) == pytest.approx((0.0 * 10 + 0.2 * 10) / 20)


def test_brier_is_zero_when_right_and_two_when_surely_wrong() -> None:
    labels = np.array([0, 2])
    assert brier_score(labels, np.eye(3)[[0, 2]]) == 0
    assert brier_score(labels, np.eye(3)[[1, 1]]) == 2


def test_a_report_gathers_all_scores() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.5, 0.1, 0.4]])
    report = evaluate(np.array([0, 2, 1, 2]), probabilities)
    assert report.rows == 4 and report.accuracy == 0.75
    assert report.classes[Sentiment.NEGATIVE].recall == 1 and report.classes[Sentiment.NEGATIVE].precision == 0.5
    assert report.negative_auc == 1
    assert report.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]


def test_no_labelled_row_is_an_error() -> None:
    with pytest.raises(ValueError, match="no labelled row"):
        evaluate(np.zeros(0, np.int64), np.zeros((0, 3)))


def test_wilson_of_a_textbook_case() -> None:
    np.testing.assert_allclose(wilson(8, 10), (0.4902, 0.9433), atol=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_bootstrap_by_person_is_wider_than_by_row() -> None:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(40), 10)
    labels = np.repeat(rng.integers(3, size=40), 10)
    predicted = np.where(np.repeat(rng.random(40) < 0.7, 10), labels, (labels + 1) % 3)
    by_person = bootstrap_macro_f1(labels, predicted, person, np.random.default_rng(4))
    by_row = bootstrap_macro_f1(labels, predicted, np.arange(400), np.random.default_rng(4))
    assert by_person[0] < by_row[0] < macro_f1(labels, predicted) < by_row[1] < by_person[1]


def test_the_calibration_error_of_true_probabilities_lies_in_its_noise_and_of_boasting_ones_does_not() -> None:
    rng = np.random.default_rng(5)
    true = rng.dirichlet((1.0, 1.0, 1.0), 1500)
    labels = (rng.random((1500, 1)) > np.cumsum(true, axis=1)[:, :2]).sum(axis=1)
    boasting = true**3 / (true**3).sum(axis=1, keepdims=True)
    low, high = calibration_noise(true, np.random.default_rng(6), draws=100)
    assert 0 < low < expected_calibration_error(labels, true) < high < 0.06
    assert (
        expected_calibration_error(labels, boasting)
        > calibration_noise(boasting, np.random.default_rng(6), draws=50)[1]
    )
