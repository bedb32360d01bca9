"""Charts of what moves the score, why themes come up and who comes back: a report's frame in, an Altair chart out.

Conventions as in `outerloop.charts`. Needs the `notebooks` extra.
"""

import altair as alt
import pandas as pd

from outerloop.chart_parts import BLUE, GREEN, GREY, ORANGE, VERMILION, nothing, titled

_ROW = 28


def drivers(frame: pd.DataFrame, top: int = 12) -> alt.TopLevelMixin:
    """Impact beside relative weight, costliest first: from `driver_reports.theme_drivers`."""
    chosen = frame.loc[frame.impact.abs().nlargest(top).index].sort_values("impact")
    if chosen.empty:
        return nothing("No answer on an NPS scale names a theme yet")
    points = _spans(chosen, "impact", "low", "high", "NPS points, with 95 % interval", BLUE)
    share = _spans(
        chosen, "weight", "weight_low", "weight_high", "part of the variance", ORANGE, percent=True, names=False
    )
    explained = frame.attrs.get("explained", float("nan"))
    how = f"Left: NPS with and without the theme. Right: relative weight; together themes explain {explained:.0%}."
    return alt.hconcat(
        alt.layer(_line_at(0), points).properties(width=330, height=alt.Step(_ROW)),
        share.properties(width=190, height=alt.Step(_ROW)),
        spacing=28, title=titled("What moves the score", how),
    )  # fmt: skip


def kinds(frame: pd.DataFrame, top: int = 12) -> alt.TopLevelMixin:
    """Penalty and reward of each theme, largest penalty first: from `driver_reports.theme_kinds`."""
    chosen = frame.dropna(subset=["penalty", "reward"], how="all").head(top)
    if chosen.empty:
        return nothing("No theme is named often enough in anger or with praise yet")
    sides = {"penalty": "named negatively", "reward": "named positively"}
    tidy = pd.concat(
        chosen.assign(side=told, value=chosen[side], low=chosen[f"{side}_low"], high=chosen[f"{side}_high"])
        for side, told in sides.items()
    ).dropna(subset="value")
    tidy["label"] = [f"{name} ({kind})" for name, kind in zip(tidy.name, tidy.kind, strict=True)]
    shades = alt.Scale(domain=list(sides.values()), range=[VERMILION, GREEN])
    base = alt.Chart(tidy).encode(
        y=alt.Y("label:N", title=None, sort=list(dict.fromkeys(tidy.label))),
        yOffset=alt.YOffset("side:N", sort=list(sides.values()), scale=alt.Scale(paddingOuter=0.6)),
        color=alt.Color("side:N", title=None, sort=list(sides.values()), scale=shades),
    )
    spans = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X("low:Q", title="NPS points against not naming it, with 95 % interval"), x2="high:Q"
    )
    middle = base.mark_point(filled=True, size=75, opacity=1).encode(x="value:Q")
    how = "Basic: costs when it fails. Exciter: brings when it succeeds. Performance: both alike."
    return alt.layer(_line_at(0), spans, middle).properties(
        width=430, height=alt.Step(10), title=titled("What a theme costs, and what it brings", how)
    )


def cause_lifts(frame: pd.DataFrame, top: int = 14) -> alt.TopLevelMixin:
    """Pairs of theme and cause that go together most surely: from `cause_reports.cause_lifts`."""
    chosen = frame[frame.closed > 0].head(top)
    if chosen.empty:
        return nothing("No closed tickets with a cause yet")
    pair = [f"{name}: {cause.replace('_', ' ')} ({closed})"
            for name, cause, closed in zip(chosen.name, chosen.root_cause, chosen.closed, strict=True)]  # fmt: skip
    kinds = ["more than chance", "not clear"]
    clear = chosen.assign(pair=pair, told=[kinds[0] if low > 1 else kinds[1] for low in chosen.low])
    base = alt.Chart(clear).encode(
        y=alt.Y("pair:N", title=None, sort=pair),
        color=alt.Color("told:N", title=None, scale=alt.Scale(domain=kinds, range=[BLUE, GREY])),
    )
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q",
            title="times as often as the margins give, with 95 % interval",
            scale=alt.Scale(type="log", nice=False, padding=6),
            axis=alt.Axis(values=[0.5, 1, 2, 5, 10, 20, 50], format="~g"),
        ),
        x2="high:Q",
    )
    middle = base.mark_point(filled=True, size=75, opacity=1).encode(x="lift:Q")
    return alt.layer(_line_at(1), span, middle).properties(
        width=400, height=alt.Step(_ROW - 4),
        title=titled("Which causes go with which themes", "Closed tickets. Rare pairs are held back towards 1."),
    )  # fmt: skip


def repeats(frame: pd.DataFrame, top: int = 12) -> alt.TopLevelMixin:
    """Customers who come back with a theme after it was resolved: from `cause_reports.theme_repeats`."""
    chosen = frame[frame.resolved > 0].head(top)
    if chosen.empty:
        return nothing("No resolution is old enough yet")
    sides = {"": "of all helped", "answering_": "of those who answered again"}
    tidy = pd.concat(
        chosen[["name", "resolved"]].assign(
            side=told, share=chosen[f"{side}share"], low=chosen[f"{side}low"], high=chosen[f"{side}high"]
        )
        for side, told in sides.items()
    ).dropna()
    tidy["label"] = [f"{name} ({count})" for name, count in zip(tidy.name, tidy.resolved, strict=True)]
    base = alt.Chart(tidy).encode(
        y=alt.Y("label:N", title=None, sort=list(dict.fromkeys(tidy.label))),
        yOffset=alt.YOffset("side:N", sort=list(sides.values()), scale=alt.Scale(paddingOuter=0.6)),
        color=alt.Color("side:N", title="share", sort=list(sides.values()),
                        scale=alt.Scale(domain=list(sides.values()), range=[BLUE, ORANGE])),
    )  # fmt: skip
    span = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        x=alt.X(
            "low:Q", title="came back, with 95 % interval", axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0)
        ),
        x2="high:Q",
    )
    middle = base.mark_point(filled=True, size=75, opacity=1).encode(x="share:Q")
    return alt.layer(span, middle).properties(
        width=430, height=alt.Step(10),
        title=titled("Who comes back with it", "In brackets: customers whose trouble was resolved long enough ago."),
    )  # fmt: skip


def _spans(
    frame: pd.DataFrame, value: str, low: str, high: str, title: str, colour: str, percent: bool = False,
    names: bool = True,
) -> alt.LayerChart | alt.FacetChart:  # fmt: skip
    """Points with intervals by theme; shares start at 0."""
    axis = alt.Axis(format="%", tickCount=4) if percent else alt.Axis(tickCount=6)
    scale = alt.Scale(domainMin=0) if percent else alt.Scale(zero=False)
    shown = alt.Axis() if names else alt.Axis(labels=False, ticks=False)
    y = alt.Y("name:N", title=None, sort=list(frame.name), axis=shown)
    base = alt.Chart(frame).encode(y=y)
    span = base.mark_rule(strokeWidth=3, opacity=0.55, color=colour).encode(
        x=alt.X(f"{low}:Q", title=title, axis=axis, scale=scale), x2=f"{high}:Q"
    )
    return alt.layer(span, base.mark_point(filled=True, size=85, opacity=1, color=colour).encode(x=f"{value}:Q"))


def _line_at(value: float) -> alt.Chart:
    """Where nothing would be different."""
    chart: alt.Chart = alt.Chart(pd.DataFrame({"at": [value]})).mark_rule(color=GREY).encode(x="at:Q")
    return chart
