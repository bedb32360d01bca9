"""A comment that follows its score: nothing is acted on too early, nothing is lost, every count holds."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.disposition import Disposition
from feedback.errors import NanniError
from ledger.audit import conservation
from ledger.personal import erase_customer
from nanni.backtesting import run_backtest
from nanni.cli.app import Common
from nanni.cli.ingest import ingest
from nanni.health import examine
from nanni.ingestion import ingest_file
from nanni.late_landing import settle_due
from nanni.parts import Parts
from nanni.wiring import wire
from tests.nanni.test_backtesting import Trusting
from tests.workspaces import POLICY, make_workspace, write_csv
from tickets.ports import TicketFilter

D = Disposition
NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ROW = {"id": "R1", "score": "2", "comment": "", "email": "c1@example.org", "store": "Leeds"}
SETTLING = "settle: [{wait: 30m}]\nresponses: {edited: suppress}\n" + POLICY


class World:
    """A workspace whose clock can be set, fed one export at a time."""

    def __init__(self, folder: Path, policy: str = SETTLING) -> None:
        made = make_workspace(folder)
        (made / "policy.yaml").write_text(policy)
        self.now = NOON
        self.parts: Parts = wire(made, lambda: self.now)
        self.parts.contracts["nps"] = Trusting()
        self.exports = 0

    def take(self, *rows: dict[str, str]) -> None:
        self.exports += 1
        told = [{"at": f"{self.now:%Y-%m-%d %H:%M:%S}", **ROW, **row} for row in rows]
        path = write_csv(self.parts.workspace.folder / "inbox" / f"{self.exports}.csv", told)
        ingest_file(self.parts, self.parts.workspace.survey("nps"), path)

    def later(self, minutes: int) -> dict[Disposition, int]:
        self.now += timedelta(minutes=minutes)
        return settle_due(self.parts)

    def stands(self, name: str = "R1") -> tuple[Disposition, str, str | None]:
        with self.parts.ledger.read() as uow:
            one = uow.responses.find(name)
        return one.disposition, one.disposition_reason, one.ticket

    def sound(self) -> Counter[Disposition]:
        """The audit finds nothing; returns the counts of all runs."""
        with self.parts.ledger.read() as uow:
            report = conservation(uow)
        assert report.sound, report
        return Counter({kind: count for kind, count in report.counts.items() if count})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "w")
    yield made
    made.parts.close()


def test_a_score_alone_waits_with_a_reason_and_is_acted_on_when_the_window_ends(world: World) -> None:
    world.take({})
    assert world.stands() == (D.HELD, "waits until 2026-03-09 12:30 UTC for a comment that may follow", None)
    assert world.sound() == {D.HELD: 1}
    assert world.later(29) == {}
    assert world.later(1) == {D.OPENED: 1}
    assert world.stands() == (D.OPENED, "no comment followed: the customer has no live ticket", "N-1")
    assert world.sound() == {D.OPENED: 1}
    assert world.later(60) == {}
    with world.parts.ledger.read() as uow:
        ticket = uow.tickets.get("N-1")
        assert [one.response.key.response_id for one in uow.tickets.responses("N-1")] == ["R1"]
    assert ticket.opened_at == NOON + timedelta(minutes=30)
    assert run_backtest(world.parts).report.differences == 0


def test_the_comment_that_comes_in_time_is_judged_with_the_score_and_is_no_edit(world: World) -> None:
    world.take({})
    world.now += timedelta(minutes=10)
    world.take({"comment": "The lamp burned me.", "at": "2026-03-09 12:00:00"})
    assert world.stands() == (D.OPENED, "the customer has no live ticket", "N-1")
    with world.parts.ledger.read() as uow:
        assert uow.tickets.get("N-1").rule == "safety"
    assert world.sound() == {D.OPENED: 1, D.REVISED: 1}
    assert world.later(60) == {}
    world.take({"comment": "The lamp burned me badly.", "email": "c1@example.org", "at": "2026-03-09 12:00:00"})
    assert world.stands()[0] is D.REVISED


def test_an_edit_after_the_wait_is_an_edit(world: World) -> None:
    world.take({"score": "9"})
    assert world.later(31) == {D.QUIET: 1}
    world.take({"score": "9", "comment": "I am leaving.", "at": "2026-03-09 12:00:00"})
    assert world.stands()[:2] == (D.SUPPRESSED, "revision 2: the policy opens no ticket on an edited response")
    world.sound()


def test_a_revision_without_a_comment_waits_no_longer_than_the_first(world: World) -> None:
    world.take({})
    world.now += timedelta(minutes=20)
    world.take({"score": "3", "at": "2026-03-09 12:00:00"})
    assert world.stands()[1].startswith("waits until 2026-03-09 12:30")
    assert world.sound() == {D.HELD: 1, D.REVISED: 1}
    assert world.later(10) == {D.OPENED: 1}
    world.sound()


def test_score_and_comment_in_one_export_do_not_wait(world: World) -> None:
    world.take({}, {"comment": "The lamp burned me."})
    assert world.stands()[0] is D.OPENED
    assert world.sound() == {D.OPENED: 1, D.REVISED: 1}


def test_what_was_given_long_ago_has_waited_already(world: World) -> None:
    world.take({"at": "2026-03-09 11:00:00"})
    assert world.stands()[0] is D.OPENED


def test_a_wait_outlives_the_policy_that_asked_for_it(world: World, tmp_path: Path) -> None:
    world.take({}, {"id": "R2", "email": "c2@example.org"})
    world.parts.close()
    (world.parts.workspace.folder / "policy.yaml").write_text(POLICY)
    world.parts = wire(world.parts.workspace.folder, lambda: world.now)
    world.parts.contracts["nps"] = Trusting()
    world.now += timedelta(minutes=5)
    world.take({"comment": "fine now", "score": "9", "at": "2026-03-09 12:00:00"})
    assert world.later(60) == {D.REVISED: 1, D.OPENED: 1}
    assert world.stands("R2")[0] is D.OPENED
    world.sound()


def test_whoever_was_erased_while_waiting_gets_no_ticket(world: World) -> None:
    world.take({})
    with world.parts.ledger.begin() as uow:
        customer = uow.responses.find("R1").customer_id
        assert customer
        erase_customer(uow, customer, at=NOON, actor="test")
    assert world.later(60) == {D.SUPPRESSED: 1}
    assert world.stands()[1] == "no comment followed: the customer's words were erased meanwhile"
    world.sound()


def test_doctor_tells_of_waits_that_nobody_ended(world: World) -> None:
    world.take({})
    world.now += timedelta(hours=3)
    told = {one.subject: one for one in examine(world.parts)}
    assert not told["waits"].ok and "1 longer than they should" in told["waits"].found


steps = st.lists(
    st.tuples(
        st.sampled_from(["R1", "R2"]),
        st.sampled_from(["2", "9", ""]),
        st.sampled_from(["", "The lamp burned me.", "fine"]),
        st.sampled_from([0, 10, 40]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_comes_when_each_answer_ends_once_and_every_count_holds(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, str, str, int]]
) -> None:
    world = World(tmp_path_factory.mktemp("w"))
    for name, score, comment, minutes in told:
        given_at = f"{NOON:%Y-%m-%d %H:%M:%S}"
        world.take({"id": name, "score": score, "comment": comment, "email": f"{name}@example.org", "at": given_at})
        world.later(minutes)
        world.sound()
    world.later(120)
    counts = world.sound()
    with world.parts.ledger.read() as uow:
        tickets = uow.tickets.list(TicketFilter(limit=100))
        held = [one for name in {step[0] for step in told} if (one := uow.responses.find(name)).disposition is D.HELD]
    assert len(tickets) == counts[D.OPENED] <= 2
    assert all("could not be answered" in one.disposition_reason for one in held)
    assert run_backtest(world.parts).report.differences == 0
    world.parts.close()


def test_a_bad_file_in_the_inbox_does_not_keep_waits_from_ending(world: World) -> None:
    world.take({})
    world.parts.close()
    world.now = datetime.now(UTC)
    bad = world.parts.workspace.folder / "inbox" / "bad.csv"
    bad.write_text("nothing,of,this\n1,2,3\n")
    with pytest.raises(NanniError):
        ingest(bad, survey="nps", direct=True, common=Common(world.parts.workspace.folder, json=True))
    assert world.stands()[0] is not D.HELD
