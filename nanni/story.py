"""A ticket's whole life, ready to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from feedback.ports import StoredResponse
from nanni.parts import Parts
from tickets.collaboration import readable
from tickets.events import EventKind, TicketEvent
from tickets.feelings import Feeling, feelings
from tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class TicketStory:
    """A ticket with the responses it is about and everything that happened to it, in the reader's zone.

    `priority_by` says what gave it its priority, `feelings` how the customer felt at each step, `merged` which tickets
    it has taken over.
    """

    ticket: Ticket
    responses: Sequence[StoredResponse]
    events: Sequence[TicketEvent]
    zone: ZoneInfo
    priority_by: str
    feelings: tuple[Feeling, ...]
    merged: tuple[Ticket, ...]


def story_of(parts: Parts, key: str, reader: str = "") -> TicketStory:
    """The story of one ticket as `reader` may read it: private notes of others without their words.

    Raises NotFoundError.
    """
    with parts.ledger.read() as uow:
        events = uow.tickets.events(key)
        return TicketStory(
            ticket=uow.tickets.get(key),
            responses=uow.tickets.responses(key),
            events=readable(events, reader),
            zone=parts.workspace.settings.zone,
            priority_by=priority_by(events),
            feelings=feelings(events),
            merged=tuple(uow.tickets.merged(key)),
        )


def priority_by(events: Sequence[TicketEvent]) -> str:
    """What the priority a ticket has comes from: a row of the table, or a hand."""
    told = "its severity"
    for event in events:
        if event.kind is EventKind.OPENED:
            told = dict(event.data).get("priority_by", told)
        elif event.kind is EventKind.PRIORITY_CHANGED:
            told = f"{event.reason} ({event.actor})"
    return told
