"""A fix as a chart: the theme's rate, beside what it would have been. Conventions as in `outerloop.charts`."""

import altair as alt
import numpy as np
import pandas as pd

from outerloop.chart_parts import BLUE, GREY, ORANGE, PERIOD, nothing, titled
from outerloop.effect_reports import Measured

_HOW = "Dashed: the rate before, and what it would have been without the fix. Band: the measured effect on that."


def effect(frame: pd.DataFrame, found: Measured | None) -> alt.TopLevelMixin:
    """Share of responses naming the initiative's themes, from `effect_reports.series`, and its mean before and after.

    With `found` the line after the fix is the one that the untouched themes lead to expect, with the measured drop's
    interval turned on it; without, there is too little to measure and only the series is drawn.
    """
    if frame.empty:
        return nothing("No whole period yet")
    shown = frame.assign(share=frame.mentions / frame.responses.where(frame.responses > 0))
    base = alt.Chart(shown).encode(x=PERIOD)
    line = base.mark_line(color=BLUE, strokeWidth=1.5, opacity=0.6).encode(y=_share("share:Q"))
    dots = base.mark_point(filled=True, size=40, color=BLUE, opacity=1).encode(y="share:Q")
    if found is None:
        how = "Too few periods or mentions on either side to measure an effect."
        return alt.layer(line, dots).properties(
            width=620, height=220, title=titled("Share of responses that name it", how)
        )
    layers = [*_levels(shown, found), line, dots, _start(found)]
    change = f"{found.ratio - 1:+.0%} [{found.low - 1:+.0%}, {found.high - 1:+.0%}]"
    return alt.layer(*layers).properties(
        width=620, height=220,
        title=titled(f"{found.initiative.title}: {change} against untouched themes", f"{found.sentence}.", _HOW),
    )  # fmt: skip


def _levels(shown: pd.DataFrame, found: Measured) -> list[alt.Chart]:
    """The mean rate before, and after the fix what it would have been without it, with limits."""
    sides = {side: part for side, part in shown.groupby("side")}
    before, after = sides["before"], sides["after"]
    rate = before.mentions.sum() / before.responses.sum()
    others = [part.controls.sum() / part.responses.sum() for part in (before, after)]
    without = rate * others[1] / others[0]
    levels = pd.concat([
        before[["period"]].assign(level=rate, low=np.nan, high=np.nan, of="before"),
        after[["period"]].assign(level=without, low=without * found.low, high=without * found.high, of="without"),
    ])  # fmt: skip
    base = alt.Chart(levels).encode(x=PERIOD)
    band = base.transform_filter("datum.of == 'without'").mark_area(opacity=0.25, color=ORANGE).encode(
        y=_share("low:Q"), y2="high:Q"
    )  # fmt: skip
    line = base.mark_line(color=GREY, strokeWidth=2, strokeDash=[6, 4]).encode(y="level:Q", detail="of:N")
    return [band, line]


def _start(found: Measured) -> alt.Chart:
    at = pd.DataFrame({"period": [pd.Timestamp(found.initiative.started)]})
    chart: alt.Chart = alt.Chart(at).mark_rule(color=GREY, strokeWidth=1.5).encode(x=PERIOD)
    return chart


def _share(field: str) -> alt.Y:
    return alt.Y(field, title="share of responses", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(zero=True))
