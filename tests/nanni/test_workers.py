"""Worker processes change nothing but the time it takes: same rows, same errors, nobody left behind."""

import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from feedback.disposition import Disposition
from feedback.errors import NanniError, SourceError
from nanni.ingestion import Intake, begin_file, finish_run, ingest_file, prepared_batches, settle
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.workers import WorkerLost, in_order
from tests.workspaces import make_rows, make_workspace, write_csv
from triggers.keywords.query import QueryError

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
TABLES = {
    "responses": "*",
    "decisions": "*",
    "tickets": "*",
    "quarantine": "*",
    "outbox": "*",
    "run_batches": "*",
    "customers": "id, email",
    "ticket_events": "ticket, sequence, kind, reason, data, note",
}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    wired = wire(make_workspace(tmp_path / "ws"), lambda: NOW)
    yield wired
    wired.close()


def ingested(folder: Path, workers: int, kill_after: int | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a file with duplicates and revisions across batches leaves in the store.

    With `kill_after` the workers are killed once that many batches are committed, and the file is taken up again.
    """
    workspace = make_workspace(folder, batch_size=150)
    with (workspace / "nanni.yaml").open("a") as settings:
        settings.write(f"workers: {workers}\n")
    rows = make_rows(1000, customers=300)
    rows[200:210] = rows[100:110]
    rows[450]["score"] = "11"
    rows[600:605] = [{**row, "comment": "The lamp burned my hand."} for row in rows[500:505]]
    parts = wire(workspace, lambda: NOW)
    intake = begin_file(parts, parts.workspace.survey("nps"), write_csv(workspace / "inbox" / "export.csv", rows))
    if kill_after is not None:
        with pytest.raises(WorkerLost):
            take(parts, intake, kill_after)
        intake = begin_file(parts, intake.survey, intake.path)
        assert kill_after <= len(intake.done) < 7, "the kill came too late to prove anything"
    take(parts, intake)
    counts = finish_run(parts, intake.run).counts or {}
    parts.close()
    assert (counts[Disposition.DUPLICATE], counts[Disposition.QUARANTINED]) == (10, 1)
    with sqlite3.connect(workspace / "state" / "nanni.db") as store:
        found = {name: store.execute(f"SELECT {names} FROM {name}").fetchall() for name, names in TABLES.items()}
    store.close()
    assert sum(revision == 2 for _, _, _, revision, *_ in found["responses"]) == 5
    return found


def take(parts: Parts, intake: Intake, kill_after: int | None = None) -> None:
    """Prepare the open batches in several processes and commit them; perhaps kill those on the way."""
    for number, (raw, prepared) in enumerate(prepared_batches(parts, intake, spread_from=0), 1):
        settle(parts, intake.survey, intake.run, raw, prepared)
        if number == kill_after:
            for worker in active_children():
                os.kill(worker.pid or 0, signal.SIGKILL)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """What one process leaves in the store."""
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one processor: nothing is spread")
    return ingested(tmp_path_factory.mktemp("one") / "ws", workers=1)


def test_the_store_holds_the_same_whoever_prepared_the_batches(
    alone: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    assert ingested(tmp_path / "ws", workers=2) == alone


def test_the_store_holds_the_same_after_a_worker_was_killed_and_the_file_taken_up_again(
    alone: dict[str, list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    assert ingested(tmp_path / "ws", workers=2, kill_after=1) == alone


def test_an_answer_that_goes_back_to_its_first_words_is_told_so_though_its_batches_were_prepared_together(
    tmp_path: Path,
) -> None:
    """The later batch looks like a duplicate of what the store holds while the earlier one is not committed yet."""
    workspace = make_workspace(tmp_path / "ws", batch_size=1)
    (first,) = make_rows(1)
    second = {**first, "comment": "On second thoughts the lamp is lovely."}
    with (workspace / "nanni.yaml").open("a") as settings:
        settings.write("workers: 2\n")
    parts = wire(workspace, lambda: NOW)
    survey = parts.workspace.survey("nps")
    ingest_file(parts, survey, write_csv(workspace / "inbox" / "a.csv", [first]))
    intake = begin_file(parts, survey, write_csv(workspace / "inbox" / "b.csv", [second, first]))
    for raw, prepared in prepared_batches(parts, intake, spread_from=0):
        settle(parts, survey, intake.run, raw, prepared)
    with parts.ledger.read() as uow:
        latest = uow.responses.find(first["id"])
    parts.close()
    assert (latest.revision, latest.response.comments[0].text) == (3, first["comment"])


def doubled(parts: Parts, number: int) -> tuple[int, int, str, datetime]:
    time.sleep(0.01 * (number % 3))
    return 2 * number, os.getpid(), parts.workspace.policy.policy.hash, parts.clock()


def test_results_come_in_the_order_of_the_items_from_processes_with_the_same_policy_and_clock(parts: Parts) -> None:
    found = list(in_order(parts, doubled, iter(range(20)), workers=3))
    assert [(item, result) for item, (result, *_) in found] == [(n, 2 * n) for n in range(20)]
    assert os.getpid() not in {process for _, (_, process, *_) in found}
    assert {(policy, now) for _, (_, _, policy, now) in found} == {(parts.workspace.policy.policy.hash, NOW)}


def test_one_worker_is_this_process(parts: Parts) -> None:
    done = in_order(parts, doubled, iter(range(3)), workers=1)
    assert {process for _, (_, process, *_) in done} == {os.getpid()}


def test_a_process_that_helps_takes_an_item_rather_than_wait_and_the_order_stays(parts: Parts) -> None:
    found = list(in_order(parts, doubled, iter(range(20)), workers=2, patience=0))
    assert [(item, result) for item, (result, *_) in found] == [(n, 2 * n) for n in range(20)]
    processes = [process for _, (_, process, *_) in found]
    # The first two items went to the other process, which was still starting.
    assert os.getpid() not in processes[:2]
    assert processes[2] == os.getpid()


def slowly(parts: Parts, number: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_a_process_helps_once_it_has_waited_long_enough(parts: Parts) -> None:
    found = [process for _, process in in_order(parts, slowly, iter(range(20)), workers=2, patience=0.05)]
    mine = [process == os.getpid() for process in found]
    assert not any(mine[:3]), "nothing was waited for yet"
    assert any(mine[3:])


def refused(parts: Parts, number: int) -> int:
    if number == 2:
        raise SourceError("the third is bad", where="batch 2", next_step="mend it")
    return number


@pytest.mark.parametrize("patience", [0, inf])
def test_an_error_comes_back_as_it_was_raised_when_its_turn_has_come(parts: Parts, patience: float) -> None:
    done = []
    with pytest.raises(SourceError) as caught:
        for _, number in in_order(parts, refused, iter(range(9)), workers=2, patience=patience):
            done.append(number)
    assert done == [0, 1]
    assert (caught.value.what, caught.value.where, caught.value.next_step) == ("the third is bad", "batch 2", "mend it")


@pytest.mark.parametrize(
    "error", [SourceError("a", where="b", allowed="c", next_step="d"), QueryError("what", "late OR", 3)]
)
def test_errors_pickle_whatever_their_constructor_takes(error: NanniError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def died(parts: Parts, number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_worker_that_dies_is_an_error_with_a_next_step(parts: Parts) -> None:
    with pytest.raises(WorkerLost, match="run it again"):
        list(in_order(parts, died, iter(range(3)), workers=2))


def stuck(parts: Parts, pid_file: Path) -> None:
    pid_file.write_text(str(os.getpid()))
    time.sleep(600)


PARENT = """
import sys
from pathlib import Path
from nanni.wiring import wire
from nanni.workers import in_order
from tests.nanni.test_workers import stuck
if __name__ == "__main__":
    list(in_order(wire(Path(sys.argv[1])), stuck, iter([Path(sys.argv[2])]), workers=2))
"""


def test_a_killed_parent_leaves_no_worker_behind(tmp_path: Path) -> None:
    script, pid_file = tmp_path / "parent.py", tmp_path / "pid"
    script.write_text(PARENT)
    root = str(Path(__file__).parent.parent.parent)
    command = [sys.executable, str(script), str(make_workspace(tmp_path / "ws")), str(pid_file)]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": root}, stderr=subprocess.DEVNULL) as parent:
        until(lambda: pid_file.exists() and pid_file.read_text() != "")
        parent.kill()
    worker = int(pid_file.read_text())
    until(lambda: not alive(worker))
    assert parent.returncode != 0


def alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def until(holds: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
