"""A decision trace as compact JSON and back: what the ledger stores and machines read."""

import json
from typing import Any

from feedback.errors import StoreError
from triggers.decision import DecisionTrace, Evidence, RuleTrace, TextSpan
from triggers.outcome import Outcome


def to_json(trace: DecisionTrace) -> str:
    """The trace as one line of JSON; equal traces give equal text. What is empty is left out."""
    document = {
        "outcome": trace.outcome.name,
        "fired": list(trace.fired),
        "policy": trace.policy_hash,
        "model": trace.model_id,
        "rules": [
            {"rule": rule.rule, "outcome": rule.outcome.name, "evidence": _evidence(rule.evidence)}
            for rule in trace.rules
        ],
    }
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> DecisionTrace:
    """The trace that `to_json` wrote. Raises StoreError for anything else."""
    try:
        document = json.loads(text)
        rules = tuple(
            RuleTrace(rule["rule"], Outcome[rule["outcome"]], _read(rule["evidence"])) for rule in document["rules"]
        )
        return DecisionTrace(
            Outcome[document["outcome"]], tuple(document["fired"]), rules, document["policy"], document["model"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"a stored trace cannot be read ({type(error).__name__}: {error})",
            next_step="recompute it with `nanni why`, which decides again under the policy of that day",
        ) from error


def _evidence(evidence: Evidence) -> dict[str, Any]:
    full = {
        "kind": evidence.kind,
        "outcome": evidence.outcome.name,
        "observed": evidence.observed,
        "limit": evidence.limit,
        "margin": evidence.margin,
        "reason": evidence.reason,
        "spans": [[span.question_id, span.start, span.end] for span in evidence.spans],
        "parts": [_evidence(part) for part in evidence.parts],
    }
    return {name: value for name, value in full.items() if value not in ("", None, [])}


def _read(document: dict[str, Any]) -> Evidence:
    return Evidence(
        kind=document["kind"],
        outcome=Outcome[document["outcome"]],
        observed=document.get("observed", ""),
        limit=document.get("limit", ""),
        margin=document.get("margin"),
        reason=document.get("reason", ""),
        spans=tuple(TextSpan(question, start, end) for question, start, end in document.get("spans", ())),
        parts=tuple(_read(part) for part in document.get("parts", ())),
    )
