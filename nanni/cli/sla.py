"""`nanni sla`: how a ticket stands against its targets, and an edited sla.yaml taking hold."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from tickets.metric_events import MetricEventKind
from tickets.sla import Metric

if TYPE_CHECKING:
    from nanni.timing import TicketSla

sla = App(name="sla", help="Service levels: time used, due times, pauses and breaches.")


@sla.command(name="escalate")
def escalate_due(*, common: Common = COMMON) -> None:
    """Tell whom the ladder names of what is running out or broken, each step once (the schedules do it too)."""
    from nanni.escalation import escalate

    with opened(common) as parts:
        count = escalate(parts)
    show({"escalated": count}, lambda screen: screen.print(f"{count} tickets escalated."), common.json)


@sla.command(name="show")
def show_sla(key: str, *, as_of: datetime | None = None, common: Common = COMMON) -> None:
    """Show each metric of a ticket: time used on both clocks, due time, breach, pauses.

    Parameters
    ----------
    key
        For example N-17.
    as_of
        As it was at this moment (in the workspace's time zone unless it names one).
    """
    from nanni.documents.tickets import sla_document
    from nanni.timing import sla_of

    with opened(common) as parts:
        zone = parts.workspace.settings.zone
        moment = as_of if as_of is None or as_of.tzinfo else as_of.replace(tzinfo=zone)
        found = sla_of(parts, key, moment.astimezone(UTC) if moment else None)
    show(sla_document(found), lambda screen: _draw(screen, found, zone), common.json)


def _draw(screen: Console, found: "TicketSla", zone: ZoneInfo) -> None:
    def when(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%a %d %b %Y %H:%M}" if moment else ""

    columns = ["metric", "stands", "since", "target", "business", "elapsed", "due", "late since", "ended"]
    rows = [
        [
            f"{state.metric.replace('_', ' ')}{f' {state.number}' if state.number > 1 else ''}",
            state.standing,
            when(state.since),
            f"{_length(state.target)} {state.clock}" if state.target is not None else "none",
            _length(state.business),
            _length(state.elapsed),
            when(state.deadline),
            when(state.breached_at),
            when(state.until),
        ]
        for state in found.states
    ]
    screen.print(table(f"{found.ticket} as of {when(found.as_of)}", columns, rows))
    for state in found.states:
        for pause in state.pauses:
            end = when(pause.until) or "now"
            counted = "" if pause.credited_until == pause.until else f", credited until {when(pause.credited_until)}"
            told = f"{pause.status.replace('_', ' ')} by {pause.actor}, {when(pause.since)} to {end}{counted}"
            screen.print(f"  {state.metric.replace('_', ' ')} paused: {told}", soft_wrap=True)


def _length(value: timedelta | None) -> str:
    if value is None:
        return ""
    hours, minutes = divmod(round(value / timedelta(minutes=1)), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


@sla.command
def reproject(before: Path, *, by: str = "cli", common: Common = COMMON) -> None:
    """After editing sla.yaml: open tickets keep the time they have used, and only the rest is counted by the new file.

    Parameters
    ----------
    before
        The sla.yaml that held until now (for example from `git show HEAD~1:sla.yaml`).
    by
        Who does it, as the audit trail shall name them.
    """
    _retime(before, by, common)


@sla.command
def recompute(*, by: str = "cli", common: Common = COMMON) -> None:
    """Count all the open time of all open tickets anew by today's sla.yaml.

    Parameters
    ----------
    by
        Who does it, as the audit trail shall name them.
    """
    _retime(None, by, common)


def _retime(before: Path | None, by: str, common: Common) -> None:
    from nanni.timing import retime

    with opened(common) as parts:
        changed = retime(parts, before, by)
    show({"changed": changed}, lambda screen: screen.print(f"{changed} tickets have other due times now."), common.json)


@sla.command
def record(*, common: Common = COMMON) -> None:
    """Bring the kept SLA facts of all tickets up to now (the schedules do it too)."""
    from nanni.sla_facts import record_facts

    with opened(common) as parts:
        done = record_facts(parts)
    show({"tickets": done}, lambda screen: screen.print(f"News of {done} tickets recorded."), common.json)


@sla.command
def facts(
    *,
    since: datetime | None = None,
    kind: MetricEventKind | None = None,
    metric: Metric | None = None,
    limit: int = 100,
    common: Common = COMMON,
) -> None:
    """List kept SLA facts over all tickets, the latest first.

    Parameters
    ----------
    since
        From this moment on (in the workspace's time zone unless it names one).
    kind
        For example breach.
    metric
        For example first_touch.
    limit
        At most so many.
    """
    from nanni.documents.tickets import fact_document

    with opened(common) as parts, parts.ledger.read() as uow:
        zone = parts.workspace.settings.zone
        moment = since if since is None or since.tzinfo else since.replace(tzinfo=zone)
        found = uow.sla_facts.list(moment and moment.astimezone(UTC), kind, metric, limit)

    def draw(screen: Console) -> None:
        told = [[f"{at.astimezone(zone):%Y-%m-%d %H:%M}", key, what, n, done] for key, what, n, done, at, _ in found]
        screen.print(table(f"{len(found)} facts", ["when", "ticket", "metric", "turn", "what"], told))

    show([fact_document(one) for one in found], draw, common.json)
