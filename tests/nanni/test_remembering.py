"""Rules on what a customer told before: live decisions and their replay are the same, whatever order rows came in."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.disposition import Disposition
from nanni.backtesting import run_backtest
from nanni.explaining import explain
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from tests.nanni.test_backtesting import Trusting
from tests.workspaces import START, make_rows, make_workspace, write_csv
from tickets.ticket import Priority
from triggers.outcome import Outcome

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
POLICY = """
hit: collect
rules:
  - id: again
    severity: high
    owner: cx
    reason: The same trouble twice.
    when: {repeat: {within: 2d}}
    ticket: {team: care, priority: urgent}
  - {id: often, severity: low, owner: cx, reason: r, when: {repeat: {within: 12h, times: 2, theme: any}}}
  - {id: falling, severity: medium, owner: cx, reason: r, when: {trend: {worse_by: 4, within: 3d, last: 2}}}
  - {id: detractor, severity: low, owner: cx, reason: r, when: {score: {at_most: 4}}, ticket: {theme: staff}}
"""


def opened(folder: Path) -> Parts:
    parts = wire(folder, lambda: NOW)
    parts.contracts["nps"] = Trusting()
    return parts


def take(parts: Parts, name: str, rows: list[dict[str, str]]) -> None:
    path = write_csv(parts.workspace.folder / "inbox" / name, rows)
    ingest_file(parts, parts.workspace.survey("nps"), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three exports: in order, then revisions with another time and late rows, then a mixture; anonymous rows too."""
    made = make_workspace(tmp_path_factory.mktemp("w"), batch_size=50)
    (made / "policy.yaml").write_text(POLICY)
    rows = make_rows(360, customers=25)
    rng = random.Random(5)
    for row in rng.sample(rows, 40):
        row["email"] = ""
    late = [rows.pop(rng.randrange(len(rows))) for _ in range(40)]
    revised = [
        {**row, "score": "1", "at": _shifted(row["at"], rng.choice([-900, 0, 600])), "comment": "The courier was rude."}
        for row in rng.sample(rows[:180], 40)
    ]
    parts = opened(made)
    take(parts, "a.csv", rows[:180])
    take(parts, "b.csv", [*revised, *late, *rows[180:200], *({**row, "score": "2"} for row in revised[:9])])
    shuffled = rows[200:]
    rng.shuffle(shuffled)
    take(parts, "c.csv", shuffled)
    parts.close()
    return made


def _shifted(at: str, minutes: int) -> str:
    return (datetime.fromisoformat(at) + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture
def parts(folder: Path) -> Iterator[Parts]:
    found = opened(folder)
    yield found
    found.close()


def test_live_and_replay_differ_nowhere(parts: Parts) -> None:
    report = run_backtest(parts).report
    assert report.responses > 380
    assert report.differences == 0
    for rule in ("again", "often", "falling", "detractor"):
        assert report.rules[rule].live > 5, rule


def test_a_window_of_the_past_replays_as_the_whole_does(parts: Parts) -> None:
    whole = run_backtest(parts).report
    middle = START + timedelta(days=1)
    halves = [run_backtest(parts, until=middle).report, run_backtest(parts, since=middle).report]
    assert [half.differences for half in halves] == [0, 0]
    assert sum(half.rules["again"].live for half in halves) == whole.rules["again"].live


def test_a_candidate_that_asks_of_the_past_is_told_it_although_the_live_policy_never_asked(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    parts = opened(made)
    take(parts, "a.csv", make_rows(60, customers=4))
    (tmp_path / "candidate.yaml").write_text(POLICY)
    report = run_backtest(parts, tmp_path / "candidate.yaml").report
    parts.close()
    assert report.rules["again"].candidate > 0


def test_why_works_out_the_same_past(parts: Parts) -> None:
    quiet = 0
    for number in range(0, 360, 7):
        told = explain(parts, f"R{number}", "nps")[0]
        fired = told.stored.disposition in (Disposition.OPENED, Disposition.ATTACHED)
        assert not fired or told.trace.outcome is Outcome.FIRED
        if told.recomputed:
            quiet += 1
            assert told.trace.outcome is not Outcome.FIRED
    assert quiet > 10


def test_fields_of_every_rule_that_fired_reach_the_ticket(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    (made / "policy.yaml").write_text(POLICY)
    parts = opened(made)
    first, second = make_rows(2, customers=1)
    take(parts, "a.csv", [{**first, "score": "9", "comment": "The courier was late"}])
    take(parts, "b.csv", [{**second, "score": "1", "comment": "The courier again, late"}])
    with parts.ledger.read() as uow:
        ticket = uow.tickets.get("N-1")
        stored = uow.responses.find("R1")
        assert uow.decisions.get(stored.id).fired == ("again", "falling", "detractor")
    parts.close()
    assert (ticket.rule, ticket.priority, ticket.theme, ticket.team) == ("again", Priority.URGENT, "staff", "care")
