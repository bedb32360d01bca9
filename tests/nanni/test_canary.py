"""A candidate policy beside the live one, over a real ledger."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feedback.errors import ConfigError, NotFoundError, StaleWriteError
from ledger.audit import conservation
from ledger.canaries import SqlCanaryStore
from ledger.schema import decisions, policies
from ledger.schema.restraint import CanaryState
from nanni.canary_control import start, stop
from nanni.cli import canary as cli
from nanni.cli.app import Common
from nanni.explaining import explain
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from tests.nanni.test_backtesting import Trusting
from tests.workspaces import POLICY, make_rows, make_workspace, write_csv
from triggers.canary import Bounds
from triggers.outcome import Outcome

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
STRICTER = POLICY.replace("at_most: 4", "at_most: 2")
WIDE = Bounds(0.0, 10.0, 1)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = make_workspace(tmp_path / "w", batch_size=50)
    (made / "candidate.yaml").write_text(STRICTER)
    wired = wire(made, lambda: NOW)
    wired.contracts["nps"] = Trusting()
    yield wired
    wired.close()


def candidate(parts: Parts) -> Path:
    return parts.workspace.folder / "candidate.yaml"


def take(parts: Parts, name: str, rows: list[dict[str, str]]) -> None:
    ingest_file(parts, parts.workspace.survey("nps"), write_csv(parts.workspace.folder / "inbox" / name, rows))


def by_policy(parts: Parts) -> dict[str, int]:
    with parts.ledger.read() as uow:
        assert conservation(uow).sound
        counted = select(policies.c.hash, func.count()).join_from(decisions, policies).group_by(policies.c.hash)
        return {row[0]: row[1] for row in uow.connection.execute(counted)}


def test_in_shadow_it_changes_nothing_and_records_what_it_would_have_done(parts: Parts) -> None:
    live = parts.workspace.policy.policy.hash
    started = start(parts, candidate(parts), 0.0, WIDE, "jo")
    take(parts, "a.csv", make_rows(120))
    assert by_policy(parts) == {live: 120}
    with parts.ledger.read() as uow:
        row = SqlCanaryStore(uow.connection).latest()
        told = SqlCanaryStore(uow.connection).examples(started.id, 100)
    assert row and (row.volume.responses, row.decided) == (120, 0)
    assert row.volume.live_fired > row.volume.candidate_fired
    assert row.differences == len(told) > 0
    assert {(one.live, one.used) for one in told if one.candidate == Outcome.QUIET} == {(Outcome.FIRED, "live")}


def test_for_its_share_it_decides_and_why_tells_under_which_policy(parts: Parts) -> None:
    live = parts.workspace.policy.policy.hash
    row = start(parts, candidate(parts), 0.5, WIDE, "jo")
    take(parts, "a.csv", make_rows(150, customers=40))
    take(parts, "b.csv", make_rows(100, first=150, customers=40))
    counted = by_policy(parts)
    assert set(counted) == {live, row.policy} and sum(counted.values()) == 250
    assert min(counted.values()) > 60
    sides: dict[str, set[str]] = {}
    for number in range(0, 250, 3):
        told = explain(parts, f"R{number}", "nps")[0]
        sides.setdefault(told.stored.response.respondent.email or "", set()).add(told.trace.policy_hash)
        if told.trace.policy_hash == row.policy and told.stored.response.score in (3, 4):
            assert "detractor" not in told.trace.fired
    assert all(len(found) == 1 for found in sides.values()), "a customer stays on one side"
    with parts.ledger.read() as uow:
        seen = SqlCanaryStore(uow.connection).latest()
    assert seen and seen.decided == counted[row.policy]


def test_it_stops_by_itself_when_its_volume_leaves_the_bounds(parts: Parts) -> None:
    candidate(parts).write_text(POLICY.replace("at_most: 4", "at_most: 9"))
    live = parts.workspace.policy.policy.hash
    started = start(parts, candidate(parts), 1.0, Bounds(0.5, 1.2, 60), "jo")
    take(parts, "a.csv", make_rows(200))
    counted = by_policy(parts)
    assert counted == {started.policy: 100, live: 100}, "two batches of fifty, then the live policy alone"
    with parts.ledger.read() as uow:
        row = SqlCanaryStore(uow.connection).latest()
    assert row and row.state is CanaryState.STOPPED
    assert "more than 1.2 times as often" in row.reason
    assert start(parts, candidate(parts), 0.0, WIDE, "jo").id == 2


def test_one_at_a_time_and_only_what_makes_sense(parts: Parts) -> None:
    with pytest.raises(ConfigError, match="this is the live policy"):
        start(parts, parts.workspace.folder / "policy.yaml", 0.1, WIDE, "jo")
    with pytest.raises(ConfigError, match="share from 0 to 1"):
        start(parts, candidate(parts), 1.1, WIDE, "jo")
    with pytest.raises(NotFoundError, match="no canary runs"):
        stop(parts, "jo", "")
    start(parts, candidate(parts), 0.1, WIDE, "jo")
    with pytest.raises(StaleWriteError, match="runs already"):
        start(parts, candidate(parts), 0.1, WIDE, "sam")
    assert stop(parts, "jo", "seen enough").state is CanaryState.ENDED


def test_from_the_command_line(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    common = Common(parts.workspace.folder, json=True)
    cli.show_canary(common=common)
    assert json.loads(capsys.readouterr().out) is None
    cli.start(policy=candidate(parts), by="jo", common=common)
    assert json.loads(capsys.readouterr().out)["state"] == "running"
    take(parts, "a.csv", make_rows(60))
    cli.show_canary(common=common)
    document = json.loads(capsys.readouterr().out)
    assert document["volume"]["responses"] == 60
    assert document["examples"][0]["candidate"] == "quiet"
    cli.show_canary(common=Common(parts.workspace.folder))
    assert "Where they differ" in capsys.readouterr().out
    cli.stop(by="jo", reason="enough", common=Common(parts.workspace.folder))
    assert "ended" in capsys.readouterr().out
