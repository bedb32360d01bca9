"""The ledger itself: opening it, and its units of work."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection, Engine

from feedback.errors import NanniError
from feedback.survey import SurveyDefinition
from ledger.decisions import SqlDecisionStore
from ledger.engine import CACHE_KIB, connect, transaction
from ledger.migrations import migrate_engine, require_current
from ledger.outbox import SqlOutbox
from ledger.quarantine import SqlQuarantineStore
from ledger.responses import SqlResponseStore
from ledger.runs import SqlRunStore
from ledger.sla_facts import SqlSlaFactStore
from ledger.teamwork import SqlTeamworkStore
from ledger.themes import SqlThemeStore
from ledger.tickets import SqlTicketStore
from ledger.vectors import SqlVectorStore


@dataclass(frozen=True, slots=True)
class SqlUnitOfWork:
    """One transaction over every store (`tickets.ports.UnitOfWork`)."""

    connection: Connection
    runs: SqlRunStore
    responses: SqlResponseStore
    quarantine: SqlQuarantineStore
    decisions: SqlDecisionStore
    tickets: SqlTicketStore
    outbox: SqlOutbox
    teamwork: SqlTeamworkStore
    sla_facts: SqlSlaFactStore
    vectors: SqlVectorStore
    themes: SqlThemeStore


class SqlLedger:
    """`tickets.ports.Ledger` on SQLite or PostgreSQL.

    Safe to share between threads: each unit of work has a connection of its own. A forked child drops the connections
    it inherited on its first unit of work.
    """

    def __init__(self, engine: Engine, surveys: Mapping[str, SurveyDefinition] = MappingProxyType({})) -> None:
        self._engine = engine
        self._surveys = surveys
        self._process = os.getpid()

    @property
    def url(self) -> str:
        """The address of the store, without its password."""
        return self._engine.url.render_as_string()

    @contextmanager
    def begin(self) -> Iterator[SqlUnitOfWork]:
        """A write transaction (on SQLite it holds the write lock from its start).

        Raises StoreError (StoreBusyError when trying again helps), StaleWriteError when somebody was first.
        """
        with transaction(self._own_engine(), writes=True) as connection:
            yield self._unit(connection)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """A consistent read-only snapshot; a write in it raises StoreError."""
        with transaction(self._own_engine(), writes=False) as connection:
            yield self._unit(connection)

    def after(self, first: Callable[[SqlUnitOfWork], None]) -> "SqlLedger":
        """The same store; the first write transaction that is committed through it begins with `first`."""
        return _LedgerAfter(self._engine, self._surveys, first)

    def _unit(self, connection: Connection) -> SqlUnitOfWork:
        responses = SqlResponseStore(connection, self._surveys)
        return SqlUnitOfWork(
            connection=connection,
            runs=SqlRunStore(connection),
            responses=responses,
            quarantine=SqlQuarantineStore(connection),
            decisions=SqlDecisionStore(connection),
            tickets=SqlTicketStore(connection, responses),
            outbox=SqlOutbox(connection),
            teamwork=SqlTeamworkStore(connection),
            sla_facts=SqlSlaFactStore(connection),
            vectors=SqlVectorStore(connection),
            themes=SqlThemeStore(connection),
        )

    def _own_engine(self) -> Engine:
        if self._process != os.getpid():
            self._engine.dispose(close=False)  # the parent's connections are not ours to close
            self._process = os.getpid()
        return self._engine

    def close(self) -> None:
        """Close every connection; the ledger opens new ones when it is used again."""
        self._engine.dispose()


class _LedgerAfter(SqlLedger):
    """A ledger for one request."""

    def __init__(
        self, engine: Engine, surveys: Mapping[str, SurveyDefinition], first: Callable[[SqlUnitOfWork], None]
    ) -> None:
        super().__init__(engine, surveys)
        self._first: Callable[[SqlUnitOfWork], None] | None = first

    @contextmanager
    def begin(self) -> Iterator[SqlUnitOfWork]:
        """A write transaction, as of any ledger."""
        with super().begin() as uow:
            if self._first is not None:
                self._first(uow)
            yield uow
        self._first = None


def open_ledger(
    url: str,
    *,
    surveys: Mapping[str, SurveyDefinition] = MappingProxyType({}),
    migrate: bool | None = None,
    cache_kib: int = CACHE_KIB,
) -> SqlLedger:
    """Open the store at `url`; `surveys` says how to read responses back into batches.

    `migrate` brings the schema up to date first (default: on SQLite, where the store is this program's own file; a
    shared database is migrated on purpose). `cache_kib` is told in `ledger.engine.connect`. Raises ConfigError for a
    wrong address, StoreError when the store cannot be reached, needs a migration, or was written by a newer Nanni.
    """
    engine = connect(url, cache_kib)
    wanted = engine.dialect.name == "sqlite" if migrate is None else migrate
    try:
        migrate_engine(engine) if wanted else require_current(engine)
    except NanniError:
        engine.dispose()
        raise
    return SqlLedger(engine, surveys)
