"""Bringing a copy of the warehouse up to date: rows of what changed are exchanged, small tables written anew."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from outerloop.adapters import contents
from outerloop.adapters.contents import Content
from outerloop.adapters.loading import (
    derive,
    explain,
    one,
    require_counted,
    require_distinct,
    require_themes,
    stage,
    write,
)
from outerloop.adapters.star import KEPT, MADE, TABLES, Table
from outerloop.fact_source import Changes, FactSource, Mark


def catch_up(
    connection: duckdb.DuckDBPyConnection, source: FactSource, now: datetime, zone: ZoneInfo, changes: Changes
) -> dict[str, Content]:
    """Take the changes over into an open copy of the warehouse; returns what every table then holds.

    Raises StoreError when the tables have not the rows that the source counts.
    """
    wanted, found = source.counts(), contents.kept(connection)
    stage(connection, source, now, zone, changes)
    _name_gone(connection, changes)
    for table in TABLES:
        found[table.name] = _exchange(connection, table, found[table.name])
    derive(connection)
    for table in TABLES:
        require_counted(connection, table, wanted)
    require_themes(connection, wanted)
    return found | {name: contents.content_of(connection, name) for name in MADE}


def _name_gone(connection: duckdb.DuckDBPyConnection, changes: Changes) -> None:
    """Whose rows leave: everything that changed, and revisions that another took the place of."""
    connection.execute(
        """CREATE TEMP TABLE gone_response AS
           SELECT unnest($responses::BIGINT[]) AS response
           UNION SELECT f.response FROM fact_response AS f JOIN stage_response USING (source, survey, response_id)""",
        {"responses": list(changes.responses)},
    )
    connection.execute(
        "CREATE TEMP TABLE gone_ticket AS SELECT unnest($tickets::VARCHAR[]) AS ticket",
        {"tickets": list(changes.tickets)},
    )


def _exchange(connection: duckdb.DuckDBPyConnection, table: Table, before: Content) -> Content:
    if not table.owner:
        write(connection, table)
        return contents.content_of(connection, table.name)
    require_distinct(connection, table, f"arriving_{table.name}")
    theirs = f"{table.owner} IN (SELECT {table.owner} FROM gone_{table.owner})"
    gone = contents.content_of(connection, f"(SELECT * FROM {table.name} WHERE {theirs})")
    came = contents.content_of(connection, f"(SELECT * FROM arriving_{table.name})")
    connection.execute(f"DELETE FROM {table.name} WHERE {theirs}")
    connection.execute(f"INSERT INTO {table.name} SELECT * FROM arriving_{table.name} ORDER BY {table.key}")
    return before.minus(gone).plus(came)


def rewrite(connection: duckdb.DuckDBPyConnection, caught_up: Path) -> None:
    """Fill an empty database with what a caught-up file holds: rows that left a file stay legible in its free space."""
    quoted = str(caught_up.resolve()).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS caught_up (READ_ONLY)")
    for name, key in (*((table.name, table.key) for table in TABLES), *((name, "ALL") for name in (*MADE, *KEPT))):
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM caught_up.{name} ORDER BY {key}")
    explain(connection)


def keep_mark(connection: duckdb.DuckDBPyConnection, mark: Mark) -> None:
    """Write down how far the source was read."""
    connection.execute("CREATE OR REPLACE TABLE kept_mark (basis VARCHAR, position VARCHAR)")
    connection.execute("COMMENT ON TABLE kept_mark IS 'How far the ledger was read, for the next refresh.'")
    connection.execute("INSERT INTO kept_mark VALUES (?, ?)", [mark.basis, mark.position])


def kept_mark(connection: duckdb.DuckDBPyConnection) -> Mark:
    """How far the source was read when this file was written."""
    return Mark(*one(connection, "SELECT basis, position FROM kept_mark"))
