"""Alarms read from a warehouse: the latest whole period of every theme, everywhere and by segment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from feedback.errors import ConfigError
from outerloop.alarms import AlarmRule, Tested, compare
from outerloop.baseline import Season
from outerloop.reports import Grain
from outerloop.warehouse import Warehouse

VERBATIMS = 5
"""Responses named with an alarm, at most."""

SEASONS = {
    Grain.WEEK: Season(365.25 / 7, 1, 12),
    Grain.MONTH: Season(12, 0, 5),
    Grain.QUARTER: Season(4, 0, 4),
}
YEARS = 5
"""Years of the past that a season is learnt from, at most."""
SETTLED = 2
"""From so many years of the past on the season is taken into account unless told: one earlier year alone cannot tell a
season from that year's troubles."""

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
    """A theme whose share of responses rose in a period; shares and limits as in `outerloop.alarms`.

    `kind` is the segment's dimension ("all", "survey", an attribute), `segment` its value. `ratio` and `high` are None
    where nobody named the theme before, else the mentions over those `expected` from the baseline. `verbatims` are the
    most negative comments of the period that name it.
    """

    period: date
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
    expected: float
    ratio: float | None
    low: float
    high: float | None
    dispersion: float
    p: float
    q: float
    verbatims: tuple[Verbatim, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """What was looked at: the whole periods asked about, those before them, and the partial ones left out.

    `rows` are theme x segment x period triples, `tested` those with enough mentions to be asked. `since` is the first
    period asked about, `period` the last.
    """

    grain: Grain
    since: date | None
    period: date | None
    baseline_from: date | None
    partial: tuple[date, ...]
    seasonal: bool
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
    last: int = 1,
    seasonal: bool | None = None,
) -> Watch:
    """Test the `last` whole periods of all themes, over all responses and within each segment of the dimensions `by`.

    `by` names survey, channel, language or attributes of responses; with `until`, periods that end after that day are
    treated as if they had not come yet. With `seasonal` each is compared with the same time of earlier years; None:
    where `SETTLED` years lie before them. False discoveries are controlled over theme x segment x period: themes are
    families. Raises ConfigError when too few whole periods lie before those asked about. With no whole period at all
    nothing is tested.
    """
    rule = rule or AlarmRule()
    seasonal = _settled(warehouse, grain, until, last) if seasonal is None else seasonal
    season = SEASONS[grain] if seasonal else None
    partial = _partial(warehouse, grain)
    most = rule.baseline if season is None else int(YEARS * season.length)
    cells = counted(warehouse, grain, by, most + last - 1, until)
    if not cells.periods:
        return Watch(grain, None, None, None, partial, seasonal, rule.q, 0, 0, ())
    past = min(most, len(cells.periods) - last)
    _require_past(grain, past, season)
    windows = range(len(cells.periods) - last - past, len(cells.periods) - past)
    said, asked = (np.vstack([table.to_numpy()[:, first : first + past + 1] for first in windows])
                   for table in (cells.mentions, cells.exposure))  # fmt: skip
    theme, window = np.tile(cells.keys.theme.to_numpy(str), last), np.repeat(np.arange(last), len(cells.keys))
    found = compare(said, asked, rule, theme, season, window)
    fired = sorted(np.flatnonzero(found.alarm), key=lambda row: (found.q[row], found.p[row], row))
    alarms = _with_verbatims(warehouse, grain, [_alarm(cells, found, int(row), last) for row in fired])
    return Watch(
        grain, cells.periods[-last].date(), cells.periods[-1].date(), cells.periods[0].date(), partial, seasonal,
        rule.q, len(found.p), int((~np.isnan(found.p)).sum()), alarms,
    )  # fmt: skip


def _settled(warehouse: Warehouse, grain: Grain, until: date | None, last: int) -> bool:
    season = SEASONS[grain]
    return len(_whole(warehouse, grain, until)) - last >= SETTLED * season.length + season.half


def _require_past(grain: Grain, past: int, season: Season | None) -> None:
    least = 4 if season is None else season.least
    if past < least:
        raise ConfigError(
            f"only {max(past, 0)} whole periods lie before the {'one' if past >= 0 else 'ones'} asked about",
            where=f"alarms by {grain}",
            allowed=f"at least {least}",
            next_step="ask by a shorter grain, or wait until more periods are whole"
            if season is None
            else "leave the season out until there is a year of the past",
        )


def counted(warehouse: Warehouse, grain: Grain, by: Sequence[str], baseline: int, until: date | None = None) -> Cells:
    """Mentions and exposure of the latest whole period (that ends by `until`) and up to `baseline` before it.

    A theme is a row wherever a response that names it has a segment.
    """
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


def _alarm(cells: Cells, found: Tested, row: int, last: int) -> Alarm:
    """The alarm of one tested row, nothing quoted yet; rows repeat the cells' for each of the `last` periods."""
    key = cells.keys.iloc[row % len(cells.keys)]
    period = cells.periods[row // len(cells.keys) - last]
    now, before = int(found.now[row]), int(found.before[row])
    asked, asked_before = int(found.now_exposure[row]), int(found.before_exposure[row])
    return Alarm(
        period=period.date(), theme=key.theme, name=key["name"], level=int(key.level),
        kind=key.kind, segment=key.segment,
        mentions=now, responses=asked, share=now / asked,
        baseline_mentions=before, baseline_responses=asked_before, baseline_share=before / asked_before,
        expected=float(found.expected[row]), ratio=float(found.ratio[row]) if before else None,
        low=float(found.low[row]), high=float(found.high[row]) if before else None,
        dispersion=float(found.dispersion[row]),
        p=float(found.p[row]), q=float(found.q[row]),
        verbatims=(),
    )  # fmt: skip


def _with_verbatims(warehouse: Warehouse, grain: Grain, alarms: Sequence[Alarm]) -> tuple[Alarm, ...]:
    """The alarms with the responses that are read first, found for all of them at once."""
    if not alarms:
        return ()
    asked = {name: [getattr(one, name) for one in alarms] for name in ("period", "theme", "kind", "segment")}
    by = sorted({one.kind for one in alarms} - {"all"})
    found = warehouse.frame(_VERBATIMS, asked | {"grain": grain.value, "by": by})
    rows = zip(found.response.tolist(), found.survey.tolist(), found.response_id.tolist(), strict=True)
    named: list[list[Verbatim]] = [[] for _ in alarms]
    for alarm, row in zip(found.alarm.tolist(), rows, strict=True):
        named[alarm].append(Verbatim(*row))
    return tuple(replace(one, verbatims=tuple(said)) for one, said in zip(alarms, named, strict=True))


_VERBATIMS = f"""{_PLACED}, alarms AS (
        SELECT unnest($period::DATE[]) AS period, unnest($theme::VARCHAR[]) AS theme, unnest($kind::VARCHAR[]) AS kind,
               unnest($segment::VARCHAR[]) AS segment, unnest(range(len($period::DATE[]))) AS alarm
    )
    SELECT alarm, response, survey, response_id
    FROM placed JOIN alarms USING (period, kind, segment) JOIN response_theme USING (response, theme)
    JOIN response USING (response)
    WHERE has_comment
    QUALIFY row_number() OVER (PARTITION BY alarm ORDER BY negative DESC NULLS LAST, response DESC) <= {VERBATIMS}
    ORDER BY alarm, negative DESC NULLS LAST, response DESC"""
