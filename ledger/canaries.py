"""Candidate policies beside the live one: what they were asked, what they would have done, and why they stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from feedback.errors import StaleWriteError
from ledger.bulk import insert_rows, to_json
from ledger.identity import intern, take_numbers
from ledger.schema import canaries, canary_differences, policies, responses, surveys
from ledger.schema.restraint import CanaryState
from triggers.canary import Bounds, Otherwise, Volume

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class CanaryRow:
    """A canary as kept; `decided` counts the responses on which its word was taken, `differences` those it sees so."""

    id: int
    policy: str
    share: float
    bounds: Bounds
    state: CanaryState
    started_at: datetime
    started_by: str
    stopped_at: datetime | None
    reason: str
    volume: Volume
    decided: int
    differences: int


class SqlCanaryStore:
    """Canaries in SQL; at most one runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def running(self) -> CanaryRow | None:
        """The canary that runs."""
        row = self._connection.execute(_ROWS.where(canaries.c.state == CanaryState.RUNNING.value)).one_or_none()
        return None if row is None else _canary(row)

    def latest(self) -> CanaryRow | None:
        """The last canary, whether it runs or not."""
        row = self._connection.execute(_ROWS.order_by(canaries.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else _canary(row)

    def start(self, policy: str, share: float, bounds: Bounds, at: datetime, by: str) -> int:
        """A canary starts. Raises StaleWriteError while another runs."""
        if (other := self.running()) is not None:
            raise StaleWriteError(
                f"canary {other.id} (policy {other.policy}) runs already",
                next_step="`nanni rules canary stop` it first",
            )
        (number,) = take_numbers(self._connection, "canary", 1)
        self._connection.execute(
            insert(canaries).values(
                id=number, policy=intern(self._connection, policies, {"hash": policy}), share=round(share * MILLION),
                least=bounds.least, most=bounds.most, after=bounds.after, state=CanaryState.RUNNING.value,
                started_at=at, started_by=by,
            )
        )  # fmt: skip
        return int(number)

    def record(
        self, canary: int, volume: Volume, decided: int, differences: Sequence[Otherwise], ids: Sequence[int]
    ) -> Volume:
        """Add a batch to what was seen; returns all that was."""
        added = {"responses": volume.responses, "live_fired": volume.live_fired,
                 "candidate_fired": volume.candidate_fired, "decided": decided}  # fmt: skip
        values = {name: canaries.c[name] + count for name, count in added.items()}
        self._connection.execute(update(canaries).where(canaries.c.id == canary).values(**values))
        rows = [
            (canary, ids[one.row], int(one.live), _names(one.live_fired), int(one.candidate),
             _names(one.candidate_fired), "candidate" if one.used else "live")
            for one in differences
        ]  # fmt: skip
        names = ("canary", "response", "live", "live_fired", "candidate", "candidate_fired", "used")
        insert_rows(self._connection, canary_differences, names, rows)
        seen = select(canaries.c.responses, canaries.c.live_fired, canaries.c.candidate_fired)
        return Volume(*self._connection.execute(seen.where(canaries.c.id == canary)).one())

    def stop(self, canary: int, state: CanaryState, at: datetime, reason: str) -> None:
        """A canary ends; one that has ended stays as it is."""
        mine = (canaries.c.id == canary, canaries.c.state == CanaryState.RUNNING.value)
        self._connection.execute(update(canaries).where(*mine).values(state=state.value, stopped_at=at, reason=reason))

    def examples(self, canary: int, limit: int = 10) -> list[Row[Any]]:
        """Responses on which the two differ: survey, response id, what either said, whose word was taken."""
        chosen = (
            select(surveys.c.survey, responses.c.response_id, canary_differences)
            .join_from(canary_differences, responses, responses.c.id == canary_differences.c.response)
            .join(surveys, surveys.c.id == responses.c.survey)
            .where(canary_differences.c.canary == canary)
            .order_by(canary_differences.c.response)
            .limit(limit)
        )
        return list(self._connection.execute(chosen))


_COUNT = (
    select(func.count())
    .select_from(canary_differences)
    .where(canary_differences.c.canary == canaries.c.id)
    .scalar_subquery()
)
_ROWS = select(canaries, policies.c.hash, _COUNT.label("differences")).join_from(canaries, policies)


def _names(fired: tuple[str, ...]) -> str | None:
    return to_json(list(fired)) if fired else None


def _canary(row: Row[Any]) -> CanaryRow:
    return CanaryRow(
        row.id, row.hash, row.share / MILLION, Bounds(row.least, row.most, row.after), CanaryState(row.state),
        row.started_at, row.started_by, row.stopped_at, row.reason,
        Volume(row.responses, row.live_fired, row.candidate_fired), row.decided, row.differences,
    )  # fmt: skip
