from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.tickets.builders import LONDON, NOW, SLA, candidate, planned
from tickets.actions import acknowledge, change_priority, hold, start, wait
from tickets.calendar import Calendar
from tickets.events import EventKind
from tickets.projection import rebuild
from tickets.retiming import due_now, recompute, reproject, settled
from tickets.sla import Metric, PauseRule, Target
from tickets.sla_state import sla_states
from tickets.ticket import Priority, Status

HOUR = timedelta(hours=1)
PAUSED = replace(
    SLA,
    pauses=(PauseRule(Status.WAITING, (Metric.RESOLUTION,), 4 * HOUR), PauseRule(Status.ON_HOLD, (Metric.RESOLUTION,))),
)
MORNINGS = replace(SLA, calendar=Calendar("Europe/London", (((9 * 60, 13 * 60),),) * 5 + ((), ())))


def test_the_row_follows_a_pause_and_the_going_on() -> None:
    result = planned([candidate()])
    ticket, events = result.opened[0], result.events
    waited = settled(ticket, events, wait(ticket, "amira", NOW + HOUR), PAUSED, NOW + HOUR)
    assert ticket.due.resolution is not None and waited.ticket.due.resolution == ticket.due.resolution + 4 * HOUR
    log = (*events, *waited.events)
    going_on = settled(waited.ticket, log, start(waited.ticket, "amira", NOW + 2 * HOUR), PAUSED, NOW + 2 * HOUR)
    assert going_on.ticket.due.resolution == ticket.due.resolution + HOUR
    assert [event.kind for event in going_on.events] == [EventKind.STATUS_CHANGED, EventKind.SLA_UPDATED]
    assert rebuild((*log, *going_on.events)) == going_on.ticket


def test_an_endless_pause_has_no_due_time() -> None:
    result = planned([candidate()])
    acted = hold(result.opened[0], "amira", NOW + HOUR)
    assert settled(result.opened[0], result.events, acted, PAUSED, NOW + HOUR).ticket.due.resolution is None


def test_without_pauses_nothing_is_added() -> None:
    result = planned([candidate()])
    acted = wait(result.opened[0], "amira", NOW + HOUR)
    assert settled(result.opened[0], result.events, acted, SLA, NOW + HOUR) is acted


def test_a_new_priority_does_not_forget_the_pause() -> None:
    result = planned([candidate()])
    waited = settled(result.opened[0], result.events, wait(result.opened[0], "a", NOW), PAUSED, NOW)
    log = (*result.events, *waited.events)
    then = NOW + HOUR
    gone_on = settled(waited.ticket, log, start(waited.ticket, "a", then), PAUSED, then)
    log = (*log, *gone_on.events)
    hasty = change_priority(gone_on.ticket, "hana", then, Priority.URGENT, "vip", PAUSED)
    urgent = settled(gone_on.ticket, log, hasty, PAUSED, then)
    assert hasty.ticket.due.resolution == datetime(2026, 3, 12, 10, tzinfo=UTC)
    assert urgent.ticket.due.resolution == datetime(2026, 3, 12, 11, tzinfo=UTC)


def test_an_edited_calendar_keeps_what_was_used_and_projects_the_rest() -> None:
    result = planned([candidate()])  # first touch: 8 working hours from ten on Wednesday
    ticket, then = result.opened[0], datetime(2026, 3, 11, 16, tzinfo=UTC)
    edited = reproject(ticket, result.events, SLA, MORNINGS, then, "hana")
    (state, *_) = sla_states((*result.events, *edited.events), MORNINGS, then)
    assert state.business == 6 * HOUR
    assert edited.ticket.due.first_touch == datetime(2026, 3, 12, 11, tzinfo=UTC)
    assert rebuild((*result.events, *edited.events)) == edited.ticket


def test_what_was_late_stays_late_since_then() -> None:
    result = planned([candidate()])
    then = datetime(2026, 3, 13, 16, tzinfo=UTC)
    longer = replace(SLA, calendar=replace(LONDON, holidays=frozenset({NOW.date()})))
    edited = reproject(result.opened[0], result.events, SLA, longer, then, "hana")
    (state, *_) = sla_states((*result.events, *edited.events), longer, then)
    assert state.breached_at == result.opened[0].due.first_touch


def test_what_is_over_stays_as_it_was_under_the_policy_it_was_done_under() -> None:
    result = planned([candidate()])
    done = acknowledge(result.opened[0], "amira", NOW + 5 * HOUR)
    log, then = (*result.events, *done.events), NOW + 6 * HOUR
    strict = replace(SLA, targets={Priority.NORMAL: Target(HOUR, 40 * HOUR)})
    (before, *_) = sla_states(log, SLA, then)
    edited = reproject(done.ticket, log, SLA, strict, then, "hana")
    (after, *_) = sla_states((*log, *edited.events), strict, then)
    assert before.breached_at is None and after.breached_at is None
    assert (after.deadline, after.business, after.until) == (before.deadline, before.business, before.until)


def test_a_recompute_forgets_what_was_kept() -> None:
    result = planned([candidate()])
    ticket, then = result.opened[0], datetime(2026, 3, 11, 16, tzinfo=UTC)
    edited = reproject(ticket, result.events, SLA, MORNINGS, then, "hana")
    log = (*result.events, *edited.events)
    anew = recompute(edited.ticket, log, MORNINGS, then, "hana")
    assert anew.ticket.due == due_now(ticket, result.events, MORNINGS)
    assert anew.ticket.due.first_touch == datetime(2026, 3, 13, 10, tzinfo=UTC)


def test_a_ticket_of_another_policy_waits_for_reproject() -> None:
    result = planned([candidate()])
    acted = wait(result.opened[0], "amira", NOW)
    assert settled(result.opened[0], result.events, acted, replace(PAUSED, calendar=MORNINGS.calendar), NOW) is acted
