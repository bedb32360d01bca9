"""Tickets and what is beside them as documents."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from nanni.documents.plain import plain
from nanni.explaining import Explanation
from nanni.timing import TicketSla
from tickets.metric_events import MetricEvent
from tickets.sla_state import SlaState
from triggers.explain import sentence, to_json, why_not

_FACT = ("ticket", "metric", "number", "kind", "at", "target_seconds")


def sla_document(found: TicketSla) -> dict[str, Any]:
    """How a ticket stands against its promises."""
    states, facts = list(map(_row, found.states)), list(map(_fact, found.facts))
    return {"ticket": found.ticket, "as_of": found.as_of, "states": states, "facts": facts}


def fact_document(fact: Sequence[Any]) -> dict[str, Any]:
    """One kept SLA fact."""
    return dict(zip(_FACT, fact, strict=True))


def _row(state: SlaState) -> dict[str, object]:
    """A state for machines: lengths in minutes."""
    lengths = {"target": state.target, "business": state.business, "elapsed": state.elapsed}
    minutes = {f"{name}_minutes": _minutes(value) for name, value in lengths.items()}
    plain = ("metric", "number", "standing", "since", "until", "priority", "clock", "deadline", "breached_at", "pauses")
    return {**{name: getattr(state, name) for name in plain}, **minutes}


def _fact(fact: MetricEvent) -> dict[str, object]:
    plain = {name: getattr(fact, name) for name in ("metric", "number", "kind", "at")}
    return {**plain, "target_minutes": _minutes(fact.target)}


def _minutes(value: timedelta | None) -> float | None:
    return None if value is None else value / timedelta(minutes=1)


def why_document(one: Explanation) -> dict[str, Any]:
    """Why a response did or did not become a ticket."""
    return {
        "response": plain(one.stored.response),
        "disposition": one.stored.disposition,
        "reason": one.stored.disposition_reason,
        "ticket": one.stored.ticket,
        "sentence": sentence(one.trace, one.stored.response),
        "trace": json.loads(to_json(one.trace)),
        "recomputed": one.recomputed,
        "why_not": [plain(rule) for rule in why_not(one.trace)],
    }
