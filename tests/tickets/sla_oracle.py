"""The SLA engine's oracle: every turn of every metric counted minute by minute, written from the definitions alone.

It shares nothing with the engine but the vocabulary. What a world of twelve days is too short to tell (which of two
promises beyond its end is due first, when they are counted on two clocks) is left out of the comparison, no more.
`make test` runs a sample, `python -m benchmarks.sla` runs a million.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from tests.tickets.sla_stories import Caps, Case, Promises, Step, policies, story_events
from tests.tickets.sla_worlds import MINUTE, Minutes, World, counted
from tickets.calendar import Clock
from tickets.sla import Metric
from tickets.sla_state import SlaState, Standing, sla_states
from tickets.ticket import Priority, Status

NEVER, BEYOND = 10**9, 10**8
"""No deadline at all; one after the end of the world."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A turn in minutes of the world: when it is due (None: never, or beyond it), used so far, and late since when."""

    metric: Metric
    number: int
    since: int
    until: int | None
    standing: Standing
    due: int | None
    business: int
    elapsed: int
    breached: int | None
    unsure: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class _Owed:
    """A promise: from when, of which priority; what was used when the calendar changed, and the due time kept then."""

    since: int
    priority: Priority
    business: int = 0
    elapsed: int = 0
    due: int | None = None


@dataclass(slots=True)
class _Turn:
    metric: Metric
    number: int
    since: int
    promises: list[_Owed]
    until: int | None = None
    ending: Standing | None = None


def agree(said: tuple[Answer, ...], told: tuple[Answer, ...]) -> bool:
    """Whether the engine says what the minutes say."""
    if len(said) != len(told):
        return False
    pairs = zip(said, told, strict=True)
    return all(_blurred(one) == _blurred(two) if two.unsure else one == two for one, two in pairs)


def _blurred(one: Answer) -> Answer:
    return replace(one, standing=Standing.ACTIVE, business=0, elapsed=0)


def expected(case: Case) -> tuple[Answer, ...]:
    """What the minutes say, turn by turn."""
    story = _Story(case)
    for step in case.steps:
        story.take(step)
    edited = any(step.verb == "edit" for step in case.steps)
    world, targets = (case.after, case.targets_after) if edited else (case.world, case.targets)
    return tuple(_answer(turn, case, world, targets, story.spans(len(world.works))) for turn in story.turns)


Stays = list[tuple[Status, int, int]]
"""Stretches [since, until) in a status."""


class _Story:
    """The turns as the field defines them: first reply, reply to the oldest unanswered word, resolution, told of it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.turns = list[_Turn]()
        self.priority = Priority.NORMAL
        self.stays = [(Status.NEW, case.opened)]
        self.contacted = self.resolved = False
        for metric in (Metric.FIRST_TOUCH, Metric.RESOLUTION, Metric.CLOSE_THE_LOOP):
            self.owe(metric, case.opened)

    def open(self, metric: Metric) -> _Turn | None:
        return next((turn for turn in self.turns if turn.metric is metric and turn.until is None), None)

    def owe(self, metric: Metric, minute: int) -> None:
        if self.open(metric) is None:
            number = 1 + sum(turn.metric is metric for turn in self.turns)
            self.turns.append(_Turn(metric, number, minute, [_Owed(minute, self.priority)]))

    def end(self, metric: Metric, minute: int, ending: Standing = Standing.FULFILLED) -> None:
        if turn := self.open(metric):
            turn.until, turn.ending = minute, ending

    def spans(self, end: int) -> Stays:
        ends = [since for _, since in self.stays[1:]] + [end]
        return [(status, since, until) for (status, since), until in zip(self.stays, ends, strict=True)]

    def take(self, step: Step) -> None:
        minute = step.minute
        if step.status is not None and step.status is not self.stays[-1][0]:
            self.stays.append((step.status, minute))
        if step.verb in ("acknowledged", "contact"):
            self.end(Metric.FIRST_TOUCH, minute)
        if step.verb in ("contact", "resolved"):
            self.end(Metric.NEXT_TOUCH, minute)
        if step.verb == "resolved":
            self.end(Metric.RESOLUTION, minute)
        if step.verb == "answer" and self.open(Metric.FIRST_TOUCH) is None:
            self.owe(Metric.NEXT_TOUCH, minute)
        if step.verb == "edit":
            self._edit(minute)
        self._promise(step)
        self._loop(step)

    def _promise(self, step: Step) -> None:
        """By hand: as if it had been so from the start. Raised: one more promise, from now."""
        if step.priority is None:
            return
        self.priority = step.priority
        for turn in self.turns:
            if turn.until is None and step.verb == "by hand":
                turn.promises = [replace(turn.promises[0], priority=step.priority, due=None)]
            elif turn.until is None:
                turn.promises = [*turn.promises, _Owed(step.minute, step.priority)]

    def _loop(self, step: Step) -> None:
        """The loop is closed when it is resolved and the customer was spoken to; a reopening owes all of it anew."""
        if step.verb == "reopened":
            self.contacted = self.resolved = False
            self.end(Metric.CLOSE_THE_LOOP, step.minute, Standing.REPLACED)
            for metric in (Metric.NEXT_TOUCH, Metric.RESOLUTION, Metric.CLOSE_THE_LOOP):
                self.owe(metric, step.minute)
        self.contacted = self.contacted or step.verb in ("contact", "told")
        self.resolved = self.resolved or step.verb == "resolved"
        if self.contacted and self.resolved:
            self.end(Metric.CLOSE_THE_LOOP, step.minute)

    def _edit(self, minute: int) -> None:
        """What was used is kept, what was late stays late, and what is over stays as it was."""
        case, spans = self.case, self.spans(len(self.case.world.works))
        for turn in self.turns:
            turn.promises = [_kept(one, turn, case, spans, minute) for one in turn.promises]


def _kept(one: _Owed, turn: _Turn, case: Case, spans: Stays, minute: int) -> _Owed:
    clock, lengths = case.targets[one.priority]
    run = _Run(turn, case.world, clock, case.caps[turn.metric], spans)
    business, elapsed = run.used(one, minute if turn.until is None else turn.until)
    due = run.due(one, lengths[turn.metric])
    stays = due < minute or (turn.until is not None and due != NEVER)
    return _Owed(minute, one.priority, business, elapsed, due if stays else None)


def _answer(turn: _Turn, case: Case, world: World, targets: Promises, spans: Stays) -> Answer:
    found = []
    for i, one in enumerate(turn.promises):
        clock, lengths = targets[one.priority]
        run = _Run(turn, world, clock, case.caps[turn.metric], spans)
        found.append((run.due(one, lengths[turn.metric]), i, run))
    due, _, run = min(found, key=lambda one: one[:2])
    end = case.now if turn.until is None else turn.until
    business, elapsed = run.used(turn.promises[0], end)
    standing = turn.ending or (Standing.PAUSED if run.paused_at(case.now) else Standing.ACTIVE)
    unsure = due == BEYOND and len({one.clock for _, _, one in found}) > 1
    told = None if due >= BEYOND else due
    late = told if told is not None and told < end else None
    return Answer(turn.metric, turn.number, turn.since, turn.until, standing, told, business, elapsed, late, unsure)


class _Run:
    """The minutes in which a turn's clock may run: not in a pause with room left under its cap."""

    def __init__(self, turn: _Turn, world: World, clock: Clock, caps: Caps, spans: Stays) -> None:
        self.world, self.clock = world, clock
        self.ticks = world.ticks[clock]
        last = len(world.works) if turn.until is None else turn.until
        pauses = [
            (status, max(since, turn.since), min(until, last)) for status, since, until in spans if status in caps
        ]
        self.stopped = self._stopped([one for one in pauses if one[1] < one[2]], caps)
        # A cap that has room left when the world ends is used up beyond it.
        self.endless = any(caps[status] is None and until == len(world.works) for status, _, until in pauses)

    def _stopped(self, pauses: Stays, caps: Caps) -> Minutes | None:
        if not pauses:
            return None
        stopped = np.zeros(len(self.ticks), np.int32)
        spent = dict.fromkeys(caps, 0)
        for status, since, until in pauses:
            cap, minutes = caps[status], slice(since, until)
            before = spent[status] + np.cumsum(self.ticks[minutes]) - self.ticks[minutes]
            stopped[minutes] = True if cap is None else before < cap
            spent[status] += int((self.ticks[minutes] * stopped[minutes]).sum())
        return stopped

    def counts(self, clock: Clock) -> Minutes:
        if self.stopped is None:
            return self.world.counted[clock]
        return counted(self.world.ticks[clock] * (1 - self.stopped))

    def used(self, one: _Owed, end: int) -> tuple[int, int]:
        business, elapsed = (self.counts(clock) for clock in (Clock.BUSINESS, Clock.ELAPSED))
        since = min(one.since, end)
        return one.business + int(business[end] - business[since]), one.elapsed + int(elapsed[end] - elapsed[since])

    def due(self, one: _Owed, length: int | None) -> int:
        if length is None:
            return NEVER
        if one.due is not None:
            return one.due
        left = length - (one.business if self.clock is Clock.BUSINESS else one.elapsed)
        if left <= 0:
            return one.since
        counts = self.counts(self.clock)
        if counts[-1] - counts[one.since] >= left:
            return int(np.searchsorted(counts, counts[one.since] + left))
        return NEVER if self.endless else BEYOND

    def paused_at(self, minute: int) -> bool:
        return self.stopped is not None and bool(self.stopped[minute])


# --- the engine, asked the same


def observed(case: Case) -> tuple[Answer, ...]:
    """What the engine says, in the world's minutes; None for what is due beyond the world, which it cannot see."""
    before, after = policies(case)
    events, edited = story_events(case, before, after)
    states = sla_states(events, after if edited else before, case.world.at(case.now))
    return tuple(_told(state, case.world) for state in states)


def _told(state: SlaState, world: World) -> Answer:
    times = (state.since, state.until, state.deadline, state.breached_at)
    since, until, due, breached = (None if moment is None else _minute(moment, world) for moment in times)
    assert since is not None
    seen = due if due is not None and due <= len(world.works) else None
    used = (state.business // MINUTE, state.elapsed // MINUTE)
    return Answer(state.metric, state.number, since, until, state.standing, seen, *used, breached)


def _minute(moment: datetime, world: World) -> int:
    minutes, rest = divmod(moment - world.start, MINUTE)
    assert not rest, moment
    return minutes
