"""Loading facts into a new DuckDB file: Arrow into staging, staging into the star schema, checks, views."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from feedback.errors import StoreError
from outerloop import fact_tables as agreed
from outerloop.adapters.star import COMMENTS, DERIVED, STAGED, TABLES, VIEWS, Table
from outerloop.fact_source import Changes, FactCounts, FactSource
from outerloop.warehouse import SCHEMA_VERSION


def load(connection: duckdb.DuckDBPyConnection, source: FactSource, now: datetime, zone: ZoneInfo) -> None:
    """Fill an empty database from the source. Raises StoreError when what arrived is not what the source counted."""
    wanted = source.counts()
    stage(connection, source, now, zone)
    for table in TABLES:
        write(connection, table)
    derive(connection)
    for table in TABLES:
        require_counted(connection, table, wanted)
    require_themes(connection, wanted)
    explain(connection)


def explain(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views that reports read, and say in the file what everything in it is."""
    connection.execute(VIEWS.read_text("utf-8"))
    connection.execute(COMMENTS.read_text("utf-8"))


def stage(
    connection: duckdb.DuckDBPyConnection,
    source: FactSource,
    now: datetime,
    zone: ZoneInfo,
    changes: Changes | None = None,
) -> None:
    """Copy the facts (or of responses and tickets only those that changed) beside the file, as rows of its tables."""
    responses = changes.responses if changes else None
    tickets = changes.tickets if changes else None
    _stage(connection, "stage_survey", agreed.SURVEYS, source.surveys())
    _stage(connection, "stage_theme", agreed.THEMES, source.themes())
    _stage(connection, "stage_response", agreed.RESPONSES, source.responses(responses))
    _stage(connection, "stage_ticket", agreed.TICKETS, source.tickets(tickets))
    _stage(connection, "stage_ticket_event", agreed.TICKET_EVENTS, source.ticket_events(tickets))
    _stage(connection, "stage_sla_fact", agreed.SLA_FACTS, source.sla_facts(tickets))
    _stage(connection, "stage_notice", agreed.NOTICES, source.notices(tickets))
    _stage(connection, "stage_run", agreed.RUNS, source.runs())
    _stage(connection, "stage_initiative", agreed.INITIATIVES, source.initiatives())
    _stage(connection, "stage_member", agreed.MEMBERS, source.members())
    _stage(connection, "stage_article", agreed.ARTICLES, source.articles())
    for name, value in (
        ("zone", zone.key),
        ("as_of", now.astimezone(UTC).replace(tzinfo=None)),
        ("schema_version", SCHEMA_VERSION),
    ):
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    connection.execute(STAGED.read_text("utf-8"))


def write(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """The table out of what is staged, in the order of its key. Raises StoreError when rows share a key."""
    connection.execute(
        f"CREATE OR REPLACE TABLE {table.name} AS SELECT * FROM arriving_{table.name} ORDER BY {table.key}"
    )
    require_distinct(connection, table, table.name)


def derive(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that follow from the facts."""
    connection.execute(DERIVED.read_text("utf-8"))


def _stage(connection: duckdb.DuckDBPyConnection, name: str, schema: Any, tables: Iterable[Any]) -> None:
    """Copy Arrow tables of one schema into a temporary table, which never reaches the warehouse file."""
    connection.register("arriving", schema.empty_table())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM arriving")
    for table in tables:
        connection.register("arriving", _conform(name, schema, table))
        connection.execute(f"INSERT INTO {name} SELECT * FROM arriving")
    connection.unregister("arriving")


def _conform(name: str, schema: Any, table: Any) -> Any:
    """The table with the schema's columns in its order and types. Raises StoreError naming the column that differs."""
    try:
        return table.select(schema.names).cast(schema)
    except (KeyError, ValueError, pa.ArrowException) as error:
        raise StoreError(
            f"facts do not have the agreed columns: {error}",
            where=name.removeprefix("stage_"),
            allowed=", ".join(f"{column.name} {column.type}" for column in schema),
            next_step="correct the fact source; the old warehouse is untouched",
        ) from error


def require_distinct(connection: duckdb.DuckDBPyConnection, table: Table, rows_of: str) -> None:
    """Raise StoreError when two rows have one key."""
    rows, keys = one(
        connection,
        f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {table.key} FROM {rows_of})) FROM {rows_of}",
    )
    if keys != rows:
        raise contradiction(table.name, f"{rows - keys} rows repeat the key ({table.key}) of another")


def require_counted(connection: duckdb.DuckDBPyConnection, table: Table, wanted: FactCounts) -> None:
    """Raise StoreError when the table has not the rows that the source counted."""
    if not table.counted:
        return
    (rows,) = one(connection, f"SELECT count(*) FROM {table.name}")
    if rows != getattr(wanted, table.counted):
        raise contradiction(table.name, f"{rows} rows arrived but the source counted {getattr(wanted, table.counted)}")


def require_themes(connection: duckdb.DuckDBPyConnection, wanted: FactCounts) -> None:
    """Raise StoreError when the taxonomy is not whole, or no forest."""
    arrived, placed = one(
        connection,
        "SELECT (SELECT count(*) FROM stage_theme), (SELECT count(DISTINCT theme) FROM dim_theme WHERE in_taxonomy)",
    )
    if arrived != wanted.themes:
        raise contradiction("dim_theme", f"{arrived} rows arrived but the source counted {wanted.themes}")
    if placed != arrived:
        raise contradiction("dim_theme", "a theme repeats, is below itself, or is below a theme that does not exist")


def contradiction(table: str, what: str) -> StoreError:
    """What arrived does not agree with itself."""
    return StoreError(
        what, where=table, next_step="run the refresh again; if it repeats, report it: the old warehouse is untouched"
    )


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """The one row that this gives."""
    found = connection.execute(sql).fetchone()
    assert found is not None, sql
    return found
