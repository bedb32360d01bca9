"""The append-only log of ticket events and its hash chain, one chain a ticket."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from feedback.errors import StoreError
from ledger.bulk import insert_rows, storable, to_json, within
from ledger.chain import START, digest, event_hash, new_salt, note_digest
from ledger.columns import iso
from ledger.schema import ticket_events
from ledger.ticket_rows import as_event
from tickets.events import TicketEvent

_LOG = select(ticket_events)
_OF_TICKET = ticket_events.c.ticket == bindparam("of_ticket")
# Built once: for one ticket, building a statement costs more than the database's own work.
_STORY = _LOG.where(_OF_TICKET).order_by(ticket_events.c.sequence)
_LAST = (
    select(ticket_events.c.sequence, ticket_events.c.hash)
    .where(_OF_TICKET)
    .order_by(ticket_events.c.sequence.desc())
    .limit(1)
)
_HASHED = ("ticket", "sequence", "kind", "actor", "at", "reason", "data", "note_digest")
_NAMES = (*_HASHED, "previous", "hash", "note", "salt")
_HASH = _NAMES.index("hash")
_PAGE = 5_000


def append(connection: Connection, events: Sequence[TicketEvent]) -> None:
    """Write events in the order given, each extending its ticket's chain.

    Raises StoreError for a gap in a ticket's sequence.
    """
    heads: dict[str, tuple[int, str]] = {}
    rows = []
    for event in events:
        if event.ticket not in heads:
            heads[event.ticket] = (0, START) if event.sequence == 1 else _head(connection, event.ticket)
        sequence, previous = heads[event.ticket]
        if event.sequence != sequence + 1:
            raise StoreError(
                f"event {event.sequence} does not follow event {sequence}", where=event.ticket,
                next_step="report this as a bug",
            )  # fmt: skip
        rows.append(_row(event, previous))
        heads[event.ticket] = (event.sequence, rows[-1][_HASH])
    insert_rows(connection, ticket_events, _NAMES, rows)


def _head(connection: Connection, ticket: str) -> tuple[int, str]:
    row = connection.execute(_LAST, {"of_ticket": ticket}).one_or_none()
    return (0, START) if row is None else (row.sequence, row.hash)


def _row(event: TicketEvent, previous: str) -> tuple[Any, ...]:
    """The event as stored, in the order of `_NAMES`; its hash covers all but the note and its salt."""
    note = storable(event.note)
    salt = new_salt() if note else ""
    data = to_json([(name, storable(value)) for name, value in event.data])
    hashed = (
        event.ticket, event.sequence, event.kind.value, event.actor, iso(event.at), storable(event.reason), data,
        note_digest(salt, note),
    )  # fmt: skip
    return (*hashed, previous, digest(previous, hashed), note, salt)


def events_of(connection: Connection, ticket: str) -> list[TicketEvent]:
    """A ticket's events in order."""
    return [as_event(row) for row in connection.execute(_STORY, {"of_ticket": ticket})]


def histories(connection: Connection, tickets: Sequence[str]) -> dict[str, list[TicketEvent]]:
    """The events of each of these tickets, in order."""
    found: dict[str, list[TicketEvent]] = {ticket: [] for ticket in tickets}
    wanted = _LOG.where(within(connection, ticket_events.c.ticket, list(found)))
    for row in connection.execute(wanted.order_by(ticket_events.c.ticket, ticket_events.c.sequence)):
        found[row.ticket].append(as_event(row))
    return found


def by_ticket(connection: Connection) -> Iterator[tuple[str, list[Row[Any]]]]:
    """Every ticket's event rows in order, a page of the log in memory at a time."""
    ticket, held = "", list[Row[Any]]()
    for row in _paged(connection):
        if row.ticket != ticket:
            if held:
                yield ticket, held
            ticket, held = row.ticket, []
        held.append(row)
    if held:
        yield ticket, held


def _paged(connection: Connection) -> Iterator[Row[Any]]:
    key = (ticket_events.c.ticket, ticket_events.c.sequence)
    rows = connection.execute(_LOG.order_by(*key).limit(_PAGE)).all()
    while rows:
        yield from rows
        last = rows[-1]
        same = (ticket_events.c.ticket == last.ticket) & (ticket_events.c.sequence > last.sequence)
        beyond = (ticket_events.c.ticket > last.ticket) | same
        rows = connection.execute(_LOG.where(beyond).order_by(*key).limit(_PAGE)).all()


def broken_links(ticket: str, rows: Sequence[Row[Any]]) -> Iterator[str]:
    """What is wrong with a ticket's chain, one sentence each; an erased note proves nothing any more and is skipped."""
    previous = START
    for expected, row in enumerate(rows, start=1):
        at = f"{ticket} event {row.sequence}"
        if row.sequence != expected:
            yield f"{at}: event {expected} is missing"
        if row.previous != previous:
            yield f"{at}: it does not follow the event before it"
        content = (row.ticket, row.sequence, row.kind, row.actor, row.at, row.reason, row.data, row.note_digest)
        if event_hash(row.previous, *content) != row.hash:
            yield f"{at}: it was changed after it was written"
        if row.salt and note_digest(row.salt, row.note) != row.note_digest:
            yield f"{at}: its note was changed after it was written"
        previous = row.hash
