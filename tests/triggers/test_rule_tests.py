from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.response import Comment, Respondent, ResponseBatch, ResponseKey, ResponseStatus, SurveyResponse
from feedback.scale import Band
from models.sentiment import Sentiment, SentimentScores, UnknownReason
from tests.triggers.builders import policy, scores_of, survey
from triggers.adapters.rule_test_model import SoundsModel
from triggers.compiled import compile_policy
from triggers.conditions import AllOf, BandRule, Comparison, KeywordRule, ScoreRule, SentimentRule, ThemeRule
from triggers.outcome import Outcome
from triggers.policy import Severity
from triggers.rule_tests import EVERY_QUESTION, Expectation, RuleTest, StatedSentiment, TestResult, run_rule_tests
from triggers.themes import Taxonomy, Theme

SURVEYS = {"store": survey("store", questions=("why", "more")), "web": survey("web")}
TAXONOMY = Taxonomy([Theme("delivery", "Delivery", "courier*")])
AT = datetime(2026, 3, 2, tzinfo=UTC)
ANGRY = StatedSentiment((0.9, 0.1, 0.0))


def response(
    score: float | None = None, said: Mapping[str, str] | None = None, survey_id: str = "store"
) -> SurveyResponse:
    return SurveyResponse(
        key=ResponseKey("csv", survey_id, "t"),
        content_hash="t",
        submitted_at=AT,
        timezone="UTC",
        status=ResponseStatus.LIVE,
        score=score,
        scale=SURVEYS[survey_id].scale,
        comments=tuple(Comment(question, "", text) for question, text in (said or {}).items()),
        respondent=Respondent(),
        channel=None,
        language=None,
        attributes=(),
    )


def no_model(batch: ResponseBatch) -> tuple[SentimentScores, ...]:
    return tuple(
        scores_of([UnknownReason.MODEL_OFF if text else UnknownReason.NO_COMMENT for text in column.texts])
        for column in batch.comments
    )


def team_of(response: SurveyResponse, severity: Severity, theme: str | None, wanted: str | None) -> str:
    return wanted or f"{response.key.survey}-{severity}-{theme}"


RULES = compile_policy(
    policy(
        KeywordRule("burn*"),
        AllOf((BandRule(Band.DETRACTOR), SentimentRule(Sentiment.NEGATIVE, 0.6))),
        ScoreRule(Comparison.AT_MOST, 2),
        ThemeRule("delivery"),
    )
)


def run(*tests: RuleTest) -> list[TestResult]:
    return run_rule_tests(tests, SURVEYS, TAXONOMY, RULES, no_model, team_of)


def told(result: TestResult) -> list[tuple[str, str, str]]:
    return [(one.what, one.expected, one.got) for one in result.differences]


def test_what_comes_out_as_expected_passes() -> None:
    wanted = Expectation(Outcome.FIRED, "rule0", ("rule0", "rule3"), ("rule2",), Severity.HIGH, "store-high-delivery")
    (result,) = run(RuleTest("t", "f:1", response(9, {"why": "The courier burned it."}), wanted))
    assert result.passed
    assert result.fired == ("rule0", "rule3")
    assert result.team == "store-high-delivery"


def test_every_difference_is_told_with_what_would_have_fired_the_rule() -> None:
    wanted = Expectation(Outcome.FIRED, "rule1", ("rule1",), ("rule2",), Severity.CRITICAL, "care")
    (result,) = run(RuleTest("t", "f:1", response(1), wanted))
    assert told(result) == [
        ("rule", "rule1", "rule2"),
        ("rules", "rule1", "rule2"),
        ("rules", "not rule2", "rule2"),
        ("severity", "critical", "high"),
        ("team", "care", "store-high-None"),
    ]
    assert result.told == "Opened because the customer gave 1 of 10 (limit at most 2) (rule rule2)."
    assert result.hints == (
        "rule1 is quiet; it would take a comment that sounds negative at least 0.60 (was: no comment was written)",
    )


def test_quiet_that_fired_and_fired_that_is_quiet() -> None:
    fired, quiet = run(
        RuleTest("a", "f:1", response(1), Expectation(Outcome.QUIET)),
        RuleTest("b", "f:2", response(9), Expectation(Outcome.FIRED, severity=Severity.HIGH)),
    )
    assert told(fired) == [("outcome", "quiet", "fired (rule2)")]
    assert told(quiet) == [("outcome", "fired", "quiet"), ("severity", "high", "none")]


def test_stated_sentiment_stands_in_for_the_model() -> None:
    said = {"why": "Meh.", "more": "Nothing."}
    results = run(
        RuleTest("silent", "f:1", response(5, said), Expectation(Outcome.UNKNOWN)),
        RuleTest("all", "f:2", response(5, said), Expectation(rule="rule1"), {EVERY_QUESTION: ANGRY}),
        RuleTest("one", "f:3", response(5, said), Expectation(rule="rule1"), {"more": ANGRY}),
        RuleTest("no comment", "f:4", response(5), Expectation(Outcome.QUIET), {EVERY_QUESTION: ANGRY}),
    )
    assert [result.passed for result in results] == [True] * 4


def test_results_keep_the_order_of_the_tests_over_surveys() -> None:
    tests = [
        RuleTest(str(n), f"f:{n}", response(1, survey_id=name), Expectation(Outcome.FIRED))
        for n, name in enumerate(["web", "store", "web"])
    ]
    results = run(*tests)
    assert [result.test.name for result in results] == ["0", "1", "2"]
    assert [result.team for result in results] == ["web-high-None", "store-high-None", "web-high-None"]


@pytest.mark.parametrize(
    ("given_", "probabilities"),
    [
        (SoundsModel(negative=0.9), (0.9, 0.1, 0.0)),
        (SoundsModel(positive=1.0), (0.0, 0.0, 1.0)),
        (SoundsModel(neutral=0.4), (0.3, 0.4, 0.3)),
        (SoundsModel(frustration=0.7), (0.0, 1.0, 0.0)),
        (SoundsModel(negative=0.2, neutral=0.3, positive=0.5), (0.2, 0.3, 0.5)),
    ],
)
def test_what_a_test_leaves_open_goes_to_neutral_or_is_shared(
    given_: SoundsModel, probabilities: tuple[float, ...]
) -> None:
    assert given_.stated().probabilities == pytest.approx(probabilities)


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0, 1))
def test_stated_probabilities_always_add_up(negative: float, share: float) -> None:
    positive = (1 - negative) * share
    assert sum(SoundsModel(negative=negative, positive=positive).stated().probabilities) == pytest.approx(1)
