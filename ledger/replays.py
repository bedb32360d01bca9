"""What an Idempotency-Key of a program stood for: the request by its digest, and the answer it got."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from feedback.errors import StaleWriteError
from ledger.bulk import insert_new
from ledger.schema import idempotency

KEPT = timedelta(days=7)
"""For so long a key is known; afterwards it is as good as new."""


@dataclass(frozen=True, slots=True)
class Once:
    """A key of a token, and the digest of the request that it stands for."""

    token: int
    key: str
    request: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: status, body, and the version of what it changed."""

    status: int
    body: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class Replay:
    """A request that was made before. Without an answer, what came of it is not known (any more)."""

    request: str
    answer: Answer | None


def replay(connection: Connection, token: int, key: str) -> Replay | None:
    """What this key of this token was used for before."""
    row = connection.execute(select(idempotency).where(_mine(token, key))).one_or_none()
    if row is None:
        return None
    known = row.status is not None and row.answer is not None
    return Replay(row.request, Answer(row.status, row.answer, row.etag) if known else None)


def remember(connection: Connection, once: Once, at: datetime) -> None:
    """Write the key down in the transaction that acts. Raises StaleWriteError when it is in use."""
    if not insert_new(connection, idempotency, token=once.token, key=once.key, request=once.request, at=at):
        raise StaleWriteError("this Idempotency-Key is in use at this moment", next_step="send the request again")


def keep_answer(connection: Connection, once: Once, answer: Answer, at: datetime) -> None:
    """Keep what came of a request, for a key that was written down or, where nothing was changed, was not."""
    values = {"status": answer.status, "answer": answer.body, "etag": answer.etag}
    if not connection.execute(update(idempotency).where(_mine(once.token, once.key)).values(**values)).rowcount:
        named = {"token": once.token, "key": once.key, "request": once.request, "at": at}
        connection.execute(insert(idempotency).values(**named, **values))


def forget_replays(connection: Connection, now: datetime) -> int:
    """Take away keys whose time is over; returns how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.at < now - KEPT)).rowcount


def forget_answers(connection: Connection) -> None:
    """Take away every answer that is kept: which of them speak of one person cannot be told."""
    connection.execute(update(idempotency).values(status=None, answer=None, etag=None))


def _mine(token: int, key: str) -> ColumnElement[bool]:
    return and_(idempotency.c.token == token, idempotency.c.key == key)
