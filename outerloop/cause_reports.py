"""Why themes come up and whether they stay away: root causes that go with a theme, and customers who come back with it.

The conventions are those of `outerloop.reports`.
"""

import numpy as np
import pandas as pd

from outerloop.lift import lifts
from outerloop.reports import add_share
from outerloop.warehouse import Warehouse

COME_BACK_DAYS = 90
"""Within so many days after a resolution the same theme again is a repeat."""


def cause_lifts(warehouse: Warehouse, level: int = 1) -> pd.DataFrame:
    """Pairs of theme (of one level) and root cause among closed tickets, the surest excess first.

    Columns: `theme`, `name`, `root_cause`, `closed`, `closed_in_theme`, `expected` (from the margins), `raw` (closed
    over expected), `lift` (the same held back, see `outerloop.lift`), `low`, `high`. Tickets without a theme of that
    level or without a cause are left out; a pair that never occurred has a row, for it may be rarer than expected.
    """
    found = warehouse.frame(
        """SELECT theme, name, root_cause, count(*) AS closed
           FROM (SELECT ticket, root_cause FROM fact_ticket WHERE root_cause IS NOT NULL)
           JOIN closed_ticket_theme USING (ticket) JOIN dim_theme USING (theme)
           WHERE level = $level GROUP BY ALL""",
        {"level": level},
    )
    wide = found.pivot_table(index=["theme", "name"], columns="root_cause", values="closed", fill_value=0)
    counts = wide.to_numpy(np.float64)
    held = lifts(counts)
    in_theme = np.broadcast_to(counts.sum(1, keepdims=True), counts.shape)
    cells = {
        "closed": counts, "closed_in_theme": in_theme, "expected": held.expected, "raw": held.raw, "lift": held.lift,
        "low": held.low, "high": held.high,
    }  # fmt: skip
    keys = wide.index.repeat(wide.shape[1]).to_frame(index=False)
    keys["root_cause"] = np.tile(wide.columns.to_numpy(), len(wide))
    told = keys.assign(**{name: values.reshape(-1) for name, values in cells.items()})
    columns = ["theme", "name", "root_cause", "closed", "closed_in_theme", "expected", "raw", "lift", "low", "high"]
    told = told[columns].astype({"closed": np.int64, "closed_in_theme": np.int64})
    return told.sort_values(["low", "theme", "root_cause"], ascending=[False, True, True], ignore_index=True)


def theme_repeats(warehouse: Warehouse, level: int = 1, days: int = COME_BACK_DAYS) -> pd.DataFrame:
    """How often customers come back with a theme after it was resolved for them, the most often first.

    Columns: `theme`, `name`, `resolved` (customers with a first resolution at least `days` before the last response),
    `too_recent` (those left out because less time has passed), `came_back`, `share`, `low`, `high`, and `answered`,
    `answering_share`, `answering_low`, `answering_high`: the same out of customers who answered anything in that time.
    Coming back is a later response that names the theme (rolled up to `level`) and has a ticket, or a reopening, within
    `days`. Not everybody who is unhappy again is asked or answers: the first share is a floor, the second a ceiling.
    """
    found = warehouse.frame(_REPEATS, {"level": level, "days": days})
    add_share(found, "came_back", "resolved")
    add_share(found, "came_back", "answered", prefix="answering_")
    return found.sort_values(["share", "theme"], ascending=[False, True], ignore_index=True)


# A ticket that was reopened keeps its first resolution: that is when somebody said it was done.
_REPEATS = """
    WITH moment AS (
        SELECT ticket, min(happened_at) FILTER (kind = 'resolved') AS done,
               min(happened_at) FILTER (kind = 'reopened') AS reopened
        FROM fact_ticket_event WHERE kind IN ('resolved', 'reopened') GROUP BY ticket
    ), ended AS (
        SELECT b.ancestor AS theme, t.customer, done, reopened
        FROM fact_ticket AS t JOIN moment USING (ticket) JOIN bridge_theme AS b USING (theme)
        JOIN dim_theme AS d ON d.theme = b.ancestor AND d.level = $level
        WHERE done IS NOT NULL AND t.customer IS NOT NULL AND t.resolved IS DISTINCT FROM false
        QUALIFY row_number() OVER (PARTITION BY b.ancestor, t.customer ORDER BY done, ticket) = 1
    ), later AS (
        SELECT e.theme, e.customer, count(r.response) > 0 AS answered,
               coalesce(bool_or(r.ticket IS NOT NULL AND n.response IS NOT NULL), false) AS named
        FROM ended AS e
        LEFT JOIN response AS r ON r.customer = e.customer AND r.submitted_at > e.done
                               AND r.submitted_at <= e.done + to_days($days::INTEGER)
        LEFT JOIN response_theme AS n ON n.response = r.response AND n.theme = e.theme
        GROUP BY e.theme, e.customer
    ), told AS (
        SELECT theme, CAST(done AS DATE) + $days::INTEGER > last_on AS recent,
               coalesce(reopened > done AND reopened <= done + to_days($days::INTEGER), false) AS again, answered, named
        FROM ended JOIN later USING (theme, customer) CROSS JOIN meta
    )
    SELECT theme, name, count(*) FILTER (NOT recent) AS resolved, count(*) FILTER (recent) AS too_recent,
           count(*) FILTER (NOT recent AND (named OR again)) AS came_back,
           count(*) FILTER (NOT recent AND (answered OR again)) AS answered
    FROM told JOIN dim_theme USING (theme) GROUP BY theme, name ORDER BY theme"""
