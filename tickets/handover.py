"""Whoever is given a ticket is told so: notices to the new owner, and to nobody else."""

from collections.abc import Sequence
from datetime import datetime

from tickets.events import EventKind, TicketEvent
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.routing import Routing


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
