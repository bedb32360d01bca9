"""Alarms as a chart: what rose, by how much, and when. Conventions as in `outerloop.charts`."""

import altair as alt
import pandas as pd

from outerloop.alarm_reports import Alarm, Watch
from outerloop.chart_parts import GREY, VERMILION, nothing, titled

_ENDLESS = 1000.0
"""Where the interval of a theme nobody named before is cut off."""


def alarms(found: Watch, top: int = 20) -> alt.TopLevelMixin:
    """The alarms, surest first: times as often as expected with the interval, and where they were raised."""
    if not found.alarms:
        return nothing("No theme rose more than chance explains")
    several = found.since != found.period
    rows = [
        {"label": _label(one, several), "ratio": one.ratio, "low": one.low, "high": min(one.high or _ENDLESS, _ENDLESS)}
        for one in found.alarms[:top]
    ]
    frame = pd.DataFrame(rows)
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", title=None, sort=list(frame.label), axis=alt.Axis(labelLimit=380))
    )
    scale = alt.Scale(type="log", nice=False, padding=6)
    axis = alt.Axis(values=[1, 2, 5, 10, 20, 50, 100], format="~g")
    span = base.mark_rule(strokeWidth=3, opacity=0.55, color=VERMILION).encode(
        x=alt.X("low:Q", title="times as often as expected, with 95 % interval", scale=scale, axis=axis), x2="high:Q"
    )
    middle = base.transform_filter("isValid(datum.ratio)").mark_point(
        filled=True, size=85, opacity=1, color=VERMILION
    ).encode(x="ratio:Q")  # fmt: skip
    line = alt.Chart(pd.DataFrame({"at": [1.0]})).mark_rule(color=GREY).encode(x="at:Q")
    how = f"In brackets: mentions, and how many were expected. At most {found.q:.0%} of alarms are false."
    return alt.layer(line, span, middle).properties(
        width=420, height=alt.Step(26), title=titled(_headline(found), how)
    )  # fmt: skip


def _label(one: Alarm, several: bool) -> str:
    where = "" if one.kind == "all" else f", {one.segment}"
    when = f", {one.period:%d %b %Y}" if several else ""
    expected = "never before" if one.ratio is None else f"expected {one.expected:.1f}"
    return f"{one.name}{where} ({one.mentions}, {expected}){when}"


def _headline(found: Watch) -> str:
    past = "the same time of earlier years" if found.seasonal else f"the {found.grain}s before"
    one = found.since == found.period
    when = f"{found.grain} from {found.period:%d %b %Y}" if one else f"{found.grain}s since {found.since:%d %b %Y}"
    return f"What rose in the {when}, against {past}"
