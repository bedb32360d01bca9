"""The inbox on both databases: boxes, filters, pages by key, counts, what a number is made of."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedback.disposition import Disposition
from ledger import SqlLedger
from ledger.accounts import add_account
from ledger.export import exported_events, exported_tickets
from ledger.identities import account_of_identity, bind, is_bound
from ledger.inbox import box_counts, inbox_page, matching
from ledger.inbox_numbers import live_keys, live_load, middle_opening, opened_by_week, waits
from ledger.places import at_places
from tests.builders import NOON, a_batch, a_run, a_ticket, an_event, landings, opening_events
from tickets.access import Role, Scope
from tickets.events import EventKind
from tickets.inbox import Box, InboxFilter, Kept
from tickets.ticket import Closure, DueTimes, Status, Ticket

HOUR = timedelta(hours=1)


def live(ledger: SqlLedger) -> list[Ticket]:
    """Ten tickets: five of each team, due one hour after the other, the last of each acknowledged and resolved late."""
    made: list[Ticket] = []
    with ledger.begin() as uow:
        keys = uow.tickets.next_keys(10)
        for i, key in enumerate(keys):
            due = DueTimes(NOON + i * HOUR, NOON + (i + 20) * HOUR)
            made.append(a_ticket(key, customer_id=None, due=due, team="ab"[i % 2], owner=f"o{i % 4}"))
        uow.tickets.open(made, [event for ticket in made for event in opening_events(ticket)])
        for ticket in made[8:]:
            at = NOON + 40 * HOUR
            event = an_event(
                ticket.key, ticket.version + 1, EventKind.RESOLVED, at=at, note="Done.",
                data=(("from", "new"), ("to", "resolved"), ("root_cause", "process"), ("resolved", "yes")),
            )  # fmt: skip
            after = replace(
                ticket, version=ticket.version + 1, status=Status.RESOLVED, resolved_at=at,
                closure=Closure("process", "Done.", True),
            )  # fmt: skip
            uow.tickets.change(ticket, after, [event])
    return made


def keys(ledger: SqlLedger, wanted: InboxFilter) -> list[str]:
    with ledger.read() as uow:
        return [row.ticket.key for row in inbox_page(uow.connection, wanted).rows]


def test_the_order_of_work_is_that_of_due_times(ledger: SqlLedger) -> None:
    made = live(ledger)
    assert keys(ledger, InboxFilter(live=True)) == [ticket.key for ticket in made[:8]]
    assert len(keys(ledger, InboxFilter())) == 10


@pytest.mark.parametrize("by_due", [True, False])
def test_pages_hold_each_ticket_once(ledger: SqlLedger, by_due: bool) -> None:
    live(ledger)
    wanted, seen = InboxFilter(live=by_due, limit=3), list[str]()
    with ledger.read() as uow:
        while True:
            page = inbox_page(uow.connection, wanted)
            seen += [row.ticket.key for row in page.rows]
            if page.next is None:
                break
            wanted = replace(wanted, after=page.next)
    assert len(seen) == len(set(seen)) == (8 if by_due else 10)


def test_a_scope_is_teams_and_what_is_ones_own(ledger: SqlLedger) -> None:
    made = live(ledger)
    only_a = {ticket.key for ticket in made if ticket.team == "a"}
    mine = {ticket.key for ticket in made if ticket.owner == "o1"}
    assert set(keys(ledger, InboxFilter(scope=Scope(frozenset({"a"}))))) == only_a
    assert set(keys(ledger, InboxFilter(scope=Scope(frozenset({"a"}), "o1")))) == only_a | mine
    assert keys(ledger, InboxFilter(scope=Scope())) == []
    with ledger.read() as uow:
        told = {row["key"] for row in exported_tickets(uow.connection, InboxFilter(scope=Scope(frozenset({"a"}))))}
        events = {row["ticket"] for row in exported_events(uow.connection, InboxFilter(scope=Scope(frozenset({"a"}))))}
    assert told == events == only_a


def test_boxes(ledger: SqlLedger) -> None:
    live(ledger)
    asked = InboxFilter(member="o1", present=("o0", "o1", "o2"), fallback="o0", soon=NOON + 3 * HOUR)
    with ledger.read() as uow:
        counted = box_counts(uow.connection, asked, list(Box))
        load = live_load(uow.connection, NOON + 2 * HOUR)
        mine = live_keys(uow.connection, Scope(None), "o1")
    assert counted == {Box.MINE: 2, Box.TEAM: 8, Box.UNASSIGNED: 4, Box.BREACHING: 3, Box.WAITING: 0, Box.ALL: 10}
    assert sum(count for count, _ in load.values()) == 8 and sum(late for _, late in load.values()) == 2
    assert len(mine) == 2


def test_numbers_are_counts_of_what_matches(ledger: SqlLedger) -> None:
    live(ledger)
    with ledger.read() as uow:
        told = {kept: matching(uow.connection, InboxFilter(kept=kept)) for kept in Kept}
        weeks = opened_by_week(uow.connection, InboxFilter(), ZoneInfo("Europe/London"))
        hours = waits(uow.connection, InboxFilter(), resolved=True)
    assert told[Kept.RESOLVED_LATE] == 2 and told[Kept.REOPENED] == 0 and told[Kept.TOUCHED_LATE] == 0
    assert sum(count for _, count in weeks) == 10 and len(hours) == 2


def test_a_scope_may_be_a_place(ledger: SqlLedger) -> None:
    made = live(ledger)
    stores = ['Leeds","store":"York', "York", "Hull", "Köln", "100%"]
    batch = replace(a_batch([1.0] * 5), attributes={"store": stores})
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        about = [ticket.key for ticket in made[:5]]
        uow.responses.add("run-1", batch, landings(batch, Disposition.OPENED, tickets=about))

    def seen(*values: str, **scope: Any) -> list[str]:
        places = frozenset(("store", value) for value in values)
        return keys(ledger, InboxFilter(live=True, scope=Scope(places=places, **scope)))

    assert seen("york") == [about[1]]
    assert seen("york", "köln") == [about[1], about[3]]
    assert seen("%") == seen("yor_") == seen("leeds") == []
    assert seen("100%") == [about[4]]
    in_b = [ticket.key for ticket in made[:8] if ticket.team == "b"]
    assert seen("york", "hull", teams=frozenset({"b"})) == sorted([*in_b, about[2]], key=lambda key: int(key[2:]))
    with ledger.read() as uow:
        assert at_places(uow.connection, about[1], [("store", "YORK")])
        assert not at_places(uow.connection, about[0], [("store", "york")])
        mine = Scope(places=frozenset({("store", "york")}))
        assert box_counts(uow.connection, InboxFilter(scope=mine), [Box.TEAM]) == {Box.TEAM: 1}
        assert live_keys(uow.connection, mine, made[1].owner) == [about[1]]


def test_the_middle_of_the_backlog(ledger: SqlLedger) -> None:
    with ledger.read() as uow:
        assert middle_opening(uow.connection, InboxFilter()) is None
    made = live(ledger)
    with ledger.read() as uow:
        assert middle_opening(uow.connection, InboxFilter(live=True)) == made[0].opened_at


def test_somebody_at_a_provider_is_one_account(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        ann = add_account(uow.connection, login="ann", name="Ann", role=Role.AGENT, at=NOON)
        assert account_of_identity(uow.connection, "https://id.example.org", "s-1") is None
        assert not is_bound(uow.connection, ann.id)
        bind(uow.connection, ann, "https://id.example.org", "s-1", NOON)
    with ledger.read() as uow:
        assert account_of_identity(uow.connection, "https://id.example.org", "s-1") == ann
        assert account_of_identity(uow.connection, "https://other.example.org", "s-1") is None
        assert is_bound(uow.connection, ann.id)


@pytest.mark.parametrize("by_due", [True, False])
def test_pages_of_a_scope_in_parts_are_in_one_order_however_many_are_due_at_once(
    ledger: SqlLedger, by_due: bool
) -> None:
    scope, made = Scope(frozenset({"a", "c"}), "o1"), list[Ticket]()
    with ledger.begin() as uow:
        for i, key in enumerate(uow.tickets.next_keys(40)):
            due = DueTimes(NOON + (i % 3) * HOUR, NOON + 20 * HOUR)
            opened = NOON - (i % 2) * HOUR
            made.append(
                a_ticket(key, customer_id=None, due=due, team="abcd"[i % 4], owner=f"o{i % 5}", opened_at=opened)
            )
        uow.tickets.open(made, [event for ticket in made for event in opening_events(ticket)])
    seen = [ticket for ticket in made if scope.sees(ticket)]
    order = sorted(seen, key=lambda one: _place(one, by_due), reverse=not by_due)
    wanted, pages = InboxFilter(scope=scope, live=by_due, limit=7), list[list[str]]()
    with ledger.read() as uow:
        while True:
            page = inbox_page(uow.connection, wanted)
            pages.append([row.ticket.key for row in page.rows])
            if page.next is None:
                break
            wanted = replace(wanted, after=page.next)
        counted = box_counts(uow.connection, replace(wanted, soon=NOON + HOUR), [Box.TEAM, Box.BREACHING])
    assert [key for page in pages for key in page] == [ticket.key for ticket in order]
    assert {len(page) for page in pages[:-1]} == {7}
    soon = [ticket for ticket in seen if ticket.due.first_touch == NOON]
    assert counted == {Box.TEAM: len(seen), Box.BREACHING: len(soon)}


def _place(ticket: Ticket, by_due: bool) -> tuple[datetime, str]:
    at = ticket.due.first_touch if by_due else ticket.opened_at
    assert at is not None
    return at, ticket.key
