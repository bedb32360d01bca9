"""Opening the store, and what a person is told when it cannot be used."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from feedback.errors import ConfigError, StoreError
from ledger import SqlLedger, open_ledger
from ledger.engine import connect, transaction
from ledger.errors import StoreBusyError
from tests.builders import NOON, a_batch, a_run, landings


@pytest.mark.parametrize("url", ["mysql://host/db", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"Allowed: sqlite:///"):
        open_ledger(url)


def test_a_new_store_is_made_with_its_folder(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'state' / 'deep' / 'nanni.db'}")
    with ledger.read() as uow:
        assert uow.runs.list() == []
    ledger.close()


def test_a_commit_is_flushed_to_disk(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'nanni.db'}")
    with transaction(engine, writes=False) as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_reading_unit_refuses_to_write(ledger: SqlLedger) -> None:
    with pytest.raises(StoreError, match="cannot be written"), ledger.read() as uow:
        uow.runs.start(a_run())
    with ledger.begin() as uow:
        assert uow.runs.start(a_run()).id == "run-1"


def test_a_file_that_is_no_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "nanni.db").write_text("Dear customer, " * 100)
    with pytest.raises(StoreError, match="not a Nanni store"):
        open_ledger(f"sqlite:///{tmp_path / 'nanni.db'}")


def test_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match=r"folder of the store cannot be made"):
        open_ledger(f"sqlite:///{tmp_path / 'state' / 'nanni.db'}")


def test_a_store_in_the_place_of_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_ledger(f"sqlite:///{tmp_path}")


def test_a_locked_store_can_be_tried_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nanni.db'}"
    open_ledger(url).close()
    engine = _impatient(url)
    holder = sqlite3.connect(tmp_path / "nanni.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="kept the store locked") as caught, SqlLedger(engine).begin():
        pass
    assert caught.value.retryable
    holder.execute("ROLLBACK")
    holder.close()
    engine.dispose()


def test_a_full_disk_keeps_nothing_of_the_batch(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'nanni.db'}")
    batch = a_batch([1.0] * 500, ["x" * 2_000] * 500)
    with pytest.raises(StoreError, match="disk of the store is full"), ledger.begin() as uow:
        uow.runs.start(a_run())
        pages = uow.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        uow.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
        uow.responses.add("run-1", batch, landings(batch))
    with ledger.read() as uow:
        assert uow.runs.list() == []
    ledger.close()


def test_an_unreachable_server_says_so() -> None:
    with pytest.raises(StoreError, match="cannot connect to the store"):
        open_ledger("postgresql://nanni:secret@127.0.0.1:1/nanni")


def test_an_error_never_shows_the_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_ledger("postgresql://nanni:hunter2@127.0.0.1:1/nanni")
    assert "hunter2" not in str(caught.value)


def test_a_killed_writer_loses_no_commit_and_leaves_no_half(store_url: str, reopen: Callable[[], SqlLedger]) -> None:
    writer = (
        "import os, signal, sys\n"
        "from ledger import open_ledger\n"
        "from tests.builders import a_batch, a_run, landings\n"
        "ledger = open_ledger(sys.argv[1])\n"
        "with ledger.begin() as uow:\n"
        "    uow.runs.start(a_run())\n"
        "    uow.responses.add('run-1', a_batch([1.0]), landings(a_batch([1.0])))\n"
        "with ledger.begin() as uow:\n"
        "    batch = a_batch([2.0] * 5000, ids=[f'K{i}' for i in range(5000)])\n"
        "    uow.responses.add('run-1', batch, landings(batch))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", writer, store_url], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    with reopen().read() as uow:
        assert uow.responses.count() == 1
        assert uow.responses.find("R1").response.submitted_at == NOON


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(ledger: SqlLedger) -> None:
    with ledger.begin() as uow:
        uow.runs.start(a_run())
    child = os.fork()
    if child == 0:
        try:
            with ledger.begin() as uow:
                uow.runs.start(a_run("run-2", content_hash="file-2"))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    with ledger.read() as uow:
        assert {run.id for run in uow.runs.list()} == {"run-1", "run-2"}


def _impatient(url: str) -> Engine:
    from sqlalchemy import event

    engine = connect(url)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
    return engine
