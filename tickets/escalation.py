"""Overdue work is told once: a first escalation for each deadline missed, idempotent by ticket, metric and step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.actions import SYSTEM, Acted
from tickets.events import EventKind, TicketEvent
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.opening import Change
from tickets.routing import Routing
from tickets.sla import Metric, SlaPolicy, overdue
from tickets.ticket import Ticket

FIRST_STEP = "1"


@dataclass(frozen=True, slots=True)
class Escalation:
    """One ticket's new escalations and who is to be told, to be written in one transaction."""

    change: Change
    notices: tuple[Notice, ...]


def overdue_steps(
    tickets: Iterable[tuple[Ticket, Sequence[TicketEvent]]],
    now: datetime,
    sla: SlaPolicy,
    routing: Routing,
    audience: Audience = Audience(),  # noqa: B008 (frozen)
) -> list[Escalation]:
    """Escalations due now, of tickets given with their events.

    A metric that was escalated before is not again, until reopening or a new priority gives it another deadline. The
    owner is told, and whoever `sla.escalate_overdue_to` names.
    """
    due = ((ticket, _fresh(ticket, events, now)) for ticket, events in tickets)
    return [_escalated(ticket, metrics, now, sla, routing, audience) for ticket, metrics in due if metrics]


def _fresh(ticket: Ticket, events: Sequence[TicketEvent], now: datetime) -> list[Metric]:
    late = overdue(ticket, now)
    if not late:
        return []
    told = {
        (data.get("metric"), data.get("step"), data.get("due"))
        for data in (dict(event.data) for event in events if event.kind is EventKind.ESCALATED)
    }
    return [metric for metric in late if (metric, FIRST_STEP, _due(ticket, metric)) not in told]


def _escalated(
    ticket: Ticket, metrics: list[Metric], now: datetime, sla: SlaPolicy, routing: Routing, audience: Audience
) -> Escalation:
    acted, to = Acted(ticket, ()), sla.escalate_overdue_to or ticket.owner
    for metric in metrics:
        data = (("metric", metric.value), ("step", FIRST_STEP), ("due", _due(ticket, metric)), ("to", to))
        acted = acted.then(EventKind.ESCALATED, SYSTEM, now, data, f"{metric.replace('_', ' ')} is overdue")
    addresses = dict.fromkeys(address for one in (ticket.owner, to) if (address := routing.address(one)))
    kind, sequence = NoticeKind.OVERDUE, acted.ticket.version
    mail = [
        notice
        for address in addresses
        for notice in notices(kind, ticket.key, sequence, Audience(mail=audience.mail), address, now)
    ]
    rest = notices(kind, ticket.key, sequence, audience, "", now)
    return Escalation(Change(ticket, acted.ticket, acted.events), (*mail, *rest))


def _due(ticket: Ticket, metric: Metric) -> str:
    due = ticket.due.first_touch if metric is Metric.FIRST_TOUCH else ticket.due.resolution
    return due.isoformat() if due else ""
