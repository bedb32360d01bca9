"""Two people on one ticket: what happened since somebody looked, and whether their change still fits on top of it."""

from collections.abc import Sequence

from feedback.errors import StaleWriteError
from tickets.events import EventKind, TicketEvent
from tickets.ticket import Ticket

ADDED = frozenset(
    {
        EventKind.NOTED,
        EventKind.CONTACTED,
        EventKind.SLA_UPDATED,
        EventKind.WATCHED,
        EventKind.UNWATCHED,
        EventKind.TAGGED,
        EventKind.UNTAGGED,
        EventKind.REMINDER_SET,
        EventKind.REMINDER_DROPPED,
        EventKind.REMINDED,
        EventKind.FILE_ATTACHED,
        EventKind.CUSTOMER_MESSAGED,
    }
)
"""Changes that only add to the record: whatever else is being done to a ticket fits on top of them, and they on it."""


class CollisionError(StaleWriteError):
    """Somebody changed the ticket meanwhile in a way that this change has to take into account.

    `missed` are the events that whoever wrote had not seen.
    """

    def __init__(self, ticket: Ticket, missed: Sequence[TicketEvent]) -> None:
        told = "; ".join(f"{event.kind.value.replace('_', ' ')} by {event.actor}" for event in missed)
        super().__init__(
            f"it was changed while you were looking at it ({told})",
            where=f"ticket {ticket.key}",
            next_step="look at what changed and repeat your change if it is still wanted",
        )
        self.missed = tuple(missed)


def refuse_collision(ticket: Ticket, events: Sequence[TicketEvent], seen: int, *, adds: bool) -> None:
    """Raise CollisionError when a change made by somebody who saw version `seen` does not fit on the ticket as it is.

    What only adds (`adds`) always fits, and anything fits on what was only added.
    """
    missed = [event for event in events if event.sequence > seen]
    if not adds and any(event.kind not in ADDED for event in missed):
        raise CollisionError(ticket, missed)
