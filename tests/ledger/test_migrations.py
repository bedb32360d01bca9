"""Alembic's migrations and the declared schema are the same thing, from any folder."""

import os
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from feedback.errors import StoreError
from ledger import open_ledger
from ledger.engine import connect, transaction
from ledger.migrations import HEAD, migrate, revision
from ledger.schema import metadata


def described(engine: Engine) -> dict[str, Any]:
    """Everything the database itself says of its tables."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], _plain(column.get("default")))
                for column in sorted(inspector.get_columns(table), key=lambda column: column["name"])
            ],
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": sorted(map(str, inspector.get_foreign_keys(table))),
            "unique": sorted(map(str, inspector.get_unique_constraints(table))),
            "checks": sorted(
                (str(check["name"]), check["sqltext"]) for check in inspector.get_check_constraints(table)
            ),
            "indexes": sorted(_index(index) for index in inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def _index(index: Any) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index['unique']} {options}"


def _plain(default: object) -> str:
    return str(default).strip("'").replace("::text", "").strip("'")


def triggers(engine: Engine) -> list[str]:
    catalogue = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if engine.dialect.name == "postgresql":
        catalogue = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with transaction(engine, writes=False) as connection:
        return sorted(connection.execute(text(catalogue)).scalars())


def test_migrations_make_the_declared_schema(
    empty_url: str, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    migrated, declared = connect(empty_url), _another(empty_url, backend, tmp_path, request)
    migrate(empty_url)
    with transaction(declared, writes=True) as connection:
        metadata.create_all(connection)
    assert described(migrated) == described(declared)
    assert triggers(migrated) == triggers(declared) != []
    migrated.dispose()
    declared.dispose()


def _another(url: str, backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Engine:
    if backend == "sqlite":
        return connect(f"sqlite:///{tmp_path / 'declared.db'}")
    engine = connect(url)
    name = "declared"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    server: str = request.getfixturevalue("postgres_server")
    return connect(server % name)


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "ledger:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_works_from_any_folder_and_twice(empty_url: str, tmp_path: Path) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert migrate(empty_url) == ""
        assert migrate(empty_url) == HEAD
    finally:
        os.chdir(here)


def test_a_newer_store_is_refused_untouched(empty_url: str) -> None:
    migrate(empty_url)
    engine = connect(empty_url)
    with transaction(engine, writes=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"schema revision 9999.*upgrade Nanni"):
        open_ledger(empty_url, migrate=True)
    with pytest.raises(StoreError, match="upgrade Nanni"):
        open_ledger(empty_url, migrate=False)
    assert revision(engine) == "9999"
    engine.dispose()


def test_an_unmigrated_store_is_refused_when_migration_is_off(empty_url: str) -> None:
    with pytest.raises(StoreError, match=r"database is empty.*nanni migrate.*makes the tables"):
        open_ledger(empty_url, migrate=False)
