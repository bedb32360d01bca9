"""Scope by hierarchy: who answers for a store or region sees its tickets, whatever team works on them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from ledger.inbox import inbox_page
from ledger.places import at_places
from nanni.ingestion import ingest_file
from nanni.roster import reread
from tests.desk.site import Browser, Desk
from tests.workspaces import write_csv
from tickets.access import Scope
from tickets.inbox import Box, InboxFilter

HIERARCHY = "hierarchy: {levels: {store: {YORK: cleo, Hull: ben}}, head_office: amira}\n"


@pytest.fixture
def york(desk: Desk) -> Desk:
    """The desk with tickets of the care team from two stores, one of which is Cleo's of the shops team."""
    routing = desk.parts.workspace.folder / "routing.yaml"
    routing.write_text(HIERARCHY + routing.read_text("utf-8"), "utf-8")
    reread(desk.parts)
    rows = [
        {"id": id, "at": "2026-03-08 10:00:00", "score": "1", "comment": words, "email": f"{id}@example.org",
         "store": store}
        for id, words, store in (
            ("Y1", "The lamp in York burned me.", "York"),
            ("Y2", "It burned.", 'Leeds","store":"York'),  # what looks like York inside another value
        )
    ]  # fmt: skip
    file = write_csv(desk.parts.workspace.folder / "inbox" / "york.csv", rows)
    ingest_file(desk.parts, desk.parts.workspace.survey("nps"), file)
    return desk


def listed(browser: Browser, path: str) -> set[str]:
    return set(re.findall(r'href="/tickets/(N-\d+)"', browser.get(path).text))


def test_a_place_brings_its_tickets_and_no_others(york: Desk) -> None:
    cleo, vera = york.browser("cleo"), york.browser("vera")
    mine, other, near = (york.ticket_of(id) for id in ("Y1", "R3", "Y2"))
    assert mine.team == other.team == near.team == "care"
    own = {ticket.key for ticket in york.tickets() if ticket.team == "shops"}
    assert listed(cleo, "/inbox?box=team") == own | {mine.key}
    assert listed(cleo, "/inbox?box=all&q=burned") == {mine.key}
    assert 'Team\n<span class="count">3</span>' in cleo.get("/inbox?box=team").text
    assert cleo.get(f"/tickets/{mine.key}").status_code == 200
    assert cleo.post(f"/tickets/{mine.key}/note", {"text": "I rang York."}).status_code == 303
    for hidden in (other, near):
        assert cleo.get(f"/tickets/{hidden.key}").status_code == 404
        assert cleo.post(f"/tickets/{hidden.key}/note", {"text": "x"}).status_code == 404
    assert mine.key in listed(vera, "/inbox?box=team")  # her team's all the same
    with york.parts.ledger.read() as uow:
        assert at_places(uow.connection, mine.key, {("store", "york")})
        assert not at_places(uow.connection, near.key, {("store", "york")})
        assert not at_places(uow.connection, mine.key, {("store", "y_rk"), ("store", "%")})


def test_a_place_is_lost_with_the_hierarchy(york: Desk) -> None:
    cleo, key = york.browser("cleo"), york.ticket_of("Y1").key
    routing = york.parts.workspace.folder / "routing.yaml"
    routing.write_text(routing.read_text("utf-8").replace(HIERARCHY, ""), "utf-8")
    reread(york.parts)
    assert cleo.get(f"/tickets/{key}").status_code == 404


@pytest.mark.parametrize("box", [Box.TEAM, Box.ALL, Box.BREACHING])
def test_a_list_is_entered_by_the_place(york: Desk, box: Box) -> None:
    """The tickets of a place are found by its number and then by their keys; none are walked through to find them."""
    cleo = Scope(frozenset({"shops"}), "cleo", frozenset({("store", "york")}))
    with york.parts.ledger.read() as uow:
        asked: list[tuple[str, Any]] = []
        event.listen(uow.connection, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
        wanted = InboxFilter(scope=cleo, box=box, member="cleo", soon=york.clock() + timedelta(hours=4))
        inbox_page(uow.connection, wanted, 50)
        plans = [
            row[3]
            for sql, values in tuple(asked)
            for row in uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        ]
    entered = "SEARCH ticket_places USING PRIMARY KEY (place=?)"
    at = plans.index(entered)
    assert plans[at - 2 : at] == ["SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (key=?)", "LIST SUBQUERY 1"], (
        plans
    )
    assert not [plan for plan in plans if plan.startswith("SCAN responses")]
    assert not [plan for plan in plans if plan.startswith("SCAN tickets") and "USING" not in plan], plans
