"""Two writers on one store: no lost update, no duplicate, and every refusal says what changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from feedback.errors import StaleWriteError
from ledger import SqlLedger
from tests.builders import a_batch, a_run, a_ticket, an_event, landings, opening_events
from tickets.events import EventKind

WRITERS, CHANGES = 2, 15


def test_two_writers_lose_no_update(ledger: SqlLedger, reopen: Callable[[], SqlLedger]) -> None:
    with ledger.begin() as uow:
        uow.tickets.open([a_ticket()], opening_events(a_ticket()))
    refusals: list[str] = []

    def work(name: str, own: SqlLedger) -> int:
        written = 0
        while written < CHANGES:
            with own.read() as uow:
                before = uow.tickets.get("N-1")
            try:
                with own.begin() as uow:
                    after = replace(before, owner=name, version=before.version + 1)
                    event = an_event(sequence=after.version, kind=EventKind.ASSIGNED, actor=name)
                    uow.tickets.change(before, after, [event])
                written += 1
            except StaleWriteError as error:
                refusals.append(str(error))
        return written

    with ThreadPoolExecutor(WRITERS) as pool:
        jobs = [pool.submit(work, f"writer-{i}", reopen()) for i in range(WRITERS)]
        assert [job.result() for job in jobs] == [CHANGES] * WRITERS
    with ledger.read() as uow:
        events = uow.tickets.events("N-1")
        assert uow.tickets.get("N-1").version == len(events) == 2 + WRITERS * CHANGES
        assert uow.tickets.verify_chain() == []
    assert all("assigned by writer-" in refusal for refusal in refusals)


def test_two_ingestions_of_one_batch_store_it_once(ledger: SqlLedger, reopen: Callable[[], SqlLedger]) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run())
    both, batch = Barrier(WRITERS), a_batch([float(i % 11) for i in range(200)])

    def ingest(own: SqlLedger) -> int:
        both.wait()
        try:
            with own.begin() as uow:
                people = uow.responses.customers(batch)
                return len(uow.responses.add("run-1", batch, landings(batch, customers=people)))
        except StaleWriteError:
            return 0

    with ThreadPoolExecutor(WRITERS) as pool:
        stored = sorted(pool.map(ingest, [reopen() for _ in range(WRITERS)]))
    assert stored == [0, 200]
    with ledger.read() as uow:
        assert uow.responses.count() == 200


def test_two_writers_get_different_keys_and_one_customer(ledger: SqlLedger, reopen: Callable[[], SqlLedger]) -> None:
    both, batch = Barrier(WRITERS), a_batch([1.0] * 50)

    def take(own: SqlLedger) -> tuple[list[str], list[str | None]]:
        both.wait()
        with own.begin() as uow:
            return uow.tickets.next_keys(50), uow.responses.customers(batch)

    with ThreadPoolExecutor(WRITERS) as pool:
        (keys, people), (others, same) = pool.map(take, [reopen() for _ in range(WRITERS)])
    assert len({*keys, *others}) == 100
    assert people == same


def test_a_reader_sees_one_snapshot(ledger: SqlLedger, reopen: Callable[[], SqlLedger]) -> None:
    other = reopen()
    with ledger.read() as uow:
        assert uow.responses.count() == 0
        with other.begin() as writer:
            writer.runs.start(a_run())
            writer.responses.add("run-1", a_batch([1.0]), landings(a_batch([1.0])))
        assert uow.responses.count() == 0
    with ledger.read() as uow:
        assert uow.responses.count() == 1


def test_threads_share_a_ledger(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run())

    def add(i: int) -> None:
        batch = a_batch([1.0], ids=[f"T{i}"])
        with ledger.begin() as uow:
            uow.responses.add("run-1", batch, landings(batch))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    with ledger.read() as uow:
        assert uow.responses.count() == 20
