from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse
from outerloop.breach import base_rate, judge, learn
from outerloop.breach_reports import breach_risk
from outerloop.facts import TicketFact
from tests.outerloop.builders import NOW, THEMES, ListedFacts, ticket
from tests.outerloop.test_reports import warehouse

START = pd.Timestamp("2025-01-06 09:00")


def days(tickets: int, known: bool, seed: int = 1) -> pd.DataFrame:
    """Tickets looked at for three days each; the hours left say how likely a miss is, or (not `known`) nothing does."""
    draw = np.random.default_rng(seed)
    used = draw.random(tickets)
    missed = draw.random(tickets) < (used**3 if known else 0.25)
    rows = []
    for number in range(tickets):
        first = START + timedelta(hours=6 * number)
        for day in range(3):
            rows.append((number, first + timedelta(days=day), first + timedelta(days=4), used[number], missed[number]))
    found = pd.DataFrame(rows, columns=["ticket", "day", "due_at", "used", "missed"])
    kinds = {"team": "care", "survey": "nps", "rule": "detractor", "theme": "none"}
    return found.assign(left=1 - found.used, touches=0.0, load=draw.random(len(found)), **kinds)


def test_a_risk_that_can_be_known_is_learnt_and_true() -> None:
    past = days(900, known=True)
    judged = judge(past, START + timedelta(days=160))
    assert judged is not None and judged.useful and judged.auc > 0.8
    assert judged.tickets == 900 - 4 * 160 + 8, "tickets open on the first day and after"
    fifths = judged.calibration
    assert ((fifths.low <= fifths.risk) & (fifths.risk <= fifths.high)).sum() >= 4
    model = learn(past)
    assert model is not None
    sure = past.iloc[:2].assign(used=[0.05, 0.98], left=[0.95, 0.02])
    low, high = model.risk(sure)
    assert low < 0.1 < 0.6 < high
    assert len(model.risk(sure.iloc[:0])) == 0


def test_a_risk_that_cannot_be_known_is_no_better_than_the_base_rate() -> None:
    judged = judge(days(900, known=False), START + timedelta(days=160))
    assert judged is not None and abs(judged.brier - judged.base_brier) < 0.01
    assert judged.base_rate == pytest.approx(0.25, abs=0.05)


def test_too_small_a_past_teaches_nothing() -> None:
    assert learn(days(40, known=True)) is None
    assert judge(days(900, known=True), START) is None
    assert learn(days(900, known=True).assign(missed=False)) is None
    assert np.isnan(base_rate(days(1, known=True).iloc[:0]))


def test_what_came_due_after_the_split_is_not_learnt_from() -> None:
    """Were it, the reversed truth of later tickets would be known beforehand."""
    past, split = days(900, known=True), START + timedelta(days=160)
    turned = past.assign(missed=past.missed ^ (past.due_at > split))
    judged = judge(turned, split)
    assert judged is not None and judged.auc < 0.3


def test_open_tickets_are_ranked_by_risk(year: DuckDbWarehouse) -> None:
    found = breach_risk(year)
    assert found.past > 200 and found.judged is not None and found.judged.useful
    waiting = year.frame(
        """SELECT ticket FROM fact_ticket CROSS JOIN meta
           WHERE resolved_at IS NULL AND closed_at IS NULL AND resolution_due > as_of"""
    )
    assert set(found.tickets.ticket) == set(waiting.ticket) and len(waiting)
    assert found.tickets.risk.is_monotonic_decreasing and found.tickets.risk.between(0, 1).all()


def opened(number: int, hours_ago: float) -> TicketFact:
    moment = NOW - timedelta(hours=hours_ago)
    due = moment + timedelta(days=2)
    return ticket(number, opened_at=moment, resolution_due=due, resolved_at=None, closed_at=None)


def test_without_enough_past_everybody_has_the_base_rate(tmp_path: Path) -> None:
    met = ticket(1, opened_at=NOW - timedelta(days=9))
    late = ticket(2, opened_at=NOW - timedelta(days=9), resolved_at=NOW - timedelta(days=2), closed_at=None)
    tickets = [met, late, opened(3, 30), opened(4, 60), ticket(5, opened_at=NOW, resolution_due=None)]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, ticket_rows=tickets)) as reader:
        found = breach_risk(reader)
    assert (found.judged, found.past, found.overdue) == (None, 3, 1)
    assert found.tickets.ticket.tolist() == ["N-3"]
    assert found.tickets.risk[0] == pytest.approx(2 / 3) and found.tickets.hours_left[0] == 18


def test_no_tickets_no_risk(tmp_path: Path) -> None:
    with warehouse(tmp_path, ListedFacts()) as reader:
        found = breach_risk(reader, "first_touch")
    assert found.tickets.empty and found.past == 0 and found.judged is None
