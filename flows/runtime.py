"""What every flow needs: the wired parts of a workspace, a clock that can be set, and when a retry makes sense."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from feedback.errors import NanniError
from nanni.parts import Parts
from nanni.wiring import wire

RETRY_DELAYS = [1.0, 5.0, 15.0]
"""Seconds between attempts of a step that does I/O."""
Done = TypeVar("Done")


def clock_at(now: str | None) -> Callable[[], datetime]:
    """The system clock, or one that stands at an ISO 8601 instant (backfills, the demo, tests)."""
    if now is None:
        return lambda: datetime.now(UTC)
    fixed = datetime.fromisoformat(now)
    return lambda: fixed


_shared: ContextVar[Parts | None] = ContextVar("shared parts", default=None)


@contextmanager
def sharing(parts: Parts) -> Iterator[None]:
    """Flows that run inside use these parts when they are asked for the same workspace, instead of wiring their own."""
    token = _shared.set(parts)
    try:
        yield
    finally:
        _shared.reset(token)


@contextmanager
def parts_of(workspace: str, now: str | None) -> Iterator[Parts]:
    """The wired workspace, shared with the flow around this one where there is one; closed by whoever wired it."""
    shared = _shared.get()
    if shared is not None and shared.workspace.folder == Path(workspace):
        yield replace(shared, clock=clock_at(now))
        return
    parts = wire(Path(workspace), clock_at(now))
    try:
        with sharing(parts):
            yield parts
    finally:
        parts.close()


def worth_a_retry(task: Task[Any, Any], run: TaskRun, state: State[Any]) -> bool:
    """Only errors that say so themselves are tried again; a second try cannot mend bad data or a wrong setting."""
    error = state.data
    return error.retryable if isinstance(error, NanniError) else isinstance(error, OSError)


def retried(name: str, step: Callable[[], Done]) -> Done:
    """Do a step as a task of its own, tried again where that can help. Raises what the last attempt raised."""
    with_retries = task(
        name=name,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=RETRY_DELAYS,
        retry_condition_fn=worth_a_retry,
    )
    return with_retries(step)()
