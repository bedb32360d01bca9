from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from feedback.disposition import Disposition
from feedback.errors import SourceError
from feedback.mend import raw_row
from feedback.ports import RunState
from feedback.rows import ContractVerdict, Flag, RawBatch, Reason, Rejection
from ledger.audit import conservation
from nanni.explaining import explain
from nanni.ingestion import begin_file, commit, ingest_file, raw_batches
from nanni.parts import Parts
from nanni.release import release
from nanni.walk import prepare
from nanni.wiring import wire
from tests.workspaces import make_rows, make_workspace, write_csv
from tickets.ports import TicketFilter
from tickets.ticket import Ticket

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
Row = dict[str, str]


class Trusting:
    """A contract that trusts every row but those whose ids it is told of, and flags those of another list."""

    def __init__(self, broken: tuple[str, ...] = (), odd: tuple[str, ...] = ()) -> None:
        self.broken, self.odd = broken, odd

    def check(self, frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
        rows = list(enumerate(zip(frame["_row"].tolist(), frame["response_id"], strict=True)))
        return ContractVerdict(
            tuple(
                Rejection(number, raw_row(raw, i), Reason.CONTRACT, "broken", name)
                for i, (number, name) in rows
                if name in self.broken
            ),
            tuple(Flag(number, "oddness", "odd") for _, (number, name) in rows if name in self.odd),
        )


Make = Callable[..., Parts]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Parts] = []

    def parts(batch_size: int = 1000, contract: Trusting | None = None) -> Parts:
        if not (tmp_path / "w").exists():
            make_workspace(tmp_path / "w")
        text = (tmp_path / "w" / "nanni.yaml").read_text()
        sized = f"batch_size: {batch_size}"
        lines = [sized if line.startswith("batch_size") else line for line in text.splitlines()]
        (tmp_path / "w" / "nanni.yaml").write_text("\n".join(lines))
        wired = wire(tmp_path / "w", lambda: NOW)
        wired.contracts["nps"] = contract or Trusting()
        made.append(wired)
        return wired

    yield parts
    for wired in made:
        wired.close()


def ingest(parts: Parts, rows: list[Row], name: str = "a.csv") -> dict[str, int]:
    path = write_csv(parts.workspace.folder / "inbox" / name, rows)
    taken = ingest_file(parts, parts.workspace.survey("nps"), path)
    return {kind.value: count for kind, count in (taken.run.counts or {}).items() if count}


def tickets(parts: Parts) -> list[Ticket]:
    with parts.ledger.read() as uow:
        return list(uow.tickets.list(TicketFilter(limit=1000)))


def sound(parts: Parts) -> bool:
    with parts.ledger.read() as uow:
        return conservation(uow).sound


def row(**changes: str) -> Row:
    return {**make_rows(1)[0], "score": "10", "comment": "", **changes}


def test_an_interrupted_run_resumes_whole_when_the_batch_size_was_changed(make: Make) -> None:
    rows = make_rows(25)
    parts = make(batch_size=10)
    path = write_csv(parts.workspace.folder / "inbox" / "a.csv", rows)
    survey = parts.workspace.survey("nps")
    intake = begin_file(parts, survey, path)
    first = next(raw_batches(intake))
    commit(parts, intake.run, prepare(survey, parts, first))
    taken = ingest_file(make(batch_size=7), survey, path)
    assert taken.run.received == 25
    assert taken.run.state is RunState.DONE
    assert sound(parts)


def test_a_repeated_row_is_a_duplicate_and_an_edited_one_a_revision(make: Make) -> None:
    parts = make()
    assert ingest(parts, [row(id="A"), row(id="A"), row(id="B")]) == {"quiet": 2, "duplicate": 1}
    assert ingest(parts, [row(id="A"), row(id="B", score="9")], "b.csv") == {"duplicate": 1, "revised": 1}
    assert sound(parts)


def test_an_edit_that_turns_bad_opens_a_ticket_and_a_second_edit_does_not_open_another(make: Make) -> None:
    parts = make()
    ingest(parts, [row(id="A")])
    assert ingest(parts, [row(id="A", score="1")], "b.csv") == {"opened": 1}
    assert ingest(parts, [row(id="A", score="0")], "c.csv") == {"revised": 1}
    (ticket,) = tickets(parts)
    assert ticket.responses == 1


def test_a_score_corrected_for_the_better_is_told_on_the_ticket_that_stays_open(make: Make) -> None:
    parts = make()
    ingest(parts, [row(id="A", score="1")])
    assert ingest(parts, [row(id="A", score="10")], "b.csv") == {"revised": 1}
    (ticket,) = tickets(parts)
    with parts.ledger.read() as uow:
        kinds = [event.kind.value for event in uow.tickets.events(ticket.key)]
    assert kinds[-1] == "response_revised"
    assert ticket.status.value == "new"


def test_a_row_replaced_within_its_batch_opens_nothing_by_itself(make: Make) -> None:
    parts = make()
    assert ingest(parts, [row(id="A", score="0"), row(id="A", score="10")]) == {"revised": 2}
    assert tickets(parts) == []
    assert sound(parts)


def test_a_customer_with_a_live_ticket_gets_the_next_response_attached(make: Make) -> None:
    parts = make()
    first, second = row(id="A", score="1", email="X@example.org"), row(id="B", score="2", email="x@example.org ")
    assert ingest(parts, [first]) == {"opened": 1}
    assert ingest(parts, [second], "b.csv") == {"attached": 1}
    (ticket,) = tickets(parts)
    assert ticket.responses == 2


def test_what_the_contract_refuses_is_quarantined_and_can_be_released(make: Make) -> None:
    parts = make(contract=Trusting(broken=("B",)))
    assert ingest(parts, [row(id="A"), row(id="B", score="1")]) == {"quiet": 1, "quarantined": 1}
    parts.contracts["nps"] = Trusting()
    (taken,) = release(parts)
    assert {kind.value: n for kind, n in (taken.run.counts or {}).items() if n} == {"opened": 1}
    assert release(parts) == []
    assert sound(parts)


def test_a_row_that_still_fails_goes_back_to_quarantine(make: Make) -> None:
    parts = make()
    assert ingest(parts, [row(id="A", score="99")]) == {"quarantined": 1}
    (taken,) = release(parts)
    assert {kind.value: n for kind, n in (taken.run.counts or {}).items() if n} == {"quarantined": 1}
    with parts.ledger.read() as uow:
        assert len(uow.quarantine.list()) == 1
    assert sound(parts)


def test_a_wrong_file_stops_before_anything_is_written(make: Make) -> None:
    parts = make()
    path = parts.workspace.folder / "inbox" / "a.csv"
    path.write_text("id,when\n1,2\n")
    with pytest.raises(SourceError, match="not found; the file has 'id', 'when'"):
        ingest_file(parts, parts.workspace.survey("nps"), path)
    with parts.ledger.read() as uow:
        (run,) = uow.runs.list()
    assert (run.state, run.received) == (RunState.FAILED, 0)
    assert "not found" in run.error


def test_a_file_that_failed_is_taken_after_its_mapping_was_mended(make: Make) -> None:
    parts = make()
    mapping = parts.workspace.folder / "surveys" / "nps.yaml"
    good = mapping.read_text()
    mapping.write_text(good.replace("score: score", "score: points"))
    with pytest.raises(SourceError, match="'points' not found"):
        ingest(make(), [row(id="A")])
    mapping.write_text(good)
    assert ingest(make(), [row(id="A")]) == {"quiet": 1}
    assert sound(parts)


def test_flags_of_the_contract_do_not_stop_a_row(make: Make) -> None:
    parts = make(contract=Trusting(odd=("A",)))
    assert ingest(parts, [row(id="A")]) == {"quiet": 1}


def test_every_response_can_say_why(make: Make) -> None:
    parts = make()
    rows = make_rows(40, customers=10)
    ingest(parts, rows)
    for one in rows:
        (told,) = explain(parts, one["id"], "nps")
        assert told.trace.rules
        assert told.recomputed is (told.stored.disposition is Disposition.QUIET)


def test_an_empty_export_is_an_empty_run(make: Make) -> None:
    parts = make()
    assert ingest(parts, []) == {}
    assert sound(parts)
