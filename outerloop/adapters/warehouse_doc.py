"""The warehouse schema as a page: `python -m outerloop.adapters.warehouse_doc > docs/warehouse.md`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from outerloop.adapters.catching_up import keep_mark
from outerloop.adapters.contents import keep
from outerloop.adapters.loading import load
from outerloop.fact_source import Changes, FactCounts, Mark
from outerloop.warehouse import SCHEMA_VERSION

_HEAD = f"""# The warehouse

One DuckDB file (schema version {SCHEMA_VERSION}), derived from the ledger: nothing is lost by deleting it. Open it
read-only, in a notebook with `open_reader`, or with any DuckDB client. `nanni outer-loop export FOLDER` writes every
table as Parquet.

- **Refresh.** `nanni outer-loop refresh` (and the schedules) writes a new file beside the old one and swaps it in; who
  has the old one open keeps it. It starts from a copy and exchanges the rows of responses and tickets that changed;
  `--whole` reads everything anew, and so does a refresh after an edit of `sla.yaml`, of a survey's scale, or of the
  time zone. Both give the same content, which tests hold by hash.
- **People.** Comments, names and addresses never reach it; people are the ledger's opaque ids. Who is erased in the
  ledger loses themes and attributes here at the next refresh, which then writes the file anew, so that no byte of
  theirs stays in free space. An exported Parquet file knows nothing of that: export again.
- **Time.** Columns that end in `_at` are UTC, those that end in `_on` the local day in the zone of `meta.zone`.

This page is made from the schema (`python -m outerloop.adapters.warehouse_doc`), and a test holds it to that.
"""
_COLUMNS = """
SELECT kind, name, comment, column_name, data_type
FROM (
    SELECT 'Tables' AS kind, table_name AS name, comment FROM duckdb_tables() WHERE NOT internal AND NOT temporary
    UNION ALL SELECT 'Views', view_name, comment FROM duckdb_views() WHERE NOT internal AND NOT temporary
)
JOIN (SELECT table_name AS name, column_name, data_type, column_index FROM duckdb_columns()) USING (name)
ORDER BY kind, name, column_index
"""


class NoFacts:
    """A fact source of a ledger in which nothing has happened."""

    def mark(self) -> Mark:
        """Nowhere yet."""
        return Mark("", "")

    def changes(self, since: Mark) -> Changes | None:
        """Cannot be told."""
        return None

    def counts(self) -> FactCounts:
        """None of any kind."""
        return FactCounts(0, 0, 0, 0, 0, 0)

    def _none(self, only: object = None) -> Iterator[Any]:
        return iter(())

    surveys = themes = responses = tickets = ticket_events = sla_facts = notices = _none
    runs = initiatives = members = articles = _none


@contextmanager
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse without facts, in memory."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        load(connection, NoFacts(), datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
        keep(connection, {})
        keep_mark(connection, Mark("", ""))
        yield connection


def page() -> str:
    """The tables and views as Markdown, each with its comment and columns."""
    with empty() as connection:
        found = connection.execute(_COLUMNS).fetchall()
    parts, last = [_HEAD], ("", "")
    for kind, name, comment, column, sort in found:
        if kind != last[0]:
            parts.append(f"\n## {kind}\n")
        if (kind, name) != last:
            parts.append(f"\n### {name}\n\n{comment}\n\n| column | type |\n| --- | --- |\n")
        parts.append(f"| `{column}` | {sort.lower()} |\n")
        last = (kind, name)
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
