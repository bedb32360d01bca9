"""Actions, and that the row is always what its events tell."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys, opened, planned
from tickets.actions import (
    Acted,
    acknowledge,
    acknowledge_escalation,
    ask_for_help,
    change_priority,
    check,
    close,
    contact,
    hold,
    note,
    reassign,
    reopen,
    resolve,
    start,
    wait,
)
from tickets.events import EventKind, TicketEvent
from tickets.lifecycle import LifecycleError, Move, allowed
from tickets.merging import Log, merge, split
from tickets.opening import plan
from tickets.projection import rebuild
from tickets.sla import due_times
from tickets.ticket import LIVE, Closure, Priority, Status, Ticket
from triggers.policy import Severity

DONE = Closure("product", "Sent another one.", True)
LATER = NOW + timedelta(hours=3)


def kinds(acted: Acted) -> list[EventKind]:
    return [event.kind for event in acted.events]


def test_acknowledging_is_the_first_touch() -> None:
    ticket = acknowledge(opened(), "amira", LATER).ticket
    assert (ticket.status, ticket.first_touched_at) == (Status.OPEN, LATER)


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda ticket: start(ticket, "amira", LATER), Status.IN_PROGRESS),
        (lambda ticket: contact(ticket, "amira", LATER, "phone"), Status.OPEN),
        (lambda ticket: wait(ticket, "amira", LATER), Status.WAITING),
        (lambda ticket: hold(ticket, "amira", LATER), Status.ON_HOLD),
        (lambda ticket: resolve(ticket, "amira", LATER, DONE, SLA.root_causes), Status.RESOLVED),
    ],
)
def test_working_on_a_new_ticket_acknowledges_it(act: Callable[[Ticket], Acted], status: Status) -> None:
    acted = act(opened())
    assert kinds(acted)[0] is EventKind.ACKNOWLEDGED
    assert (acted.ticket.status, acted.ticket.first_touched_at) == (status, LATER)


def test_the_first_touch_stays_the_first() -> None:
    ticket = acknowledge(opened(), "amira", NOW).ticket
    assert contact(ticket, "amira", LATER, "phone").ticket.first_touched_at == NOW


def test_each_event_is_one_version() -> None:
    ticket = opened()
    acted = start(ticket, "amira", NOW)
    assert [event.sequence for event in acted.events] == [ticket.version + 1, ticket.version + 2]
    assert acted.ticket.version == ticket.version + 2


def test_reassigning_names_the_new_and_the_old_owner() -> None:
    acted = reassign(opened(), "amira", NOW, ROUTING.assign_to("hana"))
    assert (acted.ticket.team, acted.ticket.owner) == ("care", "hana")
    assert dict(acted.events[0].data)["from_owner"] == "amira"


def test_reassigning_to_the_owner_is_refused() -> None:
    with pytest.raises(LifecycleError, match="amira of stores already owns it"):
        reassign(opened(), "bo", NOW, ROUTING.assign_to("amira"))


def test_a_new_priority_counts_from_the_opening() -> None:
    acted = change_priority(opened(), "amira", LATER, Priority.URGENT, "their wedding is on Saturday", SLA)
    assert acted.ticket.due == due_times(Priority.URGENT, NOW, SLA)
    assert acted.events[0].note == "their wedding is on Saturday"


def test_a_priority_is_not_changed_without_a_reason_or_to_itself() -> None:
    with pytest.raises(LifecycleError, match="needs a reason"):
        change_priority(opened(), "amira", NOW, Priority.LOW, " ", SLA)
    with pytest.raises(LifecycleError, match="Allowed: urgent, high, low"):
        change_priority(opened(), "amira", NOW, Priority.NORMAL, "why not", SLA)


def test_resolving_keeps_cause_action_and_whether_it_helped() -> None:
    acted = resolve(opened(), "amira", LATER, Closure("process", "Called them.", False), SLA.root_causes)
    assert acted.ticket.closure == Closure("process", "Called them.", False)
    assert acted.ticket.resolved_at == LATER
    assert acted.events[-1].note == "Called them."
    assert "Called them." not in str(acted.events[-1].data)


@pytest.mark.parametrize(
    ("closure", "message"),
    [
        (
            Closure("aliens", "Sent another one.", True),
            "root cause 'aliens' is not on the list. Allowed: product, process",
        ),
        (Closure("product", "  ", True), "resolving needs the action taken"),
    ],
)
def test_resolving_without_its_facts_is_refused(closure: Closure, message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        resolve(opened(), "amira", NOW, closure, SLA.root_causes)


def test_resolving_needs_an_owner() -> None:
    nobody = rebuild(planned([candidate()]).events[:1])
    with pytest.raises(LifecycleError, match="with an owner"):
        resolve(nobody, "amira", NOW, DONE, SLA.root_causes)


def test_reopening_withdraws_the_closure_and_counts_anew() -> None:
    closed = close(resolve(opened(), "amira", NOW, DONE, SLA.root_causes).ticket, "amira", NOW).ticket
    ticket = reopen(closed, "hana", LATER, "it broke again", SLA).ticket
    assert (ticket.status, ticket.closure, ticket.resolved_at, ticket.closed_at) == (Status.OPEN, None, None, None)
    assert ticket.due == due_times(Priority.NORMAL, LATER, SLA)


def test_a_note_needs_words_and_is_always_allowed() -> None:
    with pytest.raises(LifecycleError, match="needs words"):
        note(opened(), "amira", NOW, "")
    done = close(resolve(opened(), "amira", NOW, DONE, SLA.root_causes).ticket, "amira", NOW).ticket
    assert note(done, "amira", NOW, "thanked us").ticket.status is Status.CLOSED


@dataclass(frozen=True)
class Life:
    """A ticket and everything that has happened to it."""

    ticket: Ticket
    events: tuple[TicketEvent, ...]


def another(now: datetime) -> Log:
    """A live ticket of the same customer about something else."""
    made = plan([candidate(theme="staff", severity=Severity.HIGH)], {}, keys(50), ROUTING, SLA, {}, now)
    return Log(made.opened[0], made.events)


def act(life: Life, move: Move, now: datetime) -> Life:
    """One allowed move, or one that its content refuses, which leaves all as it was."""
    ticket = life.ticket
    other = ROUTING.assign_to("bo" if ticket.owner == "hana" else "hana")
    priority = Priority.LOW if ticket.priority is not Priority.LOW else Priority.HIGH
    actions: dict[Move, Callable[[], Acted]] = {
        Move.ACKNOWLEDGE: lambda: acknowledge(ticket, "amira", now),
        Move.START: lambda: start(ticket, "amira", now),
        Move.CONTACT: lambda: contact(ticket, "amira", now, "phone", "left a message"),
        Move.NOTE: lambda: note(ticket, "amira", now, "asked the courier"),
        Move.WAIT: lambda: wait(ticket, "amira", now, "sent them a form"),
        Move.HOLD: lambda: hold(ticket, "amira", now),
        Move.REASSIGN: lambda: reassign(ticket, "amira", now, other),
        Move.CHANGE_PRIORITY: lambda: change_priority(ticket, "amira", now, priority, "they rang", SLA),
        Move.CHECK: lambda: check(ticket, "amira", now, ["told"], ["told", "paid"]),
        Move.ESCALATE: lambda: ask_for_help(ticket, "amira", now, "I need somebody who knows invoices", "hana"),
        Move.ACKNOWLEDGE_ESCALATION: lambda: (
            acknowledge_escalation(ticket, "hana", now) if ticket.escalated or not ticket.live else Acted(ticket, ())
        ),
        Move.MERGE: lambda: merge(Log(ticket, life.events), another(now), "amira", now, "the same", SLA).root,
        Move.SPLIT: lambda: (
            split(ticket, ["R-0"], "N-8", "staff", "amira", now, "two things", SLA).root
            if ticket.responses > 1 or not ticket.live
            else Acted(ticket, ())
        ),
        Move.RESOLVE: lambda: resolve(ticket, "amira", now, DONE, SLA.root_causes),
        Move.CLOSE: lambda: close(ticket, "amira", now),
        Move.REOPEN: lambda: reopen(ticket, "amira", now, "it broke again", SLA),
    }
    acted = actions[move]()
    return Life(acted.ticket, (*life.events, *acted.events))


@given(st.lists(st.one_of(st.sampled_from(Move), st.sampled_from(Severity)), max_size=12))
def test_any_life_is_rebuilt_from_its_events(steps: list[Move | Severity]) -> None:
    first = planned([candidate(severity=Severity.LOW)])
    life, now = Life(first.opened[0], first.events), NOW
    for i, step in enumerate(steps):
        now += timedelta(minutes=17)
        if isinstance(step, Severity):
            joined = planned([candidate(i, response=f"S-{i}", severity=step)], live=life.ticket).changes
            if life.ticket.status in LIVE:
                life = Life(joined[0].after, (*life.events, *joined[0].events))
        elif step in allowed(life.ticket.status):
            life = act(life, step, now)
        else:
            with pytest.raises(LifecycleError, match="Allowed: "):
                act(life, step, now)
        assert rebuild(life.events) == life.ticket
        assert life.ticket.version == len(life.events)
        assert life.ticket.owner
