from feedback.disposition import Disposition
from feedback.ports import Landing
from ledger import SqlLedger
from ledger.held import held_responses
from tests.builders import a_batch, a_run


def test_held_responses_until_a_later_revision_takes_them_away(ledger: SqlLedger) -> None:
    held, other = Landing(1, None, Disposition.HELD, "one"), Landing(1, None, Disposition.HELD, "other")
    quiet = Landing(1, None, Disposition.QUIET)
    with ledger.begin() as uow:
        uow.runs.start(a_run("run-1"))
        first, second, *_ = uow.responses.add("run-1", a_batch((1.0, 2.0, 3.0)), [held, other, quiet])
        uow.responses.add("run-1", a_batch((9.0,), ids=["R1"]), [Landing(2, None, Disposition.REVISED)])
    with ledger.read() as uow:
        assert held_responses(uow.connection) == [second]
        assert held_responses(uow.connection, "store_nps", "other") == [second]
        assert held_responses(uow.connection, "web_csat") == [] == held_responses(uow.connection, reason="one")
    assert first != second
