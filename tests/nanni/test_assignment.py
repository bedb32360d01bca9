"""Routing over a real ledger: explained from what is stored, covered, and taken in turn."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanni.assignment import coverage, explain
from nanni.cli import routing as commands
from nanni.cli.app import Common
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.workspaces import ROUTING, make_workspace
from tickets.actions import reassign

SPARE = "  - {id: spare, members: [{id: zoe, email: zoe@example.org}]}\n"
TURNS = "routes: [{when: {theme: delivery}, team: care}, {when: {survey: nps}, team: care, assign: round_robin}]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_workspace(tmp_path / "workspace")
    (folder / "routing.yaml").write_text(
        ROUTING.replace("routes:", f"{SPARE}routes:").replace("routes: [{when: {theme: delivery}, team: care}]", TURNS)
    )
    return folder


@pytest.fixture
def parts(folder: Path) -> Iterator[Parts]:
    wired = wire(folder, lambda: NOW)
    wired.contracts["nps"] = Trusting()
    rows = [{**ROW, "id": f"R{i}", "email": f"c{i}@example.org"} for i in range(4)]
    take(wired, "a.csv", *rows[:3])
    take(wired, "b.csv", rows[3])
    yield wired
    wired.close()


def test_turns_go_on_from_one_file_to_the_next(parts: Parts) -> None:
    with parts.ledger.read() as uow:
        owners = [uow.tickets.get(f"N-{i}").owner for i in range(1, 5)]
    assert owners == ["amira", "ben", "amira", "ben"]


def test_a_ticket_says_which_routes_passed_it_by_and_who_had_it(parts: Parts) -> None:
    act(parts, "N-2", lambda t: reassign(t, "cli", NOW, parts.workspace.routing.assign_to("amira", "knows them")))
    found = explain(parts, "N-2")
    assert found.routes == (
        "route 1 to care does not take it: theme is unknown, not delivery",
        "route 2 takes it: round robin of care",
    )
    assert [(owner, reason) for _, owner, reason in found.recorded] == [
        ("ben", "route 2: ben's turn in care"),
        ("amira", "knows them"),
    ]


def test_coverage_names_who_gets_nothing_and_what_falls_back(parts: Parts) -> None:
    found = coverage(parts)
    assert (found.tickets, found.by_route, found.fallback) == (4, {2: 4}, {})
    assert (found.idle, found.unled) == (("zoe",), ("spare",))


def test_the_commands_print_for_people_and_machines(
    parts: Parts, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.close()
    commands.explain("N-1", common=Common(folder))
    assert "route 2: amira's turn in care" in capsys.readouterr().out
    commands.coverage(common=Common(folder))
    assert "No route leads to: spare." in capsys.readouterr().out
    commands.coverage(common=Common(folder, json=True))
    assert json.loads(capsys.readouterr().out)["by_route"] == {"2": 4}
