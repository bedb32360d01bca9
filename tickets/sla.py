"""SLA targets and deadlines: time is computed from events, policy and calendar, never counted by a poller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tickets.calendar import Calendar, Clock, deadline
from tickets.ticket import LIVE, DueTimes, Priority, Ticket
from triggers.policy import Severity


class Metric(StrEnum):
    """What a target is about."""

    FIRST_TOUCH = "first_touch"
    RESOLUTION = "resolution"


DEFAULT_PRIORITIES: Mapping[Severity, Priority] = {
    Severity.CRITICAL: Priority.URGENT,
    Severity.HIGH: Priority.HIGH,
    Severity.MEDIUM: Priority.NORMAL,
    Severity.LOW: Priority.LOW,
}


@dataclass(frozen=True, slots=True)
class Target:
    """How long each metric may take, in time of `clock`; None where nothing is promised."""

    first_touch: timedelta | None = None
    resolution: timedelta | None = None
    clock: Clock = Clock.BUSINESS


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """What is promised by priority, on which calendar, who hears when it is late, and the root causes there are."""

    calendar: Calendar
    targets: Mapping[Priority, Target]
    priorities: Mapping[Severity, Priority] = field(default_factory=lambda: DEFAULT_PRIORITIES)
    escalate_overdue_to: str | None = None
    root_causes: tuple[str, ...] = ()


def due_times(priority: Priority, opened_at: datetime, policy: SlaPolicy) -> DueTimes:
    """Deadlines in UTC of a ticket whose clocks start at `opened_at`.

    Clocks start when Nanni received the response, not when the customer sent it: a response that arrives late, or a
    backfilled one, must not open a ticket that is overdue at birth. The submission time stays in the opening event.
    """
    target = policy.targets.get(priority)
    if target is None:
        return DueTimes()

    def due(length: timedelta | None) -> datetime | None:
        return None if length is None else deadline(opened_at, length, policy.calendar, target.clock)

    return DueTimes(due(target.first_touch), due(target.resolution))


def sooner(one: DueTimes, other: DueTimes) -> DueTimes:
    """Per metric the earlier deadline; an absent one gives way to the other."""

    def pick(a: datetime | None, b: datetime | None) -> datetime | None:
        return min(a, b) if a and b else a or b

    return DueTimes(pick(one.first_touch, other.first_touch), pick(one.resolution, other.resolution))


def overdue(ticket: Ticket, now: datetime) -> tuple[Metric, ...]:
    """The metrics whose deadline has passed without being met; at the deadline itself a ticket is still on time."""
    if ticket.status not in LIVE:
        return ()
    late_touch = ticket.first_touched_at is None and ticket.due.first_touch is not None and now > ticket.due.first_touch
    late_resolution = ticket.due.resolution is not None and now > ticket.due.resolution
    flags = ((Metric.FIRST_TOUCH, late_touch), (Metric.RESOLUTION, late_resolution))
    return tuple(metric for metric, late in flags if late)
