"""Alarms read from a warehouse: the latest whole period of every theme, everywhere and by segment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from feedback.errors import ConfigError
from outerloop.alarms import AlarmRule, Tested, compare
from outerloop.reports import Grain
from outerloop.warehouse import Warehouse

VERBATIMS = 5
"""Responses named with an alarm, at most."""

_PLACED = """
    WITH kinds AS (SELECT unnest($by::VARCHAR[]) AS kind), placed AS (
        SELECT response, period, 'all' AS kind, 'all' AS segment
        FROM response JOIN period_day ON day = submitted_on AND grain = $grain WHERE NOT partial
        UNION ALL
        SELECT response, period, kind,
               CASE kind WHEN 'survey' THEN survey WHEN 'channel' THEN channel WHEN 'language' THEN language
                         ELSE attributes[kind] END AS segment
        FROM response JOIN period_day ON day = submitted_on AND grain = $grain CROSS JOIN kinds WHERE NOT partial
    )"""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A response whose comment can be read: the ledger's number, the survey, and the export's id."""

    response: int
    survey: str
    response_id: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A theme whose share of responses rose; shares and limits as in `outerloop.alarms`.

    `kind` is the segment's dimension ("all", "survey", an attribute), `segment` its value. `ratio` and `high` are None
    where nobody named the theme before. `verbatims` are the most negative comments of the period that name it.
    """

    theme: str
    name: str
    level: int
    kind: str
    segment: str
    mentions: int
    responses: int
    share: float
    baseline_mentions: int
    baseline_responses: int
    baseline_share: float
    ratio: float | None
    low: float
    high: float | None
    dispersion: float
    p: float
    q: float
    verbatims: tuple[Verbatim, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """What was looked at: the whole period asked about, the periods before it, and the partial ones left out.

    `rows` are theme x segment pairs that exist, `tested` those with enough mentions to be asked.
    """

    grain: Grain
    period: date | None
    baseline_from: date | None
    partial: tuple[date, ...]
    q: float
    rows: int
    tested: int
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts of theme x segment (rows, named in `keys`) by whole period (columns, in order, none missing)."""

    keys: pd.DataFrame
    periods: tuple[pd.Timestamp, ...]
    mentions: pd.DataFrame
    exposure: pd.DataFrame


def watch(
    warehouse: Warehouse,
    grain: Grain = Grain.WEEK,
    by: Sequence[str] = ("survey",),
    rule: AlarmRule | None = None,
    until: date | None = None,
) -> Watch:
    """Test the latest whole period of all themes, over all responses and within each segment of the dimensions `by`.

    `by` names survey, channel, language or attributes of responses; with `until`, periods that end after that day are
    treated as if they had not come yet. Raises ConfigError when there are fewer than four
    whole periods to compare with. With no whole period at all nothing is tested.
    """
    rule = rule or AlarmRule()
    partial = _partial(warehouse, grain)
    cells = counted(warehouse, grain, by, rule.baseline, until)
    if not cells.periods:
        return Watch(grain, None, None, partial, rule.q, 0, 0, ())
    if len(cells.periods) < 5:
        raise ConfigError(
            f"only {len(cells.periods) - 1} whole periods lie before the latest one",
            where=f"alarms by {grain}",
            allowed="at least 4",
            next_step="ask by a shorter grain, or wait until more periods are whole",
        )
    found = compare(cells.mentions.to_numpy(), cells.exposure.to_numpy(), rule)
    fired = sorted(np.flatnonzero(found.alarm), key=lambda row: (found.q[row], found.p[row], row))
    alarms = tuple(_alarm(warehouse, grain, cells, found, int(row)) for row in fired)
    return Watch(
        grain, cells.periods[-1].date(), cells.periods[0].date(), partial, rule.q,
        len(cells.keys), int((~np.isnan(found.p)).sum()), alarms,
    )  # fmt: skip


def counted(warehouse: Warehouse, grain: Grain, by: Sequence[str], baseline: int, until: date | None = None) -> Cells:
    """Mentions and exposure of the latest whole period (that ends by `until`) and up to `baseline` before it."""
    asked = {"grain": grain.value, "by": list(by)}
    exposure = warehouse.frame(
        f"{_PLACED} SELECT kind, segment, period, count(*) AS n FROM placed WHERE segment IS NOT NULL GROUP BY ALL",
        asked,
    )
    said = warehouse.frame(
        f"""{_PLACED} SELECT theme, name, level, kind, segment, period, count(*) AS n
            FROM placed JOIN response_theme USING (response) JOIN dim_theme USING (theme)
            WHERE segment IS NOT NULL GROUP BY ALL""",
        asked,
    )
    periods = tuple(_whole(warehouse, grain, until))[-baseline - 1 :]
    wide = said.pivot_table(
        index=["kind", "segment", "theme", "name", "level"], columns="period", values="n", fill_value=0
    ).reindex(columns=list(periods), fill_value=0)
    keys = wide.index.to_frame(index=False)
    by_segment = exposure.pivot_table(index=["kind", "segment"], columns="period", values="n", fill_value=0)
    by_segment = by_segment.reindex(columns=list(periods), fill_value=0)
    rows = pd.MultiIndex.from_frame(keys[["kind", "segment"]])
    return Cells(keys, periods, wide.reset_index(drop=True), by_segment.reindex(rows).reset_index(drop=True))


def _whole(warehouse: Warehouse, grain: Grain, until: date | None) -> list[pd.Timestamp]:
    found = warehouse.frame(
        """SELECT DISTINCT period FROM period_day
           WHERE grain = $grain AND NOT partial AND ($until IS NULL OR ends <= $until::DATE + 1) ORDER BY period""",
        {"grain": grain.value, "until": until},
    )
    return [pd.Timestamp(period) for period in found.period]


def _partial(warehouse: Warehouse, grain: Grain) -> tuple[date, ...]:
    found = warehouse.frame(
        """SELECT DISTINCT period FROM response JOIN period_day ON day = submitted_on
           WHERE grain = $grain AND partial ORDER BY period""",
        {"grain": grain.value},
    )
    return tuple(pd.Timestamp(period).date() for period in found.period)


def _alarm(warehouse: Warehouse, grain: Grain, cells: Cells, found: Tested, row: int) -> Alarm:
    key = cells.keys.iloc[row]
    now, before = int(found.now[row]), int(found.before[row])
    asked, asked_before = int(found.now_exposure[row]), int(found.before_exposure[row])
    return Alarm(
        theme=key.theme, name=key["name"], level=int(key.level), kind=key.kind, segment=key.segment,
        mentions=now, responses=asked, share=now / asked,
        baseline_mentions=before, baseline_responses=asked_before, baseline_share=before / asked_before,
        ratio=float(found.ratio[row]) if before else None, low=float(found.low[row]),
        high=float(found.high[row]) if before else None, dispersion=float(found.dispersion[row]),
        p=float(found.p[row]), q=float(found.q[row]),
        verbatims=_verbatims(warehouse, grain, cells.periods[-1], key.theme, key.kind, key.segment),
    )  # fmt: skip


def _verbatims(
    warehouse: Warehouse, grain: Grain, period: pd.Timestamp, theme: str, kind: str, segment: str
) -> tuple[Verbatim, ...]:
    found = warehouse.frame(
        f"""{_PLACED} SELECT response, survey, response_id FROM placed JOIN response USING (response)
            JOIN response_theme USING (response)
            WHERE has_comment AND theme = $theme AND kind = $kind AND segment = $segment AND period = $period
            ORDER BY negative DESC NULLS LAST, response DESC LIMIT {VERBATIMS}""",
        {"grain": grain.value, "by": [] if kind == "all" else [kind], "theme": theme, "kind": kind,
         "segment": segment, "period": period.date()},
    )  # fmt: skip
    rows = zip(found.response.tolist(), found.survey.tolist(), found.response_id.tolist(), strict=True)
    return tuple(Verbatim(*row) for row in rows)
