from datetime import timedelta

import pytest
from sqlalchemy import insert

from feedback.disposition import Disposition
from feedback.errors import ConservationError, NotFoundError, StaleWriteError, StoreError
from feedback.ports import RunState
from ledger import SqlLedger
from ledger.schema import DISPOSITIONS, run_batches
from tests.builders import NOON, a_run


def test_the_same_bytes_are_the_same_run(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        first = uow.runs.start(a_run("run-1"))
        again = uow.runs.start(a_run("run-2"))
        other = uow.runs.start(a_run("run-3", content_hash="file-2"))
    assert first.id == again.id == "run-1"
    assert other.id == "run-3"
    assert first.started_at == NOON


def test_counts_are_summed_over_batches(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.runs.record_batch("run-1", 0, 10, {Disposition.QUIET: 7, Disposition.OPENED: 3})
        uow.runs.record_batch("run-1", 1, 5, {Disposition.QUIET: 4, Disposition.QUARANTINED: 1})
        uow.runs.finish("run-1", NOON + timedelta(minutes=1), RunState.DONE)
    with ledger.read() as uow:
        run = uow.runs.get("run-1")
        assert uow.runs.committed_batches("run-1") == {0, 1}
        assert [one.id for one in uow.runs.list()] == ["run-1"]
    assert run.state is RunState.DONE
    assert run.finished_at == NOON + timedelta(minutes=1)
    assert run.received == 15
    assert run.counts is not None
    assert run.counts[Disposition.QUIET] == 11
    assert sum(run.counts.values()) == 15


def test_a_batch_is_recorded_once(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        uow.runs.record_batch("run-1", 0, 1, {Disposition.QUIET: 1})
    with pytest.raises(StaleWriteError, match="batch 0 was committed by somebody else"), ledger.begin() as uow:
        uow.runs.record_batch("run-1", 0, 1, {Disposition.QUIET: 1})


def test_a_residue_is_refused_by_code_and_by_the_store(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run())
    with pytest.raises(ConservationError, match="residue 1"), ledger.begin() as uow:
        uow.runs.record_batch("run-1", 0, 2, {Disposition.QUIET: 1})
    short = dict.fromkeys(DISPOSITIONS, 0) | {"run": 1, "number": 0, "received": 2, "quiet": 1}
    with pytest.raises(StoreError, match="conserved"), ledger.begin() as uow:
        uow.connection.execute(insert(run_batches).values(**short))


def test_an_unknown_run_says_so(ledger: SqlLedger) -> None:
    with pytest.raises(NotFoundError, match="no run 'nope'"), ledger.read() as uow:
        uow.runs.get("nope")
