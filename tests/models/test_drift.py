import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from models.drift import DriftState, Tally, chi_squared_p, compare, profile, stability_index, tally, tally_columns
from models.sentiment import SentimentScores, UnknownReason


def comments(rng: np.random.Generator, rows: int, negative: float) -> NDArray[np.float32]:
    strength = np.where(rng.random(rows)[:, None] < negative, [8.0, 1.0, 1.0], [1.0, 1.0, 8.0])
    return np.array([rng.dirichlet(row) for row in strength], np.float32)


def test_the_same_kind_of_comments_is_steady() -> None:
    rng = np.random.default_rng(0)
    reference = profile(comments(rng, 4000, 0.2))
    states = [compare(reference, profile(comments(rng, 500, 0.2))).state for _ in range(40)]
    assert states == [DriftState.STEADY] * 40


def test_many_more_complaints_are_an_alarm() -> None:
    rng = np.random.default_rng(1)
    drift = compare(profile(comments(rng, 4000, 0.2)), profile(comments(rng, 500, 0.6)))
    assert drift.state is DriftState.ALARM and drift.negative_p < 1e-6 and drift.rows == 500


def test_less_sure_answers_are_noticed_though_the_mix_is_the_same() -> None:
    rng = np.random.default_rng(2)
    vague = comments(rng, 800, 0.2) * 0.6 + 0.4 / 3
    drift = compare(profile(comments(rng, 4000, 0.2)), profile(vague))
    assert drift.state is DriftState.ALARM and drift.confidence_index > 0.25


def test_a_handful_of_comments_says_nothing() -> None:
    rng = np.random.default_rng(3)
    assert compare(profile(comments(rng, 900, 0.2)), profile(comments(rng, 30, 0.9))).state is DriftState.TOO_FEW
    nothing = profile(np.zeros((0, 3), np.float32))
    assert compare(profile(comments(rng, 900, 0.2)), nothing).state is DriftState.TOO_FEW


def test_unknown_rows_are_a_share_of_their_own() -> None:
    rows = comments(np.random.default_rng(4), 200, 0.5)
    rows[:50] = np.nan
    found = profile(rows)
    assert found.unknown == 0.25 and found.rows == 150
    assert sum(found.confidence) == pytest.approx(1) and sum(found.negative) == pytest.approx(1)


def test_the_index_and_the_p_value_are_the_textbook_ones() -> None:
    p, q = (0.5, 0.3, 0.2), (0.4, 0.4, 0.2)
    assert stability_index(p, q) == pytest.approx(-0.1 * np.log(0.8) + 0.1 * np.log(4 / 3))
    assert chi_squared_p(p, q, 100) == pytest.approx(stats.chisquare([40, 40, 20], [50, 30, 20]).pvalue)


def test_tallies_of_batches_add_up_to_the_tally_of_all() -> None:
    scores = np.random.default_rng(3).dirichlet((1, 1, 2), 500).astype(np.float32)
    assert tally(scores[:200], 3) + tally(scores[200:], 4) == tally(scores, 7)
    assert tally(scores).profile() == profile(scores)
    assert tally(scores, 500).profile().unknown == 0.5


def test_a_question_without_a_comment_counts_nowhere() -> None:
    nothing = np.full((3, 3), np.nan, np.float32)
    nothing[0] = (0.9, 0.1, 0.0)
    reasons = (None, UnknownReason.NO_COMMENT, UnknownReason.OTHER_LANGUAGE)
    counted = tally_columns([SentimentScores("m", nothing, reasons), SentimentScores("m", nothing, reasons)])
    assert (counted.rows, counted.unknown) == (2, 2)
    assert tally_columns([]) == Tally()
