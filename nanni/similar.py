"""Resolved tickets that resemble one, with what fixed them."""

from dataclasses import dataclass
from datetime import datetime

from models.encoder import cosines
from models.search import WordIndex, nearest
from nanni.parts import Parts
from nanni.ticket_texts import texts_of, vectors_of
from tickets.ports import TicketFilter
from tickets.ticket import Status, Ticket

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Similar:
    """One ticket that was resolved for its customer: how near by meaning and by words, and what was done."""

    ticket: str
    subject: str
    meaning: float
    words: float
    root_cause: str
    action_taken: str
    tags: tuple[str, ...]
    resolved_at: datetime | None


def similar(parts: Parts, key: str, limit: int = 5) -> list[Similar]:
    """Tickets resolved for the customer whose words are nearest to this one's, the nearest first.

    Empty when the ticket has no words. Raises NotFoundError.
    """
    with parts.ledger.read() as uow:
        own = uow.tickets.get(key).key
        done = uow.tickets.list(TicketFilter(statuses=(Status.RESOLVED, Status.CLOSED), limit=EVERYTHING))
        tags = uow.teamwork.tags([ticket.key for ticket in done])
    helped = {ticket.key: ticket for ticket in done if _helped(ticket) and ticket.key != own}
    texts = texts_of(parts, [own, *helped])
    if own not in texts or len(texts) == 1:
        return []
    vectors = vectors_of(parts, texts, parts.encoder)
    query, others = texts[own], [one for one in texts if one != own]
    found = nearest(cosines(vectors[0], vectors[1:]), WordIndex([texts[one] for one in others]).scores(query), limit)
    return [_told(helped[others[one.place]], one.meaning, one.words, tags.get(others[one.place], ())) for one in found]


def _helped(ticket: Ticket) -> bool:
    return ticket.closure is not None and ticket.closure.resolved


def _told(ticket: Ticket, meaning: float, words: float, tags: tuple[str, ...]) -> Similar:
    closure = ticket.closure
    assert closure is not None, "only resolved tickets are searched"
    return Similar(
        ticket.key,
        ticket.subject,
        round(meaning, 3),
        round(words, 3),
        closure.root_cause,
        closure.action_taken,
        tags,
        ticket.resolved_at,
    )
