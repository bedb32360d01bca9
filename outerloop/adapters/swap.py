"""Replacing a file under its readers: write beside it, make it durable, rename it over, clear what a kill left."""

import fcntl
import glob
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import StoreError

_MARK = ".refreshing-"


class RefreshRunningError(StoreError):
    """Another process is refreshing this warehouse; wait for it."""

    retryable = True


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the right to replace `path`. Raises RefreshRunningError at once when another process has it.

    The kernel lets go of the lock when its holder dies, however it dies; the empty lock file stays.
    """
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefreshRunningError(
                "another refresh of this warehouse is running", where=str(path), next_step="wait for it to finish"
            ) from error
        yield
    finally:
        os.close(handle)


def beside(path: Path) -> Path:
    """A fresh name in the same folder (so that the rename is atomic), recognised by `clear_leftovers`."""
    return path.with_name(f".{path.name}{_MARK}{uuid.uuid4().hex}")


def clear_leftovers(path: Path) -> int:
    """Remove what refreshes that did not finish left beside `path`; call it inside `only_one`. Returns how many."""
    found = list(path.parent.glob(f".{glob.escape(path.name)}{_MARK}*"))
    for leftover in found:
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    return len(found)


def swap_in(fresh: Path, path: Path) -> None:
    """Make `fresh` durable and let it take the place of `path` in one step: whole, or not at all."""
    _sync(fresh)
    os.replace(fresh, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
