"""The drift watch: how the comments of each batch sounded, counted."""

import sqlalchemy as sa
from alembic import op

from ledger.columns import BigId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of the batches' tallies."""
    op.create_table(
        "comment_profiles",
        sa.Column("run", BigId, autoincrement=False, nullable=False),
        sa.Column("batch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model", BigId, nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("negative", sa.Text(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["models.id"], name=op.f("fk_comment_profiles_model")),
        sa.ForeignKeyConstraint(
            ["run", "batch"],
            ["run_batches.run", "run_batches.number"],
            name=op.f("fk_comment_profiles_run_batch"),
        ),
        sa.PrimaryKeyConstraint("run", "batch", name=op.f("pk_comment_profiles")),
    )
