from pathlib import Path

from outerloop.adapters.star import KEPT, MADE, TABLES
from outerloop.adapters.warehouse_doc import empty, page

PAGE = Path(__file__).parents[3] / "docs" / "warehouse.md"


def test_the_page_is_the_schema() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m outerloop.adapters.warehouse_doc > docs/warehouse.md"


def test_every_table_and_view_says_what_it_is() -> None:
    with empty() as connection:
        found = connection.execute(
            """SELECT table_name, comment FROM duckdb_tables() WHERE NOT temporary
               UNION ALL SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND NOT temporary"""
        ).fetchall()
    said = dict(found)
    assert {*(table.name for table in TABLES), *MADE, *KEPT} < set(said)
    assert [name for name, comment in found if not comment] == []
