"""`nanni up` as a user runs it: its schedules really take a file and deliver the notices, and nothing stays behind."""

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.workspaces import make_rows, make_workspace, write_csv

PATIENCE = 240
FLOWS = "flows: {ingest_every_seconds: 30, deliver_every_seconds: 30}\n"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def delivered(folder: Path) -> int:
    store = folder / "state" / "nanni.db"
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store, timeout=30)) as ledger:
        made = ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone()
        query = "SELECT count(*) FROM outbox WHERE state = 'delivered'"
        return int(ledger.execute(query).fetchone()[0]) if made else 0


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def heed_ctrl_c() -> None:
    """What a shell starts in the background, this suite for one, ignores it, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_a_file_is_taken_and_its_notices_delivered_by_the_schedules(tmp_path: Path) -> None:
    folder, port = make_workspace(tmp_path / "ws"), free_port()
    with (folder / "nanni.yaml").open("a") as settings:
        settings.write(FLOWS)
    write_csv(folder / "inbox" / "a.csv", make_rows(20))
    command: list[str | Path] = [Path(sys.executable).with_name("nanni"), "up", "--port", str(port), "-w", folder]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, preexec_fn=heed_ctrl_c) as served:
        try:
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline and served.poll() is None and not delivered(folder):
                time.sleep(0.5)
            found = delivered(folder)
            served.send_signal(signal.SIGINT)
            assert served.wait(60) == 0
        finally:
            served.kill()
    assert found, (folder / "state" / "prefect.log").read_text()[-3000:]
    assert not answers(port)
