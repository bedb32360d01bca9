"""Who is told as promises run out: each step once a promise, again until somebody acknowledges it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.actions import SYSTEM, Acted, Data
from tickets.calendar import deadline
from tickets.events import EventKind, TicketEvent
from tickets.ladder import LEAD, MANAGER, OWNER, Ladder, Signal, SignalRule, Step
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.opening import Change
from tickets.routing import Routing
from tickets.sla import SlaPolicy
from tickets.sla_state import SlaState, sla_states
from tickets.ticket import Ticket

_ANEW = (EventKind.PRIORITY_CHANGED, EventKind.REOPENED)
"""Events after which what was told before was told of another promise."""
_ANSWERED = (EventKind.ESCALATION_ACKNOWLEDGED, EventKind.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Escalation:
    """One ticket's new escalations and who is to be told, to be written in one transaction."""

    change: Change
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing to tell: the event's data but for whom, the roles that hear, and the sentence."""

    data: Data
    to: tuple[str, ...]
    reason: str
    kind: NoticeKind


def escalations(
    tickets: Iterable[tuple[Ticket, Sequence[TicketEvent]]],
    now: datetime,
    sla: SlaPolicy,
    ladder: Ladder,
    routing: Routing,
    audience: Audience = Audience(),  # noqa: B008 (frozen)
) -> list[Escalation]:
    """Escalations due now, of tickets given with their events; the same call after they were written gives none.

    A step is told once for each metric and promise: reopening, or a new priority, makes another promise.
    """
    found = []
    for ticket, events in tickets:
        told = list(_due(ticket, events, now, sla, ladder))
        if told:
            found.append(_escalated(ticket, told, now, routing, audience))
    return found


def help_notices(
    events: Sequence[TicketEvent], routing: Routing, audience: Audience, now: datetime
) -> tuple[Notice, ...]:
    """Notices of escalations by hand among these events, to whoever was asked."""
    asked = [event for event in events if event.kind is EventKind.ESCALATED and event.actor != SYSTEM]
    personal = Audience(audience.mail, console=audience.console)
    return tuple(
        notice
        for event in asked
        for notice in notices(
            NoticeKind.ESCALATED, event.ticket, event.sequence, personal, routing.address(dict(event.data)["to"]), now
        )
    )


def _due(
    ticket: Ticket, events: Sequence[TicketEvent], now: datetime, sla: SlaPolicy, ladder: Ladder
) -> Iterator[_Told]:
    before = _told_before(events)
    fresh = [*_steps(ticket, events, now, sla, ladder, before), *_signals(events, ladder, before)]
    yield from fresh or _again(ticket, events, now, sla, ladder)


def _steps(
    ticket: Ticket,
    events: Sequence[TicketEvent],
    now: datetime,
    sla: SlaPolicy,
    ladder: Ladder,
    before: frozenset[tuple[str, ...]],
) -> Iterator[_Told]:
    for state in sla_states(events, sla, now):
        if ladder.stops and _answered_for(state, events):
            continue
        calendar = sla.calendar_of(sla.target(state.priority, ticket.survey, ticket.tier))
        for step in ladder.steps:
            if (state.metric, step.id, str(state.number)) in before or not step.reached(state, calendar, now):
                continue
            yield _of_step(step, state)


def _answered_for(state: SlaState, events: Sequence[TicketEvent]) -> bool:
    """Whether somebody acknowledged an escalation of this promise."""
    turn, told, answered = (state.metric.value, str(state.number)), False, False
    for event in events:
        if event.kind in _ANEW:
            told = answered = False
        elif event.kind is EventKind.ESCALATED:
            data = dict(event.data)
            told = told or (data.get("metric"), data.get("turn")) == turn
        elif event.kind in _ANSWERED:
            answered = answered or told
    return answered


def _of_step(step: Step, state: SlaState) -> _Told:
    assert state.deadline is not None, "a step is reached on the way to a deadline"
    name = state.metric.replace("_", " ")
    if step.warns:
        reason = f"{name} is at risk: {step.at:.0%} of its time is used"
    else:
        past = step.id.split(">")[0] if step.after else f"{step.at - 1:.0%} of its time" if step.at > 1 else ""
        reason = f"{name} is overdue{f' by {past}' if past else ''}"
    data = (
        ("metric", state.metric.value),
        ("step", step.id),
        ("turn", str(state.number)),
        ("due", state.deadline.isoformat()),
    )
    return _Told(data, step.to, reason, NoticeKind.BREACH_RISK if step.warns else NoticeKind.OVERDUE)


def _signals(events: Sequence[TicketEvent], ladder: Ladder, before: frozenset[tuple[str, ...]]) -> Iterator[_Told]:
    for rule in ladder.signals:
        value = _reading(rule, events)
        if value >= rule.at_least and (rule.signal, rule.signal, "") not in before:
            data = (("signal", rule.signal.value), ("step", rule.signal.value), ("value", f"{value:g}"))
            yield _Told(data, rule.to, _SAID[rule.signal].format(value=value), NoticeKind.ESCALATED)


_SAID = {
    Signal.REPEATED: "the customer has come back {value:g} times without an answer",
    Signal.IMPACT: "{value:g} is at stake",
}


def _reading(rule: SignalRule, events: Sequence[TicketEvent]) -> float:
    """What a signal reads: responses since somebody last contacted the customer, or the most at stake."""
    if rule.signal is Signal.IMPACT:
        return max((float(dict(event.data).get("impact", "-inf")) for event in events), default=0)
    count = 0
    for event in events:
        if event.kind in (EventKind.CONTACTED, EventKind.RESOLVED):
            count = 0
        count += event.kind is EventKind.RESPONSE_ATTACHED
    return count


def _again(
    ticket: Ticket, events: Sequence[TicketEvent], now: datetime, sla: SlaPolicy, ladder: Ladder
) -> Iterator[_Told]:
    """What nobody has acknowledged, told once more when its time has come."""
    if ladder.repeat is None or not ticket.escalated:
        return
    last = next(event for event in reversed(events) if event.kind is EventKind.ESCALATED)
    data = dict(last.data)
    number = int(data.get("repeat", "0")) + 1
    target = sla.target(ticket.priority, ticket.survey, ticket.tier)
    clock = target.clock if target else None
    due = last.at + ladder.repeat if clock is None else deadline(last.at, ladder.repeat, sla.calendar_of(target), clock)
    if now < due or (ladder.most is not None and number > ladder.most):
        return
    kept = tuple((name, value) for name, value in last.data if name not in ("to", "repeat"))
    reason = f"nobody has acknowledged it: {last.reason.removeprefix('nobody has acknowledged it: ')}"
    to = tuple(data["to"].split(", "))
    yield _Told((*kept, ("repeat", str(number))), to, reason, NoticeKind.ESCALATED)


def _told_before(events: Sequence[TicketEvent]) -> frozenset[tuple[str, ...]]:
    """Metric (or signal), step and turn of every escalation of the promises that hold now; signals are told once."""
    told: set[tuple[str, ...]] = set()
    for event in events:
        if event.kind in _ANEW:
            told = {key for key in told if not key[2]}
        elif event.kind is EventKind.ESCALATED:
            data = dict(event.data)
            told.add((data.get("metric") or data["signal"], data["step"], data.get("turn", "")))
    return frozenset(told)


def _escalated(
    ticket: Ticket, told: Sequence[_Told], now: datetime, routing: Routing, audience: Audience
) -> Escalation:
    acted, people = Acted(ticket, ()), list[str]()
    for one in told:
        names = list(dict.fromkeys(_person(role, ticket, routing) for role in one.to))
        acted = acted.then(EventKind.ESCALATED, SYSTEM, now, (*one.data, ("to", ", ".join(names))), one.reason)
        people += names
    kinds = {one.kind for one in told}
    kind = next(kind for kind in (NoticeKind.OVERDUE, NoticeKind.ESCALATED, NoticeKind.BREACH_RISK) if kind in kinds)
    sequence = acted.ticket.version
    addresses = dict.fromkeys(address for name in people if (address := routing.address(name)))
    mail = [
        notice
        for address in addresses
        for notice in notices(kind, ticket.key, sequence, Audience(mail=audience.mail), address, now)
    ]
    rest = notices(kind, ticket.key, sequence, audience, "", now)
    return Escalation(Change(ticket, acted.ticket, acted.events), (*mail, *rest))


def _person(role: str, ticket: Ticket, routing: Routing) -> str:
    """The member behind a role."""
    if role == OWNER:
        return ticket.owner
    if role == LEAD:
        return routing.lead(ticket.team)
    return routing.manager(ticket.team) if role == MANAGER else role
