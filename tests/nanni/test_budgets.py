"""A budget of tickets an owner a day: the ranked rest is shown in the review queue, and nothing is lost."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.disposition import Disposition
from feedback.errors import StaleWriteError
from ledger.audit import conservation
from ledger.reviews import SqlReviewStore
from ledger.schema.restraint import ReviewState
from nanni.backtesting import run_backtest
from nanni.cli import review as cli
from nanni.cli.app import Common
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.reviewing import dismiss_review, open_review
from nanni.wiring import wire
from tests.nanni.test_backtesting import Trusting
from tests.workspaces import POLICY, make_workspace, write_csv
from tickets.lifecycle import LifecycleError
from tickets.ports import TicketFilter
from triggers.policy import Severity

D = Disposition
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
BUDGET = "budget: {tickets_a_day: 3}\n" + POLICY


class World:
    """Two people of one team, three tickets a day each."""

    def __init__(self, folder: Path) -> None:
        made = make_workspace(folder)
        (made / "policy.yaml").write_text(BUDGET)
        self.folder, self.now, self.exports = made, NOW, 0
        self.parts: Parts = self.wired()

    def wired(self) -> Parts:
        parts = wire(self.folder, lambda: self.now)
        parts.contracts["nps"] = Trusting()
        return parts

    def reopen(self) -> None:
        self.parts.close()
        self.parts = self.wired()

    def take(self, *told: tuple[str, str]) -> list[tuple[D, str, str | None]]:
        self.exports += 1
        ids = [f"R{self.exports}-{k}" for k in range(len(told))]
        given = [self.now - timedelta(minutes=20) + timedelta(minutes=k) for k in range(len(told))]
        rows = [
            {"id": name, "at": f"{at:%Y-%m-%d %H:%M:%S}", "score": score, "comment": comment,
             "email": f"{name}@example.org", "store": "York"}
            for name, at, (score, comment) in zip(ids, given, told, strict=True)
        ]  # fmt: skip
        path = write_csv(self.parts.workspace.folder / "inbox" / f"{self.exports}.csv", rows)
        ingest_file(self.parts, self.parts.workspace.survey("nps"), path)
        with self.parts.ledger.read() as uow:
            found = [uow.responses.find(name) for name in ids]
            assert conservation(uow).sound
        return [(one.disposition, one.disposition_reason, one.ticket) for one in found]

    def owners(self) -> Counter[str]:
        with self.parts.ledger.read() as uow:
            return Counter(one.owner for one in uow.tickets.list(TicketFilter(limit=100)) if one.rule != "safety")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "w")
    yield made
    made.parts.close()


LATE, LEAVING, BURNED = (
    ("2", "The courier was late."),
    ("9", "The courier! I am leaving."),
    ("9", "The courier burned me."),
)


def test_the_ranked_rest_goes_to_the_queue_and_the_worst_always_through(world: World) -> None:
    said = world.take(*[LATE] * 7, LEAVING, LEAVING, BURNED, BURNED)
    assert Counter(kind for kind, _, _ in said) == {D.OPENED: 8, D.SUPPRESSED: 3}
    assert [kind for kind, _, _ in said[7:]] == [D.OPENED] * 4, (
        "more severe goes first, critical neither waits nor counts"
    )
    assert set(world.owners().values()) == {3}
    with world.parts.ledger.read() as uow:
        items = SqlReviewStore(uow.connection).list()
    assert [item.id for item in items] == ["V-1", "V-2", "V-3"]
    assert said[-5][1].endswith("tickets of 2026-03-09; in the review queue as V-3")
    assert {item.place for item in items} <= set(range(9, 12))
    assert all(item.severity is Severity.MEDIUM for item in items)
    assert run_backtest(world.parts).report.differences == 0


def test_the_budget_is_the_days_and_the_next_day_is_new(world: World) -> None:
    world.take(*[LATE] * 6)
    assert [kind for kind, _, _ in world.take(LATE, LATE)] == [D.SUPPRESSED] * 2
    world.now += timedelta(days=1)
    assert [kind for kind, _, _ in world.take(LATE, LATE)] == [D.OPENED] * 2


def test_nothing_waits_while_a_colleague_has_room(world: World) -> None:
    routing = world.parts.workspace.folder / "routing.yaml"
    routing.write_text(routing.read_text().replace("amira@example.org, capacity: 100000", "a@example.org, capacity: 9"))
    world.reopen()
    world.take(*[LATE] * 4)  # ben's large capacity makes him the least loaded until his day is full
    assert world.owners() == {"ben": 3, "amira": 1}
    said = world.take(*[LATE] * 3)
    assert [kind for kind, _, _ in said] == [D.OPENED, D.OPENED, D.SUPPRESSED]
    assert world.owners() == {"ben": 3, "amira": 3}


def test_what_is_worse_goes_first_and_a_replay_gives_the_same_people_the_same(world: World) -> None:
    came = []
    for batch in ([LATE] * 5, [LATE, LEAVING, LATE], [LEAVING, BURNED, LATE, LEAVING]):
        came.append([kind for kind, _, _ in world.take(*batch)])
        world.now += timedelta(minutes=30)
    assert came[1] == [D.SUPPRESSED, D.OPENED, D.SUPPRESSED], "the last place of the day is whose need is greater"
    assert came[2] == [D.SUPPRESSED, D.OPENED, D.SUPPRESSED, D.SUPPRESSED]
    load = run_backtest(world.parts, handling=timedelta(days=9)).live
    with world.parts.ledger.read() as uow:
        items = SqlReviewStore(uow.connection).list()
        tickets = uow.tickets.list(TicketFilter(limit=100))
    assert {one.owner: one.reviews for one in load.owners} == Counter(item.owner for item in items)
    assert {one.owner: one.tickets for one in load.owners} == Counter(one.owner for one in tickets)
    assert load.severities == Counter(one.severity for one in tickets)


def test_an_item_is_opened_once_or_dismissed_with_a_reason(world: World) -> None:
    world.take(*[LATE] * 8)
    done = open_review(world.parts, "V-1", "jo")
    assert (done.state, done.closed_by, done.ticket) == (ReviewState.OPENED, "jo", "N-7")
    with world.parts.ledger.read() as uow:
        stored = uow.responses.get(done.response)
        assert uow.tickets.responses("N-7")[0].id == done.response
        assert conservation(uow).sound
    assert (stored.disposition, stored.ticket) == (D.OPENED, "N-7")
    assert stored.disposition_reason.startswith("opened from review V-1 by jo: ")
    with pytest.raises(StaleWriteError):
        open_review(world.parts, "V-1", "sam")
    with pytest.raises(LifecycleError, match="needs a reason"):
        dismiss_review(world.parts, "V-2", "jo", " ")
    gone = dismiss_review(world.parts, "V-2", "jo", "spam")
    assert (gone.state, gone.note) == (ReviewState.DISMISSED, "spam")
    with pytest.raises(StaleWriteError, match="it was dismissed by jo meanwhile"):
        dismiss_review(world.parts, "V-2", "sam", "spam")


def test_the_queue_from_the_command_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.take(*[LATE] * 7)
    common = Common(world.parts.workspace.folder, json=True)
    cli.list_items(common=common)
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["id"], item["rule"], item["survey"], item["state"]) == ("V-1", "detractor", "nps", "waiting")
    cli.dismiss("V-1", by="jo", reason="a test", common=common)
    assert json.loads(capsys.readouterr().out)["closed_by"] == "jo"
    cli.list_items(common=Common(world.parts.workspace.folder))
    assert "Nothing is in the review queue" in capsys.readouterr().out
    cli.list_items(state="all", common=Common(world.parts.workspace.folder))
    assert "V-1" in capsys.readouterr().out
