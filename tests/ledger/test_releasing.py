"""Several people free capacity at the same moment: each queued ticket is given out once, and nobody is refused."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.errors import StaleWriteError
from ledger.store import SqlUnitOfWork
from nanni.ingestion import begin_file, raw_batches, write
from nanni.parts import Parts
from nanni.queues import drain, drain_if_free, drain_queues, hand_over
from nanni.walk import prepare
from nanni.wiring import wire
from nanni.work import act
from tests.builders import a_ticket, opening_events
from tests.nanni.test_landing import ROW, Trusting
from tests.workspaces import make_workspace, write_csv
from tickets.actions import Acted, acknowledge, note, resolve
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
routes: [{when: {survey: [store_nps, nps]}, team: care}]
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
    one.contracts["nps"] = other.contracts["nps"] = Trusting()
    owners = (("care", "amira", None), ("care", "ben", None), ("lead", "hana", "care"), ("lead", "hana", "care"))
    opened = [
        a_ticket(f"N-{i}", team=team, owner=owner, queue=queue) for i, (team, owner, queue) in enumerate(owners, 1)
    ]
    with one.ledger.begin() as uow:
        assert tuple(uow.tickets.next_keys(len(KEYS))) == KEYS
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


def free(parts: Parts, key: str) -> None:
    """Let a ticket end without giving out what waits, as when a return or an edit of routing.yaml brings capacity."""
    with parts.ledger.begin() as uow:
        before = uow.tickets.get(key)
        acted = resolved(before)
        uow.tickets.change(before, acted.ticket, acted.events)


def one_more(parts: Parts) -> Callable[[Callable[[SqlUnitOfWork], None]], object]:
    """An unhappy customer, ready to be committed; what the commit is called with is done before it ends."""
    path = write_csv(parts.workspace.folder / "inbox" / "one.csv", [ROW])
    survey = parts.workspace.survey("nps")
    intake = begin_file(parts, survey, path)
    (raw,) = raw_batches(intake)
    prepared = prepare(survey, parts, raw)

    def landing(meanwhile: Callable[[SqlUnitOfWork], None]) -> None:
        with parts.ledger.begin() as uow:
            write(uow, parts, intake.run, prepared)
            meanwhile(uow)

    return landing


def within_capacity(parts: Parts) -> None:
    with parts.ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
        assert uow.tickets.load() == {"amira": 1, "ben": 1}


def test_what_comes_in_while_a_queue_is_drained_finds_the_capacity_taken(desks: tuple[Parts, Parts]) -> None:
    one, other = desks
    free(one, "N-1")
    land = one_more(other)
    with ThreadPoolExecutor(1) as pool:
        with one.ledger.begin() as uow:
            drain(uow, one)
            job = pool.submit(land, lambda uow: None)
            wait([job], timeout=0.5)
        job.result()
    within_capacity(one)


@pytest.mark.parametrize("release", [drain_queues, lambda parts: act(parts, "N-2", resolved)], ids=["drain", "resolve"])
def test_a_queue_drained_while_something_comes_in_finds_the_capacity_taken(
    desks: tuple[Parts, Parts], release: Callable[[Parts], object]
) -> None:
    one, other = desks
    free(one, "N-1")
    land = one_more(one)
    with ThreadPoolExecutor(1) as pool:

        def begun(uow: SqlUnitOfWork) -> None:
            jobs.append(pool.submit(release, other))
            wait(jobs, timeout=0.5)

        jobs: list[Future[object]] = []
        land(begun)
        jobs[0].result()
    within_capacity(one)


def test_a_release_and_an_ingestion_of_the_same_ticket_do_not_wait_for_each_other(desks: tuple[Parts, Parts]) -> None:
    """The one changes the ticket and then gives out what waits, the other gives out and then changes the ticket."""
    one, other = desks
    with ThreadPoolExecutor(1) as pool:
        with one.ledger.begin() as uow:
            before = uow.tickets.get("N-1")
            acted = resolved(before)
            uow.tickets.change(before, acted.ticket, acted.events)
            job = pool.submit(changes_after_assigning, other, "N-1")
            wait([job], timeout=0.5)
            given_out = drain_if_free(uow, one)
        alone = one.ledger.url.startswith("sqlite")
        with nullcontext() if alone else pytest.raises(StaleWriteError):
            job.result()
    assert given_out is alone
    drain_queues(one)
    within_capacity(one)


def changes_after_assigning(parts: Parts, key: str) -> None:
    """What an ingestion does that joins a response to a ticket."""
    with parts.ledger.begin() as uow:
        uow.tickets.assigning()
        before = uow.tickets.get(key)
        acted = note(before, "amira", NOW, "Another response joined.")
        uow.tickets.change(before, acted.ticket, acted.events)
