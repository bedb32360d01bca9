"""What a month's report says of tickets: promises kept, waiting times, teams and root causes."""

from collections.abc import Sequence

from outerloop.monthly import MonthlyReport, PromiseLine, TeamLine
from outerloop.monthly_names import Told
from outerloop.monthly_steps import PROMISES
from outerloop.page import Chart, Section, Table
from outerloop.wording import count, hours, percent, percent_moved


def promises_section(report: MonthlyReport) -> Section:
    """Tickets in and out, promises kept and waiting times."""
    worked, before = report.worked, report.worked_before
    lead = (
        f"{count(worked.opened, 'ticket', 'tickets')} opened, {worked.closed:,} closed, {worked.reopened:,} reopened; "
        f"{worked.standing:,} not closed at the month's end."
    )
    if before is not None:
        lead += f" In the months before: {before.opened:,} opened, {before.closed:,} closed."
    rows = tuple(_promise(line) for line in report.promises)
    return Section(
        "Promises and closing",
        lead,
        table=Table(("Promise", "Kept in time", "Change", "Half within", "Nine in ten within"), rows) if rows else None,
        chart=Chart("promises", "Share of promises kept by month") if report.promise_trend else None,
        notes=("By when the ticket was opened; a clock that runs and is not due yet counts neither way. "
               "Waiting times are elapsed and count tickets that still wait.",) if rows else (),
    )  # fmt: skip


def _promise(line: PromiseLine) -> tuple[str, ...]:
    kept = f"{percent(line.kept.now)}, {line.met} of {line.met + line.missed}"
    pending = f", {line.pending} pending" if line.pending else ""
    moved = percent_moved(line.kept.moved) if line.kept.moved else "–"
    name = PROMISES.get(line.promise, line.promise).capitalize()
    return name, kept + pending, moved, hours(line.median_hours), hours(line.p90_hours)


def teams_section(teams: Sequence[TeamLine], told: Told, title: str = "By team") -> Section | None:
    """Tickets and promises of these teams."""
    rows = tuple(
        (
            told.teams.get(line.team, line.team),
            f"{line.worked.opened:,} opened, {line.worked.closed:,} closed, {line.worked.standing:,} open",
            *(_kept(line, promise) for promise in PROMISES),
        )
        for line in teams
    )
    names = tuple(f"{name.capitalize()} in time" for name in PROMISES.values())
    return Section(title, table=Table(("Team", "Tickets", *names), rows)) if rows else None


def _kept(line: TeamLine, promise: str) -> str:
    found = next((one for one in line.promises if one.promise == promise), None)
    return f"{percent(found.kept.now)}, {found.met} of {found.met + found.missed}" if found else "–"


def causes_section(report: MonthlyReport) -> Section | None:
    """Root causes of closed tickets; None where nothing was closed with one."""
    rows = tuple((line.cause.replace("_", " "), f"{line.closed:,}", percent(line.share)) for line in report.causes)
    if not rows:
        return None
    lead = "Root causes of the tickets closed in the month: a late and selected part of what customers say."
    return Section("Why tickets were needed", lead, table=Table(("Root cause", "Tickets", "Share"), rows))
