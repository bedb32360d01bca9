"""Two actors on one ticket: no lost update, every refusal explained. `python -m benchmarks.interleavings` plays all."""

from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import pytest

from ledger import SqlLedger, open_ledger
from tests.ledger.interleavings import Tally, all_orders, play


def test_no_update_is_lost_and_every_refusal_is_explained(ledger: SqlLedger) -> None:
    tally = Tally()
    for order in islice(all_orders(), 0, None, 1600):
        play(ledger.begin, order, tally)
    assert tally.problems == []
    assert tally.interleavings == 9
    assert min(tally.accepted, tally.stale, tally.unlawful) > 0
    with ledger.read() as uow:
        assert uow.tickets.verify_chain() == []


def test_dozens_of_orders_within_one_transaction(sqlite_template: Path) -> None:
    ledger, tally = open_ledger(f"sqlite:///{sqlite_template}"), Tally()
    with pytest.raises(RuntimeError, match="undo"), ledger.begin() as uow:
        for order in islice(all_orders(), 7, None, 200):
            play(lambda: nullcontext(uow), order, tally)
        assert uow.tickets.verify_chain() == []
        raise RuntimeError("undo: the template is copied by other tests")
    ledger.close()
    assert (tally.interleavings, tally.problems) == (65, [])
