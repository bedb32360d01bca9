from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from feedback.scale import CES, CSAT
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader, refresh
from outerloop.rates import nps_interval, wilson
from outerloop.reports import (
    Grain,
    intake_by_period,
    promises_by_period,
    scores_by_period,
    span,
    waiting_by_period,
)
from tests.outerloop.builders import NOW, ListedFacts, response, ticket


@contextmanager
def warehouse(folder: Path, facts: ListedFacts, now: datetime = NOW) -> Iterator[DuckDbWarehouse]:
    refresh(folder / "w.duckdb", facts, now)
    with open_reader(folder / "w.duckdb") as reader:
        yield reader


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2025, month, number, hour, tzinfo=UTC)


def test_the_span_leaves_test_responses_out_of_the_count(tmp_path: Path) -> None:
    facts = ListedFacts(response_rows=[response(1), response(2, status="test")], ticket_rows=[ticket(1)])
    with warehouse(tmp_path, facts) as reader:
        found = span(reader).iloc[0]
    assert (found.responses, found.tickets, found.closed_tickets, found.zone) == (1, 1, 1, "UTC")
    assert found.as_of == pd.Timestamp(NOW).tz_localize(None)


def test_intake_counts_by_disposition(tmp_path: Path) -> None:
    rows = [response(1), response(2, disposition="opened"), response(3, disposition="opened")]
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        found = intake_by_period(reader)
    assert found[["disposition", "responses"]].to_numpy().tolist() == [["opened", 2], ["quiet", 1]]


def test_scores_by_kind_of_scale(tmp_path: Path) -> None:
    rows = [response(number, score=score) for number, score in enumerate([10, 9, 9, 8, 3], start=1)]
    rows += [response(11, scale=CSAT, score=5), response(12, scale=CSAT, score=1), response(13, scale=CES, score=7)]
    rows += [response(21, score=None), response(22, score=0, status="test")]
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        found = scores_by_period(reader).set_index("scale_kind")
    assert list(found.index) == ["ces", "csat", "nps"]
    assert (found.answers["nps"], found["mean"]["nps"], found.value["nps"]) == (5, 7.8, pytest.approx(40))
    assert (found.low["nps"], found.high["nps"]) == nps_interval(3, 1, 5)
    assert found.value["csat"] == 50
    assert (found.low["csat"], found.high["csat"]) == tuple(100 * limit for limit in wilson(1, 2))
    assert found.value["ces"] == 100


def test_one_survey_only(tmp_path: Path) -> None:
    rows = [response(1, score=10), response(2, score=0, survey="other")]
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        assert scores_by_period(reader, survey="other").value.tolist() == [-100]


@pytest.mark.parametrize(
    ("grain", "periods"),
    [
        (Grain.MONTH, [("2025-03-01", True), ("2025-04-01", False), ("2025-05-01", True)]),
        (Grain.QUARTER, [("2025-01-01", True), ("2025-04-01", True)]),
        (Grain.WEEK, [("2025-03-10", True), ("2025-04-07", False), ("2025-05-12", True)]),
    ],
)
def test_periods_cut_by_the_data_are_partial(tmp_path: Path, grain: Grain, periods: list[tuple[str, bool]]) -> None:
    """12 March and 9 April 2025 were Wednesdays, 14 May too; the data begin and end in the middle of those weeks."""
    rows = [
        response(1, submitted_at=day(3, 12)),
        response(2, submitted_at=day(4, 9)),
        response(3, submitted_at=day(5, 14)),
    ]
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        found = scores_by_period(reader, grain)
    assert [
        (f"{period:%Y-%m-%d}", partial) for period, partial in zip(found.period, found.partial, strict=True)
    ] == periods


def test_a_month_is_whole_when_data_reach_both_its_ends(tmp_path: Path) -> None:
    rows = [response(1, submitted_at=day(4, 1)), response(2, submitted_at=day(4, 30))]
    with warehouse(tmp_path, ListedFacts(response_rows=rows)) as reader:
        assert scores_by_period(reader).partial.tolist() == [False]
    with warehouse(tmp_path, ListedFacts(response_rows=rows), now=day(4, 30, 18)) as reader:
        assert scores_by_period(reader).partial.tolist() == [True]


def test_promises_met_missed_and_pending(tmp_path: Path) -> None:
    opened = day(6, 1)
    tickets = [
        ticket(1, opened_at=opened),
        ticket(2, opened_at=opened, first_touched_at=opened + timedelta(hours=5)),
        ticket(3, opened_at=opened, first_touched_at=None, resolved_at=None, closed_at=None),
        ticket(4, opened_at=opened, first_touch_due=None, resolution_due=None),
        ticket(5, opened_at=opened, resolved_at=None, closed_at=None, resolution_due=opened + timedelta(days=9)),
    ]
    facts = ListedFacts(response_rows=[response(1)], ticket_rows=tickets)
    with warehouse(tmp_path, facts, now=opened + timedelta(days=4)) as reader:
        found = promises_by_period(reader).set_index("promise")
    assert found[["met", "missed", "pending"]].to_numpy().tolist()[0] == [2, 2, 0]
    assert found[["met", "missed", "pending"]].to_numpy().tolist()[1] == [2, 1, 1]
    assert found.share["first_touch"] == 0.5
    assert (found.low["resolution"], found.high["resolution"]) == wilson(2, 3)


def test_a_ticket_resolved_without_a_touch_was_touched_then(tmp_path: Path) -> None:
    late = ticket(1, first_touched_at=None)
    with warehouse(tmp_path, ListedFacts(response_rows=[response(1)], ticket_rows=[late])) as reader:
        found = promises_by_period(reader).set_index("promise")
    assert found.missed["first_touch"] == 1
    assert found.met["resolution"] == 1


def test_waiting_counts_tickets_that_still_wait(tmp_path: Path) -> None:
    opened = day(6, 1)
    quick = [ticket(n, opened_at=opened, resolved_at=opened + timedelta(hours=n)) for n in (1, 2)]
    slow = [ticket(n, opened_at=opened, resolved_at=None, closed_at=None) for n in (11, 12, 13)]
    with warehouse(
        tmp_path, ListedFacts(response_rows=[response(1)], ticket_rows=[*quick, *slow]), day(6, 20)
    ) as reader:
        found = waiting_by_period(reader).set_index("promise").loc["resolution"]
    assert (found.tickets, found.running) == (5, 3)
    assert pd.isna(found.median_hours) and pd.isna(found.p90_hours)


def test_waiting_by_hand(tmp_path: Path) -> None:
    opened = day(6, 1)
    tickets = [ticket(n, opened_at=opened, first_touched_at=opened + timedelta(hours=n)) for n in range(1, 11)]
    with warehouse(tmp_path, ListedFacts(response_rows=[response(1)], ticket_rows=tickets)) as reader:
        found = waiting_by_period(reader).set_index("promise").loc["first_touch"]
    assert (found.median_hours, found.p90_hours) == (5, 9)


def test_no_facts_give_empty_frames_with_their_columns(tmp_path: Path) -> None:
    with warehouse(tmp_path, ListedFacts()) as reader:
        assert list(scores_by_period(reader).columns)[-3:] == ["value", "low", "high"]
        assert list(promises_by_period(reader).columns)[-3:] == ["share", "low", "high"]
        assert list(waiting_by_period(reader).columns)[-1] == "p90_hours"
        assert intake_by_period(reader).empty
        assert span(reader).responses[0] == 0
