"""Bringing a store to the schema of this version, from any folder; Alembic is loaded only when there is work."""

from sqlalchemy import Connection, Engine, inspect, text

from feedback.errors import StoreError
from ledger.engine import connect, transaction

HEAD = "0009"
"""The revision this version of Nanni reads and writes; a test holds it to the newest file in `versions`."""
_LOCK = 7_305_512_046


def migrate(url: str) -> str:
    """Create or upgrade the store at `url`; returns the revision it was at before, "" for a new store.

    Raises StoreError for a store of a newer Nanni, ConfigError for a wrong address.
    """
    engine = connect(url)
    try:
        return migrate_engine(engine)
    finally:
        engine.dispose()


def migrate_engine(engine: Engine) -> str:
    """The same on an open engine. Two processes that start at once take turns."""
    before = revision(engine)
    if before == HEAD:
        return before
    with transaction(engine, writes=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _refuse_newer(_stored(connection), engine)
        _upgrade(connection)
    return before


def revision(engine: Engine) -> str:
    """The revision the store is at, "" for none yet."""
    with transaction(engine, writes=False) as connection:
        return _stored(connection)


def require_current(engine: Engine) -> None:
    """Raise StoreError unless the store has exactly the schema of this version."""
    found = revision(engine)
    _refuse_newer(found, engine)
    if found != HEAD:
        raise StoreError(
            f"the store is at schema revision {found}, this version needs {HEAD}" if found else "the database is empty",
            where=engine.url.render_as_string(),
            next_step="back it up and run `nanni migrate`" if found else "run `nanni migrate`, which makes the tables",
        )


def _stored(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or "")


def _refuse_newer(found: str, engine: Engine) -> None:
    if found > HEAD:
        raise StoreError(
            f"the store has schema revision {found}, this version of Nanni knows {HEAD} at most",
            where=engine.url.render_as_string(),
            next_step="upgrade Nanni; nothing was changed",
        )


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
