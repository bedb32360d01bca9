"""Notices owed, written in the transaction of what they tell of and leased out for sending."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from feedback.errors import NotFoundError
from ledger.bulk import insert_missing, storable, within
from ledger.schema import outbox
from tickets.notice import Channel, DeliveryState, Notice, NoticeKind, QueuedNotice

_PENDING = outbox.c.state == DeliveryState.PENDING.value


class SqlOutbox:
    """`tickets.ports.Outbox` in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, notices: Sequence[Notice]) -> None:
        """Queue notices; an id already queued is left as it is."""
        insert_missing(self._connection, outbox, [_values(notice) for notice in notices])

    def due(self, now: datetime, limit: int = 100) -> Sequence[QueuedNotice]:
        """Pending notices whose time has come and that nobody holds, oldest first."""
        waiting = select(outbox).where(_PENDING, outbox.c.next_attempt_at <= now, _unleased(now))
        ordered = waiting.order_by(outbox.c.next_attempt_at, outbox.c.created_at, outbox.c.id).limit(limit)
        return [_as_queued(row) for row in self._connection.execute(ordered)]

    def lease(self, notice_id: str, until: datetime, now: datetime) -> bool:
        """Take a pending notice for sending until a time; False when another worker has it or its time is yet to come.

        A worker's list may be older than another's failed attempt, whose wait must hold for both.
        """
        mine = (outbox.c.id == notice_id, _PENDING, outbox.c.next_attempt_at <= now, _unleased(now))
        return self._connection.execute(update(outbox).where(*mine).values(leased_until=until)).rowcount == 1

    def delivered(self, notice_id: str, at: datetime) -> None:
        """Record a delivery."""
        self._record(notice_id, state=DeliveryState.DELIVERED.value, delivered_at=at, last_error="")

    def failed(self, notice_id: str, error: str, retry_at: datetime | None) -> None:
        """Record a failed attempt; without a retry time the notice is dead."""
        told: dict[str, Any] = {"last_error": storable(error)}
        if retry_at is None:
            self._record(notice_id, state=DeliveryState.DEAD.value, **told)
        else:
            self._record(notice_id, next_attempt_at=retry_at, **told)

    def _record(self, notice_id: str, **values: Any) -> None:
        attempted = {"attempts": outbox.c.attempts + 1, "leased_until": None, **values}
        done = self._connection.execute(update(outbox).where(outbox.c.id == notice_id).values(**attempted))
        if done.rowcount != 1:
            raise NotFoundError(f"no notice {notice_id!r}", next_step="see `nanni notices list`")

    def list(
        self, state: DeliveryState | None = None, limit: int = 100, after: Notice | None = None
    ) -> Sequence[QueuedNotice]:
        """Notices by state, oldest first, from the one after `after` on."""
        chosen = select(outbox).order_by(outbox.c.created_at, outbox.c.id).limit(limit)
        if after is not None:
            same = and_(outbox.c.created_at == after.created_at, outbox.c.id > after.id)
            chosen = chosen.where(or_(outbox.c.created_at > after.created_at, same))
        if state is not None:
            chosen = chosen.where(outbox.c.state == state.value)
        return [_as_queued(row) for row in self._connection.execute(chosen)]

    def get(self, notice_id: str) -> QueuedNotice:
        """One notice. Raises NotFoundError."""
        row = self._connection.execute(select(outbox).where(outbox.c.id == notice_id)).one_or_none()
        if row is None:
            raise NotFoundError(f"no notice {notice_id!r}", next_step="see `nanni notices list`")
        return _as_queued(row)

    def replay(self, notice_ids: Sequence[str], now: datetime) -> int:
        """Make dead notices pending again, attempts counted from zero; returns how many."""
        dead = (within(self._connection, outbox.c.id, notice_ids), outbox.c.state == DeliveryState.DEAD.value)
        again = {"state": DeliveryState.PENDING.value, "attempts": 0, "next_attempt_at": now, "leased_until": None}
        return self._connection.execute(update(outbox).where(*dead).values(**again)).rowcount


def _unleased(now: datetime) -> Any:
    return or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)


def _values(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind.value,
        "ticket": notice.ticket or None,
        "event_sequence": notice.event_sequence if notice.ticket else None,
        "about": notice.about or None,
        "channel": notice.channel.value,
        "target": notice.target,
        "created_at": notice.created_at,
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "next_attempt_at": notice.created_at,
        "last_error": "",
    }


def _as_queued(row: Row[Any]) -> QueuedNotice:
    notice = Notice(
        id=row.id,
        kind=NoticeKind(row.kind),
        ticket=row.ticket or "",
        event_sequence=row.event_sequence or 0,
        channel=Channel(row.channel),
        target=row.target,
        created_at=row.created_at,
        about=row.about or "",
    )
    return QueuedNotice(notice, DeliveryState(row.state), row.attempts, row.next_attempt_at, row.last_error)
