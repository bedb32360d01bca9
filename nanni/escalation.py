"""Finds what promises are running out or broken and records each escalation with its notices."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from nanni.parts import Parts
from tickets.escalation import escalations
from tickets.events import TicketEvent
from tickets.ports import TicketFilter, UnitOfWork
from tickets.ticket import LIVE, Status, Ticket

EVERYTHING = 1_000_000
PAGE = 2_000
"""Tickets whose events are held in memory at a time."""


def escalate(parts: Parts) -> int:
    """Record and queue what the ladder asks for now and was not told before; returns how many tickets were escalated.

    A second call at the same moment finds nothing.
    """
    workspace, now, count = parts.workspace, parts.clock(), 0
    with parts.ledger.begin() as uow:
        tickets = _looked_at(uow, parts, now)
        for start in range(0, len(tickets), PAGE):
            steps = escalations(
                _logs(uow, tickets[start : start + PAGE]),
                now,
                workspace.sla,
                workspace.ladder,
                workspace.routing,
                workspace.audience,
            )
            for step in steps:
                uow.tickets.change(step.change.before, step.change.after, step.change.events)
                uow.outbox.add(step.notices)
            count += len(steps)
    return count


def _looked_at(uow: UnitOfWork, parts: Parts, now: datetime) -> Sequence[Ticket]:
    """The tickets that may have reached something: by their due times where those tell, else all that are owed."""
    ladder = parts.workspace.ladder
    if ladder.by_due_time:
        horizon = ladder.horizon(parts.workspace.sla, now)
        return uow.tickets.list(TicketFilter(statuses=LIVE, due_before=horizon, limit=EVERYTHING))
    return uow.tickets.list(TicketFilter(statuses=(*LIVE, Status.RESOLVED), limit=EVERYTHING))


def _logs(uow: UnitOfWork, tickets: Sequence[Ticket]) -> Iterator[tuple[Ticket, Sequence[TicketEvent]]]:
    events = uow.tickets.histories([ticket.key for ticket in tickets])
    return ((ticket, events[ticket.key]) for ticket in tickets)
