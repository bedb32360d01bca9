"""The outer loop's charts: a report's frame in, an Altair chart out.

Colours are from M. Okabe and K. Ito's colour-blind-safe palette. A 95 % interval is a band or a bar, a partial period a
hollow point. An empty frame gives a chart that says so.
"""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from outerloop.chart_parts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PANELS,
    PERIOD,
    VERMILION,
    band_line,
    nothing,
    points,
    titled,
)

_SCALES = {"nps": "NPS, points", "csat": "satisfied (CSAT), %", "ces": "easy (CES), %"}
_PROMISES = {"first_touch": "First contact", "resolution": "Resolution"}
_BAND = "Band: 95 % interval. Hollow point: partial period."


def scores(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Scores over time, one panel a kind of scale: the frame of `reports.scores_by_period`."""
    found = set(frame.scale_kind)
    kinds = [kind for kind in _SCALES if kind in found] + sorted(found - set(_SCALES))
    panels = [
        band_line(frame[frame.scale_kind == kind], "value", _SCALES.get(kind, f"top band of {kind}, %"), BLUE)
        for kind in kinds
    ]
    if not panels:
        return nothing("No scores yet")
    sized = [panel.properties(width=620, height=170) for panel in panels]
    return alt.vconcat(*sized, spacing=24, title=titled("How customers score us", _BAND))


def theme_shares(frame: pd.DataFrame, level: int = 1, top: int = 12) -> alt.TopLevelMixin:
    """Themes' shares of responses and of closed tickets, most mentioned first: from `theme_reports.themes_ranked`."""
    chosen = frame[frame.level == level].nlargest(top, "mentions")
    if chosen.empty:
        return nothing("No themes yet")
    kinds = ["all responses", "closed tickets"]
    said = chosen[["name", "share", "low", "high"]].assign(of=kinds[0])
    worked = chosen[["name", "closed_share", "closed_low", "closed_high"]].assign(of=kinds[1])
    both = pd.concat([said, worked.rename(columns=lambda column: column.removeprefix("closed_"))]).dropna()
    base = alt.Chart(both).encode(
        y=alt.Y("name:N", title=None, sort=list(chosen.name)),
        yOffset=alt.YOffset("of:N", sort=kinds, scale=alt.Scale(paddingOuter=0.6)),
        color=alt.Color("of:N", title="share of", sort=kinds, scale=alt.Scale(domain=kinds, range=[BLUE, ORANGE])),
    )
    limits = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q",
            title="share, with 95 % interval",
            axis=alt.Axis(format="%", tickCount=6),
            scale=alt.Scale(domainMin=0),
        ),
        x2="high:Q",
    )
    shape = alt.Shape("of:N", title="share of", sort=kinds, scale=alt.Scale(domain=kinds, range=["circle", "square"]))
    middle = base.mark_point(filled=True, size=75, opacity=1).encode(x="share:Q", shape=shape)
    return alt.layer(limits, middle).properties(
        width=470, height=alt.Step(13), title=titled("What customers raise, and what tickets are about")
    )


def theme_trends(frame: pd.DataFrame, themes: Sequence[str]) -> alt.TopLevelMixin:
    """Small panels of these themes' shares over time, in this order: from `theme_reports.themes_by_period`."""
    names = dict(zip(frame.theme, frame.name, strict=True))
    order = [names[theme] for theme in themes if theme in names]
    if not order:
        return nothing("No themes yet")
    panel = band_line(frame[frame.theme.isin(themes)], "share", "share of responses", BLUE, percent=True)
    return (
        panel.properties(width=270, height=110)
        .facet(alt.Facet("name:N", sort=order), columns=2, bounds="flush", spacing=PANELS)
        .properties(title=titled("Share of responses that name a theme", _BAND))
    )


def theme_cost(frame: pd.DataFrame, level: int = 1, top: int = 12) -> alt.TopLevelMixin:
    """What themes move the NPS by, costliest first: from `theme_reports.theme_nps_impact`."""
    chosen = frame[(frame.level == level) & frame.impact.notna()]
    chosen = chosen.loc[chosen.impact.abs().nlargest(top).index].sort_values("impact")
    if chosen.empty:
        return nothing("No answer on an NPS scale names a theme yet")
    kinds = ["costs score", "adds score", "not clear"]
    effect = [
        kinds[0] if high < 0 else kinds[1] if low > 0 else kinds[2] for low, high in chosen[["low", "high"]].values
    ]
    base = alt.Chart(chosen.assign(effect=effect)).encode(
        y=alt.Y("name:N", title=None, sort=list(chosen.name)),
        color=alt.Color("effect:N", title=None, scale=alt.Scale(domain=kinds, range=[VERMILION, GREEN, GREY])),
    )
    limits = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title="NPS points, with 95 % interval"), x2="high:Q"
    )
    middle = base.mark_point(filled=True, size=85, opacity=1).encode(x="impact:Q")
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color="#6B7280").encode(x="zero:Q")
    return alt.layer(zero, limits, middle).properties(
        width=470,
        height=alt.Step(28),
        title=titled("What each theme moves the NPS by", "NPS of all answers minus NPS of those that do not name it."),
    )


def root_causes(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Closed tickets by theme and root cause as a heat map: from `theme_reports.theme_root_causes`."""
    if frame.empty:
        return nothing("No closed tickets yet")
    shown = frame.assign(
        label=[f"{name} ({total})" for name, total in zip(frame.name, frame.closed_in_theme, strict=True)],
        cause=frame.root_cause.str.replace("_", " "),
    )
    causes = shown.groupby("cause").closed.sum().sort_values(ascending=False)
    base = alt.Chart(shown).encode(
        x=alt.X("cause:N", title=None, sort=list(causes.index), axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("label:N", title=None, sort=list(dict.fromkeys(shown.label))),
    )
    shade = alt.Scale(range=["#EEF3F9", "#08519C"], domain=[0, 1])
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("share:Q", title="share of theme", scale=shade, legend=alt.Legend(format="%"))
    )
    counts = base.mark_text(fontSize=12).encode(
        text="closed:Q", color=alt.condition("datum.share > 0.5", alt.value("white"), alt.value("#111827"))
    )
    return alt.layer(cells, counts).properties(
        width=alt.Step(92),
        height=alt.Step(32),
        title=titled("Why: root causes of closed tickets", "Number: tickets. Colour: share within the theme."),
    )


def promises(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Share of promises kept over time: from `reports.promises_by_period`."""
    if frame.empty:
        return nothing("No ticket has a target yet")
    panels = [
        band_line(frame[frame.promise == promise], "share", "met, of those decided", GREEN, percent=True, highest=1.0)
        for promise in _PROMISES
    ]
    return _side_by_side(panels, titled("Promises kept, by when the ticket was opened", _BAND))


def waiting(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Hours until half and until nine in ten tickets got there: from `reports.waiting_by_period`."""
    if frame.empty:
        return nothing("No tickets yet")
    names = {"median_hours": "half of the tickets", "p90_hours": "nine in ten"}
    shades = alt.Scale(domain=list(names.values()), range=[BLUE, ORANGE])
    tidy = frame.rename(columns=names).melt(["promise", "period", "partial"], list(names.values()), "reached", "hours")
    panels = []
    for promise in _PROMISES:
        base = alt.Chart(tidy[tidy.promise == promise].dropna(subset="hours")).encode(
            x=PERIOD,
            y=alt.Y("hours:Q", title="hours since opening", axis=alt.Axis(tickCount=5), scale=alt.Scale(nice=5)),
            color=alt.Color("reached:N", title="reached by", sort=list(names.values()), scale=shades),
        )
        panels.append(alt.layer(base.mark_line(strokeWidth=2), *points(base)))
    how = "Tickets still waiting count too. Hollow point: partial period."
    return _side_by_side(panels, titled("How long customers wait, by when the ticket was opened", how))


def _side_by_side(panels: Sequence[alt.LayerChart | alt.FacetChart], title: alt.TitleParams) -> alt.TopLevelMixin:
    named = [
        panel.properties(width=270, height=150, title=alt.TitleParams(name, fontSize=12, offset=10, frame="group"))
        for panel, name in zip(panels, _PROMISES.values(), strict=True)
    ]
    return alt.hconcat(*named, bounds="flush", spacing=72, title=title)
