import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import delete

from feedback.errors import ConfigError, NotFoundError
from feedback.rows import ContractVerdict, RawBatch
from ledger.canaries import SqlCanaryStore
from ledger.personal import erase_customer
from ledger.schema import decisions, scores
from models.contract import RecallContract
from models.drift import Profile
from models.operating_point import OperatingPoint
from models.sentiment import ScoreInput, SentimentScores, UnknownReason
from nanni import canary_control
from nanni.backtest_cost import RecallCost
from nanni.backtesting import run_backtest
from nanni.cli.app import Common
from nanni.cli.rules import backtest as command
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.work import act
from tests.workspaces import POLICY, START, make_rows, make_workspace, write_csv
from tickets import actions
from tickets.ports import TicketFilter
from tickets.ticket import Closure
from triggers.backtest import Change
from triggers.canary import Bounds
from triggers.outcome import Outcome
from triggers.policy import Severity

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[2] / "data"
STRICTER = POLICY.replace("at_most: 4", "at_most: 2").replace('"burn* OR injur*"', "lovely")


class Trusting:
    """A contract that trusts every row; this file is about what comes after it."""

    def check(self, frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
        return ContractVerdict()


class HashModel:
    """Sentiment by the comment's hash: every value occurs, equal comments sound equal, some are unknown."""

    model_id = "hash@1"

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        told = [hashlib.sha256(item.text.encode()).digest() for item in batch]
        rows = np.array([[d[0], d[1], d[2] + 1] for d in told], np.float32).reshape(len(batch), 3)
        rows /= rows.sum(axis=1, keepdims=True)
        unknown = tuple(UnknownReason.OTHER_LANGUAGE if d[3] < 20 else None for d in told)
        rows[[why is not None for why in unknown]] = np.nan
        return SentimentScores(self.model_id, rows, unknown, rows[:, 0] * np.float32(0.9))


def ingest(workspace: Path, now: datetime = NOW) -> Parts:
    parts = wire(workspace, lambda: now)
    parts.model = HashModel()
    for survey in parts.workspace.surveys.values():
        parts.contracts[survey.id] = Trusting()
        for path in sorted(workspace.glob(str(survey.source.path))):
            ingest_file(parts, survey, path)
    return parts


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_workspace(tmp_path_factory.mktemp("w"), batch_size=100)
    rows = make_rows(400, customers=150)
    revised = [{**row, "score": "2"} for row in rows[40:60]]
    write_csv(made / "inbox" / "a.csv", rows[:250])
    write_csv(made / "inbox" / "b.csv", revised + rows[250:])
    ingest(made).close()
    return made


@pytest.fixture
def parts(workspace: Path) -> Iterator[Parts]:
    found = wire(workspace, lambda: NOW)
    yield found
    found.close()


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    path = tmp_path / "candidate.yaml"
    path.write_text(STRICTER)
    return path


def test_the_live_policy_replays_with_no_difference(parts: Parts) -> None:
    result = run_backtest(parts)
    assert result.report.responses == 420  # 400 responses, 20 of them in a second revision
    assert result.report.differences == 0
    assert result.report.rules["detractor"].live > 50
    assert result.live == result.candidate
    assert result.live.opened > 50
    assert (result.other_policy, result.tickets_lost) == (0, 0)


def test_a_candidate_is_compared_with_what_was_decided(parts: Parts, stricter: Path) -> None:
    result = run_backtest(parts, stricter)
    report = result.report
    assert (result.policy == result.live_policy) is False
    lovely, scores = report.rules["safety"], report.rules["detractor"]
    assert lovely.live and lovely.candidate and lovely.lost == lovely.live and lovely.gained == lovely.candidate
    assert scores.gained == 0 < scores.lost
    assert report.changes[Change.GAINED] > 0 < report.changes[Change.LOST]
    assert result.tickets_lost > 0
    gained = [one for one in report.examples if one.change is Change.GAINED]
    assert gained and all("“Lovely”" in one.told for one in gained)
    lost = [one for one in report.examples if one.change is Change.LOST and one.rule == "detractor"]
    assert lost and all("a score at most 2" in one.told for one in lost)


def test_every_response_of_the_window_and_no_other(parts: Parts) -> None:
    middle = START + timedelta(minutes=7 * 100)
    before = run_backtest(parts, until=middle).report.responses
    after = run_backtest(parts, since=middle, survey="nps").report.responses
    assert (before, after) == (120, 300)
    with pytest.raises(ConfigError, match="no survey 'shop'"):
        run_backtest(parts, survey="shop")
    empty = run_backtest(parts, since=NOW)
    assert (empty.report.responses, empty.live.days, empty.first) == (0, 0, None)


def test_load_is_routed_and_takes_the_handling_time(parts: Parts, stricter: Path) -> None:
    short, long = (run_backtest(parts, stricter, handling=timedelta(hours=hours)) for hours in (1, 480))
    assert short.candidate.opened > long.candidate.opened
    assert short.candidate.opened + short.candidate.attached == long.candidate.opened + long.candidate.attached
    assert {owner.owner for owner in long.live.owners if owner.tickets} == {"amira", "ben"}


def test_tickets_that_mattered_are_named_when_they_would_be_missing(tmp_path: Path, stricter: Path) -> None:
    made = make_workspace(tmp_path / "w")
    rows = [{**row, "score": score, "comment": ""} for row, score in zip(make_rows(4), "1344", strict=True)]
    write_csv(made / "inbox" / "a.csv", rows)
    parts = ingest(made)
    with parts.ledger.read() as uow:
        keys = sorted(ticket.key for ticket in uow.tickets.list(TicketFilter()))
    causes = parts.workspace.sla.root_causes
    for key in keys:
        done = Closure("product", "Replaced it.", resolved=True)
        act(parts, key, lambda ticket, done=done: actions.resolve(ticket, "amira", NOW, done, causes))  # type: ignore[misc]
    act(parts, "N-3", lambda ticket: actions.reopen(ticket, "amira", NOW, "not helped", parts.workspace.sla))
    result = run_backtest(parts, stricter)
    parts.close()
    assert keys == ["N-1", "N-2", "N-3", "N-4"]
    assert result.tickets_lost == 3
    assert (result.mattered["reopened"].tickets, result.mattered["reopened"].lost) == (1, ("N-3",))
    assert result.mattered["resolved as valid"].lost == ("N-2", "N-4")
    assert result.mattered["escalated"].tickets == 0


def test_a_change_of_policy_and_an_erased_customer_are_said(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    write_csv(made / "inbox" / "a.csv", make_rows(60))
    parts = ingest(made)
    with parts.ledger.begin() as uow:
        customer = uow.responses.find("R3").customer_id
        assert customer
        erase_customer(uow, customer, at=NOW, actor="test")
    parts.close()
    (made / "policy.yaml").write_text(STRICTER)
    parts = wire(made, lambda: NOW)
    result = run_backtest(parts)
    parts.close()
    assert (result.report.responses, result.erased, result.other_policy) == (59, 1, 59)
    assert result.policy == result.live_policy
    assert result.report.differences > 0
    assert result.report.severities[Severity.CRITICAL][0] > 0, "severities of the past are those of the past's policy"


def test_a_response_without_a_decision_is_a_fault(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    write_csv(made / "inbox" / "a.csv", make_rows(3))
    parts = ingest(made)
    with parts.ledger.begin() as uow:
        for table in (scores, decisions):
            uow.connection.execute(delete(table).where(table.c.response == 2))
    with pytest.raises(NotFoundError, match="no decision on response 2"):
        run_backtest(parts)
    parts.close()


def test_tables_json_and_plot(
    workspace: Path, stricter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(policy=stricter, plot=tmp_path / "load.html", common=Common(workspace, json=True))
    document = json.loads(capsys.readouterr().out)
    assert document["responses"] == 420
    assert document["differences"] == sum(document["changes"].values()) > 0
    assert document["load"]["live"]["owners"][0]["owner"] == "amira"
    assert "capacity" in (tmp_path / "load.html").read_text()
    command(policy=stricter, common=Common(workspace))
    told = capsys.readouterr().out
    assert "420 responses, 2026-03-02 to" in told
    assert "lost  detractor  nps / R" in told
    command(common=Common(workspace))
    assert "decides every one of these responses as they were decided" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(ConfigError, match=r"\.html, \.png, \.svg"):
        command(plot=tmp_path / "load.gif", common=Common(workspace))


HOLDING = """
storm: {by: [theme, store], window: 2d, at_least: 12}
budget: {tickets_a_day: 4}
settle: [{wait: 2d}]
responses: {edited: suppress, late_after: 400d}
rules:
  - id: second_time
    severity: medium
    owner: head-of-care
    reason: Who comes back with the same trouble was not helped.
    cool_down: 7d
    when: {any: [{repeat: {within: 60d}}, {trend: {worse_by: 3, within: 365d}}]}
"""


@pytest.mark.slow
def test_the_demo_year_replays_with_no_difference(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(DATA / "demo", folder, ignore=shutil.ignore_patterns("state"))
    policy = (folder / "policy.yaml").read_text()
    (folder / "policy.yaml").write_text(policy.replace("\nrules:\n", HOLDING))
    (folder / "candidate.yaml").write_text(policy.replace("at_least: 0.7", "at_least: 0.8"))
    parts = wire(folder, lambda: datetime(2026, 10, 2, tzinfo=UTC))
    canary_control.start(parts, folder / "candidate.yaml", 0.0, Bounds(0.0, 100.0, 1), "jo")
    parts.close()
    parts = ingest(folder, datetime(2026, 10, 2, tzinfo=UTC))
    result = run_backtest(parts)
    with parts.ledger.read() as uow:
        shadow = SqlCanaryStore(uow.connection).latest()
    parts.close()
    assert result.report.responses > 4_500
    assert (result.report.differences, result.faults, result.other_policy) == (0, 0, 0)
    assert all(count.live for count in result.report.rules.values()), "every rule fired somewhere"
    assert result.live == result.candidate
    assert result.live.suppressed and result.live.refused["an edit"], "what holds back is in the load"
    assert result.live.fired == result.report.outcomes[Outcome.FIRED][0]
    assert shadow and shadow.volume.responses > 4_500 and shadow.differences, "and a candidate ran beside it"


def test_broken_promises_are_expected_at_the_rate_they_were_broken(tmp_path: Path, stricter: Path) -> None:
    made = make_workspace(tmp_path / "w")
    rows = [{**row, "score": score, "comment": ""} for row, score in zip(make_rows(6), "112344", strict=True)]
    write_csv(made / "inbox" / "a.csv", rows)
    parts = ingest(made)
    causes = parts.workspace.sla.root_causes
    for key in ("N-1", "N-2", "N-3"):
        done = Closure("product", "Replaced it.", resolved=True)
        act(parts, key, lambda ticket, done=done: actions.resolve(ticket, "amira", NOW, done, causes))  # type: ignore[misc]
    result = run_backtest(parts, stricter)
    assert (result.kept[Severity.MEDIUM].tickets, result.kept[Severity.MEDIUM].late) == (3, 0)
    assert result.late == (0.0, 0.0)
    parts.clock = lambda: NOW + timedelta(days=30)
    later = run_backtest(parts, stricter)
    assert (later.kept[Severity.MEDIUM].tickets, later.kept[Severity.MEDIUM].late) == (6, 3)
    assert later.late == (later.live.opened / 2, later.candidate.opened / 2)
    assert later.recall is None, "this workspace has no recall contract"
    parts.close()


def test_the_recall_contract_has_its_price() -> None:
    negative = np.array([0.9, 0.3, np.nan, 0.5], np.float32)
    column = SentimentScores("m", np.stack([negative, 1 - negative, 0 * negative], axis=1), (None,) * 4)
    point = OperatingPoint(0.5, 0.97, 0.95, 0.95, 0.6, 0.4, 100, 60)
    cost = RecallCost(RecallContract("m", 0.05, point, 0.1, {}, cast(Profile, None)))
    cost.add((column, column))
    price = cost.price()
    assert price and (price.comments, price.called, price.threshold) == (6, 4, 0.5)
    assert RecallCost(None).price() is None


def test_pieces_in_other_processes_add_up_to_the_whole(parts: Parts, stricter: Path) -> None:
    whole = run_backtest(parts, stricter)
    told: list[int] = []
    shared = run_backtest(parts, stricter, progress=told.append, piece=90)
    assert len(told) >= 4 and sum(told) == 420
    assert shared == whole
