"""Where a ticket stands against its targets: a pure function of its events, the policy with its calendar, and now.

Interval algebra: the stretches that a target counts, less those that a pause takes out of it. Breach time is the
deadline, not when somebody looked (invariant 6); a deadline is the moment of breach if nothing more happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tickets.calendar import Calendar, Clock, Gauge
from tickets.events import TicketEvent
from tickets.life import read
from tickets.pauses import Pause, running, turn_pauses
from tickets.sla import Metric, SlaPolicy, Terms
from tickets.ticket import Priority
from tickets.turns import Ending, Life, Promise, Turn
from tickets.windows import span


class Standing(StrEnum):
    """How a turn stands now."""

    ACTIVE = "active"
    PAUSED = "paused"
    FULFILLED = "fulfilled"
    REPLACED = "replaced"


# In Python 3.11 reaching a member through its enum runs Python code, and all this runs for every ticket.
_ACTIVE, _PAUSED, _FULFILLED, _REPLACED = Standing
_BUSINESS, _ENDED_WELL = Clock.BUSINESS, Ending.FULFILLED


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
    """What a priority promises one ticket: the terms, the gauge of their clock, and that of business time."""

    terms: Terms
    own: Gauge
    business: Gauge


_Used = tuple[timedelta, timedelta]
"""Business and elapsed time."""


@dataclass(slots=True)
class Looked:
    """One ticket's life while it is looked at: what is promised, what clocks read and used is looked up once."""

    life: Life
    policy: SlaPolicy
    _promised: dict[Priority, Promised] = field(default_factory=dict)
    _gauges: list[Gauge] = field(default_factory=list)
    _last: tuple[Promise, datetime, Gauge, _Used] | None = None

    def promised(self, priority: Priority) -> Promised:
        """What this priority promises the ticket."""
        found = self._promised.get(priority)
        if found is None:
            terms = self.policy.terms(priority, self.life.survey, self.life.tier)
            business = own = self._gauge(terms.calendar, _BUSINESS)
            if terms.clock is not _BUSINESS:
                own = self._gauge(terms.calendar, terms.clock)
            found = self._promised[priority] = Promised(terms, own, business)
        return found

    def used(self, promise: Promise, end: datetime, business: Gauge) -> _Used:
        """What `used_until` says without pauses; turns that began together and are owed still ask the same."""
        last = self._last
        if last is not None and last[0] is promise and last[1] is end and last[2] is business:
            return last[3]
        told = used_until(promise, end, (), business)
        self._last = (promise, end, business, told)
        return told

    def _gauge(self, calendar: Calendar, clock: Clock) -> Gauge:
        for gauge in self._gauges:
            if gauge.calendar is calendar and gauge.clock is clock:
                return gauge
        gauge = Gauge(calendar, clock)
        self._gauges.append(gauge)
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
    promise, promised, due, pauses = _bind(turn, looked)
    metric, number, since, promises, until, _, updates = turn
    terms, _, gauge = promised
    end = now if until is None else until
    if pauses:
        business, elapsed = used_until(promises[0], end, pauses, gauge)
    else:
        business, elapsed = looked.used(promises[0], end, gauge)
    return SlaState(
        metric,
        number,
        _standing(turn, pauses, now),
        since,
        until,
        promise.priority,
        None if terms.target is None else terms.target.length(metric),
        terms.clock,
        business,
        elapsed,
        due,
        due if due is not None and due < end else None,
        pauses,
        updates,
    )


def used_until(promise: Promise, end: datetime, pauses: Sequence[Pause], business: Gauge) -> _Used:
    """Business and elapsed time that a promise has used by `end`, pauses taken out; what an edit kept is included."""
    start, worked, passed, kept = promise.since, 0, _NOTHING, promise.kept
    if kept is not None:
        start, worked, passed = kept.at, kept.business, span(kept.elapsed)
    if pauses:
        for since, until in running(start, end, pauses):
            worked += business.at(until) - business.at(since)
            passed += until - since
    elif start < end:
        worked += business.at(end) - business.at(start)
        passed += end - start
    return span(worked), passed


_Bound = tuple[Promise, Promised, datetime | None, tuple[Pause, ...]]
"""The promise of a turn that binds: what it promises, its deadline, the pauses."""


def _bind(turn: Turn, looked: Looked) -> _Bound:
    """The promise due first; one without deadline only when none has any."""
    best: _Bound | None = None
    metric, stays = turn.metric, looked.life.stays
    caps = looked.policy.caps(metric)
    paused = caps and any([stay.status in caps for stay in stays])
    for promise in turn.promises:
        promised = looked.promised(promise.priority)
        pauses = turn_pauses(turn, stays, caps, promised.own) if paused else ()
        due = promise_deadline(promise, metric, promised, pauses)
        if best is None or (due is not None and (best[2] is None or due < best[2])):
            best = (promise, promised, due, pauses)
    assert best is not None, "a turn has at least the promise it began with"
    return best


def promise_deadline(promise: Promise, metric: Metric, promised: Promised, pauses: Sequence[Pause]) -> datetime | None:
    """When a promise runs out if nothing more happens; None when nothing is promised or an unending pause holds."""
    terms, gauge, _ = promised
    left = terms.lengths.get(metric)
    if left is None:
        return None
    start, kept = promise.since, promise.kept
    if kept is not None:
        if kept.due is not None:
            return kept.due
        start = kept.at
        left -= kept.business if terms.clock is _BUSINESS else kept.elapsed
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


def _standing(turn: Turn, pauses: Sequence[Pause], now: datetime) -> Standing:
    if turn.ending is not None:
        return _FULFILLED if turn.ending is _ENDED_WELL else _REPLACED
    if not pauses:
        return _ACTIVE
    last = pauses[-1]
    still = last.until is None and (last.credited_until is None or now < last.credited_until)
    return _PAUSED if still else _ACTIVE
