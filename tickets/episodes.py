"""Episodes: what one customer is owed about one theme. Which ticket a new response belongs to, or follows up on.

A customer has at most one live ticket an episode; the store holds that too (`one_live_ticket`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from tickets.calendar import Calendar, Clock, elapsed
from tickets.ticket import LIVE, Status, Ticket

NO_THEME = ""
"""The episode of responses that say nothing about what they are about."""


@dataclass(frozen=True, slots=True)
class ReopenWindow:
    """How long after a ticket was resolved the same trouble reopens it, in time of `clock` on `calendar`."""

    length: timedelta
    calendar: Calendar
    clock: Clock = Clock.ELAPSED

    def is_open(self, ticket: Ticket, now: datetime) -> bool:
        """Whether a resolved or closed ticket can still be reopened by its customer; the last moment counts as open."""
        return ticket.resolved_at is not None and self.spans(ticket.resolved_at, now)

    def spans(self, ended: datetime, now: datetime) -> bool:
        """Whether what ended then can still be reopened now."""
        return elapsed(ended, now, self.calendar, self.clock) <= self.length


@dataclass(frozen=True, slots=True)
class Episodes:
    """One customer's tickets: the live one by episode, the latest that is over by episode, and when each was opened.

    A live ticket stands under the episodes of the tickets merged into it as well.
    """

    live: Mapping[str, Ticket] = field(default_factory=lambda: MappingProxyType({}))
    past: Mapping[str, Ticket] = field(default_factory=lambda: MappingProxyType({}))
    opened: tuple[datetime, ...] = ()

    def contacts(self, since: datetime) -> int:
        """How many tickets the customer was given since then."""
        return sum(moment >= since for moment in self.opened)


NOTHING_YET = Episodes()


def episodes_of(tickets: Iterable[Ticket]) -> Episodes:
    """The episodes that one customer's tickets, merged ones included, make."""
    ordered = sorted(tickets, key=age)
    live = {ticket.episode: ticket for ticket in ordered if ticket.live}
    roots = {ticket.key: ticket for ticket in live.values()}
    for ticket in ordered:
        if ticket.merged_into in roots:
            live.setdefault(ticket.episode, roots[ticket.merged_into])
    over = {ticket.episode: ticket for ticket in ordered if ticket.status not in LIVE and ticket.merged_into is None}
    return Episodes(live, over, tuple(ticket.opened_at for ticket in ordered if ticket.merged_into is None))


def age(ticket: Ticket) -> tuple[datetime, int, str]:
    """What tickets of one customer are put in order by."""
    return ticket.opened_at, len(ticket.key), ticket.key


def ended(ticket: Ticket) -> str:
    """How and when a ticket that is over ended, in words."""
    status = Status.CLOSED if ticket.status is Status.CLOSED else Status.RESOLVED
    moment = f" on {ticket.resolved_at:%Y-%m-%d}" if ticket.resolved_at else ""
    return f"{status}{moment}"
