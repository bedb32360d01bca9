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
from tickets.projection import rebuild
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


def test_words_decide_where_no_theme_does_and_what_was_compared_is_kept(parts: Parts) -> None:
    take(parts, "a.csv", {**ROW, "comment": "The staff at the desk were rude to us."})
    take(parts, "b.csv", {**ROW, "id": "R2", "comment": "The courier was late with my parcel."})
    assert "encoder" not in vars(parts), "with a theme, or nothing open, nothing is compared"
    take(parts, "c.csv", {**ROW, "id": "R3", "comment": "Your people at the desk were so unfriendly to us."})
    with parts.ledger.read() as uow:
        ticket, events = uow.tickets.get("N-1"), uow.tickets.events("N-1")
        assert rebuild(events) == ticket and ticket.responses == 2
        assert set(uow.vectors.read(["N-1", "N-2"], parts.encoder.name)) == {"N-1", "N-2"}
        assert "whose words are like its own" in uow.responses.find("R3").disposition_reason
        asked = parts.workspace.opening_rules.alike
    told = dict(events[-1].data)
    assert asked is not None and float(told["likeness"]) >= asked == float(told["likeness_asked"])


def test_a_ticket_without_a_theme_learns_it_from_words_that_are_like_its_own(parts: Parts) -> None:
    take(parts, "a.csv", {**ROW, "comment": "The parcel with my lamp has not come."})
    take(parts, "b.csv", {**ROW, "id": "R2", "comment": "The courier has not come with my parcel."})
    with parts.ledger.read() as uow:
        assert uow.tickets.get("N-1").theme == "delivery" == rebuild(uow.tickets.events("N-1")).theme
        assert uow.responses.find("R2").ticket == "N-1"
