"""The load of two policies side by side, a panel a team."""

from pathlib import Path

from feedback.errors import ConfigError
from nanni.backtest_load import Load
from nanni.backtesting import BacktestResult

KINDS = (".html", ".png", ".svg")


def require_plot(path: Path) -> None:
    """Raise ConfigError for a kind of file that is no plot."""
    if path.suffix.lower() not in KINDS:
        raise ConfigError("no kind of plot", where=str(path), allowed=", ".join(KINDS), next_step="rename the file")


def save_plot(result: BacktestResult, path: Path) -> None:
    """Draw live tickets a day, by team, live policy beside candidate, with the team's capacity as a line."""
    require_plot(path)
    import altair as alt
    import pandas as pd

    from outerloop.chart_parts import BLUE, GREY, ORANGE, nothing, titled

    rows = _rows("live policy", result.live) + _rows("candidate", result.candidate)
    if not rows:
        nothing("No tickets under either policy").save(str(path))
        return
    frame = pd.DataFrame(rows, columns=["policy", "team", "day", "tickets", "capacity"])
    base = alt.Chart(frame)
    colours = alt.Scale(domain=["live policy", "candidate"], range=[BLUE, ORANGE])
    lines = base.mark_line(interpolate="step-after").encode(
        x=alt.X("day:T", title=None),
        y=alt.Y("tickets:Q", title="live tickets"),
        color=alt.Color("policy:N", title=None, scale=colours),
    )
    capacity = base.mark_rule(color=GREY, strokeDash=[4, 3]).encode(y="max(capacity):Q")
    days = result.handling.total_seconds() / 86_400
    title = titled("Load by team", f"Most live tickets of a day, each live for {days:.1f} days. Dashed: capacity.")
    panels = alt.layer(lines, capacity).properties(width=620, height=130).facet(row=alt.Row("team:N", title=None))
    panels.resolve_scale(y="independent").properties(title=title).save(str(path))


def _rows(policy: str, load: Load) -> list[tuple[str, str, str, int, int]]:
    capacity: dict[str, int] = {}
    for owner in load.owners:
        capacity[owner.team] = capacity.get(owner.team, 0) + owner.capacity
    return [(policy, team, day.isoformat(), peak, capacity[team]) for (team, day), peak in sorted(load.peaks.items())]
