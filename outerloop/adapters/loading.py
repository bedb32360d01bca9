"""Loading facts into a new DuckDB file: Arrow into staging, one SQL script into the star schema, checks, views."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from feedback.errors import StoreError
from outerloop import facts
from outerloop.facts import FactCounts, FactSource
from outerloop.warehouse import SCHEMA_VERSION

_STAR = Path(__file__).with_name("star_schema.sql")
_VIEWS = Path(__file__).with_name("views.sql")

# Warehouse table, the count it must have, and the columns that name a row.
_KEYED = (
    ("dim_survey", "surveys", "survey"),
    ("fact_response", "responses", "response"),
    ("fact_ticket", "tickets", "ticket"),
    ("fact_ticket_event", "ticket_events", "ticket, sequence"),
    ("fact_run", "runs", "run"),
)
TABLES = (
    *(table for table, _, _ in _KEYED),
    "dim_theme",
    "bridge_theme",
    "fact_response_theme",
    "dim_calendar",
    "meta",
)


def load(connection: duckdb.DuckDBPyConnection, source: FactSource, now: datetime, zone: ZoneInfo) -> None:
    """Fill an empty database from the source. Raises StoreError when what arrived is not what the source counted."""
    wanted = source.counts()
    _stage(connection, "stage_survey", facts.SURVEYS, source.surveys())
    _stage(connection, "stage_theme", facts.THEMES, source.themes())
    _stage(connection, "stage_response", facts.RESPONSES, source.responses())
    _stage(connection, "stage_ticket", facts.TICKETS, source.tickets())
    _stage(connection, "stage_ticket_event", facts.TICKET_EVENTS, source.ticket_events())
    _stage(connection, "stage_run", facts.RUNS, source.runs())
    for name, value in (
        ("zone", zone.key),
        ("as_of", now.astimezone(UTC).replace(tzinfo=None)),
        ("schema_version", SCHEMA_VERSION),
    ):
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    connection.execute(_STAR.read_text("utf-8"))
    _check(connection, wanted)
    connection.execute(_VIEWS.read_text("utf-8"))


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


def _check(connection: duckdb.DuckDBPyConnection, wanted: FactCounts) -> None:
    for table, counted, key in _KEYED:
        rows, keys = _one(
            connection, f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {key} FROM {table})) FROM {table}"
        )
        if keys != rows:
            raise _contradiction(table, f"{rows - keys} rows repeat the key ({key}) of another")
        if rows != getattr(wanted, counted):
            raise _contradiction(table, f"{rows} rows arrived but the source counted {getattr(wanted, counted)}")
    _check_themes(connection, wanted)


def _check_themes(connection: duckdb.DuckDBPyConnection, wanted: FactCounts) -> None:
    arrived, placed = _one(
        connection,
        "SELECT (SELECT count(*) FROM stage_theme), (SELECT count(DISTINCT theme) FROM dim_theme WHERE in_taxonomy)",
    )
    if arrived != wanted.themes:
        raise _contradiction("dim_theme", f"{arrived} rows arrived but the source counted {wanted.themes}")
    if placed != arrived:
        raise _contradiction("dim_theme", "a theme repeats, is below itself, or is below a theme that does not exist")


def _contradiction(table: str, what: str) -> StoreError:
    return StoreError(
        what, where=table, next_step="run the refresh again; if it repeats, report it: the old warehouse is untouched"
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows by table, a hash of all content, and the days the responses span."""

    rows: dict[str, int]
    content_hash: str
    first_on: date | None
    last_on: date | None


def summary(connection: duckdb.DuckDBPyConnection) -> Summary:
    """Count and hash every table; the hash of a table is the exclusive or of its rows', so order does not enter."""
    rows, hashes = {}, []
    for table in TABLES:
        count, mixed = _one(connection, f"SELECT count(*), bit_xor(md5_number(CAST(t AS VARCHAR))) FROM {table} AS t")
        rows[table] = int(count)
        hashes.append(f"{table}:{count}:{mixed}")
    first_on, last_on = _one(connection, "SELECT first_on, last_on FROM meta")
    return Summary(rows, sha256("\n".join(hashes).encode()).hexdigest(), first_on, last_on)


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    found = connection.execute(sql).fetchone()
    assert found is not None, sql
    return found
