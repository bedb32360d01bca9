"""A brute-force account of what a ticket has used: minute by minute, off the wall clock, sharing no code with it.

`random_case` makes a story (a zone around one of its clock changes, hours, holidays, pauses, changes of priority, an
edit of the calendar); `expected` walks its minutes; `observed` asks the engine. `benchmarks.sla` runs a million.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tickets.calendar import Calendar, Clock, Hours
from tickets.events import EventKind, TicketEvent
from tickets.projection import rebuild
from tickets.retiming import reproject
from tickets.sla import Metric, PauseRule, SlaPolicy, Target
from tickets.sla_state import sla_states
from tickets.ticket import Priority, Status

MINUTE = timedelta(minutes=1)
Minutes = npt.NDArray[np.int32]
BEFORE, AFTER = 4 * 24 * 60, 8 * 24 * 60
"""Minutes that a world spans before and after its clock change."""

TURNS = [
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/Dublin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # winter is the "daylight saving" there
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC)),  # at one minute past midnight
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),  # midnight does not exist
    ("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),  # half an hour for good
    ("America/Asuncion", datetime(2024, 10, 6, 4, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 29, 21, tzinfo=UTC)),  # midnight comes twice
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),  # Ramadan
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # two hours at once
    ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(1985, 12, 31, 18, 30, tzinfo=UTC)),  # a quarter of an hour for good
    ("Asia/Gaza", datetime(2026, 3, 28, tzinfo=UTC)),
    ("Asia/Manila", datetime(1978, 3, 21, 16, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # half an hour
    ("Australia/Sydney", datetime(2026, 10, 3, 16, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a day that never was
    ("Pacific/Kwajalein", datetime(1993, 8, 21, 12, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 9, 26, 14, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, tzinfo=UTC)),
]
PAUSING = (Status.WAITING, Status.ON_HOLD)
STATUSES = (*PAUSING, Status.IN_PROGRESS)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A calendar and, for each minute from `start`, whether the wall clock says that it is working time."""

    calendar: Calendar
    start: datetime
    works: Minutes

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens in a minute: a status, a priority by hand, a raised one, an edit, the resolution."""

    minute: int
    verb: str
    status: Status | None = None
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A story in minutes of `world`; `after` is the calendar that an edit brings, with its own targets."""

    world: World
    after: World
    opened: int
    now: int
    targets: dict[Priority, tuple[int, Clock]]
    targets_after: dict[Priority, tuple[int, Clock]]
    caps: dict[Status, int | None]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """In minutes of the world: when it is due (None: never, or beyond it), used so far, and late since when."""

    due: int | None
    business: int
    elapsed: int
    breached: int | None


def works(calendar: Calendar, moment: datetime, zone: ZoneInfo) -> bool:
    """The definition, read off the wall clock: today's hours, or yesterday's that run past midnight."""
    wall = moment.astimezone(zone)
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    for day, reading in ((today, minute), (today - timedelta(days=1), minute + 24 * 60)):
        for start, end in calendar.hours[day.weekday()]:
            if start <= reading < end and day not in calendar.holidays:
                return True
    return False


def world(calendar: Calendar, start: datetime, minutes: int = BEFORE + AFTER) -> World:
    zone = ZoneInfo(calendar.timezone)
    told = np.fromiter((works(calendar, start + i * MINUTE, zone) for i in range(minutes)), np.int32, minutes)
    return World(calendar, start, told)


def random_worlds(rng: Random, turn: tuple[str, datetime] | None = None) -> tuple[World, World]:
    """A calendar around a clock change, and another for after an edit."""
    zone, moment = turn or rng.choice(TURNS)
    start = moment.replace(second=0) - BEFORE * MINUTE
    first = world(_calendar(rng, zone, moment.date()), start)
    return first, world(_calendar(rng, zone, moment.date()), start)


def _calendar(rng: Random, zone: str, around: date) -> Calendar:
    while not any(hours := tuple(_day(rng) for _ in range(7))):
        pass
    holidays = frozenset(around + timedelta(days=rng.randint(-4, 6)) for _ in range(rng.choice([0, 0, 1, 2])))
    return Calendar(zone, hours, holidays)


def _day(rng: Random) -> Hours:
    """Free, plain, split, overnight, or anything of up to three intervals apart from each other."""
    kind = rng.random()
    if kind < 0.2:
        return ()
    if kind < 0.35:
        return ((9 * 60, 17 * 60 + 30),)
    if kind < 0.5:
        return ((9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60))
    if kind < 0.65:
        return ((22 * 60, 30 * 60),)
    marks = sorted(rng.sample(range(36 * 60), rng.choice([2, 4, 6])))
    return tuple((start, end) for start, end in zip(marks[::2], marks[1::2], strict=True) if start < 24 * 60)


def random_case(rng: Random, worlds: tuple[World, World]) -> Case:
    first, after = worlds
    opened = rng.randrange(0, BEFORE + 2 * 24 * 60)
    steps, minute = [], opened
    edited = False
    for _ in range(rng.choice([0, 1, 2, 3, 4, 6, 8])):
        minute += rng.choice([0, 1, rng.randrange(90), rng.randrange(2 * 24 * 60)])
        verb = rng.choice(["status", "status", "status", "by hand", "raised", "edit"])
        if verb == "edit" and edited:
            continue
        edited = edited or verb == "edit"
        status = rng.choice(STATUSES) if verb == "status" else None
        priority = rng.choice([Priority.URGENT, Priority.HIGH]) if verb in ("by hand", "raised") else None
        steps.append(Step(minute, verb, status, priority))
    if rng.random() < 0.5:
        minute += rng.randrange(24 * 60)
        steps.append(Step(minute, "resolved"))
    now = min(minute + rng.randrange(3 * 24 * 60), len(first.works) - 1)
    steps = [step for step in steps if step.minute <= now]
    caps = {status: rng.choice([None, 0, 1, rng.randrange(600)]) for status in PAUSING if rng.random() < 0.7}
    return Case(first, after, opened, now, _targets(rng), _targets(rng), caps, tuple(steps))


def _targets(rng: Random) -> dict[Priority, tuple[int, Clock]]:
    return {
        priority: (rng.choice([0, 1, rng.randrange(60), rng.randrange(24 * 60)]), rng.choice(list(Clock)))
        for priority in (Priority.URGENT, Priority.HIGH, Priority.NORMAL)
    }


# --- the brute force


@dataclass(slots=True)
class _Owed:
    """A promise as the oracle sees it: from when, of which priority, what was used when the calendar changed."""

    since: int
    priority: Priority
    business: int = 0
    elapsed: int = 0
    frozen: int | None = None


def expected(case: Case) -> Answer:
    """What the minutes say."""
    owed, stays, end, edit = _story(case)
    now_world, targets = (case.after, case.targets_after) if edit is not None else (case.world, case.targets)
    best: tuple[float, int, _Owed] | None = None
    for i, one in enumerate(owed):
        length, clock = targets[one.priority]
        due = _due(one, now_world, length, clock, case.caps, stays)
        if best is None or (due if due is not None else 1e9) < best[0]:
            best = (due if due is not None else 1e9, i, one)
    assert best is not None
    length, clock = targets[best[2].priority]
    last = case.now if end is None else end
    business, elapsed = _used(owed[0], now_world, clock, case.caps, stays, last)
    due = None if best[0] == 1e9 else int(best[0])
    return Answer(due, business, elapsed, due if due is not None and due < last else None)


Stays = list[tuple[Status, int, int]]


def _story(case: Case) -> tuple[list[_Owed], Stays, int | None, int | None]:
    owed, stays = [_Owed(case.opened, Priority.NORMAL)], [(Status.NEW, case.opened)]
    end = edit = None
    for step in case.steps:
        if step.verb == "resolved":
            end = step.minute
        elif step.status is not None:
            stays.append((step.status, step.minute))
        elif step.verb == "by hand" and step.priority is not None:
            owed = [replace(owed[0], priority=step.priority, frozen=None)]
        elif step.verb == "raised" and step.priority is not None:
            owed.append(_Owed(step.minute, step.priority))
        elif step.verb == "edit":
            edit = step.minute
            so_far = _spans(stays, len(case.world.works))
            owed = [_frozen(one, case, so_far, edit) for one in owed]
    return owed, _spans(stays, len(case.world.works) if end is None else end, end), end, edit


def _spans(stays: list[tuple[Status, int]], end: int, resolved: int | None = None) -> Stays:
    """Status by stretch; after the resolution the clock is thought to run on."""
    ends = [since for _, since in stays[1:]] + [end]
    spans = [(status, since, until) for (status, since), until in zip(stays, ends, strict=True)]
    return spans if resolved is None else [*spans, (Status.RESOLVED, resolved, 10**9)]


def _frozen(one: _Owed, case: Case, stays: Stays, edit: int) -> _Owed:
    length, clock = case.targets[one.priority]
    business, elapsed = _used(one, case.world, clock, case.caps, stays, edit)
    due = _due(one, case.world, length, clock, case.caps, stays)
    return _Owed(edit, one.priority, business, elapsed, due if due is not None and due < edit else None)


def _runs(world: World, clock: Clock, caps: dict[Status, int | None], stays: Stays, since: int, end: int) -> Minutes:
    """For every minute of the world, whether the clock may run in it: after `since`, and in no pause with room left."""
    runs = np.zeros(len(world.works), np.int32)
    ticks = _ticks(world, clock)
    spent = dict.fromkeys(caps, 0)
    for status, first, last in stays:
        minutes = slice(first, min(last, len(runs)))
        cap = caps.get(status, 0)
        if cap is None:
            continue
        before = spent.get(status, 0) + np.cumsum(ticks[minutes]) - ticks[minutes]
        runs[minutes] = before >= cap
        spent[status] = spent.get(status, 0) + int(ticks[minutes][before < cap].sum())
    runs[:since] = 0
    runs[end:] = 0
    return runs


def _ticks(world: World, clock: Clock) -> Minutes:
    """What each minute of the world is worth on a clock."""
    return world.works if clock is Clock.BUSINESS else _EVERY_MINUTE


_EVERY_MINUTE = np.ones(BEFORE + AFTER, np.int32)


def _due(
    one: _Owed, world: World, length: int, clock: Clock, caps: dict[Status, int | None], stays: Stays
) -> int | None:
    if one.frozen is not None:
        return one.frozen
    left = length - (one.business if clock is Clock.BUSINESS else one.elapsed)
    if left <= 0:
        return one.since
    runs = _runs(world, clock, caps, stays, one.since, len(world.works))
    used = np.cumsum(runs * _ticks(world, clock))
    return int(np.argmax(used >= left)) + 1 if used[-1] >= left else None


def _used(
    one: _Owed, world: World, clock: Clock, caps: dict[Status, int | None], stays: Stays, end: int
) -> tuple[int, int]:
    runs = _runs(world, clock, caps, stays, one.since, end)
    business = int((runs * _ticks(world, Clock.BUSINESS)).sum())
    return one.business + business, one.elapsed + int(runs.sum())


# --- the engine, asked the same


def observed(case: Case) -> Answer:
    """What the engine says, in the world's minutes; None for what is due beyond the world, which it cannot see."""
    before, after = (
        _policy(case, case.world.calendar, case.targets),
        _policy(case, case.after.calendar, case.targets_after),
    )
    events, edited = story_events(case, before, after)
    states = sla_states(events, after if edited else before, case.world.at(case.now))
    state = next(one for one in states if one.metric is Metric.RESOLUTION)
    due = None if state.deadline is None else _minute(case, state.deadline)
    if due is not None and due > len(case.world.works):
        due = None
    breached = None if state.breached_at is None else _minute(case, state.breached_at)
    return Answer(due, state.business // MINUTE, state.elapsed // MINUTE, breached)


def _minute(case: Case, moment: datetime) -> int:
    minutes, rest = divmod(moment - case.world.start, MINUTE)
    assert not rest, moment
    return minutes


def _policy(case: Case, calendar: Calendar, targets: dict[Priority, tuple[int, Clock]]) -> SlaPolicy:
    pauses = tuple(
        PauseRule(status, (Metric.RESOLUTION,), None if cap is None else cap * MINUTE)
        for status, cap in case.caps.items()
    )
    made = {priority: Target(resolution=length * MINUTE, clock=clock) for priority, (length, clock) in targets.items()}
    return SlaPolicy(calendar, made, pauses=pauses)


def story_events(case: Case, before: SlaPolicy, after: SlaPolicy) -> tuple[Sequence[TicketEvent], bool]:
    """The case as a ticket's events, and whether the calendar was edited."""
    facts = (("severity", "medium"), ("priority", "normal"), ("survey", "s"), ("rule", "r"))
    events = [TicketEvent("N-1", 1, EventKind.OPENED, "nanni", case.world.at(case.opened), data=facts)]
    edited = False
    for step in case.steps:
        at, sequence = case.world.at(step.minute), len(events) + 1
        if step.verb == "edit":
            events += reproject(rebuild(events), events, before, after, at, "hana").events
            edited = True
            continue
        events.append(TicketEvent("N-1", sequence, *_told(step), at=at, data=_data(step)))
    return events, edited


def _told(step: Step) -> tuple[EventKind, str]:
    if step.verb == "resolved":
        return EventKind.RESOLVED, "amira"
    return (EventKind.STATUS_CHANGED if step.status else EventKind.PRIORITY_CHANGED), "amira"


def _data(step: Step) -> tuple[tuple[str, str], ...]:
    if step.verb == "resolved":
        return ("to", "resolved"), ("root_cause", "product"), ("resolved", "yes")
    if step.status is not None:
        return (("to", step.status.value),)
    to = (("to", step.priority.value),) if step.priority else ()
    return (*to, ("counted_from", "now")) if step.verb == "raised" else to
