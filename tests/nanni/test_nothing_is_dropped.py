"""Whatever arrives while storms, budgets, cool-downs and settle windows hold back: every response has its one place."""

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ledger.audit import conservation
from ledger.schema import (
    decisions,
    kept_back,
    outbox,
    responses,
    reviews,
    storm_tickets,
    storms,
    tickets,
    waits,
)
from ledger.store import SqlUnitOfWork
from nanni.backtesting import run_backtest
from nanni.ingestion import ingest_file
from nanni.late_landing import settle_due
from nanni.parts import Parts
from nanni.storms import sweep
from nanni.wiring import wire
from tests.nanni.test_backtesting import Trusting
from tests.nanni.test_storms import START, World
from tests.workspaces import POLICY, write_csv
from tickets.problem import RULE
from triggers.outcome import Outcome

HOLDING = """
responses: {edited: suppress}
storm: {by: [theme, store], window: 6h, usual: 10d, at_least: 4, digest_every: 2h}
budget: {tickets_a_day: 3}
settle: [{wait: 2h}]
""" + POLICY.replace("reason: A bad score.,", "reason: A bad score., cool_down: 3d,")
TEXTS = ("The courier was late.", "The lamp burned me.", "", "Lovely staff.", "I am leaving.")
QUIET_DAYS = 6

arrival = st.tuples(st.sampled_from("2229"), st.sampled_from(TEXTS), st.integers(1, 12), st.integers(0, 9))
"""Score, comment, customer, and whether it edits an earlier response (0: the one before it)."""
Arrival = tuple[str, str, int, int]
hours_of = st.lists(st.lists(arrival, max_size=14), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quiet") / "w"
    world = World(folder, HOLDING)
    world.quiet_days(QUIET_DAYS)
    world.parts.close()
    return folder


@settings(max_examples=6, deadline=None)
@given(hours_of)
def test_every_response_that_fires_has_one_place_and_every_suppression_is_a_row(
    quiet: Path, arrived: list[list[Arrival]]
) -> None:
    play(quiet, arrived)


def test_the_same_where_everything_that_holds_back_does(quiet: Path) -> None:
    late = [("2", TEXTS[0], customer, 1) for customer in range(1, 12)]
    others = [
        ("2", "", 20, 1),
        ("2", TEXTS[4], 21, 1),
        ("9", TEXTS[3], 21, 0),
        *(("2", "x", 30 + n, 1) for n in range(7)),
    ]
    found = play(quiet, [late, late, others, late])
    assert min(found.values()) > 0, found


def play(quiet: Path, arrived: list[list[Arrival]]) -> dict[str, int]:
    """Hour by hour with a check after each, then two calm days; how often each way of holding back was met."""
    now, number = START + timedelta(days=QUIET_DAYS), 0
    with TemporaryDirectory() as name:
        folder = Path(name) / "w"
        shutil.copytree(quiet, folder)
        parts = wire(folder, lambda: now)
        parts.contracts["nps"] = Trusting()
        for hour in arrived:
            rows = []
            for score, comment, customer, edits in hour:
                number += edits != 0
                rows.append({
                    "id": f"A{number}", "at": f"{now:%Y-%m-%d %H:%M:%S}", "score": score, "comment": comment,
                    "email": f"a{customer}@example.org", "store": "Leeds",
                })  # fmt: skip
            now += timedelta(hours=1)
            if rows:
                path = write_csv(folder / "inbox" / f"h{now:%d%H}.csv", rows)
                ingest_file(parts, parts.workspace.survey("nps"), path)
            settle_due(parts)
            sweep(parts)
            with parts.ledger.read() as uow:
                _check(uow)
        now += timedelta(days=2)
        settle_due(parts)
        sweep(parts)
        _check_calm(parts)
        with parts.ledger.read() as uow:
            tables = (reviews, waits, storms, storm_tickets, kept_back)
            found = {
                one.name: uow.connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
            }
        parts.close()
    return found


def _check(uow: SqlUnitOfWork) -> None:
    assert conservation(uow).sound
    connection = uow.connection
    fired = connection.execute(
        select(responses, decisions.c.outcome).join(decisions).where(decisions.c.outcome == int(Outcome.FIRED))
    ).all()
    queued = set(connection.execute(select(reviews.c.response)).scalars())
    waiting = set(connection.execute(select(waits.c.response).where(waits.c.state == "waiting")).scalars())
    held_back = {row.ticket: row for row in connection.execute(select(kept_back))}
    for one in fired:
        has = one.ticket is not None
        assert one.disposition in {"opened", "attached", "suppressed", "held", "revised"}
        assert one.disposition_reason, "each says why"
        assert has or one.disposition not in {"opened", "attached"}
        if one.disposition == "suppressed":
            assert (one.id in queued) == ("in the review queue" in one.disposition_reason)
        if one.disposition == "held":
            assert one.id in waiting
    told = set(connection.execute(select(outbox.c.ticket).where(outbox.c.kind == "ticket_opened")).scalars())
    joined = set(connection.execute(select(storm_tickets.c.ticket)).scalars())
    for ticket in connection.execute(select(tickets)):
        assert ticket.owner and ticket.first_touch_due, "each customer is owed a reply by somebody, and by when"
        assert (ticket.key in told) != (ticket.key in held_back), "told of, or kept back: never both, never neither"
        if ticket.key in held_back:
            assert ticket.key in joined and held_back[ticket.key].reason
            assert ticket.rule != RULE and ticket.severity != "critical"


def _check_calm(parts: Parts) -> None:
    with parts.ledger.read() as uow:
        _check(uow)
        connection = uow.connection
        assert not connection.execute(select(storms).where(storms.c.ended_at.is_(None))).all(), "it unwinds by itself"
        untold = select(kept_back).where(kept_back.c.told_in.is_(None))
        assert not connection.execute(untold).all(), "what was kept back was told of in a digest"
        assert not connection.execute(select(waits).where(waits.c.state == "waiting")).all()
    result = run_backtest(parts)
    assert (result.report.differences, result.faults) == (0, 0)
