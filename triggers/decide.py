"""The one function that live ingestion, replay and backtest share: signals and a policy in, decisions out."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from triggers.compiled import CompiledPolicy, compile_policy, leaves
from triggers.conditions import SentimentRule
from triggers.decision import Decisions, DecisionTrace, RuleTrace
from triggers.evaluate import Evaluation
from triggers.evidence import teller
from triggers.keywords.index import TextIndex
from triggers.outcome import Outcome
from triggers.signals import Signals

__all__ = ["CompiledPolicy", "compile_policy", "decide", "decide_and_tell", "trace", "traces"]

NO_MODEL = "none"
_OUTCOMES = tuple(Outcome)


def decide(signals: Signals, policy: CompiledPolicy, index: TextIndex | None = None) -> Decisions:
    """Decide a batch: FIRED where any rule fired, else UNKNOWN where any rule is unknown, else QUIET.

    `index` is the batch's text already cut (see `triggers.themes`), so that nobody cuts it twice.
    """
    return _decisions(Evaluation(signals, policy, index))


def decide_and_tell(
    signals: Signals, policy: CompiledPolicy, index: TextIndex | None = None
) -> tuple[Decisions, dict[int, DecisionTrace]]:
    """`decide`, with the `traces` of the fired rows, in one evaluation of the batch."""
    evaluation = Evaluation(signals, policy, index)
    decisions = _decisions(evaluation)
    fired = np.flatnonzero(decisions.outcome == Outcome.FIRED).tolist()
    tell = _tracer(evaluation) if fired else None
    return decisions, {row: tell(row) for row in fired} if tell else {}


def traces(
    signals: Signals, rows: Sequence[int], policy: CompiledPolicy, index: TextIndex | None = None
) -> dict[int, DecisionTrace]:
    """The full account of the decisions on these rows, by row; equal to `trace` of each."""
    tell = _tracer(Evaluation(signals, policy, index))
    return {row: tell(row) for row in rows}


def trace(signals: Signals, i: int, policy: CompiledPolicy) -> DecisionTrace:
    """The full account of the decision on row i."""
    return _tracer(Evaluation(signals.take([i]), policy))(0)


def _decisions(evaluation: Evaluation) -> Decisions:
    rules = evaluation.policy.policy.rules
    by_rule = np.zeros((len(rules), len(evaluation)), np.int8)
    for at, rule in enumerate(rules):
        by_rule[at] = evaluation.rule(rule)
    review = evaluation.policy.policy.review is not None
    outcome = by_rule.max(axis=0, initial=np.int8(Outcome.QUIET))
    return Decisions(
        policy_hash=evaluation.policy.policy.hash,
        model_id=_model_id(evaluation.signals),
        rule_ids=tuple(rule.id for rule in rules),
        outcome=outcome,
        by_rule=list(by_rule),
        winner=_winners(by_rule, evaluation.policy.policy.precedence()),
        ambiguous=_ambiguous(evaluation, by_rule) if review else None,
    )


def _ambiguous(evaluation: Evaluation, by_rule: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Rows on which some rule is unknown and one of its conditions is so because of an ambiguous comment."""
    found = np.zeros(by_rule.shape[1], bool)
    for column, rule in zip(by_rule, evaluation.policy.policy.rules, strict=True):
        unknown = column == Outcome.UNKNOWN
        for leaf in leaves(rule.when) if unknown.any() else ():
            if isinstance(leaf, SentimentRule):
                found |= unknown & evaluation.ambiguous(leaf)
    return found


def _winners(by_rule: NDArray[np.int8], precedence: Sequence[int]) -> list[int]:
    """For each row the fired rule that comes first in precedence, -1 where none fired."""
    if not precedence:
        return [-1] * by_rule.shape[1]
    order = np.array(precedence)
    fired = by_rule[order] == Outcome.FIRED
    winners: list[int] = np.where(fired.any(axis=0), order[fired.argmax(axis=0)], -1).tolist()
    return winners


def _tracer(evaluation: Evaluation) -> Callable[[int], DecisionTrace]:
    policy, model = evaluation.policy.policy, _model_id(evaluation.signals)
    precedence = [policy.rules[at].id for at in policy.precedence()]
    rules = [(rule.id, evaluation.rule(rule).tolist(), teller(evaluation, rule)) for rule in policy.rules]

    def tell(row: int) -> DecisionTrace:
        told = tuple([RuleTrace(name, _OUTCOMES[outcomes[row]], evidence(row)) for name, outcomes, evidence in rules])
        return DecisionTrace(
            outcome=max((rule.outcome for rule in told), default=Outcome.QUIET),
            fired=_fired(told, precedence),
            rules=told,
            policy_hash=policy.hash,
            model_id=model,
        )

    return tell


def _fired(told: Sequence[RuleTrace], precedence: Sequence[str]) -> tuple[str, ...]:
    """The rules that fired: the one that decides, then the others in policy order."""
    fired = [rule.rule for rule in told if rule.outcome is Outcome.FIRED]
    if len(fired) < 2:
        return tuple(fired)
    first = min(fired, key=precedence.index)
    return (first, *(rule for rule in fired if rule != first))


def _model_id(signals: Signals) -> str:
    return signals.sentiment[0].model_id if signals.sentiment else NO_MODEL
