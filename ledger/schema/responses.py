"""Surveys and runs, customers and responses, what was flagged and what was set aside."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from feedback.disposition import Disposition
from feedback.ports import RunState
from feedback.response import ResponseStatus
from feedback.rows import Reason
from ledger.columns import BigId, UtcTime, one_of
from ledger.schema.base import metadata
from tickets.consent import Consent

DISPOSITIONS = tuple(kind.value for kind in Disposition)

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
    Column("taxonomy", Text, nullable=False, server_default=""),  # whose queries read its comments; "": several
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

# What a customer said about being contacted, the latest word; who has said nothing may be. Gone with who is erased.
contact_consents = Table(
    "contact_consents",
    metadata,
    Column("customer", BigId, ForeignKey("customers.id"), primary_key=True, autoincrement=False),
    Column("consent", Text, nullable=False),
    Column("ticket", Text, ForeignKey("tickets.key"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    one_of("consent", Consent),
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
