"""Every table of the store of record, once, for SQLite and PostgreSQL.

Read it in the order of the walk: surveys and runs, customers and responses, quarantine, decisions, tickets with their
events, outbox. Small tables (surveys, question_sets, models, policies) keep texts that many rows share. JSON stands in
text columns: PostgreSQL's own types refuse the character U+0000, which real exports contain.

Room left for later issues: a pull source's cursor and a worker's lease and fencing token stand on `runs` and `outbox`
(null until used). External references of tickets, SLA intervals and initiatives are tables of their own that refer to
`tickets.key`, `ticket_events.id` and `surveys.id`; theme episodes widen the index `one_live_ticket` by the theme.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from feedback.disposition import Disposition
from feedback.ports import RunState
from feedback.response import ResponseStatus
from feedback.rows import Reason
from ledger.append_only import statements
from ledger.columns import BigId, UtcTime, one_of
from tickets.events import EventKind
from tickets.notice import Channel, DeliveryState, NoticeKind
from tickets.ticket import LIVE, Priority, Status
from triggers.policy import Severity

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
DISPOSITIONS = tuple(kind.value for kind in Disposition)
LIVE_STATUSES = text("status IN ({})".format(", ".join(f"'{status.value}'" for status in LIVE)))

# What the store knows of itself: its identity key, for one.
meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Last number given out, by series; a number taken in a transaction that rolls back was never given.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigId, nullable=False),
)

surveys = Table(
    "surveys",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source", Text, nullable=False),
    Column("survey", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("scale", Text),
    UniqueConstraint("source", "survey"),
)

# A response's comment questions in column order, [[question id, text], ...]; `responses.comments` is aligned with it.
question_sets = Table(
    "question_sets",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("content", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("number", BigId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("survey", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("batch_size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("error", Text, nullable=False, server_default=""),
    Column("cursor", Text),  # room: where a pull source stood
    Column("leased_until", UtcTime),  # room: the worker that runs it
    Column("fence", BigId),  # room: its fencing token
    UniqueConstraint("survey", "content_hash"),
    one_of("state", RunState),
)
Index("ix_runs_started_at", runs.c.started_at)

# The store itself refuses a batch whose rows are not all accounted for (invariant 1).
run_batches = Table(
    "run_batches",
    metadata,
    Column("run", BigId, ForeignKey("runs.number"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("received", Integer, nullable=False),
    *(Column(name, Integer, nullable=False) for name in DISPOSITIONS),
    CheckConstraint(f"received = {' + '.join(DISPOSITIONS)}", name="conserved"),
)

customers = Table(
    "customers",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("identity_hash", Text, unique=True),  # null once erased: nobody can be matched to the row again
    Column("external_id", Text),
    Column("email", Text),
    Column("name", Text),
    Column("phone", Text),
    Column("erased", Boolean, nullable=False, server_default=text("false")),
)

responses = Table(
    "responses",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("survey", BigId, ForeignKey("surveys.id"), nullable=False),
    Column("response_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("recorded_at", UtcTime),
    Column("timezone", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("score", Float),
    Column("channel", Text),
    Column("language", Text),
    Column("question_set", BigId, ForeignKey("question_sets.id")),
    Column("comments", Text),
    Column("attributes", Text),
    Column("customer", BigId, ForeignKey("customers.id")),
    Column("run", BigId, ForeignKey("runs.number"), nullable=False),
    Column("row_number", BigId, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("disposition_reason", Text),
    Column("ticket", Text, ForeignKey("tickets.key", deferrable=True, initially="DEFERRED")),
    UniqueConstraint("survey", "response_id", "revision"),
    one_of("status", ResponseStatus),
    one_of("disposition", Disposition),
    # Some rule's "opened" or "attached" without a ticket would be a promise nobody holds.
    CheckConstraint("disposition NOT IN ('opened', 'attached') OR ticket IS NOT NULL", name="promise_held"),
)
Index("ix_responses_survey_submitted_at", responses.c.survey, responses.c.submitted_at)
Index("ix_responses_customer", responses.c.customer, sqlite_where=text("customer IS NOT NULL"),
      postgresql_where=text("customer IS NOT NULL"))  # fmt: skip
Index("ix_responses_ticket", responses.c.ticket, sqlite_where=text("ticket IS NOT NULL"),
      postgresql_where=text("ticket IS NOT NULL"))  # fmt: skip

# The contract's warnings on accepted rows.
flags = Table(
    "flags",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("run", BigId, ForeignKey("runs.number"), nullable=False, index=True),
    Column("row_number", BigId, nullable=False),
    Column("expectation", Text, nullable=False),
    Column("message", Text, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("run", BigId, ForeignKey("runs.number"), nullable=False, index=True),
    Column("survey", Text, nullable=False, index=True),
    Column("row_number", BigId, nullable=False),
    Column("response_id", Text),
    Column("raw", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("released_in", BigId, ForeignKey("runs.number")),
    one_of("reason", Reason),
)

policies = Table(
    "policies",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("content", Text),
)

models = Table(
    "models",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("model_id", Text, nullable=False, unique=True),
)

# `unscored`: one reason letter a question when the model gave no probability at all; otherwise see `scores`.
decisions = Table(
    "decisions",
    metadata,
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("policy", BigId, ForeignKey("policies.id"), nullable=False),
    Column("model", BigId, ForeignKey("models.id"), nullable=False),
    Column("fired", Text),
    Column("unscored", Text),
    Column("themes", Text),
    Column("trace", Text),
    CheckConstraint("outcome BETWEEN 0 AND 2", name="outcome_known"),
    CheckConstraint("(outcome = 2) = (fired IS NOT NULL)", name="fired_named"),
)

# A response can be scored by several models; `packed` is described in `ledger.scores`.
scores = Table(
    "scores",
    metadata,
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("model", BigId, ForeignKey("models.id"), primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("key", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("survey", Text, nullable=False),
    Column("theme", Text),
    Column("tier", Text),
    Column("rule", Text, nullable=False),
    Column("customer", BigId, ForeignKey("customers.id")),
    Column("opened_at", UtcTime, nullable=False),
    Column("first_touch_due", UtcTime),
    Column("resolution_due", UtcTime),
    Column("version", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("first_touched_at", UtcTime),
    Column("resolved_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("root_cause", Text),
    Column("action_taken", Text),
    Column("resolved", Boolean),
    Column("responses", Integer, nullable=False),
    Column("policy_hash", Text, nullable=False),
    one_of("status", Status),
    one_of("severity", Severity),
    one_of("priority", Priority),
    CheckConstraint("owner <> ''", name="owned"),
    CheckConstraint("version > 0", name="has_events"),
    CheckConstraint("(root_cause IS NULL) = (resolved IS NULL)", name="closure_whole"),
)
Index("ix_tickets_status_owner", tickets.c.status, tickets.c.owner)
Index("ix_tickets_customer", tickets.c.customer)
Index("one_live_ticket", tickets.c.customer, unique=True, sqlite_where=LIVE_STATUSES, postgresql_where=LIVE_STATUSES)

ticket_events = Table(
    "ticket_events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("ticket", Text, ForeignKey("tickets.key", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("note_digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("note", Text, nullable=False),  # erasable
    Column("salt", Text, nullable=False),  # erasable
    UniqueConstraint("ticket", "sequence"),
    one_of("kind", EventKind),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("event_sequence", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcTime, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("delivered_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("fence", BigId),  # room: the fencing token of the worker that holds the lease
    # A notice of an event that is not committed cannot exist (invariant 2).
    ForeignKeyConstraint(
        ["ticket", "event_sequence"],
        ["ticket_events.ticket", "ticket_events.sequence"],
        deferrable=True,
        initially="DEFERRED",
    ),
    one_of("kind", NoticeKind),
    one_of("channel", Channel),
    one_of("state", DeliveryState),
)
Index("ix_outbox_state_next_attempt_at", outbox.c.state, outbox.c.next_attempt_at)

# What was done to the store itself (erasures, configuration), hash-chained as one series.
journal = Table(
    "journal",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)


def _protect(target: MetaData, connection: Connection, **_: object) -> None:
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


event.listen(metadata, "after_create", _protect)
