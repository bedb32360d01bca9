"""What a ticket's life is made of for its service level: each time a metric is owed (a turn), the stays in statuses.

Named tuples, since sweeps make many of them; `tickets.life` reads them off the events.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tickets.sla import Metric
from tickets.ticket import Priority, Status


class Ending(StrEnum):
    """Why a turn is over."""

    FULFILLED = "fulfilled"
    REPLACED = "replaced"  # by a reopening, which owes it anew


class Kept(NamedTuple):
    """What a promise had used when the calendar was edited: it stays, and only the rest is counted from `at`.

    `due` is the deadline when it had passed by then, for what was late stays late, or when the turn was over.
    """

    at: datetime
    business: int
    elapsed: int
    due: datetime | None = None


class Promise(NamedTuple):
    """A target in force within a turn: the priority it is looked up by, counted from `since` (event number `event`).

    Times used are in microseconds.
    """

    event: int
    since: datetime
    priority: Priority
    kept: Kept | None = None


class Turn(NamedTuple):
    """One time that a metric is owed. Of several promises the one that is due first binds."""

    metric: Metric
    number: int
    since: datetime
    promises: tuple[Promise, ...]
    until: datetime | None = None
    ending: Ending | None = None
    updates: tuple[datetime, ...] = ()


class Stay(NamedTuple):
    """A stretch in one status: who put the ticket there, and until when (None: it is there now)."""

    status: Status
    since: datetime
    actor: str
    until: datetime | None = None


class Life(NamedTuple):
    """A ticket's turns, in the order they began, its stays in statuses, and what targets are looked up by."""

    turns: tuple[Turn, ...]
    stays: tuple[Stay, ...]
    survey: str
    tier: str | None
