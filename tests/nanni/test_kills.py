"""Invariant 2 by force: SIGKILL at random moments of ingest and delivery; nothing lost, doubled or made up."""

import mailbox
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pandas as pd
import pytest

from feedback.disposition import Disposition
from feedback.rows import ContractVerdict, RawBatch
from ledger.audit import conservation
from nanni.ingestion import ingest_file
from nanni.notices import delivery_of
from nanni.wiring import wire
from tests.workspaces import make_rows, make_workspace, write_csv
from tickets.notice import DeliveryState
from tickets.ports import TicketFilter

KILLS = 200
ROUNDS = 4
AT_THE_LATEST = 0.6
"""When a run is killed, as a share of what a whole one takes: the next goes on from there, so all of the work is
reached, and few runs come to their end unharmed."""
NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


class Trusting:
    """A contract that trusts every row."""

    def check(self, frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
        return ContractVerdict()


def work(workspace: Path, later: timedelta = timedelta(0)) -> None:
    """The whole job: ingest every file, deliver every notice."""
    parts = wire(workspace, lambda: NOW + later)
    parts.contracts["nps"] = Trusting()  # the contract writes nothing, and its 0.1 s a batch would be most of the time
    for path in sorted((workspace / "inbox").glob("*.csv")):
        ingest_file(parts, parts.workspace.survey("nps"), path)
    delivery = delivery_of(parts)
    while delivery.due(20).attempts:
        pass
    parts.close()


def killed_worker(workspace: Path, after: float, later: timedelta) -> bool:
    """Start the job in a child and SIGKILL it; whether it was still running."""
    child = os.fork()
    if child == 0:
        try:
            work(workspace, later)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def empty_store(folder: Path) -> Path:
    """A store with its tables and nothing in them: making them would be a third of each run."""
    workspace = make_workspace(folder)
    wire(workspace, lambda: NOW).close()
    return workspace / "state" / "nanni.db"


def prepared(folder: Path, seed: int, store: Path) -> Path:
    workspace = make_workspace(folder, batch_size=6)
    (workspace / "state").mkdir()
    copyfile(store, workspace / "state" / store.name)
    rows = make_rows(36, seed=seed, customers=9)
    write_csv(workspace / "inbox" / "a.csv", rows[:21])
    # The second export overlaps the first, revises some of it and has a row that is no good.
    revised = [{**row, "score": "2"} for row in rows[18:20]]
    write_csv(
        workspace / "inbox" / "b.csv", rows[15:18] + revised + rows[21:] + [{**rows[0], "id": "bad", "score": "99"}]
    )
    return workspace


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_anywhere_and_resumed_nothing_is_lost_doubled_or_made_up(number: int, tmp_path: Path) -> None:
    store = empty_store(tmp_path / "empty")
    work(prepared(tmp_path / "warm", 0, store))
    seconds = one_run_takes(prepared(tmp_path / "timing", 0, store))
    reference = facts_of_a_whole_run(prepared(tmp_path / "reference", number, store))
    workspace = prepared(tmp_path / "w0", number, store)
    rng = random.Random(number)
    kills = attempt = 0
    while kills < KILLS // ROUNDS and attempt < 20 * KILLS:
        attempt += 1
        if killed_worker(workspace, rng.uniform(0, AT_THE_LATEST * seconds), timedelta(minutes=10 * attempt)):
            kills += 1
        else:  # this attempt came to the end of the work: compare, and begin again
            assert_whole(workspace, reference, attempt)
            workspace = prepared(tmp_path / f"w{attempt}", number, store)
    assert_whole(workspace, reference, attempt)
    assert kills == KILLS // ROUNDS


def one_run_takes(workspace: Path) -> float:
    start = time.monotonic()
    work(workspace)
    return time.monotonic() - start


def facts_of_a_whole_run(workspace: Path) -> dict[str, object]:
    work(workspace)
    return facts(workspace)


def assert_whole(workspace: Path, reference: dict[str, object], attempt: int) -> None:
    """Finish the job and compare with a run that nobody killed."""
    work(workspace, timedelta(minutes=10 * (attempt + 1)))
    assert facts(workspace) == reference
    assert audit_problems(workspace) == []
    assert_no_phantom(workspace)


def facts(workspace: Path) -> dict[str, object]:
    parts = wire(workspace, lambda: NOW)
    with parts.ledger.read() as uow:
        runs = uow.runs.list()
        tickets = uow.tickets.list(TicketFilter(limit=10_000))
        notices = uow.outbox.list(None, 10_000)
        quarantined = uow.quarantine.list(limit=10_000)
    parts.close()
    return {
        "rows": sorted((run.file_name, run.received, counts(run.counts or {})) for run in runs),
        "tickets": sorted((t.key, t.rule, t.subject, t.responses, t.owner) for t in tickets),
        "notices": sorted((q.notice.id, q.state) for q in notices),
        "undelivered": [q for q in notices if q.state is not DeliveryState.DELIVERED],
        "quarantined": [row.rejection.row_number for row in quarantined],
    }


def counts(found: "dict[Disposition, int] | object") -> str:
    assert isinstance(found, dict)
    return ", ".join(f"{name}={found[name]}" for name in Disposition if found.get(name))


def audit_problems(workspace: Path) -> list[str]:
    parts = wire(workspace, lambda: NOW)
    with parts.ledger.read() as uow:
        report = conservation(uow)
    parts.close()
    return [*report.problems, *(problem for audit in report.runs for problem in audit.problems)]


def assert_no_phantom(workspace: Path) -> None:
    """Every mail that left tells of a committed notice, and every notice left at least once."""
    sent = {str(mail["X-Nanni-Notice"]) for mail in mailbox.Maildir(workspace / "state" / "maildir", create=False)}
    parts = wire(workspace, lambda: NOW)
    with parts.ledger.read() as uow:
        owed = {queued.notice.id for queued in uow.outbox.list(None, 10_000)}
    parts.close()
    assert sent == owed
