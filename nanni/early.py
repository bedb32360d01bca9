"""Slow imports begun early, in the time that Prefect's temporary server takes to start."""

import threading
from importlib import import_module

SLOW = ("great_expectations", "onnxruntime", "tokenizers")


def import_early() -> None:
    """Begin importing what the first batch needs. Call it once Prefect is imported, so that the two do not mix.

    Whoever needs a module before its import is over waits for it, as for any import.
    """
    threading.Thread(target=_import, name="nanni-early-imports", daemon=True).start()


def _import() -> None:
    for name in SLOW:
        import_module(name)
