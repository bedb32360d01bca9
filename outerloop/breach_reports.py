"""Open tickets by the risk that their promise will be missed, and how such risks fared on past tickets."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from outerloop.breach import KINDS, NUMBERS, Judged, base_rate, judge, learn
from outerloop.warehouse import Warehouse

Promise = Literal["first_touch", "resolution"]
MOST_TICKETS = 20_000
"""Past tickets that a model is learnt from at most, the latest ones."""
_JUDGED = 0.7
"""Where the past is cut to judge: by then so much of all promises had come due."""


@dataclass(frozen=True, slots=True, eq=False)
class BreachRisk:
    """`tickets` has a row an open ticket that is not overdue, the most at risk first.

    Its columns: `ticket`, `team`, `owner`, `due_at` (UTC), `hours_left`, `risk`. `judged` says how the risk fared on
    past tickets, None where the past is too small to tell. Unless it did better than the base rate there, the risk of
    all is the base rate (NaN without any past). `overdue` tickets missed their promise already.
    """

    promise: Promise
    tickets: pd.DataFrame
    judged: Judged | None
    past: int
    overdue: int


def breach_risk(warehouse: Warehouse, promise: Promise = "resolution") -> BreachRisk:
    """Learn from the past of the tickets and apply it to those that are open.

    Deadlines and rules are those tickets have now; the team is the first that had it. The risk of a ticket whose
    deadline is being moved while it waits is that of the deadline it has.
    """
    rows = _days(warehouse, promise)
    now, past = rows[rows.now].reset_index(drop=True), rows[~rows.now & rows.known].reset_index(drop=True)
    model = learn(past)
    judged = None if model is None else judge(past, past.due_at.sort_values().iloc[int(len(past) * _JUDGED)])
    now["risk"] = model.risk(now) if model and judged and judged.useful else base_rate(past)
    (overdue,) = warehouse.frame(
        "SELECT count(*) AS n FROM ticket_clock WHERE promise = $promise AND NOT stopped AND outcome = 'missed'",
        {"promise": promise},
    ).n
    columns = ["ticket", "team", "owner", "due_at", "hours_left", "risk"]
    shown = now.sort_values(["risk", "due_at", "ticket"], ascending=[False, True, True], ignore_index=True)[columns]
    return BreachRisk(promise, shown, judged, int(past.ticket.nunique()), int(overdue))


def _days(warehouse: Warehouse, promise: Promise) -> pd.DataFrame:
    """A row a ticket and day on which its clock ran before the deadline, at the refresh's time of day.

    `now` marks the day of the refresh, `known` the tickets whose deadline has passed.
    """
    found = warehouse.frame(_DAYS, {"promise": promise, "most": MOST_TICKETS})
    for name in ("touches", "load"):
        found[name] = np.log1p(found[name].fillna(0).to_numpy(np.float64))
    found["left"] = np.log1p(found.hours_left.to_numpy(np.float64))
    found[KINDS] = found[KINDS].fillna("none")
    return found.astype({name: float for name in NUMBERS} | {name: bool for name in ("missed", "now", "known")})


_DAYS = """
WITH assigned AS (
    SELECT ticket, min_by(to_team, sequence) AS first_team FROM fact_ticket_event
    WHERE kind = 'assigned' GROUP BY ticket
), promised AS (
    SELECT c.ticket, coalesce(first_team, c.team) AS team, c.owner, c.survey, c.rule, root AS theme, f.opened_at,
           c.due_at, c.stopped_at, coalesce(c.stopped_at, as_of) > c.due_at AS missed, as_of,
           least(c.due_at, coalesce(c.stopped_at, c.due_at)) AS until
    FROM ticket_clock AS c JOIN fact_ticket AS f USING (ticket) LEFT JOIN dim_theme ON dim_theme.theme = c.theme
    LEFT JOIN assigned USING (ticket) CROSS JOIN meta
    WHERE promise = $promise AND c.due_at > f.opened_at AND f.opened_at <= as_of
), looked AS (
    SELECT *, unnest(generate_series(
        CASE WHEN until > as_of THEN 0 ELSE date_diff('second', until, as_of) // 86400 + 1 END,
        date_diff('second', opened_at, as_of) // 86400
    )) AS back
    FROM (FROM promised ORDER BY opened_at DESC, ticket LIMIT $most)
), steps AS (
    SELECT team, date_diff('second', opened_at, as_of) // 86400 AS back, 1 AS step FROM promised
    UNION ALL SELECT team, date_diff('second', stopped_at, as_of) // 86400, -1 FROM promised WHERE stopped_at <= as_of
    UNION ALL SELECT DISTINCT team, back, 0 FROM looked
), held AS (
    SELECT team, back, sum(step) OVER (PARTITION BY team ORDER BY back DESC) AS load
    FROM (SELECT team, back, sum(step) AS step FROM steps GROUP BY ALL)
), touched AS (
    SELECT ticket, list(happened_at) AS touches FROM fact_ticket_event
    WHERE kind IN ('acknowledged', 'status_changed', 'contacted', 'noted', 'customer_messaged', 'customer_answered')
    GROUP BY ticket
), days AS (
    SELECT * EXCLUDE (as_of), as_of - to_days(CAST(back AS INTEGER)) AS day, back = 0 AS now, due_at <= as_of AS known
    FROM looked
)
SELECT days.ticket, days.team, owner, survey, rule, theme, day, due_at, missed, now, known,
       date_diff('second', day, due_at) / 3600.0 AS hours_left,
       date_diff('second', opened_at, day) / date_diff('second', opened_at, due_at) AS used,
       len(list_filter(touches, lambda moment: moment <= day)) AS touches, load
FROM days JOIN held USING (team, back) LEFT JOIN touched USING (ticket)
ORDER BY days.ticket, day
"""
