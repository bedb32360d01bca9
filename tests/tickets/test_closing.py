"""The end of a ticket, from the customer's side."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, planned
from tickets import actions
from tickets.actions import Acted
from tickets.closing import (
    CheckItem,
    ClosingPolicy,
    CustomerMessage,
    answer,
    ask,
    close_unanswered,
    closes_at,
    default_closing,
    survey_is_due,
    tell_customer,
)
from tickets.episodes import ReopenWindow
from tickets.events import EventKind, TicketEvent
from tickets.feelings import feelings
from tickets.lifecycle import LifecycleError
from tickets.notice import NoticeKind
from tickets.projection import rebuild
from tickets.sla import Metric
from tickets.sla_state import Standing, sla_states
from tickets.ticket import Closure, Status

DONE = Closure("product", "Sent another one.", True)
RESOLVED = NOW + timedelta(hours=4)
POLICY = ClosingPolicy(
    ReopenWindow(timedelta(hours=72), SLA.calendar),
    messages=tuple(CustomerMessage),
    senior="hana",
    close_after=timedelta(days=5),
)
SENIOR = ROUTING.assign_to("hana", "unhappy after the resolution")


class Life:
    """A ticket with its events, and what its customer does."""

    def __init__(self) -> None:
        made = planned([candidate(negative=0.91)])
        self.ticket, self.events = made.opened[0], made.events
        self.then(actions.resolve(self.ticket, "amira", RESOLVED, DONE, SLA.root_causes))

    def then(self, acted: Acted) -> "Life":
        self.ticket, self.events = acted.ticket, (*self.events, *acted.events)
        assert rebuild(self.events) == self.ticket
        return self

    @property
    def resolution(self) -> int:
        return max(event.sequence for event in self.events if event.kind is EventKind.RESOLVED)

    def answered(self, rating: int, at: datetime, policy: ClosingPolicy = POLICY, comment: str = "") -> bool:
        done = answer(self.ticket, self.events, self.resolution, rating, comment, policy, SLA, at, SENIOR)
        self.then(done.acted)
        return done.follow_up

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.events]


def test_a_survey_is_asked_half_an_hour_after_the_resolution_and_once() -> None:
    life = Life()
    hour = RESOLVED + timedelta(minutes=30)
    assert not survey_is_due(life.ticket, life.events, POLICY, hour - timedelta(seconds=1))
    assert survey_is_due(life.ticket, life.events, POLICY, hour)
    assert not survey_is_due(life.ticket, life.events, replace(POLICY, messages=()), hour), "opt-in"
    assert not survey_is_due(life.ticket, life.events, POLICY, hour + timedelta(days=4)), "days too late"
    told = ask(life.ticket, life.events, hour)
    assert (told.notice.kind, told.notice.target) == (NoticeKind.CUSTOMER_SURVEY, "customer:c-1")
    life.then(told.acted)
    assert not survey_is_due(life.ticket, life.events, POLICY, hour + timedelta(minutes=5))
    life.then(actions.reopen(life.ticket, "amira", hour, "broke again", SLA))
    assert not survey_is_due(life.ticket, life.events, POLICY, hour)
    life.then(actions.resolve(life.ticket, "amira", hour, DONE, SLA.root_causes))
    assert survey_is_due(life.ticket, life.events, POLICY, hour + timedelta(minutes=30)), "a resolution of its own"


@pytest.mark.parametrize(
    ("rating", "status"), [(1, Status.OPEN), (2, Status.OPEN), (3, Status.RESOLVED), (4, Status.CLOSED)]
)
def test_the_answer_decides_what_becomes_of_the_ticket(rating: int, status: Status) -> None:
    life = Life()
    assert not life.answered(rating, RESOLVED + timedelta(hours=1), comment="See my mail.")
    assert life.ticket.status is status
    assert life.ticket.owner == ("hana" if status is Status.OPEN else "amira"), "reopened to the senior"
    (said,) = [event for event in life.events if event.kind is EventKind.CUSTOMER_ANSWERED]
    assert (said.note, dict(said.data)["rating"]) == ("See my mail.", str(rating))


def test_an_unhappy_answer_after_the_window_asks_for_a_follow_up() -> None:
    life = Life()
    life.then(actions.close(life.ticket, "amira", RESOLVED))
    assert life.answered(1, RESOLVED + timedelta(hours=73))
    assert life.ticket.status is Status.CLOSED


def test_unhappy_within_the_window_reopens_even_a_closed_ticket() -> None:
    life = Life()
    life.then(actions.close(life.ticket, "amira", RESOLVED))
    assert not life.answered(2, RESOLVED + timedelta(hours=72))
    assert life.ticket.status is Status.OPEN and life.ticket.due.resolution is not None


def test_only_the_first_answer_to_a_resolution_counts() -> None:
    life = Life()
    life.answered(3, RESOLVED + timedelta(hours=1))
    with pytest.raises(LifecycleError, match="answered already"):
        life.answered(1, RESOLVED + timedelta(hours=2))
    with pytest.raises(LifecycleError, match=r"6 is no rating.*1 to 5"):
        answer(life.ticket, life.events, 99, 6, "", POLICY, SLA, NOW)


def test_an_answer_about_an_older_resolution_is_kept_and_changes_nothing() -> None:
    life = Life()
    first = life.resolution
    life.then(actions.reopen(life.ticket, "amira", RESOLVED, "broke again", SLA))
    done = answer(life.ticket, life.events, first, 1, "", POLICY, SLA, RESOLVED + timedelta(hours=1), SENIOR)
    assert [event.kind for event in done.acted.events] == [EventKind.CUSTOMER_ANSWERED] and not done.follow_up


def test_no_answer_closes_after_the_stated_time_unless_the_checklist_is_open() -> None:
    life = Life()
    end = RESOLVED + timedelta(days=5)
    assert closes_at(life.ticket, POLICY) == end
    assert close_unanswered(life.ticket, POLICY, end - timedelta(seconds=1)) is None
    closed = close_unanswered(life.ticket, POLICY, end)
    assert closed is not None and closed.ticket.status is Status.CLOSED
    strict = replace(POLICY, checklist=(CheckItem("told", "The customer knows."),))
    assert close_unanswered(life.ticket, strict, end) is None
    with pytest.raises(LifecycleError, match="checklist lacks told"):
        actions.close(life.ticket, "amira", end, strict.items)
    with pytest.raises(LifecycleError, match="is not on the closing checklist"):
        actions.check(life.ticket, "amira", end, ["tolled"], strict.items)
    life.then(actions.check(life.ticket, "amira", end, ["told"], strict.items))
    assert close_unanswered(life.ticket, strict, end) is not None
    assert close_unanswered(life.ticket, default_closing(SLA.calendar), end) is None


def test_a_happy_customer_does_not_close_what_the_checklist_keeps() -> None:
    life = Life()
    life.answered(5, RESOLVED + timedelta(hours=1), replace(POLICY, checklist=(CheckItem("paid", "Refund paid."),)))
    assert life.ticket.status is Status.RESOLVED


def test_a_resolution_message_closes_the_loop() -> None:
    life = Life()

    def loop() -> Standing:
        states = sla_states(life.events, SLA, RESOLVED + timedelta(hours=1))
        return next(state.standing for state in states if state.metric is Metric.CLOSE_THE_LOOP)

    assert loop() is Standing.ACTIVE
    told = tell_customer(Acted(life.ticket, ()), CustomerMessage.RESOLUTION, "amira", RESOLVED, "It is on its way.")
    life.then(told.acted)
    assert loop() is Standing.FULFILLED
    assert told.notice.event_sequence == life.ticket.version


def test_how_the_customer_felt_is_kept_at_each_step() -> None:
    life = Life()
    life.answered(1, RESOLVED + timedelta(hours=1))
    joined = planned([candidate(response="R-9", negative=None)], live=life.ticket).changes[0]
    events: tuple[TicketEvent, ...] = (*life.events, *joined.events)
    assert [(feeling.step, feeling.felt) for feeling in feelings(events)] == [
        ("first response", "negative"),
        ("after the resolution", "unhappy"),
        ("another response", "unknown"),
    ]
