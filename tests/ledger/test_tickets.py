from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, insert, text, update

from feedback.disposition import Disposition
from feedback.errors import NotFoundError, StaleWriteError, StoreError
from ledger import SqlLedger
from ledger.schema import ticket_events, tickets
from ledger.ticket_rows import ticket_values
from tests.builders import NOON, a_batch, a_run, a_ticket, an_event, landings, opening_events
from tickets.events import EventKind
from tickets.ports import TicketFilter
from tickets.ticket import Closure, DueTimes, Priority, Status, Ticket


def opened(ledger: SqlLedger, *all_tickets: Ticket) -> None:
    with ledger.begin() as uow:
        uow.tickets.open(all_tickets, [event for ticket in all_tickets for event in opening_events(ticket)])


def test_a_ticket_and_its_events_come_back(ledger: SqlLedger) -> None:
    closure = Closure("process", "Called Ann", True)
    ticket = a_ticket(closure=closure, status=Status.RESOLVED, resolved_at=NOON, theme="delivery")
    opened(ledger, ticket)
    with ledger.read() as uow:
        assert uow.tickets.get("N-1") == ticket
        assert list(uow.tickets.events("N-1")) == opening_events(ticket)
        with pytest.raises(NotFoundError, match="no ticket 'N-2'"):
            uow.tickets.get("N-2")


def test_keys_are_given_once_and_given_back_on_rollback(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        assert uow.tickets.next_keys(2) == ["N-1", "N-2"]
        assert uow.tickets.next_keys(0) == []
    with pytest.raises(RuntimeError), ledger.begin() as uow:
        assert uow.tickets.next_keys(1) == ["N-3"]
        raise RuntimeError
    with ledger.begin() as uow:
        assert uow.tickets.next_keys(1) == ["N-3"]


def test_a_change_is_guarded_by_the_version_and_says_what_changed(ledger: SqlLedger) -> None:
    before = a_ticket()
    opened(ledger, before)
    after = replace(before, owner="ben", version=3)
    with ledger.begin() as uow:
        uow.tickets.change(before, after, [an_event(sequence=3, kind=EventKind.ASSIGNED, data=(("owner", "ben"),))])
    stale = replace(before, priority=Priority.URGENT, version=3)
    with pytest.raises(StaleWriteError, match=r"N-1: .*assigned by amira.*owner amira -> ben"), ledger.begin() as uow:
        uow.tickets.change(before, stale, [an_event(sequence=3)])
    with ledger.read() as uow:
        assert uow.tickets.get("N-1") == after
        assert len(uow.tickets.events("N-1")) == 3


def test_a_version_that_does_not_count_its_events_is_refused(ledger: SqlLedger) -> None:
    before = a_ticket()
    opened(ledger, before)
    with pytest.raises(StoreError, match="does not count"), ledger.begin() as uow:
        uow.tickets.change(before, replace(before, version=4), [an_event(sequence=3)])


def test_a_customer_has_one_live_ticket(ledger: SqlLedger) -> None:
    batch = a_batch([1.0])
    with ledger.begin() as uow:
        (ann,) = uow.responses.customers(batch)
    assert ann is not None
    opened(ledger, a_ticket("N-1", customer_id=ann), a_ticket("N-2"), a_ticket("N-3"))
    with pytest.raises(StaleWriteError, match=r"one_live_ticket|tickets\.customer"):
        opened(ledger, a_ticket("N-4", customer_id=ann))
    opened(ledger, a_ticket("N-5", customer_id=ann, status=Status.CLOSED))
    with ledger.read() as uow:
        found = uow.tickets.episodes_for([ann, "C-77"])
        assert {name: {theme: t.key for theme, t in one.live.items()} for name, one in found.items()} == {
            ann: {"": "N-1"}
        }
        assert uow.tickets.episodes_for([]) == {}


@pytest.mark.parametrize("broken", [{"owner": ""}, {"status": "lost"}, {"version": 0}, {"priority": "soon"}])
def test_the_store_refuses_a_ticket_that_cannot_be(ledger: SqlLedger, broken: dict[str, object]) -> None:
    with pytest.raises(StoreError, match="refused"), ledger.begin() as uow:
        uow.connection.execute(insert(tickets).values(**(ticket_values(a_ticket()) | broken)))


def test_lists_are_most_urgent_first_then_by_the_next_deadline(ledger: SqlLedger) -> None:
    soon, late = DueTimes(NOON + timedelta(hours=1), None), DueTimes(NOON + timedelta(hours=3), None)
    touched = a_ticket("N-4", first_touched_at=NOON, due=DueTimes(NOON, NOON + timedelta(hours=2)))
    opened(
        ledger,
        a_ticket("N-1", priority=Priority.LOW, due=soon, owner="ben"),
        a_ticket("N-2", due=late),
        a_ticket("N-3", due=soon),
        touched,
        a_ticket("N-5", due=DueTimes()),
        a_ticket("N-6", priority=Priority.URGENT, status=Status.CLOSED, closed_at=NOON),
    )

    def listed(**wanted: object) -> list[str]:
        with ledger.read() as uow:
            return [ticket.key for ticket in uow.tickets.list(replace(TicketFilter(), **wanted))]  # type: ignore[arg-type]

    assert listed() == ["N-6", "N-3", "N-4", "N-2", "N-5", "N-1"]
    assert listed(limit=2) == ["N-6", "N-3"]
    assert listed(owner="ben") == ["N-1"]
    assert listed(statuses=(Status.CLOSED,)) == ["N-6"]
    assert listed(team="nobody") == []
    assert listed(survey="store_nps", overdue_at=NOON + timedelta(minutes=90)) == ["N-3", "N-1"]
    assert listed(overdue_at=NOON + timedelta(hours=2, minutes=1)) == ["N-3", "N-4", "N-1"]
    with ledger.read() as uow:
        assert uow.tickets.load() == {"amira": 4, "ben": 1}


def test_one_customers_tickets_are_not_anothers(ledger: SqlLedger) -> None:
    batch = a_batch([1.0, 2.0])
    with ledger.begin() as uow:
        first, second = uow.responses.customers(batch)
    assert first is not None and second is not None and first != second
    opened(
        ledger,
        a_ticket("N-1", customer_id=first, status=Status.CLOSED, closed_at=NOON),
        a_ticket("N-2", customer_id=first),
        a_ticket("N-3", customer_id=second),
    )
    with ledger.read() as uow:
        mine = uow.tickets.list(TicketFilter(customer=first))
    assert {ticket.key for ticket in mine} == {"N-1", "N-2"}


def test_a_ticket_knows_its_responses(ledger: SqlLedger) -> None:
    batch = a_batch([1.0, 2.0])
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        (key,) = uow.tickets.next_keys(1)
        uow.responses.add("run-1", batch, landings(batch, Disposition.OPENED, tickets=[key, key]))
        uow.tickets.open([a_ticket(key)], opening_events(a_ticket(key)))
    with ledger.read() as uow:
        assert [found.response.key.response_id for found in uow.tickets.responses(key)] == ["R1", "R2"]


def test_a_response_cannot_promise_a_ticket_that_is_not_there(ledger: SqlLedger) -> None:
    batch = a_batch([1.0])
    with pytest.raises(StoreError, match="refused"), ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.responses.add("run-1", batch, landings(batch, Disposition.OPENED, tickets=["N-1"]))
    with pytest.raises(StoreError, match="promise_held"), ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.responses.add("run-1", batch, landings(batch, Disposition.OPENED))


def test_history_cannot_be_rewritten(ledger: SqlLedger) -> None:
    opened(ledger, a_ticket())
    rewrites = (
        update(ticket_events).values(actor="nobody"),
        update(ticket_events).values(note="put in later"),
        delete(ticket_events),
    )
    for rewrite in rewrites:
        with pytest.raises(StoreError, match="append-only"), ledger.begin() as uow:
            uow.connection.execute(rewrite)


def test_the_chain_finds_what_was_changed_behind_the_store(ledger: SqlLedger, backend: str) -> None:
    noted = [*opening_events(a_ticket()), an_event(sequence=3, note="Called, no answer.")]
    with ledger.begin() as uow:
        uow.tickets.open([a_ticket(version=3)], noted)
    opened(ledger, a_ticket("N-2"), a_ticket("N-3"))
    with ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
    found: list[str] = []
    with pytest.raises(RuntimeError, match="undo"), ledger.begin() as uow:
        _disarm(uow.connection, backend)
        uow.connection.execute(update(ticket_events).where(ticket_events.c.note != "").values(note="Called."))
        second = (ticket_events.c.ticket == "N-2", ticket_events.c.sequence == 2)
        uow.connection.execute(update(ticket_events).where(*second).values(actor="ben"))
        uow.connection.execute(delete(ticket_events).where(ticket_events.c.ticket == "N-3"))
        found += uow.tickets.verify_chain()
        raise RuntimeError("undo, or the store stays disarmed")
    assert found == [
        "N-1 event 3: its note was changed after it was written",
        "N-2 event 2: it was changed after it was written",
        "N-3: it has no events",
    ]


def _disarm(connection: Connection, backend: str) -> None:
    for name in ("ticket_events_no_update", "ticket_events_no_delete"):
        connection.execute(text(f"DROP TRIGGER {name}" + (" ON ticket_events" if backend == "postgresql" else "")))


def test_an_event_out_of_order_is_refused(ledger: SqlLedger) -> None:
    with pytest.raises(StoreError, match="event 3 does not follow event 1"), ledger.begin() as uow:
        uow.tickets.open([a_ticket()], [opening_events(a_ticket())[0], an_event(sequence=3)])


def test_turns_count_closed_tickets_too_and_tell_the_last(ledger: SqlLedger) -> None:
    later = NOON + timedelta(hours=1)
    with ledger.begin() as uow:
        for key, fields in (
            ("N-1", {}),
            ("N-2", {"opened_at": later, "status": Status.CLOSED}),
            ("N-3", {"owner": "ben"}),
        ):
            ticket = a_ticket(key, **fields)
            uow.tickets.open([ticket], opening_events(ticket))
    with ledger.read() as uow:
        assert uow.tickets.turns() == {"amira": (later, 2), "ben": (NOON, 1)}


def test_a_ticket_held_for_a_queue_is_found_and_no_load(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        for key, queue in (("N-1", None), ("N-2", "stores")):
            ticket = a_ticket(key, queue=queue)
            uow.tickets.open([ticket], opening_events(ticket))
    with ledger.read() as uow:
        assert [one.key for one in uow.tickets.list(TicketFilter(queued=True))] == ["N-2"]
        assert uow.tickets.load() == {"amira": 1}
