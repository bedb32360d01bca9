"""Beside tickets: tags, watchers, reminders, files, categories with vectors, SLA facts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.columns import BigId, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

METRICS = ("first_touch", "next_touch", "resolution", "close_the_loop")
KINDS = ("activate", "apply", "update", "pause", "breach", "fulfil", "replace")


def _one_of(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        " OR ".join(f"{column} = '{value}'" for value in values), name=op.f(f"ck_{table}_{column}_known")
    )


def _beside(table: str, *columns: sa.Column[Any] | sa.CheckConstraint, key: tuple[str, ...] = ("ticket",)) -> None:
    op.create_table(
        table,
        sa.Column("ticket", sa.Text(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f(f"fk_{table}_ticket")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    """Create the tables."""
    _beside("ticket_tags", sa.Column("tag", sa.Text(), nullable=False), key=("ticket", "tag"))
    op.create_index("ix_ticket_tags_tag", "ticket_tags", ["tag"], unique=False)
    _beside("ticket_watchers", sa.Column("person", sa.Text(), nullable=False), key=("ticket", "person"))
    op.create_index("ix_ticket_watchers_person", "ticket_watchers", ["person"], unique=False)
    _reminders_and_files()
    _beside(
        "ticket_categories",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
    )
    op.create_index("ix_ticket_categories_category", "ticket_categories", ["category"], unique=False)
    _beside(
        "ticket_vectors",
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
    )
    _sla()


def _reminders_and_files() -> None:
    number = sa.Column("number", sa.Integer(), autoincrement=False, nullable=False)
    _beside(
        "reminders",
        number,
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _one_of("reminders", "state", ("pending", "told", "dropped")),
        key=("ticket", "number"),
    )
    op.create_index("ix_reminders_state_due_at", "reminders", ["state", "due_at"], unique=False)
    _beside(
        "attachments",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", BigId, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        key=("ticket", "number"),
    )
    op.create_index("ix_attachments_digest", "attachments", ["digest"], unique=False)


def _sla() -> None:
    op.create_table(
        "sla_facts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("target_seconds", sa.Float(), nullable=True),
        _one_of("sla_facts", "metric", METRICS),
        _one_of("sla_facts", "kind", KINDS),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_sla_facts_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_facts")),
    )
    op.create_index("ix_sla_facts_ticket", "sla_facts", ["ticket"], unique=False)
    op.create_index("ix_sla_facts_at", "sla_facts", ["at"], unique=False)
    _beside(
        "sla_marks",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=True),
    )
    op.create_index("ix_sla_marks_next_at", "sla_marks", ["next_at"], unique=False)
