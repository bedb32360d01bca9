from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from outerloop.facts import TicketFact
from outerloop.nowcast import TOO_EARLY, closing_curve, nowcast
from outerloop.nowcast_reports import closed_themes_nowcast, root_causes_nowcast
from outerloop.rates import wilson
from outerloop.reports import Grain
from tests.outerloop.builders import NOW, THEMES, ListedFacts, response, ticket
from tests.outerloop.test_reports import warehouse


def test_a_ticket_still_open_counts_for_as_long_as_it_has_been() -> None:
    """Closed after 1 and 3 days, open for 2 and 5. At 3 days two are at risk, one closes: 1 - 3/4 * 1/2."""
    curve = closing_curve([1, 3, 2, 5], [True, True, False, False])
    assert curve.by([0.5, 1, 2.9, 3, 99]).tolist() == pytest.approx([0, 0.25, 0.25, 0.625, 0.625])


def test_what_is_seen_is_divided_by_what_should_be() -> None:
    estimate, low, high = nowcast([10, 10, 0, 3], [1.0, 0.5, 0.5, TOO_EARLY / 2])
    assert estimate.tolist()[:3] == [10, 20, 0] and (low[0], high[0]) == (10, 10)
    assert 10 < low[1] < 20 < high[1] < 40 and (low[2], high[2] > 0) == (0, True)
    assert np.isnan([estimate[3], low[3], high[3]]).all()


def test_no_more_than_there_are_can_close() -> None:
    found = np.array(nowcast([10, 10, 2], [0.9, 0.5, TOO_EARLY / 2], most=[10, 14, 9]))
    assert found[:, 0].tolist() == [10, 10, 10] and found[::2, 1].tolist() == [14, 14]
    assert np.isnan(found[:, 2]).all()


def test_limits_hold_the_truth_as_often_as_they_say() -> None:
    """Simulated: 30 tickets a week with exponential waits; the last week is looked at while most of it is open."""
    draw = np.random.default_rng(5)
    held, raw, corrected = [], [], []
    for _ in range(400):
        opened = draw.uniform(0, 140, draw.poisson(600))
        waits = draw.exponential(10, len(opened))
        ended = opened + waits <= 140
        curve = closing_curve(np.where(ended, waits, 140 - opened), ended)
        last = opened > 133
        estimate, low, high = nowcast(ended[last].sum(), curve.by(140 - opened[last]).mean())
        held.append(low <= last.sum() <= high)
        raw.append(ended[last].sum() / last.sum())
        corrected.append(estimate / last.sum())
    assert 0.92 <= np.mean(held) <= 0.99
    assert np.mean(raw) < 0.35 and np.mean(corrected) == pytest.approx(1, abs=0.05)


def lived(number: int, opened: datetime, days: float, cause: str = "process", theme: str = "billing") -> TicketFact:
    closed = opened + timedelta(days=days)
    over = closed <= NOW
    return ticket(
        number, theme=theme, opened_at=opened, closed_at=closed if over else None,
        resolved_at=closed if over else None, root_cause=cause if over else None, resolved=over or None,
    )  # fmt: skip


def facts() -> ListedFacts:
    """Ten tickets a week, closed after a day to two weeks, half of each of two causes; every one from one response."""
    start = NOW - timedelta(days=140)
    tickets = [
        lived(n, start + timedelta(days=0.7 * n), 1 + n % 14, ("process", "people")[n // 2 % 2]) for n in range(200)
    ]
    said = [response(n, submitted_at=one.opened_at, themes=("billing",)) for n, one in enumerate(tickets)]
    said += [response(1000 + n, submitted_at=one.opened_at) for n, one in enumerate(tickets)]
    return ListedFacts(theme_rows=THEMES, response_rows=said, ticket_rows=tickets)


def test_the_latest_week_is_not_taken_at_its_word(tmp_path: Path) -> None:
    with warehouse(tmp_path, facts()) as reader:
        themes = closed_themes_nowcast(reader, Grain.WEEK)
        causes = root_causes_nowcast(reader, Grain.WEEK)
    last = themes[themes.theme == "billing"].iloc[-2]
    assert last.closed < last.opened == 10 and last.low <= last.opened <= last.high
    assert abs(last.nowcast - last.opened) < last.opened - last.closed
    assert (last.mentions, last.responses, last.share) == (10, 20, 0.5)
    assert (last.share_low, last.share_high) == wilson(10, 20)
    assert themes.iloc[-1].partial and not last.partial
    assert (themes.high.dropna() <= themes.opened[themes.high.notna()]).all()
    open_still = causes.opened - causes.groupby("period").closed.transform("sum")
    assert (causes.high.fillna(0) <= causes.closed + open_still).all()
    early = causes[causes.period < "2025-12-01"]
    assert (early.nowcast == early.closed).all() and (early.high == early.closed).all()
    assert (early.groupby("period").closed.sum() == early.groupby("period").opened.first()).all()
    assert early.groupby("period").share.sum().to_numpy() == pytest.approx(1)


def test_a_theme_above_counts_what_is_below_it(tmp_path: Path) -> None:
    late = lived(1, datetime(2025, 6, 2, tzinfo=UTC), 3, theme="delivery.late")
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, ticket_rows=[late])) as reader:
        found = closed_themes_nowcast(reader)
    assert found[["theme", "closed"]].to_numpy().tolist() == [["delivery", 1], ["delivery.late", 1]]


def test_without_tickets_there_are_no_rows(tmp_path: Path) -> None:
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES)) as reader:
        assert closed_themes_nowcast(reader).empty and list(root_causes_nowcast(reader).columns)[-1] == "share"
