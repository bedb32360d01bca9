"""`nanni outer-loop operations` and `nowcast`: what teams have to expect, and what closed tickets will have said."""

from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    import pandas as pd

    from nanni.operations import Operations
    from outerloop.breach_reports import BreachRisk


def operations(
    *,
    grain: Literal["week", "month", "quarter"] = "week",
    ahead: int = 4,
    minutes: float = 30.0,
    hours: float = 30.0,
    promise: Literal["first_touch", "resolution"] = "resolution",
    top: int = 10,
    common: Common = COMMON,
) -> None:
    """Tickets to come, who is needed, which promises are at risk, missing knowledge, routing, and everybody's work.

    Parameters
    ----------
    grain
        Length of a period.
    ahead
        So many periods are forecast.
    minutes
        What one ticket takes: yours to know, nobody is timed.
    hours
        What one person works on tickets in a week.
    promise
        The promise whose risk is told.
    top
        Rows of the longer tables at most; `--json` has them all.
    """
    from nanni.documents.outer_loop import operations_document
    from nanni.operations import operations as ask
    from outerloop.reports import Grain

    with opened(common) as parts:
        found = ask(parts, Grain(grain), ahead, minutes, hours, promise)
    show(operations_document(found), lambda screen: _draw(screen, found, grain, minutes, top), common.json)


def nowcast(*, grain: Literal["week", "month", "quarter"] = "month", top: int = 8, common: Common = COMMON) -> None:
    """Closed tickets by when they were opened, and how many there will be: the latest periods are still closing.

    Parameters
    ----------
    grain
        Length of a period.
    top
        So many top-level themes and root causes, those of most tickets; `--json` has all.
    """
    from nanni.documents.outer_loop import nowcasts_document
    from nanni.operations import nowcasts
    from outerloop.reports import Grain

    with opened(common) as parts:
        themes, causes = nowcasts(parts, Grain(grain))
    show(
        nowcasts_document(themes, causes),
        lambda screen: _draw_nowcast(screen, themes, causes, grain, top),
        common.json,
    )


def _draw(screen: Console, found: "Operations", grain: str, minutes: float, top: int) -> None:
    _draw_forecast(screen, found, grain, minutes)
    _draw_risk(screen, found.risk, top)
    gaps = [
        [row.root_cause, _or(row.name, "no theme"), row.tickets, row.customers, f"{row.median_hours:.0f}"]
        for row in _each(found.gaps, top)
    ]
    columns = ["root cause", "theme", "tickets", "customers", "hours"]
    _or_said(screen, "Root causes without an article (90 days)", columns, gaps, "Every recurring cause has an article.")
    routed = [
        [row.team, row.tickets, row.moved, f"{row.share:.1%} [{row.low:.1%}, {row.high:.1%}]", row.handed_on]
        for row in _each(found.routing)
    ]
    columns = ["team", "tickets", "moved", "share [95 %]", "to a colleague"]
    _or_said(screen, "Moved by a person to another team", columns, routed, "No tickets yet.")
    work = [
        [row.owner, row.team, f"{row.open} of {_or(row.capacity, '?')}", row.overdue, row.opened, row.resolved,
         f"{row.kept} of {row.decided}"]
        for row in _each(found.workload)
    ]  # fmt: skip
    columns = ["person", "team", "open", "overdue", "opened", "resolved", "kept"]
    _or_said(screen, "Workload; opened and resolved in 28 days", columns, work, "Nobody has a ticket yet.")


def _draw_forecast(screen: Console, found: "Operations", grain: str, minutes: float) -> None:
    rows = [
        [said.team, f"{said.period:%Y-%m-%d}", f"{said.expected:.0f} [{said.low:.0f}, {said.high:.0f}]",
         f"{need.people:.1f} [{need.people_low:.1f}, {need.people_high:.1f}]", need.members,
         "too short" if said.coverage != said.coverage else f"{said.coverage:.0%} of {said.checked:.0f}"]
        for said, need in zip(_each(found.forecast), _each(found.staffing), strict=True)
    ]  # fmt: skip
    columns = ["team", grain, "tickets [95 %]", "people", "there", "limits held"]
    title = f"To come, at {minutes:.0f} minutes a ticket; how often such limits held before"
    _or_said(screen, title, columns, rows, "Too few whole periods to forecast from.")


def _draw_risk(screen: Console, risk: "BreachRisk", top: int) -> None:
    rows = [
        [row.ticket, row.team, row.owner, f"{row.hours_left:.0f} h", f"{row.risk:.0%}"]
        for row in _each(risk.tickets, top)
    ]
    name = risk.promise.replace("_", " ")
    columns = ["ticket", "team", "owner", "left", "risk"]
    _or_said(screen, f"Risk of missing the {name}", columns, rows, f"No open ticket has its {name} still ahead.")
    judged = risk.judged
    if judged is None:
        told = f"learnt from {risk.past} past tickets, too few to judge it by: everybody's is the base rate."
    else:
        told = (
            f"on {judged.tickets} tickets from {judged.days_from:%Y-%m-%d} on, its squared error was "
            f"{judged.brier:.3f}, the base rate's {judged.base_brier:.3f}"
            + ("." if judged.useful else ": so everybody's risk is the base rate.")
        )
    screen.print(f"{risk.overdue} open tickets are overdue already. The risk: {told}", soft_wrap=True)


def _draw_nowcast(screen: Console, themes: "pd.DataFrame", causes: "pd.DataFrame", grain: str, top: int) -> None:
    tops = themes[themes.level == 1]
    chosen = set(tops.groupby("name").opened.sum().nlargest(top).index)
    rows = [
        [row.name, _period(row), row.opened, row.closed, _interval(row), f"{row.seen:.0%}",
         "" if row.share != row.share else f"{row.share:.1%} [{row.share_low:.1%}, {row.share_high:.1%}]"]
        for row in _each(_latest(tops, "name"))
        if row.name in chosen
    ]  # fmt: skip
    columns = ["theme", grain, "opened", "closed", "in the end", "seen", "of all responses"]
    _or_said(screen, "Closed tickets by theme", columns, rows, "No tickets yet.")
    most = set(causes.groupby("root_cause").closed.sum().nlargest(top).index)
    rows = [
        [row.root_cause, _period(row), row.closed, _interval(row), "" if row.share != row.share else f"{row.share:.0%}"]
        for row in _each(_latest(causes, "root_cause"))
        if row.root_cause in most
    ]
    columns = ["root cause", grain, "closed", "in the end", "share"]
    _or_said(screen, "Closed tickets by root cause", columns, rows, "No ticket is closed yet.")
    screen.print("By when the ticket was opened; * is a period that is not whole. seen: should be closed by now.")


def _latest(frame: "pd.DataFrame", key: str) -> "pd.DataFrame":
    """The three latest periods that any ticket was opened in: the same ones for all."""
    periods = sorted(frame.period.unique())[-3:]
    return frame[frame.period.isin(periods)].sort_values([key, "period"])


def _period(row: Any) -> str:
    return f"{row.period:%Y-%m-%d}{'*' if row.partial else ''}"


def _interval(row: Any) -> str:
    return "too early" if row.nowcast != row.nowcast else f"{row.nowcast:.0f} [{row.low:.0f}, {row.high:.0f}]"


def _each(frame: "pd.DataFrame", top: int | None = None) -> list[Any]:
    return list((frame if top is None else frame.head(top)).itertuples())


def _or(value: Any, otherwise: str) -> str:
    """The value as text; `otherwise` where there is none."""
    import pandas as pd

    return otherwise if pd.isna(value) else str(value)


def _or_said(screen: Console, title: str, columns: list[str], rows: list[list[object]], empty: str) -> None:
    screen.print(table(title, columns, rows) if rows else empty)
