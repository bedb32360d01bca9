"""Keeps what libraries print away from the terminal: it goes to a log file, our own output stays on the screen."""

import os
import sys
import warnings
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

LIBRARY_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    # A first start migrates the server's database; the 20 s default is too short on a fresh or busy machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def quiet_libraries(environ: MutableMapping[str, str]) -> None:
    """Telemetry off, library chatter off; a value the user has set stays. Call before the libraries are imported."""
    for name, value in LIBRARY_SETTINGS.items():
        environ.setdefault(name, value)
    warnings.filterwarnings("ignore", module=r"(prefect|great_expectations|transformers|websockets|pydantic)(\..*)?")


@contextmanager
def output_to(log: Path) -> Iterator[TextIO]:
    """Send the process's stdout and stderr, child processes' too, to `log`; yields a stream to the real stderr.

    Done on the file descriptors because Prefect's temporary server is a child that inherits them and prints dozens of
    error lines when it stops (PrefectHQ/prefect, 3.8).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    with log.open("ab") as sink, os.fdopen(os.dup(saved[1]), "w", encoding="utf-8") as screen:
        try:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            yield screen
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for fd, original in zip((1, 2), saved, strict=True):
                os.dup2(original, fd)
                os.close(original)
