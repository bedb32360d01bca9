"""A real desk on a port of its own, and Debian's Chromium to look at it with."""

import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from desk.app import create_desk
from nanni.parts import Parts
from tests.desk.site import LIGHT

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def serving(parts: Parts) -> Iterator[str]:
    """The address of a desk that is being served; tickets live by the clock of the parts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = create_desk(parts, base_url=url, passwords=LIGHT)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of uvicorn's own start
        thread.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.05)
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(10)
