"""The outer loop's questions, each a typed function from a warehouse to a frame.

Shares are proportions (0 … 1), NPS and its impacts are points, `low` and `high` are 95 % limits, and `partial` marks
periods whose counts cannot be compared with whole ones. Test responses are never counted. Frames are ordered and have
the same columns when they are empty.
"""

from enum import StrEnum

import numpy as np
import pandas as pd

from outerloop import rates
from outerloop.warehouse import Warehouse


class Grain(StrEnum):
    """Length of a period; a week starts on Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def span(warehouse: Warehouse) -> pd.DataFrame:
    """One row: `as_of` (UTC), `zone`, `first_on`, `last_on`, and counts of responses, tickets and closed tickets."""
    return warehouse.frame(
        """SELECT as_of, zone, first_on, last_on,
                  (SELECT count(*) FROM response) AS responses,
                  (SELECT count(*) FROM fact_ticket) AS tickets,
                  (SELECT count(*) FROM closed_ticket) AS closed_tickets
           FROM meta"""
    )


def intake_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """Responses by period and disposition: `period`, `partial`, `disposition`, `responses`."""
    return warehouse.frame(
        """SELECT period, partial, disposition, count(*) AS responses
           FROM response JOIN period_day ON day = submitted_on AND grain = $grain
           GROUP BY ALL ORDER BY period, disposition""",
        {"grain": grain.value},
    )


def scores_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH, survey: str | None = None) -> pd.DataFrame:
    """Scores by period and kind of scale: `scale_kind`, `period`, `partial`, `answers`, `mean`, `value`, `low`, `high`.

    `value` is the NPS in points for scales of kind "nps", with adjusted-Wald limits; for any other kind it is the
    percentage of answers in the scale's top band (CSAT: satisfied, CES: easy), with Wilson limits.
    """
    found = warehouse.frame(
        """SELECT scale_kind, period, partial, sum(answers)::BIGINT AS answers, sum(promoters)::BIGINT AS promoters,
                  sum(detractors)::BIGINT AS detractors, sum(score_sum) / sum(answers) AS mean
           FROM score_day JOIN period_day USING (day)
           WHERE grain = $grain AND ($survey IS NULL OR survey = $survey)
           GROUP BY ALL ORDER BY scale_kind, period""",
        {"grain": grain.value, "survey": survey},
    )
    add_scores(found)
    return found


def promises_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """SLA by period of opening, one row a promise (first_touch, resolution) and period.

    Columns: `promise`, `period`, `partial`, `met`, `missed`, `pending`, `share` (met of those decided), `low`, `high`.
    A clock that still runs and is not due yet is pending and counts neither way. Tickets without a target are left out.
    """
    found = warehouse.frame(
        """SELECT promise, period, partial, count(*) FILTER (outcome = 'met') AS met,
                  count(*) FILTER (outcome = 'missed') AS missed, count(*) FILTER (outcome = 'pending') AS pending
           FROM ticket_clock JOIN period_day ON day = opened_on AND grain = $grain
           WHERE outcome <> 'no target' GROUP BY ALL ORDER BY promise, period""",
        {"grain": grain.value},
    )
    found["decided"] = found.met + found.missed
    add_share(found, "met", "decided")
    return found.drop(columns="decided")


def waiting_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """Waiting times in elapsed hours by period of opening, one row a promise and period.

    Columns: `promise`, `period`, `partial`, `tickets`, `running`, `median_hours`, `p90_hours`. Tickets that still wait
    count for as long as they have (Kaplan-Meier); NaN where that share is not through yet.
    """
    found = warehouse.frame(
        """SELECT promise, period, partial, hours, stopped
           FROM ticket_clock JOIN period_day ON day = opened_on AND grain = $grain ORDER BY promise, period, ticket""",
        {"grain": grain.value},
    )
    columns = ["promise", "period", "partial", "tickets", "running", "median_hours", "p90_hours"]
    rows = [
        (*key, len(part), int((~part.stopped).sum()), *_quantiles(part))
        for key, part in found.groupby(["promise", "period", "partial"])
    ]
    return pd.DataFrame(rows, columns=columns)


def _quantiles(part: pd.DataFrame) -> tuple[float, float]:
    hours, stopped = part.hours.to_numpy(np.float64), part.stopped.to_numpy(bool)
    return rates.waiting_quantile(hours, stopped, 0.5), rates.waiting_quantile(hours, stopped, 0.9)


def add_scores(frame: pd.DataFrame) -> None:
    """Replace the columns `promoters` and `detractors` by `value`, `low` and `high`, as `scores_by_period` has them."""
    answers = frame.answers.to_numpy()
    top, bottom = frame.pop("promoters").to_numpy(), frame.pop("detractors").to_numpy()
    is_nps = (frame.scale_kind == "nps").to_numpy(bool)
    low, high = rates.wilson(top, answers)
    nps_low, nps_high = rates.nps_interval(top, bottom, answers)
    frame["value"] = np.where(is_nps, rates.nps(top, bottom, answers), 100 * top / np.maximum(answers, 1))
    frame["low"], frame["high"] = np.where(is_nps, nps_low, 100 * low), np.where(is_nps, nps_high, 100 * high)


def add_share(frame: pd.DataFrame, part: str, whole: str, prefix: str = "") -> None:
    """Add the columns `share`, `low` and `high` (each after `prefix`) of the counts `part` out of `whole`."""
    counts, totals = frame[part].to_numpy(np.float64), frame[whole].to_numpy(np.float64)
    frame[f"{prefix}share"] = counts / np.where(totals > 0, totals, np.nan)
    frame[f"{prefix}low"], frame[f"{prefix}high"] = rates.wilson(counts, totals)
