"""Triggers by which the store itself refuses to rewrite history.

An event row is written once. The note and its salt may be blanked (erasure, invariant 9) and nothing else may change.
Texts of `FIRST` belong to revision 0001, the others to the revision of their table: a change is a new revision with
its own texts.
"""

from collections.abc import Sequence

_KEPT = {
    "ticket_events": (
        "id", "ticket", "sequence", "kind", "actor", "at", "reason", "data", "note_digest", "previous", "hash",
    ),
    "journal": ("id", "at", "actor", "action", "data", "previous", "hash"),
    "theme_events": ("number", "version", "at", "actor", "act", "theme", "others", "jaccard", "text"),
}  # fmt: skip
_BLANK_ONLY = {"ticket_events": ("note", "salt"), "journal": (), "theme_events": ()}
FIRST = ("ticket_events", "journal")
EVERY = tuple(_KEPT)


def statements(dialect: str, tables: Sequence[str] = EVERY) -> list[str]:
    """The DDL that protects these append-only tables in this dialect ("sqlite" or "postgresql")."""
    build = _sqlite if dialect == "sqlite" else _postgresql
    return [statement for table in tables for statement in build(table)]


def _tampered(table: str, differs: str) -> str:
    kept = [f"NEW.{column} {differs} OLD.{column}" for column in _KEPT[table]]
    blanked = [f"(NEW.{column} {differs} OLD.{column} AND NEW.{column} <> '')" for column in _BLANK_ONLY[table]]
    return " OR ".join(kept + blanked)


def _sqlite(table: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {_tampered(table, 'IS NOT')} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = '23001'; END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN ({_tampered(table, 'IS DISTINCT FROM')}) EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        f"EXECUTE FUNCTION {table}_refuse()",
    ]
