"""Random stories of tickets for the SLA oracle: what happens in which minute, and the same as the ticket's events."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.tickets.sla_worlds import BEFORE, MINUTE, World
from tickets.calendar import Calendar, Clock
from tickets.events import EventKind, TicketEvent
from tickets.projection import rebuild
from tickets.retiming import reproject
from tickets.sla import Metric, PauseRule, SlaPolicy, Target
from tickets.ticket import Priority, Status

_WORKING = (Status.WAITING, Status.ON_HOLD, Status.IN_PROGRESS)
_LIVE = ("status", "status", "status", "contact", "answer", "answer", "by hand", "raised", "edit", "resolved")
_RESOLVED = ("reopened", "reopened", "contact", "told", "answer", "edit")
DAY = 24 * 60

Promises = dict[Priority, tuple[Clock, dict[Metric, int | None]]]
"""By priority the clock, and the minutes that each metric may take (None: nothing promised)."""
Caps = dict[Status, int | None]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens in a minute: a status, a contact, an answer, a priority, an edit, the resolution..."""

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
    targets: Promises
    targets_after: Promises
    caps: dict[Metric, Caps]
    steps: tuple[Step, ...]


def random_case(rng: Random, worlds: tuple[World, World]) -> Case:
    first, after = worlds
    opened = rng.randrange(0, BEFORE + 2 * DAY)
    steps = _steps(rng, opened)
    last = steps[-1].minute if steps else opened
    now = min(last + rng.randrange(3 * DAY), len(first.works) - 1)
    told = tuple(step for step in steps if step.minute <= now)
    return Case(first, after, opened, now, _targets(rng), _targets(rng), _caps(rng), told)


def _steps(rng: Random, minute: int) -> list[Step]:
    """Steps as the lifecycle allows them: work on a new ticket acknowledges it, only a resolved one is reopened."""
    steps = list[Step]()
    status, edited = Status.NEW, False
    for _ in range(rng.choice([0, 1, 2, 3, 4, 6, 8, 10])):
        minute += rng.choice([0, 1, rng.randrange(90), rng.randrange(2 * DAY)])
        verb = rng.choice(_RESOLVED if status is Status.RESOLVED else _LIVE)
        if verb == "edit" and edited:
            continue
        edited = edited or verb == "edit"
        if status is Status.NEW and verb in ("status", "contact", "resolved"):
            steps.append(Step(minute, "acknowledged", status := Status.OPEN))
        if verb in ("status", "resolved", "reopened"):
            status = {"resolved": Status.RESOLVED, "reopened": Status.OPEN}.get(verb) or rng.choice(_WORKING)
        moved = status if verb in ("status", "resolved", "reopened") else None
        priority = rng.choice([Priority.URGENT, Priority.HIGH]) if verb in ("by hand", "raised") else None
        steps.append(Step(minute, verb, moved, priority))
        if verb == "answer" and status is Status.WAITING:
            steps.append(Step(minute, "status", status := Status.OPEN))
    return steps


def _targets(rng: Random) -> Promises:
    def promised() -> dict[Metric, int | None]:
        return {
            metric: rng.choice([None, 0, 1, rng.randrange(60), rng.randrange(DAY), rng.randrange(3 * DAY)])
            for metric in Metric
        }

    return {
        priority: (rng.choice([Clock.BUSINESS, Clock.ELAPSED]), promised())
        for priority in (Priority.URGENT, Priority.HIGH, Priority.NORMAL)
    }


def _caps(rng: Random) -> dict[Metric, Caps]:
    def of_one() -> Caps:
        pausing = (Status.WAITING, Status.ON_HOLD)
        return {status: rng.choice([None, 0, 1, rng.randrange(600)]) for status in pausing if rng.random() < 0.6}

    return {metric: of_one() for metric in Metric}


def policies(case: Case) -> tuple[SlaPolicy, SlaPolicy]:
    """The policy before an edit and after it."""
    return _policy(case, case.world.calendar, case.targets), _policy(case, case.after.calendar, case.targets_after)


def _policy(case: Case, calendar: Calendar, targets: Promises) -> SlaPolicy:
    pauses = tuple(
        PauseRule(status, (metric,), None if cap is None else cap * MINUTE)
        for metric, caps in case.caps.items()
        for status, cap in caps.items()
    )
    return SlaPolicy(calendar, {priority: _target(*told) for priority, told in targets.items()}, pauses=pauses)


def _target(clock: Clock, lengths: dict[Metric, int | None]) -> Target:
    told: dict[str, Any] = {m.value: None if length is None else length * MINUTE for m, length in lengths.items()}
    return Target(clock=clock, **told)


def story_events(case: Case, before: SlaPolicy, after: SlaPolicy) -> tuple[Sequence[TicketEvent], bool]:
    """The case as a ticket's events, and whether the calendar was edited."""
    facts = (("severity", "medium"), ("priority", "normal"), ("survey", "s"), ("rule", "r"))
    events = [TicketEvent("N-1", 1, EventKind.OPENED, "nanni", case.world.at(case.opened), data=facts)]
    edited = False
    for step in case.steps:
        at = case.world.at(step.minute)
        if step.verb == "edit":
            events += reproject(rebuild(events), events, before, after, at, "hana").events
            edited = True
            continue
        events.append(TicketEvent("N-1", len(events) + 1, _KINDS[step.verb], "amira", at, data=_data(step)))
    return events, edited


_KINDS = {
    "status": EventKind.STATUS_CHANGED,
    "acknowledged": EventKind.ACKNOWLEDGED,
    "contact": EventKind.CONTACTED,
    "answer": EventKind.RESPONSE_ATTACHED,
    "by hand": EventKind.PRIORITY_CHANGED,
    "raised": EventKind.PRIORITY_CHANGED,
    "resolved": EventKind.RESOLVED,
    "told": EventKind.CUSTOMER_MESSAGED,
    "reopened": EventKind.REOPENED,
}


def _data(step: Step) -> tuple[tuple[str, str], ...]:
    data = list[tuple[str, str]]()
    if step.status is not None:
        data.append(("to", step.status.value))
    if step.priority is not None:
        data.append(("to", step.priority.value))
    more = {"resolved": (("root_cause", "product"), ("resolved", "yes")), "raised": (("counted_from", "now"),)}
    return (*data, *more.get(step.verb, ()), *((("message", "resolution"),) if step.verb == "told" else ()))
