"""A customer never holds two open tickets of one theme, in whatever order people and responses come."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanni.parts import Parts
from nanni.regrouping import merge_tickets, split_ticket, unmerge_ticket
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.workspaces import make_workspace
from tickets.actions import close, reopen, resolve
from tickets.lifecycle import LifecycleError
from tickets.ports import TicketFilter
from tickets.projection import rebuild
from tickets.ticket import Closure, Ticket

SAYS = {"delivery": "The courier was late.", "staff": "Rude staff.", "": "Hm."}
DONE = Closure("product", "Sent a new one.", True)
_NUMBERS = count(1)


class Customer:
    """Somebody whose responses come in and whose tickets people work on; a refusal that says why is fine."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.name, self.said = parts, f"c{next(_NUMBERS)}", list[str]()

    def tickets(self) -> list[Ticket]:
        with self.parts.ledger.read() as uow:
            customer = uow.responses.find(self.said[0]).customer_id
            return list(uow.tickets.list(TicketFilter(customer=customer, merged=True)))

    def responds(self, *themes: str) -> None:
        rows = []
        for theme in themes:
            self.said.append(f"{self.name}-{len(self.said)}")
            mail = f"{self.name}@example.org"
            rows.append({**ROW, "id": self.said[-1], "email": mail, "comment": f"{SAYS[theme]} {self.said[-1]}"})
        take(self.parts, f"{self.said[-1]}.csv", *rows)

    def is_worked_on(self, verb: str, pick: int) -> None:
        tickets = self.tickets()
        one, other = tickets[pick % len(tickets)].key, tickets[pick // 7 % len(tickets)].key
        now, sla = self.parts.clock(), self.parts.workspace.sla
        if verb == "resolve":
            act(self.parts, one, lambda ticket: resolve(ticket, "amira", now, DONE, sla.root_causes))
        elif verb == "close":
            act(self.parts, one, lambda ticket: close(ticket, "amira", now))
        elif verb == "reopen":
            act(self.parts, one, lambda ticket: reopen(ticket, "amira", now, "They rang again.", sla))
        elif verb == "merge":
            merge_tickets(self.parts, one, other, "amira", "the same trouble")
        elif verb == "unmerge":
            unmerge_ticket(self.parts, one, "amira", "two troubles after all")
        else:
            with self.parts.ledger.read() as uow:
                held = [stored.response.key.response_id for stored in uow.tickets.responses(one)]
            theme = ("staff", "billing", "delivery")[pick % 3]
            split_ticket(self.parts, one, held[-1:], theme, "amira", "two troubles")

    def is_served(self) -> None:
        tickets = self.tickets()
        live = [ticket.episode for ticket in tickets if ticket.live]
        assert len(live) == len(set(live)), live
        with self.parts.ledger.read() as uow:
            homes = [uow.responses.find(name).ticket for name in self.said]
            assert all(rebuild(uow.tickets.events(ticket.key)) == ticket for ticket in tickets)
        assert set(homes) <= {ticket.key for ticket in tickets} and None not in homes
        assert sum(ticket.responses for ticket in tickets if ticket.merged_into is None) == len(self.said)


class Days:
    """A clock that goes on with every story."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    wired = wire(make_workspace(tmp_path_factory.mktemp("one") / "workspace"), Days())
    wired.contracts["nps"] = Trusting()
    yield wired
    wired.close()


responses = st.lists(st.sampled_from([*SAYS]), min_size=1, max_size=4)
work = st.tuples(
    st.sampled_from(["resolve", "close", "reopen", "merge", "unmerge", "split", "later"]), st.integers(0, 48)
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(responses, st.lists(work, max_size=10), responses, st.lists(work, max_size=6))
def test_in_whatever_order_a_customer_holds_one_live_ticket_of_a_theme(
    parts: Parts, first: list[str], then: list[tuple[str, int]], again: list[str], last: list[tuple[str, int]]
) -> None:
    customer, clock = Customer(parts), parts.clock
    assert isinstance(clock, Days)
    for themes, steps in ((first, then), (again, last)):
        customer.responds(*themes)
        customer.is_served()
        for verb, pick in steps:
            if verb == "later":
                clock.now += timedelta(hours=1 + pick * 3)
                continue
            try:
                customer.is_worked_on(verb, pick)
            except LifecycleError as refused:
                assert refused.next_step
            customer.is_served()


def test_a_ticket_is_not_reopened_beside_the_one_that_followed_it(parts: Parts) -> None:
    customer, clock = Customer(parts), parts.clock
    assert isinstance(clock, Days)
    customer.responds("staff")
    (first,) = customer.tickets()
    customer.is_worked_on("resolve", 0)
    clock.now += timedelta(days=9)
    customer.responds("staff")
    follow_up = next(ticket for ticket in customer.tickets() if ticket.live)
    sla = parts.workspace.sla
    with pytest.raises(LifecycleError, match=f"live ticket {follow_up.key} about staff already"):
        act(parts, first.key, lambda ticket: reopen(ticket, "amira", clock(), "They rang again.", sla))
