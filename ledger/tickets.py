"""Tickets as rows: projections of their events, guarded by their version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, or_, select, update

from feedback.errors import NotFoundError, StaleWriteError, StoreError
from feedback.ports import StoredResponse
from ledger.bulk import within
from ledger.events import append, broken_links, by_ticket, events_of
from ledger.identity import customer_name, customer_number, take_numbers
from ledger.responses import SqlResponseStore
from ledger.schema import tickets as rows
from ledger.ticket_rows import as_ticket, differences, stored_values
from tickets.events import TicketEvent
from tickets.ports import TicketFilter
from tickets.ticket import LIVE, Priority, Ticket

_KEY = "N-"
_LIVE = rows.c.status.in_([status.value for status in LIVE])
_URGENCY = case({priority.value: rank for rank, priority in enumerate(Priority)}, value=rows.c.priority)
_NEXT_DUE = case((rows.c.first_touched_at.is_(None), func.coalesce(rows.c.first_touch_due, rows.c.resolution_due)),
                 else_=rows.c.resolution_due)  # fmt: skip


class SqlTicketStore:
    """`tickets.ports.TicketStore` in SQL."""

    def __init__(self, connection: Connection, responses: SqlResponseStore) -> None:
        self._connection = connection
        self._responses = responses

    def next_keys(self, count: int) -> list[str]:
        """Fresh ticket keys ("N-1", "N-2", …), never given twice, given back when the transaction rolls back."""
        return [f"{_KEY}{number}" for number in take_numbers(self._connection, "ticket", count)] if count else []

    def live_for(self, customer_ids: Sequence[str]) -> dict[str, Ticket]:
        """The live ticket of each of these customers that has one."""
        numbers = [number for name in customer_ids if (number := customer_number(name)) is not None]
        if not numbers:
            return {}
        found = self._connection.execute(select(rows).where(_LIVE, within(self._connection, rows.c.customer, numbers)))
        return {customer_name(row.customer) or "": as_ticket(row) for row in found}

    def open(self, tickets: Sequence[Ticket], events: Sequence[TicketEvent]) -> None:
        """Insert new tickets with their first events, in bulk, extending the hash chain."""
        if tickets:
            self._connection.execute(insert(rows), [stored_values(ticket) for ticket in tickets])
            append(self._connection, events)

    def change(self, before: Ticket, after: Ticket, events: Sequence[TicketEvent]) -> None:
        """Write the next state. Raises StaleWriteError, saying what changed, unless the version is still `before`'s."""
        if after.version != before.version + len(events) or after.key != before.key:
            raise StoreError(
                f"version {after.version} does not count {len(events)} new events after {before.version}",
                where=before.key,
                next_step="report this as a bug",
            )
        same = and_(rows.c.key == before.key, rows.c.version == before.version)
        written = self._connection.execute(update(rows).where(same).values(**stored_values(after)))
        if written.rowcount != 1:
            raise self._stale(before)
        append(self._connection, events)

    def _stale(self, before: Ticket) -> StaleWriteError:
        now = self.get(before.key)
        missed = [event for event in self.events(before.key) if event.sequence > before.version]
        who = ", ".join(f"{event.kind.value} by {event.actor} at {event.at:%Y-%m-%d %H:%M} UTC" for event in missed)
        changed = differences(before, now) or f"version {before.version} -> {now.version}"
        return StaleWriteError(
            f"the ticket was changed meanwhile ({who or 'other state'}): {changed}",
            where=before.key,
            next_step="look at the ticket again and repeat your change if it is still wanted",
        )

    def get(self, key: str) -> Ticket:
        """One ticket. Raises NotFoundError."""
        row = self._connection.execute(select(rows).where(rows.c.key == key)).one_or_none()
        if row is None:
            raise NotFoundError(f"no ticket {key!r}", next_step="see `nanni tickets list`")
        return as_ticket(row)

    def list(self, chosen: TicketFilter) -> Sequence[Ticket]:
        """Tickets that match, most urgent first, then by due time."""
        order = (_URGENCY, _NEXT_DUE.is_(None), _NEXT_DUE, rows.c.opened_at, rows.c.key)
        wanted = select(rows).where(*_conditions(chosen)).order_by(*order).limit(chosen.limit)
        return [as_ticket(row) for row in self._connection.execute(wanted)]

    def events(self, key: str) -> Sequence[TicketEvent]:
        """A ticket's events in order."""
        return events_of(self._connection, key)

    def responses(self, key: str) -> Sequence[StoredResponse]:
        """The responses a ticket is about, oldest first."""
        return self._responses.of_ticket(key)

    def verify_chain(self) -> Sequence[str]:
        """Problems found in the hash chain, one sentence each; empty when it verifies."""
        versions = {row.key: row.version for row in self._connection.execute(select(rows.c.key, rows.c.version))}
        problems: list[str] = []
        for ticket, log in by_ticket(self._connection):
            problems += broken_links(ticket, log)
            if versions.pop(ticket, None) != len(log):
                problems.append(f"{ticket}: its version does not count its {len(log)} events")
        return problems + [f"{ticket}: it has no events" for ticket in versions]

    def load(self) -> Mapping[str, int]:
        """Live tickets by owner, those only held for a queue aside: what assignment balances."""
        counted = select(rows.c.owner, func.count()).where(_LIVE, rows.c.queue.is_(None)).group_by(rows.c.owner)
        return {owner: count for owner, count in self._connection.execute(counted)}

    def turns(self) -> Mapping[str, tuple[datetime, int]]:
        """By owner, when the last of all their tickets was opened, and how many there are: what round robin goes by."""
        taken = select(rows.c.owner, func.max(rows.c.opened_at), func.count()).group_by(rows.c.owner)
        return {owner: (last, count) for owner, last, count in self._connection.execute(taken)}


def _conditions(chosen: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.statuses:
        conditions.append(rows.c.status.in_([status.value for status in chosen.statuses]))
    named: dict[str, Any] = {"owner": chosen.owner, "team": chosen.team, "survey": chosen.survey}
    conditions += [rows.c[name] == value for name, value in named.items() if value is not None]
    if chosen.queued:
        conditions.append(rows.c.queue.is_not(None))
    if chosen.customer is not None:
        conditions.append(rows.c.customer == customer_number(chosen.customer))
    if chosen.overdue_at is not None:
        conditions.append(_overdue(chosen.overdue_at))
    return conditions


def _overdue(now: datetime) -> ColumnElement[bool]:
    untouched = and_(rows.c.first_touched_at.is_(None), rows.c.first_touch_due < now)
    return and_(_LIVE, or_(untouched, rows.c.resolution_due < now))
