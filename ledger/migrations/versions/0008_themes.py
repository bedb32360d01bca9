"""Discovered themes: readings, discoveries, the theme ledger, mentions."""

import sqlalchemy as sa
from alembic import op

from ledger.append_only import statements
from ledger.columns import BigId, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
_ACTS = ("born", "kept", "split", "merged", "died", "renamed", "joined", "pinned", "unpinned")


def upgrade() -> None:
    """Create the five tables, and protect the ledger among them."""
    op.create_table(
        "segment_vectors",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "encoder", name=op.f("pk_segment_vectors")),
    )
    op.create_table(
        "theme_versions",
        sa.Column("number", BigId, autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("taxonomy", sa.Text(), nullable=False),
        sa.Column("texts_digest", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("space", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("mean", sa.Integer(), nullable=False),
        sa.Column("assigned_to", BigId, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_theme_versions")),
    )
    _forms_and_mentions()
    _events()


def _forms_and_mentions() -> None:
    op.create_table(
        "theme_forms",
        sa.Column("version", BigId, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stability", sa.Float(), nullable=False),
        sa.Column("tentative", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["theme_versions.number"], name=op.f("fk_theme_forms_version")),
        sa.PrimaryKeyConstraint("version", "place", name=op.f("pk_theme_forms")),
    )
    op.create_index("ix_theme_forms_theme", "theme_forms", ["theme"], unique=False)
    op.create_table(
        "found_mentions",
        sa.Column("response", BigId, nullable=False),
        sa.Column("comment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span_start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("cosine", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name=op.f("fk_found_mentions_response")),
        sa.PrimaryKeyConstraint("response", "comment", "span_start", name=op.f("pk_found_mentions")),
    )
    op.create_index("ix_found_mentions_theme", "found_mentions", ["theme"], unique=False)


def _events() -> None:
    op.create_table(
        "theme_events",
        sa.Column("number", BigId, autoincrement=False, nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("others", sa.Text(), nullable=False),
        sa.Column("jaccard", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(" OR ".join(f"act = '{act}'" for act in _ACTS), name=op.f("ck_theme_events_act_known")),
        sa.ForeignKeyConstraint(["version"], ["theme_versions.number"], name=op.f("fk_theme_events_version")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_theme_events")),
    )
    op.create_index("ix_theme_events_theme", "theme_events", ["theme"], unique=False)
    for statement in statements(op.get_bind().dialect.name, ("theme_events",)):
        op.execute(statement)
