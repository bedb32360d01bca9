"""SLA targets and deadlines: time is computed from events, policy and calendar, never counted by a poller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tickets.calendar import Calendar, Clock, deadline
from tickets.priority import SEVERITY_ALONE, PriorityFacts, PriorityTable, Rated
from tickets.ticket import LIVE, DueTimes, Priority, Status, Ticket
from tickets.windows import MICROSECOND
from triggers.policy import Severity


class Metric(StrEnum):
    """What a target is about."""

    FIRST_TOUCH = "first_touch"
    NEXT_TOUCH = "next_touch"
    RESOLUTION = "resolution"
    CLOSE_THE_LOOP = "close_the_loop"


DEFAULT_PRIORITIES: Mapping[Severity, Priority] = {
    Severity.CRITICAL: Priority.URGENT,
    Severity.HIGH: Priority.HIGH,
    Severity.MEDIUM: Priority.NORMAL,
    Severity.LOW: Priority.LOW,
}


@dataclass(frozen=True, slots=True)
class Target:
    """How long each metric may take, in time of `clock`; None where nothing is promised.

    `calendar` is the policy's when None.
    """

    first_touch: timedelta | None = None
    resolution: timedelta | None = None
    clock: Clock = Clock.BUSINESS
    next_touch: timedelta | None = None
    close_the_loop: timedelta | None = None
    calendar: Calendar | None = None

    def length(self, metric: Metric) -> timedelta | None:
        """What is promised for a metric."""
        if metric is Metric.RESOLUTION:
            return self.resolution
        if metric is Metric.FIRST_TOUCH:
            return self.first_touch
        return self.next_touch if metric is Metric.NEXT_TOUCH else self.close_the_loop


@dataclass(frozen=True, slots=True)
class SpecialTarget:
    """A target for some tickets only: of one priority, and of these tiers and surveys (empty: any).

    Tiers compare without case.
    """

    priority: Priority
    target: Target
    tiers: tuple[str, ...] = ()
    surveys: tuple[str, ...] = ()

    def takes(self, priority: Priority, survey: str, tier: str | None) -> bool:
        """Whether a ticket is among those."""
        return (
            priority is self.priority
            and (not self.surveys or survey in self.surveys)
            and (not self.tiers or (tier or "").casefold() in {one.casefold() for one in self.tiers})
        )


@dataclass(frozen=True, slots=True)
class PauseRule:
    """In a status these metrics stand still, for `cap` in all of the target's own time (None: without limit)."""

    status: Status
    metrics: tuple[Metric, ...]
    cap: timedelta | None = None


class Terms(NamedTuple):
    """What tickets of one kind are promised, looked up once: `lengths` in microseconds, of the metrics with a target.

    `clock` is that of the target, business time where nothing is promised.
    """

    target: Target | None
    calendar: Calendar
    clock: Clock
    lengths: Mapping[Metric, int]


Caps = Mapping[Status, int | None]
"""The statuses that pause a metric, and for how many microseconds in all (None: without limit)."""
_KINDS = 10_000  # of tickets remembered: a tier read off a free-text attribute must not fill the memory


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """What is promised by priority, on which calendar, and the root causes there are.

    The first of `special` that takes a ticket goes before `targets`. `tier_attribute` names the response's attribute
    that holds the customer's tier. `priority_table` goes before `priorities`, which answers by severity alone. What was
    looked up is remembered, which changes no result.
    """

    calendar: Calendar
    targets: Mapping[Priority, Target]
    priorities: Mapping[Severity, Priority] = field(default_factory=lambda: DEFAULT_PRIORITIES)
    root_causes: tuple[str, ...] = ()
    special: tuple[SpecialTarget, ...] = ()
    pauses: tuple[PauseRule, ...] = ()
    tier_attribute: str = "tier"
    priority_table: PriorityTable = SEVERITY_ALONE
    _terms: dict[tuple[Priority, str, str | None], Terms] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _caps: dict[Metric, Caps] = field(default_factory=dict, init=False, repr=False, compare=False)

    def terms(self, priority: Priority, survey: str, tier: str | None) -> Terms:
        """What a ticket is promised, with all that counting it takes."""
        kind = (priority, survey, tier)
        found = self._terms.get(kind)
        if found is None:
            if len(self._terms) >= _KINDS:
                self._terms.clear()
            found = self._terms[kind] = self._looked_up(self.target(*kind))
        return found

    def _looked_up(self, target: Target | None) -> Terms:
        lengths = {metric: target.length(metric) for metric in Metric} if target else {}
        counted = {metric: length // MICROSECOND for metric, length in lengths.items() if length is not None}
        return Terms(target, self.calendar_of(target), target.clock if target else Clock.BUSINESS, counted)

    def caps(self, metric: Metric) -> Caps:
        """What pauses a metric."""
        found = self._caps.get(metric)
        if found is None:
            rules = [rule for rule in self.pauses if metric in rule.metrics]
            found = {rule.status: None if rule.cap is None else rule.cap // MICROSECOND for rule in rules}
            self._caps[metric] = found
        return found

    def rate(self, facts: PriorityFacts) -> Rated:
        """How urgent a ticket of these facts is, and by which row of the table."""
        return self.priority_table.rate(facts, self.priorities)

    def target(self, priority: Priority, survey: str = "", tier: str | None = None) -> Target | None:
        """What is promised to a ticket; None when nothing is."""
        for special in self.special:
            if special.takes(priority, survey, tier):
                return special.target
        return self.targets.get(priority)

    def calendar_of(self, target: Target | None) -> Calendar:
        """The calendar that a target is counted on."""
        return self.calendar if target is None or target.calendar is None else target.calendar


def due_times(
    priority: Priority, opened_at: datetime, policy: SlaPolicy, survey: str = "", tier: str | None = None
) -> DueTimes:
    """Deadlines in UTC of a ticket whose clocks start at `opened_at`.

    Clocks start when Nanni received the response, not when the customer sent it: a response that arrives late, or a
    backfilled one, must not open a ticket that is overdue at birth. The submission time stays in the opening event.
    """
    target = policy.target(priority, survey, tier)
    if target is None:
        return DueTimes()
    calendar = policy.calendar_of(target)

    def due(length: timedelta | None) -> datetime | None:
        return None if length is None else deadline(opened_at, length, calendar, target.clock)

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
