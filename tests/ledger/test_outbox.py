from datetime import timedelta

import pytest

from feedback.errors import NotFoundError, StoreError
from ledger import SqlLedger
from ledger.audit import conservation
from tests.builders import NOON, a_notice, a_ticket, opening_events
from tickets.notice import Audience, DeliveryState, summary_notices

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def told(ledger: SqlLedger) -> SqlLedger:
    """A ledger with one ticket and two notices of it."""
    with ledger.begin() as uow:
        uow.tickets.open([a_ticket()], opening_events(a_ticket()))
        uow.outbox.add([a_notice("n-1"), a_notice("n-2", event=2, created_at=LATER)])
    return ledger


def test_a_notice_is_queued_once_and_due_in_time(told: SqlLedger) -> None:
    with told.begin() as uow:
        uow.outbox.add([a_notice("n-1", target="somebody-else@example.org")])
    with told.read() as uow:
        assert [queued.notice for queued in uow.outbox.due(NOON)] == [a_notice("n-1")]
        assert [queued.notice.id for queued in uow.outbox.due(LATER)] == ["n-1", "n-2"]
        assert [queued.notice.id for queued in uow.outbox.due(LATER, limit=1)] == ["n-1"]
        assert uow.outbox.due(NOON - timedelta(seconds=1)) == []


def test_a_lease_keeps_others_away_until_it_ends(told: SqlLedger) -> None:
    with told.begin() as uow:
        assert uow.outbox.lease("n-1", LATER, NOON)
        assert not uow.outbox.lease("n-1", LATER, NOON)
        assert uow.outbox.due(NOON) == []
        assert [queued.notice.id for queued in uow.outbox.due(LATER)] == ["n-1", "n-2"]
        assert uow.outbox.lease("n-1", LATER + timedelta(minutes=5), LATER)


def test_a_notice_that_waits_for_its_next_attempt_is_not_leased(told: SqlLedger) -> None:
    with told.begin() as uow:
        assert uow.outbox.lease("n-1", LATER, NOON)
        uow.outbox.failed("n-1", "connection refused", LATER)
        assert not uow.outbox.lease("n-1", LATER + timedelta(minutes=5), LATER - timedelta(seconds=1))
        assert uow.outbox.lease("n-1", LATER + timedelta(minutes=5), LATER)


def test_a_delivered_notice_stays_delivered(told: SqlLedger) -> None:
    with told.begin() as uow:
        uow.outbox.lease("n-1", LATER, NOON)
        uow.outbox.delivered("n-1", NOON)
        assert not uow.outbox.lease("n-1", LATER, LATER)
        uow.outbox.add([a_notice("n-1")])
    with told.read() as uow:
        (done,) = uow.outbox.list(DeliveryState.DELIVERED)
        assert (done.notice.id, done.attempts) == ("n-1", 1)
        assert [queued.notice.id for queued in uow.outbox.list()] == ["n-1", "n-2"]


def test_failures_back_off_die_and_are_replayed(told: SqlLedger) -> None:
    with told.begin() as uow:
        uow.outbox.lease("n-1", LATER, NOON)
        uow.outbox.failed("n-1", "connection refused", LATER)
        assert uow.outbox.due(NOON) == []
        (waiting, _) = uow.outbox.due(LATER)
        assert (waiting.attempts, waiting.last_error) == (1, "connection refused")
        uow.outbox.failed("n-1", "no such mailbox", None)
        assert [queued.notice.id for queued in uow.outbox.due(LATER)] == ["n-2"]
        (dead,) = uow.outbox.list(DeliveryState.DEAD)
        assert (dead.attempts, dead.last_error) == (2, "no such mailbox")
        assert uow.outbox.replay(["n-1", "n-2", "n-9"], LATER) == 1
        (again, _) = uow.outbox.due(LATER)
        assert (again.state, again.attempts) == (DeliveryState.PENDING, 0)


def test_nobody_is_told_of_an_event_that_is_not_committed(ledger: SqlLedger) -> None:
    with pytest.raises(StoreError, match="refused"), ledger.begin() as uow:
        uow.outbox.add([a_notice("n-1")])
    with ledger.read() as uow:
        assert uow.outbox.list() == []


def test_an_unknown_notice_says_so(ledger: SqlLedger) -> None:
    with pytest.raises(NotFoundError, match="no notice 'n-9'"), ledger.begin() as uow:
        uow.outbox.delivered("n-9", NOON)


def test_a_summary_is_about_a_period_and_no_ticket(ledger: SqlLedger) -> None:
    (summary,) = summary_notices("2026-02", Audience(), "amira@example.org", NOON)
    with ledger.begin() as uow:
        uow.outbox.add([summary])
        uow.outbox.add([summary])
    with ledger.read() as uow:
        assert [queued.notice for queued in uow.outbox.due(NOON)] == [summary]
        assert conservation(uow).sound


def test_a_notice_is_about_a_ticket_or_a_period(ledger: SqlLedger) -> None:
    with pytest.raises(StoreError), ledger.begin() as uow:
        uow.outbox.add([a_notice("n-1", ticket="")])
