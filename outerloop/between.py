"""Counts of a span of days, each a typed function from a warehouse to plain figures: what a monthly report adds up.

A span is the days from `first` on and before `ends`, in the reporting zone. Test responses are never counted.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from outerloop import rates
from outerloop.reports import add_scores, add_share
from outerloop.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` on and before `ends`."""

    first: date
    ends: date

    @property
    def asked(self) -> dict[str, object]:
        """As query parameters."""
        return {"first": self.first, "ends": self.ends}


@dataclass(frozen=True, slots=True)
class Worked:
    """Tickets of a span: opened, closed and reopened in it, and not closed at its end.

    `reopened` counts reopenings, so one ticket can count twice; `unnamed` are those closed without a root cause.
    """

    opened: int
    closed: int
    reopened: int
    standing: int
    unnamed: int


def responses_between(warehouse: Warehouse, days: Days) -> int:
    """Responses of the span."""
    found = warehouse.frame(
        "SELECT count(*) AS n FROM response WHERE submitted_on >= $first AND submitted_on < $ends", days.asked
    )
    return int(found.n.iloc[0])


def scores_between(warehouse: Warehouse, days: Days) -> pd.DataFrame:
    """Scores by kind of scale: `scale_kind`, `answers`, `value`, `low`, `high`, as in `reports.scores_by_period`."""
    found = warehouse.frame(
        """SELECT scale_kind, sum(answers)::BIGINT AS answers, sum(promoters)::BIGINT AS promoters,
                  sum(detractors)::BIGINT AS detractors
           FROM score_day WHERE day >= $first AND day < $ends GROUP BY ALL ORDER BY scale_kind""",
        days.asked,
    )
    add_scores(found)
    return found


def themes_between(warehouse: Warehouse, days: Days) -> pd.DataFrame:
    """Themes' shares of the responses: `theme`, `name`, `level`, `mentions`, `responses`, `share`, `low`, `high`."""
    found = warehouse.frame(
        """WITH said AS (
               SELECT theme, sum(mentions)::BIGINT AS mentions FROM theme_day
               WHERE day >= $first AND day < $ends GROUP BY theme
           )
           SELECT theme, name, level, coalesce(mentions, 0) AS mentions,
                  (SELECT count(*) FROM response WHERE submitted_on >= $first AND submitted_on < $ends) AS responses
           FROM dim_theme LEFT JOIN said USING (theme) ORDER BY theme""",
        days.asked,
    )
    add_share(found, "mentions", "responses")
    return found


def teams_between(warehouse: Warehouse, days: Days) -> list[str]:
    """The teams that had a ticket opened, closed or standing in the span."""
    found = warehouse.frame(
        """SELECT DISTINCT team FROM fact_ticket
           WHERE opened_on < $ends AND (closed_on IS NULL OR closed_on >= $first) ORDER BY team""",
        days.asked,
    )
    return [str(team) for team in found.team]


def promises_between(warehouse: Warehouse, days: Days, team: str | None = None) -> pd.DataFrame:
    """Promises of the tickets opened in the span (by one team), one row each that has any.

    Columns: `promise`, `tickets`, `met`, `missed`, `pending`, `share` (met of those decided), `low`, `high`,
    `median_hours`, `p90_hours` (elapsed, Kaplan-Meier, NaN where that share is not through yet).
    """
    clocks = warehouse.frame(
        """SELECT promise, outcome, hours, stopped FROM ticket_clock
           WHERE opened_on >= $first AND opened_on < $ends AND ($team IS NULL OR team = $team)
           ORDER BY promise, ticket""",
        days.asked | {"team": team},
    )
    rows = [_promise(str(promise), part) for promise, part in clocks.groupby("promise")]
    columns = ["promise", "tickets", "met", "missed", "pending", "median_hours", "p90_hours"]
    found = pd.DataFrame(rows, columns=columns)
    found["decided"] = found.met + found.missed
    add_share(found, "met", "decided")
    return found.drop(columns="decided")


def _promise(promise: str, part: pd.DataFrame) -> tuple[object, ...]:
    counts = part.outcome.value_counts()
    hours, stopped = part.hours.to_numpy(np.float64), part.stopped.to_numpy(bool)
    told = (int(counts.get(outcome, 0)) for outcome in ("met", "missed", "pending"))
    quantiles = (rates.waiting_quantile(hours, stopped, share) for share in (0.5, 0.9))
    return (promise, len(part), *told, *quantiles)


def worked_between(warehouse: Warehouse, days: Days, team: str | None = None) -> Worked:
    """What became of tickets (of one team) in the span, as they stand now: one reopened later is not closed."""
    found = warehouse.frame(
        """SELECT count(*) FILTER (opened_on >= $first AND opened_on < $ends) AS opened,
                  count(*) FILTER (closed_on >= $first AND closed_on < $ends) AS closed,
                  (SELECT count(*) FROM fact_ticket_event JOIN fact_ticket USING (ticket) CROSS JOIN meta
                   WHERE kind = 'reopened' AND ($team IS NULL OR team = $team)
                     AND CAST(timezone(zone, timezone('UTC', happened_at)) AS DATE) >= $first
                     AND CAST(timezone(zone, timezone('UTC', happened_at)) AS DATE) < $ends) AS reopened,
                  count(*) FILTER (opened_on < $ends AND (closed_on IS NULL OR closed_on >= $ends)) AS standing,
                  count(*) FILTER (closed_on >= $first AND closed_on < $ends AND root_cause IS NULL) AS unnamed
           FROM fact_ticket WHERE $team IS NULL OR team = $team""",
        days.asked | {"team": team},
    ).iloc[0]
    return Worked(**{str(name): int(count) for name, count in found.items()})


def causes_between(warehouse: Warehouse, days: Days) -> pd.DataFrame:
    """Root causes of the tickets closed in the span, commonest first, with their share of all that have one.

    Columns: `root_cause`, `closed`, `closed_tickets`, `share`, `low`, `high`.
    """
    found = warehouse.frame(
        """SELECT root_cause, count(*) AS closed, sum(count(*)) OVER ()::BIGINT AS closed_tickets FROM fact_ticket
           WHERE closed_on >= $first AND closed_on < $ends AND root_cause IS NOT NULL
           GROUP BY root_cause ORDER BY closed DESC, root_cause""",
        days.asked,
    )
    add_share(found, "closed", "closed_tickets")
    return found
