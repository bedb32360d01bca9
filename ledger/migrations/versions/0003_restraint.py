"""Waits, the review queue, storms and what they keep back, candidate policies in shadow."""

import sqlalchemy as sa
from alembic import op

from ledger.columns import BigId, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables between a fired response and its ticket."""
    op.create_table(
        "arrivals",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("hour", BigId, autoincrement=False, nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "hour", name=op.f("pk_arrivals")),
    )
    op.create_index("ix_arrivals_hour", "arrivals", ["hour"], unique=False)
    op.create_table(
        "canaries",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("policy", BigId, nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("least", sa.Float(), nullable=False),
        sa.Column("most", sa.Float(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("responses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("live_fired", sa.Integer(), server_default="0", nullable=False),
        sa.Column("candidate_fired", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("(state = 'running') = (stopped_at IS NULL)", name=op.f("ck_canaries_stopped_known")),
        sa.CheckConstraint(
            "state = 'running' OR state = 'stopped' OR state = 'ended'", name=op.f("ck_canaries_state_known")
        ),
        sa.ForeignKeyConstraint(["policy"], ["policies.id"], name=op.f("fk_canaries_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canaries")),
    )
    op.create_index(
        "one_canary",
        "canaries",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "storms",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("usual_responses", sa.Integer(), nullable=False),
        sa.Column("usual_fired", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_storms_ticket"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storms")),
        sa.CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name=op.f("ck_storms_ended_known")),
    )
    op.create_index(
        "one_storm",
        "storms",
        ["kind", "value"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "canary_differences",
        sa.Column("canary", BigId, autoincrement=False, nullable=False),
        sa.Column("response", BigId, autoincrement=False, nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.Column("live_fired", sa.Text(), nullable=True),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("candidate_fired", sa.Text(), nullable=True),
        sa.Column("used", sa.Text(), nullable=False),
        sa.CheckConstraint("used = 'live' OR used = 'candidate'", name=op.f("ck_canary_differences_used_known")),
        sa.ForeignKeyConstraint(["canary"], ["canaries.id"], name=op.f("fk_canary_differences_canary")),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name=op.f("fk_canary_differences_response")),
        sa.PrimaryKeyConstraint("canary", "response", name=op.f("pk_canary_differences")),
    )
    op.create_table(
        "kept_back",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("storm", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told_in", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["storm"], ["storms.id"], name=op.f("fk_kept_back_storm")),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_kept_back_ticket"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_back")),
    )
    op.create_index("ix_kept_back_storm", "kept_back", ["storm"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("response", BigId, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'opened') = (ticket IS NOT NULL)", name=op.f("ck_reviews_opened_as")),
        sa.CheckConstraint("(state = 'waiting') = (closed_at IS NULL)", name=op.f("ck_reviews_closed_known")),
        sa.CheckConstraint(
            "state = 'waiting' OR state = 'opened' OR state = 'dismissed'", name=op.f("ck_reviews_state_known")
        ),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name=op.f("fk_reviews_response")),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_reviews_ticket"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("response", name=op.f("uq_reviews_response")),
    )
    op.create_index("ix_reviews_state_created_at", "reviews", ["state", "created_at"], unique=False)
    op.create_table(
        "storm_tickets",
        sa.Column("storm", BigId, autoincrement=False, nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("joined_at", UtcTime(), nullable=False),
        sa.Column("told_in", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["storm"], ["storms.id"], name=op.f("fk_storm_tickets_storm")),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_storm_tickets_ticket"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("storm", "ticket", name=op.f("pk_storm_tickets")),
    )
    op.create_index("ix_storm_tickets_ticket", "storm_tickets", ["ticket"], unique=False)
    op.create_table(
        "waits",
        sa.Column("response", BigId, autoincrement=False, nullable=False),
        sa.Column("due", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.CheckConstraint("(state = 'waiting') = (closed_at IS NULL)", name=op.f("ck_waits_closed_known")),
        sa.CheckConstraint(
            "state = 'waiting' OR state = 'acted' OR state = 'replaced'", name=op.f("ck_waits_state_known")
        ),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name=op.f("fk_waits_response")),
        sa.PrimaryKeyConstraint("response", name=op.f("pk_waits")),
    )
    op.create_index(
        "ix_waits_due",
        "waits",
        ["due"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
