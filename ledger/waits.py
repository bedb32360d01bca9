"""Responses that wait for the comment that may follow them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from ledger.bulk import insert_rows, within
from ledger.columns import iso
from ledger.schema import responses, waits
from ledger.schema.restraint import WaitState


@dataclass(frozen=True, slots=True)
class Wait:
    """A response that waits, until when, and the number of a later revision that has replaced it (None: none has)."""

    response: int
    due: datetime
    replaced_by: int | None = None


class SqlWaitStore:
    """Waits of responses, each ended exactly once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, due: Mapping[int, datetime]) -> None:
        """These responses wait until then."""
        rows = [(response, iso(until), WaitState.WAITING.value) for response, until in due.items()]
        if rows:
            insert_rows(self._connection, waits, ("response", "due", "state"), rows)

    def open(self, numbers: Sequence[int]) -> dict[int, datetime]:
        """Those of these responses that still wait, with the end of it."""
        if not numbers:
            return {}
        mine = (waits.c.state == WaitState.WAITING.value, within(self._connection, waits.c.response, numbers))
        found = self._connection.execute(select(waits.c.response, waits.c.due).where(*mine))
        return {row.response: row.due for row in found}

    def due(self, now: datetime, limit: int = 500) -> list[Wait]:
        """Waits that are over, the oldest first."""
        later = responses.alias("later")
        same = (later.c.survey == responses.c.survey, later.c.response_id == responses.c.response_id)
        newest = select(func.max(later.c.id)).where(*same, later.c.id > responses.c.id).scalar_subquery()
        chosen = (
            select(waits.c.response, waits.c.due, newest.label("newest"))
            .join(responses, responses.c.id == waits.c.response)
            .where(waits.c.state == WaitState.WAITING.value, waits.c.due <= now)
            .order_by(waits.c.due, waits.c.response)
            .limit(limit)
        )
        return [Wait(row.response, row.due, row.newest) for row in self._connection.execute(chosen)]

    def close(self, numbers: Sequence[int], state: WaitState, at: datetime) -> None:
        """End these waits; one that has ended stays as it is."""
        if numbers:
            mine = (waits.c.state == WaitState.WAITING.value, within(self._connection, waits.c.response, numbers))
            self._connection.execute(update(waits).where(*mine).values(state=state.value, closed_at=at))

    def count(self) -> int:
        """How many responses wait."""
        waiting = select(func.count()).select_from(waits).where(waits.c.state == WaitState.WAITING.value)
        return int(self._connection.execute(waiting).scalar_one())
