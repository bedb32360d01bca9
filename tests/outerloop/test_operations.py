from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import altair as alt
import pytest

from outerloop import nowcast_reports, operation_charts, operations
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader, refresh
from outerloop.breach_reports import breach_risk
from outerloop.facts import ArticleFact, MemberFact, ResponseFact, TicketFact
from outerloop.rates import wilson
from outerloop.reports import Grain
from tests.outerloop.builders import NOW, THEMES, ListedFacts, event, response, ticket
from tests.outerloop.test_charts import size
from tests.outerloop.test_reports import warehouse

MONDAY = datetime(2025, 9, 1, 9, tzinfo=UTC)
MEMBERS = (MemberFact("amira", "stores", 20), MemberFact("ben", "stores", 20), MemberFact("jo", "web", 10))


def weekly(counts: list[int], team: str = "stores") -> ListedFacts:
    """So many tickets each week; ingested, and so opened, a month after the customer answered."""
    said, tickets = list[ResponseFact](), list[TicketFact]()
    for week, count in enumerate(counts):
        for place in range(count):
            number = len(tickets) + 1
            moment = MONDAY + timedelta(weeks=week, hours=place)
            tickets.append(ticket(number, team=team, opened_at=moment + timedelta(days=30)))
            said.append(response(number, submitted_at=moment, ticket=f"N-{number}"))
    quiet = [response(9000 + day, submitted_at=MONDAY + timedelta(days=day)) for day in range(7 * len(counts))]
    return ListedFacts(
        theme_rows=THEMES, response_rows=said + quiet, ticket_rows=tickets, member_rows=MEMBERS,
    )  # fmt: skip


def test_demand_is_counted_when_customers_answered(tmp_path: Path) -> None:
    with warehouse(tmp_path, weekly([3, 0, 2])) as reader:
        found = operations.tickets_by_team(reader)
    assert found.tickets.tolist() == [3, 0, 2] and f"{found.period[0]:%Y-%m-%d}" == "2025-09-01"


def test_the_forecast_goes_on_from_the_last_whole_week(tmp_path: Path) -> None:
    with warehouse(tmp_path, weekly([4, 5, 6, 5, 4, 5, 6, 5, 5, 4, 6, 5])) as reader:
        found = operations.volume_forecast(reader, ahead=3)
        need = operations.staffing(reader, minutes=60, hours=2, ahead=3)
    assert [f"{period:%m-%d}" for period in found.period] == ["11-24", "12-01", "12-08"]
    assert found.expected.between(4.5, 5.5).all() and (found.low < 5).all() and (found.high > 5).all()
    assert found.checked[0] == 3 + 3 + 2 + 1 and found.coverage[0] == 1
    assert need.people.to_numpy() == pytest.approx(need.expected.to_numpy() / 2), "two tickets a week each"
    assert need.members.tolist() == [2] * 3 and not need.short.any()


def test_a_short_past_has_no_forecast(tmp_path: Path) -> None:
    with warehouse(tmp_path, weekly([4, 5, 6])) as reader:
        assert operations.volume_forecast(reader).empty
        assert list(operations.staffing(reader, 30).columns)[-2:] == ["members", "short"]


def test_a_cause_without_an_article_is_a_gap(tmp_path: Path) -> None:
    closed = {"opened_at": NOW - timedelta(days=9)}
    tickets = [ticket(n, theme="delivery.late", **closed) for n in range(1, 5)]
    tickets += [ticket(n, theme="billing", **closed) for n in range(11, 14)]
    tickets += [ticket(n, theme="billing", root_cause="people", customer="c1", **closed) for n in range(21, 25)]
    tickets += [ticket(n, theme="staff", opened_at=NOW - timedelta(days=200)) for n in range(31, 35)]
    articles = [
        ArticleFact("a", "Billing", False, ("process",), ("billing",)),
        ArticleFact("b", "Late", True, ("process",), ("delivery",)),
    ]
    facts = ListedFacts(theme_rows=THEMES, ticket_rows=tickets, article_rows=articles)
    with warehouse(tmp_path, facts) as reader:
        found = operations.knowledge_gaps(reader)
    assert found[["root_cause", "theme", "name", "tickets", "customers"]].to_numpy().tolist() == [
        ["process", "delivery", "Delivery", 4, 4]
    ], "a draft fills no gap; one customer alone is none; what is long past is none"
    everywhere = ArticleFact("c", "Process", False, ("process",), ())
    with warehouse(tmp_path, ListedFacts(ticket_rows=tickets, article_rows=[everywhere])) as reader:
        assert operations.knowledge_gaps(reader).empty


def test_a_ticket_that_a_person_moved_was_routed_wrong(tmp_path: Path) -> None:
    tickets = [ticket(n) for n in range(1, 5)]
    at = MONDAY
    given = [event(one, 2, "assigned", at) for one in tickets]
    given += [
        event(tickets[0], 3, "assigned", at, actor="amira", to_team="web", to_owner="jo"),
        event(tickets[1], 3, "assigned", at, actor="amira", to_owner="ben"),
        event(tickets[2], 3, "assigned", at, actor="nanni", to_team="web", to_owner="jo"),
    ]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, ticket_rows=tickets, event_rows=given)) as reader:
        found = operations.routing_accuracy(reader)
        moves = operations.routing_moves(reader)
        months = operations.routing_accuracy(reader, Grain.MONTH)
    assert found[["team", "tickets", "moved", "handed_on"]].to_numpy().tolist() == [["stores", 4, 1, 1]]
    assert (found.low[0], found.high[0]) == wilson(1, 4)
    assert moves.to_numpy().tolist() == [["stores", "web", "delivery", 1]]
    assert months.tickets.tolist() == [4] and f"{months.period[0]:%Y-%m}" == "2025-06"


def test_everybody_s_work_is_shown_even_of_those_without_any(tmp_path: Path) -> None:
    recent = {"opened_at": NOW - timedelta(days=9)}
    tickets = [
        ticket(1, **recent),
        ticket(2, resolved_at=None, closed_at=None, **recent),
        ticket(3, resolved_at=None, closed_at=None, resolution_due=NOW + timedelta(days=1), **recent),
        ticket(4, opened_at=NOW - timedelta(days=90)),
        ticket(5, owner="gone", resolved_at=None, closed_at=None, **recent),
    ]
    with warehouse(tmp_path, ListedFacts(ticket_rows=tickets, member_rows=MEMBERS)) as reader:
        found = operations.workload(reader).set_index("owner")
    assert list(found.index) == ["amira", "gone", "ben", "jo"]
    amira = found.loc["amira"]
    assert (amira.open, amira.overdue, amira.opened, amira.resolved, amira.kept, amira.decided) == (2, 1, 3, 1, 1, 1)
    assert amira.oldest_days == 9 and found.capacity["jo"] == 10 and found.open["jo"] == 0
    assert found.capacity.isna()["gone"] and found.team["gone"] == ""


CHARTS: dict[str, Callable[[DuckDbWarehouse], alt.TopLevelMixin]] = {
    "volume": lambda w: operation_charts.volume(operations.tickets_by_team(w), operations.volume_forecast(w)),
    "staffing": lambda w: operation_charts.staffing(operations.staffing(w, 30)),
    "calibration": lambda w: operation_charts.calibration(breach_risk(w).judged),
    "gaps": lambda w: operation_charts.knowledge_gaps(operations.knowledge_gaps(w)),
    "routing": lambda w: operation_charts.routing(operations.routing_accuracy(w)),
    "workload": lambda w: operation_charts.workload(operations.workload(w)),
    "nowcast": lambda w: operation_charts.closed_nowcast(
        nowcast_reports.closed_themes_nowcast(w), ["delivery", "billing"]
    ),
}


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nothing") / "w.duckdb"
    refresh(path, ListedFacts(), NOW)
    return path


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_and_an_empty_one_says_why(year: DuckDbWarehouse, nothing: Path, name: str) -> None:
    with alt.theme.enable("nanni"), open_reader(nothing) as empty:
        width, height = size(CHARTS[name](year))
        said = CHARTS[name](empty).to_dict()
    assert 400 <= width <= 1000 and 80 <= height <= 700
    assert said["encoding"]["text"]["field"] == "why"
