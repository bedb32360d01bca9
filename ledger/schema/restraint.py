"""What stands between a fired response and its ticket or notice: waits, reviews, storms, and candidates in shadow."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, text

from ledger.columns import BigId, UtcTime, one_of
from ledger.schema.base import metadata


class WaitState(StrEnum):
    """Where a response stands that came without its comment."""

    WAITING = "waiting"
    ACTED = "acted"
    REPLACED = "replaced"


class ReviewState(StrEnum):
    """Where an item of the review queue stands."""

    WAITING = "waiting"
    OPENED = "opened"
    DISMISSED = "dismissed"


class CanaryState(StrEnum):
    """Whether a candidate policy still runs beside the live one, and why not."""

    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


# A response that waits for the comment that may follow it (policy.yaml, settle).
waits = Table(
    "waits",
    metadata,
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("due", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("closed_at", UtcTime),
    one_of("state", WaitState),
    CheckConstraint("(state = 'waiting') = (closed_at IS NULL)", name="closed_known"),
)
Index("ix_waits_due", waits.c.due, sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"))

# Fired responses beyond an owner's budget of a day, shown to people instead of dropped.
reviews = Table(
    "reviews",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("response", BigId, ForeignKey("responses.id"), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_by", Text),
    Column("note", Text, nullable=False, server_default=""),  # erasable
    Column("ticket", Text, ForeignKey("tickets.key", deferrable=True, initially="DEFERRED")),
    one_of("state", ReviewState),
    CheckConstraint("(state = 'waiting') = (closed_at IS NULL)", name="closed_known"),
    CheckConstraint("(state = 'opened') = (ticket IS NOT NULL)", name="opened_as"),
)
Index("ix_reviews_state_created_at", reviews.c.state, reviews.c.created_at)

# How many responses came in an hour, and on how many a rule fired, by what a storm is looked for in.
arrivals = Table(
    "arrivals",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("hour", BigId, primary_key=True, autoincrement=False),
    Column("responses", Integer, nullable=False),
    Column("fired", Integer, nullable=False),
)
Index("ix_arrivals_hour", arrivals.c.hour)

# `told_at`: when the owners last had a digest. `ended_by`: whoever ended it by hand; null where it ended by itself.
storms = Table(
    "storms",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("ticket", Text, ForeignKey("tickets.key", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("told_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("ended_by", Text),
    Column("responses", Integer, nullable=False),
    Column("fired", Integer, nullable=False),
    Column("usual_responses", Integer, nullable=False),
    Column("usual_fired", Integer, nullable=False),
    Column("chance", Float, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name="ended_known"),
)
Index("one_storm", storms.c.kind, storms.c.value, unique=True, sqlite_where=text("ended_at IS NULL"),
      postgresql_where=text("ended_at IS NULL"))  # fmt: skip

storm_tickets = Table(
    "storm_tickets",
    metadata,
    Column("storm", BigId, ForeignKey("storms.id"), primary_key=True, autoincrement=False),
    Column("ticket", Text, ForeignKey("tickets.key", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("joined_at", UtcTime, nullable=False),
    Column("told_in", Integer),
)
Index("ix_storm_tickets_ticket", storm_tickets.c.ticket)

# Notices that a storm kept back, each with its reason and the event of the parent whose digest tells it instead.
kept_back = Table(
    "kept_back",
    metadata,
    Column("id", Text, primary_key=True),
    Column("storm", BigId, ForeignKey("storms.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("ticket", Text, ForeignKey("tickets.key", deferrable=True, initially="DEFERRED"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("told_in", Integer),
)
Index("ix_kept_back_storm", kept_back.c.storm)

# A candidate policy beside the live one; `share` in millionths of the customers it decides for.
canaries = Table(
    "canaries",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),
    Column("policy", BigId, ForeignKey("policies.id"), nullable=False),
    Column("share", Integer, nullable=False),
    Column("least", Float, nullable=False),
    Column("most", Float, nullable=False),
    Column("after", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("stopped_at", UtcTime),
    Column("reason", Text, nullable=False, server_default=""),
    Column("responses", Integer, nullable=False, server_default="0"),
    Column("live_fired", Integer, nullable=False, server_default="0"),
    Column("candidate_fired", Integer, nullable=False, server_default="0"),
    Column("decided", Integer, nullable=False, server_default="0"),
    one_of("state", CanaryState),
    CheckConstraint("(state = 'running') = (stopped_at IS NULL)", name="stopped_known"),
)
Index("one_canary", canaries.c.state, unique=True, sqlite_where=text("state = 'running'"),
      postgresql_where=text("state = 'running'"))  # fmt: skip

# What the other policy said where the two differ; `used`: whose word was taken.
canary_differences = Table(
    "canary_differences",
    metadata,
    Column("canary", BigId, ForeignKey("canaries.id"), primary_key=True, autoincrement=False),
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True, autoincrement=False),
    Column("live", Integer, nullable=False),
    Column("live_fired", Text),
    Column("candidate", Integer, nullable=False),
    Column("candidate_fired", Text),
    Column("used", Text, nullable=False),
    CheckConstraint("used = 'live' OR used = 'candidate'", name="used_known"),
)
