"""Closed tickets by when they were opened, with what is still to come: per theme and per root cause.

The conventions are those of `outerloop.reports`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from outerloop.nowcast import ClosingCurve, closing_curve, nowcast
from outerloop.rates import Floats
from outerloop.reports import Grain, add_share
from outerloop.warehouse import Warehouse

WINDOW_DAYS = 365
"""The closing curve is learnt from tickets opened within so many days: teams change their pace."""
ENOUGH = 50
"""Closed tickets a theme needs for a curve of its own; with fewer it has everybody's."""


def closed_themes_nowcast(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """Closed tickets of each theme by period of opening, beside the theme's rate over all responses.

    Columns: `theme`, `name`, `level`, `period`, `partial`, `opened`, `closed`, `seen` (the share that should be closed
    by now), `nowcast`, `low`, `high` (closed in the end, at most `opened`; NaN where too early), then `mentions`,
    `responses`, `share`, `share_low`, `share_high`: the rate over all responses, which waits for nobody and no rule
    selected.
    """
    tickets = _tickets(warehouse, grain)
    placed = tickets.merge(warehouse.frame("SELECT theme, ancestor FROM bridge_theme"), on="theme")
    found = _nowcast(placed.drop(columns="theme").rename(columns={"ancestor": "theme"}), "theme", _curves(tickets))
    names = warehouse.frame("SELECT theme, name, level FROM dim_theme")
    said = _said(warehouse, grain)
    found = names.merge(found, on="theme").merge(said, on=["theme", "period"], how="left")
    found[["mentions", "responses"]] = found[["mentions", "responses"]].fillna(0).astype(np.int64)
    add_share(found, "mentions", "responses")
    found = found.rename(columns={"low": "share_low", "high": "share_high", "low_": "low", "high_": "high"})
    order = ["theme", "name", "level", *_COUNTED, "mentions", "responses", "share", "share_low", "share_high"]
    return found[order].sort_values(["theme", "period"], ignore_index=True)


def root_causes_nowcast(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """Closed tickets of each root cause by period of opening, and what they will be in the end.

    Columns: `root_cause`, `period`, `partial`, `opened` (all tickets of the period: an open one has no cause yet),
    `closed`, `seen`, `nowcast`, `low`, `high` (no more than are closed with it or still open), `share` (of all that are
    closed in the end). Causes are taken to close at the pace of their theme's tickets.
    """
    tickets = _tickets(warehouse, grain)
    tickets["seen_share"] = _seen(tickets, _curves(tickets))
    periods = tickets.groupby(["period", "partial"], as_index=False).agg(
        opened=("ticket", "size"), seen=("seen_share", "mean"), over=("ended", "sum")
    )
    closed = tickets[tickets.ended & tickets.root_cause.notna()]
    counted = closed.groupby(["root_cause", "period"], as_index=False).agg(closed=("ticket", "size"))
    causes = pd.DataFrame({"root_cause": sorted(closed.root_cause.unique())}, dtype=str)
    found = causes.merge(periods, how="cross").merge(counted, on=["root_cause", "period"], how="left")
    found["closed"] = found.closed.fillna(0).astype(np.int64)
    most = found.closed + found.opened - found.over
    found["nowcast"], found["low"], found["high"] = nowcast(found.closed, found.seen, most)
    total = found.groupby("period").nowcast.transform("sum")
    found["share"] = found.nowcast / total.where(total > 0)
    return found[["root_cause", *_COUNTED, "share"]]


_COUNTED = ["period", "partial", "opened", "closed", "seen", "nowcast", "low", "high"]
Curves = Callable[[str], ClosingCurve]


def _tickets(warehouse: Warehouse, grain: Grain) -> pd.DataFrame:
    found = warehouse.frame(
        """SELECT ticket, theme, root, root_cause, period, partial, closed_at IS NOT NULL AS ended,
                  date_diff('second', opened_at, coalesce(closed_at, as_of)) / 86400.0 AS waited,
                  date_diff('second', opened_at, as_of) / 86400.0 AS age
           FROM fact_ticket JOIN period_day ON day = opened_on AND grain = $grain
           LEFT JOIN dim_theme USING (theme) CROSS JOIN meta ORDER BY ticket""",
        {"grain": grain.value},
    )
    return found.astype({"ended": bool, "waited": float, "age": float})


def _curves(tickets: pd.DataFrame) -> Curves:
    """The closing curve of tickets under a top-level theme, everybody's where there are too few."""
    recent = tickets[tickets.age <= WINDOW_DAYS]
    everybody = closing_curve(recent.waited, recent.ended)
    own = {
        str(root): closing_curve(part.waited, part.ended)
        for root, part in recent.groupby("root")
        if part.ended.sum() >= ENOUGH
    }
    return lambda root: own.get(root, everybody)


def _seen(tickets: pd.DataFrame, curves: Curves) -> Floats:
    seen = np.zeros(len(tickets))
    roots = tickets.root.fillna("")
    for root in roots.unique():
        mine = (roots == root).to_numpy()
        seen[mine] = curves(str(root)).by(tickets.age[mine])
    return seen


def _nowcast(placed: pd.DataFrame, key: str, curves: Curves) -> pd.DataFrame:
    placed = placed.assign(seen_share=_seen(placed, curves))
    found = placed.groupby([key, "period", "partial"], as_index=False).agg(
        opened=("ticket", "size"), closed=("ended", "sum"), seen=("seen_share", "mean")
    )
    found["nowcast"], found["low_"], found["high_"] = nowcast(found.closed, found.seen, found.opened)
    return found


def _said(warehouse: Warehouse, grain: Grain) -> pd.DataFrame:
    return warehouse.frame(
        """WITH exposure AS (
               SELECT period, sum(responses)::BIGINT AS responses
               FROM response_day JOIN period_day USING (day) WHERE grain = $grain GROUP BY ALL
           ), said AS (
               SELECT theme, period, sum(mentions)::BIGINT AS mentions
               FROM theme_day JOIN period_day USING (day) WHERE grain = $grain GROUP BY ALL
           )
           SELECT theme, period, coalesce(mentions, 0) AS mentions, responses
           FROM dim_theme CROSS JOIN exposure LEFT JOIN said USING (theme, period)""",
        {"grain": grain.value},
    )
