"""Runs and their committed batches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from feedback.disposition import Disposition, require_conservation
from feedback.errors import NotFoundError, StaleWriteError
from feedback.ports import Run, RunState
from ledger.bulk import insert_new
from ledger.schema import DISPOSITIONS, run_batches, runs

_SUMS = (
    select(
        run_batches.c.run,
        func.sum(run_batches.c.received).label("received"),
        *(func.sum(run_batches.c[name]).label(name) for name in DISPOSITIONS),
    )
    .group_by(run_batches.c.run)
    .subquery("sums")
)
RUNS = select(runs, *_SUMS.c).outerjoin_from(runs, _SUMS, runs.c.number == _SUMS.c.run)


def run_number(connection: Connection, run_id: str) -> int:
    """The short key of a run. Raises NotFoundError."""
    number = connection.execute(select(runs.c.number).where(runs.c.id == run_id)).scalar_one_or_none()
    if number is None:
        raise NotFoundError(f"no run {run_id!r} in the store", next_step="see the last runs with `nanni audit`")
    return int(number)


class SqlRunStore:
    """`feedback.ports.RunStore` in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, run: Run) -> Run:
        """Record the run, or return the one that already has this survey and content hash."""
        insert_new(
            self._connection, runs,
            id=run.id, survey=run.survey, source=run.source, file_name=run.file_name, content_hash=run.content_hash,
            batch_size=run.batch_size,
            state=run.state.value, started_at=run.started_at, finished_at=run.finished_at, error=run.error,
            taxonomy=run.taxonomy,
        )  # fmt: skip
        same = (runs.c.survey == run.survey, runs.c.content_hash == run.content_hash)
        found = self._connection.execute(RUNS.where(*same)).one_or_none()
        if found is None:
            raise StaleWriteError(
                f"run id {run.id!r} belongs to another file", next_step="give each run an id of its own"
            )
        if found.state != RunState.DONE.value and found.taxonomy != run.taxonomy:  # resumed under other queries
            self._connection.execute(update(runs).where(*same).values(taxonomy=""))
            return replace(as_run(found), taxonomy="")
        return as_run(found)

    def get(self, run_id: str) -> Run:
        """The run with its summed counts. Raises NotFoundError."""
        number = run_number(self._connection, run_id)
        return as_run(self._connection.execute(RUNS.where(runs.c.number == number)).one())

    def list(self, limit: int = 50, before: str | None = None) -> Sequence[Run]:
        """Latest runs first, only those before run `before`. Raises NotFoundError when there is no such run."""
        latest = RUNS.order_by(runs.c.started_at.desc(), runs.c.number.desc()).limit(limit)
        if before is not None:
            at, number = self.get(before).started_at, run_number(self._connection, before)
            earlier = and_(runs.c.started_at == at, runs.c.number < number)
            latest = latest.where(or_(runs.c.started_at < at, earlier))
        return [as_run(row) for row in self._connection.execute(latest)]

    def committed_batches(self, run_id: str) -> frozenset[int]:
        """Numbers of the batches already in the ledger: what a resumed run skips."""
        mine = run_batches.c.run == run_number(self._connection, run_id)
        return frozenset(self._connection.execute(select(run_batches.c.number).where(mine)).scalars())

    def record_batch(self, run_id: str, number: int, received: int, counts: Mapping[Disposition, int]) -> None:
        """Record a batch's counts, each row in exactly one.

        Raises ConservationError when they do not add up to `received`, StaleWriteError when the batch is there already.
        """
        require_conservation(run_id, received, counts)
        named = {kind.value: counts.get(kind, 0) for kind in Disposition}
        run = run_number(self._connection, run_id)
        if not insert_new(self._connection, run_batches, run=run, number=number, received=received, **named):
            raise StaleWriteError(
                f"batch {number} was committed by somebody else meanwhile",
                where=f"run {run_id}",
                next_step="run the ingestion again; it skips what is committed",
            )

    def finish(self, run_id: str, at: datetime, state: RunState, error: str = "") -> None:
        """Close the run."""
        mine = runs.c.number == run_number(self._connection, run_id)
        self._connection.execute(update(runs).where(mine).values(state=state.value, finished_at=at, error=error))


def as_run(row: Row[Any]) -> Run:
    """A row of `RUNS` as a run."""
    return Run(
        id=row.id,
        survey=row.survey,
        source=row.source,
        file_name=row.file_name,
        content_hash=row.content_hash,
        batch_size=row.batch_size,
        state=RunState(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        received=int(row.received or 0),
        counts={kind: int(row._mapping[kind.value] or 0) for kind in Disposition},
        error=row.error,
        taxonomy=row.taxonomy,
    )
