"""Connections to the store: how each database is opened so that a commit survives, and a transaction begins honestly.

SQLite runs in WAL mode with `synchronous=FULL`: every commit is on disk before it returns, so neither a killed process
nor a power cut loses one (a disk that lies about flushing still can). With NORMAL a power cut could take back a
ticket whose mail has already left; at one flush a batch the difference in speed is not measurable.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError

from feedback.errors import ConfigError, StoreError
from ledger.errors import explained

BUSY_SECONDS = 30
"""How long a writer waits for another before it gives up."""
CONNECT_SECONDS = 10
CACHE_KIB = 64 * 1024
PAGE_BYTES = 8192
"""Of a store made now: with SQLite's 4,096 a batch of an ingestion touches, and writes, more of the index pages."""
KEPT = 16
"""Connections that stay open: one beyond them is closed after use, and the next begins with an empty cache."""
CHECKPOINT_PAGES = 64 * 1024 * 1024 // PAGE_BYTES
"""Pages (64 MiB) in the write-ahead log before they move to the file: with SQLite's 1,000 every batch of an ingestion
writes its index pages twice."""
WRITES = "nanni_writes"
ALLOWED = "sqlite:///path/to/nanni.db, postgresql://user:password@host/database"


def connect(url: str, cache_kib: int = CACHE_KIB) -> Engine:
    """An engine for the store at `url`; nothing is opened yet. Raises ConfigError for an address of another kind.

    `cache_kib` is how much of the file each of SQLite's connections keeps in memory.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, cache_kib)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "options": "-c timezone=UTC"},
    )


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"{url!r} is no address of a store", where="store", allowed=ALLOWED) from error
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql") or (kind == "sqlite" and parsed.database in (None, "", ":memory:")):
        raise ConfigError(f"{parsed.render_as_string()} cannot hold a store", where="store", allowed=ALLOWED)
    return parsed


def _sqlite(url: URL, cache_kib: int) -> Engine:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder of the store cannot be made ({error.strerror})",
            where=str(folder),
            next_step="give this user write access or choose another `store` in nanni.yaml",
        ) from error
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None}, pool_size=KEPT, max_overflow=KEPT
    )
    event.listen(engine, "connect", partial(_prepare, cache_kib))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(cache_kib: int, connection: Any, _: object) -> None:
    assert isinstance(connection, sqlite3.Connection)
    for pragma in (f"page_size={PAGE_BYTES}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
                   f"cache_size=-{cache_kib}", "temp_store=MEMORY",
                   f"wal_autocheckpoint={CHECKPOINT_PAGES}"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A deferred transaction that turns into a write can fail half-way with "locked"; taking the lock first cannot.
    writes, plain = connection.get_execution_options().get(WRITES, False), connection.connection.driver_connection
    assert isinstance(plain, sqlite3.Connection)  # asked past SQLAlchemy, which takes a tenth of a page's time for this
    if connection.info.get(WRITES) is not writes:
        plain.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.info[WRITES] = writes
    plain.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """One transaction: commits when left without an error, else rolls back.

    A reading one sees a snapshot and refuses writes. Raises StoreError in the words of `ledger.errors`.
    """
    with explained(engine):
        with engine.connect() as plain:
            connection = plain.execution_options(**{WRITES: writes}, **_isolation(engine, writes))
            with connection.begin():
                yield connection


def one_at_a_time(connection: Connection, what: str) -> None:
    """Wait until no other transaction does the same kind of thing; until this one ends, no other can.

    SQLite has one writer at any time anyway. Take it for reading and writing what nobody waits for while holding it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"nanni {what}"))))


def alone(connection: Connection, what: str) -> bool:
    """The same without waiting: whether no other transaction does it at this moment, so that none can until the end."""
    if connection.dialect.name != "postgresql":
        return True
    mine = select(func.pg_try_advisory_xact_lock(func.hashtext(f"nanni {what}")))
    return bool(connection.execute(mine).scalar_one())


def _isolation(engine: Engine, writes: bool) -> dict[str, Any]:
    if engine.dialect.name == "sqlite" or writes:
        return {}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
