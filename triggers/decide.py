"""The one function that live ingestion, replay and backtest share: signals and a policy in, decisions out."""

from collections.abc import Sequence

import numpy as np

from triggers.compiled import CompiledPolicy, compile_policy
from triggers.decision import Decisions, DecisionTrace, RuleTrace
from triggers.evaluate import Evaluation
from triggers.evidence import rule_evidence
from triggers.keywords.tokens import TextIndex
from triggers.outcome import Outcome
from triggers.signals import Signals

__all__ = ["CompiledPolicy", "compile_policy", "decide", "trace", "traces"]

NO_MODEL = "none"


def decide(signals: Signals, policy: CompiledPolicy, index: TextIndex | None = None) -> Decisions:
    """Decide a batch: FIRED where any rule fired, else UNKNOWN where any rule is unknown, else QUIET.

    `index` is the batch's text already cut (see `triggers.themes`), so that nobody cuts it twice.
    """
    return _decisions(Evaluation(signals, policy, index))


def traces(
    signals: Signals, rows: Sequence[int], policy: CompiledPolicy, index: TextIndex | None = None
) -> dict[int, DecisionTrace]:
    """The full account of the decisions on these rows, by row; equal to `trace` of each."""
    evaluation = Evaluation(signals, policy, index)
    return {row: _trace(evaluation, row) for row in rows}


def trace(signals: Signals, i: int, policy: CompiledPolicy) -> DecisionTrace:
    """The full account of the decision on row i."""
    return _trace(Evaluation(signals.take([i]), policy), 0)


def _decisions(evaluation: Evaluation) -> Decisions:
    rules = evaluation.policy.policy.rules
    by_rule = np.zeros((len(rules), len(evaluation)), np.int8)
    for at, rule in enumerate(rules):
        by_rule[at] = evaluation.rule(rule)
    fired = by_rule == Outcome.FIRED
    outcome = by_rule.max(axis=0, initial=np.int8(Outcome.QUIET))
    winner = np.where(fired.any(axis=0), fired.argmax(axis=0), -1) if len(rules) else np.full(len(evaluation), -1)
    return Decisions(
        policy_hash=evaluation.policy.policy.hash,
        model_id=_model_id(evaluation.signals),
        rule_ids=tuple(rule.id for rule in rules),
        outcome=outcome,
        by_rule=list(by_rule),
        winner=winner.tolist(),
    )


def _trace(evaluation: Evaluation, row: int) -> DecisionTrace:
    rules = tuple(
        RuleTrace(rule.id, Outcome(int(evaluation.rule(rule)[row])), rule_evidence(evaluation, rule, row))
        for rule in evaluation.policy.policy.rules
    )
    return DecisionTrace(
        outcome=max((rule.outcome for rule in rules), default=Outcome.QUIET),
        fired=tuple(rule.rule for rule in rules if rule.outcome is Outcome.FIRED),
        rules=rules,
        policy_hash=evaluation.policy.policy.hash,
        model_id=_model_id(evaluation.signals),
    )


def _model_id(signals: Signals) -> str:
    return signals.sentiment[0].model_id if signals.sentiment else NO_MODEL
