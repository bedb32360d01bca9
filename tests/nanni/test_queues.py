"""Queues and absences over a real ledger: capacity that comes free, people who leave and return."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nanni.cli import routing as commands
from nanni.cli.app import Common
from nanni.parts import Parts
from nanni.queues import drain_queues, hand_over
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.workspaces import ROUTING, make_workspace
from tickets.actions import close, reassign, reopen, resolve
from tickets.lifecycle import LifecycleError
from tickets.ticket import Closure, Ticket

SMALL = """
teams:
  - id: care
    members: [{id: amira, email: amira@example.org, capacity: 1}, {id: ben, email: ben@example.org, capacity: 1}]
  - {id: lead, members: [{id: hana, email: hana@example.org}]}
routes: [{when: {survey: nps}, team: care}]
fallback: {team: lead, owner: hana}
"""
AWAY = "absences: [{{from: {first}, until: {last}{more}}}]"
DONE = Closure("product", "Sent a new one.", True)


class Day:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


Wired = Callable[[str, int], Parts]


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def wired(tmp_path: Path, day: Day) -> Iterator[Wired]:
    opened: list[Parts] = []

    def made(routing: str, tickets: int) -> Parts:
        folder = make_workspace(tmp_path / "workspace") if not opened else tmp_path / "workspace"
        (folder / "routing.yaml").write_text(routing)
        parts = wire(folder, day)
        parts.contracts["nps"] = Trusting()
        opened.append(parts)
        if tickets:
            rows = [{**ROW, "id": f"R{i}", "email": f"c{i}@example.org"} for i in range(tickets)]
            take(parts, "a.csv", *rows)
        return parts

    yield made
    for parts in opened:
        parts.close()


def owners(parts: Parts, count: int) -> list[tuple[str, str | None]]:
    with parts.ledger.read() as uow:
        found = [uow.tickets.get(f"N-{i + 1}") for i in range(count)]
    return [(ticket.owner, ticket.queue) for ticket in found]


def resolved(parts: Parts, key: str) -> Ticket:
    return act(parts, key, lambda t: resolve(t, t.owner, parts.clock(), DONE, parts.workspace.sla.root_causes))


def test_a_full_team_queues_and_every_release_gives_out_the_oldest(wired: Wired, day: Day) -> None:
    parts = wired(SMALL, 4)
    assert owners(parts, 4) == [("amira", None), ("ben", None), ("hana", "care"), ("hana", "care")]
    with parts.ledger.read() as uow:
        assert uow.tickets.load() == {"amira": 1, "ben": 1}
    day.now += timedelta(hours=1)
    resolved(parts, "N-2")
    assert owners(parts, 4) == [("amira", None), ("ben", None), ("ben", None), ("hana", "care")]
    day.now += timedelta(hours=1)
    act(parts, "N-1", lambda t: reassign(t, "amira", day.now, parts.workspace.routing.assign_to("hana")))
    assert owners(parts, 4)[3] == ("amira", None)
    with parts.ledger.read() as uow:
        told = [queued.notice.target for queued in uow.outbox.list() if queued.notice.kind == "assigned"]
        assert uow.tickets.verify_chain() == []
    assert sorted(told) == ["amira@example.org", "ben@example.org", "hana@example.org"]
    assert drain_queues(parts) == []


def test_capacity_that_an_edit_brings_is_used_by_the_next_drain(wired: Wired) -> None:
    wired(SMALL, 3)
    bigger = wired(SMALL.replace("id: ben, email: ben@example.org, capacity: 1", "id: ben, email: ben@example.org"), 0)
    (moved,) = drain_queues(bigger)
    assert (moved.ticket, moved.before, moved.after) == ("N-3", "hana", "ben")


def absent(days: int, more: str = "", whole: str = "") -> str:
    first = NOW.date() + timedelta(days=1)
    told = AWAY.format(first=first, last=first + timedelta(days=days - 1), more=more)
    return whole + ROUTING.replace("amira@example.org,", f"amira@example.org, {told},")


def test_what_an_absent_person_holds_goes_to_the_stand_in_and_does_not_come_back(wired: Wired, day: Day) -> None:
    parts = wired(absent(3, ", delegate: ben"), 2)
    assert "amira" in {owner for owner, _ in owners(parts, 2)}
    assert hand_over(parts) == []
    day.now += timedelta(days=1)
    moved = hand_over(parts)
    assert {one.after for one in moved} == {"ben"} and all("ben stands in" in one.reason for one in moved)
    assert hand_over(parts) == []
    day.now += timedelta(days=7)
    assert hand_over(parts) == []
    assert {owner for owner, _ in owners(parts, 2)} == {"ben"}


def test_without_a_stand_in_the_routes_find_somebody(wired: Wired, day: Day) -> None:
    parts = wired(absent(3), 1)
    day.now += timedelta(days=1)
    (moved,) = hand_over(parts)
    assert moved.after == "ben" and moved.reason.startswith("amira is away until")


def test_short_absences_keep_their_tickets_unless_somebody_asks(wired: Wired, day: Day) -> None:
    parts = wired(absent(1, whole="hand_over_absences_of: 2\n"), 1)
    day.now += timedelta(days=1)
    assert hand_over(parts) == []
    assert [one.ticket for one in hand_over(parts, "amira", "hana")] == ["N-1"]
    with parts.ledger.read() as uow:
        assert uow.tickets.events("N-1")[-1].actor == "hana"


def test_one_absence_can_keep_its_tickets(wired: Wired, day: Day) -> None:
    parts = wired(absent(5, ", tickets: keep"), 1)
    day.now += timedelta(days=1)
    assert hand_over(parts) == []


def test_a_reopened_ticket_does_not_go_back_to_somebody_who_is_away(wired: Wired, day: Day) -> None:
    parts = wired(absent(3, ", delegate: ben"), 1)
    resolved(parts, "N-1")
    act(parts, "N-1", lambda t: close(t, "amira", day.now))
    day.now += timedelta(days=1)
    after = act(parts, "N-1", lambda t: reopen(t, "cli", day.now, "Broken again.", parts.workspace.sla))
    assert after.owner == "ben"


def test_nobody_gives_a_ticket_by_hand_to_somebody_who_is_away(wired: Wired, day: Day) -> None:
    parts = wired(absent(3, ", delegate: ben"), 2)
    day.now += timedelta(days=1)
    hand_over(parts)
    to = parts.workspace.routing.assign_to("amira")
    with pytest.raises(LifecycleError, match="amira is away until") as refused:
        act(parts, "N-1", lambda t: reassign(t, "cli", day.now, to))
    assert refused.value.allowed == "ben"
    assert act(parts, "N-1", lambda t: reassign(t, "amira", day.now, to)).owner == "amira"


def test_the_commands_say_what_they_did(wired: Wired, capsys: pytest.CaptureFixture[str]) -> None:
    parts = wired(SMALL, 3)
    common = Common(parts.workspace.folder, json=True)
    commands.queue(common=common)
    (waiting,) = json.loads(capsys.readouterr().out)
    assert (waiting["key"], waiting["queue"], waiting["owner"]) == ("N-3", "care", "hana")
    commands.drain(common=common)
    assert json.loads(capsys.readouterr().out) == []
    commands.hand_over_tickets(common=common)
    assert json.loads(capsys.readouterr().out) == []
    commands.queue(common=Common(parts.workspace.folder))
    assert "1 tickets wait for capacity" in capsys.readouterr().out
