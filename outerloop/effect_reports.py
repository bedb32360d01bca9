"""What an initiative brought, read from a warehouse: its themes before and after, beside those it did not touch."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from outerloop.effect import Before, TooLittleToMeasureError, Worth, step, worth
from outerloop.initiatives import Initiative
from outerloop.reports import Grain
from outerloop.warehouse import Warehouse

DAYS_A_MONTH = 30.44

_TOUCHED = "touched AS (SELECT DISTINCT theme FROM bridge_theme WHERE list_contains($themes::VARCHAR[], ancestor))"
_PLACED = f"""
    WITH {_TOUCHED}, roots AS (SELECT DISTINCT root FROM dim_theme JOIN touched USING (theme)),
    named AS (SELECT DISTINCT response FROM fact_response_theme JOIN touched USING (theme)),
    others AS (
        SELECT DISTINCT response FROM fact_response_theme JOIN dim_theme USING (theme) ANTI JOIN roots USING (root)
    )
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """An initiative's effect; `ratio` and its limits compare the themes' rate after with what it would have been.

    `clear` says that the whole interval shows a drop, `reached` that it shows at least the expected one. `left_out` is
    the period in which it started, which counts neither way. `worth` is a middle with 95 % limits each.
    """

    initiative: Initiative
    grain: Grain
    periods_before: int
    periods_after: int
    left_out: date | None
    mentions_before: int
    responses_before: int
    mentions_after: int
    responses_after: int
    ratio: float
    low: float
    high: float
    clear: bool
    reached: bool
    drift: float
    correlation: float
    worth: Worth

    @property
    def sentence(self) -> str:
        """The effect in one line."""
        tickets, low, high = self.worth.tickets
        which = "fewer"
        if tickets < 0:
            tickets, low, high, which = -tickets, -high, -low, "more"
        digits = 0 if tickets >= 10 else 1
        told = f"{tickets:.{digits}f} tickets {which} a month [{low:.{digits}f}, {high:.{digits}f}]"
        if self.worth.nps is None:
            return f"Fix worth {told}"
        score, score_low, score_high = self.worth.nps
        return f"Fix worth {score:+.1f} NPS [{score_low:.1f}, {score_high:.1f}], {told}"


def recorded(warehouse: Warehouse) -> tuple[Initiative, ...]:
    """The initiatives that the workspace had at the refresh, by the day they began."""
    found = warehouse.frame(
        """SELECT initiative, title, owner, started, expected, expected_by, list(theme ORDER BY theme) AS themes
           FROM dim_initiative JOIN bridge_initiative_theme USING (initiative) GROUP BY ALL
           ORDER BY started, initiative"""
    )
    return tuple(
        Initiative(
            str(row["initiative"]), str(row["title"]), str(row["owner"]), tuple(map(str, row["themes"])),
            pd.Timestamp(row["started"]).date(), float(row["expected"]), pd.Timestamp(row["expected_by"]).date(),
        )
        for _, row in found.iterrows()
    )  # fmt: skip


def series(
    warehouse: Warehouse, initiative: Initiative, grain: Grain, before: int, until: date | None = None
) -> pd.DataFrame:
    """Whole periods around the start: `period`, `responses`, `mentions`, `controls`, and `side`.

    `side` is "before", "after", or "across" for the one that holds the start on any but its first day; at most `before`
    periods come before it, and with `until` none that ends after that day.
    """
    found = warehouse.frame(
        f"""{_PLACED}
            SELECT period, count(*) AS responses, count(named.response) AS mentions, count(others.response) AS controls,
                   CASE WHEN period >= $started THEN 'after' WHEN ends <= $started THEN 'before'
                        ELSE 'across' END AS side
            FROM response JOIN period_day ON day = submitted_on AND grain = $grain
            LEFT JOIN named USING (response) LEFT JOIN others USING (response)
            WHERE NOT partial AND ($until::DATE IS NULL OR ends <= $until::DATE + 1)
            GROUP BY period, ends ORDER BY period""",
        {"themes": list(initiative.themes), "grain": grain.value, "started": initiative.started, "until": until},
    )
    early = found.index[found.side == "before"][:-before]
    return found.drop(index=early).reset_index(drop=True)


def measure(
    warehouse: Warehouse,
    initiative: Initiative,
    seed: int,
    grain: Grain = Grain.WEEK,
    before: int = 52,
    until: date | None = None,
) -> Measured:
    """The effect so far, or up to the day `until`. Raises TooLittleToMeasureError.

    `seed` decides the draws behind what it is worth.

    An initiative begun because its theme had just flared up looks better than it is: what is high by chance falls by
    itself. Ask with a longer `before` to see how much.
    """
    found = series(warehouse, initiative, grain, before, until)
    used = found[found.side != "across"]
    later = (used.side == "after").to_numpy(bool)
    change = step(used.mentions.to_numpy(), used.controls.to_numpy(), used.responses.to_numpy(), later)
    ratio, low, high = change.ratio()
    across = found[found.side == "across"].period
    start = pd.Timestamp(used.period.iloc[0]).date()
    return Measured(
        initiative=initiative, grain=grain, periods_before=int((~later).sum()), periods_after=int(later.sum()),
        left_out=pd.Timestamp(across.iloc[0]).date() if len(across) else None,
        mentions_before=int(used.mentions[~later].sum()), responses_before=int(used.responses[~later].sum()),
        mentions_after=int(used.mentions[later].sum()), responses_after=int(used.responses[later].sum()),
        ratio=ratio, low=low, high=high, clear=high < 1, reached=high <= 1 - initiative.expected,
        drift=change.sigma, correlation=change.rho,
        worth=worth(change, _before(warehouse, initiative, start), np.random.default_rng(seed)),
    )  # fmt: skip


def measure_finely(
    warehouse: Warehouse, initiative: Initiative, seed: int, weeks: int = 52, until: date | None = None
) -> Measured:
    """The effect by week, or by month where a week has too few mentions. Raises TooLittleToMeasureError for neither."""
    try:
        return measure(warehouse, initiative, seed, Grain.WEEK, weeks, until)
    except TooLittleToMeasureError:
        return measure(warehouse, initiative, seed, Grain.MONTH, max(round(weeks * 12 / 52), 4), until)


def _before(warehouse: Warehouse, initiative: Initiative, start: date) -> Before:
    asked: dict[str, Any] = {"themes": list(initiative.themes), "started": initiative.started, "first": start}
    answers = warehouse.frame(
        f"""{_PLACED}
            SELECT count(*) AS all_answers, count(named.response) AS answers,
                   count(*) FILTER (band = 'promoter') AS all_promoters,
                   count(*) FILTER (band = 'detractor') AS all_detractors,
                   count(named.response) FILTER (band = 'promoter') AS promoters,
                   count(named.response) FILTER (band = 'detractor') AS detractors
            FROM response LEFT JOIN named USING (response)
            WHERE scale_kind = 'nps' AND band IS NOT NULL AND submitted_on >= $first AND submitted_on < $started""",
        asked,
    ).iloc[0]
    tickets = warehouse.frame(
        f"""WITH {_TOUCHED} SELECT count(*) AS n FROM fact_ticket JOIN touched USING (theme)
            WHERE opened_on >= $first AND opened_on < $started""",
        asked,
    )
    return Before(
        **{str(name): int(count) for name, count in answers.items()},
        tickets=int(tickets.n.iloc[0]),
        months=(initiative.started - start).days / DAYS_A_MONTH,
    )
