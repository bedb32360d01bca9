"""Finds overdue tickets and records each escalation with its notices."""

from nanni.parts import Parts
from tickets.escalation import overdue_steps
from tickets.ports import TicketFilter
from tickets.ticket import LIVE

EVERYTHING = 1_000_000


def escalate(parts: Parts) -> int:
    """Record and queue what is overdue now and was not told before; returns how many tickets were escalated."""
    workspace, now = parts.workspace, parts.clock()
    with parts.ledger.begin() as uow:
        late = uow.tickets.list(TicketFilter(statuses=LIVE, overdue_at=now, limit=EVERYTHING))
        steps = overdue_steps(
            ((ticket, uow.tickets.events(ticket.key)) for ticket in late),
            now,
            workspace.sla,
            workspace.routing,
            workspace.audience,
        )
        for step in steps:
            uow.tickets.change(step.change.before, step.change.after, step.change.events)
            uow.outbox.add(step.notices)
    return len(steps)
