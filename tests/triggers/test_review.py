"""Ambiguous comments under a policy that has them read: unknown where it would have fired, told, and never dropped."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sentiment import Sentiment, UnknownReason
from tests.triggers.builders import batch, policy, signals
from triggers.compiled import CompiledPolicy, compile_policy
from triggers.conditions import AllOf, AnyOf, Comparison, Condition, NoneOf, ScoreRule, SentimentRule
from triggers.decide import decide, trace
from triggers.explain import sentence, why_lines, why_not
from triggers.outcome import Outcome

FIRED, QUIET, UNKNOWN = Outcome.FIRED, Outcome.QUIET, Outcome.UNKNOWN
SOUNDS = SentimentRule(Sentiment.NEGATIVE, 0.5)
LOW = ScoreRule(Comparison.AT_MOST, 3)
# Negative from 0.3 on, neutral from 0.25 on: between 0.3 and 0.75 a comment of the builders may be either.
LIMITS = (0.3, 0.25, 0.25)


def reviewing(*conditions: Condition) -> CompiledPolicy:
    return compile_policy(replace(policy(*conditions), review=LIMITS))


def outcomes(
    condition: Condition, negative: list[float | UnknownReason], scores: list[float] | None = None
) -> list[int]:
    given = signals(batch(scores or [9.0] * len(negative), ["words"] * len(negative)), [negative])
    return [int(one) for one in decide(given, reviewing(condition)).outcome]


def test_only_what_would_have_fired_is_read_by_a_person() -> None:
    negative: list[float | UnknownReason] = [0.2, 0.4, 0.6, 0.74, 0.76, 0.9, UnknownReason.OTHER_LANGUAGE]
    assert outcomes(SOUNDS, negative) == [QUIET, QUIET, UNKNOWN, UNKNOWN, FIRED, FIRED, UNKNOWN]


def test_a_rule_that_fires_for_another_reason_fires() -> None:
    assert outcomes(AnyOf((SOUNDS, LOW)), [0.6, 0.6], [2.0, 9.0]) == [FIRED, UNKNOWN]
    assert outcomes(AllOf((SOUNDS, LOW)), [0.6, 0.6], [2.0, 9.0]) == [UNKNOWN, QUIET]
    assert outcomes(NoneOf((SOUNDS,)), [0.6, 0.9, 0.1]) == [UNKNOWN, QUIET, FIRED]


def test_one_clear_comment_is_enough() -> None:
    given = signals(batch([9.0, 9.0], {"why": ["a", "b"], "more": ["c", "d"]}), [[0.6, 0.6], [0.9, 0.1]])
    assert decide(given, reviewing(SOUNDS)).outcome.tolist() == [FIRED, UNKNOWN]


def test_why_says_what_the_comment_may_be() -> None:
    given = signals(batch([9.0, 9.0], ["So so.", "Hm"]), [[0.6, UnknownReason.MODEL_FAULT]])
    policy = reviewing(SOUNDS)
    decisions = decide(given, policy)
    assert decisions.ambiguous is not None and decisions.ambiguous.tolist() == [True, False]
    told = trace(given, 0, policy)
    assert told.rules[0].evidence.reason == "why: ambiguous, it may be negative or neutral"
    assert "may be negative or neutral" in sentence(told, given.batch.response(0))
    assert "ambiguous" in "\n".join(why_lines(told)) and "ambiguous" in why_not(told)[0].change[0]


def test_a_policy_that_opens_on_doubt_knows_no_doubt() -> None:
    given = signals(batch([9.0], ["So so."]), [[0.6]])
    decisions = decide(given, compile_policy(policy(SOUNDS)))
    assert (decisions.outcome.tolist(), decisions.ambiguous) == ([FIRED], None)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20), st.floats(0.01, 1))
def test_review_only_turns_what_fired_into_unknown(negative: list[float], limit: float) -> None:
    rule = SentimentRule(Sentiment.NEGATIVE, limit)
    given = signals(batch([9.0] * len(negative), ["words"] * len(negative)), [list(negative)])
    open_, read = decide(given, compile_policy(policy(rule))), decide(given, reviewing(rule))
    changed = open_.outcome != read.outcome
    assert read.ambiguous is not None and np.array_equal(changed, read.ambiguous)
    assert set(open_.outcome[changed].tolist()) <= {FIRED} and set(read.outcome[changed].tolist()) <= {UNKNOWN}
