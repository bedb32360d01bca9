"""Where a ticket stands against its targets: a pure function of its events, the policy with its calendar, and now.

Interval algebra: the stretches that a target counts, less those that a pause takes out of it. Breach time is the
deadline, not when somebody looked (invariant 6); a deadline is the moment of breach if nothing more happens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tickets.calendar import Calendar, Clock, deadline, elapsed
from tickets.events import TicketEvent
from tickets.sla import Metric, SlaPolicy, Target
from tickets.ticket import Priority, Status
from tickets.turns import Ending, Life, Promise, Stay, Turn, read


class Standing(StrEnum):
    """How a turn stands now."""

    ACTIVE = "active"
    PAUSED = "paused"
    FULFILLED = "fulfilled"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in a status that pauses the metric, who began it, and what of it counts.

    The clock stands still in [since, credited_until); after that the cap is used up and it runs, whatever the status.
    An `until` of None means still in it, a `credited_until` of None that no cap ends it.
    """

    status: Status
    actor: str
    since: datetime
    until: datetime | None
    credited_until: datetime | None


@dataclass(frozen=True, slots=True)
class SlaState:
    """One turn of one metric: time used (pauses taken out) in working and in elapsed time, deadline and breach in UTC.

    `target`, `clock` and `priority` are those of the promise that binds. `deadline` is None when nothing is promised,
    and while a pause without a cap holds.
    """

    metric: Metric
    number: int
    standing: Standing
    since: datetime
    until: datetime | None
    priority: Priority
    target: timedelta | None
    clock: Clock
    business: timedelta
    elapsed: timedelta
    deadline: datetime | None
    breached_at: datetime | None
    pauses: tuple[Pause, ...] = ()
    updates: tuple[datetime, ...] = ()


Gap = tuple[datetime, datetime | None]
"""A stretch that does not count; an end of None is never."""


def sla_states(events: Sequence[TicketEvent], policy: SlaPolicy, now: datetime) -> tuple[SlaState, ...]:
    """The state of each turn at `now`, in the order they began. Events after `now` are left out: as it was then."""
    if events and events[-1].at > now:
        events = [event for event in events if event.at <= now]
    life = read(events)
    return tuple(turn_state(turn, life, policy, now) for turn in life.turns)


def open_deadlines(life: Life, policy: SlaPolicy) -> dict[Metric, datetime | None]:
    """The deadline of every metric that is owed now."""
    return {turn.metric: _bind(turn, life, policy).deadline for turn in life.turns if turn.ending is None}


def turn_state(turn: Turn, life: Life, policy: SlaPolicy, now: datetime) -> SlaState:
    """The state of one turn at `now`."""
    bound = _bind(turn, life, policy)
    target, promise = bound.target, bound.promise
    calendar, clock = policy.calendar_of(target), target.clock if target else Clock.BUSINESS
    end = now if turn.until is None else turn.until
    first = turn.promises[0]
    business, used = (
        used_until(first, end, bound.pauses, calendar, which) for which in (Clock.BUSINESS, Clock.ELAPSED)
    )
    due = bound.deadline
    return SlaState(
        metric=turn.metric,
        number=turn.number,
        standing=_standing(turn, bound.pauses, now),
        since=turn.since,
        until=turn.until,
        priority=promise.priority,
        target=target.length(turn.metric) if target else None,
        clock=clock,
        business=business,
        elapsed=used,
        deadline=due,
        breached_at=due if due is not None and due < end else None,
        pauses=bound.pauses,
        updates=turn.updates,
    )


def used_until(promise: Promise, end: datetime, pauses: Sequence[Pause], calendar: Calendar, clock: Clock) -> timedelta:
    """The time that a promise has used by `end`, of this clock, pauses taken out; what was kept at an edit included."""
    start, used = promise.since, timedelta()
    if (kept := promise.kept) is not None:
        start = kept.at
        used = timedelta(microseconds=kept.business if clock is Clock.BUSINESS else kept.elapsed)
    for since, until in running(start, end, pauses):
        used += elapsed(since, until, calendar, clock)
    return used


def running(start: datetime, end: datetime, pauses: Iterable[Pause]) -> list[tuple[datetime, datetime]]:
    """[start, end) less the pauses, which are apart from each other and in order."""
    pieces: list[tuple[datetime, datetime]] = []
    for pause in pauses:
        if pause.since >= end or start >= end:
            break
        if pause.since > start:
            pieces.append((start, pause.since))
        start = end if pause.credited_until is None else max(start, pause.credited_until)
    if start < end:
        pieces.append((start, end))
    return pieces


class _Bound(NamedTuple):
    """The promise of a turn that binds, with what it means."""

    promise: Promise
    target: Target | None
    deadline: datetime | None
    pauses: tuple[Pause, ...]


def _bind(turn: Turn, life: Life, policy: SlaPolicy) -> _Bound:
    """The promise due first; one without deadline only when none has any."""
    best: _Bound | None = None
    for promise in turn.promises:
        target = policy.target(promise.priority, life.survey, life.tier)
        pauses = turn_pauses(turn, life.stays, policy, target) if policy.pauses else ()
        due = promise_deadline(promise, turn.metric, target, pauses, policy.calendar_of(target))
        if best is None or (due is not None and (best.deadline is None or due < best.deadline)):
            best = _Bound(promise, target, due, pauses)
    assert best is not None, "a turn has at least the promise it began with"
    return best


def promise_deadline(
    promise: Promise, metric: Metric, target: Target | None, pauses: Sequence[Pause], calendar: Calendar
) -> datetime | None:
    """When a promise runs out if nothing more happens; None when nothing is promised or an unending pause holds."""
    length = target.length(metric) if target else None
    if target is None or length is None:
        return None
    start, left, clock = promise.since, length, target.clock
    if (kept := promise.kept) is not None:
        if kept.due is not None:
            return kept.due
        start = kept.at
        left -= timedelta(microseconds=kept.business if clock is Clock.BUSINESS else kept.elapsed)
    for pause in pauses:
        if pause.credited_until is not None and pause.credited_until <= start:
            continue
        used = elapsed(start, pause.since, calendar, clock)
        if used >= left:
            break
        if pause.credited_until is None:
            return None
        left, start = left - used, pause.credited_until
    return deadline(start, max(left, timedelta()), calendar, clock)


def turn_pauses(turn: Turn, stays: Sequence[Stay], policy: SlaPolicy, target: Target | None) -> tuple[Pause, ...]:
    """The pauses of a turn; each status has one cap for all its stretches, in time of the target's clock."""
    rules = {rule.status: rule.cap for rule in policy.pauses if turn.metric in rule.metrics}
    if not any(stay.status in rules for stay in stays):
        return ()
    calendar, clock = policy.calendar_of(target), target.clock if target else Clock.BUSINESS
    pauses: list[Pause] = []
    for stay in stays:
        if stay.status not in rules:
            continue
        since, until = max(stay.since, turn.since), _earlier(stay.until, turn.until)
        if until is not None and until <= since:
            continue
        cap, credited = rules[stay.status], until
        if cap is not None:
            credited = _earlier(until, deadline(since, cap, calendar, clock))
            if credited is not None:
                rules[stay.status] = cap - elapsed(since, credited, calendar, clock)
        pauses.append(Pause(stay.status, stay.actor, since, until, credited))
    return tuple(pauses)


def _standing(turn: Turn, pauses: Sequence[Pause], now: datetime) -> Standing:
    if turn.ending is not None:
        return Standing.FULFILLED if turn.ending is Ending.FULFILLED else Standing.REPLACED
    last = pauses[-1] if pauses else None
    still = last is not None and last.until is None and (last.credited_until is None or now < last.credited_until)
    return Standing.PAUSED if still else Standing.ACTIVE


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends; None is never."""
    return min(one, other) if one and other else one or other
