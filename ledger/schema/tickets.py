"""Tickets, their events, and the notices that go out for them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ledger.columns import BigId, UtcTime, one_of
from ledger.schema.base import metadata
from tickets.events import EventKind
from tickets.notice import Channel, DeliveryState, NoticeKind
from tickets.ticket import LIVE, Priority, Status
from triggers.policy import Severity

_STATUSES = ", ".join(f"'{status.value}'" for status in LIVE)
OWED = text(f"status IN ({_STATUSES}) AND merged_into IS NULL")

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
    # Asked at the end of the transaction: at once, SQLite would keep every page that a ticket touches for undoing it.
    Column("customer", BigId, ForeignKey("customers.id", deferrable=True, initially="DEFERRED")),
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
    Column("queue", Text),
    # The order of work, so that an inbox reads it off an index: null once resolved, far away where nothing is promised.
    Column("next_due", UtcTime),
    Column("episode", Text, nullable=False),
    Column("merged_into", Text),
    Column("follow_up_of", Text),
    Column("escalated", Text, nullable=False),
    Column("checked", Text),
    one_of("status", Status),
    one_of("severity", Severity),
    one_of("priority", Priority),
    CheckConstraint("owner <> ''", name="owned"),
    CheckConstraint("version > 0", name="has_events"),
    CheckConstraint("status NOT IN ('resolved', 'closed') OR root_cause IS NOT NULL", name="closure_said"),
    CheckConstraint("merged_into IS NULL OR merged_into <> key", name="merged_elsewhere"),
    CheckConstraint("(root_cause IS NULL) = (resolved IS NULL)", name="closure_whole"),
)
Index("ix_tickets_status_owner", tickets.c.status, tickets.c.owner)
Index("ix_tickets_customer", tickets.c.customer)
QUEUED = text("queue IS NOT NULL")
Index("ix_tickets_queue", tickets.c.queue, sqlite_where=QUEUED, postgresql_where=QUEUED)
# Each with the key: a page of many tickets due at once is read in order and entered anywhere, and the boxes are counted
# in the index alone. What somebody owns in other teams is found by owner and team.
Index("ix_tickets_next_due", tickets.c.next_due, tickets.c.key)
Index("ix_tickets_team_next_due", tickets.c.team, tickets.c.next_due, tickets.c.key)
Index("ix_tickets_team_status", tickets.c.team, tickets.c.status, tickets.c.next_due, tickets.c.key)
Index("ix_tickets_owner_next_due", tickets.c.owner, tickets.c.next_due, tickets.c.key)
Index("ix_tickets_owner_team", tickets.c.owner, tickets.c.team, tickets.c.status, tickets.c.next_due, tickets.c.key)
Index("ix_tickets_opened_at", tickets.c.opened_at, tickets.c.key)
Index("ix_tickets_team_opened_at", tickets.c.team, tickets.c.opened_at, tickets.c.key)
Index("one_live_ticket", tickets.c.customer, tickets.c.episode, unique=True, sqlite_where=OWED, postgresql_where=OWED)
Index("ix_tickets_merged_into", tickets.c.merged_into, sqlite_where=text("merged_into IS NOT NULL"),
      postgresql_where=text("merged_into IS NOT NULL"))  # fmt: skip

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

REOPENED = text("kind = 'reopened'")
Index("ix_ticket_events_reopened", ticket_events.c.ticket, sqlite_where=REOPENED, postgresql_where=REOPENED)

# Attributes of a ticket's responses as numbers (`ledger.places`): what hierarchy sees a ticket by. Derived from the
# responses, whose own key holds the ticket to be there.
ticket_places = Table(
    "ticket_places",
    metadata,
    Column("place", BigId, primary_key=True, autoincrement=False),
    Column("ticket", Text, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ticket", Text),
    Column("event_sequence", Integer),
    Column("about", Text),  # the period of a summary, which is about no ticket
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
    CheckConstraint("(ticket IS NULL) = (about IS NOT NULL)", name="ticket_or_period"),
    CheckConstraint("(ticket IS NULL) = (event_sequence IS NULL)", name="event_of_ticket"),
    one_of("kind", NoticeKind),
    one_of("channel", Channel),
    one_of("state", DeliveryState),
)
Index("ix_outbox_state_next_attempt_at", outbox.c.state, outbox.c.next_attempt_at)
