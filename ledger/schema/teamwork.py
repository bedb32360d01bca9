"""What stands beside tickets and is made of their events: tags, watchers, reminders, files, categories, SLA facts."""

from enum import StrEnum

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text

from ledger.columns import BigId, UtcTime, one_of
from ledger.schema.base import metadata
from tickets.metric_events import MetricEventKind
from tickets.sla import Metric


class ReminderState(StrEnum):
    """Where a reminder stands."""

    PENDING = "pending"
    TOLD = "told"
    DROPPED = "dropped"


def _ticket() -> Column[str]:
    return Column("ticket", Text, ForeignKey("tickets.key"), primary_key=True)


ticket_tags = Table("ticket_tags", metadata, _ticket(), Column("tag", Text, primary_key=True, index=True))

ticket_watchers = Table("ticket_watchers", metadata, _ticket(), Column("person", Text, primary_key=True, index=True))

# `number` is the sequence of the event that made it; what to be reminded of stands in that event's note.
reminders = Table(
    "reminders",
    metadata,
    _ticket(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person", Text, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    one_of("state", ReminderState),
)
Index("ix_reminders_state_due_at", reminders.c.state, reminders.c.due_at)

attachments = Table(
    "attachments",
    metadata,
    _ticket(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),  # erasable
    Column("media_type", Text, nullable=False),
    Column("size", BigId, nullable=False),
    Column("digest", Text, nullable=False, index=True),  # erasable
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("removed", Boolean, nullable=False),
)

# The latest word on what a ticket is about; evidence quotes the customer.
ticket_categories = Table(
    "ticket_categories",
    metadata,
    _ticket(),
    Column("category", Text, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("evidence", Text, nullable=False),  # erasable
    Column("at", UtcTime, nullable=False),
)

# An encoder's reading of what the customer said, as float32 in the machine's order; gone with the words it is of.
ticket_vectors = Table(
    "ticket_vectors",
    metadata,
    _ticket(),
    Column("encoder", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

# SLA facts up to a moment, derived from events and sla.yaml; `sla_marks` says of which version of the ticket and when
# the clock alone makes the next one.
sla_facts = Table(
    "sla_facts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("ticket", Text, ForeignKey("tickets.key"), nullable=False, index=True),
    Column("metric", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("target_seconds", Float),
    one_of("metric", Metric),
    one_of("kind", MetricEventKind),
)

sla_marks = Table(
    "sla_marks",
    metadata,
    _ticket(),
    Column("version", Integer, nullable=False),
    Column("policy", Text, nullable=False),
    Column("next_at", UtcTime, index=True),
)
