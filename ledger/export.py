"""Tickets and their events as plain rows for another program, streamed."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from ledger.bulk import from_json
from ledger.inbox_filter import conditions
from ledger.schema import ticket_events
from ledger.schema import tickets as rows
from tickets.inbox import InboxFilter

TICKET_COLUMNS = (
    "key", "status", "severity", "priority", "team", "owner", "survey", "theme", "tier", "rule", "opened_at",
    "first_touch_due", "resolution_due", "first_touched_at", "resolved_at", "closed_at", "root_cause", "action_taken",
    "resolved", "responses", "subject", "version",
)  # fmt: skip
EVENT_COLUMNS = ("ticket", "sequence", "kind", "actor", "at", "reason", "data", "note")
_AT_ONCE = 1_000


def exported_tickets(connection: Connection, wanted: InboxFilter) -> Iterator[dict[str, Any]]:
    """The tickets that match, in the order they were opened."""
    chosen = select(*(rows.c[name] for name in TICKET_COLUMNS)).where(*conditions(wanted))
    for row in connection.execute(chosen.order_by(rows.c.opened_at, rows.c.key)).yield_per(_AT_ONCE):
        yield dict(row._mapping)


def exported_events(connection: Connection, wanted: InboxFilter) -> Iterator[dict[str, Any]]:
    """The events of the tickets that match, ticket by ticket; `data` as "name=value; ...", private notes blank."""
    mine = ticket_events.c.ticket.in_(select(rows.c.key).where(*conditions(wanted)))
    chosen = select(*(ticket_events.c[name] for name in EVENT_COLUMNS)).where(mine)
    ordered = chosen.order_by(ticket_events.c.ticket, ticket_events.c.sequence)
    for row in connection.execute(ordered).yield_per(_AT_ONCE):
        data = from_json(row.data)
        told, private = "; ".join(f"{name}={value}" for name, value in data), ["visibility", "private"] in data
        yield {**row._mapping, "data": told, "note": "" if private else row.note}
