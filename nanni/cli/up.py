"""`nanni up`: serve the schedules."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import NanniError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show, table

START_TIMEOUT = 180


def up(*, port: int = 4200, common: Common = COMMON) -> None:
    """Serve the workspace's schedules: ingestion, delivery, escalation, outer loop. Stop with Ctrl-C.

    Uses the Prefect server of PREFECT_API_URL, or starts one on this machine.

    Parameters
    ----------
    port
        Port of the Prefect server that is started here.
    """
    with opened(common) as parts:
        settings, as_json = parts.workspace.settings, common.json
    from flows.schedules import plan, serve_schedules
    from nanni.quiet import output_to
    from nanni.wiring import system_clock

    rows = [[flow.name, when] for flow, _, when in plan(settings, system_clock())]
    data = {"workspace": settings.workspace, "schedules": dict(rows)}
    show(
        data, lambda screen: screen.print(table(f"Schedules of {settings.workspace}", ["flow", "when"], rows)), as_json
    )
    log = settings.state / "prefect.log"
    with _server(port, log, settings.state) as server:
        ERRORS.print("Serving. Stop with Ctrl-C; schedules go on when you start it again.")
        with output_to(log):
            serve_schedules(settings, server)


@contextmanager
def _server(port: int, log: Path, state: Path) -> Iterator[str]:
    """The address of the Prefect server in use: PREFECT_API_URL, else one of our own for as long as we run."""
    if given := os.environ.get("PREFECT_API_URL"):
        ERRORS.print(f"Prefect server: {given}")
        yield given
        return
    _require_free(port)
    ERRORS.print(f"Starting a Prefect server on http://127.0.0.1:{port} (log: {log}) ...", soft_wrap=True)
    with log.open("ab") as sink:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            stdout=sink,
            stderr=sink,
            env={**_own(state), **os.environ},
        )
    try:
        address = f"http://127.0.0.1:{port}/api"
        _wait_for(f"{address}/health", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    if taken:
        raise NanniError(
            "something listens on that port already",
            where=f"127.0.0.1:{port}",
            next_step="stop it (another `nanni up`?), choose another --port, or set PREFECT_API_URL to use it",
        )


def _own(state: Path) -> dict[str, str]:
    """Settings of our own server, where the environment says nothing else.

    Its files lie in the workspace's state: late runs of another workspace, whose schedules nobody serves, would keep it
    busy. Who holds a place among concurrent runs is written down: kept in memory only, a place that a killed run held
    would never be given out again.
    """
    return {
        "PREFECT_HOME": str(state / "prefect"),
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # our own server on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise NanniError("the Prefect server did not start", where=str(log), next_step="read the log; is the port taken?")
