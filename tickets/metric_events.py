"""SLA facts as events, in the vocabulary of the field: activate, apply, pause, update, breach, fulfil.

Derived from a ticket's own events; what the ledger keeps of them for reports is made here too, so it can be made anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tickets.events import TicketEvent
from tickets.sla import Metric, SlaPolicy
from tickets.sla_state import SlaState, Standing, sla_states


class MetricEventKind(StrEnum):
    """What happens to a metric; the order is that of things at the same moment."""

    ACTIVATE = "activate"
    APPLY = "apply"
    UPDATE = "update"
    PAUSE = "pause"
    BREACH = "breach"
    FULFIL = "fulfil"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class MetricEvent:
    """One such fact; `number` counts the turns of the metric, `target` is what applies after it."""

    metric: Metric
    number: int
    kind: MetricEventKind
    at: datetime
    target: timedelta | None = None


def metric_events(events: Sequence[TicketEvent], policy: SlaPolicy, now: datetime) -> tuple[MetricEvent, ...]:
    """The facts up to `now`, in order of time. The clock going on after a pause is another `activate`."""
    found = [event for state in sla_states(events, policy, now) for event in _of(state, now)]
    return tuple(sorted(found, key=_order))


_ORDER = {kind: i for i, kind in enumerate(MetricEventKind)}
_METRICS = {metric: i for i, metric in enumerate(Metric)}


def _order(event: MetricEvent) -> tuple[datetime, int, int, int]:
    return event.at, _METRICS[event.metric], event.number, _ORDER[event.kind]


def _of(state: SlaState, now: datetime) -> Iterator[MetricEvent]:
    for kind, at in _moments(state, now):
        target = state.target if kind in (MetricEventKind.APPLY, MetricEventKind.UPDATE) else None
        yield MetricEvent(state.metric, state.number, kind, at, target)


def _moments(state: SlaState, now: datetime) -> Iterable[tuple[MetricEventKind, datetime]]:
    end = now if state.until is None else state.until
    yield MetricEventKind.ACTIVATE, state.since
    if state.target is not None:
        yield MetricEventKind.APPLY, state.since
    for moment in state.updates:
        yield MetricEventKind.UPDATE, moment
    for pause in state.pauses:
        if pause.credited_until == pause.since:
            continue
        yield MetricEventKind.PAUSE, pause.since
        if pause.credited_until is not None and pause.credited_until < end:
            yield MetricEventKind.ACTIVATE, pause.credited_until
    if state.breached_at is not None:
        yield MetricEventKind.BREACH, state.breached_at
    if state.until is not None:
        replaced = state.standing is Standing.REPLACED
        yield MetricEventKind.REPLACE if replaced else MetricEventKind.FULFIL, state.until
