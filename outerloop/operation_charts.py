"""Charts of the teams' work: a frame of `outerloop.operations`, `breach_reports` or `nowcast_reports` in, a chart out.

Colours and conventions are those of `outerloop.charts`.
"""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from outerloop.breach import Judged
from outerloop.chart_parts import BLUE, GREY, ORANGE, PANELS, PERIOD, VERMILION, nothing, points, titled


def volume(past: pd.DataFrame, ahead: pd.DataFrame) -> alt.TopLevelMixin:
    """Tickets by team, past and to come: from `tickets_by_team` and `volume_forecast` of the same grain."""
    if ahead.empty:
        return nothing("Too few whole periods to forecast from")
    rows = pd.concat([past[past.team.isin(ahead.team)], ahead])
    base = alt.Chart(rows).encode(x=PERIOD)
    count = alt.Y("tickets:Q", title="tickets", axis=alt.Axis(tickCount=4), scale=alt.Scale(zero=True))
    seen = base.transform_filter("isValid(datum.tickets)").encode(y=count, color=alt.value(BLUE))
    coming = base.transform_filter("isValid(datum.expected)")
    panel = alt.layer(
        coming.mark_area(opacity=0.25, color=ORANGE).encode(y="low:Q", y2="high:Q"),
        coming.mark_line(color=ORANGE, strokeWidth=2, strokeDash=[5, 3]).encode(y="expected:Q"),
        seen.mark_line(strokeWidth=1.5),
        *(mark.encode(size=alt.value(22)) for mark in points(seen)),
    )
    return (
        panel.properties(width=270, height=110)
        .facet(alt.Facet("team:N"), columns=2, bounds="flush", spacing=PANELS)
        .properties(title=titled("Tickets to come, by team", "Dashed: expected, with 95 % limits. Hollow: partial."))
    )


def staffing(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """People needed in the first period ahead beside those there are: from `operations.staffing`."""
    if frame.empty:
        return nothing("Too few whole periods to forecast from")
    first = frame.loc[frame.groupby("team").period.idxmin()]
    base = alt.Chart(first).encode(y=alt.Y("team:N", title=None))
    limits = base.mark_rule(strokeWidth=3, opacity=0.55, color=BLUE).encode(
        x=alt.X("people_low:Q", title="people, with 95 % limits", scale=alt.Scale(domainMin=0)), x2="people_high:Q"
    )
    needed = base.mark_point(filled=True, size=85, opacity=1, color=BLUE).encode(x="people:Q")
    there = base.mark_tick(thickness=3, size=22, color=ORANGE).encode(x="members:Q")
    how = "Point: needed for the tickets expected. Tick: in the team now."
    return alt.layer(limits, needed, there).properties(
        width=470, height=alt.Step(34), title=titled("Who is needed next", how)
    )


def calibration(judged: Judged | None) -> alt.TopLevelMixin:
    """What was said to be at risk against what was missed: from `breach_risk(...).judged`."""
    if judged is None:
        return nothing("Too few past tickets to judge the risk by")
    axis = alt.Axis(format="%", tickCount=5)
    whole = alt.Scale(domain=[0, 1])
    base = alt.Chart(judged.calibration).encode(x=alt.X("risk:Q", title="risk said", axis=axis, scale=whole))
    limits = base.mark_rule(strokeWidth=3, opacity=0.55, color=BLUE).encode(
        y=alt.Y("low:Q", title="promises missed, with 95 % limits", axis=axis, scale=whole), y2="high:Q"
    )
    seen = base.mark_point(filled=True, size=75, opacity=1, color=BLUE).encode(y="missed:Q")
    ends = pd.DataFrame({"x": [0.0, 1.0]})
    same = alt.Chart(ends).mark_line(color=GREY, strokeDash=[4, 4]).encode(x="x:Q", y="x:Q")
    worth = "better" if judged.useful else "no better"
    how = [
        f"{judged.tickets} tickets on days after those it was learnt from: squared error {judged.brier:.3f},",
        f"{worth} than always saying the base rate ({judged.base_brier:.3f}); dashed: said and seen alike.",
    ]
    title = alt.TitleParams("Is the risk true?", subtitle=how)
    return alt.layer(same, limits, seen).properties(width=470, height=260, title=title)


def knowledge_gaps(frame: pd.DataFrame, top: int = 10) -> alt.TopLevelMixin:
    """Root causes without an article: from `operations.knowledge_gaps`."""
    if frame.empty:
        return nothing("No root cause keeps coming back without an article")
    shown = frame.head(top)
    what = [
        f"{cause.replace('_', ' ')} · {'no theme' if pd.isna(name) else name}"
        for cause, name in zip(shown.root_cause, shown.name, strict=True)
    ]
    base = alt.Chart(shown.assign(what=what)).encode(y=alt.Y("what:N", title=None, sort=what))
    bars = base.mark_bar(color=BLUE, opacity=0.85, height=16).encode(
        x=alt.X("tickets:Q", title="tickets resolved", axis=alt.Axis(tickCount=5, format="d"))
    )
    told = base.mark_text(align="left", dx=5, fontSize=11).encode(x="tickets:Q", text="label:N")
    labels = told.transform_calculate(label="datum.customers + ' customers'")
    return alt.layer(bars, labels).properties(
        width=430,
        height=alt.Step(26),
        title=titled("What nobody has written down", "By root cause and theme."),
    )


def routing(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """The share of tickets that a person moved to another team: from `operations.routing_accuracy`."""
    if frame.empty:
        return nothing("No tickets yet")
    shown = frame.assign(label=[f"{team} ({n})" for team, n in zip(frame.team, frame.tickets, strict=True)])
    base = alt.Chart(shown).encode(y=alt.Y("label:N", title=None, sort=list(shown.label)))
    limits = base.mark_rule(strokeWidth=3, opacity=0.55, color=BLUE).encode(
        x=alt.X("low:Q", title="moved to another team, with 95 % limits", axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(domainMin=0)),
        x2="high:Q",
    )  # fmt: skip
    seen = base.mark_point(filled=True, size=85, opacity=1, color=BLUE).encode(x="share:Q")
    title = titled("Sent to the wrong team", "Tickets that a person gave to another team. In brackets: all tickets.")
    return alt.layer(limits, seen).properties(width=470, height=alt.Step(34), title=title)


def workload(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Open tickets by person, overdue ones marked, and how many they are meant to hold: from `operations.workload`."""
    if frame.empty:
        return nothing("Nobody has a ticket yet")
    shown = frame.assign(in_time=frame.open - frame.overdue)
    names = {"overdue": "overdue", "in_time": "in time"}
    tidy = shown.rename(columns=names).melt(["owner", "capacity"], list(names.values()), "state", "tickets")
    shades = alt.Scale(domain=list(names.values()), range=[VERMILION, BLUE])
    base = alt.Chart(tidy).encode(y=alt.Y("owner:N", title=None, sort=list(shown.owner)))
    bars = base.mark_bar(height=16, opacity=0.85).encode(
        x=alt.X("sum(tickets):Q", title="open tickets", axis=alt.Axis(tickCount=5, format="d")),
        color=alt.Color("state:N", title=None, scale=shades),
        order=alt.Order("state:N", sort="descending"),
    )
    limit = base.transform_filter("isValid(datum.capacity)").mark_tick(thickness=2, size=18, color=GREY)
    return alt.layer(bars, limit.encode(x="max(capacity):Q")).properties(
        width=470, height=alt.Step(24), title=titled("Who has how much", "Grey tick: how many they are meant to hold.")
    )


def closed_nowcast(frame: pd.DataFrame, themes: Sequence[str]) -> alt.TopLevelMixin:
    """Closed tickets by period of opening, so far and in the end: from `nowcast_reports.closed_themes_nowcast`."""
    chosen = frame[frame.theme.isin(themes)]
    if chosen.empty:
        return nothing("No closed tickets yet")
    names = dict(zip(chosen.theme, chosen.name, strict=True))
    base = alt.Chart(chosen).encode(x=PERIOD)
    bars = base.mark_bar(color=BLUE, opacity=0.5, width=12).encode(
        y=alt.Y("closed:Q", title="closed tickets", axis=alt.Axis(tickCount=4))
    )
    later = base.transform_filter("isValid(datum.nowcast)")
    limits = later.mark_rule(strokeWidth=2, color=ORANGE).encode(y="low:Q", y2="high:Q")
    seen = [mark.encode(y="nowcast:Q", color=alt.value(ORANGE)) for mark in points(later)]
    how = "Bar: closed so far. Point: closed in the end, with 95 % limits. By when the ticket was opened."
    return (
        alt.layer(bars, limits, *seen)
        .properties(width=270, height=110)
        .facet(alt.Facet("name:N", sort=[names[one] for one in themes if one in names]), columns=2, bounds="flush",
               spacing=PANELS)
        .properties(title=titled("What closed tickets will have said", how))
    )  # fmt: skip
