"""The log of what changed, from which a derived store catches up."""

import sqlalchemy as sa
from alembic import op

from ledger.change_log import watches
from ledger.columns import BigId

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the triggers that fill it."""
    op.create_table(
        "changes",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stamp", BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "stamp", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_stamp", "changes", ["stamp"], unique=False)
    for statement in watches(op.get_bind().dialect.name):
        op.execute(statement)
