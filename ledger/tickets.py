"""Tickets as rows: projections of their events, guarded by their version."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, or_, select, update

from feedback.errors import NotFoundError, StaleWriteError, StoreError
from feedback.ports import StoredResponse
from ledger.bulk import insert_rows
from ledger.consents import consent_of
from ledger.customers import address_of
from ledger.engine import alone, one_at_a_time
from ledger.episodes import episodes_for, family, move_responses
from ledger.events import append, broken_links, by_ticket, events_of, histories
from ledger.identity import customer_number, take_numbers
from ledger.responses import SqlResponseStore
from ledger.schema import tickets as rows
from ledger.teamwork import follow
from ledger.ticket_rows import as_ticket, cells, differences, stored_values
from tickets.consent import ConsentSaid
from tickets.episodes import Episodes
from tickets.events import EventKind, TicketEvent
from tickets.ports import TicketFilter
from tickets.projection import apply
from tickets.ticket import LIVE, Priority, Ticket

_KEY = "N-"
_LIVE = and_(rows.c.status.in_([status.value for status in LIVE]), rows.c.merged_into.is_(None))
_MOVING = (
    EventKind.ACKNOWLEDGED,
    EventKind.STATUS_CHANGED,
    EventKind.RESOLVED,
    EventKind.CLOSED,
    EventKind.REOPENED,
)
_URGENCY = case({priority.value: rank for rank, priority in enumerate(Priority)}, value=rows.c.priority)
_NEXT_DUE = case((rows.c.first_touched_at.is_(None), func.coalesce(rows.c.first_touch_due, rows.c.resolution_due)),
                 else_=rows.c.resolution_due)  # fmt: skip
# Built once: for one row, building a statement costs more than the database's own work.
_ONE = select(rows).where(rows.c.key == bindparam("wanted"))
_NEXT_STATE = update(rows).where(rows.c.key == bindparam("same_key"), rows.c.version == bindparam("same_version"))

_OWNERS = "owners"
"""What only one transaction at a time does."""


class SqlTicketStore:
    """`tickets.ports.TicketStore` in SQL."""

    def __init__(self, connection: Connection, responses: SqlResponseStore) -> None:
        self._connection = connection
        self._responses = responses

    def next_keys(self, count: int) -> list[str]:
        """Fresh ticket keys ("N-1", "N-2", …), never given twice, given back when the transaction rolls back."""
        return [f"{_KEY}{number}" for number in take_numbers(self._connection, "ticket", count)] if count else []

    def episodes_for(self, customer_ids: Sequence[str]) -> dict[str, Episodes]:
        """The episodes of each of these customers that has a ticket."""
        return episodes_for(self._connection, customer_ids)

    def open(self, tickets: Sequence[Ticket], events: Sequence[TicketEvent]) -> None:
        """Insert new tickets with their first events, in bulk, extending the hash chain."""
        if tickets:
            values = [stored_values(ticket) for ticket in tickets]
            insert_rows(self._connection, rows, tuple(values[0]), map(cells, values))
            append(self._connection, events)

    def change(self, before: Ticket, after: Ticket, events: Sequence[TicketEvent]) -> None:
        """Write the next state. Raises StaleWriteError, saying what changed, unless the version is still `before`'s."""
        if after.version != before.version + len(events) or after.key != before.key:
            raise StoreError(
                f"version {after.version} does not count {len(events)} new events after {before.version}",
                where=before.key,
                next_step="report this as a bug",
            )
        same = {"same_key": before.key, "same_version": before.version}
        for state in _on_the_way(before, events):
            # Each step by itself, since the store holds the transition table.
            self._connection.execute(_NEXT_STATE, {**stored_values(state), **same, "version": before.version})
        written = self._connection.execute(_NEXT_STATE, {**stored_values(after), **same})
        if written.rowcount != 1:
            raise self._stale(before)
        append(self._connection, events)
        follow(self._connection, events)

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
        row = self._connection.execute(_ONE, {"wanted": key}).one_or_none()
        if row is None:
            raise NotFoundError(f"no ticket {key!r}", next_step="see `nanni tickets list`")
        return as_ticket(row)

    def list(self, chosen: TicketFilter) -> Sequence[Ticket]:
        """Tickets that match, most urgent first, then by due time."""
        return [as_ticket(row) for row in self._connection.execute(_matching(chosen))]

    def assigning(self, *, waits: bool = True) -> bool:
        """Be the only one who gives tickets to owners until this transaction ends, so that `load` stays what it is.

        To be asked before the load is read, a ticket numbered or a row changed: who has it may wait for those. Without
        `waits` False tells that somebody else is at it.
        """
        if not waits:
            return alone(self._connection, _OWNERS)
        one_at_a_time(self._connection, _OWNERS)
        return True

    def claim(self, chosen: TicketFilter) -> Sequence[Ticket]:
        """The same, to give them other owners in this transaction, by whoever is `assigning`.

        Tickets that somebody is changing at this moment are left out: waiting for those too could go round in a circle.
        """
        return [as_ticket(row) for row in self._connection.execute(_matching(chosen).with_for_update(skip_locked=True))]

    def events(self, key: str) -> Sequence[TicketEvent]:
        """A ticket's events in order."""
        return events_of(self._connection, key)

    def histories(self, keys: Sequence[str]) -> Mapping[str, Sequence[TicketEvent]]:
        """The events of each of these tickets, in order."""
        return histories(self._connection, keys)

    def responses(self, key: str) -> Sequence[StoredResponse]:
        """The responses a ticket is about, those of tickets merged into it included, oldest first."""
        found = [stored for one in family(self._connection, key) for stored in self._responses.of_ticket(one)]
        return sorted(found, key=lambda stored: stored.response.submitted_at)

    def merged(self, key: str) -> Sequence[Ticket]:
        """The tickets that were merged into this one."""
        return [self.get(one) for one in family(self._connection, key)[1:]]

    def customer_address(self, customer_id: str | None) -> str:
        """Where a customer may be written to; "" when no address is known, it was erased, or they do not want it."""
        return address_of(self._connection, customer_number(customer_id))

    def consent(self, customer_id: str | None) -> ConsentSaid | None:
        """What a customer said last about being contacted; None for nothing."""
        return consent_of(self._connection, customer_number(customer_id))

    def move_responses(self, ids: Sequence[int], to: str) -> None:
        """Let these responses, with every revision of theirs, belong to another ticket."""
        move_responses(self._connection, ids, to)

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


def _matching(chosen: TicketFilter) -> Select[Any]:
    order = (_URGENCY, _NEXT_DUE.is_(None), _NEXT_DUE, rows.c.opened_at, rows.c.key)
    return select(rows).where(*_conditions(chosen)).order_by(*order).limit(chosen.limit)


def _on_the_way(before: Ticket, events: Sequence[TicketEvent]) -> Iterator[Ticket]:
    """The states between several changes of status in one write, without the last."""
    if sum(event.kind in _MOVING for event in events) < 2:
        return
    ticket = before
    for event in events[:-1]:
        ticket = apply(ticket, event)
        if event.kind in _MOVING:
            yield ticket


def _conditions(chosen: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if not chosen.merged:
        conditions.append(rows.c.merged_into.is_(None))
    if chosen.resolved_after is not None:
        conditions.append(rows.c.resolved_at > chosen.resolved_after)
    if chosen.due_before is not None:
        conditions.append(_due_before(chosen.due_before))
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


def _due_before(moment: datetime) -> ColumnElement[bool]:
    untouched = and_(rows.c.first_touched_at.is_(None), rows.c.first_touch_due <= moment)
    return or_(untouched, rows.c.resolution_due <= moment)


def _overdue(now: datetime) -> ColumnElement[bool]:
    untouched = and_(rows.c.first_touched_at.is_(None), rows.c.first_touch_due < now)
    return and_(_LIVE, or_(untouched, rows.c.resolution_due < now))
