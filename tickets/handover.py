"""Work does not stay with somebody who is away, and whoever is given a ticket is told so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tickets.events import EventKind, TicketEvent
from tickets.lifecycle import LifecycleError
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.presence import Absence
from tickets.routes import Assignment, RoutingFacts, Turns
from tickets.routing import Routing
from tickets.ticket import Ticket


def replacement(
    ticket: Ticket, facts: RoutingFacts, routing: Routing, load: Mapping[str, int], now: datetime, turns: Turns
) -> Assignment | None:
    """Who takes a ticket over from an owner who is away; None when the owner is there, or nobody else is.

    The stand-in of the absence first, at the end of the chain of delegates; without one, the routes as for a new
    ticket.
    """
    absence = routing.roster.away(ticket.owner, now)
    if absence is None:
        return None
    told = f"{ticket.owner} is away until {absence.last.isoformat()}"
    there = routing.roster.stand_in(ticket.owner, now)
    if there is not None and (home := routing.home(there)) is not None:
        return Assignment(home[0].id, there, f"{told}: {there} stands in")
    to = routing.route(facts, load, now, turns)
    if to.owner == ticket.owner or routing.roster.away(to.owner, now) is not None:
        return None
    return replace(to, reason=f"{told}: {to.reason}")


def handed_over(absence: Absence | None, everybody: bool) -> bool:
    """Whether an absence lets go of the tickets that its person holds already (`everybody`: short ones too)."""
    return absence is not None and (everybody or absence.hands_over)


def refuse_absent(events: Sequence[TicketEvent], routing: Routing, now: datetime) -> None:
    """Raise LifecycleError when one of these events gives a ticket by hand to somebody who is away.

    Who takes a ticket themselves is there, whatever routing.yaml says.
    """
    for event in events:
        if event.kind is not EventKind.ASSIGNED or (owner := dict(event.data)["owner"]) == event.actor:
            continue
        absence = routing.roster.away(owner, now)
        if absence is None:
            continue
        there = routing.roster.stand_in(owner, now)
        raise LifecycleError(
            f"{owner} is away until {absence.last.isoformat()}",
            where=f"ticket {event.ticket}",
            allowed=there or "",
            next_step=f"assign it to {there}, who stands in" if there else "assign it to somebody who is there",
        )


def handover_notices(
    events: Sequence[TicketEvent], routing: Routing, audience: Audience, now: datetime
) -> tuple[Notice, ...]:
    """Notices of the reassignments among these events; who takes a ticket over by their own hand is not told.

    Chats do not hear of it, since it concerns one person. The last owner is told when several follow each other.
    """
    given = [event for event in events if event.kind is EventKind.ASSIGNED]
    if not given or (owner := dict(given[-1].data)["owner"]) == given[-1].actor:
        return ()
    personal, told = Audience(audience.mail, console=audience.console), given[-1]
    return tuple(notices(NoticeKind.ASSIGNED, told.ticket, told.sequence, personal, routing.address(owner), now))
