"""Rows that are not trusted yet, kept with their raw cells."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from feedback.errors import NotFoundError
from feedback.ports import QuarantinedRow
from feedback.rows import Reason, Rejection
from ledger.bulk import from_json, insert_rows, storable, to_json, within
from ledger.columns import iso
from ledger.runs import run_number
from ledger.schema import quarantine, runs

_NAMES = ("run", "survey", "row_number", "response_id", "raw", "reason", "message", "at")
_RELEASES = runs.alias("releases")
_ROWS = (
    select(quarantine, runs.c.id.label("run_id"), _RELEASES.c.id.label("release_id"))
    .join_from(quarantine, runs, runs.c.number == quarantine.c.run)
    .outerjoin(_RELEASES, _RELEASES.c.number == quarantine.c.released_in)
)


class SqlQuarantineStore:
    """`feedback.ports.QuarantineStore` in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run_id: str, survey: str, rejections: Sequence[Rejection], at: datetime) -> None:
        """Keep rejected rows with their raw cells."""
        if not rejections:
            return
        run, when = run_number(self._connection, run_id), iso(at)
        rows = [
            (
                run, survey, row.row_number, row.response_id and storable(row.response_id), raw_text(row.raw),
                row.reason.value, storable(row.message), when,
            )
            for row in rejections
        ]  # fmt: skip
        insert_rows(self._connection, quarantine, _NAMES, rows)

    def list(
        self, survey: str | None = None, include_released: bool = False, limit: int = 200, after: int = 0
    ) -> Sequence[QuarantinedRow]:
        """Quarantined rows, oldest first, from the one after row `after` on."""
        chosen = _ROWS.where(quarantine.c.id > after).order_by(quarantine.c.id).limit(limit)
        if survey is not None:
            chosen = chosen.where(quarantine.c.survey == survey)
        if not include_released:
            chosen = chosen.where(quarantine.c.released_in.is_(None))
        return [_as_row(row) for row in self._connection.execute(chosen)]

    def get(self, row_id: int) -> QuarantinedRow:
        """One row. Raises NotFoundError."""
        row = self._connection.execute(_ROWS.where(quarantine.c.id == row_id)).one_or_none()
        if row is None:
            raise NotFoundError(f"no quarantined row {row_id}", next_step="see `nanni quarantine list`")
        return _as_row(row)

    def release(self, row_ids: Sequence[int], run_id: str) -> int:
        """Mark rows as taken up again by a later run; a row already released keeps its first release.

        Returns how many were marked.
        """
        mine = within(self._connection, quarantine.c.id, row_ids)
        run = run_number(self._connection, run_id)
        waiting = update(quarantine).where(mine, quarantine.c.released_in.is_(None))
        return self._connection.execute(waiting.values(released_in=run)).rowcount


def raw_text(raw: Sequence[tuple[str, str]]) -> str:
    """Raw cells as stored: a JSON list of [column, cell]."""
    return to_json([(storable(name), storable(cell)) for name, cell in raw])


def _as_row(row: Row[Any]) -> QuarantinedRow:
    raw = tuple((name, cell) for name, cell in from_json(row.raw))
    return QuarantinedRow(
        id=row.id,
        run_id=row.run_id,
        survey=row.survey,
        rejection=Rejection(row.row_number, raw, Reason(row.reason), row.message, row.response_id),
        at=row.at,
        released_in=row.release_id,
    )
