from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from feedback.disposition import Disposition
from feedback.ports import Landing, RunState
from feedback.rows import Reason, Rejection
from ledger import SqlLedger, SqlUnitOfWork
from ledger.audit import conservation
from ledger.journal import record
from ledger.schema import responses, tickets
from tests.builders import (
    NOON,
    a_batch,
    a_notice,
    a_run,
    a_ticket,
    decisions_for,
    landings,
    opening_events,
    signals_for,
)


def ingested(ledger: SqlLedger) -> None:
    """A run of five rows: one opened, one quiet, one suppressed, one quarantined, one duplicate."""
    batch = a_batch([2.0, 9.0, 1.0])
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        ann, _, _ = uow.responses.customers(batch)
        (key,) = uow.tickets.next_keys(1)
        ticket = a_ticket(key, customer_id=ann)
        landed = [
            Landing(1, ann, Disposition.OPENED, ticket=key),
            Landing(1, None, Disposition.QUIET),
            Landing(1, None, Disposition.SUPPRESSED, reason="test response"),
        ]
        ids = uow.responses.add("run-1", batch, landed)
        uow.decisions.keep_policy("policy-1", "rules: []")
        uow.decisions.add(ids, signals_for(batch), decisions_for(batch, fired=[0, 2]), {})
        uow.tickets.open([ticket], opening_events(ticket))
        uow.outbox.add([a_notice(ticket=key)])
        uow.quarantine.add("run-1", "store_nps", [Rejection(4, (), Reason.CUT_OFF, "cut")], NOON)
        counts = dict.fromkeys(
            (
                Disposition.OPENED, Disposition.QUIET, Disposition.SUPPRESSED, Disposition.QUARANTINED,
                Disposition.DUPLICATE,
            ), 1,
        )  # fmt: skip
        uow.runs.record_batch("run-1", 0, 5, counts)
        uow.runs.finish("run-1", NOON, RunState.DONE)
        record(uow.connection, NOON, "amira", "policy_loaded", {"hash": "policy-1"})


def test_a_sound_store_is_proved_sound(ledger: SqlLedger) -> None:
    ingested(ledger)
    with ledger.read() as uow:
        report = conservation(uow)
    assert report.problems == ()
    assert [audit.problems for audit in report.runs] == [()]
    assert (report.sound, report.received, report.residue) == (True, 5, 0)
    assert report.counts[Disposition.OPENED] == 1


def test_the_window_chooses_runs(ledger: SqlLedger) -> None:
    ingested(ledger)
    with ledger.read() as uow:
        assert len(conservation(uow, since=NOON, until=NOON + timedelta(seconds=1)).runs) == 1
        assert conservation(uow, since=NOON + timedelta(seconds=1)).runs == ()
        assert conservation(uow, until=NOON).received == 0


def _lose_a_response(uow: SqlUnitOfWork) -> None:
    from ledger.schema import decisions, scores

    lost = uow.responses.find("R2").id
    uow.connection.execute(delete(scores).where(scores.c.response == lost))
    uow.connection.execute(delete(decisions).where(decisions.c.response == lost))
    uow.connection.execute(delete(responses).where(responses.c.id == lost))


def _invent_a_response(uow: SqlUnitOfWork) -> None:
    batch = a_batch([9.0], ids=["R8"])
    uow.responses.add("run-1", batch, landings(batch))


def _silence_a_fired_one(uow: SqlUnitOfWork) -> None:
    mine = responses.c.response_id == "R1"
    uow.connection.execute(update(responses).where(mine).values(disposition="quiet", ticket=None))


def _forget_a_reason(uow: SqlUnitOfWork) -> None:
    mine = responses.c.response_id == "R3"
    uow.connection.execute(update(responses).where(mine).values(disposition_reason=None))


def _edit_a_row(uow: SqlUnitOfWork) -> None:
    uow.connection.execute(update(tickets).values(owner="nobody-knows"))


def _skip_an_event(uow: SqlUnitOfWork) -> None:
    uow.connection.execute(update(tickets).values(version=7))


def _forget_a_policy(uow: SqlUnitOfWork) -> None:
    batch = a_batch([9.0], ids=["R9"])
    ids = uow.responses.add("run-1", batch, landings(batch))
    uow.decisions.add(ids, signals_for(batch), decisions_for(batch, policy_hash="policy-2"), {})


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_lose_a_response, "run run-1: 1 rows counted as quiet but 0 stored"),
        (_invent_a_response, "run run-1: 1 rows counted as quiet but 2 stored"),
        (_silence_a_fired_one, "response R1: a rule fired but it is quiet, with no ticket and no reason"),
        (_forget_a_reason, "response R3: a rule fired but it is suppressed, with no ticket and no reason"),
        (_edit_a_row, "N-1: its row is not what its events tell (owner amira -> nobody-knows)"),
        (_skip_an_event, "N-1: its version does not count its 2 events"),
        (_forget_a_policy, "policy policy-2: decisions were made under it but its text is not kept"),
    ],
)
def test_damage_is_found_and_named(ledger: SqlLedger, damage: Callable[[SqlUnitOfWork], None], told: str) -> None:
    ingested(ledger)
    with ledger.begin() as uow:
        damage(uow)
    with ledger.read() as uow:
        report = conservation(uow)
    assert not report.sound
    assert told in [*report.problems, *(problem for audit in report.runs for problem in audit.problems)]


def test_many_tickets_are_verified_page_by_page(ledger: SqlLedger) -> None:
    many = [a_ticket(f"N-{i}") for i in range(1, 2602)]
    with ledger.begin() as uow:
        uow.tickets.open(many, [event for ticket in many for event in opening_events(ticket)])
        uow.tickets.change(many[0], replace(many[0], version=2), [])
    with ledger.read() as uow:
        assert conservation(uow).problems == ()
