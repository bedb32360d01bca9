"""The proof that nothing was lost, invented or left unowned: counts against rows, and rows against the event log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from feedback.disposition import Disposition, residue
from feedback.ports import Run, RunState
from ledger.chain_audit import astray, not_rebuilt
from ledger.journal import broken_entries
from ledger.runs import RUNS, as_run
from ledger.schema import decisions, outbox, policies, quarantine, responses, runs, ticket_events, tickets, waits
from ledger.schema.restraint import WaitState
from ledger.store import SqlUnitOfWork
from tickets.ticket import LIVE
from triggers.outcome import Outcome


@dataclass(frozen=True, slots=True)
class RunAudit:
    """One run: what its batches say, and what is really stored. Duplicates leave a count but no row."""

    run: Run
    residue: int
    stored: Mapping[Disposition, int]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Runs of a window, and problems of the whole store, one sentence each."""

    runs: tuple[RunAudit, ...]
    problems: tuple[str, ...]

    @property
    def received(self) -> int:
        """Rows received by the runs of the window."""
        return sum(audit.run.received for audit in self.runs)

    @property
    def residue(self) -> int:
        """Rows not accounted for: 0 when the store is sound."""
        return sum(abs(audit.residue) for audit in self.runs)

    @property
    def counts(self) -> dict[Disposition, int]:
        """Rows of the window by what became of them."""
        return {kind: sum((audit.run.counts or {}).get(kind, 0) for audit in self.runs) for kind in Disposition}

    @property
    def sound(self) -> bool:
        """Whether nothing at all was found."""
        return not self.residue and not self.problems and not any(audit.problems for audit in self.runs)


def conservation(uow: SqlUnitOfWork, since: datetime | None = None, until: datetime | None = None) -> AuditReport:
    """Audit the runs started in [since, until) and the store as a whole (invariants 1, 2, 3 and 5)."""
    chosen = RUNS.order_by(runs.c.started_at, runs.c.number)
    if since is not None:
        chosen = chosen.where(runs.c.started_at >= since)
    if until is not None:
        chosen = chosen.where(runs.c.started_at < until)
    rows = uow.connection.execute(chosen).all()
    stored = _stored(uow.connection)
    audits = tuple(_audit(as_run(row), stored.get(row.number, {})) for row in rows)
    return AuditReport(audits, tuple(store_problems(uow)))


def _stored(connection: Connection) -> dict[int, dict[Disposition, int]]:
    counted: dict[int, dict[Disposition, int]] = {}
    kept = select(responses.c.run, responses.c.disposition, func.count()).group_by(
        responses.c.run, responses.c.disposition
    )
    for run, kind, count in connection.execute(kept):
        counted.setdefault(run, {})[Disposition(kind)] = count
    refused = select(quarantine.c.run, func.count()).group_by(quarantine.c.run)
    for run, count in connection.execute(refused):
        counted.setdefault(run, {})[Disposition.QUARANTINED] = count
    return counted


def _audit(run: Run, stored: Mapping[Disposition, int]) -> RunAudit:
    counts = run.counts or {}
    problems = [
        f"run {run.id}: {counts.get(kind, 0)} rows counted as {kind} but {stored.get(kind, 0)} stored"
        for kind in Disposition
        if kind is not Disposition.DUPLICATE and counts.get(kind, 0) != stored.get(kind, 0)
    ]
    left = residue(run.received, counts)
    if left and run.state is not RunState.FAILED:
        problems.append(f"run {run.id}: {left} of {run.received} rows are not accounted for")
    return RunAudit(run, left, stored, tuple(problems))


def store_problems(uow: SqlUnitOfWork) -> Iterator[str]:
    """What is wrong in the store as a whole, one sentence each; nothing when it is sound."""
    yield from _unanswered(uow.connection)
    yield from _unowned(uow.connection)
    yield from _phantoms(uow.connection)
    yield from _unexplained(uow.connection)
    yield from uow.tickets.verify_chain()
    yield from broken_entries(uow.connection)
    yield from not_rebuilt(uow.connection)
    yield from astray(uow.connection)


def _unanswered(connection: Connection) -> Iterator[str]:
    silent = responses.c.disposition.in_([Disposition.QUIET.value, Disposition.HELD.value])
    unreasoned = and_(responses.c.disposition == Disposition.SUPPRESSED.value, responses.c.disposition_reason.is_(None))
    waiting = select(waits.c.response).where(waits.c.state == WaitState.WAITING.value)
    fired = select(responses.c.response_id, responses.c.disposition).join_from(decisions, responses)
    unasked = and_(silent, responses.c.id.not_in(waiting))
    found = connection.execute(fired.where(decisions.c.outcome == int(Outcome.FIRED), or_(unasked, unreasoned)))
    for row in found:
        yield f"response {row.response_id}: a rule fired but it is {row.disposition}, with no ticket and no reason"


def _unowned(connection: Connection) -> Iterator[str]:
    live = tickets.c.status.in_([status.value for status in LIVE])
    for key in connection.execute(select(tickets.c.key).where(live, tickets.c.owner == "")).scalars():
        yield f"{key}: it is open and nobody owns it"


def _phantoms(connection: Connection) -> Iterator[str]:
    told = and_(ticket_events.c.ticket == outbox.c.ticket, ticket_events.c.sequence == outbox.c.event_sequence)
    missing = select(outbox.c.id, outbox.c.ticket).outerjoin_from(outbox, ticket_events, told)
    for row in connection.execute(missing.where(ticket_events.c.id.is_(None), outbox.c.ticket.is_not(None))):
        yield f"notice {row.id}: it tells of an event of {row.ticket} that does not exist"


def _unexplained(connection: Connection) -> Iterator[str]:
    used = select(decisions.c.response).where(decisions.c.policy == policies.c.id).exists()
    without = select(policies.c.hash).where(policies.c.content.is_(None), used)
    for name in connection.execute(without).scalars():
        yield f"policy {name}: decisions were made under it but its text is not kept"
