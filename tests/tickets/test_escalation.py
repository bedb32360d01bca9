from datetime import timedelta

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, planned
from tickets.actions import acknowledge, change_priority
from tickets.escalation import overdue_steps
from tickets.events import EventKind, TicketEvent
from tickets.notice import Audience, Channel
from tickets.projection import rebuild
from tickets.ticket import Priority, Ticket

LATE = NOW + timedelta(days=60)


def life() -> tuple[Ticket, tuple[TicketEvent, ...]]:
    result = planned([candidate()])
    return result.opened[0], result.events


def test_overdue_work_is_escalated_to_owner_and_lead_once() -> None:
    ticket, events = life()
    (step,) = overdue_steps([(ticket, events)], LATE, SLA, ROUTING)
    assert [dict(event.data)["metric"] for event in step.change.events] == ["first_touch", "resolution"]
    assert all(event.kind is EventKind.ESCALATED for event in step.change.events)
    assert [notice.target for notice in step.notices] == ["amira@example.org", "hana@example.org"]
    after = step.change.after
    assert rebuild((*events, *step.change.events)) == after
    assert overdue_steps([(after, (*events, *step.change.events))], LATE + timedelta(days=9), SLA, ROUTING) == []


def test_what_is_on_time_is_left_alone() -> None:
    assert overdue_steps([life()], NOW, SLA, ROUTING) == []


def test_a_metric_missed_later_is_a_step_of_its_own() -> None:
    ticket, events = life()
    assert ticket.due.first_touch is not None
    (first,) = overdue_steps([(ticket, events)], ticket.due.first_touch + timedelta(minutes=1), SLA, ROUTING)
    (second,) = overdue_steps([(first.change.after, (*events, *first.change.events))], LATE, SLA, ROUTING)
    assert [dict(event.data)["metric"] for event in second.change.events] == ["resolution"]


def test_a_new_deadline_can_be_missed_anew() -> None:
    ticket, events = life()
    touched = acknowledge(ticket, "amira", NOW)
    events = (*events, *touched.events)
    (first,) = overdue_steps([(touched.ticket, events)], LATE, SLA, ROUTING)
    changed = change_priority(first.change.after, "hana", LATE, Priority.LOW, "they can wait", SLA)
    events = (*events, *first.change.events, *changed.events)
    (second,) = overdue_steps([(changed.ticket, events)], LATE, SLA, ROUTING)
    assert [dict(event.data)["due"] for event in second.change.events] == [
        (NOW + timedelta(days=10)).isoformat(),
    ]


def test_a_chat_hears_once_however_many_people_do() -> None:
    (step,) = overdue_steps([life()], LATE, SLA, ROUTING, Audience(chats=("cx",)))
    assert [notice.channel for notice in step.notices] == [Channel.MAIL, Channel.MAIL, Channel.CHAT]
