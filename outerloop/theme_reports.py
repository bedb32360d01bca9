"""What customers and closed tickets are about: theme shares, trends, cost in NPS and root causes, as typed frames.

The conventions are those of `outerloop.reports`. A mention of a theme is a mention of every theme above
it, once a response.
"""

import numpy as np
import pandas as pd

from outerloop import rates
from outerloop.reports import Grain, add_share
from outerloop.warehouse import Warehouse


def themes_ranked(warehouse: Warehouse, survey: str | None = None) -> pd.DataFrame:
    """Each theme's share of all responses beside its share of closed tickets, most mentioned first.

    Columns: `theme`, `name`, `level` (1 is the top), `parent`, `mentions`, `responses` (the exposure), `share`, `low`,
    `high`, `closed`, `closed_tickets`, `closed_share`, `closed_low`, `closed_high`. Closed tickets are a late and
    selected sample of what customers say: the first share says how often a theme comes up, the other what is worked
    on.
    """
    found = warehouse.frame(
        """WITH said AS (
               SELECT theme, sum(mentions)::BIGINT AS mentions FROM theme_day
               WHERE $survey IS NULL OR survey = $survey GROUP BY theme
           ), worked AS (
               SELECT l.theme, count(*) AS closed FROM closed_ticket_theme AS l JOIN fact_ticket USING (ticket)
               WHERE $survey IS NULL OR survey = $survey GROUP BY l.theme
           )
           SELECT theme, name, level, parent, coalesce(mentions, 0) AS mentions,
                  (SELECT count(*) FROM response WHERE $survey IS NULL OR survey = $survey) AS responses,
                  coalesce(closed, 0) AS closed,
                  (SELECT count(*) FROM closed_ticket WHERE $survey IS NULL OR survey = $survey) AS closed_tickets
           FROM dim_theme LEFT JOIN said USING (theme) LEFT JOIN worked USING (theme)
           ORDER BY mentions DESC, theme""",
        {"survey": survey},
    )
    add_share(found, "mentions", "responses")
    add_share(found, "closed", "closed_tickets", prefix="closed_")
    return found


def without_theme(warehouse: Warehouse, survey: str | None = None) -> pd.DataFrame:
    """Responses that name no theme, by why: `reason`, `without`, `responses` (all), `share`, `low`, `high`.

    The reasons: "no comment", "not read" (no comment the model could read), "none found". What is not read is no
    evidence that a theme is absent.
    """
    found = warehouse.frame(
        """SELECT reason, count(*) AS without,
                  (SELECT count(*) FROM response WHERE $survey IS NULL OR survey = $survey) AS responses
           FROM response_without_theme WHERE $survey IS NULL OR survey = $survey
           GROUP BY reason ORDER BY without DESC, reason""",
        {"survey": survey},
    )
    add_share(found, "without", "responses")
    return found


def themes_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH, survey: str | None = None) -> pd.DataFrame:
    """Themes over time: `theme`, `name`, `level`, `period`, `partial`, `mentions`, `responses`, `share`, `low`, `high`.

    Every theme has a row in every period that has responses, with 0 mentions where nobody named it. The exposure is
    responses, never days.
    """
    found = warehouse.frame(
        """WITH exposure AS (
               SELECT period, partial, sum(responses)::BIGINT AS responses
               FROM response_day JOIN period_day USING (day)
               WHERE grain = $grain AND ($survey IS NULL OR survey = $survey) GROUP BY ALL
           ), said AS (
               SELECT theme, period, sum(mentions)::BIGINT AS mentions
               FROM theme_day JOIN period_day USING (day)
               WHERE grain = $grain AND ($survey IS NULL OR survey = $survey) GROUP BY ALL
           )
           SELECT theme, name, level, period, partial, coalesce(mentions, 0) AS mentions, responses
           FROM dim_theme CROSS JOIN exposure LEFT JOIN said USING (theme, period)
           ORDER BY theme, period""",
        {"grain": grain.value, "survey": survey},
    )
    add_share(found, "mentions", "responses")
    return found


def closed_themes_by_period(warehouse: Warehouse, grain: Grain = Grain.MONTH) -> pd.DataFrame:
    """The same over closed tickets, by the period in which they closed: `closed` of `closed_tickets`."""
    found = warehouse.frame(
        """WITH exposure AS (
               SELECT period, partial, count(*) AS closed_tickets
               FROM closed_ticket JOIN period_day ON day = closed_on AND grain = $grain GROUP BY ALL
           ), worked AS (
               SELECT l.theme, period, count(*) AS closed
               FROM closed_ticket_theme AS l JOIN fact_ticket USING (ticket)
               JOIN period_day ON day = closed_on AND grain = $grain GROUP BY ALL
           )
           SELECT theme, name, level, period, partial, coalesce(closed, 0) AS closed, closed_tickets
           FROM dim_theme CROSS JOIN exposure LEFT JOIN worked USING (theme, period)
           ORDER BY theme, period""",
        {"grain": grain.value},
    )
    add_share(found, "closed", "closed_tickets")
    return found


def theme_nps_impact(warehouse: Warehouse, survey: str | None = None) -> pd.DataFrame:
    """What each theme moves the NPS by, costliest first; see `rates.nps_impact` for the definition and its limits.

    Columns: `theme`, `name`, `level`, `answers` (naming it), `share`, `nps_with`, `nps_without`, `impact`, `low`,
    `high`. Only themes that at least one answer on an NPS scale names. The limits allow for the answers of one customer
    going together.
    """
    found = warehouse.frame(_IMPACT, {"survey": survey})
    p, d, n = (found[column].to_numpy(np.float64) for column in ("promoters", "detractors", "answers"))
    all_p, all_d, all_n = (found[column].to_numpy(np.float64) for column in ("p", "d", "n"))
    found["share"] = n / all_n
    found["nps_with"] = rates.nps(p, d, n)
    found["nps_without"] = rates.nps(all_p - p, all_d - d, all_n - n)
    moments = found[[f"m{min(i, j)}{max(i, j)}" for i in range(4) for j in range(4)]].to_numpy(np.float64)
    limits = rates.nps_impact(p, d, n, all_p, all_d, all_n, moments.reshape(-1, 4, 4))
    found["impact"], found["low"], found["high"] = limits
    columns = ["theme", "name", "level", "answers", "share", "nps_with", "nps_without", "impact", "low", "high"]
    return found[columns].sort_values(["impact", "theme"], ignore_index=True)


# A person's figures: score, answers, and the same of the answers that name the theme; mIJ sums products of two of them.
_IMPACT = """
    WITH answer AS (
        SELECT response, coalesce(customer, 'response ' || response) AS person,
               CASE band WHEN 'promoter' THEN 1 WHEN 'detractor' THEN -1 ELSE 0 END AS score
        FROM response WHERE scale_kind = 'nps' AND band IS NOT NULL AND ($survey IS NULL OR survey = $survey)
    ), person AS (
        SELECT person, sum(score)::DOUBLE AS f0, count(*)::DOUBLE AS f1, count(*) FILTER (score > 0) AS promoters,
               count(*) FILTER (score < 0) AS detractors
        FROM answer GROUP BY person
    ), naming AS (
        SELECT theme, person, sum(score)::DOUBLE AS f2, count(*)::DOUBLE AS f3,
               count(*) FILTER (score > 0) AS promoters, count(*) FILTER (score < 0) AS detractors
        FROM answer JOIN response_theme USING (response) GROUP BY theme, person
    ), everyone AS (
        SELECT sum(f1)::BIGINT AS n, sum(promoters)::BIGINT AS p, sum(detractors)::BIGINT AS d,
               sum(f0 * f0) AS m00, sum(f0 * f1) AS m01, sum(f1 * f1) AS m11
        FROM person
    )
    SELECT theme, name, level, sum(f3)::BIGINT AS answers, sum(naming.promoters)::BIGINT AS promoters,
           sum(naming.detractors)::BIGINT AS detractors, any_value(n) AS n, any_value(p) AS p, any_value(d) AS d,
           any_value(m00) AS m00, any_value(m01) AS m01, any_value(m11) AS m11,
           sum(f0 * f2) AS m02, sum(f0 * f3) AS m03, sum(f1 * f2) AS m12, sum(f1 * f3) AS m13,
           sum(f2 * f2) AS m22, sum(f2 * f3) AS m23, sum(f3 * f3) AS m33
    FROM naming JOIN person USING (person) JOIN dim_theme USING (theme) CROSS JOIN everyone
    GROUP BY theme, name, level ORDER BY theme"""


def theme_root_causes(warehouse: Warehouse, level: int = 1) -> pd.DataFrame:
    """Closed tickets by theme (rolled up to `level`) and root cause, with the cause's share within the theme.

    Columns: `theme`, `name`, `root_cause`, `closed`, `closed_in_theme`, `share`, `low`, `high`. A ticket without
    a theme counts under the name "no theme", one without a cause under "not given"; one whose theme lies above `level`
    is left out. Pairs that never occurred have no row.
    """
    found = warehouse.frame(
        """WITH placed AS (
               SELECT ticket, theme, name FROM closed_ticket_theme JOIN dim_theme USING (theme) WHERE level = $level
           ), counted AS (
               SELECT placed.theme, coalesce(name, 'no theme') AS name, coalesce(root_cause, 'not given') AS root_cause,
                      count(*) AS closed
               FROM closed_ticket LEFT JOIN placed USING (ticket)
               WHERE name IS NOT NULL OR closed_ticket.theme IS NULL GROUP BY ALL
           )
           SELECT *, sum(closed) OVER (PARTITION BY theme)::BIGINT AS closed_in_theme FROM counted
           ORDER BY closed_in_theme DESC, name, closed DESC, root_cause""",
        {"level": level},
    )
    add_share(found, "closed", "closed_in_theme")
    return found
