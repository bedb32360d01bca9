"""Charts of trigger quality: a frame of `outerloop.trigger_reports` in, a chart out, as in `outerloop.charts`."""

import altair as alt
import pandas as pd

from outerloop.chart_parts import BLUE, GREEN, GREY, ORANGE, PERIOD, VERMILION, band_line, nothing, titled

_SHADES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", GREY)


def rule_volume(frame: pd.DataFrame, top: int = 7) -> alt.TopLevelMixin:
    """Tickets by month and rule, the largest rules by name: from `trigger_reports.rules_by_period`."""
    if frame.empty:
        return nothing("No ticket was opened yet")
    order = list(frame.groupby("rule").tickets.sum().sort_values(ascending=False).index)
    named = [rule.replace("_", " ") for rule in order[:top]] + (["other rules"] if len(order) > top else [])
    shown = frame.assign(
        rule=[rule.replace("_", " ") if rule in order[:top] else "other rules" for rule in frame.rule],
        when=frame.period.dt.strftime("%b %Y") + frame.partial.map({True: " *", False: ""}),
    )
    months = list(dict.fromkeys(shown.sort_values("period").when))
    bars = alt.Chart(shown).mark_bar().encode(
        y=alt.Y("when:N", title=None, sort=months),
        x=alt.X("sum(tickets):Q", title="tickets opened", axis=alt.Axis(tickCount=6)),
        color=alt.Color("rule:N", title="rule", sort=named, scale=alt.Scale(domain=named, range=list(_SHADES)),
                        legend=alt.Legend(labelLimit=220)),
        order=alt.Order("place:Q"),
    ).transform_calculate(place=f"indexof({named}, datum.rule)")  # fmt: skip
    title = titled("Which rules open tickets", "* month that is not complete.")
    chart: alt.Chart = bars.properties(width=430, height=alt.Step(24), title=title)
    return chart


def rule_precision(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """How many of a rule's closed tickets turned out to be valid: from `trigger_reports.rules_ranked`."""
    shown = frame.dropna(subset="precision")
    if shown.empty:
        return nothing("No ticket was closed with a root cause yet")
    return _forest(
        shown.assign(label=_labels(shown.rule, shown.closed)), "precision", "low", "high", GREEN,
        "valid of those closed, with 95 % interval",
        titled("How often a rule was right",
               "In brackets: closed tickets. Valid: closed with another cause than no fault."),
    )  # fmt: skip


def rule_trouble(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """How many of a rule's tickets were escalated and reopened: from `trigger_reports.rules_ranked`."""
    if frame.empty:
        return nothing("No ticket was opened yet")
    shown = frame.assign(label=_labels(frame.rule, frame.tickets))
    panels = [
        _forest(
            shown, f"{name}_share", f"{name}_low", f"{name}_high", colour, f"{name}, with 95 % interval",
            alt.TitleParams(name.capitalize(), fontSize=12, offset=10, frame="group"), width=230, labels=place == 0,
        )
        for place, (name, colour) in enumerate((("escalated", VERMILION), ("reopened", ORANGE)))
    ]  # fmt: skip
    return alt.hconcat(*panels, spacing=36, title=titled("What went wrong after a rule fired", "In brackets: tickets."))


def unread(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Comments the model could not read, by language: from `trigger_reports.unread_comments`."""
    shown = frame[frame.unread > 0]
    if shown.empty:
        return nothing("Every comment was read")
    tidy = shown.assign(label=_labels(shown.language, shown.commented), decided=shown.unread - shown.held).melt(
        "label", ["held", "decided"], "became", "responses"
    )
    kinds = {"held": "held: a rule could not be answered", "decided": "decided without it"}
    bars = alt.Chart(tidy.assign(became=tidy.became.map(kinds))).mark_bar().encode(
        y=alt.Y("label:N", title=None, sort=list(dict.fromkeys(tidy.label))),
        x=alt.X("sum(responses):Q", title="responses with a comment that was not read",
                axis=alt.Axis(tickCount=5, format="d")),
        color=alt.Color("became:N", title=None, sort=list(kinds.values()),
                        scale=alt.Scale(domain=list(kinds.values()), range=[ORANGE, GREY]),
                        legend=alt.Legend(labelLimit=260)),
    )  # fmt: skip
    how = "By language. In brackets: all responses with a comment."
    chart: alt.Chart = bars.properties(width=430, height=alt.Step(26), title=titled("What was not read", how))
    return chart


def drift(frame: pd.DataFrame) -> alt.TopLevelMixin:
    """Comments that sound negative, and of which the model is unsure: from `trigger_reports.sentiment_drift`."""
    if frame.empty:
        return nothing("No comment was scored yet")
    negative = band_line(frame, "negative", "sound negative", BLUE, percent=True).properties(width=620, height=150)
    base = alt.Chart(frame).encode(x=PERIOD)
    unsure = base.mark_line(color=ORANGE, strokeWidth=2, point=alt.OverlayMarkDef(color=ORANGE, size=40)).encode(
        y=alt.Y("unsure:Q", title="model unsure", axis=alt.Axis(format="%", tickCount=4), scale=alt.Scale(zero=True))
    )
    how = "Above: with 95 % interval. Below: comments whose likeliest class has less than 0.7. Hollow: partial period."
    return alt.vconcat(
        negative,
        unsure.properties(width=620, height=110),
        spacing=24,
        title=titled("How comments sound, by month", how),
    )


def quiet(frame: pd.DataFrame, surveys: dict[str, str] | None = None) -> alt.TopLevelMixin:
    """Quiet responses that sound negative, by survey and band: from `trigger_reports.quiet_negatives`."""
    if frame.empty:
        return nothing("No quiet response has a comment that was read")
    names = frame.survey.map(surveys or {}).fillna(frame.survey)
    shown = frame.assign(label=_labels(names + ", " + frame.band, frame.quiet))
    return _forest(
        shown, "share", "low", "high", BLUE, "sound negative, with 95 % interval",
        titled("Quiet, but not content", "In brackets: quiet responses with a comment that was read."),
    )  # fmt: skip


def _labels(names: pd.Series, counts: pd.Series) -> list[str]:
    return [f"{str(name).replace('_', ' ')} ({count:,})" for name, count in zip(names, counts, strict=True)]


def _forest(
    frame: pd.DataFrame, value: str, low: str, high: str, colour: str, axis: str, title: alt.TitleParams,
    width: int = 430, labels: bool = True,
) -> alt.LayerChart | alt.FacetChart:  # fmt: skip
    """One row a label with its share and interval."""
    y = alt.Y("label:N", title=None, sort=list(frame.label), axis=alt.Axis(labels=labels, ticks=labels, labelLimit=300))
    base = alt.Chart(frame).encode(y=y)
    span = base.mark_rule(strokeWidth=3, opacity=0.55, color=colour).encode(
        x=alt.X(f"{low}:Q", title=axis, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domainMin=0)),
        x2=f"{high}:Q",
    )
    middle = base.mark_point(filled=True, size=80, opacity=1, color=colour).encode(x=f"{value}:Q")
    return alt.layer(span, middle).properties(width=width, height=alt.Step(28), title=title)
