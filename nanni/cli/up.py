"""`nanni up`: serve the schedules."""

import os
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

    rows = [[flow.name, when] for flow, _, when in plan(settings)]
    data = {"workspace": settings.workspace, "schedules": dict(rows)}
    show(
        data, lambda screen: screen.print(table(f"Schedules of {settings.workspace}", ["flow", "when"], rows)), as_json
    )
    log = settings.state / "prefect.log"
    with _server(port, log):
        ERRORS.print("Serving. Stop with Ctrl-C; schedules go on when you start it again.")
        with output_to(log):
            serve_schedules(settings)


@contextmanager
def _server(port: int, log: Path) -> Iterator[None]:
    """The Prefect server in use: the one PREFECT_API_URL names, else one of our own for as long as we run."""
    if os.environ.get("PREFECT_API_URL"):
        ERRORS.print(f"Prefect server: {os.environ['PREFECT_API_URL']}")
        yield
        return
    ERRORS.print(f"Starting a Prefect server on http://127.0.0.1:{port} (log: {log}) ...", soft_wrap=True)
    with log.open("ab") as sink:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            stdout=sink,
            stderr=sink,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health", server, log)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # our own server on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise NanniError("the Prefect server did not start", where=str(log), next_step="read the log; is the port taken?")
