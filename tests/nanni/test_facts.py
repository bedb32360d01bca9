"""What the ledger hands to the warehouse: catching up gives what a whole refresh gives, after anything that happens."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from feedback.ports import Run, RunState
from ledger.personal import erase_customer
from ledger.schema import surveys
from nanni.facts import LedgerFacts
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.regrouping import merge_tickets
from nanni.sla_facts import record_facts
from nanni.wiring import wire
from nanni.work import act
from outerloop.adapters.duckdb_warehouse import open_reader, refresh
from outerloop.adapters.star import MADE, TABLES
from outerloop.warehouse import RefreshReport
from tests.nanni.test_landing import Trusting
from tests.workspaces import make_rows, make_workspace, write_csv
from tickets.actions import acknowledge, reassign, resolve
from tickets.ports import TicketFilter
from tickets.routes import Assignment
from tickets.ticket import Closure

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
RUN = Run("r1", "nps", "shop", "a.csv", "h", RunState.RUNNING, NOW)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    wired = wire(make_workspace(tmp_path / "w"), lambda: NOW)
    wired.contracts["nps"] = Trusting()
    yield wired
    wired.close()


def take(parts: Parts, name: str, rows: list[dict[str, str]]) -> None:
    ingest_file(parts, parts.workspace.survey("nps"), write_csv(parts.workspace.folder / "inbox" / name, rows))


def brought(parts: Parts, path: Path, whole: bool = False) -> RefreshReport:
    with parts.ledger.read() as uow:
        return refresh(path, LedgerFacts(uow.connection, parts.workspace), NOW, ZoneInfo("Europe/London"), whole)


def same_as_whole(parts: Parts, path: Path) -> RefreshReport:
    """Catch up, and hold the result against a warehouse written from nothing, row by row."""
    caught = brought(parts, path)
    fresh = path.with_name("whole.duckdb")
    anew = brought(parts, fresh, whole=True)
    assert (caught.content_hash, caught.rows) == (anew.content_hash, anew.rows)
    for table in (*(one.name for one in TABLES), *MADE):
        listed = f"SELECT CAST(t AS VARCHAR) AS row FROM {table} AS t ORDER BY row"
        with open_reader(path) as ours, open_reader(fresh) as theirs:
            assert list(ours.frame(listed).row) == list(theirs.frame(listed).row), table
    return caught


def test_catching_up_gives_what_a_whole_refresh_gives(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "state" / "warehouse.duckdb"
    rows = make_rows(90, customers=40)
    take(parts, "a.csv", rows[:60])
    assert brought(parts, path).whole
    assert not same_as_whole(parts, path).whole, "nothing happened"

    nobody = {**rows[0], "id": "A1", "email": "", "score": "0", "comment": "The courier was late."}
    take(parts, "b.csv", [*rows[60:], {**rows[0], "comment": "Edited: the courier was late."}, nobody])
    record_facts(parts)
    act(parts, "N-1", lambda ticket: acknowledge(ticket, "amira", NOW))
    later = same_as_whole(parts, path)
    assert not later.whole and later.rows["fact_response"] == 91 and later.rows["fact_sla_interval"] > 0

    closed = Closure("process", "refunded", True)
    act(parts, "N-1", lambda ticket: resolve(ticket, "amira", NOW + timedelta(hours=1), closed, ("process",)))
    act(parts, "N-2", lambda ticket: reassign(ticket, "amira", NOW, Assignment("care", "amira", "by hand")))
    with parts.ledger.read() as uow:
        (unnamed,) = [one.key for one in uow.tickets.list(TicketFilter(limit=100)) if one.customer_id is None]
    merge_tickets(parts, unnamed, "N-3", "amira", "the same parcel")
    assert not same_as_whole(parts, path).whole


def test_an_erased_person_vanishes_when_catching_up(parts: Parts, tmp_path: Path) -> None:
    """Invariant 9."""
    path = tmp_path / "state" / "warehouse.duckdb"
    late = {**make_rows(1)[0], "score": "0", "comment": "The courier was late.", "store": "Zennor"}
    take(parts, "a.csv", [late, *make_rows(5, first=1)])
    brought(parts, path)
    with open_reader(path) as warehouse:
        (person,) = warehouse.frame("SELECT customer FROM fact_response WHERE attributes['store'] = 'Zennor'").customer
    with parts.ledger.begin() as uow:
        erase_customer(uow, person, at=NOW, actor="privacy-desk")
    assert not same_as_whole(parts, path).whole
    with open_reader(path) as warehouse:
        left = warehouse.frame(
            """SELECT cardinality(attributes) AS attributes, theme FROM fact_response
               LEFT JOIN fact_response_theme USING (response) WHERE customer = $person""",
            {"person": person},
        )
    assert left.attributes.tolist() == [0] and left.theme.isna().all()
    assert b"Zennor" not in path.read_bytes()


@pytest.mark.parametrize("edit", ["sla", "scale", "zone"])
def test_what_every_row_rests_on_makes_a_refresh_whole(parts: Parts, tmp_path: Path, edit: str) -> None:
    path = tmp_path / "state" / "warehouse.duckdb"
    take(parts, "a.csv", make_rows(5))
    brought(parts, path)
    assert not brought(parts, path).whole
    if edit == "sla":
        sla = parts.workspace.folder / "sla.yaml"
        sla.write_text(sla.read_text() + "\n# edited\n")
    elif edit == "scale":
        with parts.ledger.begin() as uow:
            uow.connection.execute(update(surveys).values(scale=None))
    zone = ZoneInfo("UTC" if edit == "zone" else "Europe/London")
    with parts.ledger.read() as uow:
        assert refresh(path, LedgerFacts(uow.connection, parts.workspace), NOW, zone).whole


def test_the_past_is_told_under_todays_taxonomy(parts: Parts, tmp_path: Path) -> None:
    path, row = tmp_path / "state" / "warehouse.duckdb", make_rows(1)[0]
    said = ["The parking was full.", "Parking was easy, the courier was late.", ""]
    take(parts, "a.csv", [{**row, "id": f"A{at}", "comment": text} for at, text in enumerate(said)])
    brought(parts, path)
    themes = parts.workspace.folder / "themes.yaml"
    before = themes.read_text()
    themes.write_text(before.replace("staff OR assistant", "parking").replace("courier", "express"))
    edited = wire(parts.workspace.folder, lambda: NOW)
    edited.contracts["nps"] = Trusting()
    assert same_as_whole(edited, path).whole
    assert named(path) == [("A0", "staff"), ("A1", "delivery.late"), ("A1", "staff")]
    take(edited, "b.csv", [{**row, "id": "B0", "comment": "Parking again."}])
    assert not same_as_whole(edited, path).whole
    assert named(path)[-1] == ("B0", "staff")
    themes.write_text(before)
    edited.close()
    assert same_as_whole(parts, path).whole
    assert named(path) == [("A1", "delivery"), ("A1", "delivery.late")], "and back"


def test_a_run_resumed_under_other_queries_is_read_anew(parts: Parts) -> None:
    with parts.ledger.begin() as uow:
        first = uow.runs.start(replace(RUN, taxonomy="one"))
        assert uow.runs.start(replace(RUN, taxonomy="one")).taxonomy == first.taxonomy == "one"
        assert uow.runs.start(replace(RUN, taxonomy="other")).taxonomy == ""
        assert uow.runs.start(replace(RUN, taxonomy="one")).taxonomy == ""


def named(path: Path) -> list[tuple[str, str]]:
    with open_reader(path) as warehouse:
        found = warehouse.frame(
            """SELECT response_id, theme FROM fact_response_theme JOIN fact_response USING (response)
               ORDER BY response_id, theme"""
        )
    return list(found.itertuples(index=False, name=None))
