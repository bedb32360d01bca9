"""Every table of the store of record, once, for SQLite and PostgreSQL.

Read it in the order of the walk: surveys and runs, customers and responses, quarantine, decisions, tickets with their
events, outbox; what stands between a decision and its ticket (restraint); then the desk. Small tables (surveys,
question_sets, models, policies) keep texts that many rows share. JSON stands in text columns: PostgreSQL's own types
refuse the character U+0000, which real exports contain.

Room left for later issues: a pull source's cursor and a worker's lease and fencing token stand on `runs` and `outbox`
(null until used). External references of tickets, SLA intervals and initiatives are tables of their own that refer to
`tickets.key`, `ticket_events.id` and `surveys.id`.
"""

from sqlalchemy import Connection, MetaData, event

from ledger.append_only import statements
from ledger.change_log import watches
from ledger.lifecycle_guard import guards
from ledger.schema.base import metadata
from ledger.schema.decisions import decisions, models, policies, scores
from ledger.schema.desk import (
    access_log,
    accounts,
    idempotency,
    identities,
    saved_views,
    service_tokens,
    sessions,
    used_links,
)
from ledger.schema.own import changes, counters, journal, meta
from ledger.schema.profiles import comment_profiles
from ledger.schema.responses import (
    DISPOSITIONS,
    contact_consents,
    customers,
    flags,
    quarantine,
    question_sets,
    responses,
    run_batches,
    runs,
    surveys,
)
from ledger.schema.restraint import (
    arrivals,
    canaries,
    canary_differences,
    kept_back,
    reviews,
    storm_tickets,
    storms,
    waits,
)
from ledger.schema.teamwork import (
    attachments,
    reminders,
    sla_facts,
    sla_marks,
    ticket_categories,
    ticket_tags,
    ticket_vectors,
    ticket_watchers,
)
from ledger.schema.themes import found_mentions, segment_vectors, theme_events, theme_forms, theme_versions
from ledger.schema.tickets import outbox, ticket_events, ticket_places, tickets

__all__ = [
    "DISPOSITIONS",
    "access_log",
    "accounts",
    "arrivals",
    "attachments",
    "canaries",
    "canary_differences",
    "changes",
    "comment_profiles",
    "contact_consents",
    "counters",
    "customers",
    "decisions",
    "flags",
    "found_mentions",
    "idempotency",
    "identities",
    "journal",
    "kept_back",
    "meta",
    "metadata",
    "models",
    "outbox",
    "policies",
    "quarantine",
    "question_sets",
    "reminders",
    "responses",
    "reviews",
    "run_batches",
    "runs",
    "saved_views",
    "scores",
    "segment_vectors",
    "service_tokens",
    "sessions",
    "sla_facts",
    "sla_marks",
    "storm_tickets",
    "storms",
    "surveys",
    "theme_events",
    "theme_forms",
    "theme_versions",
    "ticket_categories",
    "ticket_events",
    "ticket_places",
    "ticket_tags",
    "ticket_vectors",
    "ticket_watchers",
    "tickets",
    "used_links",
    "waits",
]


def _protect(target: MetaData, connection: Connection, **_: object) -> None:
    dialect = connection.dialect.name
    for statement in (*statements(dialect), *guards(dialect), *watches(dialect)):
        connection.exec_driver_sql(statement)


event.listen(metadata, "after_create", _protect)
