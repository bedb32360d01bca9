import numpy as np
import pytest

from models.conformal import conformal_limits, conformal_sets, is_ambiguous
from models.sentiment import Sentiment
from tests.models.fakes import labelled_sample as sample


def test_conformal_sets_hold_the_truth_in_each_class() -> None:
    rng = np.random.default_rng(3)
    limits = conformal_limits(*sample(rng, 4000), alpha=0.1)
    labels, probabilities = sample(rng, 40_000)
    sets = conformal_sets(probabilities, limits)
    for column in range(3):
        assert sets[labels == column, column].mean() == pytest.approx(0.9, abs=0.02)


def test_a_class_too_rare_for_a_limit_is_in_every_set() -> None:
    labels, probabilities = sample(np.random.default_rng(4), 300)
    labels = np.where(labels == 1, 2, labels)
    assert conformal_limits(labels, probabilities, 0.1)[Sentiment.NEUTRAL] == 0.0


def test_ambiguous_means_negative_and_something_else() -> None:
    sets = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1], [0, 0, 0]], bool)
    assert is_ambiguous(sets).tolist() == [False, True, True, False, False]
    unknown = conformal_sets(np.full((1, 3), np.nan), dict.fromkeys(Sentiment, 0.0))
    assert not is_ambiguous(unknown).any()
