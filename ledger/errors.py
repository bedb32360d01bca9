"""Driver errors in the words of the person who has to act on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from feedback.errors import StaleWriteError, StoreError


class StoreBusyError(StoreError):
    """Another process holds the store; the same call may succeed later."""

    retryable: ClassVar[bool] = True


_BUSY = ("another process kept the store locked", "let the other run finish, or stop it, and run this again")
_FULL = ("the disk of the store is full", "free some space and run the same command again; nothing of it was kept")
_READ_ONLY = ("the store cannot be written", "give this user write access to the file and its folder")

# SQLite result code (its name's start) or PostgreSQL SQLSTATE (its start): what happened, and the next step.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_BUSY", *_BUSY),
    ("SQLITE_LOCKED", *_BUSY),
    ("SQLITE_FULL", *_FULL),
    ("SQLITE_READONLY", *_READ_ONLY),
    ("SQLITE_CANTOPEN", "the store's file cannot be opened", "check that its folder exists and can be written"),
    ("SQLITE_NOTADB", "the file is not a Nanni store", "point `store` in nanni.yaml at another file"),
    ("SQLITE_CORRUPT", "the store's file is damaged", "restore it from a backup; keep the damaged file for analysis"),
    ("SQLITE_IOERR", "the disk failed while the store was used", "check the disk; committed work is kept"),
    ("28", "the database refused the user or password", "check the user and password of `store`"),
    ("3D000", "the database does not exist", "create it, for example with `createdb`, or correct `store`"),
    ("42501", "the database user may not do this", "grant the user rights on the schema"),
    ("25006", *_READ_ONLY),
    ("53100", *_FULL),
    ("53300", "the database has no free connection", "raise its limit or stop other clients"),
    ("40", "another transaction was in the way", "run this again"),
    ("55P03", *_BUSY),
    ("57", "the database is shutting down or starting", "wait until it is up and run this again"),
    ("08", "the connection to the database was lost", "check that it is up and run this again"),
)
_TAKEN = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505")
_BUSY_CODES = ("SQLITE_BUSY", "SQLITE_LOCKED", "40", "55P03", "57", "08")


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn driver errors raised inside into StoreError (StoreBusyError where trying again helps).

    A broken uniqueness is a StaleWriteError: somebody else wrote the same record first.
    """
    where = engine.url.render_as_string()
    driver: type[Exception] = getattr(engine.dialect.dbapi, "Error", DBAPIError)
    try:
        yield
    except DBAPIError as error:
        raise _explain(error.orig, where) from error
    except driver as error:
        raise _explain(error, where) from error
    except SQLAlchemyError as error:
        raise StoreError(str(error), where=where, next_step="report this as a bug") from error


def _code(error: BaseException | None) -> str:
    return str(getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or "")


def _explain(error: BaseException | None, where: str) -> StoreError:
    code, said = _code(error), (str(error).splitlines() or [""])[0]
    if code in _TAKEN:
        return StaleWriteError(
            f"the same record was written by somebody else meanwhile ({said})",
            where=where,
            next_step="run this again; it will see the other's record",
        )
    for start, what, next_step in _KNOWN:
        if code.startswith(start):
            kind = StoreBusyError if code.startswith(_BUSY_CODES) else StoreError
            return kind(f"{what} ({said})", where=where, next_step=next_step)
    if not code:
        return StoreError(
            f"cannot connect to the store ({said})", where=where, next_step="check its address and that it is up"
        )
    return StoreError(f"the store refused: {said} [{code}]", where=where, next_step="report this as a bug")
