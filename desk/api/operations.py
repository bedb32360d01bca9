"""Exports, runs, quarantine, audit and the token itself over the API."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import StreamingResponse

from desk.api.callers import Caller, allowed
from desk.api.given import Release
from desk.api.tickets import Filtered
from desk.api.told_operations import AuditOut, MeOut, ReleasedOut, RowOut, RunOut
from desk.errors import ForbiddenError
from desk.exporting import Format, exported
from feedback.disposition import Disposition, residue
from ledger.audit import conservation
from ledger.export import EVENT_COLUMNS, TICKET_COLUMNS, exported_events, exported_tickets
from nanni.release import release as release_rows
from tickets.access import Permission

Limit = Annotated[int, Query(ge=1, le=500)]
Exporter = Annotated[Caller, Depends(allowed(Permission.EXPORT))]
Watcher = Annotated[Caller, Depends(allowed(Permission.READ_RUNS))]


def me(caller: Annotated[Caller, Depends(allowed(Permission.READ_TICKETS))]) -> MeOut:
    """What the token is and may do."""
    return MeOut.of(caller.token)


def export_tickets(caller: Exporter, wanted: Filtered, format: Format = Format.CSV) -> StreamingResponse:
    """The tickets that match, as a file. In CSV a cell that a spreadsheet would run is made harmless."""
    with caller.site.parts.ledger.read() as uow:
        return exported("tickets", format, TICKET_COLUMNS, exported_tickets(uow.connection, wanted))


def export_events(caller: Exporter, wanted: Filtered, format: Format = Format.CSV) -> StreamingResponse:
    """The events of the tickets that match, as a file."""
    with caller.site.parts.ledger.read() as uow:
        return exported("events", format, EVENT_COLUMNS, exported_events(uow.connection, wanted))


def runs(caller: Watcher, limit: Limit = 50) -> list[RunOut]:
    """The latest runs."""
    with caller.site.parts.ledger.read() as uow:
        return [RunOut.of(run, residue(run.received, run.counts or {})) for run in uow.runs.list(limit)]


def quarantine(
    caller: Watcher, survey: Annotated[str | None, Query(max_length=100)] = None, limit: Limit = 200
) -> list[RowOut]:
    """Rows that wait to be released, oldest first; they belong to no team yet, so a token of some teams sees none."""
    _require_every_team(caller)
    with caller.site.parts.ledger.read() as uow:
        rows = uow.quarantine.list(survey, limit=limit)
    return [
        RowOut(
            id=row.id, survey=row.survey, row_number=row.rejection.row_number, reason=row.rejection.reason.value,
            message=row.rejection.message,
        )
        for row in rows
    ]  # fmt: skip


def release(caller: Annotated[Caller, Depends(allowed(Permission.RELEASE_QUARANTINE))], body: Release) -> ReleasedOut:
    """Take rows up again with today's mapping and contract; what still fails comes back."""
    _require_every_team(caller)
    taken = release_rows(caller.site.parts, list(dict.fromkeys(body.rows)))
    back = sum((one.run.counts or {}).get(Disposition.QUARANTINED, 0) for one in taken)
    return ReleasedOut(released=len(set(body.rows)), back=back)


def _require_every_team(caller: Caller) -> None:
    if caller.token.teams is not None:
        told = "a row in quarantine belongs to no team yet"
        raise ForbiddenError(told, next_step="use a token without teams")


def audit(caller: Annotated[Caller, Depends(allowed(Permission.READ_AUDIT))]) -> AuditOut:
    """Count every run against the rows stored and verify every chain; reads the whole store."""
    with caller.site.parts.ledger.read() as uow:
        report = conservation(uow)
    problems = [*report.problems, *(problem for run in report.runs for problem in run.problems)]
    return AuditOut(
        sound=report.sound,
        received=report.received,
        residue=report.residue,
        runs=len(report.runs),
        problems=problems[:100],
    )
