"""Where a ticket stands against its targets: a pure function of its events, the policy with its calendar, and now.

Interval algebra: the stretches that a target counts, less those that a pause takes out of it. Breach time is the
deadline, not when somebody looked (invariant 6); a deadline is the moment of breach if nothing more happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tickets.calendar import Clock, Gauge
from tickets.events import TicketEvent
from tickets.sla import Metric, SlaPolicy, Target
from tickets.ticket import Priority, Status
from tickets.turns import Ending, Life, Promise, Stay, Turn, read
from tickets.windows import MICROSECOND


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


class SlaState(NamedTuple):
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


class Promised(NamedTuple):
    """What a priority promises one ticket: the target, the gauge of its own clock, and that of business time."""

    target: Target | None
    own: Gauge
    business: Gauge


@dataclass(slots=True)
class Looked:
    """One ticket's life while it is looked at: what is promised and what clocks read are looked up once."""

    life: Life
    policy: SlaPolicy
    _promised: dict[Priority, Promised] = field(default_factory=dict)
    _gauges: dict[tuple[int, bool], Gauge] = field(default_factory=dict)

    def promised(self, priority: Priority) -> Promised:
        """What this priority promises the ticket."""
        found = self._promised.get(priority)
        if found is None:
            target = self.policy.target(priority, self.life.survey, self.life.tier)
            business = self._gauge(target, Clock.BUSINESS)
            own = business if target is None else self._gauge(target, target.clock)
            found = self._promised[priority] = Promised(target, own, business)
        return found

    def _gauge(self, target: Target | None, clock: Clock) -> Gauge:
        calendar = self.policy.calendar_of(target)
        key = (id(calendar), clock is Clock.BUSINESS)
        gauge = self._gauges.get(key)
        if gauge is None:
            gauge = self._gauges[key] = Gauge(calendar, clock)
        return gauge


def sla_states(events: Sequence[TicketEvent], policy: SlaPolicy, now: datetime) -> tuple[SlaState, ...]:
    """The state of each turn at `now`, in the order they began. Events after `now` are left out: as it was then."""
    if events and events[-1].at > now:
        events = [event for event in events if event.at <= now]
    looked = Looked(read(events), policy)
    return tuple([turn_state(turn, looked, now) for turn in looked.life.turns])


def open_deadlines(life: Life, policy: SlaPolicy) -> dict[Metric, datetime | None]:
    """The deadline of every metric that is owed now."""
    looked = Looked(life, policy)
    return {turn.metric: _bind(turn, looked)[2] for turn in life.turns if turn.ending is None}


def turn_state(turn: Turn, looked: Looked, now: datetime) -> SlaState:
    """The state of one turn at `now`."""
    promise, (target, own, business), due, pauses = _bind(turn, looked)
    until, first = turn.until, turn.promises[0]
    end = now if until is None else until
    return SlaState(
        turn.metric,
        turn.number,
        _standing(turn, pauses, now),
        turn.since,
        until,
        promise.priority,
        target.length(turn.metric) if target else None,
        own.clock,
        _business(first, end, pauses, business),
        _elapsed(first, end, pauses),
        due,
        due if due is not None and due < end else None,
        pauses,
        turn.updates,
    )


def used_until(
    promise: Promise, end: datetime, pauses: Sequence[Pause], business: Gauge
) -> tuple[timedelta, timedelta]:
    """Business and elapsed time that a promise has used by `end`, pauses taken out; what an edit kept is included."""
    return _business(promise, end, pauses, business), _elapsed(promise, end, pauses)


def _business(promise: Promise, end: datetime, pauses: Sequence[Pause], gauge: Gauge) -> timedelta:
    start, used, kept = promise.since, 0, promise.kept
    if kept is not None:
        start, used = kept.at, kept.business
    if pauses:
        for since, until in running(start, end, pauses):
            used += gauge.at(until) - gauge.at(since)
    elif start < end:
        used += gauge.at(end) - gauge.at(start)
    return timedelta(microseconds=used)


def _elapsed(promise: Promise, end: datetime, pauses: Sequence[Pause]) -> timedelta:
    start, used, kept = promise.since, _NOTHING, promise.kept
    if kept is not None:
        start, used = kept.at, timedelta(microseconds=kept.elapsed)
    if pauses:
        return sum((until - since for since, until in running(start, end, pauses)), used)
    return used + (end - start) if start < end else used


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


_Bound = tuple[Promise, Promised, datetime | None, tuple[Pause, ...]]
"""The promise of a turn that binds: what it promises, its deadline, the pauses."""


def _bind(turn: Turn, looked: Looked) -> _Bound:
    """The promise due first; one without deadline only when none has any."""
    best: _Bound | None = None
    caps = _pausing(turn.metric, looked) if looked.policy.pauses else None
    for promise in turn.promises:
        promised = looked.promised(promise.priority)
        pauses = turn_pauses(turn, looked.life.stays, caps, promised.own) if caps else ()
        due = promise_deadline(promise, turn.metric, promised, pauses)
        if best is None or (due is not None and (best[2] is None or due < best[2])):
            best = (promise, promised, due, pauses)
    assert best is not None, "a turn has at least the promise it began with"
    return best


def promise_deadline(promise: Promise, metric: Metric, promised: Promised, pauses: Sequence[Pause]) -> datetime | None:
    """When a promise runs out if nothing more happens; None when nothing is promised or an unending pause holds."""
    target, gauge, _ = promised
    length = target.length(metric) if target else None
    if length is None:
        return None
    start, left, kept = promise.since, length // MICROSECOND, promise.kept
    if kept is not None:
        if kept.due is not None:
            return kept.due
        start = kept.at
        left -= kept.business if gauge.clock is Clock.BUSINESS else kept.elapsed
    if left <= 0:
        return start.astimezone(UTC)
    reading = gauge.at(start) + left
    for pause in pauses:
        if pause.credited_until is not None and pause.credited_until <= start:
            continue
        if gauge.at(pause.since) >= reading:
            break
        if pause.credited_until is None:
            return None
        reading += gauge.at(pause.credited_until) - gauge.at(max(pause.since, start))
    return gauge.when(reading)


_NOTHING = timedelta()
PauseCaps = Mapping[Status, timedelta | None]
"""The statuses that pause a metric, with their caps."""


def pause_caps(metric: Metric, policy: SlaPolicy) -> PauseCaps:
    """What pauses a metric."""
    return {rule.status: rule.cap for rule in policy.pauses if metric in rule.metrics}


def _pausing(metric: Metric, looked: Looked) -> PauseCaps | None:
    """The same, None when the ticket was in none of those statuses."""
    for rule in looked.policy.pauses:
        if metric in rule.metrics:
            for stay in looked.life.stays:
                if stay.status is rule.status:
                    return pause_caps(metric, looked.policy)
    return None


def turn_pauses(turn: Turn, stays: Sequence[Stay], caps: PauseCaps, gauge: Gauge) -> tuple[Pause, ...]:
    """The pauses of a turn; each status has one cap for all its stretches, in time of the target's own clock."""
    left, pauses = {status: None if cap is None else cap // MICROSECOND for status, cap in caps.items()}, list[Pause]()
    for stay in stays:
        if stay.status not in left:
            continue
        since, until = max(stay.since, turn.since), _earlier(stay.until, turn.until)
        if until is not None and until <= since:
            continue
        cap, credited = left[stay.status], until
        if cap is not None:
            credited = _earlier(until, gauge.when(gauge.at(since) + cap) if cap > 0 else since)
            if credited is not None:
                left[stay.status] = cap - (gauge.at(credited) - gauge.at(since))
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
