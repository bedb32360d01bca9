"""SLA state of stored tickets, and an edited sla.yaml taking hold of those that are open."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nanni.parts import Parts
from tickets.actions import Acted
from tickets.adapters.sla_file import load_sla
from tickets.events import TicketEvent
from tickets.lifecycle import LifecycleError
from tickets.metric_events import MetricEvent, metric_events
from tickets.ports import TicketFilter
from tickets.retiming import recompute, reproject
from tickets.sla_state import SlaState, sla_states
from tickets.ticket import LIVE, Status, Ticket

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class TicketSla:
    """One ticket's SLA: the state of each turn and the facts in order, as of a moment."""

    ticket: str
    as_of: datetime
    states: tuple[SlaState, ...]
    facts: tuple[MetricEvent, ...]


def sla_of(parts: Parts, key: str, as_of: datetime | None = None) -> TicketSla:
    """A ticket's SLA now, or as it was at an earlier moment. Raises NotFoundError, LifecycleError for a later one."""
    now, policy = parts.clock(), parts.workspace.sla
    moment = as_of or now
    if moment > now:  # a calendar of any length would be laid out up to it
        raise LifecycleError(f"{moment.isoformat()} is yet to come", where=f"ticket {key}", next_step="name a past one")
    with parts.ledger.read() as uow:
        key = uow.tickets.get(key).key
        events = uow.tickets.events(key)
    return TicketSla(key, moment, sla_states(events, policy, moment), metric_events(events, policy, moment))


def retime(parts: Parts, before: Path | None, actor: str) -> int:
    """Give every open ticket due times by today's sla.yaml; returns how many changed.

    With `before`, the sla.yaml that held until now, time used stays and the rest is projected; without it everything
    is counted anew. Resolved tickets are included, whose customer may still have to be told. Raises ConfigError.
    """
    now, policy = parts.clock(), parts.workspace.sla
    earlier = load_sla(before) if before else None

    def anew(ticket: Ticket, events: tuple[TicketEvent, ...]) -> Acted:
        if earlier is None:
            return recompute(ticket, events, policy, now, actor)
        return reproject(ticket, events, earlier, policy, now, actor)

    changed = 0
    with parts.ledger.begin() as uow:
        for ticket in uow.tickets.list(TicketFilter(statuses=(*LIVE, Status.RESOLVED), limit=EVERYTHING)):
            acted = anew(ticket, tuple(uow.tickets.events(ticket.key)))
            changed += acted.ticket.due != ticket.due
            uow.tickets.change(ticket, acted.ticket, acted.events)
    return changed
