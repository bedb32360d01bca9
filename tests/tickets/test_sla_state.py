"""The SLA engine against the minute oracle, and the field's definitions one by one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.builders import NOW, SLA, candidate, planned
from tests.tickets.sla_oracle import agree, expected, observed
from tests.tickets.sla_stories import random_case
from tests.tickets.sla_worlds import TURNS, World, random_worlds
from tickets import actions
from tickets.actions import Acted
from tickets.calendar import Clock
from tickets.events import EventKind, TicketEvent
from tickets.metric_events import MetricEventKind, metric_events
from tickets.sla import Metric, PauseRule, SpecialTarget, Target
from tickets.sla_state import SlaState, Standing, sla_states
from tickets.ticket import Closure, Priority, Status, Ticket

HOUR = timedelta(hours=1)
PROMISES = replace(
    SLA,
    targets={
        Priority.NORMAL: Target(
            first_touch=2 * HOUR, next_touch=HOUR, resolution=8 * HOUR, close_the_loop=10 * HOUR, clock=Clock.BUSINESS
        ),
        Priority.HIGH: Target(first_touch=HOUR, resolution=4 * HOUR),
    },
    pauses=(PauseRule(Status.WAITING, (Metric.RESOLUTION,), 3 * HOUR), PauseRule(Status.ON_HOLD, (Metric.RESOLUTION,))),
)
DONE = Closure("product", "Sent a new one.", True)


@cache
def worlds(turn: tuple[str, datetime]) -> tuple[World, World]:
    return random_worlds(Random(f"{turn}"), turn)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TURNS), st.integers(0, 2**32))
def test_the_engine_says_what_the_minutes_say(turn: tuple[str, datetime], seed: int) -> None:
    case = random_case(Random(seed), worlds(turn))
    said, told = observed(case), expected(case)
    assert agree(said, told), (said, told)


@pytest.mark.parametrize(("seed", "at"), [("1-395", 242), ("1-413", 12)])
def test_a_capped_pause_that_outlasts_the_oracles_world_is_no_endless_one(seed: str, at: int) -> None:
    """Found by the million stories: the minutes said "never due" of what is due after their twelve days."""
    rng = Random(seed)
    both = random_worlds(rng, TURNS[int(seed.split("-")[1]) % len(TURNS)])
    case = [random_case(rng, both) for _ in range(at + 1)][-1]
    assert agree(observed(case), expected(case))


class Life:
    """A ticket opened at ten on a Wednesday, acted on at hours after that."""

    def __init__(self) -> None:
        result = planned([candidate()])
        self.ticket: Ticket = result.opened[0]
        self.events: list[TicketEvent] = list(result.events)

    def at(self, hours: float, action: Callable[[Ticket, datetime], Acted]) -> "Life":
        done = action(self.ticket, NOW + hours * HOUR)
        self.ticket, self.events = done.ticket, [*self.events, *done.events]
        return self

    def answers(self, hours: float) -> "Life":
        event = TicketEvent(
            self.ticket.key, self.ticket.version + 1, EventKind.RESPONSE_ATTACHED, "nanni", NOW + hours * HOUR
        )
        return self.at(hours, lambda ticket, now: Acted(ticket, ()).then(event.kind, event.actor, now))

    def states(self, hours: float) -> dict[tuple[Metric, int], SlaState]:
        found = sla_states(self.events, PROMISES, NOW + hours * HOUR)
        return {(state.metric, state.number): state for state in found}


def acknowledged(ticket: Ticket, now: datetime) -> Acted:
    return actions.acknowledge(ticket, "amira", now)


def contacted(ticket: Ticket, now: datetime) -> Acted:
    return actions.contact(ticket, "amira", now, "phone")


def waiting(ticket: Ticket, now: datetime) -> Acted:
    return actions.wait(ticket, "amira", now)


def held(ticket: Ticket, now: datetime) -> Acted:
    return actions.hold(ticket, "amira", now)


def started(ticket: Ticket, now: datetime) -> Acted:
    return actions.start(ticket, "amira", now)


def resolved(ticket: Ticket, now: datetime) -> Acted:
    return actions.resolve(ticket, "amira", now, DONE, SLA.root_causes)


def reopened(ticket: Ticket, now: datetime) -> Acted:
    return actions.reopen(ticket, "hana", now, "it broke again", PROMISES)


def test_the_first_touch_ends_at_the_acknowledgement_and_is_never_owed_again() -> None:
    life = Life().at(1, acknowledged).at(2, resolved).at(3, reopened)
    (touch,) = [state for key, state in life.states(5).items() if key[0] is Metric.FIRST_TOUCH]
    assert (touch.standing, touch.until, touch.business) == (Standing.FULFILLED, NOW + HOUR, HOUR)
    assert touch.breached_at is None


def test_breach_is_the_deadline_and_not_the_moment_somebody_looked() -> None:
    life = Life()
    assert life.states(2)[Metric.FIRST_TOUCH, 1].breached_at is None
    late = life.states(2.5)[Metric.FIRST_TOUCH, 1]
    assert late.breached_at == late.deadline == NOW + 2 * HOUR
    touched = life.at(30, acknowledged).states(40)[Metric.FIRST_TOUCH, 1]
    assert (touched.standing, touched.breached_at) == (Standing.FULFILLED, NOW + 2 * HOUR)


def test_the_next_touch_counts_from_the_oldest_unanswered_word() -> None:
    life = Life().answers(0.5)
    assert (Metric.NEXT_TOUCH, 1) not in life.states(0.6)  # the first touch answers this too
    life.at(1, acknowledged).answers(2).answers(2.5)
    waiting_for_it = life.states(2.75)[Metric.NEXT_TOUCH, 1]
    assert (waiting_for_it.since, waiting_for_it.business) == (NOW + 2 * HOUR, 0.75 * HOUR)
    life.at(2.9, started)  # changing the status is no answer
    assert life.states(2.95)[Metric.NEXT_TOUCH, 1].standing is Standing.ACTIVE
    life.at(3.5, contacted).answers(4).at(4.5, resolved)
    states = life.states(5)
    assert states[Metric.NEXT_TOUCH, 1].breached_at == NOW + 3 * HOUR
    assert (states[Metric.NEXT_TOUCH, 2].standing, states[Metric.NEXT_TOUCH, 2].business) == (
        Standing.FULFILLED,
        0.5 * HOUR,
    )


@pytest.mark.parametrize(("first", "second"), [(contacted, resolved), (resolved, contacted)])
def test_the_loop_is_closed_by_contact_and_resolution_in_either_order(
    first: Callable[[Ticket, datetime], Acted], second: Callable[[Ticket, datetime], Acted]
) -> None:
    life = Life().at(1, first)
    assert life.states(2)[Metric.CLOSE_THE_LOOP, 1].standing is Standing.ACTIVE
    told = life.at(3, second).states(4)[Metric.CLOSE_THE_LOOP, 1]
    assert (told.standing, told.until) == (Standing.FULFILLED, NOW + 3 * HOUR)


def test_reopening_owes_resolution_and_loop_anew() -> None:
    states = Life().at(1, resolved).at(2, reopened).states(3)
    assert states[Metric.RESOLUTION, 1].standing is Standing.FULFILLED
    assert states[Metric.CLOSE_THE_LOOP, 1].standing is Standing.REPLACED
    for metric in (Metric.RESOLUTION, Metric.CLOSE_THE_LOOP, Metric.NEXT_TOUCH):
        again = states[metric, 2 if metric is not Metric.NEXT_TOUCH else 1]
        assert (again.since, again.business, again.standing) == (NOW + 2 * HOUR, HOUR, Standing.ACTIVE)


def test_a_pause_stops_the_clock_until_its_cap_is_used_up() -> None:
    life = Life().at(1, waiting)
    paused = life.states(2)[Metric.RESOLUTION, 1]
    assert (paused.standing, paused.business) == (Standing.PAUSED, HOUR)
    assert paused.deadline == datetime(2026, 3, 12, 13, tzinfo=NOW.tzinfo)  # 8 h of work and 3 h of cap from ten
    running = life.states(5)[Metric.RESOLUTION, 1]
    assert (running.standing, running.business) == (Standing.ACTIVE, 2 * HOUR)
    (pause,) = running.pauses
    assert (pause.actor, pause.since, pause.until, pause.credited_until) == (
        "amira",
        NOW + HOUR,
        None,
        NOW + 4 * HOUR,
    )
    assert life.states(5)[Metric.CLOSE_THE_LOOP, 1].business == 5 * HOUR


def test_all_stretches_of_a_status_share_its_cap() -> None:
    life = Life().at(1, waiting).at(3, started).at(4, waiting).at(6, started)
    pauses = life.states(6.5)[Metric.RESOLUTION, 1].pauses
    assert [pause.credited_until for pause in pauses] == [NOW + 3 * HOUR, NOW + 5 * HOUR]


def test_a_pause_without_cap_has_no_deadline_until_it_ends() -> None:
    life = Life().at(1, held)
    assert life.states(100)[Metric.RESOLUTION, 1].deadline is None
    assert life.at(3, started).states(4)[Metric.RESOLUTION, 1].deadline == datetime(2026, 3, 12, 12, tzinfo=NOW.tzinfo)


def test_a_priority_by_hand_counts_from_the_start_and_a_raised_one_from_then() -> None:
    by_hand = Life().at(1, lambda t, now: actions.change_priority(t, "hana", now, Priority.HIGH, "vip", PROMISES))
    assert by_hand.states(2)[Metric.RESOLUTION, 1].deadline == NOW + 4 * HOUR
    to_high = (("from", "normal"), ("to", "high"), ("counted_from", "now"))
    raised = Life().at(2, lambda t, now: Acted(t, ()).then(EventKind.PRIORITY_CHANGED, "nanni", now, to_high))
    state = raised.states(3)[Metric.RESOLUTION, 1]
    assert (state.deadline, state.priority, state.updates) == (NOW + 6 * HOUR, Priority.HIGH, (NOW + 2 * HOUR,))
    late = Life().at(7, lambda t, now: Acted(t, ()).then(EventKind.PRIORITY_CHANGED, "nanni", now, to_high))
    assert late.states(8)[Metric.RESOLUTION, 1].priority is Priority.NORMAL  # due sooner by what it was


def test_a_target_of_tier_or_survey_goes_first() -> None:
    gold = SpecialTarget(Priority.NORMAL, Target(first_touch=HOUR, clock=Clock.ELAPSED), tiers=("Gold",))
    policy = replace(PROMISES, special=(gold,))
    assert policy.target(Priority.NORMAL, "any", "gold") is gold.target
    assert policy.target(Priority.NORMAL, "any", None) is PROMISES.targets[Priority.NORMAL]
    assert policy.target(Priority.HIGH, "any", "gold") is PROMISES.targets[Priority.HIGH]
    only_here = replace(gold, tiers=(), surveys=("store_nps",))
    assert replace(PROMISES, special=(only_here,)).target(Priority.NORMAL, "store_nps") is gold.target


def test_the_state_of_an_earlier_moment_is_as_it_was_then() -> None:
    life = Life().at(1, waiting).at(2, started)
    then = Life().at(1, waiting)
    assert life.states(1.5) == then.states(1.5)


def test_metric_events_tell_the_story_in_order() -> None:
    life = Life().at(1, waiting).at(2, started).at(30, resolved)
    told = [
        (event.kind, (event.at - NOW) / HOUR)
        for event in metric_events(life.events, PROMISES, NOW + 40 * HOUR)
        if event.metric is Metric.RESOLUTION
    ]
    assert told == [
        (MetricEventKind.ACTIVATE, 0),
        (MetricEventKind.APPLY, 0),
        (MetricEventKind.PAUSE, 1),
        (MetricEventKind.ACTIVATE, 2),
        (MetricEventKind.BREACH, 25),
        (MetricEventKind.FULFIL, 30),
    ]
