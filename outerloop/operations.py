"""Running the teams: how many tickets are coming, who is needed for them, where knowledge and routing fall short.

The conventions are those of `outerloop.reports`. `outerloop.breach_reports` has the risk of open tickets.
"""

import numpy as np
import pandas as pd

from outerloop.forecast import LEAST, Forecast, backtest, forecast
from outerloop.reports import Grain, add_share
from outerloop.warehouse import Warehouse

WEEKS = {Grain.WEEK: 1.0, Grain.MONTH: 365.25 / 12 / 7, Grain.QUARTER: 365.25 / 4 / 7}
"""Weeks in a period, on average."""
SEASON = {Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4}
"""Periods in a year."""
_STEP = {
    Grain.WEEK: pd.DateOffset(weeks=1),
    Grain.MONTH: pd.DateOffset(months=1),
    Grain.QUARTER: pd.DateOffset(months=3),
}
_NO_FORECAST = ["period", "expected", "low", "high"]
_TESTED = ["dispersion", "seasonal", "checked", "coverage", "error", "naive_error"]


def tickets_by_team(warehouse: Warehouse, grain: Grain = Grain.WEEK) -> pd.DataFrame:
    """Tickets by team and period: `team`, `period`, `partial`, `tickets`; 0 where there were none.

    The team is the first a ticket was given to, the period that in which the customer answered: demand follows
    customers, not the hours at which exports are read.
    """
    return warehouse.frame(
        """WITH counted AS (
               SELECT team, period, count(*) AS tickets FROM ticket_demand
               JOIN period_day ON day = said_on AND grain = $grain GROUP BY ALL
           ), periods AS (
               SELECT DISTINCT period, partial FROM period_day CROSS JOIN meta
               WHERE grain = $grain AND day BETWEEN first_on AND last_on
           ), teams AS (SELECT DISTINCT team FROM ticket_demand)
           SELECT team, period, partial, coalesce(tickets, 0) AS tickets
           FROM teams CROSS JOIN periods LEFT JOIN counted USING (team, period) ORDER BY team, period""",
        {"grain": grain.value},
    )


def volume_forecast(warehouse: Warehouse, grain: Grain = Grain.WEEK, ahead: int = 8) -> pd.DataFrame:
    """Tickets each team has to expect in the `ahead` periods after the last whole one, with 95 % limits.

    Columns: `team`, `period`, `expected`, `low`, `high`, then how the same forecast fared on the team's own past:
    `dispersion` (variance over that of chance alone), `seasonal` (whether the time of the year is in it: two years of
    counts, and smaller errors in the last), `checked` (forecasts), `coverage` (share within their limits),
    `error` (mean absolute), `naive_error` (of saying the last count again); NaN without enough past. A team with fewer
    than `forecast.LEAST` whole periods has no row. See `outerloop.forecast` for the method.
    """
    counted = tickets_by_team(warehouse, grain)
    rows = [
        _ahead(str(team), part, grain, ahead)
        for team, part in counted[~counted.partial].groupby("team")
        if len(part) >= LEAST
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["team", *_NO_FORECAST, *_TESTED])


def _ahead(team: str, part: pd.DataFrame, grain: Grain, ahead: int) -> pd.DataFrame:
    counts = part.tickets.to_numpy(np.float64)
    said: Forecast = forecast(counts, ahead, season=SEASON[grain])
    tested = backtest(counts, ahead, season=SEASON[grain])
    periods = [part.period.iloc[-1] + _STEP[grain] * (place + 1) for place in range(ahead)]
    found = pd.DataFrame(
        {"team": team, "period": periods, "expected": said.mean, "low": said.low, "high": said.high,
         "dispersion": said.dispersion, "seasonal": said.seasonal}
    )  # fmt: skip
    for name in _TESTED[2:]:
        found[name] = np.nan if tested is None else float(getattr(tested, name))
    return found


def staffing(
    warehouse: Warehouse,
    minutes: float,
    hours: float = 30.0,
    grain: Grain = Grain.WEEK,
    ahead: int = 8,
) -> pd.DataFrame:
    """People each team needs for the tickets it has to expect: the forecast times the minutes one ticket takes.

    `minutes` is the handling time of a ticket, `hours` what one person works on tickets in a week: both are the
    caller's to know, the ledger does not time people. Columns: `team`, `period`, `expected`, `low`, `high` (tickets),
    `people`, `people_low`, `people_high` (full weeks' worth, not rounded), `members` (of routing.yaml now), `short`
    (whether even the lower limit needs more than those; never for a team that routing.yaml no longer has).
    """
    found = volume_forecast(warehouse, grain, ahead)[["team", *_NO_FORECAST]]
    per_person = hours * 60 * WEEKS[grain] / minutes
    for name, tickets in (("people", "expected"), ("people_low", "low"), ("people_high", "high")):
        found[name] = found[tickets] / per_person
    members = warehouse.frame("SELECT team, count(*) AS members FROM dim_member GROUP BY team")
    found = found.merge(members, on="team", how="left")
    found["members"] = found.members.fillna(0).astype(np.int64)
    found["short"] = (found.people_low > found.members) & (found.members > 0)
    return found


def knowledge_gaps(warehouse: Warehouse, days: int = 90, least: int = 3) -> pd.DataFrame:
    """Root causes that keep coming back under a theme with no article about them, most tickets first.

    Looks at tickets resolved in the last `days` days; a gap needs `least` customers. Columns: `root_cause`, `theme`
    (top level; None for tickets without), `name`, `tickets`, `customers`, `median_hours` (to the resolution),
    `other_median_hours` (of tickets of the same theme whose cause has an article; NaN without any), `last_at`. A draft
    fills no gap.
    """
    return warehouse.frame(
        """WITH resolved AS (
               SELECT ticket, root_cause, root AS theme, customer, resolved_at,
                      date_diff('second', opened_at, resolved_at) / 3600.0 AS hours
               FROM fact_ticket LEFT JOIN dim_theme USING (theme) CROSS JOIN meta
               WHERE root_cause IS NOT NULL AND resolved_at > as_of - to_days($days::INTEGER)
           ), told AS (
               SELECT *, EXISTS (
                   SELECT 1 FROM dim_article AS a
                   WHERE NOT a.draft AND list_contains(a.root_causes, r.root_cause) AND (
                       len(a.themes) = 0
                       OR len(list_filter(a.themes, lambda one: one = r.theme OR starts_with(one, r.theme || '.'))) > 0
                   )
               ) AS written FROM resolved AS r
           )
           SELECT root_cause, gap.theme, any_value(dim_theme.name) AS name, count(*) AS tickets,
                  count(DISTINCT coalesce(customer, ticket)) AS customers, median(gap.hours) AS median_hours,
                  any_value(other.hours) AS other_median_hours, max(resolved_at) AS last_at
           FROM told AS gap LEFT JOIN dim_theme ON dim_theme.theme = gap.theme
           LEFT JOIN (SELECT theme, median(hours) AS hours FROM told WHERE written GROUP BY theme) AS other
                  ON other.theme IS NOT DISTINCT FROM gap.theme
           WHERE NOT written GROUP BY root_cause, gap.theme
           HAVING customers >= $least ORDER BY tickets DESC, root_cause, gap.theme""",
        {"days": days, "least": least},
    )


def routing_accuracy(warehouse: Warehouse, grain: Grain | None = None) -> pd.DataFrame:
    """How often the first team kept a ticket: `team`, `tickets`, `moved`, `handed_on`, `share`, `low`, `high`.

    `moved` tickets were given to another team by a person (`share` is of those, with Wilson limits), `handed_on` ones
    only to a colleague. What the program does by itself (absences, queues) is no verdict on a route. With a `grain`
    also `period` and `partial`, by the day of opening.
    """
    keys = "team" if grain is None else "team, period, partial"
    joined = "" if grain is None else "JOIN period_day ON day = opened_on AND grain = $grain"
    found = warehouse.frame(
        f"""SELECT {keys}, count(*) AS tickets, count(*) FILTER (moved) AS moved,
                   count(*) FILTER (handed_on AND NOT moved) AS handed_on
            FROM ticket_route {joined} GROUP BY ALL ORDER BY {keys}""",
        {} if grain is None else {"grain": grain.value},
    )
    add_share(found, "moved", "tickets")
    return found


def routing_moves(warehouse: Warehouse) -> pd.DataFrame:
    """Where moved tickets ended: `team` (the first), `to_team`, `theme` (top level), `tickets`, most first."""
    return warehouse.frame(
        """SELECT r.team, last_team AS to_team, coalesce(dim_theme.root, 'no theme') AS theme, count(*) AS tickets
           FROM ticket_route AS r JOIN fact_ticket USING (ticket) LEFT JOIN dim_theme USING (theme)
           WHERE moved GROUP BY ALL ORDER BY tickets DESC, r.team, to_team, theme"""
    )


def workload(warehouse: Warehouse, days: int = 28) -> pd.DataFrame:
    """What everybody has on their hands: by person, most open tickets first.

    Columns: `owner`, `team`, `capacity` (NaN for somebody no longer in routing.yaml), `open`, `overdue` (resolution),
    `oldest_days`, and over the last `days` days: `opened` (given to them now), `resolved`, `kept` of `decided`
    resolution promises with `share`, `low`, `high`. A difference between two people whose limits overlap says nothing
    about either.
    """
    found = warehouse.frame(
        """WITH owned AS (
               SELECT owner, ticket, opened_at, resolved_at, closed_at, outcome, stopped,
                      as_of - to_days($days::INTEGER) AS since, as_of
               FROM fact_ticket JOIN (FROM ticket_clock SELECT ticket, outcome, stopped WHERE promise = 'resolution')
                    USING (ticket) CROSS JOIN meta
           ), counted AS (
               SELECT owner, count(*) FILTER (NOT stopped) AS open,
                      count(*) FILTER (NOT stopped AND outcome = 'missed') AS overdue,
                      max(date_diff('second', opened_at, as_of) / 86400.0) FILTER (NOT stopped) AS oldest_days,
                      count(*) FILTER (opened_at > since) AS opened,
                      count(*) FILTER (resolved_at > since) AS resolved,
                      count(*) FILTER (resolved_at > since AND outcome = 'met') AS kept,
                      count(*) FILTER (resolved_at > since AND outcome IN ('met', 'missed')) AS decided
               FROM owned GROUP BY owner
           )
           SELECT owner, coalesce(m.team, '') AS team, capacity, coalesce(open, 0) AS open,
                  coalesce(overdue, 0) AS overdue, oldest_days, coalesce(opened, 0) AS opened,
                  coalesce(resolved, 0) AS resolved, coalesce(kept, 0) AS kept, coalesce(decided, 0) AS decided
           FROM counted FULL JOIN dim_member AS m USING (owner) ORDER BY open DESC, owner""",
        {"days": days},
    )
    add_share(found, "kept", "decided")
    return found
