"""The monthly report's charts, narrow enough to be read on a phone: a `MonthlyReport` in, Altair charts by name out."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from outerloop.chart_parts import BLUE, GREEN, GREY, ORANGE, VERMILION, band_line
from outerloop.monthly import DriverLine, MonthlyReport, ThemeLine, TrendPoint

WIDTH = 300
"""Of a chart's drawing area, in pixels; labels come to it on the left."""
_NARROW = 190
_SCORES = {"nps": "NPS, points", "csat": "satisfied (CSAT), %", "ces": "easy (CES), %"}
_PROMISES = {"first_touch": "First contact in time", "resolution": "Resolved in time"}


def charts_of(report: MonthlyReport) -> dict[str, alt.TopLevelMixin]:
    """The charts that have something to show, by the name that `outerloop.monthly_page` calls them."""
    found: dict[str, alt.TopLevelMixin] = {}
    if report.score_trend:
        found["scores"] = _trend(report.score_trend, _SCORES, percent=False)
    if report.moved:
        found["moved"] = _moved(report.moved)
    if drivers := [line for line in report.drivers if line.impact.value == line.impact.value]:
        found["drivers"] = _drivers(drivers[:8])
    if report.promise_trend:
        found["promises"] = _trend(report.promise_trend, _PROMISES, percent=True)
    return found


def _trend(points: Sequence[TrendPoint], names: dict[str, str], percent: bool) -> alt.TopLevelMixin:
    frame = pd.DataFrame(
        [
            {"line": one.line, "period": pd.Timestamp(one.month), "partial": one.partial, "value": one.value.value,
             "low": one.value.low, "high": one.value.high}
            for one in points
        ]
    )  # fmt: skip
    present = set(frame.line)
    panels = [
        band_line(
            frame[frame.line == line], "value", names.get(line, line), GREEN if percent else BLUE, percent,
            highest=1.0 if percent else None,
        ).properties(width=WIDTH, height=110)
        for line in [*(name for name in names if name in present), *sorted(present - set(names))]
    ]  # fmt: skip
    return alt.vconcat(*panels, spacing=14)


def _moved(lines: Sequence[ThemeLine]) -> alt.TopLevelMixin:
    kinds = ["before", "this month"]
    rows = [
        {"name": line.name, "of": of, "share": one.value, "low": one.low, "high": one.high}
        for line in lines
        for of, one in zip(kinds, (line.share.before, line.share.now), strict=True)
        if one is not None
    ]
    shape = alt.Shape("of:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=["circle", "square"]))
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("name:N", title=None, sort=[line.name for line in lines]),
        yOffset=alt.YOffset("of:N", sort=kinds, scale=alt.Scale(paddingOuter=0.6)),
        color=alt.Color(
            "of:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds, range=[GREY, ORANGE]),
            legend=alt.Legend(orient="bottom"),
        ),
    )  # fmt: skip
    limits = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q", title="share of responses, with 95 % interval", axis=alt.Axis(format="%", tickCount=4),
            scale=alt.Scale(domainMin=0),
        ),
        x2="high:Q",
    )  # fmt: skip
    middle = base.mark_point(filled=True, size=45, opacity=1).encode(x="share:Q", shape=shape)
    return alt.layer(limits, middle).properties(width=_NARROW, height=alt.Step(9))


def _drivers(lines: Sequence[DriverLine]) -> alt.TopLevelMixin:
    kinds = ["costs score", "adds score", "not clear"]
    frame = pd.DataFrame(
        [
            {"name": line.name, "impact": line.impact.value, "low": line.impact.low, "high": line.impact.high,
             "effect": kinds[0] if line.impact.high < 0 else kinds[1] if line.impact.low > 0 else kinds[2]}
            for line in lines
        ]
    )  # fmt: skip
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", title=None, sort=[line.name for line in lines]),
        color=alt.Color(
            "effect:N", title=None, scale=alt.Scale(domain=kinds, range=[VERMILION, GREEN, GREY]),
            legend=alt.Legend(orient="bottom"),
        ),
    )  # fmt: skip
    limits = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q",
            title="NPS points, with 95 % interval",
            axis=alt.Axis(tickCount=4, labelOverlap=True, labelSeparation=6),
        ),
        x2="high:Q",
    )
    middle = base.mark_point(filled=True, size=70, opacity=1).encode(x="impact:Q")
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=GREY).encode(x="zero:Q")
    return alt.layer(zero, limits, middle).properties(width=_NARROW, height=alt.Step(24))
