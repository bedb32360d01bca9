"""The store's own journal: what was done to it, append-only and hash-chained as one series."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from ledger.bulk import from_json, to_json
from ledger.chain import START, digest
from ledger.columns import iso
from ledger.identity import take_numbers
from ledger.schema import journal

ERASED = "customer_erased"
"""The action of an erasure."""


def record(connection: Connection, at: datetime, actor: str, action: str, data: Mapping[str, str]) -> None:
    """Add an entry; `data` holds no personal data."""
    number = take_numbers(connection, "journal", 1)[0]
    previous = connection.execute(select(journal.c.hash).where(journal.c.id == number - 1)).scalar_one_or_none()
    told = to_json(dict(data))
    link = digest(previous or START, (number, iso(at), actor, action, told))
    connection.execute(
        insert(journal).values(
            id=number, at=at, actor=actor, action=action, data=told, previous=previous or START, hash=link
        )
    )


def broken_entries(connection: Connection) -> Iterator[str]:
    """What is wrong with the journal's chain, one sentence each."""
    previous = START
    for expected, row in enumerate(connection.execute(select(journal).order_by(journal.c.id)), start=1):
        if row.id != expected or row.previous != previous:
            yield f"journal entry {row.id}: it does not follow the entry before it"
        if digest(row.previous, (row.id, iso(row.at), row.actor, row.action, row.data)) != row.hash:
            yield f"journal entry {row.id}: it was changed after it was written"
        previous = row.hash


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done to the store."""

    number: int
    at: datetime
    actor: str
    action: str
    data: Mapping[str, str]


def entries(connection: Connection, limit: int) -> list[Entry]:
    """The journal, latest first."""
    wanted = select(journal).order_by(journal.c.id.desc()).limit(limit)
    return [Entry(row.id, row.at, row.actor, row.action, from_json(row.data)) for row in connection.execute(wanted)]
