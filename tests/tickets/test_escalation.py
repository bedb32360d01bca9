"""The ladder: each step once a promise, repeated until somebody acknowledges."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, planned
from tickets.actions import Acted, acknowledge, acknowledge_escalation, ask_for_help, change_priority, contact, wait
from tickets.calendar import Clock, deadline
from tickets.escalation import Escalation, escalations, help_notices
from tickets.events import EventKind, TicketEvent
from tickets.ladder import Ladder, Signal, SignalRule, Step, default_ladder
from tickets.lifecycle import LifecycleError
from tickets.notice import Audience, Channel, NoticeKind
from tickets.opening import Change
from tickets.projection import rebuild
from tickets.routing import Routing
from tickets.sla import Metric, PauseRule, SlaPolicy
from tickets.ticket import Priority, Status, Ticket
from triggers.policy import Severity

LATE = NOW + timedelta(days=60)
BROKEN = default_ladder("hana")


def late(
    tickets: Sequence[tuple[Ticket, Sequence[TicketEvent]]],
    now: datetime,
    sla: SlaPolicy,
    routing: Routing,
    audience: Audience = Audience(),  # noqa: B008 (frozen)
) -> list[Escalation]:
    return escalations(tickets, now, sla, BROKEN, routing, audience)


def life() -> tuple[Ticket, tuple[TicketEvent, ...]]:
    result = planned([candidate()])
    return result.opened[0], result.events


def test_overdue_work_is_escalated_to_owner_and_lead_once() -> None:
    ticket, events = life()
    (step,) = late([(ticket, events)], LATE, SLA, ROUTING)
    assert [dict(event.data)["metric"] for event in step.change.events] == ["first_touch", "resolution"]
    assert all(event.kind is EventKind.ESCALATED for event in step.change.events)
    assert [notice.target for notice in step.notices] == ["amira@example.org", "hana@example.org"]
    after = step.change.after
    assert rebuild((*events, *step.change.events)) == after
    assert late([(after, (*events, *step.change.events))], LATE + timedelta(days=9), SLA, ROUTING) == []


def test_what_is_on_time_is_left_alone() -> None:
    assert late([life()], NOW, SLA, ROUTING) == []


def test_a_metric_missed_later_is_a_step_of_its_own() -> None:
    ticket, events = life()
    assert ticket.due.first_touch is not None
    (first,) = late([(ticket, events)], ticket.due.first_touch + timedelta(minutes=1), SLA, ROUTING)
    (second,) = late([(first.change.after, (*events, *first.change.events))], LATE, SLA, ROUTING)
    assert [dict(event.data)["metric"] for event in second.change.events] == ["resolution"]


def test_a_new_deadline_can_be_missed_anew() -> None:
    ticket, events = life()
    touched = acknowledge(ticket, "amira", NOW)
    events = (*events, *touched.events)
    (first,) = late([(touched.ticket, events)], LATE, SLA, ROUTING)
    changed = change_priority(first.change.after, "hana", LATE, Priority.LOW, "they can wait", SLA)
    events = (*events, *first.change.events, *changed.events)
    (second,) = late([(changed.ticket, events)], LATE, SLA, ROUTING)
    assert [dict(event.data)["due"] for event in second.change.events] == [
        (NOW + timedelta(days=10)).isoformat(),
    ]


def test_a_chat_hears_once_however_many_people_do() -> None:
    (step,) = late([life()], LATE, SLA, ROUTING, Audience(chats=("cx",)))
    assert [notice.channel for notice in step.notices] == [Channel.MAIL, Channel.MAIL, Channel.CHAT]


LADDER = Ladder(
    steps=(
        Step("75%", ("owner",), 0.75, metrics=(Metric.RESOLUTION,)),
        Step("100%", ("owner", "lead"), metrics=(Metric.RESOLUTION,)),
        Step("1d", ("manager",), after=timedelta(hours=8), metrics=(Metric.RESOLUTION,)),
    ),
    signals=(SignalRule(Signal.REPEATED, 2, ("lead",)), SignalRule(Signal.IMPACT, 1000, ("manager",))),
    repeat=timedelta(hours=2),
)
TEAMS = replace(ROUTING, teams=(replace(ROUTING.teams[0], lead="bo", manager="hana"), *ROUTING.teams[1:]))


class Watch:
    """A ticket that is looked at as time goes on."""

    def __init__(self, **options: object) -> None:
        made = planned([candidate(**options)])  # type: ignore[arg-type]
        self.ticket, self.events = made.opened[0], made.events
        assert self.ticket.due.resolution is not None
        self.due = self.ticket.due.resolution
        self.mails: list[str] = []

    def then(self, acted: Acted | Change) -> None:
        ticket = acted.ticket if isinstance(acted, Acted) else acted.after
        self.ticket, self.events = ticket, (*self.events, *acted.events)
        assert rebuild(self.events) == self.ticket

    def look(self, now: datetime, ladder: Ladder = LADDER) -> list[str]:
        """The steps told at a moment; a second look at it tells nothing."""
        told = []
        for found in escalations([(self.ticket, self.events)], now, SLA, ladder, TEAMS):
            self.then(found.change)
            told += [dict(event.data)["step"] for event in found.change.events]
            self.mails = [notice.target for notice in found.notices]
        assert escalations([(self.ticket, self.events)], now, SLA, ladder, TEAMS) == []
        return told


def test_steps_come_at_shares_of_the_target_and_past_it() -> None:
    watch = Watch()  # 40 office hours
    assert watch.look(watch.due - timedelta(days=3)) == []
    assert watch.look(deadline(NOW, timedelta(hours=30), SLA.calendar, Clock.BUSINESS)) == ["75%"]
    assert watch.mails == ["amira@example.org"]
    watch.then(acknowledge(watch.ticket, "amira", NOW))
    assert watch.look(watch.due) == [], "at the deadline itself it is on time"
    assert watch.look(watch.due + timedelta(seconds=1)) == ["100%"]
    assert watch.mails == ["amira@example.org", "bo@example.org"]
    watch.then(acknowledge_escalation(watch.ticket, "bo", watch.due))
    assert watch.look(deadline(watch.due, timedelta(hours=8), SLA.calendar, Clock.BUSINESS)) == ["1d"]
    assert watch.mails == ["hana@example.org"]


def test_an_escalation_is_repeated_until_somebody_acknowledges_it() -> None:
    watch = Watch()
    first = watch.due + timedelta(seconds=1)
    assert watch.look(first) == ["75%", "100%"]
    assert watch.ticket.escalated == "100%"
    again = deadline(first, timedelta(hours=2), SLA.calendar, Clock.BUSINESS)
    assert watch.look(again - timedelta(minutes=1)) == []
    assert watch.look(again) == ["100%"]
    assert dict(watch.events[-1].data)["repeat"] == "1"
    assert watch.events[-1].reason == "nobody has acknowledged it: resolution is overdue"
    third = deadline(again, timedelta(hours=2), SLA.calendar, Clock.BUSINESS)
    assert watch.look(third) == ["100%"]
    watch.then(acknowledge(watch.ticket, "amira", third))
    assert watch.ticket.escalated == ""
    assert watch.look(third + timedelta(hours=3)) == [], "the next rung is a day past the target"


def test_a_ladder_can_stop_when_somebody_acknowledges() -> None:
    watch, stopping = Watch(), replace(LADDER, stops=True)
    assert watch.look(watch.due + timedelta(seconds=1), stopping) == ["75%", "100%"]
    watch.then(acknowledge_escalation(watch.ticket, "bo", watch.due))
    long_after = watch.due + timedelta(days=30)
    assert watch.look(long_after, stopping) == []
    watch.then(change_priority(watch.ticket, "amira", watch.due, Priority.URGENT, "worse than we thought", SLA))
    assert "1d" in watch.look(long_after, stopping), "another promise is escalated anew"


def test_repeating_can_be_limited() -> None:
    watch, limited = Watch(), replace(LADDER, most=1, steps=())
    watch.look(watch.due + timedelta(seconds=1))
    day = timedelta(days=1)
    for days, times in ((7, 1), (30, 0)):
        found = escalations([(watch.ticket, watch.events)], watch.due + days * day, SLA, limited, TEAMS)
        assert len(found) == times
        for one in found:
            watch.then(one.change)


def test_a_pause_reaches_no_new_step() -> None:
    watch = Watch()
    paused = replace(SLA, pauses=(PauseRule(Status.WAITING, (Metric.RESOLUTION,), timedelta(days=90)),))
    watch.then(wait(watch.ticket, "amira", NOW))
    late_on = deadline(NOW, timedelta(hours=30), SLA.calendar, Clock.BUSINESS)
    assert escalations([(watch.ticket, watch.events)], late_on, paused, LADDER, TEAMS) == []


def test_a_customer_who_comes_back_unanswered_is_told_to_the_lead_once() -> None:
    watch = Watch()
    for number in (1, 2):
        assert watch.look(NOW) == []
        watch.then(planned([candidate(response=f"S-{number}")], live=watch.ticket).changes[0])
    assert watch.look(NOW) == ["repeated"]
    assert watch.mails == ["bo@example.org"]
    watch.then(contact(watch.ticket, "amira", NOW, "phone"))  # work on a new ticket acknowledges it
    assert watch.look(NOW + timedelta(minutes=1)) == []


def test_what_is_at_stake_goes_to_the_manager() -> None:
    watch = Watch()
    opening = replace(watch.events[0], data=(*watch.events[0].data, ("impact", "2500")))
    watch.events = (opening, *watch.events[1:])
    assert watch.look(NOW) == ["impact"]
    assert watch.mails == ["hana@example.org"]


def test_help_asked_for_by_hand_is_told_and_repeated() -> None:
    watch = Watch()
    asked = ask_for_help(watch.ticket, "amira", NOW, "Who knows invoices?", "hana")
    watch.then(asked)
    (notice,) = help_notices(asked.events, TEAMS, Audience(chats=("cx",)), NOW)
    assert (notice.target, notice.kind) == ("hana@example.org", NoticeKind.ESCALATED)
    assert watch.look(NOW + timedelta(hours=1)) == []
    assert watch.look(NOW + timedelta(hours=2)) == ["expertise"]
    assert watch.mails == ["hana@example.org"]
    with pytest.raises(LifecycleError, match="no escalation waits"):
        acknowledge_escalation(acknowledge_escalation(watch.ticket, "hana", NOW).ticket, "hana", NOW)


@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=12))
def test_no_step_is_told_twice_however_often_one_looks(minutes: list[int]) -> None:
    watch, now, told = Watch(), NOW, list[str]()
    ladder = replace(LADDER, repeat=None)
    for gap in minutes:
        now += timedelta(minutes=gap)
        for found in escalations([(watch.ticket, watch.events)], now, SLA, ladder, TEAMS):
            watch.then(found.change)
            told += [dict(event.data)["step"] for event in found.change.events]
    reached = [step.id for step in LADDER.steps if step.id in told]
    assert told == reached, "each once, in the order of the ladder"


def test_the_horizon_misses_no_ticket_that_has_reached_a_step() -> None:
    ladder = Ladder((Step("50%", ("owner",), 0.5), Step("100%", ("owner",))))
    for severity in Severity:
        watch = Watch(severity=severity)
        for hours in range(0, 400, 3):
            now = NOW + timedelta(hours=hours)
            if escalations([(watch.ticket, watch.events)], now, SLA, ladder, TEAMS):
                first = watch.ticket.due.first_touch or watch.due
                assert min(first, watch.due) <= ladder.horizon(SLA, now)
