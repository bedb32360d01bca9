"""Who among colleagues hears of what: people called by name in a note, and people who watch a ticket."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tickets.collaboration import called, visible
from tickets.events import EventKind, TicketEvent
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.routing import Routing

NEWS = (
    EventKind.RESPONSE_ATTACHED,
    EventKind.RESPONSE_REVISED,
    EventKind.ASSIGNED,
    EventKind.STATUS_CHANGED,
    EventKind.PRIORITY_CHANGED,
    EventKind.CONTACTED,
    EventKind.NOTED,
    EventKind.ESCALATED,
    EventKind.RESOLVED,
    EventKind.CLOSED,
    EventKind.REOPENED,
    EventKind.FILE_ATTACHED,
)
"""What watchers hear of."""


def colleague_notices(
    events: Sequence[TicketEvent], watchers: Sequence[str], routing: Routing, audience: Audience, now: datetime
) -> tuple[Notice, ...]:
    """Notices of these new events of one ticket: to everybody called by name, and one to each watcher, of the latest.

    Nobody hears of what they did themselves, twice of one thing, or of a private note that is not for them.
    """
    personal = Audience(audience.mail)
    asked = {(person, event.sequence): event for event in events for person in called(event) if person != event.actor}
    found = [
        notice
        for (person, _), event in asked.items()
        for notice in _tell(NoticeKind.MENTIONED, event, person, routing, personal, now)
    ]
    for person in watchers:
        told = [event for event in _heard(events, person) if (person, event.sequence) not in asked]
        if told:
            found += _tell(NoticeKind.WATCHED, told[-1], person, routing, personal, now)
    return tuple(found)


def _heard(events: Sequence[TicketEvent], person: str) -> Iterator[TicketEvent]:
    for event in events:
        given = event.kind is EventKind.ASSIGNED and dict(event.data)["owner"] == person  # told so as the new owner
        if event.kind in NEWS and event.actor != person and not given and visible(event, person):
            yield event


def _tell(
    kind: NoticeKind, event: TicketEvent, person: str, routing: Routing, audience: Audience, now: datetime
) -> list[Notice]:
    return notices(kind, event.ticket, event.sequence, audience, routing.address(person), now)
