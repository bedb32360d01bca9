"""Whether the triggers are any good: what each rule fired, what came of it, what was not read, what stayed quiet.

The conventions are those of `outerloop.reports`: shares with Wilson's 95 % limits, test responses never counted.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.drift import Profile, compare, profile
from outerloop.reports import Grain, add_share
from outerloop.warehouse import Warehouse

NOT_VALID = ("not_a_fault",)
"""Root causes by which a closed ticket turns out not to have been needed; a team's own list may have others."""
REFERENCE = 3
"""Whole periods at the start that later ones are compared with."""
NEGATIVE = 0.7
"""From which probability on a comment of a quiet response is worth a second look."""


def rules_ranked(warehouse: Warehouse, not_valid: Sequence[str] = NOT_VALID) -> pd.DataFrame:
    """What each rule opened and what came of it, most tickets first; a ticket counts for the rule that named it.

    Columns: `rule`, `tickets`, `closed` (with a root cause), `valid` (of those, with another cause than `not_valid`),
    `precision`, `low`, `high`, then `escalated` and `reopened` (tickets, whether closed or not) with `escalated_share`,
    `reopened_share` and their limits. Precision is what people said when they closed, so it waits for them: the
    latest tickets are not in it.
    """
    found = warehouse.frame(
        """WITH happened AS (
               SELECT ticket, bool_or(kind = 'escalated') AS escalated, bool_or(kind = 'reopened') AS reopened
               FROM fact_ticket_event GROUP BY ticket
           )
           SELECT rule, count(*) AS tickets, count(*) FILTER (told) AS closed, count(*) FILTER (told AND fit) AS valid,
                  count(*) FILTER (escalated) AS escalated, count(*) FILTER (reopened) AS reopened
           FROM (
               SELECT *, closed_at IS NOT NULL AND root_cause IS NOT NULL AS told,
                      NOT list_contains($not_valid::VARCHAR[], root_cause) AS fit
               FROM fact_ticket LEFT JOIN happened USING (ticket)
           ) GROUP BY rule ORDER BY tickets DESC, rule""",
        {"not_valid": list(not_valid)},
    )
    add_share(found, "valid", "closed")
    found = found.rename(columns={"share": "precision"})
    for name in ("escalated", "reopened"):
        add_share(found, name, "tickets", prefix=f"{name}_")
    return found


def rules_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """Tickets by rule and period of opening: `rule`, `period`, `partial`, `tickets`."""
    return warehouse.frame(
        """SELECT rule, period, partial, count(*) AS tickets
           FROM fact_ticket JOIN period_day ON day = opened_on AND grain = $grain
           GROUP BY ALL ORDER BY rule, period""",
        {"grain": grain.value},
    )


def unread_comments(warehouse: Warehouse) -> pd.DataFrame:
    """Responses with a comment that the sentiment model could not read, by language, most first.

    Columns: `language` ("not given" where the export has none), `commented`, `unread`, `held` (of those unread, waiting
    because a rule could not be answered), `share`, `low`, `high`.
    """
    found = warehouse.frame(
        """SELECT coalesce(language, 'not given') AS language, count(*) AS commented,
                  count(*) FILTER (sentiment IS NULL) AS unread,
                  count(*) FILTER (sentiment IS NULL AND disposition = 'held') AS held
           FROM response WHERE has_comment GROUP BY ALL ORDER BY unread DESC, commented DESC, language"""
    )
    add_share(found, "unread", "commented")
    return found


def sentiment_drift(warehouse: Warehouse, grain: Grain = Grain.MONTH, reference: int = REFERENCE) -> pd.DataFrame:
    """How comments sound by period, beside the first whole periods; test as in `models.drift`.

    Columns: `period`, `partial`, `comments` (read), `negative` (share sounding so), `low`, `high`, `unsure` (share of
    which the model gives its choice less than 0.7), `index` (population stability of the negative probability), `p`,
    `state`; the last three are NaN and "" for the first `reference` whole periods, which are what others are held
    against, and while there are fewer.
    """
    cells = warehouse.frame(
        """SELECT period, partial, negative, neutral, positive
           FROM response JOIN period_day ON day = submitted_on AND grain = $grain
           WHERE sentiment IS NOT NULL ORDER BY period, response""",
        {"grain": grain.value},
    )
    rows = [_heard(period, bool(partial), part) for (period, partial), part in cells.groupby(["period", "partial"])]
    columns = ["period", "partial", "comments", "said", "unsure", "profile"]
    found = pd.DataFrame(rows, columns=columns).astype({"period": cells.period.dtype, "partial": bool})
    add_share(found, "said", "comments")
    found = found.rename(columns={"share": "negative"}).drop(columns="said")
    found[["index", "p", "state"]] = _compared(found, cells, reference)
    return found.drop(columns="profile")


def _heard(period: object, partial: bool, part: pd.DataFrame) -> tuple[object, ...]:
    told = part[["negative", "neutral", "positive"]].to_numpy(np.float32)
    unsure = float((told.max(axis=1) < 0.7).mean())
    return period, partial, len(told), int((told.argmax(axis=1) == 0).sum()), unsure, profile(told)


def _compared(found: pd.DataFrame, cells: pd.DataFrame, reference: int) -> pd.DataFrame:
    first = found.period[~found.partial].head(reference)
    nothing = pd.DataFrame({"index": np.nan, "p": np.nan, "state": ""}, index=found.index)
    if len(first) < reference:
        return nothing
    early = cells[cells.period.isin(first)][["negative", "neutral", "positive"]].to_numpy(np.float32)
    against: Profile = profile(early)
    for row in found.index[~found.period.isin(first)]:
        drift = compare(against, found.profile[row])
        nothing.loc[row] = [drift.negative_index, drift.negative_p, drift.state.value]
    return nothing


def quiet_negatives(warehouse: Warehouse, least: float = NEGATIVE) -> pd.DataFrame:
    """How many quiet responses carry a comment that sounds negative, by survey and band of the score.

    Columns: `survey`, `band` ("no score" without one), `quiet` (with a comment that was read), `negative` (of those, at
    least `least` likely), `share`, `low`, `high`. These are what the rules may have missed, not what they did: a person
    has to read some, see `quiet_sample`.
    """
    found = warehouse.frame(
        """SELECT survey, coalesce(band, 'no score') AS band, count(*) AS quiet,
                  count(*) FILTER (negative >= $least) AS negative
           FROM response WHERE disposition = 'quiet' AND sentiment IS NOT NULL
           GROUP BY ALL ORDER BY negative DESC, survey, band""",
        {"least": least},
    )
    add_share(found, "negative", "quiet")
    return found


def quiet_sample(warehouse: Warehouse, rows: int = 20, seed: int = 1, least: float = NEGATIVE) -> pd.DataFrame:
    """A random sample of quiet responses that sound negative, for a person to read.

    Columns: `response_id`, `survey`, `submitted_on`, `score`, `band`, `negative`, `themes` (names). The same seed and
    warehouse give the same sample. The words are in the ledger: `nanni why-not RESPONSE`.
    """
    return warehouse.frame(
        """WITH said AS (
               SELECT response, string_agg(name, ', ' ORDER BY name) AS themes
               FROM fact_response_theme JOIN dim_theme USING (theme) GROUP BY response
           )
           SELECT response_id, survey, submitted_on, score, band, negative, coalesce(themes, '') AS themes
           FROM response LEFT JOIN said USING (response)
           WHERE disposition = 'quiet' AND negative >= $least
           ORDER BY hash(response_id || ' ' || $seed::VARCHAR), response LIMIT $rows""",
        {"rows": rows, "seed": seed, "least": least},
    )
