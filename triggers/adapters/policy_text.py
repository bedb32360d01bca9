"""The one text of a policy: what its hash is of, and what the ledger keeps."""

import json
from datetime import timedelta
from typing import Any

from feedback.response import ResponseStatus
from models.sentiment import CLASSES
from triggers.conditions import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Condition,
    FrustrationRule,
    KeywordRule,
    MissingPolicy,
    MissingRule,
    RepeatRule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
    TrendRule,
)
from triggers.handling import ResponsePolicy, StormPolicy, TicketFields
from triggers.policy import HitPolicy, Policy, Rule


def canonical_text(policy: Policy) -> str:
    """The policy as one line of JSON with sorted keys, defaults left out; equal policies give equal text."""
    document: dict[str, Any] = {
        "rules": [_rule(rule) for rule in policy.rules],
        "lexicons": {name: list(words) for name, words in policy.lexicons},
    }
    if policy.hit is not HitPolicy.FIRST:
        document["hit"] = policy.hit.value
    if responses := _responses(policy.responses):
        document["responses"] = responses
    if policy.settle:
        document["settle"] = [
            {"wait": _length(one.wait), **({"surveys": list(one.surveys)} if one.surveys else {})}
            for one in policy.settle
        ]
    if policy.review is not None:
        document["ambiguous"] = dict(zip(CLASSES, policy.review, strict=True))
    if policy.storm:
        document["storm"] = _storm(policy.storm)
    if policy.budget:
        document["budget"] = {"tickets_a_day": policy.budget.tickets_a_day, "always": list(policy.budget.always)}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _responses(policy: ResponsePolicy) -> dict[str, str]:
    """What differs from the default, so that a policy that says nothing of it keeps its hash."""
    default = ResponsePolicy()
    told = {
        status.value: "open" if status in policy.statuses else "suppress"
        for status in ResponseStatus
        if (status in policy.statuses) != (status in default.statuses)
    }
    late = {} if policy.late_after is None else {"late_after": _length(policy.late_after)}
    return told | late | ({} if policy.edited else {"edited": "suppress"})


def _length(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def _storm(storm: StormPolicy) -> dict[str, Any]:
    lengths = {"window": storm.window, "usual": storm.usual, "digest_every": storm.digest_every}
    return {
        "by": list(storm.by),
        "at_least": storm.at_least,
        "ratio": float(storm.ratio),
        "chance": storm.chance,
        "severity": storm.severity,
        "always_told": list(storm.always_told),
        **{name: _length(length) for name, length in lengths.items()},
    }


def _fields(fields: TicketFields) -> dict[str, str]:
    told = {"priority": fields.priority, "team": fields.team, "theme": fields.theme}
    return {name: value for name, value in told.items() if value is not None}


def _rule(rule: Rule) -> dict[str, Any]:
    dates = {name: at.isoformat() for name, at in (("from", rule.starts), ("until", rule.ends)) if at}
    if rule.cool_down is not None:
        dates["cool_down"] = _length(rule.cool_down)
    optional: dict[str, Any] = {
        "surveys": list(rule.surveys),
        "reason": rule.reason,
        "owner": rule.owner,
        **dates,
        "ticket": _fields(rule.ticket),
    }
    given = {name: value for name, value in optional.items() if value}
    return {"id": rule.id, "when": _condition(rule.when), "severity": rule.severity.value, **given}


def _condition(condition: Condition) -> dict[str, Any]:
    match condition:
        case ScoreRule(comparison, limit, missing):
            return {"score": {comparison.value: float(limit), **_unless(missing, MissingPolicy.UNKNOWN)}}
        case BandRule(band, missing):
            return {"band": {"band": band.value, **_unless(missing, MissingPolicy.UNKNOWN)}}
        case KeywordRule(query, question):
            return {"keywords": {"query": query, **({"question": question} if question else {})}}
        case SentimentRule(sentiment, at_least, question):
            extra = {"question": question} if question else {}
            return {"sentiment": {"is": sentiment.value, "at_least": at_least, **extra}}
        case FrustrationRule(at_least, question):
            return {"frustration": {"at_least": at_least, **({"question": question} if question else {})}}
        case MissingRule(what, name):
            return {"missing": what.value if name is None else {_MISSING[what]: name}}
        case AttributeRule(name, values, missing):
            return {"attribute": {"name": name, "in": list(values), **_unless(missing, MissingPolicy.QUIET)}}
        case ThemeRule(theme):
            return {"theme": theme}
        case RepeatRule() | TrendRule():
            return _memory(condition)
    kind = "all" if isinstance(condition, AllOf) else "any" if isinstance(condition, AnyOf) else "none"
    return {kind: [_condition(part) for part in condition.parts]}


def _memory(condition: RepeatRule | TrendRule) -> dict[str, Any]:
    if isinstance(condition, RepeatRule):
        theme = "same" if condition.same_theme else "any"
        return {"repeat": {"within": _length(condition.within), "times": condition.times, "theme": theme}}
    limits = {"worse_by": float(condition.worse_by), "within": _length(condition.within), "last": condition.last}
    return {"trend": {**limits, **_unless(condition.missing, MissingPolicy.UNKNOWN)}}


_MISSING = {Absent.COMMENT: "question", Absent.ATTRIBUTE: "attribute", Absent.SCORE: "what"}


def _unless(missing: MissingPolicy, default: MissingPolicy) -> dict[str, str]:
    return {} if missing is default else {"missing": missing.value}
