"""What `nanni doctor` looks at: the installation, the stores, and the work that waits for somebody."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from feedback.errors import NanniError
from feedback.ports import RunState
from ledger.audit import conservation
from ledger.waits import SqlWaitStore
from models.drift import DriftState
from nanni.contracts import contract_for
from nanni.drift import NEXT_STEP, drift_of_survey, told
from nanni.intake import waiting_files
from nanni.notices import notifiers
from nanni.parts import Parts
from tickets.notice import DeliveryState
from tickets.ports import TicketFilter
from tickets.ticket import LIVE

STALE_WAREHOUSE = timedelta(days=2)
MANY = 1_000_000
LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; when it is not in order, `found` says what to do."""

    subject: str
    ok: bool
    found: str


def examine(parts: Parts) -> list[Finding]:
    """Every finding, in a fixed order; a check that raises one of our errors is a finding too."""
    checks: tuple[tuple[str, Callable[[Parts], Iterator[Finding]]], ...] = (
        ("installation", _installation),
        ("telemetry", _telemetry),
        ("sentiment model", _model),
        ("drift", _drift),
        ("contracts", _contracts),
        ("notices", _notices),
        ("ledger", _ledger),
        ("runs", _runs),
        ("quarantine", _quarantine),
        ("waits", _waits),
        ("tickets", _tickets),
        ("warehouse", _warehouse),
    )
    found: list[Finding] = []
    for subject, check in checks:
        try:
            found.extend(check(parts))
        except NanniError as error:
            found.append(Finding(subject, False, str(error)))
    return found


def _installation(parts: Parts) -> Iterator[Finding]:
    names = ("nanni", "prefect", "fastapi", "pandas", "duckdb", "great-expectations", "onnxruntime", "transformers")
    yield Finding("installation", True, ", ".join(f"{name} {version(name)}" for name in names))


def _telemetry(parts: Parts) -> Iterator[Finding]:
    off = os.environ.get("DO_NOT_TRACK") == "1" and os.environ.get("GX_ANALYTICS_ENABLED") == "false"
    yield Finding("telemetry", off, "off" if off else "on: unset your DO_NOT_TRACK or GX_ANALYTICS_ENABLED")


def _model(parts: Parts) -> Iterator[Finding]:
    yield Finding("sentiment model", True, parts.model.model_id)


def _drift(parts: Parts) -> Iterator[Finding]:
    """Whether each survey's latest comments are still like those they are compared with; see `nanni.drift`."""
    found = {name: drift for name in parts.workspace.surveys if (drift := drift_of_survey(parts, name)) is not None}
    if not found:
        yield Finding("drift", True, "no scored comments to compare yet")
        return
    for name, drift in found.items():
        hint = f"; {NEXT_STEP}" if drift.state in (DriftState.ALARM, DriftState.UNSURE) else ""
        yield Finding(f"drift, {name}", drift.state is not DriftState.ALARM, told(drift) + hint)


def _contracts(parts: Parts) -> Iterator[Finding]:
    for survey in parts.workspace.surveys.values():
        contract_for(survey, parts.workspace.folder).prepare()
    yield Finding("contracts", True, f"{len(parts.workspace.surveys)} suites build")


def _notices(parts: Parts) -> Iterator[Finding]:
    ways = ", ".join(notifiers(parts.workspace.settings))
    with parts.ledger.read() as uow:
        dead = len(uow.outbox.list(DeliveryState.DEAD, MANY))
        due = len(uow.outbox.due(parts.clock(), MANY))
    told = f"{due} waiting, {dead} dead; channels {ways}"
    hint = "; `nanni notices list --state dead`, mend, then `nanni notices replay --everything`" if dead else ""
    yield Finding("notices", dead == 0, told + hint)


def _ledger(parts: Parts) -> Iterator[Finding]:
    with parts.ledger.read() as uow:
        report = conservation(uow)
    told = f"{report.received:,} rows received, residue {report.residue}, {len(report.problems)} problems"
    yield Finding("ledger", report.sound, told + ("" if report.sound else "; run `nanni audit`"))


def _runs(parts: Parts) -> Iterator[Finding]:
    with parts.ledger.read() as uow:
        runs = uow.runs.list(MANY)
    open_runs = [run for run in runs if run.state is not RunState.DONE]
    known = {run.content_hash for run in runs if run.state is RunState.DONE}
    from feedback.adapters.inbox import file_hash

    fresh = [path.name for _, path in waiting_files(parts, None, None) if file_hash(path) not in known]
    told = f"{len(runs)} runs, {len(open_runs)} unfinished, {len(fresh)} files waiting"
    hint = (
        f"; {open_runs[0].file_name}: {open_runs[0].error or 'interrupted, run `nanni ingest` again'}"
        if open_runs
        else ""
    )
    yield Finding("runs", not open_runs, told + hint)


def _quarantine(parts: Parts) -> Iterator[Finding]:
    with parts.ledger.read() as uow:
        rows = len(uow.quarantine.list(limit=MANY))
    yield Finding("quarantine", True, f"{rows} rows wait" + ("; `nanni quarantine list`" if rows else ""))


def _waits(parts: Parts) -> Iterator[Finding]:
    with parts.ledger.read() as uow:
        store = SqlWaitStore(uow.connection)
        waiting, over = store.count(), len(store.due(parts.clock() - LATE))
    told = f"{waiting} responses wait for a comment that may follow"
    yield Finding("waits", not over, told + (f", {over} longer than they should; `nanni ingest`" if over else ""))


def _tickets(parts: Parts) -> Iterator[Finding]:
    with parts.ledger.read() as uow:
        live = len(uow.tickets.list(TicketFilter(statuses=LIVE, limit=MANY)))
        late = len(uow.tickets.list(TicketFilter(statuses=LIVE, overdue_at=parts.clock(), limit=MANY)))
    yield Finding(
        "tickets", True, f"{live} live, {late} overdue" + ("; `nanni tickets list --overdue`" if late else "")
    )


def _warehouse(parts: Parts) -> Iterator[Finding]:
    path = parts.workspace.settings.warehouse
    if not path.is_file():
        yield Finding("warehouse", False, "not made yet; `nanni outer-loop refresh`")
        return
    age = parts.clock() - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    stale = age > STALE_WAREHOUSE
    told = f"{path.stat().st_size / 1e6:.1f} MB, {max(age.total_seconds(), 0) / 3600:.0f} h old"
    yield Finding("warehouse", not stale, told + ("; `nanni outer-loop refresh`" if stale else ""))
