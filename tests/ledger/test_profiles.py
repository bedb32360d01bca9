from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from feedback.disposition import Disposition
from feedback.errors import StoreError
from ledger import SqlLedger
from ledger.profiles import edge_tallies, keep_tally, run_tally
from models.drift import Tally
from tests.builders import NOON, a_run

SURE = Tally((0, 0, 0, 0, 0, 1, 2), (3, 0, 0, 0, 0, 0, 0, 0))
UNSURE = Tally((2, 0, 0, 0, 0, 0, 0), (0, 0, 0, 2, 0, 0, 0, 0), unknown=1)


def kept(ledger: SqlLedger, name: str, days: int, *tallies: Tally, model: str = "m@1") -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run(name, content_hash=name, started_at=NOON + timedelta(days=days)))
        for number, tally in enumerate(tallies):
            uow.runs.record_batch(name, number, 5, {Disposition.QUIET: 5})
            keep_tally(uow.connection, name, number, model, tally)


def test_a_run_s_batches_add_up(ledger: SqlLedger) -> None:
    kept(ledger, "run-1", 0, SURE, UNSURE)
    with ledger.read() as uow:
        assert run_tally(uow.connection, "run-1") == SURE + UNSURE
        assert run_tally(uow.connection, "run-2") == Tally()


def test_the_latest_whole_runs_of_one_model_are_taken_until_there_are_enough(ledger: SqlLedger) -> None:
    kept(ledger, "old", 0, SURE, SURE)
    kept(ledger, "other", 1, SURE, model="m@2")
    kept(ledger, "new", 2, UNSURE, UNSURE)
    with ledger.read() as uow:
        found = [edge_tallies(uow.connection, "store_nps", "m@1", enough)[0] for enough in (1, 4, 5)]
        assert edge_tallies(uow.connection, "web_csat", "m@1", 5) == (Tally(), None)
    assert found == [UNSURE + UNSURE, UNSURE + UNSURE, UNSURE + UNSURE + SURE + SURE]


def test_the_first_runs_are_a_yardstick_once_later_ones_are_enough_by_themselves(ledger: SqlLedger) -> None:
    kept(ledger, "old", 0, SURE, SURE)
    kept(ledger, "middle", 1, SURE)
    with ledger.read() as uow:
        assert edge_tallies(uow.connection, "store_nps", "m@1", 4) == (SURE + SURE + SURE, None)
        assert edge_tallies(uow.connection, "store_nps", "m@1", 100)[1] is None
    kept(ledger, "new", 2, UNSURE, UNSURE)
    with ledger.read() as uow:
        assert edge_tallies(uow.connection, "store_nps", "m@1", 4) == (UNSURE + UNSURE, SURE + SURE)


def test_a_tally_without_its_batch_is_refused(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run("run-1"))
    with pytest.raises((StoreError, IntegrityError)), ledger.begin() as uow:
        keep_tally(uow.connection, "run-1", 7, "m@1", SURE)
