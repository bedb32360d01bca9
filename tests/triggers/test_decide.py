from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import ConfigError
from feedback.scale import Band
from models.sentiment import Sentiment, UnknownReason
from tests.triggers.builders import batch, policy, signals
from triggers.conditions import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    FrustrationRule,
    KeywordRule,
    MissingPolicy,
    MissingRule,
    NoneOf,
    RepeatRule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
    TrendRule,
)
from triggers.decide import compile_policy, decide, trace, traces
from triggers.handling import TicketFields
from triggers.history import Earlier, History
from triggers.keywords.index import TextIndex
from triggers.outcome import Outcome
from triggers.policy import HitPolicy, Policy, Severity
from triggers.signals import Signals, ThemeHit

FIRED, QUIET, UNKNOWN = Outcome.FIRED, Outcome.QUIET, Outcome.UNKNOWN
TEXTS = ["", "late again", "not late", "never again, the courier was rude", "все плохо", "I can't wait", " "]
missings = st.sampled_from(MissingPolicy)
leaves = st.one_of(
    st.builds(ScoreRule, st.sampled_from(Comparison), st.sampled_from([0.0, 3, 6, 9]), st.sampled_from(MissingPolicy)),
    st.builds(BandRule, st.sampled_from(Band)),
    st.builds(KeywordRule, st.sampled_from(["late", "late!", "rude NEAR/3 courier", "again AND NOT rude"])),
    st.builds(SentimentRule, st.sampled_from(Sentiment), st.sampled_from([0.3, 0.7]), st.sampled_from([None, "why"])),
    st.builds(FrustrationRule, st.sampled_from([0.3, 0.7]), st.sampled_from([None, "why"])),
    st.sampled_from([MissingRule(Absent.SCORE), MissingRule(Absent.COMMENT), MissingRule(Absent.COMMENT, "why")]),
    st.just(MissingRule(Absent.ATTRIBUTE, "tier")),
    st.builds(AttributeRule, st.just("tier"), st.just(("gold",)), st.sampled_from(MissingPolicy)),
    st.builds(ThemeRule, st.sampled_from(["delivery", "delivery.late"])),
    st.builds(RepeatRule, st.sampled_from([timedelta(days=1), timedelta(days=9)]), st.integers(1, 2), st.booleans()),
    st.builds(TrendRule, st.sampled_from([1.0, 4.0]), st.just(timedelta(days=9)), st.integers(1, 2), missings),
)
conditions = st.recursive(
    leaves,
    lambda parts: st.builds(
        lambda kind, several: kind(tuple(several)),
        st.sampled_from([AllOf, AnyOf, NoneOf]),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
chances = st.one_of(
    st.floats(0, 1, width=32), st.sampled_from([UnknownReason.OTHER_LANGUAGE, UnknownReason.MODEL_FAULT])
)


TEN_OCLOCK = 1_772_445_600_000_000  # when the builders' responses are given, in microseconds
earlier = st.builds(
    Earlier,
    st.integers(0, 12 * 24).map(lambda hours: TEN_OCLOCK - hours * 3_600_000_000),
    st.sampled_from(["store", "web"]),
    st.sampled_from([None, 0.0, 5.0, 10.0]),
    st.sampled_from([(), ("delivery.late",), ("delivery",)]),
)


@st.composite
def responses(draw: st.DrawFn) -> Signals:
    size = draw(st.integers(1, 6))
    column = [draw(st.sampled_from(TEXTS)) for _ in range(size)]
    other = [draw(st.sampled_from(TEXTS)) for _ in range(size)]
    heard = [
        [draw(chances) if text.strip() else UnknownReason.NO_COMMENT for text in texts] for texts in (column, other)
    ]
    themes = [draw(st.sampled_from([(), (ThemeHit("delivery.late", "why", 0, 1),)])) for _ in range(size)]
    known = signals(
        batch(
            [draw(st.sampled_from([None, 0.0, 3.0, 6.0, 7.0, 9.0, 10.0])) for _ in range(size)],
            {"why": column, "more": other},
            {"tier": [draw(st.sampled_from([None, "gold", "Gold", "silver"])) for _ in range(size)]},
        ),
        heard,
        themes,
    )
    angry = np.array([draw(st.sampled_from([np.nan, 0.2, 0.7])) for _ in range(size)], np.float32)
    first = replace(known.sentiment[0], frustration=angry if draw(st.booleans()) else None)
    return replace(
        known,
        sentiment=(first, *known.sentiment[1:]),
        history=History(
            draw(st.dictionaries(st.integers(0, size - 1), st.lists(earlier, min_size=1, max_size=3).map(tuple)))
        ),
    )


moments = st.sampled_from([None, datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)])


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Rules of every severity, some with dates, under either hit policy."""
    plain = policy(*draw(st.lists(conditions, min_size=1, max_size=4)))
    rules = tuple(
        replace(
            rule,
            severity=draw(st.sampled_from(Severity)),
            starts=draw(moments),
            ends=draw(moments),
            ticket=TicketFields(draw(st.sampled_from([None, "urgent"])), draw(st.sampled_from([None, "care"]))),
            cool_down=draw(st.sampled_from([None, timedelta(days=14), timedelta(hours=5)])),
        )
        for rule in plain.rules
    )
    return replace(plain, rules=rules, hit=draw(st.sampled_from(HitPolicy)))


@settings(max_examples=200, deadline=None)
@given(policies(), responses())
def test_a_trace_never_disagrees_with_its_decision(rules: Policy, known: Signals) -> None:
    compiled = compile_policy(rules)
    decisions = decide(known, compiled)
    together = traces(known, range(len(known)), compiled)
    for row in range(len(known)):
        one = trace(known, row, compiled)
        assert one == together[row]
        assert one.outcome == decisions.outcome[row]
        assert [rule.outcome for rule in one.rules] == [column[row] for column in decisions.by_rule]
        assert [rule.evidence.outcome for rule in one.rules] == [rule.outcome for rule in one.rules]
        assert one.fired == decisions.fired_rules(row)
        assert decisions.winner[row] == (decisions.rule_ids.index(one.fired[0]) if one.fired else -1)
        deciding = rules.deciding(one.fired)
        every = [rule for rule in rules.rules if rule.id in one.fired]
        worst = min(map(list(Severity).index, (rule.severity for rule in every)), default=None)
        if rules.hit is HitPolicy.FIRST:
            assert deciding == (every[0] if every else None)
        elif deciding:
            assert worst == list(Severity).index(deciding.severity)


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=3), responses())
def test_a_batch_decides_as_its_rows_do_alone(rules: list[Condition], known: Signals) -> None:
    compiled = compile_policy(policy(*rules))
    decisions = decide(known, compiled, TextIndex(known.batch))
    alone = [decide(known.take([row]), compiled).outcome[0] for row in range(len(known))]
    assert decisions.outcome.tolist() == alone


def test_outcome_of_several_rules() -> None:
    known = signals(batch([2, 8, None], ["late", "", ""]))
    compiled = compile_policy(policy(KeywordRule("late"), ScoreRule(Comparison.AT_MOST, 3)))
    decisions = decide(known, compiled)
    assert decisions.outcome.tolist() == [FIRED, QUIET, UNKNOWN]
    assert list(decisions.winner) == [0, -1, -1]
    assert decisions.fired_rules(0) == ("rule0", "rule1")
    assert decisions.model_id == "fake-1"


def test_a_fired_rule_outweighs_an_unknown_one() -> None:
    known = signals(batch([None], ["late"]))
    decisions = decide(known, compile_policy(policy(ScoreRule(Comparison.AT_MOST, 3), KeywordRule("late"))))
    assert decisions.outcome.tolist() == [FIRED]
    assert list(decisions.winner) == [1]


def test_a_rule_for_other_surveys_is_quiet_and_says_so() -> None:
    rules = policy(ScoreRule(Comparison.AT_MOST, 3)).rules
    elsewhere = Policy((replace(rules[0], surveys=("web",)),), "test")
    known = signals(batch([1, None], ["", ""]))
    assert decide(known, compile_policy(elsewhere)).outcome.tolist() == [QUIET, QUIET]
    assert trace(known, 0, compile_policy(elsewhere)).rules[0].evidence.kind == "survey"


def test_evidence_of_each_kind() -> None:
    rule = AllOf(
        (
            BandRule(Band.DETRACTOR),
            ScoreRule(Comparison.AT_MOST, 3),
            KeywordRule('"never again"'),
            SentimentRule(Sentiment.NEGATIVE, 0.6),
            AttributeRule("tier", ("gold",)),
            ThemeRule("delivery"),
        )
    )
    text = "Never again with that courier"
    known = signals(batch([2], [text], {"tier": ["Gold"]}), [[0.83]], [(ThemeHit("delivery.courier", "why", 22, 29),)])
    band, score, words, sentiment, attribute, theme = (
        trace(known, 0, compile_policy(policy(rule))).rules[0].evidence.parts
    )
    assert (band.observed, band.limit, band.margin) == ("2 of 10", "detractor (at most 6)", 4)
    assert (score.observed, score.limit, score.margin) == ("2 of 10", "at most 3", 1)
    assert [text[span.start : span.end] for span in words.spans] == ["Never again"]
    assert (words.observed, words.limit) == ("1 place", '"never again"')
    assert (sentiment.observed, sentiment.limit) == ("negative 0.83", "negative at least 0.60")
    assert sentiment.margin == pytest.approx(0.23, abs=1e-4)
    assert (attribute.observed, attribute.limit) == ("tier Gold", "tier gold")
    assert (theme.observed, theme.spans[0].start) == ("delivery.courier", 22)


def test_unknown_and_denied_say_why() -> None:
    rule = AnyOf((KeywordRule("late"), SentimentRule(Sentiment.NEGATIVE, 0.6), BandRule(Band.DETRACTOR)))
    known = signals(batch([None], ["pas tard, not late"]), [[UnknownReason.OTHER_LANGUAGE]])
    words, sentiment, band = trace(known, 0, compile_policy(policy(rule))).rules[0].evidence.parts
    assert "1 place denied" in words.reason
    assert sentiment.reason == "why: language the model was not trained on"
    assert band.reason == "no score was given"


def test_no_words_of_the_customer_are_copied_into_a_trace() -> None:
    known = signals(batch([1], ["Zanzibar late"]), [[0.9]])
    rule = AnyOf((KeywordRule("zanz* OR late"), SentimentRule(Sentiment.NEGATIVE, 0.6)))
    assert "Zanzibar" not in repr(trace(known, 0, compile_policy(policy(rule))))


def test_a_bad_query_names_its_rule() -> None:
    with pytest.raises(ConfigError, match="rule rule1: expected"):
        compile_policy(policy(KeywordRule("late"), KeywordRule("late (")))


def test_lexicons_reach_the_queries() -> None:
    compiled = compile_policy(policy(KeywordRule("@churn"), lexicons={"churn": ["cancel*", "switch to"]}))
    assert decide(signals(batch([5, 5], ["I will switch to them", "fine"])), compiled).outcome.tolist() == [
        FIRED,
        QUIET,
    ]


def test_the_first_rule_decides_or_the_most_severe() -> None:
    first, second = policy(KeywordRule("late"), ScoreRule(Comparison.AT_MOST, 3)).rules
    mild = Policy((replace(first, severity=Severity.LOW), replace(second, severity=Severity.CRITICAL)), "test")
    known = signals(batch([2, 2, 9], ["late", "fine", "late"]))
    assert decide(known, compile_policy(mild)).winner == [0, 1, 0]
    worst = compile_policy(replace(mild, hit=HitPolicy.ALL))
    decisions = decide(known, worst)
    assert decisions.winner == [1, 1, 0]
    assert decisions.fired_rules(0) == trace(known, 0, worst).fired == ("rule1", "rule0")


def test_a_rule_is_in_force_from_its_start_until_before_its_end() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    rule = replace(policy(ScoreRule(Comparison.AT_MOST, 3)).rules[0], starts=noon, ends=noon.replace(hour=14))
    hours = [f"2026-03-02T{hour}" for hour in ("11:59:59", "12:00", "13:59:59", "14:00")]
    known = signals(replace(batch([1] * 4, [""] * 4), submitted_at=np.array(hours, "datetime64[us]")))
    compiled = compile_policy(Policy((rule,), "test"))
    assert decide(known, compiled).outcome.tolist() == [QUIET, FIRED, FIRED, QUIET]
    told = trace(known, 0, compiled).rules[0].evidence
    assert (told.kind, told.observed) == ("dates", "2026-03-02 11:59")
    assert told.limit == "from 2026-03-02 12:00 and before 2026-03-02 14:00"


def test_a_rule_out_of_force_is_quiet_even_where_it_would_be_unknown() -> None:
    rule = replace(policy(ScoreRule(Comparison.AT_MOST, 3)).rules[0], starts=datetime(2027, 1, 1, tzinfo=UTC))
    assert decide(signals(batch([None], [""])), compile_policy(Policy((rule,), "test"))).outcome.tolist() == [QUIET]
