"""What an inbox asks for and shows: boxes, filters, rows. Pure; `ledger.inbox` answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tickets.access import EVERYTHING, Scope
from tickets.ticket import Priority, Status, Ticket
from triggers.policy import Severity


class Box(StrEnum):
    """The five boxes of work, and all tickets whatever their status."""

    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    BREACHING = "breaching"
    WAITING = "waiting"
    ALL = "all"


class Kept(StrEnum):
    """How a promise went: what a dashboard's number is made of."""

    TOUCHED_IN_TIME = "touched_in_time"
    TOUCHED_LATE = "touched_late"
    RESOLVED_IN_TIME = "resolved_in_time"
    RESOLVED_LATE = "resolved_late"
    REOPENED = "reopened"
    FIRST_CONTACT = "first_contact"
    ANSWERED_HAPPY = "answered_happy"
    ANSWERED_UNHAPPY = "answered_unhappy"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: what the next one begins after."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which tickets, in whose view; empty fields do not filter.

    `member` is whose box it is; `present` are the owners that can work, `stray` those that hold tickets and cannot (the
    store fills it in), `fallback` the one who gets what no route
    takes. `soon` is until when a due time counts as breaching. `words` is searched in the comments.
    """

    box: Box = Box.ALL
    scope: Scope = EVERYTHING
    member: str | None = None
    present: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    fallback: str | None = None
    soon: datetime | None = None
    statuses: tuple[Status, ...] = ()
    team: str | None = None
    owner: str | None = None
    severity: Severity | None = None
    priority: Priority | None = None
    survey: str | None = None
    theme: str | None = None
    words: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    resolved_from: datetime | None = None
    resolved_until: datetime | None = None
    kept: Kept | None = None
    live: bool = False
    after: Cursor | None = None
    limit: int = 50

    @property
    def by_due(self) -> bool:
        """Whether the order is by due time (work) or by opening, latest first (history)."""
        return self.live or self.box is not Box.ALL


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A ticket as one line: with who it is about, their score and the beginning of what they said."""

    ticket: Ticket
    next_due: datetime | None
    customer: str = ""
    score: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Rows in order, and where the next page begins (None on the last)."""

    rows: tuple[InboxRow, ...]
    next: Cursor | None = None
