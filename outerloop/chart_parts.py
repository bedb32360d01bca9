"""What the charts share: colours, the house look, and the line with an interval band."""

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#6B7280"

PANELS = {"row": 52, "column": 56}
"""Space between small panels; the columns are set by hand, since left to itself Vega-Lite lets their headers drift."""

_APART = 8
"""Least pixels between the labels of an axis; every other one is left out until there are."""

# Months by name, the year below January, labels dropped where they would touch.
_MONTH = "[timeFormat(datum.value, '%b'), timeFormat(datum.value, '%m') == '01' ? timeFormat(datum.value, '%Y') : '']"
PERIOD = alt.X(
    "period:T",
    title=None,
    axis=alt.Axis(
        labelExpr=_MONTH, labelAngle=0, labelOverlap=True, labelSeparation=_APART, tickCount="month", grid=False
    ),
)


@alt.theme.register("nanni", enable=False)
def house() -> alt.theme.ThemeConfig:
    """The house look: light grid, no frame, titles at the left. Enable with `alt.theme.enable("nanni")`."""
    ink, line = "#374151", "#9CA3AF"
    return alt.theme.ThemeConfig(
        config={
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": 12,
                "labelColor": ink,
                "labelLimit": 240,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "titleColor": ink,
                "gridColor": "#E5E7EB",
                "domainColor": line,
                "tickColor": line,
            },
            "axisQuantitative": {"labelOverlap": True, "labelSeparation": _APART},
            "title": {"anchor": "start", "fontSize": 15, "color": "#111827", "subtitleColor": "#4B5563", "offset": 14},
            "legend": {"labelFontSize": 12, "labelColor": ink, "titleFontSize": 12, "titleFontWeight": "normal"},
            "header": {"labelFontSize": 12, "labelFontWeight": "bold", "labelAnchor": "start", "title": None},
        }
    )


def titled(text: str, *subtitle: str) -> alt.TitleParams:
    """A chart title with lines below it that say how to read the chart."""
    return alt.TitleParams(text, subtitle=list(subtitle)) if any(subtitle) else alt.TitleParams(text)


def nothing(why: str) -> alt.Chart:
    """A chart for an empty frame, saying why there is nothing to see."""
    text = alt.Chart(pd.DataFrame({"why": [why]})).mark_text(fontSize=14, color=GREY)
    chart: alt.Chart = text.encode(text="why:N").properties(width=420, height=60)
    return chart


def points(base: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """Points of whole periods filled, of partial ones hollow."""
    whole = base.transform_filter("!datum.partial").mark_point(filled=True, size=45, opacity=1)
    partial = base.transform_filter("datum.partial").mark_point(fill="white", size=45, opacity=1, strokeWidth=2)
    return whole, partial


def band_line(
    frame: pd.DataFrame, value: str, title: str, colour: str, percent: bool = False, highest: float | None = None
) -> alt.LayerChart | alt.FacetChart:
    """A value over `period` with its band from `low` to `high`; shares start at 0 and end at `highest` if given."""
    axis = alt.Axis(format="%", tickCount=4) if percent else alt.Axis(tickCount=5)
    scale = alt.Scale(zero=percent) if highest is None else alt.Scale(domain=[0, highest])
    base = alt.Chart(frame).encode(x=PERIOD)
    band = base.mark_area(opacity=0.2, color=colour).encode(
        y=alt.Y("low:Q", title=title, axis=axis, scale=scale), y2="high:Q"
    )
    # A band has no width where a period stands alone; the rule shows its interval there.
    rule = base.mark_rule(opacity=0.35, strokeWidth=1.5, color=colour).encode(y="low:Q", y2="high:Q")
    line = base.encode(y=f"{value}:Q", color=alt.value(colour))
    return alt.layer(band, rule, line.mark_line(strokeWidth=2), *points(line))
