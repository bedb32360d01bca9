from dataclasses import replace
from datetime import timedelta

import pytest

from feedback.scale import NPS, Scale
from tests.triggers.builders import batch, policy, signals, survey
from triggers.conditions import Condition, MissingPolicy, RepeatRule, TrendRule
from triggers.decide import compile_policy, trace
from triggers.explain import sentence, why_not
from triggers.history import Earlier, History
from triggers.outcome import Outcome
from triggers.signals import Signals, ThemeHit

NOW = 1_772_445_600_000_000  # 2026-03-02 10:00 UTC
DAY = 86_400_000_000
FIRED, QUIET, UNKNOWN = Outcome.FIRED, Outcome.QUIET, Outcome.UNKNOWN
LATE = (ThemeHit("delivery.late", "why", 0, 4),)


def ago(days: float, score: float | None = None, *themes: str, survey: str = "store") -> Earlier:
    return Earlier(NOW - int(days * DAY), survey, score, themes)


def given(score: float | None, *earlier: Earlier, themes: tuple[ThemeHit, ...] = LATE, scale: Scale = NPS) -> Signals:
    known = signals(batch([score], ["late"], definition=survey(scale=scale)), themes=[themes])
    return replace(known, history=History({0: earlier} if earlier else {}))


def outcome(condition: Condition, known: Signals) -> Outcome:
    return trace(known, 0, compile_policy(policy(condition))).outcome


WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("rule", "earlier", "wanted"),
    [
        (RepeatRule(WEEK), [], QUIET),
        (RepeatRule(WEEK), [ago(3, 9, "delivery.late")], FIRED),
        (RepeatRule(WEEK), [ago(7, 9, "delivery.late")], FIRED),
        (RepeatRule(WEEK), [ago(7.01, 9, "delivery.late")], QUIET),
        (RepeatRule(WEEK), [ago(3, 9, "delivery"), ago(3, 9)], QUIET),
        (RepeatRule(WEEK, 2), [ago(1, 9, "x", "delivery.late"), ago(3, 9, "delivery.late", survey="web")], FIRED),
        (RepeatRule(WEEK, 2), [ago(1, 9, "delivery.late"), ago(3, 9, "staff")], QUIET),
        (RepeatRule(WEEK, 2, same_theme=False), [ago(1), ago(3, 9, "staff")], FIRED),
    ],
)
def test_repeat_contact(rule: RepeatRule, earlier: list[Earlier], wanted: Outcome) -> None:
    assert outcome(rule, given(5, *earlier)) is wanted


@pytest.mark.parametrize(
    ("rule", "score", "earlier", "wanted"),
    [
        (TrendRule(3, WEEK), 6, [ago(1, 9)], FIRED),
        (TrendRule(3, WEEK), 7, [ago(1, 9)], QUIET),
        (TrendRule(3, WEEK), 10, [ago(1, 5)], QUIET),
        (TrendRule(3, WEEK), 6, [ago(1, 7), ago(2, 10)], QUIET),
        (TrendRule(2.5, WEEK, last=2), 6, [ago(1, 7), ago(2, 10), ago(3, 0)], FIRED),
        (TrendRule(3, WEEK), 6, [ago(1), ago(2, 9)], FIRED),
        (TrendRule(3, WEEK), 6, [ago(1, 9, survey="web")], QUIET),
        (TrendRule(3, WEEK), 6, [ago(8, 9)], QUIET),
        (TrendRule(3, WEEK), None, [ago(1, 9)], UNKNOWN),
        (TrendRule(3, WEEK, missing=MissingPolicy.QUIET), None, [ago(1, 9)], QUIET),
        (TrendRule(3, WEEK), None, [], QUIET),
    ],
)
def test_trend_of_their_own_scores(
    rule: TrendRule, score: float | None, earlier: list[Earlier], wanted: Outcome
) -> None:
    assert outcome(rule, given(score, *earlier)) is wanted


def test_a_trend_follows_the_direction_of_the_scale() -> None:
    low_is_good = Scale("fft", 1, 5, detractor=4, promoter=2, higher_is_better=False)
    assert outcome(TrendRule(2, WEEK), given(4, ago(1, 2), scale=low_is_good)) is FIRED
    assert outcome(TrendRule(2, WEEK), given(2, ago(1, 4), scale=low_is_good)) is QUIET


def test_the_evidence_says_what_was_counted_and_what_would_fire() -> None:
    known = given(6, ago(1, 9, "delivery.late"))
    told = trace(known, 0, compile_policy(policy(RepeatRule(WEEK), TrendRule(3, WEEK), RepeatRule(WEEK, 3, False))))
    assert [rule.evidence.margin for rule in told.rules] == [0.0, 0.0, -2.0]
    response = known.batch.response(0)
    assert "has given 1 earlier response about the same (limit at least 1 in 7 days)" in sentence(told, response)
    assert why_not(told)[0].change == (
        "a customer with earlier responses, at least 3 in 7 days (was: 1 earlier response, 2 away)",
    )
    alone = trace(given(6), 0, compile_policy(policy(RepeatRule(WEEK), TrendRule(3, WEEK))))
    reasons = [rule.evidence.reason for rule in alone.rules]
    assert reasons == ["nobody knows who answered", "no earlier score of this customer to compare with"]
