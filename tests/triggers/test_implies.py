from hypothesis import given, settings

from models.sentiment import Sentiment
from tests.triggers.builders import policy
from tests.triggers.test_decide import conditions, responses
from triggers.conditions import (
    AllOf,
    AnyOf,
    AttributeRule,
    Comparison,
    Condition,
    KeywordRule,
    NoneOf,
    ScoreRule,
    SentimentRule,
    ThemeRule,
)
from triggers.decide import compile_policy
from triggers.evaluate import Evaluation
from triggers.implies import implies, never
from triggers.outcome import Outcome
from triggers.signals import Signals

LOW, LOWER = ScoreRule(Comparison.AT_MOST, 6), ScoreRule(Comparison.AT_MOST, 3)
LATE = KeywordRule("late")


@settings(max_examples=250, deadline=None)
@given(conditions, conditions, responses())
def test_is_never_wrong(narrow: Condition, wide: Condition, known: Signals) -> None:
    wider = AnyOf((wide, narrow))
    evaluation = Evaluation(known, compile_policy(policy(narrow, wide, wider)))
    assert implies(narrow, wider)
    for left, right in ((narrow, wide), (wide, narrow)):
        if implies(left, right):
            fired = evaluation.condition(left) == Outcome.FIRED
            assert (evaluation.condition(right)[fired] == Outcome.FIRED).all()


@settings(max_examples=250, deadline=None)
@given(conditions, conditions, responses())
def test_what_can_never_fire_does_not(one: Condition, other: Condition, known: Signals) -> None:
    both = AllOf((one, other, NoneOf((one,))))
    evaluation = Evaluation(known, compile_policy(policy(one, other, both)))
    assert never(both)
    for condition in (one, other, both):
        if never(condition):
            assert (evaluation.condition(condition) != Outcome.FIRED).all()


def test_tells_the_obvious() -> None:
    assert implies(LOWER, LOW)
    assert not implies(LOW, LOWER)
    assert implies(AllOf((LOW, LATE)), LATE)
    assert implies(LATE, AnyOf((LOW, LATE)))
    assert implies(AnyOf((LOWER, AllOf((LOW, LATE)))), LOW)
    assert implies(NoneOf((LOW,)), NoneOf((LOWER,)))
    assert not implies(NoneOf((LOWER,)), NoneOf((LOW,)))
    assert implies(SentimentRule(Sentiment.NEGATIVE, 0.8, "why"), SentimentRule(Sentiment.NEGATIVE, 0.6))
    assert not implies(SentimentRule(Sentiment.NEGATIVE, 0.8), SentimentRule(Sentiment.NEGATIVE, 0.6, "why"))
    assert implies(ThemeRule("a.b"), ThemeRule("a"))
    assert implies(AttributeRule("tier", ("Gold",)), AttributeRule("tier", ("gold", "silver")))
