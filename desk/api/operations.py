"""Exports, runs, quarantine, audit and the token itself over the API."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from starlette.responses import StreamingResponse

from desk.api.callers import Caller, allowed
from desk.api.documents import After, Limit, Survey
from desk.api.given import Release
from desk.api.tickets import Filtered
from desk.api.told_operations import AuditOut, MeOut, ReleasedOut, RowOut, RowPage, RunOut, RunPage
from desk.cursors import place_text, read_number, read_place
from desk.days import instant
from desk.exporting import Format, exported
from feedback.disposition import Disposition, residue
from ledger.audit import conservation
from ledger.export import EVENT_COLUMNS, TICKET_COLUMNS, exported_events, exported_tickets
from nanni.release import release as release_rows
from tickets.access import Permission

IN_QUARANTINE = "a row in quarantine belongs"
Exporter = Annotated[Caller, Depends(allowed(Permission.EXPORT))]
Watcher = Annotated[Caller, Depends(allowed(Permission.READ_RUNS))]


def me(caller: Annotated[Caller, Depends(allowed(Permission.READ_TICKETS))]) -> MeOut:
    """What the token is and may do."""
    return MeOut.of(caller.token)


def export_tickets(caller: Exporter, wanted: Filtered, format: Format = Format.CSV) -> StreamingResponse:
    """The tickets that match, as a file. In CSV a cell that a spreadsheet would run is made harmless."""
    with caller.parts.ledger.read() as uow:
        return exported("tickets", format, TICKET_COLUMNS, exported_tickets(uow.connection, wanted))


def export_events(caller: Exporter, wanted: Filtered, format: Format = Format.CSV) -> StreamingResponse:
    """The events of the tickets that match, as a file."""
    with caller.parts.ledger.read() as uow:
        return exported("events", format, EVENT_COLUMNS, exported_events(uow.connection, wanted))


def runs(caller: Watcher, cursor: After = "", limit: Limit = 50) -> RunPage:
    """The latest runs."""
    with caller.parts.ledger.read() as uow:
        found = uow.runs.list(limit, read_place(cursor) if cursor else None)
    items = [RunOut.of(run, residue(run.received, run.counts or {})) for run in found]
    return RunPage(items=items, next=place_text(found[-1].id) if len(found) == limit else None)


def quarantine(caller: Watcher, survey: Survey = None, cursor: After = "", limit: Limit = 200) -> RowPage:
    """Rows that wait to be released, oldest first; they belong to no team yet, so a token of some teams sees none."""
    caller.for_everybody(IN_QUARANTINE)
    with caller.parts.ledger.read() as uow:
        rows = uow.quarantine.list(survey, limit=limit, after=read_number(cursor) if cursor else 0)
    items = [
        RowOut(
            id=row.id, survey=row.survey, row_number=row.rejection.row_number, reason=row.rejection.reason.value,
            message=row.rejection.message,
        )
        for row in rows
    ]  # fmt: skip
    return RowPage(items=items, next=place_text(rows[-1].id) if len(rows) == limit else None)


def release(caller: Annotated[Caller, Depends(allowed(Permission.RELEASE_QUARANTINE))], body: Release) -> ReleasedOut:
    """Take rows up again with today's mapping and contract; what still fails comes back."""
    caller.for_everybody(IN_QUARANTINE)
    taken = release_rows(caller.parts, list(dict.fromkeys(body.rows)))
    back = sum((one.run.counts or {}).get(Disposition.QUARANTINED, 0) for one in taken)
    return ReleasedOut(released=len(set(body.rows)), back=back)


def audit(
    caller: Annotated[Caller, Depends(allowed(Permission.READ_AUDIT))],
    since: datetime | None = None,
    until: datetime | None = None,
) -> AuditOut:
    """Count the runs of a span (all without one) against the rows stored, verify every chain; reads the whole store.

    A time without a zone is taken as UTC.
    """
    with caller.parts.ledger.read() as uow:
        report = conservation(uow, instant(since, UTC, "since"), instant(until, UTC, "until"))
    problems = [*report.problems, *(problem for run in report.runs for problem in run.problems)]
    return AuditOut(
        sound=report.sound,
        received=report.received,
        residue=report.residue,
        runs=len(report.runs),
        problems=problems[:100],
    )
