from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triggers.builders import batch, policy, signals
from tests.triggers.test_decide import conditions, responses
from triggers.backtest import Backtest, Change, change
from triggers.compiled import compile_policy
from triggers.conditions import Comparison, Condition, KeywordRule, ScoreRule
from triggers.decide import decide
from triggers.outcome import Outcome
from triggers.policy import Policy, Severity
from triggers.signals import Signals
from triggers.verdicts import Verdict, Verdicts, joined, verdicts_of

LOW = ScoreRule(Comparison.AT_MOST, 3)
LATE = KeywordRule("late")
FIRED, QUIET, UNKNOWN = Outcome.FIRED, Outcome.QUIET, Outcome.UNKNOWN


def decided(known: Signals, rules: Policy) -> Verdicts:
    return verdicts_of(decide(known, compile_policy(rules)), rules)


def some(scores: Sequence[float | None], texts: Sequence[str]) -> Signals:
    return signals(batch(scores, texts))


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=4), responses())
def test_verdicts_say_what_the_decisions_say(rules: list[Condition], known: Signals) -> None:
    chosen = policy(*rules)
    decisions = decide(known, compile_policy(chosen))
    told = verdicts_of(decisions, chosen)
    assert len(told) == len(known)
    assert len(set(told.distinct)) == len(told.distinct)
    for row in range(len(known)):
        fired = decisions.fired_rules(row)
        first = fired[0] if fired else None
        severity = Severity.HIGH if fired else None
        assert told[row] == Verdict(Outcome(int(decisions.outcome[row])), fired, first, severity)
    again = joined([told[row] for row in range(len(known))])
    assert [again[row] for row in range(len(known))] == [told[row] for row in range(len(known))]


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=4), st.lists(responses(), min_size=1, max_size=3))
def test_a_policy_replayed_over_its_own_decisions_differs_nowhere(
    rules: list[Condition], batches: list[Signals]
) -> None:
    chosen = policy(*rules)
    backtest = Backtest(compile_policy(chosen))
    for known in batches:
        backtest.add(known, decided(known, chosen))
    report = backtest.report()
    assert report.responses == sum(map(len, batches))
    assert report.differences == 0
    assert report.examples == ()
    assert all(count.live == count.candidate and not count.gained + count.lost for count in report.rules.values())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(conditions, min_size=1, max_size=3),
    st.lists(conditions, min_size=1, max_size=3),
    st.lists(responses(), min_size=1, max_size=3),
)
def test_counts_agree_with_counting_row_by_row(
    then: list[Condition], now: list[Condition], batches: list[Signals]
) -> None:
    before, after = policy(*then), policy(*now)
    backtest = Backtest(compile_policy(after), examples=100)
    rows: list[tuple[Verdict, Verdict]] = []
    for known in batches:
        made = decided(known, before)
        replayed = backtest.add(known, made)
        rows += [(made[row], replayed[row]) for row in range(len(known))]
    report = backtest.report()
    kinds = [kind for pair in rows if (kind := change(*pair))]
    assert report.changes == {kind: kinds.count(kind) for kind in Change}
    for rule, count in report.rules.items():
        assert count.live == sum(rule in one.fired for one, _ in rows)
        assert count.candidate == sum(rule in other.fired for _, other in rows)
        assert count.gained == sum(rule in other.fired and rule not in one.fired for one, other in rows)
        assert count.candidate - count.live == count.gained - count.lost
    for outcome, both in report.outcomes.items():
        assert both == tuple(sum(pair[side].outcome is outcome for pair in rows) for side in (0, 1))
    assert len(report.examples) == report.differences


def test_each_kind_of_difference() -> None:
    known = some([2, 9, 2, None, 9], ["late", "late", "", "", ""])
    made = decided(known, policy(LOW))
    assert [made[row].outcome for row in range(5)] == [FIRED, QUIET, FIRED, UNKNOWN, QUIET]
    backtest = Backtest(compile_policy(policy(KeywordRule("soon"), LATE)))
    backtest.add(known, made)
    report = backtest.report()
    assert report.changes == {
        Change.GAINED: 1, Change.LOST: 1, Change.CHANGED: 1, Change.HELD: 0, Change.RELEASED: 1
    }  # fmt: skip
    assert report.severities[Severity.HIGH] == (2, 2)
    told = {(one.change, one.rule): one.told for one in report.examples}
    assert told[Change.GAINED, "rule1"] == "Opened because the customer wrote “late” (rule rule1)."
    assert told[Change.LOST, "rule0"] == "It would take a comment that matches soon (was: no comment was written)."
    assert told[Change.CHANGED, "rule1"].startswith("Opened because")
    back = Backtest(compile_policy(policy(LOW)))
    back.add(known, decided(known, policy(LATE)))
    assert back.report().changes[Change.HELD] == 1


def test_a_rule_that_is_gone_is_counted_and_said() -> None:
    known = some([2, 2], ["", "late"])
    renamed = Policy((replace(policy(LATE).rules[0], id="late"),), "test")
    backtest = Backtest(compile_policy(renamed))
    backtest.add(known, decided(known, policy(LOW)))
    report = backtest.report()
    assert list(report.rules) == ["late", "rule0"]
    assert (report.rules["rule0"].live, report.rules["rule0"].lost) == (2, 2)
    lost = next(one for one in report.examples if one.change is Change.LOST)
    assert lost.told == "It would take a rule that this policy does not have."


def test_a_severity_that_changes_is_a_difference() -> None:
    known = some([2], [""])
    mild = Policy((replace(policy(LOW).rules[0], severity=Severity.LOW),), "test")
    backtest = Backtest(compile_policy(mild))
    backtest.add(known, decided(known, policy(LOW)))
    assert backtest.report().changes[Change.CHANGED] == 1


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(12)), st.integers(1, 5))
def test_examples_are_the_same_however_history_is_cut(order: list[int], size: int) -> None:
    known = some([2] * 12, ["late"] * 12)
    whole, cut = Backtest(compile_policy(policy(LATE))), Backtest(compile_policy(policy(LATE)))
    quiet = Verdicts((Verdict(QUIET),), np.zeros(12, np.intp))
    whole.add(known, quiet)
    for at in range(0, 12, size):
        rows = order[at : at + size]
        cut.add(known.take(rows), Verdicts(quiet.distinct, quiet.codes[rows]))
    assert whole.report() == cut.report()
    assert len(whole.report().examples) == 3
