from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.scale import CSAT, NPS, Band, Scale
from models.sentiment import Sentiment
from tests.triggers.builders import policy, survey
from tests.triggers.test_decide import policies
from triggers.compiled import compile_policy
from triggers.conditions import (
    AllOf,
    BandRule,
    Comparison,
    Condition,
    FrustrationRule,
    KeywordRule,
    NoneOf,
    ScoreRule,
    SentimentRule,
)
from triggers.coverage import Coverage, Gap, Said, coverage
from triggers.outcome import Outcome
from triggers.policy import Policy

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FFT = Scale("fft", 1, 5, detractor=4, promoter=2, higher_is_better=False)


def covered(*conditions: Condition, scale: Scale | None = CSAT) -> Coverage:
    return coverage(compile_policy(policy(*conditions)), survey(scale=scale), AT)


def test_gaps_overlaps_and_rules_that_need_words() -> None:
    found = covered(
        AllOf((BandRule(Band.DETRACTOR), SentimentRule(Sentiment.NEGATIVE, 0.6))),
        ScoreRule(Comparison.AT_MOST, 1),
        KeywordRule("late"),
    )
    assert found.gaps == (
        Gap((2.0,), Said.NOTHING, False), Gap((2.0,), Said.NEUTRAL, False), Gap((2.0,), Said.POSITIVE, False),
        Gap((2.0,), Said.UNREAD, True),
    )  # fmt: skip
    assert found.overlaps == {("rule0", "rule1"): 1}
    assert found.unreached == ("rule2",)
    rows = found.rows()
    assert [scores for scores, _ in rows] == [(1,), (2,), (3, 4, 5), (None,)]
    assert [verdict.rule for verdict in rows[0][1]] == ["rule1", "rule0", "rule1", "rule1", "rule1"]
    assert {verdict.outcome for verdict in rows[2][1]} == {Outcome.QUIET}


def test_a_policy_that_answers_every_detractor_has_no_gap() -> None:
    assert covered(BandRule(Band.DETRACTOR)).gaps == ()
    assert covered(BandRule(Band.DETRACTOR), scale=FFT).gaps == ()
    assert {gap.scores for gap in covered(BandRule(Band.PROMOTER), scale=FFT).gaps} == {(4, 5)}


def test_frustration_goes_with_negative_and_negation_is_seen() -> None:
    angry = covered(FrustrationRule(0.5))
    assert [(one.said, one.score) for one in angry.cells if one.verdict.fired][:1] == [(Said.NEGATIVE, 1)]
    assert covered(NoneOf((KeywordRule("late"),))).gaps == ()


def test_a_survey_without_score_or_comments() -> None:
    found = covered(SentimentRule(Sentiment.NEGATIVE, 0.6), scale=None)
    assert [cell.score for cell in found.cells] == [None] * len(Said)
    assert found.gaps == ()
    silent = coverage(compile_policy(policy(BandRule(Band.DETRACTOR))), survey(questions=()), AT)
    assert {cell.said for cell in silent.cells} == {Said.NOTHING}


def test_rules_of_other_surveys_and_times_do_not_count() -> None:
    (rule,) = policy(BandRule(Band.DETRACTOR)).rules
    later = Policy((replace(rule, starts=AT.replace(year=2027)), replace(rule, id="other", surveys=("web",))), "test")
    found = coverage(compile_policy(later), survey(), AT)
    assert found.unreached == ("rule0",)
    assert len(found.gaps) == len(Said)


@pytest.mark.parametrize("scale", [NPS, CSAT, Scale("points", 0, 100, detractor=40, promoter=80)])
def test_every_band_is_looked_at(scale: Scale) -> None:
    bands = {scale.band(cell.score) for cell in covered(BandRule(Band.DETRACTOR), scale=scale).cells if cell.score}
    assert bands == set(Band)


@settings(max_examples=60, deadline=None)
@given(policies(), st.sampled_from([NPS, FFT]))
def test_gaps_are_exactly_the_detractor_cells_that_do_not_fire(rules: Policy, scale: Scale) -> None:
    found = coverage(compile_policy(rules), survey(scale=scale, questions=("why", "more")), AT)
    told = {(score, gap.said, gap.unknown) for gap in found.gaps for score in gap.scores}
    wanted = {
        (cell.score, cell.said, cell.verdict.outcome is Outcome.UNKNOWN)
        for cell in found.cells
        if cell.score is not None and scale.band(cell.score) is Band.DETRACTOR
        if cell.verdict.outcome is not Outcome.FIRED
    }
    assert told == wanted
    assert sum(len(scores) for scores, _ in found.rows()) * len(Said) == len(found.cells)
