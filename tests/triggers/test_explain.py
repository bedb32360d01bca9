from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import StoreError
from feedback.scale import Band
from models.sentiment import Sentiment, UnknownReason
from tests.triggers.builders import batch, policy, signals
from tests.triggers.test_decide import conditions, responses
from triggers.conditions import (
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    KeywordRule,
    NoneOf,
    ScoreRule,
    SentimentRule,
)
from triggers.decide import compile_policy, trace
from triggers.decision import Evidence
from triggers.explain import from_json, sentence, to_json, why_lines, why_not
from triggers.outcome import Outcome
from triggers.signals import Signals

COMPLAINT = AllOf(
    (
        BandRule(Band.DETRACTOR),
        AnyOf((SentimentRule(Sentiment.NEGATIVE, 0.6), KeywordRule('"never again" OR rude'))),
    )
)


def test_a_sentence_for_a_manager_quotes_the_customer() -> None:
    known = signals(batch([2], ["Never again! The man was rude."]), [[0.2]])
    told = sentence(trace(known, 0, compile_policy(policy(COMPLAINT))), known.batch.response(0))
    assert told == (
        "Opened because the customer gave 2 of 10 (detractor: at most 6) "
        "and wrote “Never again” and “rude” (rule rule0)."
    )


def test_other_rules_that_fired_are_named() -> None:
    known = signals(batch([2], ["rude"]), [[0.7]])
    rules = policy(COMPLAINT, ScoreRule(Comparison.AT_MOST, 3))
    told = sentence(trace(known, 0, compile_policy(rules)), known.batch.response(0))
    assert told.endswith("Also fired: rule1.")
    assert "sounds negative 0.70 (limit negative at least 0.60)" in told


def test_sentences_of_quiet_and_unknown() -> None:
    known = signals(batch([9, 2], ["", "qué"]), [[UnknownReason.NO_COMMENT, UnknownReason.OTHER_LANGUAGE]])
    compiled = compile_policy(policy(COMPLAINT))
    assert sentence(trace(known, 0, compiled), known.batch.response(0)) == "No ticket: no rule of the policy fired."
    assert sentence(trace(known, 1, compiled), known.batch.response(1)) == (
        "Not decided: why: language the model was not trained on (could change rule0)."
    )


def test_why_not_says_the_smallest_change() -> None:
    known = signals(batch([8], ["fine"], {"tier": ["silver"]}), [[0.55]])
    rules = policy(
        COMPLAINT,
        AnyOf((ScoreRule(Comparison.AT_MOST, 3), ScoreRule(Comparison.AT_MOST, 7))),
        AllOf((AttributeRule("tier", ("gold",)), NoneOf((KeywordRule("fine"),)))),
    )
    complaint, score, tier = why_not(trace(known, 0, compile_policy(rules)))
    assert complaint.change == (
        "a score that is detractor (at most 6) (was: 8 of 10, 2 away)",
        "a comment that sounds negative at least 0.60 (was: negative 0.55, 0.05 away)",
    )
    assert score.change == ("a score at most 7 (was: 8 of 10, 1 away)",)
    assert tier.change == (
        "a response with tier gold (was: tier silver)",
        "anything but a comment that matches fine (was: 1 place)",
    )


def _turned(evidence: Evidence, leaves: tuple[Evidence, ...]) -> Outcome:
    """The node's outcome if these leaves gave the opposite answer (an unknown one: the answer that was asked)."""
    parts = [_turned(part, leaves) for part in evidence.parts]
    if evidence.kind == "all":
        return min(parts)
    if evidence.kind in ("any", "none"):
        return max(parts) if evidence.kind == "any" else Outcome(2 - max(parts))
    turned = any(leaf is evidence for leaf in leaves)
    return Outcome(2 - evidence.outcome) if turned else evidence.outcome


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=2), responses())
def test_the_change_would_fire_the_rule(rules: list[Condition], known: Signals) -> None:
    one = trace(known, 0, compile_policy(policy(*rules)))
    assert [miss.rule for miss in why_not(one)] == [rule.rule for rule in one.rules if rule.rule not in one.fired]
    for miss in why_not(one):
        evidence = next(rule.evidence for rule in one.rules if rule.rule == miss.rule)
        assert miss.failing
        if all(leaf.outcome is not Outcome.UNKNOWN for leaf in miss.failing):
            assert _turned(evidence, miss.failing) is Outcome.FIRED
            for leaf in miss.failing:
                fewer = tuple(other for other in miss.failing if other is not leaf)
                assert _turned(evidence, fewer) is not Outcome.FIRED
            every = list(_leaves(evidence))
            sizes = range(len(miss.failing)) if len(every) <= 7 else ()
            for some in (subset for size in sizes for subset in combinations(every, size)):
                assert _turned(evidence, some) is not Outcome.FIRED, "no smaller change would do"


def _leaves(evidence: Evidence) -> Iterator[Evidence]:
    if evidence.kind not in ("all", "any", "none"):
        yield evidence
    for part in evidence.parts:
        yield from _leaves(part)


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=3), responses())
def test_json_round_trip(rules: list[Condition], known: Signals) -> None:
    one = trace(known, 0, compile_policy(policy(*rules)))
    assert from_json(to_json(one)) == one
    assert sentence(one, known.batch.response(0))
    assert len(why_lines(one)) > len(one.rules)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"outcome": "MAYBE"}'])
def test_a_stored_trace_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        from_json(text)


def test_why_lines_indent_as_rules_nest() -> None:
    known = signals(batch([2], ["so rude"]), [[0.2]])
    lines = why_lines(
        replace(trace(known, 0, compile_policy(policy(COMPLAINT))), model_id="m"), known.batch.response(0)
    )
    assert lines == [
        "FIRED under policy test, model m",
        "FIRED   rule0",
        "  FIRED   all of",
        "    FIRED   band: 2 of 10 | detractor (at most 6) (+4)",
        "    FIRED   any of",
        "      QUIET   sentiment: negative 0.20 | negative at least 0.60 (-0.4)",
        '      FIRED   keywords: “rude” | "never again" OR rude',
    ]
