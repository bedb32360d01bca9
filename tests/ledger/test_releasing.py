"""Several people free capacity at the same moment: each queued ticket is given out once, and nobody is refused."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nanni.parts import Parts
from nanni.queues import drain, hand_over
from nanni.wiring import wire
from nanni.work import act
from tests.builders import a_ticket, opening_events
from tests.workspaces import make_workspace
from tickets.actions import Acted, acknowledge, resolve
from tickets.ticket import Closure, Status, Ticket

NOW = datetime(2026, 3, 11, 10, tzinfo=UTC)
DONE = Closure("product", "Sent a new one.", True)
KEYS = ("N-1", "N-2", "N-3", "N-4")
AMIRA, BEN = ("amira", None), ("ben", None)
SMALL = """
teams:
  - id: care
    members: [{id: amira, email: amira@example.org, capacity: 1}, {id: ben, email: ben@example.org, capacity: 1}]
  - {id: lead, members: [{id: hana, email: hana@example.org, capacity: 9}]}
routes: [{when: {survey: store_nps}, team: care}]
fallback: {team: lead, owner: hana}
"""


@pytest.fixture
def desks(tmp_path: Path, store_url: str) -> Iterator[tuple[Parts, Parts]]:
    """Two workspaces wired to one store, as two processes are; amira and ben are full, two tickets wait with hana."""
    folder = make_workspace(tmp_path / "workspace")
    with (folder / "nanni.yaml").open("a") as settings:
        settings.write(f"store: {store_url!r}\n")
    (folder / "routing.yaml").write_text(SMALL)
    one, other = wire(folder, lambda: NOW), wire(folder, lambda: NOW)
    owners = (("care", "amira", None), ("care", "ben", None), ("lead", "hana", "care"), ("lead", "hana", "care"))
    opened = [
        a_ticket(f"N-{i}", team=team, owner=owner, queue=queue) for i, (team, owner, queue) in enumerate(owners, 1)
    ]
    with one.ledger.begin() as uow:
        uow.tickets.open(opened, [event for ticket in opened for event in opening_events(ticket)])
    yield one, other
    one.close()
    other.close()


def owners(parts: Parts) -> dict[str, tuple[str, str | None]]:
    with parts.ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
        return {key: (ticket.owner, ticket.queue) for key in KEYS for ticket in [uow.tickets.get(key)]}


def resolved(ticket: Ticket) -> Acted:
    return resolve(ticket, ticket.owner, NOW, DONE, ("product",))


def meanwhile(one: Parts, release: str, other: Callable[[], object]) -> None:
    """Somebody resolves `release` and gives out what waits; before that is committed, `other` begins."""
    with ThreadPoolExecutor(1) as pool:
        with one.ledger.begin() as uow:
            before = uow.tickets.get(release)
            acted = resolved(before)
            uow.tickets.change(before, acted.ticket, acted.events)
            drain(uow, one)
            job = pool.submit(other)
            wait([job], timeout=0.5)  # for as long as it gets while this is open
        job.result()


def test_two_releases_at_once_give_out_two_tickets(desks: tuple[Parts, Parts]) -> None:
    one, other = desks
    meanwhile(one, "N-1", lambda: act(other, "N-2", resolved))
    assert owners(one) == {"N-1": AMIRA, "N-2": BEN, "N-3": AMIRA, "N-4": BEN}


def test_a_ticket_that_somebody_is_changing_is_passed_over(desks: tuple[Parts, Parts]) -> None:
    one, other = desks
    with ThreadPoolExecutor(1) as pool:
        with one.ledger.begin() as uow:
            before = uow.tickets.get("N-3")
            acted = acknowledge(before, "hana", NOW)
            uow.tickets.change(before, acted.ticket, acted.events)
            job = pool.submit(act, other, "N-1", resolved)
            wait([job], timeout=0.5)
        job.result()
    given = owners(one)
    assert AMIRA in (given["N-3"], given["N-4"]) and given["N-2"] == BEN


def test_a_hand_over_leaves_alone_what_its_owner_is_changing(desks: tuple[Parts, Parts]) -> None:
    one, other = desks
    meanwhile(one, "N-1", lambda: hand_over(other, "amira"))
    with one.ledger.read() as uow:
        assert uow.tickets.get("N-1").status is Status.RESOLVED
