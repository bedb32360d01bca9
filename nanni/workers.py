"""Work without side effects spread over processes, with results in the order of the items.

Processes are spawned, not forked: nothing is inherited but the workspace that is handed over, so that every process
decides under the very policy of the one that commits.
"""

import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import datetime
from math import inf
from multiprocessing import connection, get_context, parent_process
from typing import TypeVar

from feedback.errors import NanniError
from ledger.store import open_ledger
from nanni.parts import Parts
from nanni.quiet import quiet_libraries
from nanni.workspace import Workspace

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Items handed out for each worker: one in work and one waiting, so that memory stays bounded and nobody idles."""

CACHE_KIB = 16 * 1024
"""Of the store in a worker's memory: it only looks up ids, and does not gain by more."""

COLLECT_EVERY = 200_000
"""New objects between two collections of garbage; the default, 700, costs a quarter of ingestion's time."""


class WorkerLost(NanniError):
    """A worker process died, most likely for want of memory."""

    retryable = True


def in_order(
    parts: Parts, work: Callable[[Parts, T], R], items: Iterator[T], workers: int, patience: float = inf
) -> Iterator[tuple[T, R]]:
    """Each item with `work` on it, in order; `workers` counts this process, which is to do the rest of each item's way.

    With one worker nothing is spawned. Once this process has waited `patience` seconds in all for the others, it takes
    an item itself rather than wait again; what it needs for that it then loads, too.
    `work` is a module's function (or a partial of one), and its items, results and errors must pickle; an error comes
    back as it was raised. Raises WorkerLost when a process dies.
    """
    if workers < 2:
        yield from ((item, work(parts, item)) for item in items)
        return
    pool = ProcessPoolExecutor(workers - 1, get_context("spawn"), _start, (parts.workspace,))
    pending: deque[tuple[T, Future[R]]] = deque()
    ahead, waited = AHEAD * (workers - 1), _Waited()
    try:
        for item in items:
            helps = waited.seconds >= patience
            while len(pending) > ahead + helps or (_fed(pending, ahead) and pending[0][1].done()):
                yield waited.done(*pending.popleft())
            mine = helps and _fed(pending, ahead)
            pending.append(
                (item, _here_now(work, parts, item) if mine else pool.submit(_run, work, parts.clock(), item))
            )
        while pending:
            yield waited.done(*pending.popleft())
    except BrokenProcessPool as error:
        raise WorkerLost(
            "a worker process ended unexpectedly, most likely for want of memory",
            next_step="run it again, it goes on where it stopped; `workers: 1` in nanni.yaml does all in one process",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Waited:
    """How long this process has stood still for the others, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def done(self, item: T, future: Future[R]) -> tuple[T, R]:
        """An item with its result, once that is there."""
        began = time.monotonic()
        wait([future])
        self.seconds += time.monotonic() - began
        return item, future.result()


def _fed(pending: Iterable[tuple[T, Future[R]]], ahead: int) -> bool:
    """Whether the other processes have all the items they are to have."""
    return sum(not future.done() for _, future in pending) >= ahead


def _here_now(work: Callable[[Parts, T], R], parts: Parts, item: T) -> Future[R]:
    """The work on an item done by this process; an error waits for the item's turn like another process's."""
    future: Future[R] = Future()
    try:
        future.set_result(work(parts, item))
    except NanniError as error:
        future.set_exception(error)
    return future


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage rarely: batches are large and hold no cycles, and what was loaded before stays anyway."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


_here: list[Parts] = []
"""The parts of this worker process; `_start` puts them there."""


def _start(workspace: Workspace) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    quiet_libraries(os.environ)
    ledger = open_ledger(workspace.settings.store_url, surveys=workspace.surveys, migrate=False, cache_kib=CACHE_KIB)
    _here.append(Parts(workspace, ledger, datetime.now))
    gc.set_threshold(COLLECT_EVERY, 10, 10)


def _end_with_parent() -> None:
    """A killed parent cannot say goodbye, and a pool's worker would wait for it for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _run(work: Callable[[Parts, T], R], now: datetime, item: T) -> R:
    parts = _here[0]
    parts.clock = lambda: now
    return work(parts, item)
