"""Decision traces and theme hits as JSON, both ways."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.bulk import from_json, to_json
from triggers.decision import DecisionTrace, Evidence, RuleTrace, TextSpan
from triggers.outcome import Outcome
from triggers.signals import ThemeHit


def trace_texts(traces: Mapping[int, DecisionTrace]) -> dict[int, str]:
    """The rules of each trace; its outcome, policy and model stand in columns of their own.

    Evidence that several traces share, as those of one batch do, is put together once.
    """
    known: dict[int, dict[str, Any]] = {}
    return {i: to_json([_rule(rule, known) for rule in trace.rules]) for i, trace in traces.items()}


def read_trace(text: str, outcome: Outcome, fired: tuple[str, ...], policy_hash: str, model_id: str) -> DecisionTrace:
    """The trace again."""
    rules = tuple(RuleTrace(rule, Outcome(said), _read_evidence(parts)) for rule, said, parts in from_json(text))
    return DecisionTrace(outcome, fired, rules, policy_hash, model_id)


def themes_text(hits: Sequence[ThemeHit]) -> str | None:
    """The hits of one response; None without any."""
    if not hits:
        return None
    told = [f"[{to_json(hit.theme)},{to_json(hit.question_id)},{hit.start},{hit.end}]" for hit in hits]
    return f"[{','.join(told)}]"


def read_themes(text: str | None) -> tuple[ThemeHit, ...]:
    """The hits again."""
    return tuple(ThemeHit(*hit) for hit in from_json(text)) if text else ()


def _rule(rule: RuleTrace, known: dict[int, dict[str, Any]]) -> tuple[str, int, dict[str, Any]]:
    return rule.rule, int(rule.outcome), _evidence(rule.evidence, known)


def _evidence(evidence: Evidence, known: dict[int, dict[str, Any]]) -> dict[str, Any]:
    told = known.get(id(evidence))
    if told is None:
        told = known[id(evidence)] = _own(evidence)
        if evidence.parts:
            told["parts"] = [_evidence(part, known) for part in evidence.parts]
    return told


def _own(evidence: Evidence) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": evidence.kind, "outcome": int(evidence.outcome)}
    if evidence.observed:
        told["observed"] = evidence.observed
    if evidence.limit:
        told["limit"] = evidence.limit
    if evidence.margin is not None:
        told["margin"] = evidence.margin
    if evidence.reason:
        told["reason"] = evidence.reason
    if evidence.spans:
        told["spans"] = [(span.question_id, span.start, span.end) for span in evidence.spans]
    return told


def _read_evidence(told: dict[str, Any]) -> Evidence:
    return Evidence(
        kind=told.get("kind", ""),
        outcome=Outcome(told["outcome"]),
        observed=told.get("observed", ""),
        limit=told.get("limit", ""),
        margin=told.get("margin"),
        reason=told.get("reason", ""),
        spans=tuple(TextSpan(*span) for span in told.get("spans", ())),
        parts=tuple(_read_evidence(part) for part in told.get("parts", ())),
    )
