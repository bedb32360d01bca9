"""The tables in which the store knows itself: identity key, counters, what changed, and what was done to it."""

from sqlalchemy import Column, Table, Text

from ledger.columns import BigId, UtcTime
from ledger.schema.base import metadata

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

# Responses and tickets that read differently than before, filled by triggers (`ledger.change_log`).
changes = Table(
    "changes",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("stamp", BigId, primary_key=True, autoincrement=False, index=True),
)

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
