"""Storm mode over a real ledger: one parent, digests for owners, every customer owed a reply, and an end."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from feedback.disposition import Disposition
from feedback.errors import NotFoundError
from ledger.audit import conservation
from ledger.journal import broken_entries
from ledger.schema import kept_back, outbox, storm_tickets
from ledger.storms import SqlStormStore
from nanni.backtesting import run_backtest
from nanni.budgets import opened_since
from nanni.cli import storms as cli
from nanni.cli.app import Common
from nanni.ingestion import ingest_file
from nanni.notices import delivery_of
from nanni.parts import Parts
from nanni.storms import close, sweep
from nanni.wiring import wire
from tests.nanni.test_backtesting import Trusting
from tests.workspaces import POLICY, make_workspace, write_csv
from tickets.lifecycle import LifecycleError
from tickets.notice import NoticeKind
from tickets.ports import TicketFilter
from tickets.ticket import Ticket
from triggers.handling import BudgetPolicy

START = datetime(2026, 2, 1, 0, 0, tzinfo=UTC)
STORM = "storm: {by: [theme, store], window: 6h, usual: 10d, at_least: 5, digest_every: 2h}\n"


class World:
    """A year of hours in miniature: quiet days, then a courier that fails everybody."""

    def __init__(self, folder: Path, policy: str = STORM + POLICY) -> None:
        made = make_workspace(folder)
        (made / "policy.yaml").write_text(policy)
        self.now, self.rows, self.rng = START, 0, random.Random(3)
        self.parts: Parts = wire(made, lambda: self.now)
        self.parts.contracts["nps"] = Trusting()

    def hour(self, good: int, late: int, comment: str = "The courier was late.") -> None:
        """One hour passes, with so many responses; then what is due is done."""
        rows = []
        for k in range(good + late):
            self.rows += 1
            bad = k < late
            rows.append({
                "id": f"R{self.rows}", "at": f"{self.now + timedelta(minutes=k % 50):%Y-%m-%d %H:%M:%S}",
                "score": "2" if bad else "9", "comment": comment if bad else "Lovely staff.",
                "email": f"c{self.rows}@example.org", "store": self.rng.choice(["Leeds", "York", "Hull"]),
            })  # fmt: skip
        self.now += timedelta(hours=1)
        path = write_csv(self.parts.workspace.folder / "inbox" / f"{self.rows}.csv", rows)
        ingest_file(self.parts, self.parts.workspace.survey("nps"), path)
        sweep(self.parts)

    def quiet_days(self, days: int) -> None:
        for day in range(days):
            self.hour(40, 1 if day % 2 else 0)
            self.now += timedelta(hours=23)

    def tickets(self) -> list[Ticket]:
        with self.parts.ledger.read() as uow:
            return list(uow.tickets.list(TicketFilter(limit=10_000)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("w"))
    made.quiet_days(9)
    for _ in range(4):
        made.hour(10, 6)
    yield made
    made.parts.close()


def test_one_problem_is_opened_and_the_tickets_attach_to_it(world: World) -> None:
    with world.parts.ledger.read() as uow:
        storms = SqlStormStore(uow.connection).active()
        assert [storm.group for storm in storms] == [("theme", "delivery.late")]
        parent = uow.tickets.get(storms[0].ticket)
        children = SqlStormStore(uow.connection).children(parent.key)
        assert uow.tickets.events(parent.key)[0].reason.startswith("12 of 32 responses in 6 hours, usually 0.4")
    assert (parent.rule, parent.subject, parent.customer_id, parent.responses) == (
        "storm", "Problem: theme delivery.late", None, 0,
    )  # fmt: skip
    assert parent.owner and parent.due.first_touch
    late = [ticket.key for ticket in world.tickets() if ticket.theme == "delivery.late" and ticket.key != parent.key]
    assert len(children) >= 18 and set(children) <= set(late)


def test_nothing_is_dropped_every_customer_is_owed_and_every_kept_back_notice_says_why(world: World) -> None:
    with world.parts.ledger.read() as uow:
        assert conservation(uow).sound
        connection = uow.connection
        kept = connection.execute(select(kept_back)).all()
        sent = set(connection.execute(select(outbox.c.ticket).where(outbox.c.kind == "ticket_opened")).scalars())
        digests = connection.execute(select(outbox).where(outbox.c.kind == NoticeKind.DIGEST.value)).all()
        told = {row.ticket: row.told_in for row in connection.execute(select(storm_tickets))}
    opened = world.tickets()
    assert {ticket.key for ticket in opened} == sent | {row.ticket for row in kept}, "each is told of, or kept back"
    assert not sent & {row.ticket for row in kept}
    assert all("is one problem behind many tickets" in row.reason for row in kept)
    assert len(kept) >= 12
    assert all(ticket.owner and ticket.due.first_touch for ticket in opened), "each customer is owed a reply"
    assert 1 <= len(digests) <= 4 < len(kept)
    assert sum(1 for sequence in told.values() if sequence is not None) >= 6


def test_the_digest_lists_the_readers_own_tickets(world: World) -> None:
    world.now += timedelta(hours=2)
    sweep(world.parts)
    delivery = delivery_of(world.parts)
    queued = [one for one in delivery.queue(10_000) if one.notice.kind is NoticeKind.DIGEST]
    with world.parts.ledger.read() as uow:
        messages = [delivery.render(uow, one.notice) for one in queued]
    owners = {ticket.key: ticket.owner for ticket in world.tickets()}
    for queued_one, message in zip(queued, messages, strict=True):
        assert "Each customer is still owed a reply" in message.text
        assert "erased" not in message.text
        mine = [key for key in owners if f"    {key}  " in message.text and f"{key}  Problem" not in message.text]
        address = queued_one.notice.target
        assert mine and {owners[key] for key in mine} == {address.partition("@")[0]}


def test_a_critical_ticket_is_told_of_at_once_and_live_replays_exactly(world: World) -> None:
    world.hour(10, 1, comment="The courier was late and burned my hand.")
    burned = next(ticket for ticket in world.tickets() if ticket.rule == "safety")
    with world.parts.ledger.read() as uow:
        chosen = select(outbox.c.id).where(outbox.c.ticket == burned.key, outbox.c.kind == "ticket_opened")
        assert uow.connection.execute(chosen).all()
        assert burned.key in SqlStormStore(uow.connection).parents([burned.key])
    result = run_backtest(world.parts)
    assert (result.report.differences, result.faults) == (0, 0)
    (simulated,) = result.live.storms
    with world.parts.ledger.read() as uow:
        (storm,) = SqlStormStore(uow.connection).latest()
    assert simulated.group == storm.group and abs(simulated.began - storm.began_at) <= timedelta(hours=1)
    assert simulated.kept_back > 0 and result.live.problems == 1


def test_tickets_of_a_storm_do_not_use_up_a_budget(world: World) -> None:
    with world.parts.ledger.read() as uow:
        counted = opened_since(uow, BudgetPolicy(5), START)
        spared = set(uow.connection.execute(select(kept_back.c.ticket)).scalars())
    own = [one for one in world.tickets() if one.rule not in ("storm", "safety") and one.key not in spared]
    assert spared and sum(counted.values()) == len(own)


def test_the_command_line_shows_storms(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    common = Common(world.parts.workspace.folder, json=True)
    cli.list_storms(common=common)
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["value"], listed["ended_at"]) == ("delivery.late", None)
    cli.show_storm(listed["id"], common=common)
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["tickets"]) == listed["tickets"] > 18
    assert all(one["reason"] for one in shown["kept_back"])
    cli.list_storms(common=Common(common.workspace))
    cli.show_storm(listed["id"], common=Common(common.workspace))
    told = " ".join(capsys.readouterr().out.split())
    assert "theme delivery.late" in told and "each owed a reply" in told and "told in" in told
    with pytest.raises(NotFoundError, match="no storm 99"):
        cli.show_storm(99, common=common)


def test_it_unwinds_by_itself_and_the_next_ticket_is_told_of_again(world: World) -> None:
    for _ in range(8):
        world.hour(40, 0)
    with world.parts.ledger.read() as uow:
        store = SqlStormStore(uow.connection)
        assert store.active() == []
        (storm,) = store.latest()
        assert storm.ended_at
        assert uow.tickets.events(storm.ticket)[-1].reason.startswith("the storm is over: ")
        untold = uow.connection.execute(select(kept_back).where(kept_back.c.told_in.is_(None))).all()
    assert untold == [], "the last digest tells the rest"
    before = len(world.tickets())
    world.hour(40, 1)
    (new,) = [ticket for ticket in world.tickets() if ticket.opened_at == world.now]
    assert len(world.tickets()) == before + 1
    with world.parts.ledger.read() as uow:
        told = uow.connection.execute(select(outbox.c.kind).where(outbox.c.ticket == new.key)).scalars()
        assert "ticket_opened" in set(told)


def test_the_storms_own_hours_are_not_what_is_usual_afterwards(world: World) -> None:
    hour = int(world.now.timestamp() // 3600)
    with world.parts.ledger.read() as uow:
        _, usual = SqlStormStore(uow.connection).seen(hour, 6, 240)["theme", "delivery.late"]
    assert usual.fired < 6, "about one in two days"


def test_a_storm_ended_by_hand_stays_ended_for_a_window(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        world.hour(10, 6)
    with world.parts.ledger.read() as uow:
        (storm,) = SqlStormStore(uow.connection).active()
    with pytest.raises(LifecycleError, match="needs a reason"):
        close(world.parts, storm.id, "jo", " ")
    ended = close(world.parts, storm.id, "jo", "the depot is open again")
    assert (ended.ended_by, ended.ended_at) == ("jo", world.now)
    with pytest.raises(LifecycleError, match=f"storm {storm.id} is over since"):
        close(world.parts, storm.id, "jo", "twice")
    world.hour(10, 6)
    with world.parts.ledger.read() as uow:
        store = SqlStormStore(uow.connection)
        assert store.active() == [], "it was called over"
        assert all(one.told_in is not None for one in store.kept_of(storm.id)), "a last digest told the rest"
        assert uow.tickets.events(storm.ticket)[-1].reason == "jo ended the storm: the depot is open again"
        assert not list(broken_entries(uow.connection))
    cli.list_storms(common=Common(world.parts.workspace.folder))
    assert "No storm rages." in capsys.readouterr().out
    world.now += timedelta(hours=5)
    for _ in range(2):
        world.hour(10, 6)
    with world.parts.ledger.read() as uow:
        assert SqlStormStore(uow.connection).active(), "a window later it is looked for again"


def test_without_the_word_in_the_policy_there_are_no_storms(tmp_path: Path) -> None:
    world = World(tmp_path / "w", POLICY)
    world.quiet_days(3)
    world.hour(10, 6)
    with world.parts.ledger.read() as uow:
        assert SqlStormStore(uow.connection).latest() == []
        found = Counter(one.disposition for one in map(uow.responses.find, ["R1", f"R{world.rows - 15}"]))
    assert found[Disposition.OPENED] == 1
    world.parts.close()
