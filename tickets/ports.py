"""What the inner loop asks of the store: tickets with their events, and the outbox."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from feedback.ports import QuarantineStore, ResponseStore, RunStore, StoredResponse
from tickets.attachments import Attachment
from tickets.consent import ConsentSaid
from tickets.episodes import Episodes
from tickets.events import TicketEvent
from tickets.notice import DeliveryState, Notice, QueuedNotice
from tickets.ticket import Status, Ticket
from triggers.ports import DecisionStore


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; empty fields do not filter. Tickets merged into another are left out unless `merged`.

    `due_before` keeps those whose first touch or resolution is due by then, met or not.
    """

    statuses: tuple[Status, ...] = ()
    owner: str | None = None
    team: str | None = None
    survey: str | None = None
    customer: str | None = None
    overdue_at: datetime | None = None
    queued: bool = False
    due_before: datetime | None = None
    resolved_after: datetime | None = None
    merged: bool = False
    limit: int = 50


class TicketStore(Protocol):
    """Tickets as projections of their events."""

    def next_keys(self, count: int) -> list[str]:
        """Fresh ticket keys ("N-1", "N-2", …), never given twice, given back when the transaction rolls back."""
        ...

    def episodes_for(self, customer_ids: Sequence[str]) -> dict[str, Episodes]:
        """The episodes of each of these customers that has a ticket."""
        ...

    def open(self, tickets: Sequence[Ticket], events: Sequence[TicketEvent]) -> None:
        """Insert new tickets with their first events, in bulk, extending the hash chain."""
        ...

    def change(self, before: Ticket, after: Ticket, events: Sequence[TicketEvent]) -> None:
        """Write the next state. Raises StaleWriteError, saying what changed, unless the version is still `before`'s."""
        ...

    def get(self, key: str) -> Ticket:
        """One ticket. Raises NotFoundError."""
        ...

    def list(self, chosen: TicketFilter) -> Sequence[Ticket]:
        """Tickets that match, most urgent first, then by due time."""
        ...

    def assigning(self, *, waits: bool = True) -> bool:
        """Be the only one who gives tickets to owners until this transaction ends, so that `load` stays what it is.

        To be asked before the load is read, a ticket numbered or a row changed: who has it may wait for those. Without
        `waits` False tells that somebody else is at it.
        """
        ...

    def claim(self, chosen: TicketFilter) -> Sequence[Ticket]:
        """The same, to give them other owners in this transaction, by whoever is `assigning`.

        Tickets that somebody is changing at this moment are left out.
        """
        ...

    def events(self, key: str) -> Sequence[TicketEvent]:
        """A ticket's events in order."""
        ...

    def histories(self, keys: Sequence[str]) -> Mapping[str, Sequence[TicketEvent]]:
        """The events of each of these tickets, in order."""
        ...

    def responses(self, key: str) -> Sequence[StoredResponse]:
        """The responses a ticket is about, those of tickets merged into it included, oldest first."""
        ...

    def merged(self, key: str) -> Sequence[Ticket]:
        """The tickets that were merged into this one."""
        ...

    def customer_address(self, customer_id: str | None) -> str:
        """Where a customer may be written to; "" when no address is known, it was erased, or they do not want it."""
        ...

    def consent(self, customer_id: str | None) -> ConsentSaid | None:
        """What a customer said last about being contacted; None for nothing."""
        ...

    def move_responses(self, ids: Sequence[int], to: str) -> None:
        """Let these responses, with every revision of theirs, belong to another ticket."""
        ...

    def verify_chain(self) -> Sequence[str]:
        """Problems found in the hash chain, one sentence each; empty when it verifies."""
        ...

    def load(self) -> Mapping[str, int]:
        """Live tickets by owner, those only held for a queue aside: what assignment balances."""
        ...

    def turns(self) -> Mapping[str, tuple[datetime, int]]:
        """By owner, when the last of all their tickets was opened, and how many there are: what round robin goes by."""
        ...


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody to be reminded of a ticket at a time; `number` is that of the event that says of what."""

    ticket: str
    number: int
    person: str
    due_at: datetime


class TeamworkStore(Protocol):
    """What stands beside tickets and follows their events: tags, watchers, reminders, files."""

    def tags(self, tickets: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The tags of those of these tickets that have any."""
        ...

    def watchers(self, tickets: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Who watches those of these tickets that are watched."""
        ...

    def reminders(
        self, ticket: str | None = None, person: str | None = None, due_by: datetime | None = None
    ) -> Sequence[Reminder]:
        """Reminders to come, the next first: of a ticket, of a person, or those whose time has come by then."""
        ...

    def filed(self, tickets: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Category and who said so (a value of `tickets.category.Source`) of those of these tickets that have one."""
        ...

    def attachments(self, ticket: str) -> Sequence[Attachment]:
        """The files on a ticket, the oldest first, those taken off or erased aside."""
        ...


class Outbox(Protocol):
    """Notices owed, written in the same transaction as what they tell of."""

    def add(self, notices: Sequence[Notice]) -> None:
        """Queue notices; an id already queued is left as it is."""
        ...

    def due(self, now: datetime, limit: int = 100) -> Sequence[QueuedNotice]:
        """Pending notices whose time has come, oldest first."""
        ...

    def lease(self, notice_id: str, until: datetime, now: datetime) -> bool:
        """Take a pending notice for sending until a time; False when another has it or its time is yet to come."""
        ...

    def delivered(self, notice_id: str, at: datetime) -> None:
        """Record a delivery."""
        ...

    def failed(self, notice_id: str, error: str, retry_at: datetime | None) -> None:
        """Record a failed attempt; without a retry time the notice is dead."""
        ...

    def list(self, state: DeliveryState | None = None, limit: int = 100) -> Sequence[QueuedNotice]:
        """Notices by state, oldest first."""
        ...

    def replay(self, notice_ids: Sequence[str], now: datetime) -> int:
        """Make dead notices pending again, attempts counted from zero; returns how many."""
        ...


class UnitOfWork(Protocol):
    """One transaction over every store; leaving it without an error commits, with one rolls back."""

    @property
    def runs(self) -> RunStore:
        """Runs and their committed batches."""
        ...

    @property
    def responses(self) -> ResponseStore:
        """Responses and customers."""
        ...

    @property
    def quarantine(self) -> QuarantineStore:
        """Rows that are not trusted."""
        ...

    @property
    def decisions(self) -> DecisionStore:
        """Signals, decisions and policies."""
        ...

    @property
    def tickets(self) -> TicketStore:
        """Tickets and their events."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Notices owed."""
        ...

    @property
    def teamwork(self) -> TeamworkStore:
        """Tags, watchers, reminders, files."""
        ...


class Ledger(Protocol):
    """The one store of record."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """A write transaction (on SQLite it holds the write lock from its start)."""
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A consistent read-only snapshot."""
        ...
