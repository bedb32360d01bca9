"""What a warehouse holds, as rows and a hash by table; kept in the file, so that a change is reckoned, not recounted.

The hash of a table is the exclusive or of its rows' (MD5 of the row as text): order does not enter, and a row that
leaves or comes changes it by its own hash alone.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

import duckdb

from outerloop.adapters.loading import one
from outerloop.adapters.star import MADE, TABLES


class Content(NamedTuple):
    """Rows of a table and their hash."""

    rows: int
    mixed: int

    def plus(self, other: "Content") -> "Content":
        """With those rows too."""
        return Content(self.rows + other.rows, self.mixed ^ other.mixed)

    def minus(self, other: "Content") -> "Content":
        """Without those of its rows."""
        return Content(self.rows - other.rows, self.mixed ^ other.mixed)


def content_of(connection: duckdb.DuckDBPyConnection, rows_of: str) -> Content:
    """The content of a table, a view or a query in brackets."""
    rows, mixed = one(
        connection, f"SELECT count(*), coalesce(bit_xor(md5_number(CAST(t AS VARCHAR))), 0) FROM {rows_of} AS t"
    )
    return Content(int(rows), int(mixed))


def contents(connection: duckdb.DuckDBPyConnection) -> dict[str, Content]:
    """The content of every table, counted row by row."""
    return {name: content_of(connection, name) for name in (*(table.name for table in TABLES), *MADE)}


def keep(connection: duckdb.DuckDBPyConnection, found: Mapping[str, Content]) -> None:
    """Write down what the file holds."""
    connection.execute("CREATE OR REPLACE TABLE kept_content (name VARCHAR, rows BIGINT, mixed VARCHAR)")
    connection.execute("COMMENT ON TABLE kept_content IS 'Rows and a hash of every table, for the next refresh.'")
    columns = {
        "names": list(found),
        "rows": [content.rows for content in found.values()],
        "mixed": [str(content.mixed) for content in found.values()],
    }
    connection.execute("INSERT INTO kept_content SELECT unnest($names), unnest($rows), unnest($mixed)", columns)


def kept(connection: duckdb.DuckDBPyConnection) -> dict[str, Content]:
    """What was written down."""
    found = connection.execute("SELECT name, rows, mixed FROM kept_content").fetchall()
    return {name: Content(rows, int(mixed)) for name, rows, mixed in found}


def digest(found: Mapping[str, Content]) -> str:
    """One hash of everything."""
    lines = [f"{name}:{found[name].rows}:{found[name].mixed}" for name in sorted(found)]
    return sha256("\n".join(lines).encode()).hexdigest()
