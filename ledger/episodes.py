"""Episodes in SQL: a customer's tickets by theme, and responses that move between tickets when one is split."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from ledger.bulk import within
from ledger.identity import customer_name, customer_number
from ledger.places import read_places
from ledger.schema import responses, tickets
from ledger.ticket_rows import as_ticket
from tickets.episodes import Episodes, episodes_of
from tickets.ticket import Ticket


def episodes_for(connection: Connection, customer_ids: Sequence[str]) -> dict[str, Episodes]:
    """The episodes of each of these customers that has a ticket."""
    numbers = [number for name in customer_ids if (number := customer_number(name)) is not None]
    if not numbers:
        return {}
    found: dict[int, list[Ticket]] = {}
    for row in connection.execute(select(tickets).where(within(connection, tickets.c.customer, numbers))):
        found.setdefault(row.customer, []).append(as_ticket(row))
    return {customer_name(number) or "": episodes_of(theirs) for number, theirs in found.items()}


def family(connection: Connection, key: str) -> list[str]:
    """A ticket's key and those of the tickets merged into it."""
    merged = connection.execute(select(tickets.c.key).where(tickets.c.merged_into == key).order_by(tickets.c.key))
    return [key, *merged.scalars()]


def move_responses(connection: Connection, ids: Sequence[int], to: str) -> None:
    """Let these responses (by the ledger's ids), with every revision of theirs, belong to another ticket."""
    named = select(responses.c.survey, responses.c.response_id, responses.c.ticket)
    moving = connection.execute(named.where(within(connection, responses.c.id, ids))).all()
    for row in moving:
        same: Mapping[str, Any] = {"survey": row.survey, "response_id": row.response_id}
        held = [responses.c[name] == value for name, value in same.items()]
        connection.execute(update(responses).where(*held, responses.c.ticket.is_not(None)).values(ticket=to))
    read_places(connection, [*{row.ticket for row in moving if row.ticket}, to])
