import pytest

from feedback.errors import NotFoundError
from feedback.rows import Reason, Rejection
from ledger import SqlLedger
from tests.builders import NOON, a_run

CUT = Rejection(7, (("id", "R7"), ("score", "eleven\x00")), Reason.BAD_SCORE, "'eleven' is no number", "R7")


def test_rejected_rows_are_kept_whole_and_released_once(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run("run-1"))
        uow.runs.start(a_run("run-2", content_hash="file-2"))
        uow.quarantine.add("run-1", "store_nps", [CUT, Rejection(9, (), Reason.CUT_OFF, "the file ends here")], NOON)
    with ledger.read() as uow:
        first, second = uow.quarantine.list("store_nps")
        assert uow.quarantine.list("other") == []
    assert first.rejection.raw == (("id", "R7"), ("score", "eleven\ufffd"))
    assert (first.rejection.reason, first.rejection.response_id, first.at) == (Reason.BAD_SCORE, "R7", NOON)
    assert second.rejection.response_id is None
    with ledger.begin() as uow:
        uow.quarantine.release([first.id], "run-2")
        uow.quarantine.release([first.id], "run-1")
    with ledger.read() as uow:
        assert [row.id for row in uow.quarantine.list()] == [second.id]
        assert len(uow.quarantine.list(include_released=True)) == 2
        assert uow.quarantine.get(first.id).released_in == "run-2"
        with pytest.raises(NotFoundError, match="no quarantined row 99"):
            uow.quarantine.get(99)
