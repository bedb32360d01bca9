"""Themes that were discovered: readings of what customers said, discoveries, and what became of themes since."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, Table, Text

from ledger.columns import BigId, UtcTime, one_of
from ledger.schema.base import metadata
from models.discovery.history import Act

# An encoder's reading of a part of a comment, once for all comments that hold it, as int8; gone when any of these is
# erased.
segment_vectors = Table(
    "segment_vectors",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("encoder", Text, primary_key=True),
    Column("code", LargeBinary, nullable=False),  # erasable
)

# One discovery. `space` assigns texts to its themes; `counts` are its frozen term counts, of terms in three texts or
# more; `assigned_to` is the last response whose comments it has been asked about.
theme_versions = Table(
    "theme_versions",
    metadata,
    Column("number", BigId, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("encoder", Text, nullable=False),
    Column("taxonomy", Text, nullable=False),
    Column("texts_digest", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("texts", Integer, nullable=False),
    Column("space", LargeBinary, nullable=False),
    Column("counts", Text, nullable=False),
    Column("mean", Integer, nullable=False),
    Column("assigned_to", BigId, nullable=False),
)

# What a theme was in one discovery: `place` is its row in the space.
theme_forms = Table(
    "theme_forms",
    metadata,
    Column("version", BigId, ForeignKey("theme_versions.number"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("theme", Text, nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("stability", Float, nullable=False),
    Column("tentative", Boolean, nullable=False),
    Column("terms", Text, nullable=False),
)

# The theme ledger, append-only.
theme_events = Table(
    "theme_events",
    metadata,
    Column("number", BigId, primary_key=True, autoincrement=False),
    Column("version", BigId, ForeignKey("theme_versions.number"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("theme", Text, nullable=False, index=True),
    Column("others", Text, nullable=False),
    Column("jaccard", Float),
    Column("text", Text, nullable=False),
    one_of("act", Act),
)

# Where comments name discovered themes, under the latest discovery: `comment` counts the response's questions from 0,
# the span counts characters. Gone with the words.
found_mentions = Table(
    "found_mentions",
    metadata,
    Column("response", BigId, ForeignKey("responses.id"), primary_key=True),
    Column("comment", Integer, primary_key=True, autoincrement=False),
    Column("span_start", Integer, primary_key=True, autoincrement=False),
    Column("span_end", Integer, nullable=False),
    Column("theme", Text, nullable=False, index=True),
    Column("cosine", Float, nullable=False),
)
