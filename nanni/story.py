"""A ticket's whole life, ready to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from feedback.ports import StoredResponse
from nanni.parts import Parts
from tickets.collaboration import readable
from tickets.events import TicketEvent
from tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class TicketStory:
    """A ticket with the responses it is about and everything that happened to it, in the reader's zone."""

    ticket: Ticket
    responses: Sequence[StoredResponse]
    events: Sequence[TicketEvent]
    zone: ZoneInfo


def story_of(parts: Parts, key: str, reader: str = "") -> TicketStory:
    """The story of one ticket as `reader` may read it: private notes of others without their words.

    Raises NotFoundError.
    """
    with parts.ledger.read() as uow:
        return TicketStory(
            uow.tickets.get(key),
            uow.tickets.responses(key),
            readable(uow.tickets.events(key), reader),
            parts.workspace.settings.zone,
        )
