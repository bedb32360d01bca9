"""Which stored responses and tickets read differently than before: noted by the store itself, whoever writes.

New responses are told by their numbers, which are given out in the order of commits. Everything else leaves a row in
`changes`. `stamp` orders them: on SQLite, which has one writer at a time, by counting, and a response or ticket has one
row however often it changes. On PostgreSQL it is the transaction, so that no writer waits for another here: one row for
each transaction that changed it, and a reader asks again for everything since the oldest transaction that was still
running when it last looked.
"""

from typing import NamedTuple

RESPONSE, TICKET, SURVEY = "response", "ticket", "survey"


class _Watched(NamedTuple):
    table: str
    event: str
    kind: str
    key: str


_WATCHED = (
    _Watched("responses", "UPDATE", RESPONSE, "id"),
    _Watched("decisions", "UPDATE", RESPONSE, "response"),
    _Watched("tickets", "INSERT", TICKET, "key"),
    _Watched("tickets", "UPDATE", TICKET, "key"),
    _Watched("outbox", "INSERT", TICKET, "ticket"),
    _Watched("outbox", "UPDATE OF state, attempts, delivered_at", TICKET, "ticket"),
    _Watched("sla_marks", "INSERT", TICKET, "ticket"),
    _Watched("surveys", "UPDATE OF scale", SURVEY, "id"),
)
_NEXT = "(SELECT coalesce(max(stamp), 0) + 1 FROM changes)"


def watches(dialect: str) -> list[str]:
    """The DDL that notes changes in this dialect ("sqlite" or "postgresql"); `changes` must exist."""
    if dialect == "sqlite":
        return [_sqlite(one) for one in _WATCHED]
    return [_FUNCTION, *(_postgresql(one) for one in _WATCHED)]


def _name(one: _Watched) -> str:
    return f"{one.table}_{one.event.split()[0].lower()}_noted"


def _about(one: _Watched) -> str:
    # A notice can be about a period and so about no ticket.
    return f"WHEN (NEW.{one.key} IS NOT NULL)"


def _sqlite(one: _Watched) -> str:
    # Not an upsert: inside a trigger the outer statement's way with conflicts would take its place.
    update = f"UPDATE changes SET stamp = {_NEXT} WHERE kind = '{one.kind}' AND key = CAST(NEW.{one.key} AS TEXT); "
    insert = f"INSERT INTO changes (kind, key, stamp) SELECT '{one.kind}', CAST(NEW.{one.key} AS TEXT), {_NEXT}"
    # What has only now come into the store has no note yet.
    body = (
        f"{insert}; " if (one.table, one.event) == ("tickets", "INSERT") else f"{update}{insert} WHERE changes() = 0; "
    )
    return f"CREATE TRIGGER {_name(one)} AFTER {one.event} ON {one.table} {_about(one)} BEGIN {body}END"


_FUNCTION = (
    "CREATE OR REPLACE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO changes (kind, key, stamp) "
    "VALUES (TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[1], pg_current_xact_id()::text::bigint) "
    "ON CONFLICT DO NOTHING; RETURN NULL; END $$"
)


def _postgresql(one: _Watched) -> str:
    return (
        f"CREATE TRIGGER {_name(one)} AFTER {one.event} ON {one.table} FOR EACH ROW {_about(one)} "
        f"EXECUTE FUNCTION note_change('{one.kind}', '{one.key}')"
    )
