"""Episodes, merges and splits in the store, and the transition table it holds by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from feedback.disposition import Disposition
from feedback.errors import StaleWriteError, StoreError
from ledger import SqlLedger
from ledger.chain_audit import chain_report
from ledger.schema import tickets
from tests.builders import NOON, a_batch, a_run, a_ticket, an_event, landings, opening_events
from tickets.events import EventKind
from tickets.lifecycle import STEPS
from tickets.ports import TicketFilter
from tickets.ticket import Closure, Status, Ticket


def opened(ledger: SqlLedger, *all_tickets: Ticket) -> None:
    with ledger.begin() as uow:
        uow.tickets.open(all_tickets, [event for ticket in all_tickets for event in opening_events(ticket)])


def ann(ledger: SqlLedger) -> str:
    with ledger.begin() as uow:
        (name,) = uow.responses.customers(a_batch([1.0]))
    assert name is not None
    return name


def test_the_store_holds_one_live_ticket_an_episode(ledger: SqlLedger) -> None:
    name = ann(ledger)
    opened(ledger, a_ticket("N-1", customer_id=name, theme="delivery.late"))
    opened(ledger, a_ticket("N-2", customer_id=name, theme="billing"), a_ticket("N-3", customer_id=name))
    for theme in ("delivery.damaged", None):
        with pytest.raises(StaleWriteError, match=r"one_live_ticket|tickets\.customer"):
            opened(ledger, a_ticket("N-4", customer_id=name, theme=theme))
    opened(ledger, a_ticket("N-5", customer_id=name, theme="billing", merged_into="N-1"))
    with ledger.read() as uow:
        found = uow.tickets.episodes_for([name])[name]
        assert {episode: ticket.key for episode, ticket in found.live.items()} == {
            "delivery": "N-1",
            "billing": "N-2",
            "": "N-3",
        }
        assert [ticket.key for ticket in uow.tickets.merged("N-1")] == ["N-5"]
        assert len(uow.tickets.list(TicketFilter())) == 3
        assert len(uow.tickets.list(TicketFilter(merged=True))) == 4
        assert uow.tickets.load() == {"amira": 3}


def test_every_field_of_a_ticket_comes_back(ledger: SqlLedger) -> None:
    whole = a_ticket("N-9", theme="staff", follow_up_of="N-1", escalated="lead", checked=("told", "paid"))
    opened(ledger, whole)
    with ledger.read() as uow:
        assert uow.tickets.get("N-9") == whole
        assert {key: len(events) for key, events in uow.tickets.histories(["N-9", "N-77"]).items()} == {
            "N-9": 2,
            "N-77": 0,
        }


def test_the_store_refuses_every_move_that_the_table_does_not_have(ledger: SqlLedger) -> None:
    closure = {"root_cause": "process", "action_taken": "", "resolved": True}
    pairs = [(here, to) for here in Status for to in Status if here is not to]
    keys = {pair: f"N-{i}" for i, pair in enumerate(pairs, 1)}
    opened(ledger, *(a_ticket(keys[pair], status=pair[0]) for pair in pairs))
    refused = []
    for pair, key in keys.items():
        move = update(tickets).where(tickets.c.key == key).values(status=pair[1].value, **closure)
        try:
            with ledger.begin() as uow:
                uow.connection.execute(move)
        except StoreError as error:
            assert "cannot go between these statuses" in str(error)
            refused.append(pair)
    assert set(refused) == set(pairs) - STEPS
    assert (Status.CLOSED, Status.RESOLVED) in refused and (Status.OPEN, Status.NEW) in refused


def test_a_ticket_that_is_over_says_how_it_ended(ledger: SqlLedger) -> None:
    opened(ledger, a_ticket())
    with pytest.raises(StoreError, match="closure_said"), ledger.begin() as uow:
        uow.connection.execute(update(tickets).values(status="resolved"))


def test_several_moves_in_one_write_go_step_by_step(ledger: SqlLedger) -> None:
    before = a_ticket()
    opened(ledger, before)
    steps = (
        (EventKind.ACKNOWLEDGED, (("from", "new"), ("to", "open"))),
        (EventKind.RESOLVED, (("to", "resolved"), ("root_cause", "process"), ("resolved", "yes"))),
        (EventKind.CLOSED, (("to", "closed"),)),
    )
    events = [an_event(sequence=3 + i, kind=kind, data=data, note="Called Ann") for i, (kind, data) in enumerate(steps)]
    after = replace(
        before,
        status=Status.CLOSED,
        version=5,
        first_touched_at=NOON,
        resolved_at=NOON,
        closed_at=NOON,
        closure=Closure("process", "Called Ann", True),
    )
    with ledger.begin() as uow:
        uow.tickets.change(before, after, events)
    with ledger.read() as uow:
        assert uow.tickets.get("N-1") == after
        assert uow.tickets.verify_chain() == []


def test_responses_follow_a_split_and_are_seen_through_a_merge(ledger: SqlLedger) -> None:
    batch = a_batch([1.0, 2.0])
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.tickets.open([a_ticket()], opening_events(a_ticket()))
        uow.responses.add("run-1", batch, landings(batch, Disposition.OPENED, tickets=["N-1", "N-1"]))
    opened(ledger, a_ticket("N-2", merged_into="N-1", opened_at=NOON + timedelta(hours=1)))

    def told(key: str) -> list[str]:
        with ledger.read() as uow:
            return [stored.response.key.response_id for stored in uow.tickets.responses(key)]

    with ledger.begin() as uow:
        second = uow.tickets.responses("N-1")[1]
        uow.tickets.move_responses([second.id], "N-2")
    assert (told("N-1"), told("N-2")) == (["R1", "R2"], ["R2"])
    with ledger.begin() as uow:
        uow.connection.execute(text("UPDATE tickets SET merged_into = NULL WHERE key = 'N-2'"))
    assert told("N-1") == ["R1"]


def test_the_chain_report_counts_what_it_verified_and_finds_what_is_astray(ledger: SqlLedger) -> None:
    opened(ledger, a_ticket(), a_ticket("N-2"))
    with ledger.read() as uow:
        report = chain_report(uow)
    assert (report.tickets, report.events, report.problems) == (2, 4, ())
    with ledger.begin() as uow:
        uow.connection.execute(text("UPDATE tickets SET merged_into = 'N-77', owner = 'ben' WHERE key = 'N-2'"))
    with ledger.read() as uow:
        told = chain_report(uow).problems
    assert "N-2: it is merged into N-77, which is no ticket that stands alone" in told
    assert any("owner amira -> ben" in one for one in told)
