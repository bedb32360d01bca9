"""Overflow queues: tickets that wait for capacity go to whoever has some, the oldest first, on every release."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from tickets.actions import SYSTEM, Acted, assigned
from tickets.episodes import age
from tickets.opening import Change
from tickets.routes import Assignment, RoutingFacts, Turns
from tickets.routing import Routing
from tickets.ticket import Ticket


def drained(
    waiting: Sequence[Ticket],
    facts: Callable[[Ticket], RoutingFacts],
    routing: Routing,
    load: Mapping[str, int],
    now: datetime,
    turns: Turns | None = None,
) -> list[Change]:
    """Who gets which of these tickets now; those for whom nobody has capacity stay, and do not hold up the others.

    `facts` says what routes look at, and is asked only about tickets whose team has room; `load` is live tickets by
    owner without those that wait. Afterwards none of the tickets waits for somebody who could take it.
    """
    held, taken = dict(load), dict(turns or {})
    changes = []
    for ticket in sorted(waiting, key=age):
        if not _room(ticket.queue, routing, held, now):
            continue
        to = routing.route(facts(ticket), held, now, taken)
        if to.queue is not None:
            continue
        since = f"{to.reason}, after waiting for {ticket.queue} since {ticket.opened_at:%Y-%m-%d %H:%M} UTC"
        acted = assigned(Acted(ticket, ()), SYSTEM, now, Assignment(to.team, to.owner, since))
        held[to.owner] = held.get(to.owner, 0) + 1
        taken[to.owner] = (now, taken.get(to.owner, (now, 0))[1] + 1)
        changes.append(Change(ticket, acted.ticket, acted.events))
    return changes


def _room(team: str | None, routing: Routing, load: Mapping[str, int], now: datetime) -> bool:
    """Whether somebody of a team who is there has capacity left; True too for a team that is no more."""
    here = next((one for one in routing.teams if one.id == team), None)
    if here is None:
        return True
    return any(
        load.get(member.id, 0) < member.capacity and routing.roster.away(member.id, now) is None
        for member in here.members
    ) or all(routing.roster.away(member.id, now) is not None for member in here.members)
