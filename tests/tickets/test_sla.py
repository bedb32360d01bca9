from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.tickets.builders import NOW, SLA, opened
from tickets.actions import acknowledge, resolve
from tickets.sla import Metric, due_times, overdue, sooner
from tickets.ticket import Closure, DueTimes, Priority, Status

SECOND = timedelta(seconds=1)


def test_due_times_follow_the_priority_and_its_clock() -> None:
    assert due_times(Priority.URGENT, NOW, SLA) == DueTimes(
        datetime(2026, 3, 11, 12, tzinfo=UTC), datetime(2026, 3, 12, 10, tzinfo=UTC)
    )
    assert due_times(Priority.LOW, NOW, SLA) == DueTimes(None, NOW + timedelta(days=10))


def test_a_priority_without_target_promises_nothing() -> None:
    assert due_times(Priority.LOW, NOW, replace(SLA, targets={})) == DueTimes()


def test_at_the_deadline_a_ticket_is_on_time_and_a_moment_later_overdue() -> None:
    ticket = opened()
    touch, resolution = ticket.due.first_touch, ticket.due.resolution
    assert touch is not None and resolution is not None
    assert overdue(ticket, touch) == ()
    assert overdue(ticket, touch + SECOND) == (Metric.FIRST_TOUCH,)
    assert overdue(ticket, resolution + SECOND) == (Metric.FIRST_TOUCH, Metric.RESOLUTION)


def test_a_touched_ticket_owes_only_its_resolution_and_a_resolved_one_nothing() -> None:
    ticket = acknowledge(opened(), "amira", NOW).ticket
    late = NOW + timedelta(days=60)
    assert overdue(ticket, late) == (Metric.RESOLUTION,)
    done = resolve(ticket, "amira", NOW, Closure("product", "Sent it.", True), SLA.root_causes).ticket
    assert (done.status, overdue(done, late)) == (Status.RESOLVED, ())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (DueTimes(NOW, None), DueTimes(NOW + SECOND, NOW), DueTimes(NOW, NOW)),
        (DueTimes(None, NOW), DueTimes(None, NOW - SECOND), DueTimes(None, NOW - SECOND)),
    ],
)
def test_sooner_takes_the_earlier_of_each(one: DueTimes, other: DueTimes, expected: DueTimes) -> None:
    assert sooner(one, other) == expected
