"""Queues and absences over stored tickets: what waits is given out, what an absent person holds is handed over."""

from dataclasses import dataclass, replace

from nanni.assignment import facts_of
from nanni.parts import Parts
from tickets.actions import SYSTEM, Acted, assigned
from tickets.episodes import age
from tickets.handover import handed_over, handover_notices, refuse_absent, replacement
from tickets.ports import TicketFilter, UnitOfWork
from tickets.queueing import drained
from tickets.ticket import LIVE, Ticket

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One ticket that changed hands: from whom, to whom, why."""

    ticket: str
    before: str
    after: str
    reason: str


_WAITING = TicketFilter(statuses=LIVE, queued=True, limit=EVERYTHING)


def queued(uow: UnitOfWork) -> list[Ticket]:
    """The live tickets that wait for capacity, oldest first."""
    return sorted(uow.tickets.list(_WAITING), key=age)


def drain(uow: UnitOfWork, parts: Parts) -> list[HandedOver]:
    """Give out what waits to whoever has capacity, in this transaction, whose first change this is; owners are told."""
    uow.tickets.assigning()
    return _give_out(uow, parts) if _something_waits(uow) else []


def drain_if_free(uow: UnitOfWork, parts: Parts) -> bool:
    """The same at the end of what frees capacity, without waiting for others who assign.

    False when somebody did and something waits: `drain_queues` is to be called once this is committed.
    """
    if not _something_waits(uow):
        return True
    if not uow.tickets.assigning(waits=False):
        return False
    _give_out(uow, parts)
    return True


def _something_waits(uow: UnitOfWork) -> bool:
    return bool(uow.tickets.list(replace(_WAITING, limit=1)))


def _give_out(uow: UnitOfWork, parts: Parts) -> list[HandedOver]:
    waiting = uow.tickets.claim(_WAITING)
    workspace, now = parts.workspace, parts.clock()
    changes = drained(
        waiting,
        lambda ticket: facts_of(uow, ticket),
        workspace.routing,
        uow.tickets.load(),
        now,
        uow.tickets.turns(),
    )
    for change in changes:
        uow.tickets.change(change.before, change.after, change.events)
        uow.outbox.add(handover_notices(change.events, workspace.routing, workspace.audience, now))
    return [_told(change.before, Acted(change.after, change.events)) for change in changes]


def drain_queues(parts: Parts) -> list[HandedOver]:
    """The same in a transaction of its own: capacity also comes with an edit of routing.yaml or a return."""
    with parts.ledger.begin() as uow:
        return drain(uow, parts)


def hand_over(parts: Parts, person: str | None = None, actor: str = SYSTEM) -> list[HandedOver]:
    """Hand over the live tickets of everybody who is away now, then give out what that left waiting.

    Absences that routing.yaml says keep their tickets are left alone, unless `person` names who it is about. Raises
    NotFoundError for somebody unknown.
    """
    workspace, now = parts.workspace, parts.clock()
    routing = workspace.routing
    owners = routing.away(now) if person is None else [routing.member(person).id]
    moved: list[HandedOver] = []
    with parts.ledger.begin() as uow:
        uow.tickets.assigning()
        for owner in owners:
            if not handed_over(routing.roster.away(owner, now), person is not None):
                continue
            for ticket in uow.tickets.claim(TicketFilter(statuses=LIVE, owner=owner, limit=EVERYTHING)):
                moved += _hand_over(uow, parts, ticket, actor)
        moved += drain(uow, parts)
    return moved


def somebody_there(uow: UnitOfWork, parts: Parts, before: Ticket, acted: Acted) -> Acted:
    """What was done, and a new owner where a ticket that is owed again would go back to somebody who is away.

    Raises LifecycleError for a ticket given by hand to somebody who is away.
    """
    refuse_absent(acted.events, parts.workspace.routing, parts.clock())
    return present(uow, parts, acted, acted.ticket) if acted.ticket.live and not before.live else acted


def present(uow: UnitOfWork, parts: Parts, acted: Acted, known: Ticket) -> Acted:
    """What was done, and a new owner where the one it has is away; what `known`, a stored ticket, is about decides."""
    routing, now = parts.workspace.routing, parts.clock()
    if not acted.ticket.live or routing.roster.away(acted.ticket.owner, now) is None:
        return acted
    uow.tickets.assigning()
    to = replacement(acted.ticket, facts_of(uow, known), routing, uow.tickets.load(), now, uow.tickets.turns())
    return acted if to is None else assigned(acted, SYSTEM, now, to)


def _hand_over(uow: UnitOfWork, parts: Parts, ticket: Ticket, actor: str) -> list[HandedOver]:
    workspace, now = parts.workspace, parts.clock()
    facts, load, turns = facts_of(uow, ticket), uow.tickets.load(), uow.tickets.turns()
    to = replacement(ticket, facts, workspace.routing, load, now, turns)
    if to is None:
        return []
    acted = assigned(Acted(ticket, ()), actor, now, to)
    uow.tickets.change(ticket, acted.ticket, acted.events)
    uow.outbox.add(handover_notices(acted.events, workspace.routing, workspace.audience, now))
    return [_told(ticket, acted)]


def _told(before: Ticket, acted: Acted) -> HandedOver:
    return HandedOver(before.key, before.owner, acted.ticket.owner, acted.events[-1].reason)
