"""What a batch does to tickets that are already there, over a real ledger."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from feedback.rows import ContractVerdict, RawBatch
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.work import act
from tests.workspaces import make_workspace, write_csv
from tickets.actions import close, reassign, resolve
from tickets.events import EventKind
from tickets.notice import NoticeKind
from tickets.ticket import Closure, Status

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
ROW = {
    "id": "R1",
    "at": "2026-03-09 08:00:00",
    "score": "2",
    "comment": "",
    "email": "c1@example.org",
    "store": "Leeds",
}


class Trusting:
    """A contract that trusts every row."""

    def check(self, frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
        return ContractVerdict()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    wired = wire(make_workspace(tmp_path / "workspace"), lambda: NOW)
    wired.contracts["nps"] = Trusting()
    yield wired
    wired.close()


def take(parts: Parts, name: str, *rows: dict[str, str]) -> None:
    path = write_csv(parts.workspace.folder / "inbox" / name, list(rows))
    ingest_file(parts, parts.workspace.survey("nps"), path)


def told_on(parts: Parts, key: str = "N-1") -> tuple[Status, list[tuple[EventKind, str]]]:
    with parts.ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
        ticket, events = uow.tickets.get(key), uow.tickets.events(key)
    return ticket.status, [(event.kind, event.reason) for event in events if event.sequence > 2]


def test_a_corrected_score_is_told_on_the_ticket_which_stays_open(parts: Parts) -> None:
    take(parts, "a.csv", ROW)
    take(parts, "b.csv", {**ROW, "score": "9"})
    reason = "the customer's response was revised: no rule fires on it any more"
    assert told_on(parts) == (Status.NEW, [(EventKind.RESPONSE_REVISED, reason)])
    take(parts, "c.csv", {**ROW, "score": "9"}, {**ROW, "id": "R2"})
    assert [kind for kind, _ in told_on(parts)[1]] == [EventKind.RESPONSE_REVISED, EventKind.RESPONSE_ATTACHED]


def test_a_ticket_that_changes_in_the_same_batch_hears_of_it_too(parts: Parts) -> None:
    take(parts, "a.csv", ROW)
    take(parts, "b.csv", {**ROW, "id": "R2"}, {**ROW, "score": "9"})
    assert [kind for kind, _ in told_on(parts)[1]] == [EventKind.RESPONSE_ATTACHED, EventKind.RESPONSE_REVISED]


def test_a_revision_that_still_fires_is_attached_and_not_withdrawn(parts: Parts) -> None:
    take(parts, "a.csv", ROW)
    take(parts, "b.csv", {**ROW, "score": "3"})
    assert [kind for kind, _ in told_on(parts)[1]] == [EventKind.RESPONSE_ATTACHED]


def test_a_closed_ticket_keeps_the_correction_on_record(parts: Parts) -> None:
    take(parts, "a.csv", ROW)
    closure = Closure("product", "Sent a new one.", True)
    causes = parts.workspace.sla.root_causes
    act(parts, "N-1", lambda t: resolve(t, "amira", NOW, closure, causes), lambda t: close(t, "amira", NOW))
    take(parts, "b.csv", {**ROW, "score": "9"})
    status, events = told_on(parts)
    assert (status, events[-1][0]) == (Status.CLOSED, EventKind.RESPONSE_REVISED)


def test_a_new_owner_is_told_in_the_transaction_that_makes_them_owner(parts: Parts) -> None:
    take(parts, "a.csv", ROW)
    other = "ben" if told_owner(parts) == "amira" else "amira"
    act(parts, "N-1", lambda t: reassign(t, "cli", NOW, parts.workspace.routing.assign_to(other)))
    with parts.ledger.read() as uow:
        kinds = {(one.notice.kind, one.notice.target) for one in uow.outbox.list()}
    assert (NoticeKind.ASSIGNED, f"{other}@example.org") in kinds


def told_owner(parts: Parts) -> str:
    with parts.ledger.read() as uow:
        return uow.tickets.get("N-1").owner
