"""Builds a month's report from a warehouse: what moved, rose, costs, was fixed and was kept, and what that asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, timedelta

import numpy as np
import pandas as pd

from feedback.errors import ConfigError
from outerloop import between
from outerloop.alarm_reports import Watch, watch
from outerloop.between import Days
from outerloop.driver_reports import theme_drivers
from outerloop.effect import TooLittleToMeasureError
from outerloop.effect_reports import measure_finely
from outerloop.initiatives import Initiative
from outerloop.monthly import (
    CauseLine,
    Change,
    DriverLine,
    InitiativeLine,
    MonthlyReport,
    PromiseLine,
    ScoreLine,
    TeamLine,
    ThemeLine,
    TrendPoint,
)
from outerloop.monthly_steps import Touches, steps_of
from outerloop.monthly_verbatims import verbatims_of
from outerloop.rates import Estimate, difference
from outerloop.reports import Grain, promises_by_period, scores_by_period
from outerloop.warehouse import Warehouse

MONTHS_BEFORE = 3
"""Whole months that a month is compared with, at most."""
FEWEST_RESPONSES = 30
"""Responses of which a month has fewer are not reported on unless it is asked for: nothing could be told from them."""
MOVED, LEAST_MENTIONS, CAUSES = 8, 5, 5


def monthly_report(
    warehouse: Warehouse, month: date, initiatives: Sequence[Initiative] = (), seed: int = 1, resamples: int = 1000
) -> MonthlyReport:
    """The report of the month that holds the day `month`; `seed` decides resampling and draws.

    Raises ConfigError for a month without responses, naming those there are.
    """
    days = month_of(month)
    meta = warehouse.frame("SELECT as_of, zone FROM meta").iloc[0]
    earlier = _before(warehouse, days)
    year = Days((pd.Timestamp(days.ends) - pd.DateOffset(years=1)).date(), days.ends)
    moved, looked_at = _moved(warehouse, days, earlier)
    weeks = _weeks(warehouse, days)
    watched = _watched(warehouse, weeks)
    told = MonthlyReport(
        month=days.first, days=days, before=earlier, year=year, partial=_partial(warehouse, days),
        as_of=pd.Timestamp(meta.as_of).to_pydatetime().replace(tzinfo=UTC), zone=str(meta.zone),
        responses=between.responses_between(warehouse, days),
        responses_a_month_before=_a_month(warehouse, earlier) if earlier else None,
        scores=tuple(_scores(warehouse, days, earlier)), moved=moved, themes_looked_at=looked_at,
        weeks_watched=weeks, alarms=watched.alarms if watched else (), seasonal=bool(watched and watched.seasonal),
        drivers=tuple(_drivers(warehouse, year, seed, resamples)),
        initiatives=tuple(_effect(warehouse, one, days, seed) for one in initiatives if one.started < days.ends),
        promises=tuple(_promises(warehouse, days, earlier)), worked=between.worked_between(warehouse, days),
        worked_before=between.worked_between(warehouse, earlier) if earlier else None,
        teams=tuple(_teams(warehouse, days)), causes=tuple(_causes(warehouse, days)),
        score_trend=_trend(scores_by_period(warehouse), "scale_kind", "value", year),
        promise_trend=_trend(promises_by_period(warehouse), "promise", "share", year), verbatims=(),
    )  # fmt: skip
    touches = _touches(warehouse)
    return replace(told, verbatims=tuple(verbatims_of(warehouse, told, touches)), steps=steps_of(told, touches))


def month_of(day: date) -> Days:
    """The calendar month that holds a day."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1))


def latest_month(warehouse: Warehouse) -> date:
    """The first day of the latest whole month of `FEWEST_RESPONSES` or more, or else of the latest of so many.

    While no month has so many: the latest whole one, or else the latest. Raises ConfigError for a warehouse without
    responses.
    """
    found = _months(warehouse)
    if found.empty:
        raise _no_month("there are no responses yet", found)
    whole, enough = ~found.partial, found.responses >= FEWEST_RESPONSES
    chosen = next(months for months in (found[whole & enough], found[enough], found[whole], found) if len(months))
    return pd.Timestamp(chosen.period.iloc[-1]).date()


def has_responses(warehouse: Warehouse, month: date) -> bool:
    """Whether anybody answered in the month that holds this day."""
    return pd.Timestamp(month_of(month).first) in set(_months(warehouse).period)


def _months(warehouse: Warehouse) -> pd.DataFrame:
    return warehouse.frame(
        """SELECT period, partial, count(*) AS responses FROM response JOIN period_day ON day = submitted_on
           WHERE grain = 'month' GROUP BY ALL ORDER BY period"""
    )


def _partial(warehouse: Warehouse, days: Days) -> bool:
    found = _months(warehouse)
    ours = found[found.period == pd.Timestamp(days.first)]
    if ours.empty:
        raise _no_month(f"no responses in {days.first:%Y-%m}", found)
    return bool(ours.partial.iloc[0])


def _no_month(what: str, found: pd.DataFrame) -> ConfigError:
    allowed = f"{found.period.iloc[0]:%Y-%m} to {found.period.iloc[-1]:%Y-%m}" if len(found) else "none yet"
    return ConfigError(
        what,
        where="the warehouse",
        allowed=allowed,
        next_step="name another month, or run `nanni outer-loop refresh` first",
    )


def _before(warehouse: Warehouse, days: Days) -> Days | None:
    """The whole months right before, at most three; a partial one among them ends the run."""
    found = _months(warehouse)
    whole = {pd.Timestamp(period).date() for period in found[~found.partial].period}
    first = days.first
    for _ in range(MONTHS_BEFORE):
        if (earlier := month_of(first - timedelta(days=1)).first) not in whole:
            break
        first = earlier
    return None if first == days.first else Days(first, days.first)


def _a_month(warehouse: Warehouse, days: Days) -> float:
    months = (days.ends.year - days.first.year) * 12 + days.ends.month - days.first.month
    return between.responses_between(warehouse, days) / months


def _change(now: Estimate, before: Estimate | None) -> Change:
    known = before if before is not None and not np.isnan(before.value) else None
    return Change(now, known, difference(now, known) if known else None)


def _estimate(row: pd.Series, value: str = "value", low: str = "low", high: str = "high") -> Estimate:
    return Estimate(float(row[value]), float(row[low]), float(row[high]))


def _earlier(found: pd.DataFrame | None, key: str, value: str, name: str) -> Estimate | None:
    """The figure of the same row in the frame of the months before."""
    rows = found[found[key] == value] if found is not None else pd.DataFrame()
    return _estimate(rows.iloc[0], name) if len(rows) else None


def _scores(warehouse: Warehouse, days: Days, earlier: Days | None) -> Iterator[ScoreLine]:
    before = between.scores_between(warehouse, earlier) if earlier else None
    for _, row in between.scores_between(warehouse, days).iterrows():
        kind = str(row.scale_kind)
        yield ScoreLine(kind, int(row.answers), _change(_estimate(row), _earlier(before, "scale_kind", kind, "value")))


def _moved(warehouse: Warehouse, days: Days, earlier: Days | None) -> tuple[tuple[ThemeLine, ...], int]:
    """The themes that moved furthest, clear moves first; without months before, those named most."""
    now = between.themes_between(warehouse, days)
    before = between.themes_between(warehouse, earlier) if earlier else None
    said = now.mentions + (before.mentions if before is not None else 0)
    lines = [_theme(row, before) for _, row in now[said >= LEAST_MENTIONS].iterrows()]
    lines.sort(key=lambda line: (not line.share.clear, -abs(_size(line)), line.theme))
    return tuple(lines[:MOVED]), len(lines)


def _theme(row: pd.Series, before: pd.DataFrame | None) -> ThemeLine:
    share = _change(_estimate(row, "share"), _earlier(before, "theme", str(row.theme), "share"))
    return ThemeLine(str(row.theme), str(row["name"]), int(row.level), int(row.mentions), int(row.responses), share)


def _size(line: ThemeLine) -> float:
    return line.share.moved.value if line.share.moved else line.share.now.value


def _weeks(warehouse: Warehouse, days: Days) -> tuple[date, ...]:
    """Whole weeks whose last day lies in the month and that have four whole ones before them."""
    found = warehouse.frame(
        """SELECT period, ends FROM (
               SELECT DISTINCT period, ends FROM period_day WHERE grain = 'week' AND NOT partial
           ) QUALIFY row_number() OVER (ORDER BY period) > 4 ORDER BY period"""
    )
    last = found.ends - pd.Timedelta(days=1)
    ours = found[(last >= pd.Timestamp(days.first)) & (last < pd.Timestamp(days.ends))]
    return tuple(pd.Timestamp(week).date() for week in ours.period)


def _watched(warehouse: Warehouse, weeks: Sequence[date]) -> Watch | None:
    """All these weeks together, which share what may be false among them."""
    if not weeks:
        return None
    return watch(warehouse, Grain.WEEK, until=weeks[-1] + timedelta(days=6), last=len(weeks))


def _drivers(warehouse: Warehouse, year: Days, seed: int, resamples: int) -> Iterator[DriverLine]:
    found = theme_drivers(warehouse, seed, resamples=resamples, first=year.first, ends=year.ends)
    for _, row in found.iterrows():
        weight = _estimate(row, "weight", "weight_low", "weight_high")
        yield DriverLine(str(row.theme), str(row["name"]), int(row.answers), _estimate(row, "impact"), weight)


def _effect(warehouse: Warehouse, initiative: Initiative, days: Days, seed: int) -> InitiativeLine:
    try:
        found = measure_finely(warehouse, initiative, seed, until=days.ends - timedelta(days=1))
    except TooLittleToMeasureError as error:
        return InitiativeLine(initiative, None, error.what)
    return InitiativeLine(initiative, found)


def _teams(warehouse: Warehouse, days: Days) -> Iterator[TeamLine]:
    for team in between.teams_between(warehouse, days):
        promises = tuple(_promises(warehouse, days, None, team))
        yield TeamLine(team, between.worked_between(warehouse, days, team), promises)


def _promises(warehouse: Warehouse, days: Days, earlier: Days | None, team: str | None = None) -> Iterator[PromiseLine]:
    before = between.promises_between(warehouse, earlier) if earlier else None
    for _, row in between.promises_between(warehouse, days, team).iterrows():
        kept = _change(_estimate(row, "share"), _earlier(before, "promise", str(row.promise), "share"))
        yield PromiseLine(
            str(row.promise), int(row.tickets), int(row.met), int(row.missed), int(row.pending), kept,
            float(row.median_hours), float(row.p90_hours),
        )  # fmt: skip


def _causes(warehouse: Warehouse, days: Days) -> Iterator[CauseLine]:
    for _, row in between.causes_between(warehouse, days).head(CAUSES).iterrows():
        yield CauseLine(str(row.root_cause), int(row.closed), _estimate(row, "share"))


def _trend(found: pd.DataFrame, line: str, value: str, year: Days) -> tuple[TrendPoint, ...]:
    """The months of the year that have a figure."""
    ours = found[(found.period >= pd.Timestamp(year.first)) & (found.period < pd.Timestamp(year.ends))]
    return tuple(
        TrendPoint(str(row[line]), pd.Timestamp(row.period).date(), bool(row.partial), _estimate(row, value))
        for _, row in ours.dropna(subset=value).iterrows()
    )


def _touches(warehouse: Warehouse) -> Touches:
    """Each theme with those above it and itself."""
    found = warehouse.frame("SELECT theme, ancestor FROM bridge_theme ORDER BY ALL")
    return Touches({str(theme): frozenset(part.ancestor) for theme, part in found.groupby("theme")})
